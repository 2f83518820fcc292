"""Alignment as a stage: a function from record batches of pairs of texts to record batches of beads."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import pyarrow as pa

from align.alignment.aligner import align_documents, align_texts
from align.alignment.options import AlignOptions
from align.alignment.prepared import Preparer
from align.alignment.result import bead_rows
from align.document import ParagraphMode, line_ranges
from align.errors import AlignError
from align.formats.beads import tsv_bytes
from align.reading.documents import settled_document

PAIRS = pa.schema(
    [
        ("source", pa.string()),  # the ids of the two documents
        ("target", pa.string()),
        ("source_text", pa.string()),
        ("target_text", pa.string()),
        ("source_language", pa.string()),  # null until detected
        ("target_language", pa.string()),
    ]
)
# A bead; or a pair that could not be aligned, whose `problem` says why and whose other columns are null.
BEADS = pa.schema(
    [
        ("source_document", pa.string()),
        ("target_document", pa.string()),
        ("bead", pa.int64()),
        ("type", pa.string()),
        ("source_positions", pa.list_(pa.string())),
        ("target_positions", pa.list_(pa.string())),
        ("confidence", pa.float64()),
        ("source", pa.string()),
        ("target", pa.string()),
        ("reordered", pa.bool_()),
        ("problem", pa.string()),
    ]
)
_OF_A_BEAD = BEADS.names[2:-1]


_SIDE = pa.struct(
    [
        ("id", pa.string()),
        ("source", pa.string()),
        ("language", pa.string()),  # as declared
        ("text", pa.string()),  # null: there is none
        ("about", pa.string()),
        ("cuts", pa.list_(pa.int64())),  # lines that are left out: start, end, start, end ...; or null
    ]
)
# Two documents, and the name of the files of their beads; with a `problem` the pair is not aligned.
DOCUMENT_PAIRS = pa.schema(
    [("file", pa.string()), ("source", _SIDE), ("target", _SIDE), ("problem", pa.string())]
)
# What these files hold, and what is to be known of the pair; or why it could not be aligned.
ALIGNED = pa.schema(
    [
        ("file", pa.string()),
        ("paragraphs", pa.binary()),
        ("sentences", pa.binary()),
        ("warnings", pa.list_(pa.string())),
        ("problem", pa.string()),
    ]
)


def align_documents_of(
    batch: pa.RecordBatch, options: AlignOptions, paragraphs: ParagraphMode
) -> pa.RecordBatch:
    """Pairs of documents (`DOCUMENT_PAIRS`) aligned (`ALIGNED`), as `align.align_documents` does."""
    preparer = Preparer(options)
    rows = [{"file": row["file"], **_aligned(row, preparer, paragraphs)} for row in batch.to_pylist()]
    return pa.RecordBatch.from_pylist(rows, schema=ALIGNED)


def _aligned(row: dict[str, Any], preparer: Preparer, paragraphs: ParagraphMode) -> dict[str, Any]:
    if row["problem"]:
        return {"problem": row["problem"]}
    sides = (
        settled_document(side, paragraphs, line_ranges(side["cuts"]))[0]
        for side in (row["source"], row["target"])
    )
    try:
        source, target = map(preparer, sides)
        found = align_documents(source, target, options=preparer.options)
    except AlignError as error:
        return {"problem": str(error)}
    assert found.paragraphs is not None
    of_paragraphs, of_sentences = (
        tsv_bytes(bead_rows(level.beads, level.source, level.target)) for level in (found.paragraphs, found)
    )
    return {"paragraphs": of_paragraphs, "sentences": of_sentences, "warnings": list(found.warnings)}


def align_batches(batches: Iterable[pa.RecordBatch], options: AlignOptions) -> Iterator[pa.RecordBatch]:
    """The beads (`BEADS`) of each pair (`PAIRS`), those that `align.align_texts` gives; a batch of rows a pair."""
    for batch in batches:
        for row in batch.to_pylist():
            yield pa.RecordBatch.from_pylist(list(_beads(row, options)), schema=BEADS)


def _beads(row: dict[str, Any], options: AlignOptions) -> Iterator[dict[str, Any]]:
    named = {"source_document": row["source"], "target_document": row["target"]}
    try:
        found = align_texts(
            row["source_text"] or "",
            row["target_text"] or "",
            source_language=row["source_language"],
            target_language=row["target_language"],
            options=options,
        )
    except AlignError as error:
        yield {**named, "problem": str(error)}
        return
    for bead in bead_rows(found.beads, found.source, found.target):
        yield {**named, **{name: getattr(bead, name) for name in _OF_A_BEAD}}

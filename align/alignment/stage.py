"""Alignment as a stage: a function from record batches of pairs of texts to record batches of beads."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import pyarrow as pa

from align.alignment.aligner import align_texts
from align.alignment.options import AlignOptions
from align.alignment.result import bead_rows
from align.errors import AlignError

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

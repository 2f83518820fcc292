"""The first stage: from what was read to documents with languages, and what is counted of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pyarrow as pa

from align._internal.arrays import Ints
from align._internal.arrow import booleans, integers, strings, with_texts
from align.document import Document, ParagraphMode, line_ranges, without_lines
from align.pairing.blocks import paragraph_fingerprints
from align.pairing.find import with_languages
from align.reading.documents import document_of, settled_document
from align.reading.rows import is_empty

_AS_READ = [
    ("place", pa.int64()),  # its number in the order of reading
    ("file", pa.string()),  # the id of the input it came from
    ("id", pa.string()),
    ("source", pa.string()),
    ("line", pa.int64()),
    ("language", pa.string()),  # as declared
    ("text", pa.string()),
    ("about", pa.string()),
    ("warning", pa.string()),
    ("problem", pa.string()),
    ("empty", pa.bool_()),
    ("cuts", pa.list_(pa.int64())),  # lines that are left out: start, end, start, end ...; or null
]
READ = pa.schema(_AS_READ)
DOCUMENTS = pa.schema(
    [
        *_AS_READ,
        ("tag", pa.string()),  # its language, as settled
        ("said", pa.list_(pa.string())),  # what a reader should know of that
        ("doubts", pa.list_(pa.string())),  # the same, where nobody looked at its paragraphs before
        ("paragraphs", pa.int64()),  # null of what cannot be used
        ("paragraph_languages", pa.list_(pa.string())),
        ("paragraph_marks", pa.list_(pa.int64())),  # the distinct fingerprints of its paragraphs
    ]
)


def as_read(
    batch: pa.RecordBatch, places: Ints, files: Sequence[str], schema: pa.Schema = READ
) -> pa.RecordBatch:
    """The rows of documents that `align.reading.read_apart` gave, with their numbers and inputs.

    `schema` is `READ`, or that and more of what is read.
    """
    known = {"place": integers(places), "file": strings(files), "empty": booleans(is_empty(batch["text"]))}
    there = {**dict(zip(batch.schema.names, batch.columns, strict=True)), **known}
    columns = [
        there[field.name].cast(field.type) if field.name in there else pa.nulls(batch.num_rows, field.type)
        for field in schema
    ]
    return pa.record_batch(columns, schema=schema)


def settle_languages(batch: pa.RecordBatch, paragraphs: ParagraphMode) -> pa.RecordBatch:
    """The documents (`READ` to `DOCUMENTS`) with their languages; what cannot be used stays as it is."""
    rows = [{**row, **_settled(row, paragraphs)} for row in batch.select(READ.names).to_pylist()]
    return pa.RecordBatch.from_pylist(rows, schema=DOCUMENTS)


def _settled(row: Mapping[str, Any], paragraphs: ParagraphMode) -> dict[str, Any]:
    if row["problem"] is not None:
        return {"text": ""}
    document, count, said = settled_document(row, paragraphs, line_ranges(row["cuts"]))
    found, doubts = with_languages([document])
    marks = paragraph_fingerprints([paragraph.text for paragraph in found[0].paragraphs])
    return {
        "tag": found[0].language,
        "said": said,
        "doubts": doubts,
        "paragraphs": count,
        "paragraph_languages": [paragraph.language for paragraph in found[0].paragraphs],
        "paragraph_marks": marks.astype(np.int64).tolist(),
    }


def documents_of(batch: pa.RecordBatch, paragraphs: ParagraphMode) -> Iterator[Document]:
    """The usable documents of rows (`DOCUMENTS`), as they were when their languages were settled."""
    for row in batch.to_pylist():
        whole = document_of({**row, "language": row["tag"]}, paragraphs)
        document = without_lines(whole, line_ranges(row["cuts"]))
        languages = zip(document.paragraphs, row["paragraph_languages"], strict=True)
        parts = tuple(replace(paragraph, language=language) for paragraph, language in languages)
        yield replace(document, paragraphs=parts, language=row["tag"])


def failed(batch: pa.RecordBatch, problem: str) -> pa.RecordBatch:
    """The rows (`READ` or `DOCUMENTS`) as those of documents that cannot be used."""
    return with_texts(batch, problem=problem)

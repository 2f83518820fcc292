"""Parquet: one row a bead, gaps kept, positions as lists."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from align import __version__
from align._internal.files import output
from align.formats.beads import BeadRow
from align.formats.bitext import Bitext, Written

_BLOCK = 16_384  # rows in memory at a time, and in a row group

BEAD_SCHEMA = pa.schema(
    [
        ("source_document", pa.string()),
        ("target_document", pa.string()),
        ("source_language", pa.string()),
        ("target_language", pa.string()),
        ("bead", pa.int64()),
        ("type", pa.string()),
        ("source_positions", pa.list_(pa.string())),
        ("target_positions", pa.list_(pa.string())),
        ("confidence", pa.float64()),
        ("source", pa.large_string()),
        ("target", pa.large_string()),
        ("review", pa.string()),
        ("reviewer", pa.string()),
        ("reviewed", pa.string()),
        ("reordered", pa.bool_()),
    ],
    metadata={"align": __version__},
)


def write_parquet(path: str | Path, bitexts: Sequence[Bitext]) -> Written:
    """Writes all beads, `_BLOCK` rows at a time."""
    count = 0
    schema = bead_schema(checked=any(bitext.checked for bitext in bitexts))
    with (
        output(path, binary=True) as stream,
        pq.ParquetWriter(stream, schema, compression="zstd") as writer,
    ):
        for batch in bead_batches(bitexts, schema):
            writer.write_batch(batch)
            count += batch.num_rows
    return Written(count, 0, (str(path),))


def bead_schema(*, checked: bool) -> pa.Schema:
    """The columns of an export, with or without what the beads' checks found."""
    return BEAD_SCHEMA.append(pa.field("checks", pa.list_(pa.string()))) if checked else BEAD_SCHEMA


def bead_batches(bitexts: Iterable[Bitext], schema: pa.Schema = BEAD_SCHEMA) -> Iterator[pa.RecordBatch]:
    """All beads as record batches."""
    beads = ((bitext, row) for bitext in bitexts for row in bitext.rows)
    while block := list(islice(beads, _BLOCK)):
        yield pa.RecordBatch.from_pylist(list(_records(block)), schema=schema)


def _records(block: list[tuple[Bitext, BeadRow]]) -> Iterator[dict[str, object]]:
    for bitext, row in block:
        yield {
            "source_document": bitext.source_document,
            "target_document": bitext.target_document,
            "source_language": bitext.source_language,
            "target_language": bitext.target_language,
            "bead": row.bead,
            "type": row.type,
            "source_positions": row.source_positions,
            "target_positions": row.target_positions,
            "confidence": row.confidence,
            "source": row.source,
            "target": row.target,
            "review": row.review,
            "reviewer": row.reviewer,
            "reviewed": row.reviewed,
            "reordered": row.reordered,
            "checks": row.checks,
        }

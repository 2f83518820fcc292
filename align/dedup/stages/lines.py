"""Boilerplate: the lines that recur across kept documents, and the runs that they make in each."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import numpy as np
import pyarrow as pa

from align._internal.arrow import integers
from align._internal.runs import changes, numbers_of, whole_runs
from align.dedup.boilerplate import runs_of

LINES = pa.schema([("hash", pa.int64()), ("number", pa.int64()), ("line", pa.int64())])
# A document with the lengths of its lines (`line` is `DOCUMENT`), or one of its lines that recurs: in how many
# documents, and where it was seen first.
RECURRING = pa.schema(
    [
        ("number", pa.int64()),
        ("line", pa.int64()),
        ("spread", pa.int64()),
        ("first_number", pa.int64()),
        ("first_line", pa.int64()),
        ("line_lengths", pa.binary()),
    ]
)
RUNS = pa.schema(
    [
        ("number", pa.int64()),
        ("start", pa.int64()),
        ("end", pa.int64()),
        ("documents", pa.int64()),
        ("first_number", pa.int64()),
        ("first_line", pa.int64()),
    ]
)
DOCUMENT = -1


def line_rows(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """A row (`LINES`) for each line that has tokens (columns ``number``, ``line_hashes`` and ``line_lengths``)."""
    for batch in batches:
        parts = (batch[name].to_pylist() for name in ("line_hashes", "line_lengths"))
        for number, hashes, lengths in zip(batch["number"].to_pylist(), *parts, strict=True):
            lines = np.flatnonzero(np.frombuffer(lengths, np.uint16))
            columns = np.frombuffer(hashes, "<i8")[lines], np.full(len(lines), number), lines
            yield pa.record_batch([integers(column) for column in columns], schema=LINES)


def runs_of_lines(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """The runs (`RUNS`) of boilerplate in each document (`RECURRING`, sorted by number)."""
    for table in whole_runs(batches, "number"):
        table = table.sort_by([("number", "ascending"), ("line", "ascending")]).combine_chunks()
        columns = [numbers_of(table, name) for name in RECURRING.names[:-1]]
        starts = np.flatnonzero(changes(columns[0]))
        lengths = table["line_lengths"].take(integers(starts)).to_pylist()
        found: list[tuple[int, ...]] = []
        for start, end, sizes in zip(
            starts.tolist(), [*starts[1:].tolist(), table.num_rows], lengths, strict=True
        ):
            number, line, spread, first_number, first_line = (column[start + 1 : end] for column in columns)
            tokens = np.frombuffer(sizes, np.uint16)
            recurs = np.zeros(len(tokens), bool)
            recurs[line] = True
            for first, last in runs_of(recurs, tokens):
                at, behind = np.searchsorted(line, [first, last + 1]).tolist()
                origin = int(first_number[at]), int(first_line[at])
                found.append((int(number[0]), first, last, int(spread[at:behind].min()), *origin))
        if found:
            rows = np.array(found, np.int64).T
            yield pa.record_batch([integers(column) for column in rows], schema=RUNS)

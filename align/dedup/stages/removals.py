"""What is removed: stars among the verified pairs of documents that hang together."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import numpy as np
import pyarrow as pa

from align._internal.arrow import integers
from align._internal.runs import numbers_of, whole_runs
from align.dedup.clusters import in_order, stars

# A document with what it is ranked by (`second` is `DOCUMENT`), or a pair; a cell is what hangs together.
LINKED = pa.schema(
    [
        ("cell", pa.int64()),
        ("first", pa.int64()),
        ("second", pa.int64()),
        ("shared", pa.int64()),
        ("size", pa.int64()),
        ("precedence", pa.float64()),
        ("lengths", pa.int64()),  # less what stands in the text a second time
        ("again", pa.int64()),  # 1 where anything does
        ("rank_id", pa.string()),
    ]
)
REMOVALS = pa.schema(
    [("number", pa.int64()), ("kept", pa.int64()), ("shared", pa.int64()), ("size", pa.int64())]
)
DOCUMENT = -1


def removals_of_cells(batches: Iterable[pa.RecordBatch], by_order: bool) -> Iterator[pa.RecordBatch]:
    """The documents that are removed in each cell (`LINKED`, sorted by cell, to `REMOVALS`), and what is kept for them.

    `by_order`: documents are kept in the order of their numbers.
    """
    for table in whole_runs(batches, "cell"):
        second = numbers_of(table, "second")
        documents = table.take(integers(np.flatnonzero(second == DOCUMENT))).sort_by("first").combine_chunks()
        pairs = table.take(integers(np.flatnonzero(second != DOCUMENT))).combine_chunks()
        numbers = numbers_of(documents, "first")
        rank = np.arange(len(numbers)) if by_order else in_order(documents)
        left, right = (np.searchsorted(numbers, numbers_of(pairs, name)) for name in ("first", "second"))
        shared, size = numbers_of(pairs, "shared"), numbers_of(pairs, "size")
        one_way = np.zeros(len(shared), bool)
        found = stars(left, right, shared / np.maximum(size, 1), one_way, rank)
        gone = np.array(list(found), np.int64)
        place = np.array(list(found.values()), np.int64)
        kept = np.where(left[place] == gone, right[place], left[place])
        columns = numbers[gone], numbers[kept], shared[place], size[place]
        yield pa.record_batch([integers(column) for column in columns], schema=REMOVALS)

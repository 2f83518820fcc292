"""Record batches whose rows are sorted by a key: the rows of a key together, however they were cut into batches."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

import numpy as np
import pyarrow as pa

from align._internal.arrays import Bools, Ints
from align._internal.arrow import as_numpy

BUDGET = 32 << 20  # bytes of rows that are handed out together, unless one key has more


def whole_runs(batches: Iterable[pa.RecordBatch], key: str, budget: int = BUDGET) -> Iterator[pa.Table]:
    """The rows in tables that part no rows of one key (a column of int64 or text), of some megabytes each."""
    held: list[pa.RecordBatch] = []
    size = 0
    for batch in batches:
        if not batch.num_rows:
            continue
        if held and size >= budget:
            border = _first_other(batch[key], held[-1][key][-1])
            if border is not None:
                if border:
                    held.append(batch.slice(0, border))
                yield combined(held)
                held, size, batch = [], 0, batch.slice(border)
        held.append(batch)
        size += batch.nbytes
    if held:
        yield combined(held)


def combined(batches: Sequence[pa.RecordBatch]) -> pa.Table:
    """Batches as a table whose columns are in one piece each."""
    return pa.Table.from_batches(batches).combine_chunks()


def numbers_of(table: pa.Table | pa.RecordBatch, name: str) -> Ints:
    """A column of int64 of a table, without copying where it is in one piece."""
    column = table[name]
    return as_numpy(column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column)


def changes(*columns: Ints) -> Bools:
    """Where a row differs from the one before it; the first does."""
    found = np.ones(len(columns[0]), bool)
    if len(found):
        found[1:] = False
        for column in columns:
            found[1:] |= column[1:] != column[:-1]
    return found


def _first_other(column: pa.Array, value: pa.Scalar) -> int | None:
    """Where the first row stands whose key is another one; None where there is none."""
    import pyarrow.compute as pc

    place = pc.index(pc.equal(column, value), False).as_py()
    return None if place < 0 else int(place)

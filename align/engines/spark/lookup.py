"""Values by document number, looked up in the files of a stage that is sorted by it: a join in which nothing is moved.

Whoever goes through the hashes of all documents needs to know which few of them are wanted, and those would be too many
for the driver to pass on. They lie in ranges, and documents come in ranges, too: a task reads the ranges that it meets.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pyarrow as pa

from align._internal.arrays import Ints
from align._internal.arrow import integers
from align._internal.runs import numbers_of
from align.dedup.stages.verify import CELLS, DOCUMENT
from align.engines.spark.frames import Batches

_AT_HAND = 4  # ranges, of some hundred thousand numbers each

_Range = tuple[Ints, Ints]


class Lookup:
    """A column by ``number``, both int64, of a folder of Parquet files whose row groups hold ranges of their own."""

    def __init__(self, folder: Path, column: str) -> None:
        self._column = column
        found = [part for path in folder.glob("part-*") for part in _ranges_of(path)]
        found.sort()
        self._least = np.array([least for least, _, _ in found], np.int64)
        self._places = [(path, group) for _, path, group in found]
        self._at_hand: OrderedDict[int, _Range] = OrderedDict()

    def __call__(self, numbers: Ints) -> tuple[Ints, Ints]:
        """The places of those numbers that are there, and their values."""
        ranges = np.searchsorted(self._least, numbers, side="right") - 1
        places, values = [np.zeros(0, np.int64)], [np.zeros(0, np.int64)]
        for number in np.unique(ranges[ranges >= 0]).tolist():
            names, column = self._range(number)
            asked = np.flatnonzero(ranges == number)
            at = np.minimum(np.searchsorted(names, numbers[asked]), len(names) - 1)
            hit = names[at] == numbers[asked]
            places.append(asked[hit])
            values.append(column[at[hit]])
        return np.concatenate(places), np.concatenate(values)

    def _range(self, number: int) -> _Range:
        import pyarrow.parquet as pq

        found = self._at_hand.pop(number, None)
        if found is None:
            path, group = self._places[number]
            with pq.ParquetFile(path) as file:
                table = file.read_row_group(group, columns=["number", self._column])
            found = numbers_of(table, "number"), numbers_of(table, self._column)
        while len(self._at_hand) >= _AT_HAND:
            self._at_hand.popitem(last=False)
        self._at_hand[number] = found
        return found


def _ranges_of(path: Path) -> Iterator[tuple[int, Path, int]]:
    """The lowest number of each row group of a file, and where that is."""
    import pyarrow.parquet as pq

    metadata = pq.read_metadata(path)
    place = metadata.schema.to_arrow_schema().get_field_index("number")
    for group in range(metadata.num_row_groups):
        if metadata.row_group(group).num_rows:
            yield metadata.row_group(group).column(place).statistics.min, path, group


def hashes_of_cells(batches: Batches, folder: str) -> Iterator[pa.RecordBatch]:
    """The documents (``number`` and ``hashes``) that are in a cell, in rows of `CELLS`."""
    lookup = Lookup(Path(folder), "cell")
    for batch in batches:
        numbers = numbers_of(batch, "number")
        places, cells = lookup(numbers)
        columns = integers(cells), integers(numbers[places]), integers(np.full(len(places), DOCUMENT))
        yield pa.record_batch([*columns, batch["hashes"].take(integers(places))], schema=CELLS)

"""What hangs together: the connected components of pairs, in one pass over columns of numbers."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import numpy as np
import pyarrow as pa

from align._internal.arrays import Ints
from align._internal.arrow import integers
from align._internal.runs import numbers_of

CELLS_OF = pa.schema([("number", pa.int64()), ("cell", pa.int64())])


def cells_of_pairs(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """Each document of the pairs (``first``, ``second``) with the lowest number that it hangs together with."""
    held = [(numbers_of(batch, "first"), numbers_of(batch, "second")) for batch in batches]
    if not held:
        return
    first, second = (np.concatenate(column) for column in zip(*held, strict=True))
    numbers, places = np.unique(np.concatenate((first, second)), return_inverse=True)
    left, right = np.split(places.ravel(), 2)
    lowest = components(left, right, len(numbers))
    yield pa.record_batch([integers(numbers), integers(numbers[lowest])], schema=CELLS_OF)


def components(first: Ints, second: Ints, count: int) -> Ints:
    """For each of `count` nodes the lowest of its component; edges by the places of their ends.

    Each round hooks roots below lower neighbours and then follows every pointer to its end (Shiloach and Vishkin 1982).
    """
    parent = np.arange(count)
    while True:
        low, high = np.minimum(parent[first], parent[second]), np.maximum(parent[first], parent[second])
        open_ = low != high
        if not open_.any():
            return parent
        first, second = first[open_], second[open_]
        np.minimum.at(parent, high[open_], low[open_])
        while (parent[parent] != parent).any():
            parent = parent[parent]

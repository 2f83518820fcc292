"""Which beads are worth considering, and the similarity of the two sides of each."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from align._internal.arrays import Bools, Floats, Ints
from align._internal.products import product
from align.alignment.features.units import Units

_BLOCK = 24  # source boundaries whose similarities are computed by one matrix product


def bead_types(max_size: int) -> list[tuple[int, int]]:
    """Deletion, insertion, and every m-n with both sides up to `max_size` and at most ``max_size + 2`` units in all."""
    sizes = range(1, max_size + 1)
    return [(1, 0), (0, 1), *((m, n) for m in sizes for n in sizes if m + n <= max_size + 2)]


def type_index(m: Ints, n: Ints) -> Ints:
    """A number below 100 for each bead type; the same for m-n and n-m."""
    small, large = np.minimum(m, n), np.maximum(m, n)
    return np.minimum(small, 9) * 10 + np.minimum(large, 9)


@dataclass(frozen=True, slots=True, eq=False)
class Corridor:
    """For each source boundary the first and last target boundary that a path may pass through."""

    low: Ints
    high: Ints

    @classmethod
    def everything(cls, source: int, target: int) -> Corridor:
        return cls(np.zeros(source + 1, np.int64), np.full(source + 1, target, np.int64))


@dataclass(frozen=True, slots=True, eq=False)
class Candidates:
    """Candidate beads as parallel arrays, with the cosine of their two sides (0 for gaps)."""

    i: Ints
    j: Ints
    m: Ints
    n: Ints
    cosine: Floats

    def __len__(self) -> int:
        return len(self.i)

    def take(self, index: Ints | Bools) -> Candidates:
        return Candidates(self.i[index], self.j[index], self.m[index], self.n[index], self.cosine[index])


def candidates(source: Units, target: Units, corridor: Corridor, max_size: int) -> Candidates:
    """All beads inside the corridor; the cosines come from one matrix product for each block of source units."""
    parts = [_block(source, target, corridor, max_size, first) for first in range(0, len(source) + 1, _BLOCK)]
    columns = [np.concatenate([part[k] for part in parts]) for k in range(5)]
    return Candidates(*columns)


def _block(
    source: Units, target: Units, corridor: Corridor, max_size: int, first: int
) -> tuple[Ints, Ints, Ints, Ints, Floats]:
    rows, columns = len(source), len(target)
    last = min(first + _BLOCK, rows + 1)
    left = int(corridor.low[first:last].min())
    right = int(corridor.high[first:last].max()) + 1
    j = np.arange(left, right)
    inside = (j >= corridor.low[first:last, None]) & (j <= corridor.high[first:last, None])
    out: list[list[Ints | Floats]] = [[], [], [], [], []]
    width = min(right, columns) - left
    if first < rows and width > 0:
        products = _products(source.vectors[:, first:last], target.vectors[:, left : left + width], max_size)
    for m, n in bead_types(max_size):
        i = np.arange(first, min(last, rows - m + 1))
        if not len(i):
            continue
        ends = (j + n >= corridor.low[i + m, None]) & (j + n <= corridor.high[i + m, None])
        r, c = np.nonzero(inside[: len(i)] & ends)
        cosine = products[m - 1, r, n - 1, c] if m and n else np.zeros(len(r))
        for column, value in zip(
            out, (r + first, c + left, np.full(len(r), m), np.full(len(r), n), cosine), strict=True
        ):
            column.append(value)
    return tuple(np.concatenate(column) for column in out)  # type: ignore[return-value]


def _products(source: NDArray[np.float32], target: NDArray[np.float32], sizes: int) -> Floats:
    """Cosines of every source run with every target run, ``(sizes, rows, sizes, columns)``."""
    left, right = (side[:sizes].reshape(-1, side.shape[-1]) for side in (source, target))
    flat = product(left, right.T)
    return flat.reshape(sizes, source.shape[1], sizes, target.shape[1]).astype(np.float64)

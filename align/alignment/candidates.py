"""Which beads are worth considering, and the similarity of the two sides of each."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from align._internal.arrays import Bools, Floats, Ints
from align._internal.native import compiled
from align._internal.products import product
from align.alignment.features.units import Units
from align.alignment.lattice import Lattice

_INTERFACE = 1  # of `_candidates.c`
COMPILED = compiled("align.alignment._candidates", interface=_INTERFACE)
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


@dataclass(frozen=True, slots=True, eq=False)
class Places:
    """Which candidate stands where in the arrays of a corridor.

    Attributes:
        corridor: the boundaries; a cell is one of them, cells are counted row by row.
        first: the number of the first cell of each row.
        at: ``(cells, types)``, the number of the candidate of each type that begins in the cell, -1 for none.
        type: ``(max_size + 1, max_size + 1)``, the type of a bead of `m` and `n` units, -1 for none.
    """

    corridor: Corridor
    first: Ints
    at: Ints
    type: Ints

    def of(self, i: Ints, m: Ints, j: Ints, n: Ints) -> Ints:
        """The numbers of candidates; -1 for beads that are none."""
        if COMPILED is None:
            return self._found(i, m, j, n)
        number = np.empty(len(i), np.int64)
        COMPILED.find(
            i, j, m, n, self.corridor.low, self.corridor.high, self.first, self.at, self.type, number
        )
        return number

    def _found(self, i: Ints, m: Ints, j: Ints, n: Ints) -> Ints:
        low, high, most = self.corridor.low, self.corridor.high, len(self.type) - 1
        valid = (i >= 0) & (i < len(low)) & (m >= 0) & (m <= most) & (n >= 0) & (n <= most)
        i, m, n = (np.where(valid, x, 0) for x in (i, m, n))
        kind = self.type[m, n]
        valid &= (j >= low[i]) & (j <= high[i]) & (kind >= 0)
        return np.where(valid, self.at[np.where(valid, self.first[i] + j - low[i], 0), kind], -1)


@dataclass(frozen=True, slots=True, eq=False)
class Enumeration:
    """All candidates of a corridor: their lattice, the candidates in its order, and their places."""

    lattice: Lattice
    candidates: Candidates
    places: Places


def candidates(source: Units, target: Units, corridor: Corridor, max_size: int) -> Enumeration:
    """All beads inside the corridor; the cosines come from one matrix product for each block of source units."""
    lattice, places = _enumerated(corridor, max_size)
    cosine = np.zeros(len(lattice))
    for first in range(0, len(source), _BLOCK):
        _fill_block(cosine, source, target, places, max_size, first)
    return Enumeration(lattice, Candidates(lattice.i, lattice.j, lattice.m, lattice.n, cosine), places)


def _enumerated(corridor: Corridor, max_size: int) -> tuple[Lattice, Places]:
    """The lattice of a corridor, all of whose cells are nodes; edges that end in one node are in the order of types."""
    m, n = np.array(bead_types(max_size), np.int64).T.copy()
    width = np.maximum(corridor.high - corridor.low + 1, 0)
    first = np.cumsum(width) - width
    kinds = np.full((max_size + 1, max_size + 1), -1, np.int64)
    kinds[m, n] = np.arange(len(m))
    at = np.full((int(width.sum()), len(m)), -1, np.int64)
    places = Places(corridor, first, at, kinds)
    if COMPILED is None:
        return _lattice(places, m, n), places
    columns = np.empty((7, at.size), np.int64)
    level = np.empty(len(at), np.int64)
    count = COMPILED.enumerate(corridor.low, corridor.high, m, n, columns, at, level)
    i, j, sources, targets, start, end, by_start = columns[:, :count]
    return Lattice(i, j, sources, targets, start, end, level, by_start), places


def _lattice(places: Places, m: Ints, n: Ints) -> Lattice:
    """The lattice of the cells of a corridor by edges of these types, whose numbers are put into ``places.at``."""
    low, high = places.corridor.low, places.corridor.high
    i = np.repeat(np.arange(len(low)), np.maximum(high - low + 1, 0))
    j = np.arange(len(i)) - places.first[i] + low[i]
    order = np.lexsort((i, i + j))
    node = np.empty(len(i), np.int64)
    node[order] = np.arange(len(i))
    parts = []
    for kind in range(len(m)):
        row, column = i + m[kind], j + n[kind]
        inside = row < len(low)
        row[~inside] = 0
        inside &= (column >= low[row]) & (column <= high[row])
        cell = np.flatnonzero(inside)
        end = node[places.first[row[cell]] + column[cell] - low[row[cell]]]
        parts.append((cell, np.full(len(cell), kind), end))
    cell, kinds, end = (np.concatenate(column) for column in zip(*parts, strict=True))
    by_end = np.argsort(end, kind="stable")
    cell, kinds, end = cell[by_end], kinds[by_end], end[by_end]
    places.at[cell, kinds] = np.arange(len(cell))
    return Lattice.of(i[cell], j[cell], m[kinds], n[kinds], node[cell], end, (i + j)[order])


def _fill_block(
    cosine: Floats, source: Units, target: Units, places: Places, max_size: int, first: int
) -> None:
    """The cosines of the candidates that begin at a block of source units."""
    rows = slice(first, min(first + _BLOCK, len(source)))
    left = int(places.corridor.low[rows].min())
    right = min(int(places.corridor.high[rows].max()) + 1, len(target))
    if left < right:
        products = _products(source.vectors[:, rows], target.vectors[:, left:right], max_size)
        _fill_cosines(cosine, products, places, first, left)


def _fill_cosines(
    cosine: Floats, products: NDArray[np.float32], places: Places, first: int, left: int
) -> None:
    """Puts the ``products[m - 1, i - first, n - 1, j - left]`` into the cosines of all candidates that they are of."""
    sizes, rows, _, width = products.shape
    m, n = np.array(bead_types(sizes), np.int64).T.copy()
    low, high = places.corridor.low, places.corridor.high
    if COMPILED is not None:
        COMPILED.cosines(products, low, high, m, n, places.at, cosine, first, left, rows, width, sizes)
        return
    for i in range(first, first + rows):
        j = np.arange(max(low[i], left), min(high[i] + 1, left + width))
        number = places.at[places.first[i] + j - low[i]]
        there, kind = np.nonzero((number >= 0) & (m > 0) & (n > 0))
        cosine[number[there, kind]] = products[m[kind] - 1, i - first, n[kind] - 1, j[there] - left]


def _products(source: NDArray[np.float32], target: NDArray[np.float32], sizes: int) -> NDArray[np.float32]:
    """Cosines of every source run with every target run, ``(sizes, rows, sizes, columns)``."""
    left, right = (side[:sizes].reshape(-1, side.shape[-1]) for side in (source, target))
    return product(left, right.T).reshape(sizes, source.shape[1], sizes, target.shape[1])

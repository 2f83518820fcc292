"""Where a path can run at all: anchors between single units, chained, with room around them.

Two units are an anchor when each is the other's nearest neighbour. The heaviest chain of anchors that is increasing
on both sides is found in O(n log n); between two anchors everything is left open. A missing chapter, or a side three
times as long as the other, is only a wide step between two anchors.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from align._internal.arrays import Bools, Floats, Ints
from align._internal.products import Factor, product
from align.alignment.by_length import length_path
from align.alignment.candidates import Corridor

_SMALL = 2_500  # cells up to which nothing is left out
_BLOCK = 1_024  # source units compared with all target units at once
_NEIGHBOURS = 4
_LONG = 4_000_000  # cells from which anchors are searched on few components
_COMPONENTS = 128
_UNRELATED = 0.3  # cosine up to which two units say nothing
_MOST_OPEN = 200_000  # cells of a stretch without anchors
_GUIDED = 60_000  # cells of a stretch without anchors beyond which the lengths say where to look
_BESIDE = 30  # boundaries left open beside a path by lengths, at least
_AROUND = 3  # pairs on either side that a shared sign is compared with
_ROOM = 6  # boundaries left open around an anchor, on each side


@dataclass(frozen=True, slots=True, eq=False)
class NeighbourCosines:
    """For each unit the cosine of its nearest unit on the other side and the mean cosine of its four nearest."""

    cosine: Floats
    mean: Floats


def neighbour_cosines(
    source: NDArray[np.float32], target: NDArray[np.float32]
) -> tuple[NeighbourCosines, NeighbourCosines]:
    """Nearest neighbours in both directions; quadratic, for one window at a time."""
    cosine = product(source, target.T)
    return _nearest_four(cosine), _nearest_four(cosine.T)


def _nearest_four(cosine: NDArray[np.float32]) -> NeighbourCosines:
    columns = cosine.shape[1]
    k = min(_NEIGHBOURS, columns)
    best = np.partition(cosine, columns - k, axis=1)[:, columns - k :]
    return NeighbourCosines(best.max(1).astype(float), best.mean(1).astype(float))


def _mutual(source: NDArray[np.float32], target: NDArray[np.float32]) -> tuple[Ints, Ints]:
    """Units that are each other's nearest, block by block, in memory linear in the number of units."""
    nearest = np.zeros(len(source), np.int64)
    back = np.zeros(len(target), np.int64)
    best = np.full(len(target), -np.inf, np.float32)
    columns = Factor(target.T)
    for first in range(0, len(source), _BLOCK):
        cosine = product(source[first : first + _BLOCK], columns)
        nearest[first : first + _BLOCK] = cosine.argmax(1)
        top = cosine.argmax(0)
        value = cosine[top, np.arange(len(target))]
        better = value > best
        back[better] = top[better] + first
        best[better] = value[better]
    i = np.flatnonzero(back[nearest] == np.arange(len(source)))
    return i, nearest[i]


def _shortened(source: NDArray[np.float32], target: NDArray[np.float32]) -> list[NDArray[np.float32]]:
    """Both sides on their principal components: the search for anchors of long texts is quadratic, so make it light."""
    sample = np.concatenate([side[:: max(1, len(side) // 2_000)] for side in (source, target)]).astype(float)
    mean = sample.mean(0)
    _, components = np.linalg.eigh((sample - mean).T @ (sample - mean))
    kept = components[:, -_COMPONENTS:].astype(np.float32)
    out = []
    for side in (source, target):
        short = product(side - mean.astype(np.float32), kept)
        out.append(short / np.maximum(np.linalg.norm(short, axis=1, keepdims=True), 1e-9))
    return out


@dataclass(frozen=True, slots=True, eq=False)
class Anchors:
    """A chain of unit pairs, increasing on both sides, and their cosines."""

    i: Ints
    j: Ints
    cosine: Floats

    @classmethod
    def find(cls, source: NDArray[np.float32], target: NDArray[np.float32]) -> Anchors:
        """Mutual nearest neighbours, the heaviest chain of them; the nearer a pair, the more it weighs."""
        sides = [source, target]
        if len(source) * len(target) > _LONG and source.shape[1] > _COMPONENTS:
            sides = _shortened(source, target)
        i, j = _mutual(*sides)
        cosine = np.einsum("ij,ij->i", source[i], target[j]).astype(float)
        chain = _heaviest_chain(j, np.maximum(cosine - _UNRELATED, 0.01) ** 2, len(target))
        return cls(i[chain], j[chain], cosine[chain])

    def by_chance(self, rows: int, columns: int) -> bool:
        """Whether the chain is no longer than vectors that say nothing make it; true of all short texts."""
        return len(self.i) <= _chance((rows + columns) / 4)

    def with_signs(self, i: Ints, j: Ints, weight: Floats, rows: int, columns: int) -> Anchors:
        """These anchors with those by what units share (pairs `i`, `j` that weigh `weight`), in one chain.

        Either kind counts only where its chain is longer than chance makes it; a shared sign far from those around
        it is chance, too.
        """
        chain = _heaviest_chain(*_in_order(i, j, weight), columns)
        order = np.lexsort((j, i))
        i, j, weight = i[order][chain], j[order][chain], weight[order][chain]
        near = _with_their_neighbours(i, j, rows, columns)
        i, j, weight = i[near], j[near], weight[near]
        parts: list[tuple[Ints, Ints, Floats, Floats]] = []
        if len(i) > _chance(len(order)):
            parts.append((i, j, weight, np.ones(len(i))))
        if not self.by_chance(rows, columns):
            parts.append((self.i, self.j, np.maximum(self.cosine - _UNRELATED, 0.01) ** 2, self.cosine))
        if not parts:
            none = np.zeros(0, np.int64)
            return Anchors(none, none, np.zeros(0))
        i, j, weight, cosine = (np.concatenate([part[k] for part in parts]) for k in range(4))
        order = np.lexsort((j, i))
        i, j, weight, cosine = i[order], j[order], weight[order], cosine[order]
        chain = _heaviest_chain(j, weight, columns)
        chain = chain[np.diff(i[chain], prepend=-1) > 0]
        return Anchors(i[chain], j[chain], cosine[chain])

    def between(self, start: tuple[int, int], end: tuple[int, int]) -> tuple[Ints, Ints]:
        """The anchors between two nodes, counted from the first of them."""
        inside = (self.i >= start[0]) & (self.j >= start[1]) & (self.i < end[0]) & (self.j < end[1])
        return self.i[inside] - start[0], self.j[inside] - start[1]

    def next_after(
        self, start: tuple[int, int], distance: int, last: tuple[int, int], path: Ints | None = None
    ) -> tuple[int, int]:
        """The first anchor at least `distance` units on; the end of the texts where little would be left after it.

        Where there is none for long, a node of the `path` (`guide`) serves as well.
        """
        level = self.i + self.j
        at = int(np.searchsorted(level, sum(start) + distance))
        end = (int(self.i[at]), int(self.j[at])) if at < len(level) else last
        if path is not None and sum(end) - sum(start) > 2 * distance:
            row = int(np.searchsorted(path + np.arange(len(path)), sum(start) + distance))
            if row < len(path) and row > start[0] and path[row] > start[1]:
                end = (row, int(path[row]))
        return last if sum(last) - sum(end) < distance // 4 else end


def _in_order(i: Ints, j: Ints, weight: Floats) -> tuple[Ints, Floats]:
    order = np.lexsort((j, i))
    return j[order], weight[order]


def _chance(pairs: float) -> float:
    """Length up to which a chain of so many pairs may be chance.

    Half as long again as the longest increasing subsequence of a random permutation, 2√n (Logan and Shepp 1977;
    Vershik and Kerov 1977).
    """
    return 3.0 * float(np.sqrt(pairs))


def _with_their_neighbours(i: Ints, j: Ints, rows: int, columns: int) -> Bools:
    """Which pairs lie no farther off the diagonal than those around them, but for a few units."""
    off = j - i * (columns / max(rows, 1))
    if len(off) < 2 * _AROUND + 1:
        return np.ones(len(off), bool)
    padded = np.pad(off, _AROUND, mode="reflect")
    middle = np.median(np.lib.stride_tricks.sliding_window_view(padded, 2 * _AROUND + 1), axis=1)
    return np.asarray(np.abs(off - middle) <= _ROOM)


def guide(rows: int, columns: int, anchors: Anchors, lengths: tuple[Floats, Floats]) -> Ints:
    """For each source boundary the target boundary where the path probably passes, ``(rows + 1,)``.

    Between two anchors that is the diagonal, or, where they are far apart, the best path by `lengths` alone.
    """
    i, j = np.concatenate([[0], anchors.i, [rows]]), np.concatenate([[0], anchors.j, [columns]])
    path: Ints = np.interp(np.arange(rows + 1), i, j).astype(np.int64)
    far = np.flatnonzero(np.diff(i) * np.diff(j) > _GUIDED)
    for a, b, c, d in zip(*(side[far + k].tolist() for side in (i, j) for k in (0, 1)), strict=True):
        path[a : b + 1] = c + length_path(lengths[0][a:b], lengths[1][c:d])
    return path


def corridor(
    rows: int, columns: int, anchors: tuple[Ints, Ints], room: int = _ROOM, path: Ints | None = None
) -> Corridor:
    """Boundaries a path may pass: everything for short texts, else the surroundings of the anchors.

    Where two anchors are far apart, the surroundings of the diagonal between them, or of the `path` (`guide`).
    """
    if rows * columns <= _SMALL:
        return Corridor.everything(rows, columns)
    return _around(rows, columns, *anchors, room, path)


def _heaviest_chain(j: Ints, weight: Floats, columns: int) -> Ints:
    """Indices of the heaviest strictly increasing subsequence of `j` (a Fenwick tree of prefix maxima)."""
    tree: list[tuple[float, int]] = [(0.0, -1)] * (columns + 1)
    before = [-1] * len(j)
    best = (0.0, -1)
    for index, (column, gain) in enumerate(zip(j.tolist(), weight.tolist(), strict=True)):
        top = (0.0, -1)
        position = column
        while position > 0:
            top = max(top, tree[position])
            position -= position & -position
        before[index] = top[1]
        here = (top[0] + gain, index)
        best = max(best, here)
        position = column + 1
        while position <= columns:
            tree[position] = max(tree[position], here)
            position += position & -position
    chain = []
    at = best[1]
    while at >= 0:
        chain.append(at)
        at = before[at]
    return np.array(chain[::-1], np.int64)


def _around(rows: int, columns: int, i: Ints, j: Ints, room: int, path: Ints | None) -> Corridor:
    """The rectangles between successive anchors, each with some room around it, joined into one corridor."""
    top = np.maximum(np.concatenate([[0], i + 1]) - room, 0)
    bottom = np.minimum(np.concatenate([i, [rows]]) + room, rows)
    left = np.maximum(np.concatenate([[0], j + 1]) - room, 0)
    right = np.minimum(np.concatenate([j, [columns]]) + room, columns)
    row, near, far = _open(top, bottom, left, right, path)
    low = np.full(rows + 1, columns, np.int64)
    high = np.zeros(rows + 1, np.int64)
    np.minimum.at(low, row, near)
    np.maximum.at(high, row, far)
    return Corridor(low, high)


def _open(top: Ints, bottom: Ints, left: Ints, right: Ints, path: Ints | None) -> tuple[Ints, Ints, Ints]:
    """What is left open of rectangles: all of each, or where that is too much a band along its diagonal or path.

    Rows of the rectangles one after the other, and in each of them the first and the last boundary left open.
    """
    rows, columns = bottom - top + 1, right - left + 1
    of = np.repeat(np.arange(len(rows)), rows)
    inside = np.arange(len(of)) - (np.cumsum(rows) - rows)[of]
    row = top[of] + inside
    middle = left[of] + inside * (columns - 1)[of] // np.maximum(rows - 1, 1)[of]
    band = np.maximum(_MOST_OPEN // (2 * rows), columns // rows + _ROOM)
    half = np.where(rows * columns <= _MOST_OPEN, columns, band)
    if path is not None:
        guided = rows * columns > _GUIDED
        middle = np.where(guided[of], np.clip(path[row], left[of], right[of]), middle)
        half = np.where(guided, np.maximum(_GUIDED // (3 * rows), _BESIDE), half)
    return row, np.maximum(middle - half[of], left[of]), np.minimum(middle + half[of], right[of])

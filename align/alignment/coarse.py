"""Where a path can run at all: anchors between single units, chained, with room around them.

Two units are an anchor when each is the other's nearest neighbour. The heaviest chain of anchors that is increasing
on both sides is found in O(n log n); between two anchors everything is left open. A missing chapter, or a side three
times as long as the other, is only a wide step between two anchors.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from align.alignment.candidates import Corridor
from align.alignment.units import Floats, Ints

_SMALL = 2_500  # cells up to which nothing is left out
_BLOCK = 1_024  # source units compared with all target units at once
_NEIGHBOURS = 4
_ROOM = 8  # boundaries left open around an anchor, on each side


@dataclass(frozen=True, slots=True, eq=False)
class Neighbours:
    """For each unit its nearest unit on the other side and the mean cosine of its four nearest."""

    nearest: Ints
    cosine: Floats
    mean: Floats

    def part(self, first: int, last: int) -> Neighbours:
        """Those of a stretch of units."""
        return Neighbours(self.nearest[first:last], self.cosine[first:last], self.mean[first:last])


def neighbours(source: NDArray[np.float32], target: NDArray[np.float32]) -> tuple[Neighbours, Neighbours]:
    """Nearest neighbours in both directions, in memory linear in the number of units."""
    rows, columns = len(source), len(target)
    k = min(_NEIGHBOURS, columns)
    row_best = np.zeros((rows, k), np.float32)
    row_nearest = np.zeros(rows, np.int64)
    col_best = np.full((_NEIGHBOURS, columns), -1.0, np.float32)
    col_nearest = np.zeros(columns, np.int64)
    for first in range(0, rows, _BLOCK):
        cosine = source[first : first + _BLOCK] @ target.T
        row_nearest[first : first + _BLOCK] = cosine.argmax(1)
        row_best[first : first + _BLOCK] = np.partition(cosine, columns - k, axis=1)[:, columns - k :]
        top = cosine.argmax(0)
        better = cosine[top, np.arange(columns)] > col_best.max(0)
        col_nearest[better] = top[better] + first
        merged = np.concatenate([col_best, cosine])
        col_best = np.partition(merged, len(merged) - _NEIGHBOURS, axis=0)[-_NEIGHBOURS:]
    col_best = np.sort(col_best, axis=0)[-min(_NEIGHBOURS, rows) :]
    return (
        Neighbours(row_nearest, row_best.max(1).astype(float), row_best.mean(1).astype(float)),
        Neighbours(col_nearest, col_best.max(0).astype(float), col_best.mean(0).astype(float)),
    )


@dataclass(frozen=True, slots=True, eq=False)
class Anchors:
    """A chain of unit pairs, increasing on both sides, and the neighbours it was found among."""

    i: Ints
    j: Ints
    forth: Neighbours
    back: Neighbours

    @classmethod
    def find(cls, source: NDArray[np.float32], target: NDArray[np.float32]) -> Anchors:
        """Mutual nearest neighbours, the heaviest chain of them; a pair weighs as much as it stands out."""
        forth, back = neighbours(source, target)
        i = np.flatnonzero(back.nearest[forth.nearest] == np.arange(len(source)))
        j = forth.nearest[i]
        weight = forth.cosine[i] - (forth.mean[i] + back.mean[j]) / 2
        chain = _heaviest_chain(j, np.maximum(weight, 1e-3), len(target))
        return cls(i[chain], j[chain], forth, back)

    def between(self, start: tuple[int, int], end: tuple[int, int]) -> tuple[Ints, Ints]:
        """The anchors between two nodes, counted from the first of them."""
        inside = (self.i >= start[0]) & (self.j >= start[1]) & (self.i < end[0]) & (self.j < end[1])
        return self.i[inside] - start[0], self.j[inside] - start[1]

    def next_after(self, start: tuple[int, int], distance: int, last: tuple[int, int]) -> tuple[int, int]:
        """The first anchor at least `distance` units on; the end of the texts where little would be left after it."""
        level = self.i + self.j
        at = int(np.searchsorted(level, sum(start) + distance))
        if at >= len(level) or sum(last) - level[at] < distance // 4:
            return last
        return int(self.i[at]), int(self.j[at])


def corridor(rows: int, columns: int, anchors: tuple[Ints, Ints], room: int = _ROOM) -> Corridor:
    """Boundaries a path may pass: everything for short texts, else the surroundings of the anchors."""
    if rows * columns <= _SMALL:
        return Corridor.everything(rows, columns)
    return _around(rows, columns, *anchors, room)


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


def _around(rows: int, columns: int, i: Ints, j: Ints, room: int) -> Corridor:
    """The rectangles between successive anchors, each with some room around it, joined into one corridor."""
    top = np.concatenate([[0], i + 1])
    bottom = np.concatenate([i, [rows]])
    left = np.concatenate([[0], j + 1])
    right = np.concatenate([j, [columns]])
    low = np.full(rows + 1, columns, np.int64)
    high = np.zeros(rows + 1, np.int64)
    for a, b, c, d in zip(top, bottom, left, right, strict=True):
        part = slice(max(a - room, 0), b + room + 1)
        low[part] = np.minimum(low[part], max(c - room, 0))
        high[part] = np.maximum(high[part], min(d + room, columns))
    return Corridor(low, high)

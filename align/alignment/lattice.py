"""The lattice of candidate beads, and sums and maxima over all of its paths.

A node is a pair of boundaries ``(i, j)``: `i` source and `j` target units have been dealt with. An edge is a candidate
bead from ``(i, j)`` to ``(i + m, j + n)``. A path from ``(0, 0)`` to the last node is an alignment. Every edge leads to
a larger ``i + j``, so all edges that end on one anti-diagonal are computed with the same few vector operations.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from align._internal.arrays import Bools, Floats, Ints
from align._internal.native import compiled

_INTERFACE = 1  # as the compiled twins of `_sum` and `Lattice._maxima` have it
_COMPILED = compiled("align.alignment._lattice", interface=_INTERFACE)
_NEVER = -1e30  # "impossible" as a finite log-probability: differences of it stay numbers


@dataclass(frozen=True, eq=False)
class Lattice:
    """Candidate beads as parallel arrays, sorted by the anti-diagonal on which they end, then by end node.

    Attributes:
        i, j: first source and target unit of each bead; where a side is empty, the boundary it sits at.
        m, n: how many units on each side.
        start, end: node numbers; node 0 is ``(0, 0)``, the last node the end of both texts.
        level: the anti-diagonal of each node.
        by_start: the edges sorted by start node, last node first.
    """

    i: Ints
    j: Ints
    m: Ints
    n: Ints
    start: Ints
    end: Ints
    level: Ints
    by_start: Ints

    def __len__(self) -> int:
        return len(self.i)

    @classmethod
    def from_edges(cls, i: Ints, j: Ints, m: Ints, n: Ints) -> tuple[Lattice, Ints]:
        """A lattice of these edges and the order in which it holds them (``lattice.i == i[order]``)."""
        height = int((i + m).max(initial=0)) + 1
        key_start = (i + j) * height + i
        key_end = (i + j + m + n) * height + i + m
        known = np.zeros(int(key_end.max(initial=0)) + 1, bool)
        known[key_start] = True
        known[key_end] = True
        number = np.cumsum(known) - 1
        start, end = number[key_start], number[key_end]
        order = np.argsort(end, kind="stable")
        level = np.flatnonzero(known) // height
        return cls.of(i[order], j[order], m[order], n[order], start[order], end[order], level), order

    @classmethod
    def of(cls, i: Ints, j: Ints, m: Ints, n: Ints, start: Ints, end: Ints, level: Ints) -> Lattice:
        """A lattice of edges that are sorted by their end."""
        return cls(i, j, m, n, start, end, level, np.argsort(-start, kind="stable"))

    @cached_property
    def forward_levels(self) -> tuple[_Level, ...]:
        """Edges that can be computed at once, from the first node on."""
        return tuple(_levels(self.end, self.level[self.end], np.arange(len(self))))

    @cached_property
    def backward_levels(self) -> tuple[_Level, ...]:
        """The same from the last node back."""
        start = self.start[self.by_start]
        return tuple(_levels(start, self.level[start], self.by_start))

    @property
    def nodes(self) -> int:
        return len(self.level)

    def subset(self, keep: Bools) -> Lattice:
        """The same nodes with some of the edges."""
        return self.of(
            self.i[keep],
            self.j[keep],
            self.m[keep],
            self.n[keep],
            self.start[keep],
            self.end[keep],
            self.level,
        )

    def forward(self, score: Floats) -> Floats:
        """Log of the summed ``exp(score)`` of all paths from the first node to each node."""
        if _COMPILED is None:
            return _sum(self.forward_levels, self.start, score, self.nodes, 0)
        return _compiled_sum(np.arange(len(self)), self.end, self.start, score, self.nodes, 0)

    def backward(self, score: Floats) -> Floats:
        """Log of the summed ``exp(score)`` of all paths from each node to the last one."""
        if _COMPILED is None:
            return _sum(self.backward_levels, self.end, score, self.nodes, self.nodes - 1)
        return _compiled_sum(self.by_start, self.start, self.end, score, self.nodes, self.nodes - 1)

    def marginals(self, score: Floats) -> tuple[Floats, float]:
        """Posterior probability of each edge, and the log of the summed ``exp(score)`` of all paths."""
        alpha, beta = self.forward(score), self.backward(score)
        total = alpha[-1]
        return np.exp(np.minimum(alpha[self.start] + score + beta[self.end] - total, 0.0)), float(total)

    def best_path(self, score: Floats) -> Ints:
        """The edges of the path with the highest summed score, in order; the first of equals."""
        best = np.full(self.nodes, _NEVER)
        best[0] = 0.0
        via = np.full(self.nodes, -1, np.int64)
        if _COMPILED is None:
            self._maxima(score, best, via)
        else:
            _COMPILED.maxima(
                np.arange(len(self)), self.end, self.start, np.ascontiguousarray(score, np.float64), best, via
            )
        path = []
        node = self.nodes - 1
        while node:
            path.append(via[node])
            node = self.start[via[node]]
        return np.array(path[::-1], np.int64)

    def _maxima(self, score: Floats, best: Floats, via: Ints) -> None:
        for level in self.forward_levels:
            value = best[self.start[level.edges]] + score[level.edges]
            top = np.maximum.reduceat(value, level.segments)
            best[level.nodes] = top
            is_top = np.flatnonzero(value == np.repeat(top, level.sizes))
            first = is_top[np.searchsorted(is_top, level.segments)]
            via[level.nodes] = level.edges[first]


@dataclass(frozen=True, slots=True, eq=False)
class _Level:
    """Edges that meet in the nodes of one anti-diagonal, grouped by node."""

    edges: Ints
    nodes: Ints
    segments: Ints
    sizes: Ints


def _levels(node: Ints, level: Ints, edges: Ints) -> Iterator[_Level]:
    """Groups of consecutive edges whose `node` lies on the same anti-diagonal."""
    if not len(node):
        return
    cuts = np.flatnonzero(np.diff(level)) + 1
    bounds = np.concatenate([[0], cuts, [len(node)]])
    first = np.concatenate([[0], np.flatnonzero(np.diff(node)) + 1])
    first_of = np.searchsorted(first, bounds)
    for k in range(len(bounds) - 1):
        a, b = bounds[k], bounds[k + 1]
        heads = first[first_of[k] : first_of[k + 1]]
        yield _Level(edges[a:b], node[heads], heads - a, np.diff(np.append(heads, b)))


def _sum(levels: tuple[_Level, ...], other: Ints, score: Floats, nodes: int, origin: int) -> Floats:
    total = np.full(nodes, _NEVER)
    total[origin] = 0.0
    for level in levels:
        value = total[other[level.edges]] + score[level.edges]
        top = np.maximum.reduceat(value, level.segments)
        value -= np.repeat(top, level.sizes)
        np.exp(value, out=value)
        total[level.nodes] = top + np.log(np.add.reduceat(value, level.segments))
    return total


def _compiled_sum(order: Ints, node: Ints, other: Ints, score: Floats, nodes: int, origin: int) -> Floats:
    total = np.full(nodes, _NEVER)
    total[origin] = 0.0
    assert _COMPILED is not None
    _COMPILED.log_sums(order, node, other, np.ascontiguousarray(score, np.float64), total)
    return total

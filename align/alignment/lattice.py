"""The lattice of candidate beads, and sums and maxima over all of its paths.

A node is a pair of boundaries ``(i, j)``: `i` source and `j` target units have been dealt with. An edge is a candidate
bead from ``(i, j)`` to ``(i + m, j + n)``. A path from ``(0, 0)`` to the last node is an alignment. Every edge leads to
a larger ``i + j``, so all edges that end on one anti-diagonal are computed with the same few vector operations.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]

_NEVER = -1e30  # "impossible" as a finite log-probability: differences of it stay numbers


@dataclass(frozen=True, slots=True, eq=False)
class Lattice:
    """Candidate beads as parallel arrays, sorted by the anti-diagonal on which they end, then by end node.

    Attributes:
        i, j: first source and target unit of each bead; where a side is empty, the boundary it sits at.
        m, n: how many units on each side.
        start, end: node numbers; node 0 is ``(0, 0)``, the last node the end of both texts.
        nodes: how many nodes there are.
        forward_levels, backward_levels: slices of edges that can be computed at once (see `_levels`).
    """

    i: Ints
    j: Ints
    m: Ints
    n: Ints
    start: Ints
    end: Ints
    nodes: int
    forward_levels: tuple[_Level, ...]
    backward_levels: tuple[_Level, ...]

    def __len__(self) -> int:
        return len(self.i)

    @classmethod
    def from_edges(cls, i: Ints, j: Ints, m: Ints, n: Ints) -> tuple[Lattice, Ints]:
        """A lattice of these edges and the order in which it holds them (``lattice.i == i[order]``)."""
        width = int((j + n).max(initial=0)) + 1
        level_start, level_end = i + j, i + j + m + n
        height = int((i + m).max(initial=0)) + 1
        key_start = level_start * height + i
        key_end = level_end * height + i + m
        del width
        order = np.argsort(key_end, kind="stable")
        known, inverse = np.unique(np.concatenate([key_start, key_end]), return_inverse=True)
        start, end = inverse[: len(i)][order], inverse[len(i) :][order]
        level = known // height
        forward = tuple(_levels(end, level[end], np.arange(len(i))))
        back = np.argsort(-start, kind="stable")
        backward = tuple(_levels(start[back], level[start[back]], back))
        return cls(i[order], j[order], m[order], n[order], start, end, len(known), forward, backward), order

    def forward(self, score: Floats) -> Floats:
        """Log of the summed ``exp(score)`` of all paths from the first node to each node."""
        return _sum(self.forward_levels, self.start, score, self.nodes, 0)

    def backward(self, score: Floats) -> Floats:
        """Log of the summed ``exp(score)`` of all paths from each node to the last one."""
        return _sum(self.backward_levels, self.end, score, self.nodes, self.nodes - 1)

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
        for level in self.forward_levels:
            value = best[self.start[level.edges]] + score[level.edges]
            top = np.maximum.reduceat(value, level.segments)
            best[level.nodes] = top
            is_top = np.flatnonzero(value == np.repeat(top, level.sizes))
            first = is_top[np.searchsorted(is_top, level.segments)]
            via[level.nodes] = level.edges[first]
        path = []
        node = self.nodes - 1
        while node:
            path.append(via[node])
            node = self.start[via[node]]
        return np.array(path[::-1], np.int64)


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

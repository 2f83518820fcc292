"""Sums and maxima over paths against plain enumeration, and the compiled twin against numpy."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from align.alignment import lattice as module
from align.alignment.lattice import Lattice

TYPES = [(1, 0), (0, 1), (1, 1), (1, 2), (2, 1), (2, 2)]


def full(rows: int, columns: int) -> Lattice:
    edges = [
        (i, j, m, n)
        for i in range(rows + 1)
        for j in range(columns + 1)
        for m, n in TYPES
        if i + m <= rows and j + n <= columns
    ]
    columns_of = np.array(edges, np.int64).reshape(len(edges), 4).T
    return Lattice.from_edges(*columns_of)[0]


def paths(lattice: Lattice) -> list[list[int]]:
    last = lattice.nodes - 1

    def extend(node: int) -> list[list[int]]:
        if node == last:
            return [[]]
        leaving = np.flatnonzero(lattice.start == node)
        return [[int(e), *rest] for e in leaving for rest in extend(int(lattice.end[e]))]

    return extend(0)


@settings(max_examples=30, deadline=None)
@given(st.integers(1, 3), st.integers(1, 3), st.integers(0, 2**32 - 1), st.booleans())
def test_marginals_and_best_path_are_those_of_all_paths(
    rows: int, columns: int, seed: int, compiled: bool
) -> None:
    lattice = full(rows, columns)
    score = np.random.default_rng(seed).normal(size=len(lattice)) * 2
    known = module._COMPILED
    module._COMPILED = known if compiled else None
    try:
        marginals, total = lattice.marginals(score)
    finally:
        module._COMPILED = known
    every = paths(lattice)
    weights = np.array([np.exp(score[p].sum()) for p in every])
    expected = np.zeros(len(lattice))
    for path, weight in zip(every, weights, strict=True):
        expected[path] += weight
    np.testing.assert_allclose(marginals, expected / weights.sum(), atol=1e-9)
    assert total == pytest.approx(np.log(weights.sum()))
    best = lattice.best_path(score)
    assert score[best].sum() == pytest.approx(max(score[p].sum() for p in every))


def test_a_path_covers_every_unit_once() -> None:
    lattice = full(5, 4)
    path = lattice.best_path(np.random.default_rng(0).normal(size=len(lattice)))
    source = list(
        itertools.chain.from_iterable(range(lattice.i[e], lattice.i[e] + lattice.m[e]) for e in path)
    )
    target = list(
        itertools.chain.from_iterable(range(lattice.j[e], lattice.j[e] + lattice.n[e]) for e in path)
    )
    assert source == list(range(5))
    assert target == list(range(4))


def test_a_subset_keeps_the_nodes_and_loses_the_paths() -> None:
    lattice = full(2, 2)
    keep = (lattice.m == lattice.n) & (lattice.m == 1)
    left = lattice.subset(keep)
    marginals, _ = left.marginals(np.zeros(len(left)))
    on_path = marginals > 0.5
    assert [(int(i), int(j)) for i, j in zip(left.i[on_path], left.j[on_path], strict=True)] == [
        (0, 0),
        (1, 1),
    ]

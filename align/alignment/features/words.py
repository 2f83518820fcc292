"""Word evidence: how much of each side is answered, and whether both begin and end with the same words."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from align._internal.arrays import Bools, Floats, Ints
from align.alignment.candidates import Candidates
from align.alignment.coverage import Coverage
from align.alignment.features.evidence import Evidence, Table


def coverage_features(table: Table, two: Bools, b: Candidates, e: Evidence) -> None:
    """How much of each side is accounted for by words on the other side."""
    s_mass, s_all, s_least = _mass(e.source, b.i, b.m, b.j, b.n)
    t_mass, t_all, t_least = _mass(e.target, b.j, b.n, b.i, b.m)
    table.both("coverage", (s_mass + 0.1) / (s_all + 0.1), (t_mass + 0.1) / (t_all + 0.1), two)
    table.both("least", s_least, t_least, two)
    table.add("uncovered", np.log1p(s_all - s_mass + t_all - t_mass), two)
    table.add("covered", np.log1p(s_mass + t_mass), two)


def _mass(
    cover: Coverage, first: Ints, size: Ints, other: Ints, other_size: Ints
) -> tuple[Floats, Floats, Floats]:
    """Covered mass and whole mass of runs, and the share covered of the least covered unit in each."""
    covered, whole, least = np.zeros(len(first)), np.zeros(len(first)), np.ones(len(first))
    for k in range(int(size.max(initial=0))):
        inside = k < size
        unit = np.where(inside, first + k, 0)
        mass = cover.of(unit, other, other_size)
        weight = cover.weight[unit]
        covered += np.where(inside, mass, 0)
        whole += np.where(inside, weight, 0)
        least = np.where(inside, np.minimum(least, (mass + 0.1) / (weight + 0.1)), least)
    return covered, whole, least


def boundaries(table: Table, two: Bools, b: Candidates, e: Evidence) -> None:
    """Do both sides begin, and end, with the same words, and rather than the neighbours' beginnings and ends?"""
    begin = _dot(e.source_edges[0], b.i, e.target_edges[0], b.j)
    end = _dot(e.source_edges[1], b.i + b.m - 1, e.target_edges[1], b.j + b.n - 1)
    table.both("boundary", begin, end, two)
    begin_rival = np.maximum(
        _dot(e.source_edges[0], b.i, e.target_edges[0], b.j + 1),
        _dot(e.source_edges[0], b.i + 1, e.target_edges[0], b.j),
    )
    last, stop = b.i + b.m - 1, b.j + b.n - 1
    end_rival = np.maximum(
        _dot(e.source_edges[1], last, e.target_edges[1], stop - 1),
        _dot(e.source_edges[1], last - 1, e.target_edges[1], stop),
    )
    table.both("boundary.rival", begin - begin_rival, end - end_rival, two)


def _dot(left: NDArray[np.float32], i: Ints, right: NDArray[np.float32], j: Ints) -> Floats:
    """Cosine of row `i` and row `j`; 0 past the ends."""
    valid = (i >= 0) & (i < len(left)) & (j >= 0) & (j < len(right))
    out = np.zeros(len(i))
    out[valid] = np.einsum("ij,ij->i", left[i[valid]], right[j[valid]])
    return out

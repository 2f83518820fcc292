"""Word evidence: how much of each side is answered, and whether both begin and end with the same words."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from align._internal.arrays import Floats, Ints
from align.alignment.coverage import Coverage
from align.alignment.features.evidence import FeatureTable, RichInputs


def coverage_features(table: FeatureTable, e: RichInputs) -> None:
    """How much of each side is accounted for by words on the other side."""
    add_coverage(table, e, "", e.source, e.target)


def add_coverage(table: FeatureTable, e: RichInputs, name: str, source: Coverage, target: Coverage) -> None:
    """What one kind of word evidence accounts for on either side of each bead."""
    b, two = e.b, e.two
    s_covered, s_all, s_least = _covered_weight(source, b.i, b.m, b.j, b.n)
    t_covered, t_all, t_least = _covered_weight(target, b.j, b.n, b.i, b.m)
    table.both(name + "coverage", (s_covered + 0.1) / (s_all + 0.1), (t_covered + 0.1) / (t_all + 0.1), two)
    table.both(name + "least", s_least, t_least, two)
    table.add(name + "uncovered", np.log1p(s_all - s_covered + t_all - t_covered), two)
    table.add(name + "covered", np.log1p(s_covered + t_covered), two)


def _covered_weight(
    cover: Coverage, first: Ints, size: Ints, other: Ints, other_size: Ints
) -> tuple[Floats, Floats, Floats]:
    """Covered and whole weight of runs, and the share covered of the least covered unit in each."""
    covered, whole, least = np.zeros(len(first)), np.zeros(len(first)), np.ones(len(first))
    for k in range(int(size.max(initial=0))):
        inside = k < size
        unit = np.where(inside, first + k, 0)
        part = cover.of(unit, other, other_size)
        weight = cover.weight[unit]
        covered += np.where(inside, part, 0)
        whole += np.where(inside, weight, 0)
        least = np.where(inside, np.minimum(least, (part + 0.1) / (weight + 0.1)), least)
    return covered, whole, least


def boundaries(table: FeatureTable, e: RichInputs) -> None:
    """Do both sides begin, and end, with the same words, and rather than the neighbours' beginnings and ends?"""
    two, b = e.two, e.b
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

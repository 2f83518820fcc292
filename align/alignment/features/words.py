"""Word evidence: how much of each side is answered, and whether both begin and end with the same words."""

from __future__ import annotations

import numpy as np

from align._internal.arrays import Floats, Floats32, Ints
from align.alignment.coverage import Coverage
from align.alignment.features.evidence import FeatureTable, RichInputs
from align.alignment.features.gaps import covered_beside
from align.alignment.features.neighbours import add_word_claims


def coverage_features(table: FeatureTable, e: RichInputs) -> None:
    """How much of each side is accounted for by words on the other side."""
    b, two = e.b, e.two
    s_covered, s_all, s_least = _covered_weight(e.words[0], b.i, b.m, b.j, b.n)
    t_covered, t_all, t_least = _covered_weight(e.words[1], b.j, b.n, b.i, b.m)
    table.both("coverage", (s_covered + 0.1) / (s_all + 0.1), (t_covered + 0.1) / (t_all + 0.1), two)
    table.both("least", s_least, t_least, two)
    table.add("uncovered", np.log1p(s_all - s_covered + t_all - t_covered), two)
    table.add("covered", np.log1p(s_covered + t_covered), two)


def learned_features(table: FeatureTable, e: RichInputs) -> None:
    """How much the words that the two texts associate account for, against what they do in all beads of these texts.

    Words that say nothing yet, because they stand once, are neither for nor against a bead.
    """
    b, two, (source, target) = e.b, e.two, e.learned
    p = e.posterior[two]
    sides = [
        _covered_weight(cover, *runs)[:2]
        for cover, runs in ((source, (b.i, b.m, b.j, b.n)), (target, (b.j, b.n, b.i, b.m)))
    ]
    levels = [float((p @ covered + 0.5) / (p @ whole + 5)) for covered, whole in sides]
    fits = [
        (covered - level * whole) / (whole + 2) for (covered, whole), level in zip(sides, levels, strict=True)
    ]
    table.both("lexicon.fit", fits[0], fits[1], two)
    table.add("lexicon.covered", np.log1p(sides[0][0] + sides[1][0]), two)
    table.add("gap.lexicon", covered_beside(e, source, target), ~two)
    table.add("gap.lexicon.level", np.full(len(e.g), sum(levels) / 2), ~two)


def learned_claims(table: FeatureTable, e: RichInputs) -> None:
    """Do the units at the edges of a bead belong to it by the words that the two texts associate?"""
    add_word_claims(table, e, "lexicon", *e.learned)


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
    (begins, ends), (other_begins, other_ends) = e.edges
    last, stop = b.i + b.m - 1, b.j + b.n - 1
    begin, later, later_here = _dots(begins, other_begins, (b.i, b.i, b.i + 1), (b.j, b.j + 1, b.j))
    end, earlier, earlier_here = _dots(ends, other_ends, (last, last, last - 1), (stop, stop - 1, stop))
    table.both("boundary", begin, end, two)
    table.both(
        "boundary.rival", begin - np.maximum(later, later_here), end - np.maximum(earlier, earlier_here), two
    )


def _dots(left: Floats32, right: Floats32, i: tuple[Ints, ...], j: tuple[Ints, ...]) -> Floats:
    """Cosines of rows `i` and rows `j`, each pair computed once; 0 past the ends. ``(len(i), len(i[0]))``."""
    rows, columns = np.stack(i), np.stack(j)
    out = np.zeros(rows.shape)
    valid = (rows >= 0) & (rows < len(left)) & (columns >= 0) & (columns < len(right))
    pair, place = np.unique(rows[valid] * len(right) + columns[valid], return_inverse=True)
    row, column = np.divmod(pair, len(right))
    out[valid] = np.einsum("ij,ij->i", left[row], right[column])[place]
    return out

"""What speaks for a bead against those beside it: units that would fit better elsewhere, or be better left out."""

from __future__ import annotations

import numpy as np

from align._internal.arrays import Bools, Floats, Ints
from align.alignment.coverage import Coverage
from align.alignment.features.evidence import FeatureTable, RichInputs


def gains(table: FeatureTable, e: RichInputs) -> None:
    """Does leaving out, or adding, the outermost unit bring the two sides nearer to each other?"""
    two, b, d = e.two, e.b, e.distances
    i, j, m, n = b.i, b.j, b.m, b.n
    here = d.of(i, m, j, n)
    less = np.minimum(
        np.minimum(d.of(i + 1, m - 1, j, n), d.of(i, m - 1, j, n)),
        np.minimum(d.of(i, m, j + 1, n - 1), d.of(i, m, j, n - 1)),
    )
    more = np.minimum(
        np.minimum(d.of(i - 1, m + 1, j, n), d.of(i, m + 1, j, n)),
        np.minimum(d.of(i, m, j - 1, n + 1), d.of(i, m, j, n + 1)),
    )
    table.add("less", np.where(m + n > 2, less - here, 0.0), two)
    table.add("more", more - here, two)
    table.both("rival", _best_of(i * 32 + m, here) - here, _best_of(j * 32 + n, here) - here, two)


def _best_of(group: Ints, value: Floats) -> Floats:
    """The smallest value in the group of each."""
    _, inverse = np.unique(group, return_inverse=True)
    best = np.full(int(inverse.max(initial=-1)) + 1, np.inf)
    np.minimum.at(best, inverse, value)
    return best[inverse]


def claims(table: FeatureTable, e: RichInputs) -> None:
    """Are the outermost units nearer to this bead than to the bead next door, and the units next door not?"""
    b, d, one = e.b, e.distances, np.ones(len(e.b), np.int64)
    i, j, m, n = b.i, b.j, b.m, b.n
    inner = [
        (d.of(i + m, one, j + n - 1, one) - d.of(i, m, j + n - 1, one)),
        (d.of(i - 1, one, j, one) - d.of(i, m, j, one)),
        (d.of(i + m - 1, one, j + n, one) - d.of(i + m - 1, one, j, n)),
        (d.of(i, one, j - 1, one) - d.of(i, one, j, n)),
    ]
    outer = [
        (d.of(i, m, j + n, one) - d.of(i + m, one, j + n, one)),
        (d.of(i, m, j - 1, one) - d.of(i - 1, one, j - 1, one)),
        (d.of(i + m, one, j, n) - d.of(i + m, one, j + n, one)),
        (d.of(i - 1, one, j, n) - d.of(i - 1, one, j - 1, one)),
    ]
    _add_claims(table, e.two, "", inner, outer)


def word_claims(table: FeatureTable, e: RichInputs) -> None:
    """The same by the words that the units have in common."""
    add_word_claims(table, e, "words", *e.words)


def add_word_claims(table: FeatureTable, e: RichInputs, name: str, s: Coverage, t: Coverage) -> None:
    """What the units at the edges of each bead claim by one kind of word evidence."""
    b, one = e.b, np.ones(len(e.b), np.int64)
    i, j, m, n = b.i, b.j, b.m, b.n
    rows, columns = len(s.low), len(t.low)
    inner = [
        _claim(t, j + n - 1, columns, i, m, i + m, one),
        _claim(t, j, columns, i, m, i - 1, one),
        _claim(s, i + m - 1, rows, j, n, j + n, one),
        _claim(s, i, rows, j, n, j - 1, one),
    ]
    outer = [
        _claim(t, j + n, columns, i + m, one, i, m),
        _claim(t, j - 1, columns, i - 1, one, i, m),
        _claim(s, i + m, rows, j + n, one, j, n),
        _claim(s, i - 1, rows, j - 1, one, j, n),
    ]
    _add_claims(table, e.two, "." + name, inner, outer)


def _add_claims(table: FeatureTable, two: Bools, name: str, inner: list[Floats], outer: list[Floats]) -> None:
    for side, values in (("inner", inner), ("outer", outer)):
        stacked = np.stack(values)
        table.add(side + name, stacked.mean(0), two)
        table.add(side + name + ".min", stacked.min(0), two)


def _claim(
    cover: Coverage, unit: Ints, units: int, mine: Ints, mine_size: Ints, theirs: Ints, size: Ints
) -> Floats:
    """Share of a unit that one run explains, less the share that another run explains; 0 past the ends."""
    valid = (unit >= 0) & (unit < units)
    u = np.where(valid, unit, 0)
    share = (cover.of(u, mine, mine_size) - cover.of(u, theirs, size)) / (cover.weight[u] + 0.5)
    return np.where(valid, share, 0.0)

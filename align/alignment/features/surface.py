"""What can be seen without knowing the languages: punctuation, numbers, Latin words, quotation marks."""

from __future__ import annotations

import numpy as np

from align._internal.arrays import Floats, Ints
from align.alignment import coverage
from align.alignment.candidates import Candidates
from align.alignment.features.evidence import FeatureTable, RichInputs


def final_marks(table: FeatureTable, e: RichInputs) -> None:
    """Do both sides end with the same mark, and what stands before them, too?"""
    two, b, s, t = e.two, e.b, e.pair.source, e.pair.target
    last_s, last_t = s.final[b.i + b.m - 1], t.final[b.j + b.n - 1]
    table.add("final.same", (last_s == last_t) & (last_s > 0), two)
    table.add("final.differs", (last_s != last_t) & (np.maximum(last_s, last_t) > 1), two)
    table.add("final.one", (last_s == 0) != (last_t == 0), two)
    before = (b.i > 0) & (b.j > 0)
    first_s, first_t = s.final[np.maximum(b.i - 1, 0)], t.final[np.maximum(b.j - 1, 0)]
    table.add("before.differs", before & (first_s != first_t), two)


def strings(table: FeatureTable, e: RichInputs) -> None:
    """Numbers and Latin words that both sides have, and that only one has."""
    s, t = e.pair.source, e.pair.target
    for name, left, right in (("numbers", s.numbers, t.numbers), ("latin", s.latin, t.latin)):
        shared, apart = _strings(e.b, left, right)
        table.add(name + ".shared", np.log1p(shared), e.two)
        table.add(name + ".apart", np.log1p(apart), e.two)


def quotation(table: FeatureTable, e: RichInputs) -> None:
    """Quotation marks that are opened on one side only."""
    b = e.b
    open_s, open_t = (
        np.concatenate([[0], np.cumsum(side.quotes)]) for side in (e.pair.source, e.pair.target)
    )
    balance_s, balance_t = open_s[b.i + b.m] - open_s[b.i], open_t[b.j + b.n] - open_t[b.j]
    table.add("quotes.differ", np.minimum(np.abs(balance_s - balance_t), 2), e.two)


def shape(table: FeatureTable, e: RichInputs) -> None:
    """Is the number of units on either side as in the whole texts?"""
    b, pair = e.b, e.pair
    shift = np.log((b.n + 0.5) / (b.m + 0.5)) - np.log((pair.target_total + 1) / (pair.source_total + 1))
    table.add("shape", np.abs(shift), e.two)


def _strings(
    b: Candidates, left: tuple[frozenset[str], ...], right: tuple[frozenset[str], ...]
) -> tuple[Floats, Floats]:
    """How many strings the sides of each bead share, and how many are on one side only."""
    number = {string: k for k, string in enumerate(sorted(frozenset().union(*left, *right)))}
    shared, apart = np.zeros(len(b)), np.zeros(len(b))
    if number:
        sides = (*_numbered(left, number), *_numbered(right, number))
        if coverage.COMPILED is None:
            _count_shared(b.i, b.m, b.j, b.n, *sides, shared, apart)
        else:
            coverage.COMPILED.shared(b.i, b.m, b.j, b.n, *sides, shared, apart, len(number))
    return shared, apart


def _numbered(units: tuple[frozenset[str], ...], number: dict[str, int]) -> tuple[Ints, Ints]:
    """The numbers of the strings of all units one after the other, and where those of each unit begin."""
    bounds = np.concatenate([[0], np.cumsum([len(unit) for unit in units])]).astype(np.int64)
    return np.array([number[string] for unit in units for string in unit], np.int64), bounds


def _count_shared(
    i: Ints,
    m: Ints,
    j: Ints,
    n: Ints,
    strings: Ints,
    bounds: Ints,
    others: Ints,
    other_bounds: Ints,
    shared: Floats,
    apart: Floats,
) -> None:
    """Fills `shared` and `apart` of each bead, as in `_strings`."""
    for k in range(len(i)):
        left = set(strings[bounds[i[k]] : bounds[i[k] + m[k]]].tolist())
        right = set(others[other_bounds[j[k]] : other_bounds[j[k] + n[k]]].tolist())
        shared[k], apart[k] = len(left & right), len(left ^ right)

"""All the evidence, computed for the candidates that survive the cheap pass.

The features come in groups, and only groups of which the weights name a feature are computed. `vectors` says something
where the encoder knows both languages, `words` in the languages of the table of `use`; the others know no language.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

import numpy as np

from align._internal.arrays import Floats
from align.alignment.features import gaps, neighbours, signs, surface, words
from align.alignment.features.basic import BASIC, basic
from align.alignment.features.evidence import FeatureTable, RichInputs

_Part = tuple[Callable[[FeatureTable, RichInputs], None], tuple[str, ...]]


def _vector_basics(table: FeatureTable, e: RichInputs) -> None:
    for name, column in zip(BASIC, basic(e.pair, e.c).T, strict=True):
        table.add(name, column)


GROUPS: dict[str, tuple[_Part, ...]] = {
    "vectors": (
        (_vector_basics, BASIC),
        (neighbours.gains, ("less", "more", "rival", "rival.min")),
        (neighbours.claims, ("inner", "inner.min", "outer", "outer.min")),
        (gaps.gap_distances, ("gap.beside", "gap.nearest")),
        (gaps.level_of_distances, ("gap.level", "relative", "level")),
    ),
    "words": (
        (words.coverage_features, ("coverage", "coverage.min", "least", "least.min", "uncovered", "covered")),
        (words.boundaries, ("boundary", "boundary.min", "boundary.rival", "boundary.rival.min")),
        (neighbours.word_claims, ("inner.words", "inner.words.min", "outer.words", "outer.words.min")),
        (gaps.gap_words, ("gap.words",)),
    ),
    "surface": (
        (surface.final_marks, ("final.same", "final.differs", "final.one", "before.differs")),
        (surface.strings, ("numbers.shared", "numbers.apart", "latin.shared", "latin.apart")),
        (surface.quotation, ("quotes.differ",)),
        (surface.shape, ("shape",)),
        (gaps.gap_places, ("gap.open", "gap.edge")),
    ),
    "surroundings": (
        (gaps.surroundings, ("gap.rate", "gap.local", "local", "rate", "first", "gap.first")),
    ),
    "signs": ((signs.shared_signs, (
        "numbers.met", "numbers.unmet", "gap.numbers", "gap.numbers.near", "names.met", "names.unmet", "gap.names",
        "gap.names.near", "same.met", "same.unmet", "gap.same", "gap.same.near", "signs.next",
    )),),
    "marks": ((signs.marks, (
        "marks.same", "marks.differ", "marks.one", "marks.before", "marks.inside", "marks.clauses", "marks.shared",
        "form.same", "form.differs", "gap.form",
    )),),
    "lengths": ((signs.lengths, (
        "chars", "chars2", "chars.spread", "chars.size", "off", "gap.here", "gap.chars", "gap.spread",
    )),),
    "lexicon": (
        (words.learned_features, (
            "lexicon.fit", "lexicon.fit.min", "lexicon.covered", "gap.lexicon", "gap.lexicon.level",
        )),
        (words.learned_claims, ("inner.lexicon", "inner.lexicon.min", "outer.lexicon", "outer.lexicon.min")),
    ),
    "slots": ((signs.slots, ("slot", "slot.log", "gap.slot")),),
}  # fmt: skip
_BY_SIGNS = ("signs", "marks", "lengths")


def names_of(groups: Iterable[str]) -> tuple[str, ...]:
    """The names of the features of some groups."""
    return tuple(name for group in groups for _, names in GROUPS[group] for name in names)


def uses_signs(names: Iterable[str]) -> bool:
    """Whether any of the features knows what units share, whatever their language."""
    return not set(names_of(_BY_SIGNS)).isdisjoint(names)


def rich(e: RichInputs, names: tuple[str, ...]) -> Floats:
    """The features that are named: ``(len(e.c), len(names))``."""
    table = FeatureTable(len(e.c))
    for group in GROUPS.values():
        for add, columns in group:
            if not set(columns).isdisjoint(names):
                add(table, e)
    return np.stack([table.columns[name] for name in names], axis=1)

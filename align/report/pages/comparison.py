"""The pages of two runs held against each other: all pairs, and the differences of each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from align._internal.wording import counted
from align.report.comparison import ComparedPair, Comparison, Unit
from align.report.markup import href, lang, page
from align.report.statistics import row_class

_SIDES = ("source", "target")


class ComparedLine(NamedTuple):
    """A pair as a line of the table, and the page with its differences ("" where there is none)."""

    pair: ComparedPair
    page: str


def comparison_page(
    names: tuple[str, str],
    comparison: Comparison,
    pages: Mapping[tuple[str, str], str],
    settings: Sequence[tuple[str, str, str]],
    *,
    home: bool,
) -> str:
    """The first page; `settings` are what the runs were made with where it differs, of this run and of the other.

    `home`: whether the report of this run is there.
    """
    lines = [
        ComparedLine(pair, href(pages.get((pair.pair.source, pair.pair.target), "")))
        for pair in comparison.pairs
    ]
    same = sum(pair.same for pair in comparison.pairs)
    differ = sum(len(pair.differences) for pair in comparison.pairs)
    decided = sum(pair.decided for pair in comparison.pairs)
    return page(
        "comparison.html",
        script="index.js",
        title=f"{names[0]} and {names[1]}",
        names=names,
        facts=[
            f"{counted(len(comparison.pairs), 'pair')} in both",
            f"{counted(same, 'bead')} the same",
            f"{counted(differ, 'place')} where they differ, {decided:,} of them decided",
        ],
        lines=lines,
        only=[(names[0], comparison.only_here), (names[1], comparison.only_there)],
        settings=settings,
        home=home,
    )


def difference_page(names: tuple[str, str], compared: ComparedPair) -> str:
    """The differences of one pair, this run's beads on the left."""
    pair = compared.pair
    return page(
        "differences.html",
        script="index.js",
        title=f"{pair.source} and {pair.target}",
        names=names,
        pair=pair,
        facts=[
            f"{counted(compared.same, 'bead')} the same",
            f"{counted(len(compared.differences), 'place')} where they differ",
            f"{compared.decided:,} of them decided",
        ],
        differences=compared.differences,
        kind=row_class,
        source=lang(pair.source_language),
        target=lang(pair.target_language),
        only=[
            (name, [_said(unit) for unit in units])
            for name, units in zip(names, (compared.only_here, compared.only_there), strict=True)
        ],
    )


def _said(unit: Unit) -> str:
    side, position = unit
    return f"{position} of the {_SIDES[side]}"

"""The page of two documents that are no pair, to be read side by side: one without a partner and what comes nearest."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from align.report.markup import lang, page


class Side(NamedTuple):
    """One document: its id, its text and its language ("" where nobody knows it)."""

    document: str
    text: str
    language: str


def reading_page(sides: tuple[Side, Side], facts: Sequence[str]) -> str:
    """The whole page."""
    return page(
        "reading.html",
        script="index.js",
        title=f"{sides[0].document} and {sides[1].document}",
        facts=facts,
        sides=[(side.document, lang(side.language), _paragraphs(side.text)) for side in sides],
    )


def _paragraphs(text: str) -> list[str]:
    return [line for line in map(str.strip, text.split("\n")) if line]

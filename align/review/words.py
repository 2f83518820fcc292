"""Which word of a bead answers which, as the page shows it."""

from __future__ import annotations

from itertools import accumulate

from align.alignment.bead import Bead
from align.alignment.word_links import word_links
from align.errors import EncoderError
from align.review.actions import RefusedError
from align.review.bead import ReviewBead, ReviewUnit

Link = tuple[int, int, int, int, int, int]  # unit, start and end in the source, and in the target


def answering_words(bead: ReviewBead) -> list[Link]:
    """The links of a bead's words, in the order of the source; offsets count UTF-16 units, as a browser does.

    An edited side is one unit.

    Raises:
        RefusedError: the table of words that tells is not installed.
    """
    source, target = _units(bead.source, bead.source_edit), _units(bead.target, bead.target_edit)
    whole = Bead(tuple(range(len(source))), tuple(range(len(target))), 1.0)
    try:
        found = word_links(source, target, whole)
    except (EncoderError, ImportError) as error:
        raise RefusedError(f"Words cannot be shown: {error}") from None
    left, right = ([_utf16(unit.text) for unit in units] for units in (source, target))
    links = []
    for link in found:
        (i, *here), (j, *there) = link.source, link.target
        links.append((i, left[i][here[0]], left[i][here[1]], j, right[j][there[0]], right[j][there[1]]))
    return sorted(links)


def _units(units: tuple[ReviewUnit, ...], edit: str | None) -> tuple[ReviewUnit, ...]:
    return units if edit is None else (ReviewUnit("", edit),)


def _utf16(text: str) -> list[int]:
    """Where each character begins in UTF-16, and where the last one ends."""
    return list(accumulate((2 if character >= "\U00010000" else 1 for character in text), initial=0))

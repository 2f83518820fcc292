"""Find and replace: what would change, for a preview, and the change as one action."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import NamedTuple

from align.review.bead import ReviewBead
from align.review.view import View

MOST_SHOWN = 200  # replacements in one preview, and in one action


class Replacement(NamedTuple):
    """One text of a bead before and after."""

    bead: ReviewBead
    field: str  # source_edit or target_edit
    before: str
    after: str


def replacements(
    view: View, words: str, by: str, sides: Collection[str] = ("source", "target")
) -> Iterator[Replacement]:
    """The texts that hold these words, letter by letter, in the order of the list; rejected beads are passed over."""
    if not words or words == by:
        return
    for index, row in enumerate(view.rows()):
        if row.status == "rejected" or not any(words in text for text in _texts(row)):
            continue
        (bead,) = (bead for _, bead in view.window(index, 1))
        for side, text in zip(("source", "target"), _texts(bead), strict=True):
            if side in sides and words in text and text.replace(words, by).strip():
                yield Replacement(bead, f"{side}_edit", text, text.replace(words, by))


def _texts(bead: ReviewBead) -> tuple[str, str]:
    source = bead.source_text if bead.source_edit is None else bead.source_edit
    return source, bead.target_text if bead.target_edit is None else bead.target_edit

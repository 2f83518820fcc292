"""A bead: one aligned block of source and target units."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Bead:
    """`source` units answer `target` units; an empty side makes it a deletion (1-0) or an insertion (0-1).

    Attributes:
        source, target: indices into the two lists of units that were aligned, ascending.
        confidence: estimated probability that exactly this bead is right, 0 to 1.
        reordered: the two sides stand in another order than their neighbours (found after the monotone path).
    """

    source: tuple[int, ...]
    target: tuple[int, ...]
    confidence: float
    reordered: bool = False

    @property
    def type(self) -> str:
        """``m-n``: how many units on each side."""
        return f"{len(self.source)}-{len(self.target)}"

    @property
    def is_gap(self) -> bool:
        return not (self.source and self.target)

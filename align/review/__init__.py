"""Review: a person goes through the beads; decisions are kept apart from the alignment and outlive it."""

from align.review.results import Reviewed, progress, reviewed_rows, unplaced

__all__ = ["Reviewed", "progress", "reviewed_rows", "unplaced"]

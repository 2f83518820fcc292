"""Near-duplicate documents and repeated passages: MinHash proposes, exact comparison decides."""

from __future__ import annotations

from align.dedup.boilerplate import Boilerplate
from align.dedup.differences import Difference, Differences
from align.dedup.find import Deduplication, find_duplicates
from align.dedup.options import DedupOptions
from align.dedup.passages import Passage
from align.dedup.repeats import Repeat, find_repeats
from align.dedup.result import Cluster, DuplicatePair, Duplicates, Removal

__all__ = [
    "Boilerplate",
    "Cluster",
    "DedupOptions",
    "Deduplication",
    "Difference",
    "Differences",
    "DuplicatePair",
    "Duplicates",
    "Passage",
    "Removal",
    "Repeat",
    "find_duplicates",
    "find_repeats",
]

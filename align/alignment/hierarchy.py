"""Paragraphs and sentences that agree: what the paragraph beads say about the sentence beads inside them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from align.alignment.candidates import Candidates
from align.alignment.result import Alignment
from align.alignment.search import Prior
from align.alignment.units import Floats, Ints
from align.document import Sentence

_STRONGEST = 5.0  # log odds that a sentence bead across paragraph beads must overcome, at most
_WEAKEST = 0.5


def paragraph_prior(
    paragraphs: Alignment, source: Sequence[Sentence], target: Sequence[Sentence]
) -> Prior | None:
    """A cost for sentence beads that leave their paragraph bead, higher the surer that bead is."""
    trust = np.array([_odds(bead.confidence) for bead in paragraphs.beads])
    left = _bead_of(
        source, {p.position: k for k, p in enumerate(paragraphs.source)}, _owner(paragraphs, True)
    )
    right = _bead_of(
        target, {p.position: k for k, p in enumerate(paragraphs.target)}, _owner(paragraphs, False)
    )
    if not len(left) or not len(right):
        return None

    def prior(c: Candidates) -> Floats:
        cost = np.zeros(len(c))
        two = (c.m > 0) & (c.n > 0)
        first, last = left[c.i[two]], left[(c.i + c.m - 1)[two]]
        start, end = right[c.j[two]], right[(c.j + c.n - 1)[two]]
        inside = (first == last) & (first == start) & (start == end)
        cost[two] = np.where(inside, 0.0, -(trust[first] + trust[last] + trust[start] + trust[end]) / 4)
        return cost

    return prior


def _odds(confidence: float) -> float:
    p = min(max(confidence, 1e-4), 1 - 1e-4)
    return float(np.clip(np.log(p / (1 - p)), _WEAKEST, _STRONGEST))


def _owner(paragraphs: Alignment, of_source: bool) -> Ints:
    """The bead of each paragraph."""
    owner = np.zeros(len(paragraphs.source if of_source else paragraphs.target), np.int64)
    for number, bead in enumerate(paragraphs.beads):
        owner[list(bead.source if of_source else bead.target)] = number
    return owner


def _bead_of(sentences: Sequence[Sentence], index: dict[str, int], owner: Ints) -> Ints:
    return np.array([owner[index[str(s.paragraph)]] for s in sentences], np.int64)

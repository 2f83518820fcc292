"""Which stretches of two long documents are verified: those that the quick comparison matches, as far as they go.

A book and one of its chapters in another language have few paragraphs in common, all in one place; two editions of a
book differ no more in one place than in another.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from align._internal.arrays import Floats, Floats32, Ints
from align.encoders.base import Vectors
from align.pairing.quick import align_quickly, excess_similarity

_BASELINE = 0.3  # cosine that a match must exceed: a place is looked for, not a proof
_OUTSIDE = 0.1  # share of the matches at either end that may be accidental


@dataclass(frozen=True, slots=True)
class Stretch:
    """Blocks `first` to ``last - 1`` of a document; they stand for `share` of its weight."""

    first: int
    last: int
    share: float = 1.0


@dataclass(frozen=True, slots=True, eq=False)
class Side:
    """One of two documents: the vectors and weights of its blocks, and how many sentences each has."""

    vectors: Vectors
    weights: Floats32
    sentences: Sequence[int]

    @property
    def whole(self) -> Stretch:
        """All of it."""
        return Stretch(0, len(self.sentences))

    def count(self, stretch: Stretch) -> int:
        """The sentences of a stretch."""
        return sum(self.sentences[stretch.first : stretch.last])


def stretches(source: Side, target: Side, most: int) -> tuple[Stretch, Stretch]:
    """A stretch of each document, of at most `most` sentences (or one block), that may answer each other."""
    sides = source, target
    spans = [side.whole for side in sides]
    if all(side.count(span) <= most for side, span in zip(sides, spans, strict=True)):
        return spans[0], spans[1]
    similar = excess_similarity(source.vectors, target.vectors, _BASELINE)
    found = align_quickly(similar, (source.weights, target.weights))
    for k, side in enumerate(sides):
        if side.count(spans[k]) > most:
            spans[k] = _within(side, found.spans[k])
    own = 0 if source.count(spans[0]) <= target.count(spans[1]) else 1
    middle = _middle(sides[own], spans[own], most)
    across = similar if own == 0 else similar.T
    opposite = _opposite(sides[1 - own], spans[1 - own], across[middle.first : middle.last], most)
    return (middle, opposite) if own == 0 else (opposite, middle)


def _within(side: Side, span: tuple[float, float]) -> Stretch:
    """The blocks between two shares of the weight."""
    ends = np.cumsum(side.weights, dtype=float) / max(float(side.weights.sum(dtype=float)), 1e-9)
    first, last = np.searchsorted(ends, [span[0] + 1e-6, span[1] - 1e-6])
    first = min(int(first), len(ends) - 1)
    last = max(min(int(last) + 1, len(ends)), first + 1)
    return Stretch(first, last, _share(side, first, last))


def _share(side: Side, first: int, last: int) -> float:
    total = float(side.weights.sum(dtype=float))
    return float(side.weights[first:last].sum(dtype=float)) / total if total else 1.0


def _middle(side: Side, span: Stretch, most: int) -> Stretch:
    """As many blocks around the middle of a stretch as have no more sentences; they stand for all of it."""
    return _around(side, span, (span.first + span.last - 1) // 2, most)


def _around(side: Side, span: Stretch, place: int, most: int) -> Stretch:
    first = last = place
    left = most
    while True:
        before = first > span.first and side.sentences[first - 1] <= left
        after = last < span.last and (side.sentences[last] <= left or last == first)
        if not before and not after:
            return Stretch(first, last, span.share)
        if after and (not before or last - place <= place - first):
            left -= side.sentences[last]
            last += 1
        else:
            first -= 1
            left -= side.sentences[first]


def _opposite(side: Side, span: Stretch, similar: Floats32, most: int) -> Stretch:
    """The blocks of a stretch that answer those of the other document; `similar` has a row for each of these."""
    if side.count(span) <= most:
        return span
    part: Floats = similar[:, span.first : span.last].astype(float)
    best: Ints = part.argmax(1)
    weight = part.max(1)
    if not weight.any():
        return _middle(side, span, most)
    order = np.argsort(best, kind="stable")
    reached = np.cumsum(weight[order]) / weight.sum()
    low, middle, high = (
        int(best[order][np.searchsorted(reached, share)]) for share in (_OUTSIDE, 0.5, 1 - _OUTSIDE)
    )
    near = Stretch(span.first + low, span.first + high + 1, span.share)
    # What answers the first and the last block may lie outside of what answers most of them.
    room = (near.last - near.first) // 4 + 1
    near = Stretch(max(span.first, near.first - room), min(span.last, near.last + room), span.share)
    return near if side.count(near) <= most else _around(side, near, span.first + middle, most)

"""The quick alignment that decides whether two documents are translations of each other.

Two articles on one subject share words and topics; a translation says the same in the same order. So each block of one
document is matched with a block of the other, in order, and what counts is how much of either text is accounted for.
A full alignment of every candidate would cost a hundred times as much and is not needed for a yes or no.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from align._internal.arrays import Floats32, Ints
from align._internal.products import product
from align.encoders.base import Vectors

_RIVAL = 0.1  # a match this much worse than the best of its row or column is none


@dataclass(frozen=True, slots=True, eq=False)
class QuickAlignment:
    """What the quick alignment of two documents found.

    Attributes:
        score: similarity above the baseline of the matched blocks, averaged over all weight; of source and target.
        coverage: share of the weight that is matched; of source and target.
        order: score in order divided by the score in any order.
        matched: weight that is matched on the side that has less of it.
        spans: from where to where, as shares of the weight, each side is matched; the outermost 5 % of the matches,
            which may be accidental, do not count.
    """

    score: tuple[float, float]
    coverage: tuple[float, float]
    order: float
    matched: float
    spans: tuple[tuple[float, float], tuple[float, float]]

    @property
    def mean(self) -> float:
        """The score of both sides in one number."""
        return sum(self.score) / 2


NO_MATCH = QuickAlignment((0.0, 0.0), (0.0, 0.0), 0.0, 0.0, ((0.0, 0.0), (0.0, 0.0)))


def excess_similarity(source: Vectors, target: Vectors, baseline: float) -> Floats32:
    """Similarity above `baseline`, scaled to 0..1, of every two blocks that have no much better match elsewhere."""
    cosine: Floats32 = product(source, target.T)
    best = np.maximum(cosine.max(1, keepdims=True), cosine.max(0, keepdims=True)) - _RIVAL
    return np.where(cosine >= best, np.clip((cosine - baseline) / (1 - baseline), 0, 1), 0).astype(np.float32)


def upper_bounds(similar: Floats32, weights: tuple[Floats32, Floats32]) -> tuple[float, float]:
    """What the two scores would be if order did not matter: never less than what `align_quickly` finds."""
    return (
        float(np.einsum("i,i->", similar.max(1), weights[0]) / weights[0].sum()),
        float(np.einsum("i,i->", similar.max(0), weights[1]) / weights[1].sum()),
    )


def align_quickly(similar: Floats32, weights: tuple[Floats32, Floats32]) -> QuickAlignment:
    """The quick alignment of two documents, given `excess_similarity` of their blocks and the weight of each block."""
    if not similar.size or not weights[0].sum() or not weights[1].sum() or not similar.any():
        return NO_MATCH
    source, target = _match(similar, weights[0]), _match(similar.T, weights[1])
    free = upper_bounds(similar, weights)
    return QuickAlignment(
        (source.score, target.score),
        (source.coverage, target.coverage),
        float((source.score + target.score) / max(sum(free), 1e-9)),
        min(source.weight, target.weight),
        (source.span, target.span),
    )


@dataclass(frozen=True, slots=True)
class _Matched:
    score: float
    coverage: float
    weight: float
    span: tuple[float, float]


def _match(similar: Floats32, weights: Floats32) -> _Matched:
    """How far one side is accounted for by the other, in order; several of its blocks may share one match."""
    gains = similar * weights[:, None]
    best = np.empty((len(gains) + 1, gains.shape[1]), np.float32)
    best[0] = 0
    for i, gain in enumerate(gains):
        np.maximum.accumulate(best[i] + gain, out=best[i + 1])
    blocks, gained = _path(best, gains)
    total = float(weights.sum())
    covered = float(weights[blocks].sum())
    return _Matched(float(best[-1, -1]) / total, covered / total, covered, _span(blocks, gained, weights))


def _path(best: Floats32, gains: Floats32) -> tuple[Ints, Floats32]:
    """The blocks that gain something on the best way through, ascending, and what each gains."""
    blocks, gained = [], []
    j = gains.shape[1] - 1
    for i in range(len(gains) - 1, -1, -1):
        row = best[i + 1]
        j = int(row[: j + 1].searchsorted(row[j]))  # first column that reaches the value: rows never fall
        if gains[i, j] > 0:
            blocks.append(i)
            gained.append(gains[i, j])
    return np.array(blocks[::-1], np.int64), np.array(gained[::-1], np.float32)


def _span(blocks: Ints, gained: Floats32, weights: Floats32) -> tuple[float, float]:
    """Shares of the weight between which all but the outermost 5 % of the gain lies."""
    if not len(blocks):
        return 0.0, 0.0
    reached = np.cumsum(gained, dtype=float)
    first, last = np.searchsorted(reached, np.array([0.05, 0.95]) * reached[-1])
    edges = np.concatenate([[0.0], np.cumsum(weights, dtype=float)]) / weights.sum(dtype=float)
    return float(edges[blocks[first]]), float(edges[blocks[min(last, len(blocks) - 1)] + 1])

"""The quick alignment that decides whether two documents are translations of each other.

Two articles on one subject share words and topics; a translation says the same in the same order. So each unit of one
document is matched with a unit of the other, in order, and what counts is how much of either text is accounted for.
A full alignment of every candidate would cost a hundred times as much and is not needed for a yes or no.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from align._internal.arrays import Floats32, Ints
from align.encoders.base import Vectors

_RIVAL = 0.1  # a match this much worse than the best of its row or column is none


@dataclass(frozen=True, slots=True, eq=False)
class Checked:
    """What the quick alignment of two documents found.

    Attributes:
        score: similarity above chance of the matched units, averaged over all mass; of the source, of the target.
        coverage: share of the mass that is matched; of the source, of the target.
        order: score in order divided by the score in any order.
        matched: mass that is matched on the side that has less of it.
        span: from where to where, as shares of the mass, each side is matched; the outermost 5 % of the matches,
            which may be chance, do not count.
    """

    score: tuple[float, float]
    coverage: tuple[float, float]
    order: float
    matched: float
    span: tuple[tuple[float, float], tuple[float, float]]

    @property
    def mean(self) -> float:
        """The score of both sides in one number."""
        return sum(self.score) / 2


NOTHING = Checked((0.0, 0.0), (0.0, 0.0), 0.0, 0.0, ((0.0, 0.0), (0.0, 0.0)))


def excess(source: Vectors, target: Vectors, chance: float) -> Floats32:
    """Similarity above `chance`, scaled to 0..1, of every two units that have no much better match elsewhere."""
    cosine: Floats32 = source @ target.T
    best = np.maximum(cosine.max(1, keepdims=True), cosine.max(0, keepdims=True)) - _RIVAL
    return np.where(cosine >= best, np.clip((cosine - chance) / (1 - chance), 0, 1), 0).astype(np.float32)


def bound(similar: Floats32, mass: tuple[Floats32, Floats32]) -> tuple[float, float]:
    """What the two scores would be if order did not matter: never less than what `check` finds."""
    return (
        float(similar.max(1) @ mass[0] / mass[0].sum()),
        float(similar.max(0) @ mass[1] / mass[1].sum()),
    )


def check(similar: Floats32, mass: tuple[Floats32, Floats32]) -> Checked:
    """The quick alignment of two documents, given `excess` of their units and the mass of each unit."""
    if not similar.size or not mass[0].sum() or not mass[1].sum() or not similar.any():
        return NOTHING
    source, target = _side(similar, mass[0]), _side(similar.T, mass[1])
    free = bound(similar, mass)
    return Checked(
        (source.score, target.score),
        (source.coverage, target.coverage),
        float((source.score + target.score) / max(sum(free), 1e-9)),
        min(source.mass, target.mass),
        (source.span, target.span),
    )


@dataclass(frozen=True, slots=True)
class _Side:
    score: float
    coverage: float
    mass: float
    span: tuple[float, float]


def _side(similar: Floats32, mass: Floats32) -> _Side:
    """How far one side is accounted for by the other, in order; several of its units may share one answer."""
    gains = similar * mass[:, None]
    best = np.empty((len(gains) + 1, gains.shape[1]), np.float32)
    best[0] = 0
    for i, gain in enumerate(gains):
        np.maximum.accumulate(best[i] + gain, out=best[i + 1])
    units, gained = _matched(best, gains)
    total = float(mass.sum())
    covered = float(mass[units].sum())
    return _Side(float(best[-1, -1]) / total, covered / total, covered, _span(units, gained, mass))


def _matched(best: Floats32, gains: Floats32) -> tuple[Ints, Floats32]:
    """The units that gain something on the best way through, ascending, and what each gains."""
    units, gained = [], []
    j = gains.shape[1] - 1
    for i in range(len(gains) - 1, -1, -1):
        row = best[i + 1]
        j = int(row[: j + 1].searchsorted(row[j]))  # first column that reaches the value: rows never fall
        if gains[i, j] > 0:
            units.append(i)
            gained.append(gains[i, j])
    return np.array(units[::-1], np.int64), np.array(gained[::-1], np.float32)


def _span(units: Ints, gained: Floats32, mass: Floats32) -> tuple[float, float]:
    """Shares of the mass between which all but the outermost 5 % of the gain lies."""
    if not len(units):
        return 0.0, 0.0
    reached = np.cumsum(gained, dtype=float)
    first, last = np.searchsorted(reached, np.array([0.05, 0.95]) * reached[-1])
    edges = np.concatenate([[0.0], np.cumsum(mass, dtype=float)]) / mass.sum(dtype=float)
    return float(edges[units[first]]), float(edges[units[min(last, len(units) - 1)] + 1])

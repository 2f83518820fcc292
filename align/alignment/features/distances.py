"""Two texts on their way to being aligned, and how far the sides of their beads are from each other."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from align._internal.arrays import Floats, Ints
from align.alignment.associations import WordAssociations
from align.alignment.candidates import Candidates, Places
from align.alignment.corridor import Anchors, NeighbourCosines
from align.alignment.features.units import Text, Units
from align.alignment.signs import WindowSigns
from align.encoders.base import Vectors

_PRIOR_UNITS, _PRIOR_COSINE = 6.0, 0.15  # what unrelated units are like, for texts too short to tell
_CLOSE, _FARTHEST = 0.3, 0.8  # usual distance of translations where nothing tells, and at most
_UNRELATED, _ENOUGH = (
    0.05,
    0.2,
)  # share of all units in anchors: in unrelated texts, and where they say enough
_FEW = 8.0  # anchors that count for half


@dataclass(frozen=True, eq=False)
class Pair:
    """Two texts on their way to being aligned.

    Attributes:
        ratio: target length for each unit of source length.
        forth, back: nearest neighbours of the source and of the target units.
        source_mean, target_mean: mean vectors of the whole texts, `source_total`, `target_total` units long.
        usual: how far translations are from each other in these texts, see `usual_distance`.
        signs: what both texts show and share whatever their languages.
        anchors: units of either side that answer each other, counted from the first units.
        known: how often words of the two languages met in other texts.
    """

    source: Units
    target: Units
    forth: NeighbourCosines
    back: NeighbourCosines
    ratio: float
    source_mean: Floats
    target_mean: Floats
    source_total: int
    target_total: int
    usual: float
    signs: WindowSigns
    anchors: tuple[Ints, Ints]
    known: WordAssociations | None = None

    @cached_property
    def expected(self) -> tuple[Floats, Floats]:
        """Mean cosine of all runs of either side with the units of the other, see `expected_cosine`."""
        return (
            expected_cosine(self.source.vectors, self.target_mean, self.target_total),
            expected_cosine(self.target.vectors, self.source_mean, self.source_total),
        )


def expected_cosine(vectors: Vectors, mean: Floats, count: int) -> Floats:
    """Mean cosine of each vector with all `count` units of the other side, shrunk where they are few."""
    raw = np.einsum("...i,i->...", vectors, mean.astype(np.float32))
    shrunk: Floats = (count * raw.astype(float) + _PRIOR_UNITS * _PRIOR_COSINE) / (count + _PRIOR_UNITS)
    return shrunk


def distance(pair: Pair, c: Candidates) -> Floats:
    """Cosine distance of the two sides over its expectation for unrelated texts (Vecalign's normalisation, exact)."""
    source, target = pair.expected
    left, right = source[c.m - 1, c.i], target[c.n - 1, c.j]
    near: Floats = np.clip((1 - c.cosine) / (1 - (left + right) / 2), 0, 2)
    return near


def usual_distance(source: Text, target: Text, anchors: Anchors) -> float:
    """Median distance of the anchors: free translations are farther apart throughout, and no less translations.

    Texts that have nothing to do with each other have few anchors, which count for little.
    """
    if not len(anchors.i):
        return _CLOSE
    left = expected_cosine(source.singles[anchors.i], target.mean, len(target))
    right = expected_cosine(target.singles[anchors.j], source.mean, len(source))
    median = float(np.median(np.clip((1 - anchors.cosine) / (1 - (left + right) / 2), 0, 2)))
    share = 2 * len(anchors.i) / (len(source) + len(target))
    trust = float(np.clip((share - _UNRELATED) / (_ENOUGH - _UNRELATED), 0, 1))
    trust *= len(anchors.i) / (len(anchors.i) + _FEW)
    return min(trust * median + (1 - trust) * _CLOSE, _FARTHEST)


class Distances:
    """Distances of candidate beads, found by where they start and how large they are."""

    def __init__(self, places: Places, distance: Floats) -> None:
        self._places, self._distance = places, distance

    def of(self, i: Ints, m: Ints, j: Ints, n: Ints) -> Floats:
        """Distance of each bead, 1 (that of unrelated texts) for those that were no candidates, and for gaps."""
        number = self._places.of(i, m, j, n)
        return np.where(number >= 0, self._distance[number], 1.0)

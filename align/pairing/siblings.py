"""What tells a translation from the translation of a sibling: pages of one template that differ in their subject.

Most paragraphs of siblings translate each other whatever they are about. So a candidate is held against the siblings of
either side (other documents of its language that are candidates for the same partner): what it shares with the partner
counts as far as the siblings do not have it, and as far as it fits better than they do.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from align._internal.arrays import Floats32
from align._internal.products import Factor, product
from align.encoders.base import Vectors

_ENOUGH = 0.02  # weight of what siblings do not have that makes up a side by itself
_STRENGTH = 0.25  # a lead of this much over the siblings is all the same


@dataclass(frozen=True, slots=True, eq=False)
class Side:
    """One document of a pair: the vectors and weights of its blocks, and the vectors of its siblings."""

    vectors: Vectors
    weights: Floats32
    siblings: Sequence[Vectors]


@dataclass(frozen=True, slots=True)
class Distinction:
    """How far two documents agree in what their siblings do not have; of the side that agrees less, and of the other.

    Attributes:
        distinctive: share of what only a document and none of its siblings says that is matched in the other.
        leads: by how much its blocks match the other better than any sibling of the other.
    """

    distinctive: tuple[float, float]
    leads: tuple[float, float]


def distinction(source: Side, target: Side, baseline: float) -> Distinction:
    """Holds two documents against the siblings of both; `baseline` is the similarity of unrelated blocks."""
    forth, back = _one_side(source, target, baseline), _one_side(target, source, baseline)
    low, high = sorted((forth[0], back[0]))
    least, most = sorted((forth[1], back[1]))
    return Distinction((low, high), (least, most))


def _one_side(own: Side, other: Side, baseline: float) -> tuple[float, float]:
    matched, rivals, common = _best(own.vectors, ([other.vectors], other.siblings, own.siblings), baseline)
    weights = own.weights / max(float(own.weights.sum()), 1e-9)
    rare = weights * (1 - common)
    share = float(np.einsum("i,i->", rare, matched)) / max(float(rare.sum()), _ENOUGH)
    lead = float(np.einsum("i,i->", weights, np.clip(matched - rivals, -_STRENGTH, _STRENGTH)))
    return share, lead / _STRENGTH


def _best(own: Vectors, others: Sequence[Sequence[Vectors]], baseline: float) -> list[Floats32]:
    """Similarity of each block to the best one of any document of a group, above the baseline, 0 to 1.

    For all groups in one product: the documents are short, and what each product costs besides counts most.
    """
    groups = [np.concatenate([own[:0], *documents]) for documents in others]
    cosines = product(np.concatenate(groups), Factor(own.T))
    ends = np.cumsum([len(rows) for rows in groups])[:-1]
    nearest = (rows.max(0, initial=-1.0) for rows in np.split(cosines, ends))
    return [np.clip((best - baseline) / (1 - baseline), 0, 1).astype(np.float32) for best in nearest]

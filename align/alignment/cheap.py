"""The cheap pass: a score for every candidate bead, by vectors and lengths, and by signs where the weights name them.

What `features.basic` says of a candidate depends on its cosine and on three numbers of either run of units: tables of
these are made once, and each candidate costs a few operations.
"""

from __future__ import annotations

import numpy as np

from align._internal.arrays import Floats
from align.alignment.candidates import COMPILED, Candidates, type_index
from align.alignment.features.basic import BASIC, basic, gap_features
from align.alignment.features.distances import Pair
from align.alignment.features.units import Units
from align.alignment.model import CLIP, Scorer

_TWO_SIDED = 6  # features of beads with two sides, the first in `BASIC`


def cheap_scores(pair: Pair, c: Candidates, scorer: Scorer) -> tuple[Floats, Floats]:
    """The score of each candidate, and how far its sides are from each other (`distance`; 1 for gaps)."""
    score, distance = _vector_scores(pair, c, scorer)
    signs = [k for k, name in enumerate(scorer.names) if name not in BASIC]
    if signs:
        x = basic(pair, c, tuple(scorer.names[k] for k in signs)) / scorer.scale[signs]
        score += np.clip(x, -CLIP, CLIP, out=x) @ scorer.linear[signs]
    return score, distance


def _vector_scores(pair: Pair, c: Candidates, scorer: Scorer) -> tuple[Floats, Floats]:
    """The part of the score that needs neither signs nor their weights, with the bias of the bead's type."""
    sizes = len(pair.source.vectors)
    weight = np.array([[1.0] * len(BASIC), [0.0] * len(BASIC)])  # scale and weight of each feature
    for k, name in enumerate(scorer.names):
        if name in BASIC:
            weight[:, BASIC.index(name)] = scorer.scale[k], scorer.linear[k]
    two, gap = weight[:, :_TWO_SIDED], weight[:, _TWO_SIDED:]
    m, n = np.indices((sizes, sizes)) + 1
    gaps = [
        np.clip(features / gap[0], -CLIP, CLIP) @ gap[1] + scorer.bias[type_index(np.array(0), np.array(1))]
        for features in gap_features(pair)
    ]
    tables = (
        _tables(pair.source, pair.expected[0], np.sqrt(pair.ratio), sizes),
        _tables(pair.target, pair.expected[1], 1 / np.sqrt(pair.ratio), sizes),
    )
    score, distance = np.empty(len(c)), np.empty(len(c))
    arrays = (*tables, np.append(two.ravel(), CLIP), scorer.bias[type_index(m, n)], *gaps, score, distance)
    if COMPILED is None:
        _scores(c, *arrays)
    else:
        COMPILED.scores(c.i, c.j, c.m, c.n, c.cosine, *arrays, sizes)
    return score, distance


def _tables(units: Units, expected: Floats, stretch: float, sizes: int) -> Floats:
    """Of each run of units its expected cosine, its length as the other side's, and the logarithm of that.

    ``(3, sizes, units)``, as they are looked up by size and first unit.
    """
    total = np.concatenate([[0.0], np.cumsum(units.length)])
    start = np.arange(len(units))
    end = np.minimum(start + np.arange(1, sizes + 1)[:, None], len(units))
    length = (total[end] - total[start]) * stretch
    return np.stack([expected[:sizes], length, np.log(length + 2)])


def _scores(
    c: Candidates,
    source: Floats,
    target: Floats,
    weights: Floats,
    bias: Floats,
    source_gap: Floats,
    target_gap: Floats,
    score: Floats,
    distance: Floats,
) -> None:
    """Fills `score` and `distance` of each candidate.

    `source` and `target` are `_tables`, `weights` the scales of the six features of a bead with two sides, their
    weights, and how large a scaled feature may be; `bias` is that of ``[m - 1, n - 1]``, `source_gap` and `target_gap`
    are the scores of single units without an answer.
    """
    scale, weight, clip = weights[:_TWO_SIDED], weights[_TWO_SIDED:-1], weights[-1]
    deletion, insertion = c.n == 0, c.m == 0
    score[deletion], score[insertion] = source_gap[c.i[deletion]], target_gap[c.j[insertion]]
    distance[:] = 1
    two = ~(deletion | insertion)
    m, n, cosine = c.m[two], c.n[two], c.cosine[two]
    left, right = source[:, m - 1, c.i[two]], target[:, n - 1, c.j[two]]
    d = np.clip((1 - cosine) / (1 - (left[0] + right[0]) / 2), 0, 2)
    square = (right[1] - left[1]) * (right[1] - left[1]) / (right[1] + left[1] + 1)
    features = (
        d * m * n / 2,
        d * (m + n) / 2,
        d,
        cosine,
        np.abs(right[2] - left[2]),
        np.minimum(square, 25) / 5,
    )
    total = np.zeros(len(d))
    for k, feature in enumerate(features):
        total += np.clip(feature / scale[k], -clip, clip) * weight[k]
    score[two], distance[two] = total + bias[m - 1, n - 1], d

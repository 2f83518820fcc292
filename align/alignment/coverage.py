"""Word evidence: how much of a unit's text is answered by words on the other side (coverage).

The embedding table of the encoder is a bilingual dictionary: centred and normalised rows of words that translate each
other are near each other. A subword is answered by the best match among the subwords of the other side; a unit is
covered as far as its subwords, weighted by how rare they are, are answered.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from align._internal.arrays import Floats, Ints
from align._internal.products import product
from align.encoders.lexicon import Lexicon
from align.encoders.use import files as use_files

_COMMON, _RARE = 4.0, 12.0  # -log-probability of subwords that say nothing, and that say all they can
_KNOWN, _SURE = 0.25, 0.75  # cosine from which a match counts at all, and from which it counts fully


@cache
def _all_weights() -> Floats:
    """How much each subword says, by its log-probability in the tokenizer's own unigram model: 0.02 to 1."""
    tokenizer = use_files.tokenizer()
    scores = np.array([tokenizer.get_score(id) for id in range(tokenizer.get_piece_size())])
    return np.clip((-scores - _COMMON) / (_RARE - _COMMON), 0.02, 1.0)


def weights(pieces: Ints) -> Floats:
    """How much each subword says: near 0 for function words and punctuation, 1 for rare ones."""
    return _all_weights()[pieces]


@dataclass(frozen=True, slots=True, eq=False)
class Coverage:
    """How much of each unit is covered by each run of units of the other side.

    Attributes:
        low: for each unit the first unit of the other side it was compared with.
        covered: the units' arrays ``(sizes, width)`` one after the other; ``[s - 1, c]`` is the weight covered by the
            run of `s` units that starts at ``low + c``.
        offset, width: where the unit's array begins in the flat `covered`, and its width.
        weight: total weight of each unit.
    """

    low: Ints
    offset: Ints
    width: Ints
    covered: NDArray[np.float32]
    weight: Floats
    sizes: int

    def of(self, unit: Ints, first: Ints, size: Ints) -> Floats:
        """Covered weight of units by runs of the other side; 0 for what was not compared."""
        column = first - self.low[unit]
        width = self.width[unit]
        known = (column >= 0) & (column < width) & (size >= 1) & (size <= self.sizes)
        place = self.offset[unit] + (np.maximum(size, 1) - 1) * width + column
        return np.where(known, self.covered[np.where(known, place, 0)], 0.0)


def coverage(
    units: Sequence[Ints], others: Sequence[Ints], low: Ints, high: Ints, sizes: int, lexicon: Lexicon
) -> Coverage:
    """Coverage of each unit by every run of 1 to `sizes` units among ``others[low:high]``."""
    width = np.maximum(high - low, 0)
    offset = np.concatenate([[0], np.cumsum(width * sizes)])
    covered = np.zeros(int(offset[-1]) + 1, np.float32)
    weight = np.zeros(len(units))
    bounds = np.concatenate([[0], np.cumsum([len(other) for other in others])]).astype(np.int64)
    flat = np.concatenate([*others, np.zeros(0, np.int64)])
    for block in range(0, len(units), 64):
        part = range(block, min(block + 64, len(units)))
        first, last = int(low[part].min()), int(high[part].max())
        matches = _Matches(
            np.concatenate([units[u] for u in part]), flat[bounds[first] : bounds[last]], lexicon
        )
        for u in part:
            mine = weights(units[u])
            weight[u] = mine.sum()
            if width[u] and len(units[u]):
                a, b = int(low[u]), int(high[u])
                best = matches.best(units[u], flat[bounds[a] : bounds[b]], bounds[a:b] - bounds[a])
                covered[offset[u] : offset[u + 1]] = runs(best, mine, sizes).ravel()
    return Coverage(low, offset[:-1], width, covered, weight, sizes)


class _Matches:
    """Similarity of the distinct subwords of two stretches of text."""

    def __init__(self, left: Ints, right: Ints, lexicon: Lexicon) -> None:
        self.left, self.right = np.unique(left), np.unique(right)
        cosine = product(lexicon.rows(self.left), lexicon.rows(self.right).T)
        np.clip((cosine - _KNOWN) / (_SURE - _KNOWN), 0.0, 1.0, out=cosine)
        self.score = cosine

    def best(self, unit: Ints, others: Ints, starts: Ints) -> NDArray[np.float32]:
        """For each subword of the unit its best match in each of the other units, ``(len(unit), len(starts))``."""
        rows = self.score[np.searchsorted(self.left, unit)]
        matched = rows[:, np.searchsorted(self.right, others)]
        filled = np.diff(np.append(starts, len(others))) > 0
        best = np.zeros((len(unit), len(starts)), np.float32)
        if filled.any():
            best[:, filled] = np.maximum.reduceat(matched, starts[filled], axis=1)
        return best


def runs(best: NDArray[np.float32], weight: Floats, sizes: int) -> NDArray[np.float32]:
    """Weighted sums of the best matches in runs of 1 to `sizes` units; runs past the end stop at it."""
    out = np.empty((sizes, best.shape[1]), np.float32)
    running = best.copy()
    weight32 = weight.astype(np.float32)
    for size in range(1, sizes + 1):
        if 1 < size <= best.shape[1]:
            np.maximum(running[:, : 1 - size], best[:, size - 1 :], out=running[:, : 1 - size])
        out[size - 1] = np.einsum("i,ij->j", weight32, running)
    return out


def edges(
    units: Sequence[Ints], lexicon: Lexicon, width: int = 8
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """What each unit begins and ends with: weighted mean vectors of its first and last `width` subwords."""
    known = np.unique(np.concatenate([*units, np.zeros(1, np.int64)]))
    rows = lexicon.rows(known) * weights(known)[:, None].astype(np.float32)
    out = []
    for part in (slice(None, width), slice(-width, None)):
        vectors = np.stack([rows[np.searchsorted(known, unit[part])].sum(0) for unit in units])
        out.append(vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-9))
    return out[0], out[1]

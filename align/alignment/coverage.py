"""Word evidence: how much of a unit's text is answered by words on the other side (coverage).

The embedding table of the encoder is a bilingual dictionary: centred and normalised rows of words that translate each
other are near each other. A subword is answered by the best match among the subwords of the other side; a unit is
covered as far as its subwords, weighted by how rare they are, are answered.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from itertools import pairwise

import numpy as np

from align._internal.arrays import Floats, Floats32, Ints
from align._internal.native import compiled
from align._internal.products import product
from align.encoders.base import Vectors
from align.encoders.lexicon import Lexicon
from align.encoders.use import files as use_files

_AT_ONCE = (
    4_000_000  # pairs of distinct subwords of two texts up to which all are compared, once for both ways
)
_BLOCK = 32  # units whose subwords are compared at once beyond that, each way
_INTERFACE = 2  # of `_coverage.c`
COMPILED = compiled("align.alignment._coverage", interface=_INTERFACE)

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
    covered: Floats32
    weight: Floats
    sizes: int

    def of(self, unit: Ints, first: Ints, size: Ints) -> Floats:
        """Covered weight of units by runs of the other side; 0 for what was not compared."""
        column = first - self.low[unit]
        width = self.width[unit]
        known = (column >= 0) & (column < width) & (size >= 1) & (size <= self.sizes)
        place = self.offset[unit] + (np.maximum(size, 1) - 1) * width + column
        return np.where(known, self.covered[np.where(known, place, 0)], 0.0)


@dataclass(frozen=True, eq=False)
class Subwords:
    """The subwords of some units one after the other.

    Attributes:
        number: the row of each subword in `rows`; those of unit `k` are ``number[bounds[k]:bounds[k + 1]]``.
        bounds: where those of each unit begin, and where the last end.
        rows: of the lexicon, one for each distinct subword, ``(distinct, dimension)``.
        says: how much each distinct subword says, see `weights`.
    """

    number: Ints
    bounds: Ints
    rows: Vectors
    says: Floats

    @classmethod
    def of(cls, units: Sequence[Ints], lexicon: Lexicon) -> Subwords:
        bounds = np.concatenate([[0], np.cumsum([len(unit) for unit in units])]).astype(np.int64)
        distinct, number = np.unique(np.concatenate([*units, np.zeros(0, np.int64)]), return_inverse=True)
        return cls(number, bounds, lexicon.rows(distinct), weights(distinct))

    def __len__(self) -> int:
        """Number of units."""
        return len(self.bounds) - 1

    def weight(self) -> Floats:
        """Total weight of the subwords of each unit."""
        unit = np.repeat(np.arange(len(self)), np.diff(self.bounds))
        return np.bincount(unit, self.says[self.number], len(self)).astype(np.float64)

    def part(self, first: int, last: int) -> Subwords:
        """Units `first` to ``last - 1``."""
        bounds = self.bounds[first : last + 1]
        distinct, number = np.unique(self.number[bounds[0] : bounds[-1]], return_inverse=True)
        return Subwords(number, bounds - bounds[0], self.rows[distinct], self.says[distinct])


def coverages(
    source: Subwords, target: Subwords, reach: tuple[tuple[Ints, Ints], tuple[Ints, Ints]], sizes: int
) -> tuple[Coverage, Coverage]:
    """Coverage of each source unit by every run of 1 to `sizes` target units in its reach, and the other way round.

    `reach` says for each source unit, and for each target unit, the first and the end of the units it is compared with.
    """
    score = None
    if len(source.rows) * len(target.rows) <= _AT_ONCE:
        score = _answers(source, target)  # of both ways
    return (
        _coverage(source, target, *reach[0], sizes, score),
        _coverage(target, source, *reach[1], sizes, None if score is None else score.T),
    )


def _answers(left: Subwords, right: Subwords) -> Floats32:
    """How far each distinct subword of one side answers each of the other, 0 to 1."""
    cosine = product(left.rows, right.rows.T)
    cosine -= _KNOWN
    cosine /= _SURE - _KNOWN
    return np.clip(cosine, 0.0, 1.0, out=cosine)


def _coverage(
    units: Subwords, others: Subwords, low: Ints, high: Ints, sizes: int, score: Floats32 | None
) -> Coverage:
    """Coverage of each unit by every run of 1 to `sizes` units among ``others[low:high]``."""
    width = np.maximum(high - low, 0)
    offset = np.concatenate([[0], np.cumsum(width * sizes)])
    covered = np.zeros(int(offset[-1]) + 1, np.float32)
    step = _BLOCK if score is None else max(len(units), 1)
    for block in range(0, len(units), step):
        part = slice(block, min(block + step, len(units)))
        left, right, first = units, others, 0
        if score is None:
            first = int(low[part].min())
            left, right = (
                units.part(part.start, part.stop),
                others.part(first, max(int(high[part].max()), first)),
            )
        reach = (low[part] - first, low[part] - first + width[part])
        _cover_by(
            left,
            right,
            _answers(left, right) if score is None else score,
            reach,
            offset[:-1][part],
            covered,
            sizes,
        )
    return Coverage(low, offset[:-1], width, covered, units.weight(), sizes)


def _cover_by(
    left: Subwords,
    right: Subwords,
    score: Floats32,
    reach: tuple[Ints, Ints],
    offset: Ints,
    covered: Floats32,
    sizes: int,
) -> None:
    """Adds to `covered` how far the subwords of the left units are answered by runs of right ones."""
    if not len(left.number) or not len(right.number):
        return
    says = left.says[left.number].astype(np.float32)
    bounds = (left.number, left.bounds, right.number, right.bounds)
    if COMPILED is None:
        _cover(score, *bounds, says, *reach, offset, covered, sizes)
    else:
        places = [np.ascontiguousarray(x) for x in (*reach, offset)]
        COMPILED.cover(np.ascontiguousarray(score), *bounds, says, *places, covered, score.shape[1], sizes)


def _cover(
    score: Floats32,
    left: Ints,
    left_bounds: Ints,
    right: Ints,
    right_bounds: Ints,
    weight: Floats32,
    low: Ints,
    high: Ints,
    offset: Ints,
    covered: Floats32,
    sizes: int,
) -> None:
    """Adds the coverage of units to `covered`, from ``offset`` of each on: ``(sizes, high - low)`` numbers.

    `score` says how far each subword of one side answers each of the other; `left` are the rows of the units' subwords
    one after the other, `left_bounds` where those of each unit begin, `right` and `right_bounds` the same by columns;
    `low` and `high` say which units of the other side each unit is compared with.
    """
    for u, (start, end) in enumerate(pairwise(left_bounds.tolist())):
        a, b = int(low[u]), int(high[u])
        if b > a and end > start:
            places = right[right_bounds[a] : right_bounds[b]]
            best = _best(score[left[start:end]][:, places], right_bounds[a : b + 1] - right_bounds[a])
            covered[offset[u] : offset[u] + sizes * (b - a)] += runs(best, weight[start:end], sizes).ravel()


def _best(matched: Floats32, bounds: Ints) -> Floats32:
    """For each subword its best match in each unit of the other side, ``(len(matched), len(bounds) - 1)``."""
    filled = np.diff(bounds) > 0
    best = np.zeros((len(matched), len(filled)), np.float32)
    if filled.any():
        best[:, filled] = np.maximum.reduceat(matched, bounds[:-1][filled], axis=1)
    return best


def runs(best: Floats32, weight: Floats | Floats32, sizes: int) -> Floats32:
    """Weighted sums of the best matches in runs of 1 to `sizes` units; runs past the end stop at it.

    Each sum is taken in the order of the subwords, whatever the shape: ``cumsum`` is numpy's only sum that promises it.
    """
    if not len(best):
        return np.zeros((sizes, best.shape[1]), np.float32)
    out = np.empty((sizes, best.shape[1]), np.float32)
    running = best.copy()
    weight32 = weight.astype(np.float32)
    for size in range(1, sizes + 1):
        if 1 < size <= best.shape[1]:
            np.maximum(running[:, : 1 - size], best[:, size - 1 :], out=running[:, : 1 - size])
        out[size - 1] = np.cumsum(weight32[:, None] * running, axis=0)[-1]
    return out


def edges(units: Subwords, width: int = 8) -> tuple[Floats32, Floats32]:
    """What each unit begins and ends with: weighted mean vectors of its first and last `width` subwords."""
    rows = np.zeros((len(units.rows) + 1, units.rows.shape[1]), np.float32)  # the last for nothing
    np.multiply(units.rows, units.says[:, None].astype(np.float32), out=rows[:-1])
    start, end = units.bounds[:-1], units.bounds[1:]
    first, last = np.minimum(start + width, end), np.maximum(end - width, start)
    return _mean_rows(rows, units.number, start, first), _mean_rows(rows, units.number, last, end)


def _mean_rows(rows: Floats32, number: Ints, start: Ints, end: Ints) -> Floats32:
    """Sums, of unit length, of the rows of ``number[start:end]`` for each start and end; added in this order."""
    number = np.append(number, len(rows) - 1)
    sums = np.zeros((len(start), rows.shape[1]), np.float32)
    for k in range(int((end - start).max(initial=0))):
        sums += rows[number[np.where(start + k < end, start + k, -1)]]
    sums /= np.maximum(np.linalg.norm(sums, axis=1, keepdims=True), 1e-9)
    return sums

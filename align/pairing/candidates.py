"""Which documents are worth comparing: the nearest by document vectors, between every two languages."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from align._internal.arrays import Floats, Ints
from align._internal.parallel import one_blas_thread, run_parallel
from align._internal.products import product
from align.encoders.base import Vectors
from align.pairing import approximate
from align.pairing.profiles import Profile
from align.pairing.vectors import DIMENSION, SECTIONS, normalised

ENOUGH = 4  # documents of a language from which its mean says something about the language
_EXACT = 50_000 * 50_000  # pairs of documents up to which all are compared: some minutes on two cores
_ROWS, _COLUMNS = 512, 4096  # documents compared by one matrix product


@dataclass(frozen=True, slots=True, eq=False)
class Sketches:
    """Vectors of all documents, ``(n, d)``, by which those of these pairs of languages are compared."""

    vectors: Vectors
    pairs: Collection[tuple[str, str]]


def candidate_pairs(
    profiles: Sequence[Profile], neighbours: int, new: int | None = None, sketches: Sequence[Sketches] = ()
) -> set[tuple[int, int]]:
    """Pairs of documents of which one is among the nearest `neighbours` of the other in its language.

    The similarity of two documents is the best of whole with whole and whole with section, so that a part finds the
    text it is taken from. With `new`, only pairs with one of the first `new` documents are searched. Pairs of languages
    that `sketches` are for are searched by them.
    """
    languages = [profile.language for profile in profiles]
    pairs = list(combinations(sorted(set(languages) - {""}), 2))
    others = {pair for sketched in sketches for pair in sketched.pairs}
    own = [pair for pair in pairs if pair not in others]
    with one_blas_thread():
        vectors = without_language(stacked(profiles), languages)
        found = _candidates(vectors, languages, own, neighbours, new)
        for sketched in sketches:
            vectors = without_language(sketched.vectors[:, None].copy(), languages)
            found |= _candidates(vectors, languages, sorted(sketched.pairs), neighbours, new)
    return found


def _candidates(
    vectors: Vectors,
    languages: Sequence[str],
    pairs: Sequence[tuple[str, str]],
    neighbours: int,
    new: int | None,
) -> set[tuple[int, int]]:
    """The candidates between the two languages of each pair, by document vectors ``(n, 1 + sections, d)``."""
    codes = np.array(languages)
    new = len(languages) if new is None else new
    found: set[tuple[int, int]] = set()
    for left, right in pairs:
        rows, columns = np.flatnonzero(codes == left), np.flatnonzero(codes == right)
        for some, others in (
            (rows, columns[columns < new]),
            (rows[rows < new], columns[columns >= new]),
        ):
            for i, j in _nearest(vectors[some], vectors[others], neighbours):
                a, b = int(some[i]), int(others[j])
                if min(a, b) < new:
                    found.add((min(a, b), max(a, b)))
    return found


def stacked(profiles: Sequence[Profile]) -> Vectors:
    """The document vectors of all documents, ``(n, 1 + sections, d)``."""
    out = np.zeros((len(profiles), 1 + SECTIONS, DIMENSION), np.float32)
    for i, profile in enumerate(profiles):
        out[i] = profile.vectors
    return out


def without_language(vectors: Vectors, languages: Sequence[str]) -> Vectors:
    """Takes off, in place, what tells the languages of vectors apart rather than their contents.

    The means of the languages span a few directions; all vectors lose them. (Taking each language's own mean off would
    also take off what the articles that happen to be there in that language are about.)
    """
    codes = np.array(languages)
    counted = [code for code in sorted(set(languages) - {""}) if (codes == code).sum() >= ENOUGH]
    if not counted:
        return vectors
    means = [
        mean_of(vectors[codes == code, 0].sum(0, dtype=float), (codes == code).sum()) for code in counted
    ]
    directions = LanguageDirections(np.array(means))
    for start in range(0, len(vectors), _ROWS):
        vectors[start : start + _ROWS] = directions.taken_off(vectors[start : start + _ROWS])
    return vectors


def mean_of(total: Floats, count: int) -> Vectors:
    """The mean of `count` vectors with this sum in 64 bits, which is exact: vectors of documents have 16 bits.

    So it is the same in whatever order they are added.
    """
    mean: Vectors = (total / count).astype(np.float32)
    return mean


class LanguageDirections:
    """The directions that the mean vectors of some languages, ``(languages, d)``, span around their middle."""

    def __init__(self, means: Vectors) -> None:
        self._middle = means.mean(0) if len(means) else None
        if self._middle is not None:
            _, size, directions = np.linalg.svd((means - self._middle).astype(float), full_matrices=False)
            self._directions = directions[size > 1e-4][: len(means) - 1].astype(np.float32)

    def taken_off(self, block: Vectors) -> Vectors:
        """Vectors without them."""
        if self._middle is None:
            return block
        out = (block - self._middle) * np.any(block, axis=-1, keepdims=True)
        flat = out.reshape(-1, out.shape[-1])
        flat -= product(product(flat, self._directions.T), self._directions)
        return normalised(out)


def similarity(left: Vectors, right: Vectors) -> NDArray[np.float32]:
    """Best similarity of whole with whole, whole with section and section with whole, ``(len(left), len(right))``."""
    sections, dimension = right.shape[1:]
    forth = product(left[:, 0], right.reshape(-1, dimension).T)
    back = product(left[:, 1:].reshape(-1, dimension), right[:, 0].T)
    best: NDArray[np.float32] = forth.reshape(len(left), len(right), sections).max(2)
    if sections == 1:
        return best
    parts: NDArray[np.float32] = back.reshape(len(left), sections - 1, len(right)).max(1)
    return np.maximum(best, parts)


def _nearest(left: Vectors, right: Vectors, neighbours: int) -> Iterator[tuple[int, int]]:
    """Pairs (row, column) where either is among the other's nearest."""
    if not len(left) or not len(right):
        return
    if len(left) <= neighbours and len(right) <= neighbours:
        yield from ((i, j) for i in range(len(left)) for j in range(len(right)))
        return
    if len(left) * len(right) > _EXACT and approximate.available():
        yield from approximate.nearest(left, right, neighbours)
        return
    blocks = [slice(k, k + _ROWS) for k in range(0, len(left), _ROWS)]
    tops = run_parallel(lambda block: _block(left[block], right, neighbours), blocks)
    column_best = np.full((0, len(right)), 0, np.float32)
    column_who = np.full((0, len(right)), 0, np.int64)
    for block, (row_who, best, who) in zip(blocks, tops, strict=True):
        yield from ((block.start + i, int(j)) for i, near in enumerate(row_who) for j in near)
        column_best, column_who = top(
            np.vstack([column_best, best]), np.vstack([column_who, who + block.start]), neighbours
        )
    yield from ((int(i), j) for j in range(len(right)) for i in column_who[:, j])


def _block(left: Vectors, right: Vectors, neighbours: int) -> tuple[Ints, NDArray[np.float32], Ints]:
    """The nearest columns of each row, ``(rows, k)``; of each column the nearest rows with their similarity."""
    best = np.zeros((0, len(left)), np.float32)
    who = np.zeros((0, len(left)), np.int64)
    down_best, down_who = [], []
    for start in range(0, len(right), _COLUMNS):
        near = similarity(left, right[start : start + _COLUMNS])
        places = np.broadcast_to(np.arange(start, start + near.shape[1])[:, None], near.T.shape)
        best, who = top(np.vstack([best, near.T]), np.vstack([who, places]), neighbours)
        rows = np.broadcast_to(np.arange(len(left))[:, None], near.shape)
        down = top(near, rows, neighbours)
        down_best.append(down[0])
        down_who.append(down[1])
    return who.T, np.hstack(down_best), np.hstack(down_who)


def top(values: NDArray[np.float32], who: Ints, count: int) -> tuple[NDArray[np.float32], Ints]:
    """The largest `count` values of each column and whose they are; of equal ones those of the lowest numbers.

    So the top of the tops of parts is the top of the whole, however it was parted.
    """
    if len(values) <= count:
        return values, np.ascontiguousarray(who)
    order = np.argpartition(values, len(values) - count, axis=0)[-count:]
    largest = np.take_along_axis(values, order, 0)
    least = largest.min(0)
    for column in np.flatnonzero((values == least).sum(0) > (largest == least).sum(0)):
        order[:, column] = np.lexsort((who[:, column], -values[:, column]))[:count]
    order.sort(axis=0)
    return np.take_along_axis(values, order, 0), np.take_along_axis(who, order, 0)

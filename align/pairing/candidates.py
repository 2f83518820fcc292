"""Which documents are worth comparing: the nearest by document vectors, between every two languages."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, combinations
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from align._internal.arrays import Floats, Ints
from align._internal.parallel import cores, one_blas_thread, run_parallel
from align._internal.products import product
from align._internal.shelf import Shelf, Shelved
from align.encoders.base import Vectors
from align.pairing import approximate
from align.pairing.edges import Edges
from align.pairing.profiles import Profile
from align.pairing.vectors import normalised

ENOUGH = 4  # documents of a language from which its mean says something about the language
_EXACT = 50_000 * 50_000  # pairs of documents up to which all are compared: some minutes on two cores
_ROWS, _COLUMNS = 512, 4096  # documents compared by one matrix product


Nearest = Literal["rows", "columns", "both"]  # whose nearest are looked for
Blocks = Callable[[slice], Vectors]
"""What reads the vectors of some documents of a batch, ``(n, sections, d)``."""


@dataclass(frozen=True, slots=True, eq=False)
class Sketches:
    """Vectors of all documents, ``(n, d)``, by which those of these pairs of languages are compared."""

    vectors: NDArray[np.float16]
    pairs: Collection[tuple[str, str]]

    def blocks(self, some: slice) -> Vectors:
        """The vectors of some documents, as of one section."""
        return self.vectors[some, None].astype(np.float32)


class Rows:
    """The vectors of the documents of one language, ``(n, sections, d)``, of which some are read at a time.

    Attributes:
        documents: their numbers, ascending.
    """

    def __init__(self, shelf: Shelf, documents: Ints, size: tuple[int, ...]) -> None:
        self.documents = documents
        self._shelf, self._size = shelf, size
        self._blocks: list[Shelved] = []

    def __len__(self) -> int:
        return len(self.documents)

    def add(self, vectors: Vectors) -> None:
        """Adds those of the next `_ROWS` documents, or of the last ones."""
        self._blocks.append(Shelved(self._shelf, vectors))

    def read(self, part: slice) -> Vectors:
        """Some of them."""
        out = np.empty((len(range(*part.indices(len(self)))), *self._size), np.float32)
        at, place = 0, part.start
        while at < len(out):
            block, first = divmod(place, _ROWS)
            rows = self._blocks[block].read(first, first + len(out) - at)
            out[at : at + len(rows)] = rows
            at, place = at + len(rows), place + len(rows)
        return out


def candidate_pairs(
    profiles: Sequence[Profile],
    neighbours: int,
    new: int | None = None,
    sketches: Sequence[Sketches] = (),
    shelf: Shelf | None = None,
    every: bool = True,
) -> Edges:
    """Pairs of documents of which one is among the nearest `neighbours` of the other in its language.

    The similarity of two documents is the best of whole with whole and whole with section, so that a part finds the
    text it is taken from. With `new`, only pairs with one of the first `new` documents are wanted: those that would be
    found if all were new. Where the others are not `every` one there is, but those near a new one, they are not asked
    for their nearest: most of these are not there. Pairs of languages that `sketches` are for are searched by them.
    What is large lies on the `shelf`.
    """
    languages = [profile.language for profile in profiles]
    pairs = list(combinations(sorted(set(languages) - {""}), 2))
    others = {pair for sketched in sketches for pair in sketched.pairs}
    own = [pair for pair in pairs if pair not in others]
    new = len(profiles) if new is None else new
    searched: list[tuple[Blocks, Sequence[tuple[str, str]]]] = [
        (lambda some: _stacked(profiles[some]), own),
        *((sketched.blocks, sorted(sketched.pairs)) for sketched in sketches),
    ]
    found = Edges(np.zeros(0, np.int64))
    with one_blas_thread():
        for blocks, some in searched:
            rows = without_language(blocks, languages, shelf or Shelf()) if some else {}
            for left, right in some:
                found = found.united(_candidates(rows[left], rows[right], neighbours, new, every))
    return found


def _candidates(left: Rows, right: Rows, neighbours: int, new: int, every: bool) -> Edges:
    """The candidates between two languages."""
    whole = slice(0, len(left)), slice(0, len(right))
    new_left, new_right = (int(np.searchsorted(rows.documents, new)) for rows in (left, right))
    parts: list[tuple[slice, slice, Nearest]]
    if every or (new_left, new_right) == (len(left), len(right)):
        parts = [(*whole, "both")]
    else:
        parts = [(slice(0, new_left), whole[1], "rows"), (whole[0], slice(0, new_right), "columns")]
    first, second = [], []
    for some, others, nearest in parts:
        for i, j in _nearest(left, some, right, others, neighbours, nearest):
            first.append(left.documents[some.start + i])
            second.append(right.documents[others.start + j])
    found = Edges.of(*(np.concatenate([*side, np.zeros(0, np.int64)]) for side in (first, second)))
    return Edges(found.codes[found.sides[0] < new])


def _stacked(profiles: Sequence[Profile]) -> Vectors:
    """The document vectors of these documents, ``(n, 1 + sections, d)``."""
    return np.array([profile.vectors for profile in profiles], np.float32)


def without_language(blocks: Blocks, languages: Sequence[str], shelf: Shelf) -> dict[str, Rows]:
    """The vectors by language, less what tells the languages apart rather than the contents of their documents.

    The means of the languages span a few directions; all vectors lose them. (Taking each language's own mean off would
    also take off what the articles that happen to be there in that language are about.)
    """
    codes = np.array(languages)
    wanted = sorted(set(languages) - {""})
    means = [_mean(blocks, codes == code) for code in wanted if (codes == code).sum() >= ENOUGH]
    directions = LanguageDirections(np.array(means))
    found: dict[str, Rows] = {}
    for code in wanted:
        documents = np.flatnonzero(codes == code)
        size = blocks(slice(0, 1)).shape[1:]
        found[code] = Rows(shelf, documents, size)
        for start in range(0, len(documents), _ROWS):
            some = documents[start : start + _ROWS]
            found[code].add(directions.taken_off(_picked(blocks, some)))
    return found


def _mean(blocks: Blocks, mine: NDArray[np.bool_]) -> Vectors:
    """The mean vector of these documents as wholes."""
    total = np.zeros(blocks(slice(0, 1)).shape[2:], float)
    documents = np.flatnonzero(mine)
    for start in range(0, len(documents), _ROWS):
        total += _picked(blocks, documents[start : start + _ROWS])[:, 0].sum(0, dtype=float)
    return mean_of(total, len(documents))


def _picked(blocks: Blocks, documents: Ints) -> Vectors:
    """The vectors of these documents."""
    runs = np.split(documents, np.flatnonzero(np.diff(documents) > 1) + 1)
    return np.concatenate([blocks(slice(int(run[0]), int(run[-1]) + 1)) for run in runs])


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


def _nearest(
    left: Rows, some: slice, right: Rows, others: slice, neighbours: int, nearest: Nearest
) -> Iterator[tuple[Ints, Ints]]:
    """Pairs (row, column), many at a time, of each row and its nearest columns, or the other way round, or both.

    Places are those within the slices.
    """
    rows, columns = some.stop - some.start, others.stop - others.start
    if not rows or not columns:
        return
    if rows <= neighbours and columns <= neighbours:
        yield np.repeat(np.arange(rows), columns), np.tile(np.arange(columns), rows)
        return
    if rows * columns > _EXACT and approximate.available():
        near = approximate.nearest(left.read(some), right.read(others), neighbours)
        found = np.fromiter(chain.from_iterable(near), np.int64).reshape(-1, 2)
        yield found[:, 0], found[:, 1]
        return
    starts = range(some.start, some.stop, _ROWS)
    column_best = np.full((0, columns), 0, np.float32)
    column_who = np.full((0, columns), 0, np.int64)
    for at in range(0, len(starts), cores()):  # so many results are in memory together
        blocks = [slice(start, min(start + _ROWS, some.stop)) for start in starts[at : at + cores()]]
        tops = run_parallel(lambda block: _block(left.read(block), right, others, neighbours), blocks)
        for block, (row_who, best, who) in zip(blocks, tops, strict=True):
            first = block.start - some.start
            if nearest != "columns":
                yield np.repeat(np.arange(first, first + len(row_who)), row_who.shape[1]), row_who.ravel()
            column_best, column_who = top(
                np.vstack([column_best, best]), np.vstack([column_who, who + first]), neighbours
            )
    if nearest != "rows":
        yield column_who.T.ravel(), np.repeat(np.arange(columns), len(column_who))


def _block(
    left: Vectors, right: Rows, others: slice, neighbours: int
) -> tuple[Ints, NDArray[np.float32], Ints]:
    """The nearest columns of each row, ``(rows, k)``; of each column the nearest rows with their similarity."""
    best = np.zeros((0, len(left)), np.float32)
    who = np.zeros((0, len(left)), np.int64)
    down_best, down_who = [], []
    for start in range(0, others.stop - others.start, _COLUMNS):
        first = others.start + start
        near = similarity(left, right.read(slice(first, min(first + _COLUMNS, others.stop))))
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

"""What is found of compared pairs, in columns: a batch has dozens for each document, and most are nothing at all."""

from __future__ import annotations

from array import array
from bisect import bisect_left
from collections.abc import Iterable, Iterator, MutableMapping

import numpy as np

from align._internal.arrays import Ints
from align.pairing.edges import code_of, edges_of
from align.pairing.grouping import Edge, Judgement
from align.pairing.quick import NO_MATCH, QuickAlignment

_NUMBERS = 10  # in a quick alignment
_NOTHING = -1  # in place of a row: `NO_MATCH`
_BITS = 16  # for the variant of a language
_AT_ONCE = 1 << 20  # partners that are gathered before those that do not count are dropped


class QuickAlignments(MutableMapping[Edge, QuickAlignment]):
    """The quick alignments of pairs; those that are added in the order of the pairs take little room."""

    def __init__(self) -> None:
        self._codes = array("q")
        self._rows = array("i")
        self._numbers = array("d")
        self._later: dict[Edge, QuickAlignment] = {}  # what is added out of its order

    def place(self, edge: Edge) -> int | None:
        """The place of a pair among those in order."""
        code = code_of(edge)
        at = bisect_left(self._codes, code)
        return at if at < len(self._codes) and self._codes[at] == code else None

    @property
    def in_order(self) -> int:
        """How many pairs were added in their order."""
        return len(self._codes)

    @property
    def codes(self) -> Ints:
        """The codes of all pairs, those in order first."""
        later = np.fromiter(map(code_of, self._later), np.int64, len(self._later))
        return np.concatenate([np.frombuffer(self._codes, np.int64), later])

    def __setitem__(self, edge: Edge, found: QuickAlignment) -> None:
        code = code_of(edge)
        if self._codes and code <= self._codes[-1]:
            self._later[edge] = found
            return
        self._codes.append(code)
        self._rows.append(_NOTHING if found is NO_MATCH else len(self._numbers) // _NUMBERS)
        if found is not NO_MATCH:
            (a, b), (c, d) = found.spans
            self._numbers.extend((*found.score, *found.coverage, found.order, found.matched, a, b, c, d))

    def __getitem__(self, edge: Edge) -> QuickAlignment:
        place = self.place(edge)
        return self._later[edge] if place is None else self.at(place)

    def at(self, place: int) -> QuickAlignment:
        """The quick alignment of the pair at a place."""
        row = self._rows[place]
        if row == _NOTHING:
            return NO_MATCH
        s, t, u, v, order, matched, a, b, c, d = self._numbers[row * _NUMBERS : (row + 1) * _NUMBERS]
        return QuickAlignment((s, t), (u, v), order, matched, ((a, b), (c, d)))

    def __contains__(self, edge: object) -> bool:
        return edge in self._later or (isinstance(edge, tuple) and self.place(edge) is not None)

    def __delitem__(self, edge: Edge) -> None:
        raise TypeError("what was compared stays")

    def __iter__(self) -> Iterator[Edge]:
        return edges_of(self.codes)

    def __len__(self) -> int:
        return len(self._codes) + len(self._later)


class Judgements:
    """What is held of pairs, until it is forgotten."""

    def __init__(self, quick: QuickAlignments) -> None:
        self._quick = quick
        self._logits, self._ranks, self._times = array("d"), array("d"), array("q")
        self._later: dict[Edge, Judgement] = {}
        self._time = 1  # what was written at another time counts no more

    def clear(self) -> None:
        """Forgets all."""
        self._time += 1
        self._later.clear()

    def drop(self, edges: Iterable[Edge]) -> None:
        """Forgets what is held of these pairs."""
        for edge in edges:
            place = self._quick.place(edge)
            if place is None:
                self._later.pop(edge, None)
            elif place < len(self._times):
                self._times[place] = 0

    def get(self, edge: Edge) -> Judgement | None:
        """What is held of a pair, if that is known."""
        place = self._quick.place(edge)
        if place is None:
            return self._later.get(edge)
        if place >= len(self._times) or self._times[place] != self._time:
            return None
        return Judgement(self._logits[place], self._quick.at(place).spans, self._ranks[place])

    def __setitem__(self, edge: Edge, found: Judgement) -> None:
        """Keeps what is held of a pair that was compared."""
        place = self._quick.place(edge)
        if place is None:
            self._later[edge] = found
            return
        for column in (self._logits, self._ranks, self._times):
            if lacking := self._quick.in_order - len(column):
                column.frombytes(bytes(column.itemsize * lacking))
        self._logits[place], self._ranks[place], self._times[place] = found.logit, found.rank, self._time


class Partners:
    """The partners of each document in each variant of a language with their scores, after `rank` the best first.

    Of those without any score only the first of a variant is kept, and only where no other is.
    """

    def __init__(self) -> None:
        self._codes: dict[str, int] = {}  # of variants
        self._keys, self._others, self._scores = array("q"), array("q"), array("d")
        self._most = _AT_ONCE

    def add(self, document: int, variant: str, other: int, score: float) -> None:
        """Adds a partner in a variant."""
        self._keys.append(document << _BITS | self._codes.setdefault(variant, len(self._codes)))
        self._others.append(other)
        self._scores.append(score)
        if len(self._keys) >= self._most:
            self.rank()
            self._most = max(_AT_ONCE, 2 * len(self._keys))

    def rank(self) -> None:
        """Puts them in their order."""
        keys, others = np.array(self._keys, np.int64), np.array(self._others, np.int64)
        scores = np.array(self._scores, float)
        order = np.lexsort((others, -scores, keys))
        keys, others, scores = keys[order], others[order], scores[order]
        kept = (np.diff(keys, prepend=-1) != 0) | (scores > 0)
        for column, values in ((self._keys, keys), (self._others, others), (self._scores, scores)):
            del column[:]
            column.frombytes(values[kept].tobytes())

    def of(self, document: int, variant: str) -> Iterator[tuple[float, int]]:
        """The partners of a document in a variant."""
        if variant not in self._codes:
            return iter(())
        key = document << _BITS | self._codes[variant]
        first, last = bisect_left(self._keys, key), bisect_left(self._keys, key + 1)
        return zip(self._scores[first:last], self._others[first:last], strict=True)

    def best(self, document: int) -> list[int]:
        """The best partner of a document in each variant."""
        first, last = (bisect_left(self._keys, number << _BITS) for number in (document, document + 1))
        return [
            self._others[place]
            for place in range(first, last)
            if place == first or self._keys[place] != self._keys[place - 1]
        ]

"""What is found of compared pairs, in columns: a batch has dozens for each document, and most are nothing at all."""

from __future__ import annotations

from array import array
from bisect import bisect_left
from collections.abc import Iterable, Iterator, MutableMapping, Sequence

import numpy as np

from align._internal.arrays import Floats, Ints
from align.pairing.edges import code_of, edges_of
from align.pairing.grouping import Edge, Judgement
from align.pairing.quick import NO_MATCH, QuickAlignment

_NUMBERS = 10  # in a quick alignment
_NOTHING = -1  # in place of a row: `NO_MATCH`


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

    def get(self, edge: Edge) -> Judgement | None:
        """What is held of a pair, if that is known."""
        place = self._quick.place(edge)
        if place is None:
            return self._later.get(edge)
        if place >= len(self._times) or self._times[place] != self._time:
            return None
        return Judgement(self._logits[place], self._quick.at(place).spans, self._ranks[place])

    def put(self, edge: Edge, found: Judgement) -> None:
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
    """The partners of each document in each variant of a language with their scores, the best first.

    Of those without any score only the first of a variant is here, and only where no other is.
    """

    def __init__(self, compared: Iterable[tuple[Edge, float]], variants: Sequence[str]) -> None:
        self._codes = {name: code for code, name in enumerate(sorted(set(variants)))}
        own = [self._codes[name] for name in variants]
        size = len(self._codes)
        keys, others, scores = array("q"), array("q"), array("d")
        first = np.full(len(variants) * size, -1, np.int64)  # without a score
        for edge, score in compared:
            for document, other in (edge, edge[::-1]):
                key = document * size + own[other]
                if score > 0:
                    keys.append(key)
                    others.append(other)
                    scores.append(score)
                elif first[key] < 0 or other < first[key]:
                    first[key] = other
        first[np.array(keys, np.int64)] = -1
        lonely = np.flatnonzero(first >= 0)
        all_keys, all_others = np.append(keys, lonely), np.append(others, first[lonely])
        all_scores = np.append(scores, np.zeros(len(lonely)))
        order = np.lexsort((all_others, -all_scores, all_keys))
        self._keys: Ints = all_keys[order].astype(np.int64)
        self._others: Ints = all_others[order].astype(np.int64)
        self._scores: Floats = all_scores[order]

    def of(self, document: int, variant: str) -> Iterator[tuple[float, int]]:
        """The partners of a document in a variant."""
        key = document * len(self._codes) + self._codes[variant]
        first, last = np.searchsorted(self._keys, [key, key + 1])
        return zip(self._scores[first:last].tolist(), self._others[first:last].tolist(), strict=True)

    def best(self, document: int) -> list[int]:
        """The best partner of a document in each variant."""
        key = document * len(self._codes)
        first, last = np.searchsorted(self._keys, [key, key + len(self._codes)])
        _, places = np.unique(self._keys[first:last], return_index=True)
        found: list[int] = self._others[first:last][places].tolist()
        return found

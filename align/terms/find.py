"""Which words of a corpus answer which: counted in its beads, and linked one to one within each.

Each word and run of words of one side is weighed against those of the other by Dice's coefficient of the beads that
hold them, and by their cosine in the lexicon. Within each bead the strongest pairs are then linked first, and what is
linked no longer answers anything else (competitive linking: Melamed 2000, "Models of translational equivalence among
words"): "network" does not answer "ordinateur" because it stands in the same beads as "computer". Pairs that met so
seldom that some pair of so many would by chance are left out (log-likelihood ratio G2, Dunning 1993; its tail falls as
exp(-G2/2), Moore 2004), unless the lexicon knows them.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from align._internal.arrays import Floats, Ints
from align.encoders.base import Vectors
from align.encoders.lexicon import Lexicon, get_lexicon
from align.terms.candidates import Candidates, candidates
from align.terms.words import Words
from align.text.clean import fold

_AT_ONCE = 4_000_000  # pairs of words that are counted at once
_LEAST_DICE = 0.15
_FROM, _WEIGHT = 0.2, 0.5  # cosine from which the lexicon counts, and how much beside Dice's coefficient
_KNOWN = 0.35  # cosine from which a pair that met seldom is believed
_LEAST = 0.45  # strength of a pair that is told


@dataclass(frozen=True, slots=True)
class Term:
    """A term and what answers it.

    Attributes:
        source, target: as they are most often written.
        count: beads in which the two answer each other.
        source_count, target_count: beads that hold either.
        first: the first bead in which they do, by its number among those that were added.
        strength: Dice's coefficient of the two, less for what is rare, and their cosine in the lexicon; 0.45 to 1.4.
    """

    source: str
    target: str
    count: int
    source_count: int
    target_count: int
    strength: float
    first: int


class Finder:
    """The terms of two languages, from beads that are added one by one.

    Args:
        languages: tags of source and target, "" where nobody knows one.

    Raises:
        EncoderError, ImportError: the lexicon is not installed.
    """

    def __init__(self, languages: tuple[str, str], lexicon: Lexicon | None = None) -> None:
        self._lexicon = lexicon or get_lexicon()
        self._sides = Words(languages[0], self._lexicon), Words(languages[1], self._lexicon)

    def __len__(self) -> int:
        return len(self._sides[0])

    def add(self, source: str, target: str) -> None:
        for side, text in zip(self._sides, (source, target), strict=True):
            side.add(text)

    def terms(self, fewest: int = 2) -> list[Term]:
        """The terms that answer each other in at least `fewest` beads, those that tell most of the corpus first."""
        source, target = (candidates(side.cut(), fewest) for side in self._sides)
        pairs = self._weighed(source, target, fewest)
        found = []
        linked, first = _linked(source, target, pairs)
        for (one, other), count in linked.items():
            pair = pairs[one, other]
            if count >= fewest and pair.believed and pair.strength >= _LEAST:
                counts = count, int(source.counts[one]), int(target.counts[other])
                spellings = source.spellings[one], target.spellings[other]
                term = Term(*spellings, *counts, pair.strength, first[one, other])
                telling = min(float(source.telling[one]), float(target.telling[other]))
                found.append((round(-count * min(pair.strength, 1.0) * telling, 6), term))
        found.sort(key=lambda each: (each[0], each[1].source, each[1].target))
        return [term for _, term in found]

    def _weighed(self, source: Candidates, target: Candidates, fewest: int) -> dict[tuple[int, int], _Pair]:
        """The pairs of candidates that may answer each other."""
        one, other, together = _met(source, target, fewest)
        counts = source.counts[one], target.counts[other]
        dice = 2 * together / np.maximum(counts[0] + counts[1], 1)
        kept = dice >= _LEAST_DICE
        one, other, together, dice = one[kept], other[kept], together[kept], dice[kept]
        alike = self._alike(source, target, one, other)
        strength = np.round(dice * together / (together + 1) + _WEIGHT * np.maximum(0, alike - _FROM), 4)
        tried = max(len(source.counts) * len(target.counts), 1)
        certain = _log_likelihood(together, source.counts[one], target.counts[other], len(self)) > 2 * np.log(
            tried
        )
        believed = certain | (alike >= _KNOWN)
        keys = zip(one.tolist(), other.tolist(), strict=True)
        values = map(_Pair, strength.tolist(), believed.tolist())
        return dict(zip(keys, values, strict=True))

    def _alike(self, source: Candidates, target: Candidates, one: Ints, other: Ints) -> Floats:
        """The cosine of pairs of candidates in the lexicon; 1 for the same spelling, 0 where it does not know one."""
        left, right = (self._vectors(candidates.spellings) for candidates in (source, target))
        found = np.zeros(len(one))
        for block in range(0, len(one), 10_000):
            part = slice(block, block + 10_000)
            # In 64 bits whichever order a processor adds in, the digits that are kept are the same.
            sides = left[one[part]].astype(np.float64), right[other[part]].astype(np.float64)
            found[part] = np.round(np.einsum("ij,ij->i", *sides), 4)
        folded = [list(map(fold, candidates.spellings)) for candidates in (source, target)]
        same = [folded[0][i] == folded[1][j] for i, j in zip(one.tolist(), other.tolist(), strict=True)]
        found[np.array(same, np.bool_)] = 1.0
        return found

    def _vectors(self, spellings: list[str]) -> Vectors:
        """A vector of unit length for each spelling, ``(len(spellings), dimension)``; zero where nothing is known."""
        pieces = [ids[self._lexicon.is_word(ids)] for ids in self._lexicon.ids(spellings)]
        known = np.unique(np.concatenate([np.zeros(0, np.int32), *pieces]))
        rows = self._lexicon.rows(known)
        found = np.zeros((len(spellings), self._lexicon.dimension), np.float32)
        for place, ids in enumerate(pieces):
            whole = rows[np.searchsorted(known, ids)].sum(axis=0, dtype=np.float64)
            norm = np.sqrt((whole**2).sum())
            found[place] = whole / norm if norm else 0.0
        return found


@dataclass(frozen=True, slots=True)
class _Pair:
    strength: float
    believed: bool


def _met(source: Candidates, target: Candidates, fewest: int) -> tuple[Ints, Ints, Ints]:
    """The pairs of candidates that stand in `fewest` beads together, and in how many."""
    others = max(len(target.counts), 1)
    keys, counts = np.zeros(0, np.int64), np.zeros(0, np.int64)
    waiting: list[Ints] = []
    size = 0
    for left, right in _opposite(source, target):
        ones, twos = np.unique(source.number[left]), np.unique(target.number[right])
        waiting.append((ones[:, None] * others + twos).ravel())
        size += len(waiting[-1])
        if size >= _AT_ONCE:
            keys, counts = _added(keys, counts, waiting)
            waiting, size = [], 0
    keys, counts = _added(keys, counts, waiting)
    often = counts >= fewest
    return keys[often] // others, keys[often] % others, counts[often]


def _added(keys: Ints, counts: Ints, more: list[Ints]) -> tuple[Ints, Ints]:
    """Counts of keys, with those of more keys added."""
    both, place = np.unique(np.concatenate([keys, *more]), return_inverse=True)
    added = np.bincount(place[: len(keys)], counts, len(both)) + np.bincount(
        place[len(keys) :], minlength=len(both)
    )
    return both, added.astype(np.int64)


def _opposite(source: Candidates, target: Candidates) -> Iterator[tuple[slice, slice]]:
    """For each bead with candidates on both sides, where its occurrences stand among those of either side."""
    texts = np.intersect1d(source.text, target.text)
    bounds = [
        np.searchsorted(side.text, texts, way) for side in (source, target) for way in ("left", "right")
    ]
    for a, b, c, d in zip(*(bound.tolist() for bound in bounds), strict=True):
        yield slice(a, b), slice(c, d)


def _linked(
    source: Candidates, target: Candidates, pairs: Mapping[tuple[int, int], _Pair]
) -> tuple[Counter[tuple[int, int]], dict[tuple[int, int], int]]:
    """In how many beads each pair answers each other, the strongest first and each word once; and the first of them."""
    answers: dict[int, list[int]] = defaultdict(list)
    for one, other in pairs:
        answers[one].append(other)
    found: Counter[tuple[int, int]] = Counter()
    first: dict[tuple[int, int], int] = {}
    for here, there in _opposite(source, target):
        left, right = (_occurrences(side, part) for side, part in ((source, here), (target, there)))
        possible = [
            (-pairs[one, other].strength, a - b + c - d, a, c, b, d, one, other)
            for one, places in left.items()
            for other in answers.get(one, ())
            for a, b in places
            for c, d in right.get(other, ())
        ]
        chosen = _chosen(sorted(possible))
        found.update(chosen)
        for pair in chosen:
            first.setdefault(pair, int(source.text[here.start]))
    return found, first


def _occurrences(side: Candidates, part: slice) -> dict[int, list[tuple[int, int]]]:
    """First word and word behind the last of each candidate in one text."""
    found: dict[int, list[tuple[int, int]]] = defaultdict(list)
    places = (each[part].tolist() for each in (side.number, side.start, side.end))
    for candidate, start, end in zip(*places, strict=True):
        found[candidate].append((start, end))
    return found


def _chosen(possible: list[tuple[float, int, int, int, int, int, int, int]]) -> set[tuple[int, int]]:
    """The pairs that are linked of those that are possible in a bead, in their order."""
    taken: tuple[set[int], set[int]] = set(), set()
    found = set()
    for _, _, a, c, b, d, one, other in possible:
        if taken[0].isdisjoint(range(a, b)) and taken[1].isdisjoint(range(c, d)):
            taken[0].update(range(a, b))
            taken[1].update(range(c, d))
            found.add((one, other))
    return found


def _log_likelihood(together: Ints, one: Ints, other: Ints, beads: int) -> Floats:
    """G2 of pairs that meet more often than by chance, else 0: 2 * sum of observed * ln(observed / expected)."""
    table = (
        (together, one * other),
        (one - together, one * (beads - other)),
        (other - together, (beads - one) * other),
        (beads - one - other + together, (beads - one) * (beads - other)),
    )
    found = np.zeros(len(together))
    for observed, margins in table:
        ratio = np.maximum(observed, 1) * beads / np.maximum(margins, 1)
        found += np.where(observed > 0, observed * np.log(ratio), 0.0)
    return np.where(together * beads > one * other, np.round(2 * found, 4), 0.0)

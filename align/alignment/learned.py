"""A lexicon learned from the two texts themselves: which words stand again and again in units that answer each other.

The cheap pass says how probable it is that two units stand in one bead. Summed over all pairs of units that gives how
often two words are expected to meet; words that meet more often than by chance, and seldom stand without each other,
are translations (as in hunalign's realignment, Varga et al. 2005). What two units say for each other is taken from all
others: whatever either of them met is left out, so that no bead confirms itself.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from align._internal.arrays import Floats, Floats32, Ints
from align.alignment.associations import WordAssociations
from align.alignment.candidates import Candidates
from align.alignment.coverage import Coverage, runs

_LEAST = 0.02  # posterior from which two units count as a pair
_QUANTUM = (
    1_024  # posteriors are multiples of 1/1024: sums of them are exact, in whatever order they are taken
)
_OFTEN = 0.3  # share of the units in which a stem may stand: what stands in more of them says nothing
_MOST = 40  # stems of one unit that count: the rarest
_PRIOR = 1.0  # meetings that every two words lack
_BLOCK = 64  # units whose words are compared at once
_NOTHING = WordAssociations()


@dataclass(frozen=True, slots=True, eq=False)
class _Side:
    """The stems of one text that can say something, by number.

    Attributes:
        names: the stem of each number.
        stem, bounds: those of all units one after the other; those of unit `k` are ``stem[bounds[k]:bounds[k + 1]]``.
        often: in how many units each stands, with what is known from elsewhere.
        weight: how much each says, 0 to 1.
    """

    names: list[str]
    stem: Ints
    bounds: Ints
    often: Floats
    weight: Floats

    @classmethod
    def of(cls, units: Sequence[frozenset[str]], known: Mapping[str, int]) -> _Side:
        counts = Counter(stem for unit in units for stem in unit)
        most = max(_OFTEN * len(units), 3)
        names = sorted(stem for stem, n in counts.items() if n <= most and (n > 1 or stem in known))
        number = {stem: k for k, stem in enumerate(names)}
        rows = [sorted((counts[s], number[s]) for s in unit if s in number)[:_MOST] for unit in units]
        here = np.array([counts[stem] for stem in names], float)
        return cls(
            names=names,
            stem=np.array([k for row in rows for _, k in sorted(row, key=lambda pair: pair[1])], np.int64),
            bounds=np.concatenate([[0], np.cumsum([len(row) for row in rows])]).astype(np.int64),
            often=here + np.array([float(known.get(stem, 0)) for stem in names]),
            weight=np.maximum(1 - np.log(np.maximum(here, 1)) / np.log(len(units) + 2), 0.05),
        )

    def __len__(self) -> int:
        return len(self.bounds) - 1

    def of_unit(self, k: int) -> Ints:
        return self.stem[self.bounds[k] : self.bounds[k + 1]]


@dataclass(frozen=True, slots=True, eq=False)
class _Counts:
    """Counts of pairs of numbers: sorted keys and their values; a pair that is not there counts 0."""

    key: Ints
    count: Floats
    width: int

    @classmethod
    def of(cls, row: Ints, column: Ints, count: Floats, width: int) -> _Counts:
        key, inverse = np.unique(row * width + column, return_inverse=True)
        return cls(key, np.bincount(inverse, count, len(key)).astype(float), width)

    def at(self, row: Ints, column: Ints) -> Floats:
        """The counts of pairs; `row` and `column` are broadcast."""
        wanted = row * self.width + column
        if not len(self.key):
            return np.zeros(wanted.shape)
        place = np.minimum(np.searchsorted(self.key, wanted), len(self.key) - 1)
        return np.where(self.key[place] == wanted, self.count[place], 0.0)

    def dense(self, rows: Ints, columns: Ints) -> Floats:
        """The counts of sorted rows and columns as a matrix."""
        out = np.zeros((len(rows), len(columns)))
        first, last = (
            np.searchsorted(self.key, rows * self.width),
            np.searchsorted(self.key, (rows + 1) * self.width),
        )
        size = last - first
        row = np.repeat(np.arange(len(rows)), size)
        place = np.arange(int(size.sum())) + np.repeat(
            first - np.concatenate([[0], np.cumsum(size)[:-1]]), size
        )
        column = self.key[place] % self.width
        at = np.minimum(np.searchsorted(columns, column), len(columns) - 1)
        there = columns[at] == column
        out[row[there], at[there]] = self.count[place[there]]
        return out


@dataclass(frozen=True, slots=True, eq=False)
class _Meetings:
    """How often words are expected to meet, seen from one side.

    Attributes:
        together: of a word here and a word there.
        opposite: of a unit here and a word there; `back` of a unit there and a word here.
        paired: of two units.
        units: how many units the texts have, on average.
    """

    here: _Side
    there: _Side
    together: _Counts
    opposite: _Counts
    back: _Counts
    paired: _Counts
    units: float


def learned_coverage(
    stems: tuple[Sequence[frozenset[str]], Sequence[frozenset[str]]],
    c: Candidates,
    posterior: Floats,
    reach: tuple[tuple[Ints, Ints], tuple[Ints, Ints]],
    sizes: int,
    known: WordAssociations | None = None,
) -> tuple[Coverage, Coverage]:
    """How much of each source unit runs of target units cover, by the words the texts associate; and the other way.

    Args:
        stems: of the source and of the target units.
        c: candidate beads.
        posterior: how probable each is, by the cheap pass.
        reach: for each unit the first and the last unit of the other side that it is compared with.
        sizes: longest runs.
        known: what is known of the words from elsewhere.
    """
    known = known or _NOTHING
    left, right = _Side.of(stems[0], known.source), _Side.of(stems[1], known.target)
    k, n, q = paired_units(c, posterior, len(right))
    w, v, at = _products(left, right, k, n)
    weight = q[at]
    extra = _known_meetings(left, right, known)
    meet = [np.concatenate(both) for both in zip((w, v, weight), extra, strict=True)]
    unit_s, unit_t = k[at], n[at]
    # a word stands once in a unit: of the words of the other unit, the first stands for all
    first_w, first_v = w == left.stem[left.bounds[unit_s]], v == right.stem[right.bounds[unit_t]]
    opposite = _Counts.of(unit_s[first_w], v[first_w], weight[first_w], len(right.names) + 1)
    back = _Counts.of(unit_t[first_v], w[first_v], weight[first_v], len(left.names) + 1)
    units = (len(left) + len(right)) / 2 + known.pairs
    forth = _Meetings(
        left, right, _Counts.of(meet[0], meet[1], meet[2], len(right.names) + 1), opposite, back,
        _Counts.of(k, n, q, len(right) + 1), units,
    )  # fmt: skip
    reverse = _Meetings(
        right, left, _Counts.of(meet[1], meet[0], meet[2], len(left.names) + 1), back, opposite,
        _Counts.of(n, k, q, len(left) + 1), units,
    )  # fmt: skip
    return _coverage(forth, *reach[0], sizes), _coverage(reverse, *reach[1], sizes)


def paired_units(c: Candidates, posterior: Floats, columns: int) -> tuple[Ints, Ints, Floats]:
    """Source unit, target unit, and the probability that both stand in one bead, where there is any."""
    likely = (posterior >= _LEAST) & (c.m > 0) & (c.n > 0)
    c, p = c.take(likely), np.round(posterior[likely] * _QUANTUM) / _QUANTUM
    keys, values = [], []
    for a in range(int(c.m.max(initial=0))):
        for b in range(int(c.n.max(initial=0))):
            inside = (a < c.m) & (b < c.n)
            keys.append((c.i[inside] + a) * columns + c.j[inside] + b)
            values.append(p[inside])
    if not keys:
        return np.zeros(0, np.int64), np.zeros(0, np.int64), np.zeros(0)
    key, inverse = np.unique(np.concatenate(keys), return_inverse=True)
    value = np.minimum(np.bincount(inverse, np.concatenate(values), len(key)), 1.0)
    return key // columns, key % columns, value


def _products(left: _Side, right: _Side, k: Ints, n: Ints) -> tuple[Ints, Ints, Ints]:
    """Every word of each unit `k` with every word of unit `n`, and the number of the pair of units."""
    a, b = np.diff(left.bounds)[k], np.diff(right.bounds)[n]
    size = a * b
    pair = np.repeat(np.arange(len(k)), size)
    inside = np.arange(int(size.sum())) - np.repeat(np.cumsum(size) - size, size)
    first, second = inside // np.maximum(b, 1)[pair], inside % np.maximum(b, 1)[pair]
    return left.stem[left.bounds[k][pair] + first], right.stem[right.bounds[n][pair] + second], pair


def _known_meetings(left: _Side, right: _Side, known: WordAssociations) -> tuple[Ints, Ints, Floats]:
    """What is known from elsewhere of the words of these texts."""
    number = {stem: n for n, stem in enumerate(right.names)}
    found = [
        (k, number[other], n)
        for k, stem in enumerate(left.names)
        for other, n in known.together.get(stem, {}).items()
        if other in number
    ]
    rows = np.array(found, float).reshape(-1, 3)
    return rows[:, 0].astype(np.int64), rows[:, 1].astype(np.int64), rows[:, 2]


def _coverage(m: _Meetings, low: Ints, high: Ints, sizes: int) -> Coverage:
    """Coverage of each unit here by runs of units there, as `coverage.coverage` gives it by another lexicon."""
    here, there = m.here, m.there
    width = np.maximum(high - low, 0)
    offset = np.concatenate([[0], np.cumsum(width * sizes)])
    covered = np.zeros(int(offset[-1]) + 1, np.float32)
    weight = np.zeros(len(here))
    for block in range(0, len(here), _BLOCK):
        part = np.arange(block, min(block + _BLOCK, len(here)))
        rows = np.unique(here.stem[here.bounds[part[0]] : here.bounds[part[-1] + 1]])
        first, last = int(low[part].min()), int(high[part].max())
        columns = np.unique(there.stem[there.bounds[first] : there.bounds[max(last, first)]])
        if not len(rows) or not len(columns):
            continue
        together = m.together.dense(rows, columns)
        for u in part.tolist():
            words = here.of_unit(u)
            weight[u] = here.weight[words].sum()
            if width[u] and len(words):
                best = _best(
                    m, u, words, together[np.searchsorted(rows, words)], columns, int(low[u]), int(high[u])
                )
                covered[offset[u] : offset[u + 1]] = runs(best, here.weight[words], sizes).ravel()
    return Coverage(low, offset[:-1], width, covered, weight, sizes)


def _best(
    m: _Meetings, u: int, words: Ints, together: Floats, columns: Ints, low: int, high: int
) -> Floats32:
    """How well each word of unit `u` is answered in each unit from `low` on, ``(len(words), high - low)``."""
    there = m.there
    best = np.zeros((len(words), high - low), np.float32)
    others = there.stem[there.bounds[low] : there.bounds[high]]
    if not len(others):
        return best
    size = np.diff(there.bounds[low : high + 1])
    units = np.arange(low, high)
    of = np.repeat(np.arange(high - low), size)
    own = m.paired.at(np.int64(u), units) - m.back.at(units[None, :], words[:, None])  # type: ignore[arg-type]
    met = together[:, np.searchsorted(columns, others)] + own[:, of]
    met -= m.opposite.at(np.int64(u), others)  # type: ignore[arg-type]
    often_here, often_there = (m.here.often[words] - 1)[:, None], (there.often[others] - 1)[None, :]
    chance = often_here * often_there / m.units
    score = np.clip(2 * (met - chance) / (often_here + often_there + _PRIOR), 0.0, 1.0)
    filled = size > 0
    starts = (np.cumsum(size) - size)[filled]
    best[:, filled] = np.maximum.reduceat(score, starts, axis=1)
    return best

"""Signs that a unit gives away without its language being known: numbers, names, marks, how long it is.

`Signs` is what one text shows; `SharedSigns` is what two texts have in common: numbers, names (matched by how they
sound, so that they are found again in another script or case), and whole units that stay as they are. What two units
share is one value, so what two runs of units share is a sum over a box, taken from an integral image.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from align._internal.arrays import Bools, Floats, Floats32, Ints
from align._internal.products import product
from align.alignment.names import link_names
from align.text.marks import final_mark, mark_profile
from align.text.numerals import numbers_in
from align.text.words import stems, words_in

KINDS = ("numbers", "names", "same")
_QUANTUM = 64  # weights are multiples of 1/64: sums of them are exact, in whatever order they are taken
_FOLDED = re.compile(r"[\W_]+")
_LEAST_SAME = 4  # letters and digits of a unit that can be told to be the same
_BULLET = re.compile(r"\s*[-–—•*·▪◦‣●]\s")
_LISTED = re.compile(r"\s*[(（]?(?:\d{1,3}|[^\W\d_])[.)）、．:]\s*\S")
_HEADING = re.compile(r"\s*#{1,6}\s")
_SHORT = 80  # characters of a heading, at most
_RARE = 9  # places in one text times places in the other up to which a sign can be an anchor
_ENOUGH = 0.7  # weight of shared signs from which two units can be an anchor


class Signs:
    """What the units of one text show; everything is made when first asked for."""

    def __init__(self, texts: Sequence[str], language: str | None) -> None:
        self._texts, self.language = texts, language

    def __len__(self) -> int:
        return len(self._texts)

    @cached_property
    def characters(self) -> Floats:
        """Characters of each unit that are no spaces, at least 1."""
        return np.array([max(1, len(text) - text.count(" ")) for text in self._texts], float)

    @cached_property
    def words(self) -> tuple[tuple[str, ...], ...]:
        """The words of each unit."""
        return tuple(tuple(words_in(text)) for text in self._texts)

    @cached_property
    def stems(self) -> tuple[frozenset[str], ...]:
        """The stems of the words of each unit."""
        return tuple(stems(words) for words in self.words)

    @cached_property
    def numbers(self) -> tuple[frozenset[str], ...]:
        """The numbers of each unit."""
        return tuple(frozenset(numbers_in(text)) for text in self._texts)

    @cached_property
    def folded(self) -> tuple[frozenset[str], ...]:
        """Each unit's letters and digits, as a set of one string; of none where they are few."""
        bare = (_FOLDED.sub("", text).casefold() for text in self._texts)
        return tuple(frozenset([text] if len(text) >= _LEAST_SAME else []) for text in bare)

    @cached_property
    def final(self) -> Ints:
        """Class of the last mark of each unit in its language."""
        return np.array([final_mark(text, self.language) for text in self._texts], np.int64)

    @cached_property
    def marks(self) -> Floats:
        """How many marks of each class there are in each unit, ``(n, PROFILE)``."""
        return np.array([mark_profile(text, self.language) for text in self._texts], float)

    @cached_property
    def form(self) -> Ints:
        """What each unit looks like: 1 item with a bullet, 2 numbered item, 3 marked heading, 4 short line, 0 text."""
        return np.array([_form(text, final) for text, final in zip(self._texts, self.final, strict=True)])


def _form(text: str, final: int) -> int:
    for number, pattern in enumerate((_BULLET, _LISTED, _HEADING), 1):
        if pattern.match(text):
            return number
    return 4 if not final and len(text) <= _SHORT else 0


@dataclass(frozen=True, slots=True, eq=False)
class _Places:
    """In which units which groups of strings stand, sorted by unit."""

    unit: Ints
    group: Ints

    @classmethod
    def of(cls, units: Sequence[Iterable[str]], group_of: dict[str, int]) -> _Places:
        found = [
            (k, group)
            for k, strings in enumerate(units)
            for group in sorted({group_of[s] for s in strings if s in group_of})
        ]
        pairs = np.array(found, np.int64).reshape(-1, 2)
        return cls(pairs[:, 0], pairs[:, 1])

    def dense(self, first: int, last: int, groups: int) -> Floats32:
        """Units `first` to ``last - 1`` by groups, 1 where a group stands in a unit."""
        a, b = np.searchsorted(self.unit, [first, last])
        out = np.zeros((last - first, groups), np.float32)
        out[self.unit[a:b] - first, self.group[a:b]] = 1
        return out


@dataclass(frozen=True, slots=True, eq=False)
class _Shared:
    """Signs of one kind that both texts have: where, and how much each says."""

    source: _Places
    target: _Places
    weight: Floats

    @classmethod
    def of(
        cls,
        source: Sequence[Iterable[str]],
        target: Sequence[Iterable[str]],
        groups: tuple[dict[str, int], dict[str, int], Floats],
    ) -> _Shared:
        left, right = _Places.of(source, groups[0]), _Places.of(target, groups[1])
        weight = groups[2] * _rarity(left, right, len(groups[2]), max(len(source), len(target)))
        return cls(left, right, np.round(weight * _QUANTUM) / _QUANTUM)

    def pairs(self) -> tuple[Ints, Ints, Floats]:
        """Source unit, target unit and weight of all meetings of rare signs."""
        size = len(self.weight)
        often = np.bincount(self.source.group, minlength=size) * np.bincount(
            self.target.group, minlength=size
        )
        out: list[tuple[int, int, float]] = []
        places: list[list[list[int]]] = [[[] for _ in range(size)] for _ in range(2)]
        for side, at in zip((self.source, self.target), places, strict=True):
            for unit, group in zip(side.unit.tolist(), side.group.tolist(), strict=True):
                at[group].append(unit)
        for group in np.flatnonzero((often > 0) & (often <= _RARE)).tolist():
            value = float(self.weight[group])
            out += [(i, j, value) for i in places[0][group] for j in places[1][group]]
        found = np.array(out, float).reshape(-1, 3)
        return found[:, 0].astype(np.int64), found[:, 1].astype(np.int64), found[:, 2]


def _rarity(left: _Places, right: _Places, groups: int, units: int) -> Floats:
    """How much it says that a sign stands in a unit: 1 for one that stands once, 0 for one that stands everywhere."""
    often = np.maximum(np.bincount(left.group, minlength=groups), np.bincount(right.group, minlength=groups))
    rare: Floats = 1 - np.log(np.maximum(often, 1)) / np.log(max(units, 2) + 1)
    return np.maximum(rare, 0.0)


def _same_strings(
    source: Sequence[Iterable[str]], target: Sequence[Iterable[str]]
) -> tuple[dict[str, int], dict[str, int], Floats]:
    """Groups of strings that are written alike."""
    both = {s for unit in source for s in unit} & {s for unit in target for s in unit}
    number = {s: k for k, s in enumerate(sorted(both))}
    return number, number, np.ones(len(number))


class SharedSigns:
    """What two whole texts share, kind by kind."""

    def __init__(self, source: Signs, target: Signs) -> None:
        self.source, self.target = source, target

    @cached_property
    def kinds(self) -> dict[str, _Shared]:
        s, t = self.source, self.target
        return {
            "numbers": _Shared.of(s.numbers, t.numbers, _same_strings(s.numbers, t.numbers)),
            "names": _Shared.of(s.words, t.words, link_names(s.words, t.words)),
            "same": _Shared.of(s.folded, t.folded, _same_strings(s.folded, t.folded)),
        }

    def meetings(self) -> tuple[Ints, Ints, Floats]:
        """Pairs of units that share rare signs and are each other's best in that, with their weight."""
        parts = [kind.pairs() for kind in self.kinds.values()]
        i, j = (np.concatenate([part[k] for part in parts]) for k in (0, 1))
        w = np.concatenate([part[2] for part in parts])
        columns = max(len(self.target), 1)
        key, inverse = np.unique(i * columns + j, return_inverse=True)
        weight: Floats = np.bincount(inverse, w, len(key)).astype(float)
        i, j = key // columns, key % columns
        best = (weight >= _ENOUGH) & _only_best(i, weight) & _only_best(j, weight)
        return i[best], j[best], weight[best]

    def window(self, start: tuple[int, int], end: tuple[int, int]) -> WindowSigns:
        """What the stretches between two nodes share."""
        return WindowSigns(self, start, end)


def _only_best(group: Ints, value: Floats) -> Bools:
    """Whether each value is the highest in its group, and no other as high."""
    if not len(group):
        return np.zeros(0, bool)
    top = np.zeros(int(group.max()) + 1)
    np.maximum.at(top, group, value)
    is_top: Bools = value == top[group]
    alone: Bools = np.bincount(group[is_top], minlength=len(top))[group] == 1
    return is_top & alone


class Boxes:
    """Sums of what units share over all units of two runs."""

    def __init__(self, shared: Floats32) -> None:
        self.shared = shared
        sums = np.zeros((shared.shape[0] + 1, shared.shape[1] + 1), np.float32)
        sums[1:, 1:] = shared
        np.cumsum(sums, axis=0, out=sums)
        np.cumsum(sums, axis=1, out=sums)
        self._sums, self._columns = sums.ravel(), shared.shape[1] + 1

    def of(self, i: Ints, m: Ints, j: Ints, n: Ints) -> Floats:
        """The sum over source units `i` to ``i + m - 1`` and target units `j` to ``j + n - 1``."""
        top, bottom = i * self._columns, (i + m) * self._columns
        right = j + n
        s = self._sums
        found: Floats = (s[bottom + right] - s[top + right] - s[bottom + j] + s[top + j]).astype(float)
        return found


@dataclass(frozen=True, slots=True, eq=False)
class SignTable:
    """Signs of one kind (or of all) in a window.

    Attributes:
        boxes: what units of both sides share.
        source, target: running sums of the weight of the signs that each unit has and that the other side has, too.
    """

    boxes: Boxes
    source: Floats
    target: Floats

    def found(self, i: Ints, m: Ints, j: Ints, n: Ints) -> tuple[Floats, Floats, Floats]:
        """For two runs: the weight of the signs of either, and what they share of it."""
        left, right = self.source[i + m] - self.source[i], self.target[j + n] - self.target[j]
        return left, right, self.boxes.of(i, m, j, n)


class WindowSigns:
    """The signs of a stretch of two texts, and what the two share."""

    def __init__(self, whole: SharedSigns, start: tuple[int, int], end: tuple[int, int]) -> None:
        self._whole, self._start, self._end = whole, start, end

    @cached_property
    def tables(self) -> dict[str, SignTable]:
        """One table a kind, and "all"."""
        (i, j), (k, m) = self._start, self._end
        parts: list[list[Floats32]] = []
        for kind in self._whole.kinds.values():
            size = len(kind.weight)
            left, right = kind.source.dense(i, k, size), kind.target.dense(j, m, size)
            weight: Floats32 = np.where(left.any(0) & right.any(0), kind.weight, 0.0).astype(np.float32)
            used = weight > 0
            left, right, weight = left[:, used], right[:, used], weight[used]
            weighted: Floats32 = left * weight
            sums = [np.einsum("ij,j->i", side, weight) for side in (left, right)]
            parts.append([product(weighted, right.T), *sums])
        parts.append([np.sum([part[n] for part in parts], axis=0) for n in range(3)])
        return {
            name: SignTable(Boxes(shared), _running(left), _running(right))
            for name, (shared, left, right) in zip((*KINDS, "all"), parts, strict=True)
        }

    @cached_property
    def ratio(self) -> float:
        """Target characters for a source character in the whole texts."""
        return float(self._whole.target.characters.sum() / self._whole.source.characters.sum())

    def of_units(self, name: str) -> tuple[Any, Any]:
        """An attribute of `Signs` for the units of this stretch."""
        left, right = getattr(self._whole.source, name), getattr(self._whole.target, name)
        return left[self._start[0] : self._end[0]], right[self._start[1] : self._end[1]]


def _running(values: Floats32) -> Floats:
    return np.concatenate([[0.0], np.cumsum(values, dtype=float)])

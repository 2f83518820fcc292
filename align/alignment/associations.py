"""How often words of two languages stand opposite each other, counted in texts that answer each other.

Words count by their stems (`align.text.words.stems`), once for each pair of texts they stand in.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import numpy as np

from align._internal.arrays import Ints
from align.text.words import stems, words_in

_COUNT = 2  # meetings from which on two words are more than a chance
_LEAST = 0.1  # Dice coefficient from which on they are worth keeping
_LONGEST = 60  # stems of a text: in longer ones every word meets every other


@dataclass(frozen=True, slots=True)
class WordAssociations:
    """Counts of stems in pairs of texts that answer each other, those of words that seldom stand without each other.

    Attributes:
        source, target: in how many pairs of texts each stem stood on its side.
        together: for each source stem in how many of them it stood opposite each target stem.
        pairs: how many pairs of texts were counted.
    """

    source: dict[str, int] = field(default_factory=dict)
    target: dict[str, int] = field(default_factory=dict)
    together: dict[str, dict[str, int]] = field(default_factory=dict)
    pairs: int = 0

    @classmethod
    def counted(cls, texts: Iterable[tuple[str, str]]) -> WordAssociations:
        """Counted in pairs of texts; the same in whatever order they come."""
        units = [(stems(words_in(source)), stems(words_in(target))) for source, target in texts]
        units = [pair for pair in units if max(map(len, pair)) <= _LONGEST]
        often = [Counter(stem for pair in units for stem in pair[side]) for side in (0, 1)]
        names = [sorted(stem for stem, n in counts.items() if n >= _COUNT) for counts in often]
        number = [{stem: k for k, stem in enumerate(side)} for side in names]
        left, right, met = _meetings(
            [[_known(unit[side], number[side]) for side in (0, 1)] for unit in units]
        )
        count = [np.array([counts[stem] for stem in side]) for counts, side in zip(often, names, strict=True)]
        strong = (met >= _COUNT) & (2 * met >= _LEAST * (count[0][left] + count[1][right]))
        together: dict[str, dict[str, int]] = {}
        for k, n, m in zip(*(column[strong].tolist() for column in (left, right, met)), strict=True):
            together.setdefault(names[0][k], {})[names[1][n]] = m
        there = {other for others in together.values() for other in others}
        return cls(
            {stem: often[0][stem] for stem in together},
            {stem: often[1][stem] for stem in sorted(there)},
            together,
            len(units),
        )

    def swapped(self) -> WordAssociations:
        """The same with source and target changed."""
        turned: dict[str, dict[str, int]] = {}
        for one, others in self.together.items():
            for other, n in others.items():
                turned.setdefault(other, {})[one] = n
        return WordAssociations(self.target, self.source, turned, self.pairs)


def _known(unit: Iterable[str], number: dict[str, int]) -> Ints:
    return np.array([number[stem] for stem in unit if stem in number], np.int64)


def _meetings(units: Sequence[Sequence[Ints]]) -> tuple[Ints, Ints, Ints]:
    """Every word that stands opposite another, that one, and in how many units, by their numbers."""
    width = 1 + max((int(right.max(initial=0)) for _, right in units), default=0)
    products = [(left[:, None] * width + right).ravel() for left, right in units]
    key, met = np.unique(np.concatenate([np.zeros(0, np.int64), *products]), return_counts=True)
    return key // width, key % width, met

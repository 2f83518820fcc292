"""What is known about each unit (paragraph or sentence) of one text before it is compared with another text."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from align._internal.arrays import Floats, Ints
from align.alignment.signs import Signs
from align.encoders.base import Overlaps, Vectors

MAX_UNIT_CHARACTERS = 5_000  # of one unit that are encoded and searched for names
MAX_UNIT_PIECES = 1_000  # of one unit whose words are looked up

_NUMBER = re.compile(r"\d+(?:[.,:]\d+)*")
_LATIN = re.compile(r"[A-Za-z\u00c0-\u024f][A-Za-z\u00c0-\u024f0-9'’-]{2,}")
_FINAL = {
    1: ".。．।۔።",
    2: "?？؟;՞",
    3: "!！",
    4: ":：",
    5: "…⋯",
    6: ",，、;；—–-",
}
_FINAL_CLASS = {char: number for number, chars in _FINAL.items() for char in chars}
_OPEN, _CLOSE, _EITHER = "“«「『„‹《", "”»」』›》", '"'
_TRAILING = " \t'’)）]】*_" + _CLOSE + _EITHER


@dataclass(frozen=True, slots=True, eq=False)
class Units:
    """One side of an alignment, unit by unit.

    Attributes:
        vectors: ``(k, n, d)``; ``[s - 1, i]`` is the run of `s` units that *starts* at unit `i`, zero past the end.
        pieces: subword numbers of each unit.
        length: number of subwords of each unit, at least 1 (comparable across languages).
        final: class of the last punctuation mark of each unit, 0 for none.
        quotes: opening less closing quotation marks of each unit.
        numbers, latin: the numbers and Latin words of each unit.
    """

    vectors: Vectors
    pieces: tuple[Ints, ...]
    length: Floats
    final: Ints
    quotes: Ints
    numbers: tuple[frozenset[str], ...]
    latin: tuple[frozenset[str], ...]

    def __len__(self) -> int:
        return len(self.pieces)


class Text:
    """One side of an alignment as a whole: what can be known unit by unit, and vectors on demand.

    Attributes:
        length: number of subwords of each unit, at least 1.
        mean: mean vector of all units.
        signs: what the units show whatever their language; made when first asked for.
    """

    def __init__(
        self,
        texts: Sequence[str],
        overlaps: Overlaps,
        pieces: Sequence[NDArray[np.integer[Any]]],
        language: str | None = None,
    ) -> None:
        self.signs = Signs([text[:MAX_UNIT_CHARACTERS] for text in texts], language)
        self._overlaps = overlaps
        self._pieces = [np.asarray(p[:MAX_UNIT_PIECES], np.int64) for p in pieces]
        self.length = np.array([max(1, len(p)) for p in pieces], float)
        self._final = np.array([final_class(text) for text in texts], np.int64)
        self._quotes = np.array([quotes(text) for text in texts], np.int64)
        self._numbers = [numbers(text) for text in texts]
        self._latin = [
            frozenset(w.casefold() for w in _LATIN.findall(text[:MAX_UNIT_CHARACTERS])) for text in texts
        ]
        self.mean = self.singles.mean(0, dtype=np.float64)

    def __len__(self) -> int:
        return len(self.length)

    @property
    def singles(self) -> Vectors:
        """Vectors of the single units, ``(n, d)``."""
        return self._overlaps.singles()

    def units(self, first: int, last: int, max_size: int) -> Units:
        """The units from `first` to ``last - 1`` and all runs among them."""
        part = slice(first, last)
        return Units(
            vectors=_by_start(self._overlaps.vectors(first, last, max_size)),
            pieces=tuple(self._pieces[part]),
            length=self.length[part],
            final=self._final[part],
            quotes=self._quotes[part],
            numbers=tuple(self._numbers[part]),
            latin=tuple(self._latin[part]),
        )


def _by_start(vectors: Vectors) -> Vectors:
    shifted = np.zeros(vectors.shape, np.float32)
    n = vectors.shape[1]
    for k in range(min(vectors.shape[0], n)):
        shifted[k, : n - k] = vectors[k, k:]
    return shifted


def final_class(text: str) -> int:
    """The class of the last punctuation mark of a text (full stop, question mark, ...); 0 where there is none."""
    stripped = text.rstrip(_TRAILING)
    return _FINAL_CLASS.get(stripped[-1], 0) if stripped else 0


def numbers(text: str) -> frozenset[str]:
    """The numbers of a text, without leading zeros and separators."""
    found = (
        re.sub(r"[.,:]", "", number).lstrip("0") for number in _NUMBER.findall(text[:MAX_UNIT_CHARACTERS])
    )
    return frozenset(number for number in found if number)


def quotes(text: str) -> int:
    opened = sum(text.count(mark) for mark in _OPEN) - sum(text.count(mark) for mark in _CLOSE)
    if text.count(_EITHER) % 2:
        opened += 1 if text.lstrip().startswith(_EITHER) else -1
    return opened

"""What is known about each unit (paragraph or sentence) of one text before it is compared with another text."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from align.encoders.base import Vectors

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

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
        quotes: opening less closing quotation marks of each unit; speech: whether it has any.
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

    @classmethod
    def of(cls, texts: Sequence[str], vectors: Vectors, pieces: Sequence[Ints]) -> Units:
        """Units from their texts, overlap vectors (indexed by the *last* unit, as encoders give them) and subwords."""
        return cls(
            vectors=_by_start(vectors),
            pieces=tuple(pieces),
            length=np.array([max(1, len(p)) for p in pieces], float),
            final=np.array([final_class(text) for text in texts], np.int64),
            quotes=np.array([_quotes(text) for text in texts], np.int64).reshape(len(texts)),
            numbers=tuple(numbers(text) for text in texts),
            latin=tuple(frozenset(w.casefold() for w in _LATIN.findall(text)) for text in texts),
        )

    def swap(self) -> Units:
        return self


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
    found = (re.sub(r"[.,:]", "", number).lstrip("0") for number in _NUMBER.findall(text))
    return frozenset(number for number in found if number)


def _quotes(text: str) -> int:
    opened = sum(text.count(mark) for mark in _OPEN) - sum(text.count(mark) for mark in _CLOSE)
    if text.count(_EITHER) % 2:
        opened += 1 if text.lstrip().startswith(_EITHER) else -1
    return opened

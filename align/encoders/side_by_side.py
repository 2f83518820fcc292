"""Two encoders as one: their vectors side by side, so that the cosine of two texts is a weighted mean of their cosines."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property

import numpy as np

from align.encoders.base import Encoder, Overlaps, Vectors, overlaps


class SideBySideEncoder:
    """An encoder made of others, whose vectors stand side by side.

    The cosine of two texts is the mean of the parts' cosines by their weights; where a part knows no piece of a text,
    the others stand alone. For a language that a part was not trained for, its share of the cosine says little: the
    encoder is said to know the languages that all parts know.

    Args:
        parts: the encoders.
        weights: of their cosines; they sum to 1.
    """

    light = True  # any number of processes may load it

    def __init__(self, parts: Sequence[Encoder], weights: Sequence[float]) -> None:
        self.name = "+".join(part.name for part in parts)
        self._parts = tuple(parts)
        self._weights = tuple(weights)

    def __repr__(self) -> str:
        return f"<encoder {self.name!r}>"

    @property
    def signature(self) -> str:
        """Those of the parts, with their weights."""
        pairs = zip(self._parts, self._weights, strict=True)
        return " + ".join(f"{weight:g} of {part.signature}" for part, weight in pairs)

    @property
    def dimension(self) -> int:
        """All dimensions of all parts."""
        return sum(part.dimension for part in self._parts)

    @property
    def languages(self) -> frozenset[str] | None:
        """What all parts know."""
        known = [part.languages for part in self._parts if part.languages is not None]
        return frozenset.intersection(*known) if known else None

    def encode(self, texts: Sequence[str]) -> Vectors:
        """One unit vector for each text, ``(len(texts), dimension)``; zero for a text of which no part knows a piece."""
        return side_by_side([part.encode(texts) for part in self._parts], self._weights)

    def overlaps(self, documents: Sequence[Sequence[str]], max_size: int) -> list[SideBySideOverlaps]:
        """For each document the vectors of its runs of 1 to `max_size` sentences, made on demand."""
        found = [overlaps(part, documents, max_size) for part in self._parts]
        return [SideBySideOverlaps(parts, self._weights, max_size) for parts in zip(*found, strict=True)]


class SideBySideOverlaps:
    """The vectors of all runs of consecutive sentences of one document, made on demand; see `base.Overlaps`."""

    def __init__(self, parts: Sequence[Overlaps], weights: Sequence[float], max_size: int) -> None:
        self.max_size = max_size
        self._parts = parts
        self._weights = weights

    @property
    def dimension(self) -> int:
        """All dimensions of all parts."""
        return sum(part.dimension for part in self._parts)

    def __len__(self) -> int:
        return len(self._parts[0])

    @cached_property
    def _singles(self) -> Vectors:
        return side_by_side([part.singles() for part in self._parts], self._weights)

    def singles(self) -> Vectors:
        """The vectors of the single sentences, ``(n, dimension)``; kept once made."""
        return self._singles

    def vectors(self, start: int, stop: int, max_size: int | None = None) -> Vectors:
        """The runs that end at the sentences `start` to ``stop - 1``, ``(max_size, stop - start, dimension)``."""
        return side_by_side([part.vectors(start, stop, max_size) for part in self._parts], self._weights)


def side_by_side(parts: Sequence[Vectors], weights: Sequence[float]) -> Vectors:
    """Vectors of unit length from those of several encoders, ``(..., dimensions)`` each, which are of unit length or zero."""
    shares = [
        np.float32(weight) * part.any(axis=-1, keepdims=True)
        for part, weight in zip(parts, weights, strict=True)
    ]
    total = np.maximum(sum(shares), np.float32(1e-12))
    return np.concatenate(
        [part * np.sqrt(share / total) for part, share in zip(parts, shares, strict=True)], axis=-1
    )

"""The common part of every optional encoder: hostile input, repeated texts, checks of what comes back."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from align._internal.arrays import Floats
from align.encoders.base import Encoder, Vectors
from align.encoders.progress import batches
from align.encoders.readable import readable
from align.errors import EncoderError


class Embedder(Protocol):
    """What an optional encoder has to bring along; `EmbedderEncoder` makes an `Encoder` of it.

    Attributes:
        name, languages: as of an `Encoder`.
        signature, dimension: as of an `Encoder`; asked for after loading only.
        max_characters: longer texts are encoded by their beginning.
    """

    name: str
    languages: frozenset[str] | None
    max_characters: int

    @property
    def signature(self) -> str: ...

    @property
    def dimension(self) -> int: ...

    def embed(self, texts: list[str]) -> NDArray[Any]:
        """A vector for each text (none is empty), of any length; EncoderError where that is not possible."""
        ...


class EmbedderEncoder:
    """An `Encoder` made of an `Embedder`."""

    def __init__(self, embedder: Embedder) -> None:
        self.name = embedder.name
        self.languages = embedder.languages
        self.max_characters = embedder.max_characters
        self._embedder = embedder
        self._others: dict[str, EmbedderEncoder] = {}

    def __repr__(self) -> str:
        return f"<encoder {self.name!r}>"

    @property
    def signature(self) -> str:
        """Name, version and checksum of whatever decides the vectors."""
        return self._embedder.signature

    @property
    def dimension(self) -> int:
        """Length of a vector."""
        return self._embedder.dimension

    def for_language(self, language: str) -> Encoder:
        """The encoder of the same family and space that was made for a language; this one where there is none."""
        chooser = getattr(self._embedder, "for_language", None)
        other = chooser(language) if chooser is not None else None
        return self if other is None else self._others.setdefault(other.name, EmbedderEncoder(other))

    def encode(self, texts: Sequence[str]) -> Vectors:
        """One unit vector for each text, ``(len(texts), dimension)``, float32; zero for an empty text.

        Raises:
            EncoderError: when the encoder cannot be loaded or gives unusable vectors.
        """
        clean = [readable(text, self.max_characters).strip() for text in texts]
        distinct = {text: index for index, text in enumerate(dict.fromkeys(text for text in clean if text))}
        out = np.zeros((len(texts), self.dimension), np.float32)
        if distinct:
            parts = [
                checked_vectors(self._embedder.embed([*some]), some, self.dimension, self.name)
                for some in batches(list(distinct), self.name)
            ]
            full = [index for index, text in enumerate(clean) if text]
            out[full] = np.concatenate(parts)[[distinct[clean[index]] for index in full]]
        return out


def checked_vectors(vectors: Any, texts: Sequence[str], dimension: int, name: str) -> Vectors:
    """The vectors as float32 of unit length; EncoderError where shape or numbers cannot be right."""
    array = as_numbers(vectors, name)
    expected = (len(texts), dimension)
    if array.shape != expected:
        raise EncoderError(
            f"encoder '{name}' gave an array of shape {array.shape} for {len(texts)} texts; expected {expected}"
        )
    bad = np.flatnonzero(~np.isfinite(array).all(axis=1))
    if len(bad):
        raise EncoderError(
            f"encoder '{name}' gave NaN or infinite numbers for {len(bad)} of {len(texts)} texts, for example "
            f"{shortened(texts[bad[0]])!r}"
        )
    array = array / np.maximum(np.abs(array).max(axis=1, keepdims=True), np.finfo(np.float64).tiny)
    length = np.linalg.norm(array, axis=1, keepdims=True)
    unit: Vectors = (array / np.where(length > 0, length, 1)).astype(np.float32)
    return unit


def as_numbers(vectors: Any, name: str) -> Floats:
    """Vectors in whatever form as an array of numbers ``(texts, dimension)``; EncoderError where they are none."""
    try:
        array = np.asarray(vectors)
    except (TypeError, ValueError):
        raise EncoderError(f"encoder '{name}' gave vectors of different lengths") from None
    if array.dtype.kind not in "biuf":
        raise EncoderError(
            f"encoder '{name}' gave {type(vectors).__name__} of {array.dtype.name} instead of an array of numbers"
        )
    if array.ndim != 2 or not array.shape[1]:
        raise EncoderError(
            f"encoder '{name}' must return an array of shape (texts, dimension), not {array.shape}"
        )
    return array.astype(np.float64)


def shortened(text: str) -> str:
    """The text, or its beginning, for a message."""
    return text if len(text) <= 60 else text[:57] + "..."

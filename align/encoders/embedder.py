"""The common part of every optional encoder: hostile input, repeated texts, checks of what comes back."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from align.encoders.base import Encoder, Vectors
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
        return self if other is None else EmbedderEncoder(other)

    def encode(self, texts: Sequence[str]) -> Vectors:
        """One unit vector for each text, ``(len(texts), dimension)``, float32; zero for an empty text.

        Raises:
            EncoderError: when the encoder cannot be loaded or gives unusable vectors.
        """
        clean = [readable(text, self.max_characters).strip() for text in texts]
        distinct = {text: index for index, text in enumerate(dict.fromkeys(text for text in clean if text))}
        out = np.zeros((len(texts), self.dimension), np.float32)
        if distinct:
            vectors = checked(self._embedder.embed(list(distinct)), len(distinct), self.dimension, self.name)
            full = [index for index, text in enumerate(clean) if text]
            out[full] = vectors[[distinct[clean[index]] for index in full]]
        return out


def checked(vectors: Any, count: int, dimension: int, name: str) -> Vectors:
    """The vectors as float32 of unit length; EncoderError where shape or numbers cannot be right."""
    try:
        array = np.asarray(vectors, np.float64)
    except (TypeError, ValueError):
        raise EncoderError(
            f"encoder '{name}' gave {type(vectors).__name__} instead of an array of {count} vectors"
        ) from None
    if array.shape != (count, dimension):
        raise EncoderError(
            f"encoder '{name}' gave an array of shape {array.shape} for {count} texts; expected ({count}, {dimension})"
        )
    if not np.isfinite(array).all():
        bad = int((~np.isfinite(array)).any(axis=1).sum())
        raise EncoderError(f"encoder '{name}' gave NaN or infinite numbers for {bad} of {count} texts")
    length = np.linalg.norm(array, axis=1, keepdims=True)
    return (array / np.where(length > 0, length, 1)).astype(np.float32)

"""The seam between `align` and whatever turns sentences into vectors."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

Vectors = NDArray[np.float32]


@runtime_checkable
class Encoder(Protocol):
    """Turns texts of many languages into vectors that are near each other where the texts mean the same.

    Attributes:
        name: what the user types to get it, e.g. ``use`` or ``st:LaBSE``.
        signature: name, version and checksum of whatever decides the vectors; part of every cache key and output.
        dimension: length of a vector.
        languages: ISO 639-1 codes it was trained for, or None where that is not known.
    """

    name: str
    signature: str
    dimension: int
    languages: frozenset[str] | None

    def encode(self, texts: Sequence[str]) -> Vectors:
        """One vector of unit length for each text: shape ``(len(texts), dimension)``, float32.

        A text without any known token gives a zero vector, never NaN.
        """
        ...


@runtime_checkable
class OverlapEncoder(Encoder, Protocol):
    """An encoder with a cheaper way to the vectors of runs of consecutive sentences."""

    def encode_overlaps(self, documents: Sequence[Sequence[str]], max_size: int) -> list[Vectors]:
        """For each document the vectors of all runs of 1 to `max_size` consecutive sentences.

        Shape of each: ``(max_size, n, dimension)``; ``[k, i]`` is the run of ``k + 1`` sentences that *ends* at
        sentence ``i`` (``i - k .. i``), joined by a space; zero where the run would begin before the document.
        """
        ...


def encode_overlaps(encoder: Encoder, documents: Sequence[Sequence[str]], max_size: int) -> list[Vectors]:
    """`OverlapEncoder.encode_overlaps` for any encoder: its own where it has one, else every run encoded apart."""
    if isinstance(encoder, OverlapEncoder):
        return encoder.encode_overlaps(documents, max_size)
    texts = [
        " ".join(sentences[max(0, end - size) : end + 1]) if end >= size else ""
        for sentences in documents
        for size in range(max_size)
        for end in range(len(sentences))
    ]
    needed = [i for i, text in enumerate(texts) if text]
    flat = np.zeros((len(texts), encoder.dimension), np.float32)
    if needed:
        flat[needed] = encoder.encode([texts[i] for i in needed])
    vectors: list[Vectors] = []
    start = 0
    for sentences in documents:
        stop = start + max_size * len(sentences)
        vectors.append(flat[start:stop].reshape(max_size, len(sentences), encoder.dimension))
        start = stop
    return vectors

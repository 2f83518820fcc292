"""What the pairing knows of a document once its text is put aside."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from hashlib import blake2b

import numpy as np
from numpy.typing import NDArray

from align.document import Document
from align.encoders.base import Encoder, Vectors
from align.pairing.evidence import Keys, keys_of
from align.pairing.units import Recurring, prints_of, units_of
from align.pairing.vectors import WordTable, document_vectors

_AT_ONCE = 2048  # units handed to the encoder together

Bytes8 = NDArray[np.int8]


@dataclass(slots=True, eq=False)
class Profile:
    """One document.

    Attributes:
        id, language: language is "" where none was found.
        vectors: document vectors, ``(1 + sections, 512)``.
        mass: how much each unit says, less what recurs on other documents.
        keys: its numbers and names.
        prints: hashes of its paragraphs' texts, sorted and distinct: two documents that share them are copies.
        digest: hash of what is encoded; the same digest gives the same `units`.
        units: vector of each unit in steps of 1/127, ``(n, d)``, and their steps; None until encoded.
    """

    id: str
    language: str
    vectors: NDArray[np.float16]
    mass: NDArray[np.float32]
    keys: Keys
    prints: NDArray[np.uint64]
    digest: str
    units: Bytes8 | None = None

    @property
    def encoded(self) -> Vectors:
        """The vectors of the units, of unit length or zero."""
        assert self.units is not None, f"{self.id} was not encoded"
        vectors: Vectors = self.units.astype(np.float32)
        length = np.sqrt(np.einsum("ij,ij->i", vectors, vectors))
        vectors /= np.maximum(length, 1e-9)[:, None]
        return vectors


def quantised(vectors: Vectors) -> Bytes8:
    """Vectors in 8 bits a number, each scaled to use all of them: cosines change by less than 0.01.

    A quarter of the memory, and what comes from an index is then exactly what was there when it was made.
    """
    top = np.abs(vectors).max(axis=1, keepdims=True, initial=1e-9)
    steps: Bytes8 = np.round(vectors * (127 / np.maximum(top, 1e-9))).astype(np.int8)
    return steps


def profiles(
    documents: Sequence[Document], recurring: Recurring
) -> Iterator[tuple[Profile, tuple[str, ...]]]:
    """Profiles, not encoded yet, and the texts to encode."""
    table = WordTable()
    for document in documents:
        units = units_of(document, recurring)
        texts = [p.text for p in document.paragraphs]
        yield (
            Profile(
                document.id,
                document.language or "",
                document_vectors(units, table).astype(np.float16),
                units.mass / units.recurring,
                keys_of(texts),
                prints_of(texts),
                blake2b("\0".join(units.texts).encode("utf-8", "replace"), digest_size=16).hexdigest(),
            ),
            units.texts,
        )


def encode(
    pending: Sequence[tuple[Profile, tuple[str, ...]]], encoder: Encoder, progress: Callable[[int], None]
) -> None:
    """Encodes the units of these documents; `progress` is told how many documents are done."""
    start = 0
    while start < len(pending):
        stop, texts = start, list[str]()
        while stop < len(pending) and (stop == start or len(texts) < _AT_ONCE):
            texts += pending[stop][1]
            stop += 1
        vectors = quantised(encoder.encode(texts)) if texts else np.zeros((0, encoder.dimension), np.int8)
        at = 0
        for profile, own in pending[start:stop]:
            profile.units = vectors[at : at + len(own)].copy()
            at += len(own)
        progress(stop - start)
        start = stop

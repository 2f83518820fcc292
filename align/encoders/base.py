"""The seam between `align` and whatever turns sentences into vectors."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from align.text.languages import base

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

    @property
    def name(self) -> str: ...

    @property
    def signature(self) -> str: ...

    @property
    def dimension(self) -> int: ...

    @property
    def languages(self) -> frozenset[str] | None: ...

    def encode(self, texts: Sequence[str]) -> Vectors:
        """One vector of unit length for each text: shape ``(len(texts), dimension)``, float32.

        A text without any known token gives a zero vector, never NaN.
        """
        ...


@runtime_checkable
class Overlaps(Protocol):
    """The vectors of all runs of consecutive sentences of one document, made on demand.

    Attributes:
        max_size: most sentences in a run.
        dimension: length of a vector.
    """

    max_size: int

    @property
    def dimension(self) -> int: ...

    def __len__(self) -> int:
        """Number of sentences."""
        ...

    def singles(self) -> Vectors:
        """The vectors of the single sentences, ``(n, dimension)``; kept once made."""
        ...

    def vectors(self, start: int, stop: int, max_size: int | None = None) -> Vectors:
        """The runs that end at the sentences `start` to ``stop - 1``: ``(max_size, stop - start, dimension)``.

        ``[k, i - start]`` is the run of ``k + 1`` sentences ``i - k .. i``, joined by a space; zero where it would
        begin before the document. Nothing is kept: ask for a range once.
        """
        ...


@runtime_checkable
class OverlapEncoder(Encoder, Protocol):
    """An encoder with a cheaper way to the vectors of runs of consecutive sentences."""

    def overlaps(self, documents: Sequence[Sequence[str]], max_size: int) -> Sequence[Overlaps]:
        """For each document the vectors of its runs of 1 to `max_size` sentences."""
        ...


def for_language(encoder: Encoder, language: str | None) -> Encoder:
    """The encoder to use for texts of a language: another one, of the same space, where the encoder knows one."""
    chooser, code = getattr(encoder, "for_language", None), base(language)
    chosen: Encoder = chooser(code) if chooser is not None and code else encoder
    return chosen


def encoder_for(encoder: Encoder, source_language: str | None, target_language: str | None) -> Encoder:
    """The encoder of a pair of texts: the one that `auto` chooses for their languages, else the encoder itself."""
    chooser = getattr(encoder, "for_pair", None)
    chosen: Encoder = chooser(source_language, target_language) if chooser is not None else encoder
    return chosen


def for_profiles(encoder: Encoder) -> Encoder:
    """The encoder of texts whose partner is not known yet, so that all of a batch can be compared."""
    alone: Encoder = getattr(encoder, "alone", encoder)
    return alone


def trained_for(encoder: Encoder, language: str) -> bool:
    """Whether an encoder was trained for a language, as far as it says so."""
    return encoder.languages is None or base(language) in set(map(base, encoder.languages))


def serves(encoder: Encoder, language: str | None) -> bool:
    """Whether an encoder is good at a language: trained for it, or measured to be (`served`).

    A text without a language is as good as known: what it says (numbers, code) is the same in all.
    """
    code = base(language)
    return code is None or trained_for(encoder, code) or code in getattr(encoder, "served", ())


def overlaps(
    encoder: Encoder,
    documents: Sequence[Sequence[str]],
    max_size: int,
    *,
    languages: Sequence[str | None] | None = None,
) -> Sequence[Overlaps]:
    """For each document the vectors of its runs of 1 to `max_size` sentences.

    With the encoder's own shorter way where it has one (`OverlapEncoder`), else every distinct run is encoded apart.
    `languages`, one a document, lets an encoder choose (`for_language`).
    """
    # Not isinstance: it would ask for the dimension, and load the model.
    own = getattr(encoder, "overlaps", None)
    if own is not None:
        found: Sequence[Overlaps] = own(documents, max_size)
        return found
    codes = languages or [None] * len(documents)
    return [
        EncodedOverlaps(for_language(encoder, code), document, max_size)
        for document, code in zip(documents, codes, strict=True)
    ]


def encode_overlaps(encoder: Encoder, documents: Sequence[Sequence[str]], max_size: int) -> list[Vectors]:
    """All runs at once: for each document ``(max_size, n, dimension)``, laid out as in `Overlaps.vectors`."""
    return [found.vectors(0, len(found)) for found in overlaps(encoder, documents, max_size)]


class EncoderProxy:
    """Stands before an encoder: whatever it does not do itself is the encoder's."""

    _encoder: Encoder

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):  # of a half-made copy
            raise AttributeError(name)
        return getattr(self._encoder, name)


class EncodedOverlaps:
    """`Overlaps` of an encoder that knows no shorter way: each distinct run is a text of its own."""

    def __init__(self, encoder: Encoder, sentences: Sequence[str], max_size: int) -> None:
        self.max_size = max_size
        self._encoder = encoder
        self._sentences = [sentence.strip() for sentence in sentences]
        self._singles: Vectors | None = None

    @property
    def dimension(self) -> int:
        """Length of a vector."""
        return self._encoder.dimension

    def __len__(self) -> int:
        return len(self._sentences)

    def singles(self) -> Vectors:
        """The vectors of the single sentences, ``(n, dimension)``; kept once made."""
        if self._singles is None:
            self._singles = self._encoder.encode(self._sentences)
        return self._singles

    def vectors(self, start: int, stop: int, max_size: int | None = None) -> Vectors:
        """The runs that end at the sentences `start` to ``stop - 1``: ``(max_size, stop - start, dimension)``."""
        sizes = self.max_size if max_size is None else max_size
        out = np.zeros((sizes, stop - start, self.dimension), np.float32)
        out[:1] = self.singles()[start:stop]
        runs = [(before, end) for before in range(1, sizes) for end in range(max(start, before), stop)]
        texts = [" ".join(self._sentences[end - before : end + 1]) for before, end in runs]
        place = {text: index for index, text in enumerate(dict.fromkeys(texts))}
        if place:
            vectors = self._encoder.encode(list(place))
            for (before, end), text in zip(runs, texts, strict=True):
                out[before, end - start] = vectors[place[text]]
        return out

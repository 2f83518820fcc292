"""The profile of a document: what the pairing compares once its text is put aside."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from hashlib import blake2b
from itertools import islice
from sys import intern
from typing import Any

import numpy as np
from numpy.typing import NDArray

from align._internal.arrays import Ints8, Ints32, UInts32, UInts64
from align._internal.parallel import grouped, groups
from align._internal.progress import Advance
from align._internal.shelf import Shelf, Shelved
from align.document import Document
from align.encoders.base import Encoder, Vectors, for_language
from align.encoders.lexicon import get_lexicon
from align.pairing.blocks import Frequencies, make_blocks, paragraph_fingerprints
from align.pairing.evidence import keys_of, name_keys
from align.pairing.vectors import WordTable, document_vectors
from align.text.clean import comparable
from align.text.languages import base, variant

_AT_ONCE = 2048  # texts handed to the encoder or its tokenizer together


class View:
    """What an encoder sees of a document.

    Args:
        blocks: vector of each block in 8 bits a number, ``(n, d)``.
        sentences: texts of sentences, not all of a long document.
        vectors: their vectors in the same form, ``(sentences, d)``.
    """

    __slots__ = ("_blocks", "_packed", "_vectors")

    def __init__(self, blocks: Ints8, sentences: Sequence[str], vectors: Ints8) -> None:
        self._blocks: Held = blocks
        self._packed: Held = _packed(sentences)
        self._vectors: Held = vectors

    @property
    def blocks(self) -> Ints8:
        """The vector of each block."""
        return _array(self._blocks)

    @property
    def sentences(self) -> dict[str, Ints8]:
        """The vectors of sentences by their texts."""
        vectors = _array(self._vectors)
        return dict(zip(_unpacked(_array(self._packed), len(vectors)), vectors, strict=True))

    def put_aside(self, shelf: Shelf) -> None:
        """Puts the arrays on a shelf."""
        for name in self.__slots__:
            setattr(self, name, Shelved(shelf, getattr(self, name)))


class Profile:
    """One document; what is large of it may lie on a shelf, and is then read whenever it is asked for.

    Attributes:
        id, tag: the tag is that of the document's language, "" where none was found.
        vectors: document vectors, ``(1 + sections, 512)``.
        block_weights: how much each block says, less what recurs on other documents.
        keys: its numbers and names.
        fingerprints: hashes of its paragraphs' texts, sorted and distinct: two documents that share them are copies.
        pieces: its subwords, sorted and distinct: what many documents of the batch have says little.
        digest: hash of language and texts; the same digest gives the same `quantised`.
        names: its id and address without the language they name (`align.pairing.evidence.name_keys`).
        packed_texts: the texts of the blocks, bytes of UTF-8 with a NUL between them.
        quantised: vector of each block in 8 bits a number (see `quantise`), ``(n, d)``; None until encoded.
        sketches, views: a cheap vector of the document, and what is seen of it, by the names of encoders other than
            that of the profiles (`align.pairing.views`).
        language, variant: what follows from the tag (`align.text.languages`): two documents of one language are no
            translations of each other, two of one variant are rivals.
    """

    __slots__ = (
        "_packed_texts", "_pieces", "_quantised", "_shelf", "_vectors", "_views", "block_weights", "digest",
        "fingerprints", "id", "keys", "language", "names", "sketches", "tag", "variant",
    )  # fmt: skip

    def __init__(
        self,
        id: str,
        tag: str,
        vectors: NDArray[np.float16],
        block_weights: NDArray[np.float32],
        keys: UInts32,
        fingerprints: UInts64,
        pieces: Ints32,
        digest: str,
        names: tuple[str, ...],
        packed_texts: NDArray[np.uint8],
        quantised: Ints8 | None = None,
        shelf: Shelf | None = None,
    ) -> None:
        self._shelf = shelf
        self.id, self.tag, self.digest, self.names = id, intern(tag), digest, names
        self.block_weights, self.keys, self.fingerprints = block_weights, keys, fingerprints
        self._vectors, self._pieces = self._held(vectors), self._held(pieces)
        self._packed_texts = self._held(packed_texts)
        self._quantised = None if quantised is None else self._held(quantised)
        self.sketches: dict[str, NDArray[np.float16]] = {}
        self._views: dict[str, View] = {}
        self.language, self.variant = intern(base(tag) or ""), intern(variant(tag) or "")

    def _held(self, array: NDArray[Any]) -> Held:
        return Shelved(self._shelf, array) if self._shelf else array

    @property
    def vectors(self) -> NDArray[np.float16]:
        """The document vectors."""
        return _array(self._vectors)

    @property
    def pieces(self) -> Ints32:
        """The subwords."""
        return _array(self._pieces)

    @property
    def packed_texts(self) -> NDArray[np.uint8]:
        """The texts of the blocks as bytes."""
        return _array(self._packed_texts)

    @property
    def encoded(self) -> bool:
        """Whether the encoder of the profiles has encoded it."""
        return self._quantised is not None

    @property
    def quantised(self) -> Ints8 | None:
        """The vectors of the blocks in 8 bits a number."""
        return None if self._quantised is None else _array(self._quantised)

    @quantised.setter
    def quantised(self, steps: Ints8 | None) -> None:
        self._quantised = None if steps is None else self._held(steps)

    @property
    def views(self) -> Mapping[str, View]:
        """What other encoders see of the document."""
        return self._views

    def add_view(self, encoder: str, view: View) -> None:
        """Adds what another encoder sees of the document."""
        if self._shelf:
            view.put_aside(self._shelf)
        self._views[encoder] = view

    @property
    def texts(self) -> list[str]:
        """The texts of the blocks: what is encoded."""
        return _unpacked(self.packed_texts, len(self.block_weights))

    def texts_within(self, span: tuple[float, float]) -> list[str]:
        """The texts of the blocks between two shares of the weight."""
        ends = np.cumsum(self.block_weights, dtype=float) / max(
            float(self.block_weights.sum(dtype=float)), 1e-9
        )
        first, last = np.searchsorted(ends, (span[0] + 1e-6, span[1] - 1e-6))
        return self.texts[first : last + 1]

    @property
    def block_vectors(self) -> Vectors:
        """The vectors of the blocks, of unit length or zero."""
        steps = self.quantised
        assert steps is not None, f"{self.id} was not encoded"
        return restored(steps)

    def seen_by(self, view: str | None) -> bool:
        """Whether an encoder has encoded it: that of this view, or that of the profiles (None)."""
        return view in self._views if view else self.encoded

    def vectors_by(self, view: str | None) -> Vectors:
        """The vectors of the blocks by the encoder of this view, or by that of the profiles (None)."""
        return restored(self._views[view].blocks) if view else self.block_vectors


Held = NDArray[Any] | Shelved
"""An array, or where it lies."""


def _array(held: Held) -> NDArray[Any]:
    return held.read() if isinstance(held, Shelved) else held


def _packed(texts: Iterable[str]) -> NDArray[np.uint8]:
    """Texts as bytes of UTF-8 with a NUL between them."""
    joined = "\0".join(text.replace("\0", " ") for text in texts)
    return np.frombuffer(joined.encode("utf-8", "replace"), np.uint8)


def _unpacked(packed: NDArray[np.uint8], count: int) -> list[str]:
    """So many texts of which `packed` was made."""
    return packed.tobytes().decode("utf-8").split("\0") if count else []


def distinctive_names(profiles: Sequence[Profile]) -> list[frozenset[str]]:
    """For each document its names, less those that another of its variant has: these do not tell the two apart.

    Such as the address of the site where that of the page should be.
    """
    counts = Counter((profile.variant, name) for profile in profiles for name in profile.names)
    return [frozenset(name for name in p.names if counts[p.variant, name] == 1) for p in profiles]


def quantise(vectors: Vectors) -> Ints8:
    """Vectors in 8 bits a number, each scaled to use all of them: cosines change by less than 0.01.

    A quarter of the memory, and what comes from an index is then exactly what was there when it was made.
    """
    top = np.abs(vectors).max(axis=1, keepdims=True, initial=1e-9)
    steps: Ints8 = np.round(vectors * (127 / np.maximum(top, 1e-9))).astype(np.int8)
    return steps


def restored(steps: Ints8) -> Vectors:
    """The vectors that `quantise` was given, of unit length or zero."""
    vectors: Vectors = steps.astype(np.float32)
    length = np.sqrt(np.einsum("ij,ij->i", vectors, vectors))
    vectors /= np.maximum(length, 1e-9)[:, None]
    return vectors


def make_profiles(
    documents: Iterable[Document], frequencies: Frequencies, shelf: Shelf | None = None
) -> Iterator[Profile]:
    """Profiles, not encoded yet; with a `shelf`, what is large of them is put there."""
    table = WordTable()
    for document, pieces in _tokenised(map(_comparable, documents)):
        blocks = make_blocks(document, frequencies, pieces)
        texts = [p.text for p in document.paragraphs]
        packed = _packed(blocks.texts)
        yield Profile(
            document.id,
            document.language or "",
            document_vectors(blocks, table).astype(np.float16),
            blocks.weights / blocks.document_frequency,
            keys_of([document.about, *texts]),
            paragraph_fingerprints(texts),
            np.unique(np.concatenate([*blocks.pieces, np.zeros(0, np.int32)])),
            blake2b(f"{document.language}\0".encode() + packed.tobytes(), digest_size=16).hexdigest(),
            name_keys(document.id, document.about, document.language),
            packed,
            shelf=shelf,
        )


def _comparable(document: Document) -> Document:
    """The document without invisible characters, which are no evidence of anything."""
    texts = [comparable(p.text) for p in document.paragraphs]
    if all(text == p.text for text, p in zip(texts, document.paragraphs, strict=True)):
        return document
    paragraphs = (replace(p, text=text) for p, text in zip(document.paragraphs, texts, strict=True))
    return replace(document, paragraphs=tuple(paragraphs))


def _tokenised(documents: Iterable[Document]) -> Iterator[tuple[Document, list[Ints32]]]:
    """Each document with the pieces of its paragraphs, many documents at once."""
    for some in grouped(documents, lambda document: len(document.paragraphs), _AT_ONCE):
        pieces = iter(get_lexicon().ids([p.text for document in some for p in document.paragraphs]))
        for document in some:
            yield document, list(islice(pieces, len(document.paragraphs)))


def encode(pending: Sequence[Profile], encoder: Encoder, progress: Advance) -> None:
    """Encodes the blocks of these documents; `progress` is called with the number of documents done."""
    for group in groups(np.array([len(profile.block_weights) for profile in pending], int), _AT_ONCE):
        some = pending[group]
        encoded = encode_documents(encoder, [profile.texts for profile in some], [p.language for p in some])
        for profile, vectors in zip(some, encoded, strict=True):
            profile.quantised = quantise(vectors)
        progress(group.stop)


def encode_documents(
    encoder: Encoder, documents: Sequence[Sequence[str]], languages: Sequence[str]
) -> list[Vectors]:
    """The vectors of the texts of several documents, each by the encoder for its language, in few calls."""
    out = [np.zeros((0, encoder.dimension), np.float32)] * len(documents)
    groups: dict[str, tuple[Encoder, list[int]]] = {}
    for i, language in enumerate(languages):
        chosen = for_language(encoder, language or None)
        groups.setdefault(chosen.name, (chosen, []))[1].append(i)
    for chosen, members in groups.values():
        if texts := [text for i in members for text in documents[i]]:
            vectors = chosen.encode(texts)
            stops = np.cumsum([len(documents[i]) for i in members])
            for i, own in zip(members, np.split(vectors, stops[:-1]), strict=True):
                out[i] = own
    return out

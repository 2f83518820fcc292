"""The profile of a document: what the pairing compares once its text is put aside."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from hashlib import blake2b
from itertools import islice

import numpy as np
from numpy.typing import NDArray

from align._internal.arrays import Ints8, Ints32, UInts32, UInts64
from align._internal.parallel import groups
from align._internal.progress import Advance
from align.document import Document
from align.encoders.base import Encoder, Vectors, for_language
from align.encoders.lexicon import get_lexicon
from align.pairing.blocks import Frequencies, make_blocks, paragraph_fingerprints
from align.pairing.evidence import keys_of, name_keys
from align.pairing.vectors import WordTable, document_vectors
from align.text.clean import comparable
from align.text.languages import base, variant

_AT_ONCE = 2048  # texts handed to the encoder or its tokenizer together


@dataclass(frozen=True, slots=True, eq=False)
class View:
    """What an encoder sees of a document.

    Attributes:
        blocks: vector of each block in 8 bits a number, ``(n, d)``.
        sentences: the vectors of sentences in the same form, by their texts; not all of a long document.
    """

    blocks: Ints8
    sentences: dict[str, Ints8]


@dataclass(slots=True, eq=False)
class Profile:
    """One document.

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

    id: str
    tag: str
    vectors: NDArray[np.float16]
    block_weights: NDArray[np.float32]
    keys: UInts32
    fingerprints: UInts64
    pieces: Ints32
    digest: str
    names: tuple[str, ...]
    packed_texts: NDArray[np.uint8]
    quantised: Ints8 | None = None
    sketches: dict[str, NDArray[np.float16]] = field(default_factory=dict)
    views: dict[str, View] = field(default_factory=dict)
    language: str = field(init=False)
    variant: str = field(init=False)

    def __post_init__(self) -> None:
        self.language, self.variant = base(self.tag) or "", variant(self.tag) or ""

    @property
    def texts(self) -> list[str]:
        """The texts of the blocks: what is encoded."""
        return self.packed_texts.tobytes().decode("utf-8").split("\0") if len(self.block_weights) else []

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
        assert self.quantised is not None, f"{self.id} was not encoded"
        return restored(self.quantised)

    def seen_by(self, view: str | None) -> bool:
        """Whether an encoder has encoded it: that of this view, or that of the profiles (None)."""
        return view in self.views if view else self.quantised is not None

    def vectors_by(self, view: str | None) -> Vectors:
        """The vectors of the blocks by the encoder of this view, or by that of the profiles (None)."""
        return restored(self.views[view].blocks) if view else self.block_vectors


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


def make_profiles(documents: Sequence[Document], frequencies: Frequencies) -> Iterator[Profile]:
    """Profiles, not encoded yet."""
    table = WordTable()
    for document, pieces in _tokenised(list(map(_comparable, documents))):
        blocks = make_blocks(document, frequencies, pieces)
        texts = [p.text for p in document.paragraphs]
        packed = "\0".join(text.replace("\0", " ") for text in blocks.texts).encode("utf-8", "replace")
        yield Profile(
            document.id,
            document.language or "",
            document_vectors(blocks, table).astype(np.float16),
            blocks.weights / blocks.document_frequency,
            keys_of([document.about, *texts]),
            paragraph_fingerprints(texts),
            np.unique(np.concatenate([*blocks.pieces, np.zeros(0, np.int32)])),
            blake2b(f"{document.language}\0".encode() + packed, digest_size=16).hexdigest(),
            name_keys(document.id, document.about, document.language),
            np.frombuffer(packed, np.uint8),
        )


def _comparable(document: Document) -> Document:
    """The document without invisible characters, which are no evidence of anything."""
    texts = [comparable(p.text) for p in document.paragraphs]
    if all(text == p.text for text, p in zip(texts, document.paragraphs, strict=True)):
        return document
    paragraphs = (replace(p, text=text) for p, text in zip(document.paragraphs, texts, strict=True))
    return replace(document, paragraphs=tuple(paragraphs))


def _tokenised(documents: Sequence[Document]) -> Iterator[tuple[Document, list[Ints32]]]:
    """Each document with the pieces of its paragraphs, many documents at once."""
    for some in groups(np.array([len(document.paragraphs) for document in documents], int), _AT_ONCE):
        pieces = iter(
            get_lexicon().ids([p.text for document in documents[some] for p in document.paragraphs])
        )
        for document in documents[some]:
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

"""What the pairing knows of a document once its text is put aside."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from hashlib import blake2b
from itertools import islice

import numpy as np
from numpy.typing import NDArray

from align._internal.arrays import Ints8, Ints32, UInts32, UInts64
from align._internal.parallel import groups
from align.document import Document
from align.encoders.base import Encoder, Vectors, for_language
from align.encoders.lexicon import get_lexicon
from align.pairing.blocks import Recurring, prints_of, units_of
from align.pairing.evidence import keys_of, name_keys
from align.pairing.vectors import WordTable, document_vectors
from align.text.languages import base, variant

_AT_ONCE = 2048  # texts handed to the encoder or its tokenizer together


@dataclass(slots=True, eq=False)
class Profile:
    """One document.

    Attributes:
        id, tag: the tag is that of the document's language, "" where none was found.
        vectors: document vectors, ``(1 + sections, 512)``.
        mass: how much each unit says, less what recurs on other documents.
        keys: its numbers and names.
        prints: hashes of its paragraphs' texts, sorted and distinct: two documents that share them are copies.
        pieces: its subwords, sorted and distinct: what many documents of the batch have in them tells little.
        digest: hash of language and texts; the same digest gives the same `units`.
        names: its id and address without the language they name (`align.pairing.evidence.name_keys`).
        packed: the texts of the units, bytes of UTF-8 with a NUL between them.
        language, variant: what follows from the tag (`align.text.languages`): two documents of one language are no
            translations of each other, two of one variant are rivals.
        units: vector of each unit in steps of 1/127, ``(n, d)``, and their steps; None until encoded.
    """

    id: str
    tag: str
    vectors: NDArray[np.float16]
    mass: NDArray[np.float32]
    keys: UInts32
    prints: UInts64
    pieces: Ints32
    digest: str
    names: tuple[str, ...]
    packed: NDArray[np.uint8]
    units: Ints8 | None = None
    language: str = field(init=False)
    variant: str = field(init=False)

    def __post_init__(self) -> None:
        self.language, self.variant = base(self.tag) or "", variant(self.tag) or ""

    @property
    def texts(self) -> list[str]:
        """The texts of the units: what is encoded."""
        return self.packed.tobytes().decode("utf-8").split("\0") if len(self.mass) else []

    def texts_within(self, span: tuple[float, float]) -> list[str]:
        """The texts of the units between two shares of the mass."""
        ends = np.cumsum(self.mass, dtype=float) / max(float(self.mass.sum(dtype=float)), 1e-9)
        first, last = np.searchsorted(ends, (span[0] + 1e-6, span[1] - 1e-6))
        return self.texts[first : last + 1]

    @property
    def encoded(self) -> Vectors:
        """The vectors of the units, of unit length or zero."""
        assert self.units is not None, f"{self.id} was not encoded"
        vectors: Vectors = self.units.astype(np.float32)
        length = np.sqrt(np.einsum("ij,ij->i", vectors, vectors))
        vectors /= np.maximum(length, 1e-9)[:, None]
        return vectors


def telling_names(known: Sequence[Profile]) -> list[frozenset[str]]:
    """For each document its names, less those that another of its variant has: these tell the two apart by nothing.

    Such as the address of the site where that of the page should be.
    """
    counts = Counter((profile.variant, name) for profile in known for name in profile.names)
    return [frozenset(name for name in p.names if counts[p.variant, name] == 1) for p in known]


def quantised(vectors: Vectors) -> Ints8:
    """Vectors in 8 bits a number, each scaled to use all of them: cosines change by less than 0.01.

    A quarter of the memory, and what comes from an index is then exactly what was there when it was made.
    """
    top = np.abs(vectors).max(axis=1, keepdims=True, initial=1e-9)
    steps: Ints8 = np.round(vectors * (127 / np.maximum(top, 1e-9))).astype(np.int8)
    return steps


def profiles(documents: Sequence[Document], recurring: Recurring) -> Iterator[Profile]:
    """Profiles, not encoded yet."""
    table = WordTable()
    for document, pieces in _tokenised(documents):
        units = units_of(document, recurring, pieces)
        texts = [p.text for p in document.paragraphs]
        packed = "\0".join(text.replace("\0", " ") for text in units.texts).encode("utf-8", "replace")
        yield Profile(
            document.id,
            document.language or "",
            document_vectors(units, table).astype(np.float16),
            units.mass / units.recurring,
            keys_of([document.about, *texts]),
            prints_of(texts),
            np.unique(np.concatenate([*units.pieces, np.zeros(0, np.int32)])),
            blake2b(f"{document.language}\0".encode() + packed, digest_size=16).hexdigest(),
            name_keys(document.id, document.about, document.language),
            np.frombuffer(packed, np.uint8),
        )


def _tokenised(documents: Sequence[Document]) -> Iterator[tuple[Document, list[Ints32]]]:
    """Each document with the pieces of its paragraphs, many documents at once."""
    for some in groups(np.array([len(document.paragraphs) for document in documents], int), _AT_ONCE):
        pieces = iter(
            get_lexicon().ids([p.text for document in documents[some] for p in document.paragraphs])
        )
        for document in documents[some]:
            yield document, list(islice(pieces, len(document.paragraphs)))


def encode(pending: Sequence[Profile], encoder: Encoder, progress: Callable[[int], None]) -> None:
    """Encodes the units of these documents; `progress` is told how many documents are done."""
    for group in groups(np.array([len(profile.mass) for profile in pending], int), _AT_ONCE):
        some = pending[group]
        found = encode_texts(encoder, [profile.texts for profile in some], [p.language for p in some])
        for profile, vectors in zip(some, found, strict=True):
            profile.units = quantised(vectors)
        progress(group.stop)


def encode_texts(
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

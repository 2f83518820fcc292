"""A document as blocks of like size, so that two versions compare whatever their paragraphs are.

A long paragraph is cut between sentences; a very long document makes at most `MAX_BLOCKS` blocks, each of several
paragraphs. What recurs on other documents of the batch (navigation, calls to subscribe) weighs little.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from hashlib import blake2b
from itertools import pairwise
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from align._internal.arrays import Ints32, UInts64
from align.document import Document, Paragraph, join_texts
from align.encoders.lexicon import get_lexicon
from align.text.clean import fold
from align.text.languages import base, variant
from align.text.sentences import split_sentences

# Pieces of a block (about 100 words, 250 Chinese characters); nine paragraphs of ten are shorter.
MAX_BLOCK_PIECES = 160
MAX_BLOCKS = 400  # of one document

DocumentFrequencies = Mapping[tuple[str, int], int]
"""On how many documents a paragraph stands, by the variant of their language and its fingerprint."""


class Frequencies(Protocol):
    """What is asked of document frequencies, wherever they are kept."""

    def get(self, key: tuple[str, int], default: int, /) -> int: ...


_SIF = 1e-4  # frequency of a piece at which it counts half (Arora et al. 2017, smooth inverse frequency)
_DIGITS = re.compile(r"\d+")
_LETTER = re.compile(r"[^\W\d_]")
_WORD = 6  # letters that say as much as a word of average frequency


@dataclass(frozen=True, slots=True, eq=False)
class Blocks:
    """The blocks of one document.

    Attributes:
        texts: what is encoded.
        pieces: subwords of each block.
        weights: how much each block says: its pieces weighted by how rare they are, in languages whose pieces the
            lexicon knows; else about the number of its words.
        document_frequency: on how many documents of its variant of a language the block's text stands, at least 1.
    """

    texts: tuple[str, ...]
    pieces: tuple[Ints32, ...]
    weights: NDArray[np.float32]
    document_frequency: NDArray[np.float32]

    def __len__(self) -> int:
        return len(self.texts)


def paragraph_fingerprint(text: str) -> int:
    """What is counted of a paragraph to see whether it recurs: its folded text without regard to numbers."""
    folded = _DIGITS.sub("0", fold(text)).encode("utf-8", "replace")
    return int.from_bytes(blake2b(folded, digest_size=8).digest(), "little")


def paragraph_fingerprints(texts: Sequence[str]) -> UInts64:
    """The distinct fingerprints of these texts, sorted."""
    return np.array(sorted({paragraph_fingerprint(text) for text in texts}), np.uint64)


class Recurring(Mapping[tuple[str, int], int]):
    """`DocumentFrequencies` of millions of paragraphs: 12 bytes each.

    Attributes:
        fingerprints: of all paragraphs, sorted and distinct.
    """

    def __init__(self) -> None:
        self._added: defaultdict[str, list[UInts64]] = defaultdict(list)
        self._counts: dict[str, tuple[UInts64, Ints32]] = {}

    def add(self, document: Document) -> None:
        """Adds the paragraphs of a document."""
        found = paragraph_fingerprints([paragraph.text for paragraph in document.paragraphs])
        self._added[variant(document.language) or ""].append(found)

    @property
    def fingerprints(self) -> UInts64:
        self._settle()
        marks = [marks for marks, _ in self._counts.values()]
        return np.unique(np.concatenate([*marks, np.zeros(0, np.uint64)]))

    def add_earlier(self, earlier: DocumentFrequencies) -> None:
        """Adds how often paragraphs stand on the documents of earlier batches."""
        self._settle()
        by_variant: defaultdict[str, dict[int, int]] = defaultdict(dict)
        for (key, mark), count in earlier.items():
            by_variant[key][mark] = count
        for key, counts in by_variant.items():
            marks = np.array(list(counts), np.uint64)
            self._merge(key, marks, np.array(list(counts.values()), np.int32))

    def __getitem__(self, key: tuple[str, int]) -> int:
        self._settle()
        marks, counts = self._counts[key[0]]
        at = int(np.searchsorted(marks, np.uint64(key[1])))
        if at == len(marks) or marks[at] != key[1]:
            raise KeyError(key)
        return int(counts[at])

    def __iter__(self) -> Iterator[tuple[str, int]]:
        self._settle()
        for key, (marks, _) in self._counts.items():
            yield from ((key, mark) for mark in marks.tolist())

    def __len__(self) -> int:
        self._settle()
        return sum(len(marks) for marks, _ in self._counts.values())

    def _settle(self) -> None:
        for key in list(self._added):
            marks = np.concatenate(self._added.pop(key))
            self._merge(key, marks, np.ones(len(marks), np.int32))

    def _merge(self, key: str, marks: UInts64, counts: Ints32) -> None:
        if key in self._counts:
            marks, counts = (
                np.concatenate([old, new])
                for old, new in zip(self._counts[key], (marks, counts), strict=True)
            )
        distinct, place = np.unique(marks, return_inverse=True)
        self._counts[key] = distinct, np.bincount(place, counts, len(distinct)).astype(np.int32)


def document_frequencies(
    documents: Iterable[Document], earlier: DocumentFrequencies | None = None
) -> Recurring:
    """On how many documents of a variant each paragraph stands; `earlier` adds what earlier batches held."""
    found = Recurring()
    for document in documents:
        found.add(document)
    if earlier:
        found.add_earlier(earlier)
    return found


def make_blocks(
    document: Document, frequencies: Frequencies, pieces: Sequence[Ints32] | None = None
) -> Blocks:
    """The blocks of a document, with their weights and how often they recur; `pieces` are those of its paragraphs."""
    key = variant(document.language) or ""
    texts: list[str] = []
    counts: list[float] = []
    pieces = get_lexicon().ids([p.text for p in document.paragraphs]) if pieces is None else pieces
    for paragraph, ids in zip(document.paragraphs, pieces, strict=True):
        count = frequencies.get((key, paragraph_fingerprint(paragraph.text)), 1)
        for text in _cut(paragraph, len(ids), document.language):
            texts.append(text)
            counts.append(count)
    if len(texts) > MAX_BLOCKS:
        texts, counts = _joined(texts, counts)
    if len(texts) != len(pieces):
        pieces = get_lexicon().ids(texts)
    if base(document.language) in {None, *get_lexicon().languages}:
        by_piece = piece_weights()
        weights = np.array([by_piece[ids].sum() for ids in pieces], np.float32)
    else:
        weights = np.array([len(_LETTER.findall(text)) / _WORD for text in texts], np.float32)
    return Blocks(tuple(texts), tuple(pieces), weights, np.array(counts, np.float32))


def _cut(paragraph: Paragraph, pieces: int, language: str | None) -> Iterator[str]:
    """The paragraph, or groups of its sentences of at most `MAX_BLOCK_PIECES` by their share of the characters."""
    text = paragraph.text
    if pieces <= MAX_BLOCK_PIECES:
        yield text
        return
    room = len(text) / np.ceil(pieces / MAX_BLOCK_PIECES)
    start = end = 0
    for a, b in split_sentences(text, paragraph.language or language):
        if b - start > room and end > start:
            yield text[start:end]
            start = a
        end = b
    if end > start:
        yield text[start:end]


def _joined(texts: list[str], counts: list[float]) -> tuple[list[str], list[float]]:
    """Consecutive texts joined so that at most `MAX_BLOCKS` of about the same length are left."""
    lengths = np.array([len(text) + 1 for text in texts])
    group = (np.cumsum(lengths) - lengths) * MAX_BLOCKS // lengths.sum()
    starts = [0, *(np.flatnonzero(np.diff(group)) + 1).tolist(), len(texts)]
    spans = list(pairwise(starts))
    return [join_texts(texts[a:b]) for a, b in spans], [float(np.mean(counts[a:b])) for a, b in spans]


@lru_cache(maxsize=1)
def piece_weights() -> NDArray[np.float32]:
    """How much each piece says, 0 to 1, by its frequency at large; 0 for punctuation and marks."""
    lexicon = get_lexicon()
    words = lexicon.is_word(np.arange(lexicon.size))
    weights: NDArray[np.float32] = np.where(words, _SIF / (_SIF + lexicon.frequencies), 0).astype(np.float32)
    return weights

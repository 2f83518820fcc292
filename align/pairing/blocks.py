"""A document as blocks of like size, so that two versions compare whatever their paragraphs are.

A long paragraph is cut between sentences; a very long document makes at most `MAX_BLOCKS` blocks, each of several
paragraphs. What recurs on other documents of the batch (navigation, calls to subscribe) weighs little.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
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

DocumentFrequencies = Mapping[
    tuple[str, int], int
]  # (variant of a language, fingerprint of a paragraph) -> documents


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


def document_frequencies(
    documents: Sequence[Document], earlier: DocumentFrequencies | None = None
) -> Counter[tuple[str, int]]:
    """On how many documents of a variant each paragraph stands; `earlier` adds what earlier batches held."""
    counts: Counter[tuple[str, int]] = Counter(earlier or {})
    for document in documents:
        key = variant(document.language) or ""
        counts.update({(key, paragraph_fingerprint(p.text)) for p in document.paragraphs})
    return counts


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

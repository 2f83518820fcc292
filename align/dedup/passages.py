"""Passages that two documents of a batch have in common: quotations, syndicated paragraphs.

The search is that of repeats inside one document (`align.dedup.repeats`), made on sentences, because a quotation may
stand in the middle of a paragraph. Which documents to search is known by a sample of their shingles: one in
`SAMPLE` of them, the same everywhere, so that what stands in two documents is sampled in both.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from align._internal.arrays import Ints, UInts64
from align.dedup.kernel import KERNEL
from align.dedup.repeats import (
    COMMON,
    GAP,
    LEAST_MATCH,
    LEAST_SIMILARITY,
    NGRAM,
    Hashes,
    chains,
    measured,
    shingles,
)
from align.document import LineRange
from align.text.tokens import token_table

SAMPLE = 2  # of so many shingles one is looked up in other documents
LEAST_SAMPLED = 2  # in how many of them two documents agree that are searched
_SENTENCE_END = re.compile(r"(?<=[.!?…])[\"'”’»)\]]*[ \t]+|(?<=[。！？])|\n")
_HELD = 512  # documents whose sentences are kept for the next pair

Pair = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Passage:
    """A passage of two documents: ranges of lines are 0-based and inclusive.

    `tokens` are those that stand in both, `similarity` is their share of both passages' tokens.
    """

    first: str
    first_lines: LineRange
    second: str
    second_lines: LineRange
    tokens: int
    similarity: float


@dataclass(frozen=True, slots=True)
class Sentences:
    """The tokens of a document, sentence by sentence, the line of each sentence, and their shingles.

    Shingles are sorted, each once in a sentence; `owners` are their sentences, `sizes` how many each sentence has.
    """

    tokens: Hashes
    lines: list[int]
    shingles: UInts64
    owners: Ints
    sizes: Ints


def find_passages(
    documents: Ints, text: Callable[[int], str], least: int, leave_out: AbstractSet[Pair] = frozenset()
) -> Iterator[tuple[int, LineRange, int, LineRange, tuple[int, float]]]:
    """Passages of at least `least` tokens that two of these documents have in common, in the order of the documents.

    `leave_out` are pairs that are near-duplicates as a whole.
    """
    sentences = lru_cache(maxsize=_HELD)(lambda number: sentences_of(text(number)))
    for first, second in _candidates(documents, sentences):
        if (first, second) not in leave_out:
            for one, other, shared, total in _shared(sentences(first), sentences(second), least):
                yield first, one, second, other, (shared, 2 * shared / total)


def sentences_of(text: str) -> Sentences:
    """The sentences of a text."""
    encoded: list[bytes] = []
    lines: list[int] = []
    at = line = 0
    for match in [*_SENTENCE_END.finditer(text), None]:
        piece = text[at : match.start() if match else len(text)]
        encoded.append(piece.encode("utf-8", "replace"))
        lines.append(line)
        if match:
            at, line = match.end(), line + (match[0] == "\n")
    # Between two sentences a line feed, which no token goes beyond.
    hashes, ends = KERNEL.tokens(b"\n".join(encoded), token_table().buffers)
    borders = np.cumsum([len(piece) + 1 for piece in encoded])
    cuts = np.searchsorted(np.frombuffer(ends, "<u8"), borders, side="left")
    parts = np.split(np.frombuffer(hashes, "<u8"), cuts[:-1])
    filled = [n for n, part in enumerate(parts) if len(part)]
    tokens = [parts[n] for n in filled]
    return Sentences(tokens, [lines[n] for n in filled], *_shingled(tokens))


def _shingled(tokens: Hashes) -> tuple[UInts64, Ints, Ints]:
    """The shingles of sentences in order, whose they are, and how many each sentence has."""
    joined = np.concatenate([*tokens, np.zeros(0, np.uint64)])
    sentence = np.repeat(np.arange(len(tokens)), [len(part) for part in tokens])
    if len(joined) < NGRAM:
        return np.zeros(0, np.uint64), np.zeros(0, np.int64), np.zeros(len(tokens), np.int64)
    whole = np.flatnonzero(sentence[NGRAM - 1 :] == sentence[: len(sentence) - NGRAM + 1])
    hashes, owners = shingles(joined)[whole], sentence[whole]
    order = np.lexsort((owners, hashes))
    hashes, owners = hashes[order], owners[order]
    new = np.ones(len(order), bool)
    new[1:] = (hashes[1:] != hashes[:-1]) | (owners[1:] != owners[:-1])
    return hashes[new], owners[new], np.bincount(owners[new], minlength=len(tokens))


def _candidates(documents: Ints, sentences: Callable[[int], Sentences]) -> list[Pair]:
    """Pairs of documents that agree in enough of their sampled shingles."""
    sampled = [_sampled(sentences(number)) for number in documents.tolist()]
    hashes = np.concatenate([*sampled, np.zeros(0, np.uint64)])
    owner = np.repeat(documents, [len(part) for part in sampled])
    del sampled
    order = np.argsort(hashes, kind="stable")
    hashes, owner = hashes[order], owner[order]
    starts = np.flatnonzero(np.concatenate(([True], hashes[1:] != hashes[:-1]))) if len(hashes) else order
    lengths = np.diff(np.concatenate((starts, [len(hashes)])))
    codes = [np.zeros(0, np.uint64)]
    for length in np.unique(lengths[(lengths > 1) & (lengths <= COMMON)]).tolist():
        runs = owner[starts[lengths == length][:, None] + np.arange(length)].astype(np.uint64)
        left, right = np.triu_indices(length, 1)
        codes.append((runs[:, left] << np.uint64(32) | runs[:, right]).reshape(-1))
    pairs, times = np.unique(np.concatenate(codes), return_counts=True)
    good = pairs[times >= LEAST_SAMPLED]
    return list(zip((good >> np.uint64(32)).tolist(), (good & np.uint64(0xFFFFFFFF)).tolist(), strict=True))


def _sampled(document: Sentences) -> UInts64:
    """The shingles of a document's sentences by which it is compared with others."""
    found = document.shingles
    return np.unique(found[(found >> np.uint64(40)) % np.uint64(SAMPLE) == 0])


def _across(first: Sentences, second: Sentences, start: int) -> dict[Pair, float]:
    """Pairs of sentences that share enough shingles, with the tokens they are about to share, as in `repeats.matches`.

    Sentences of the second document are numbered from `start`.
    """
    left = np.searchsorted(second.shingles, first.shingles)
    lengths = np.searchsorted(second.shingles, first.shingles, side="right") - left
    lengths[lengths > COMMON] = 0
    ends = np.cumsum(lengths)
    at = np.arange(int(lengths.sum())) + np.repeat(left - (ends - lengths), lengths)
    code = np.repeat(first.owners, lengths) * len(second.tokens) + second.owners[at]
    codes, times = np.unique(code, return_counts=True)
    p, q = codes // max(1, len(second.tokens)), codes % max(1, len(second.tokens))
    dice = 2 * times / (first.sizes[p] + second.sizes[q])
    good = dice >= LEAST_MATCH
    return {
        (p, q + start): value * (len(first.tokens[p]) + len(second.tokens[q])) / 2
        for p, q, value in zip(p[good].tolist(), q[good].tolist(), dice[good].tolist(), strict=True)
    }


def _shared(
    first: Sentences, second: Sentences, least: int
) -> Iterator[tuple[LineRange, LineRange, int, int]]:
    """The passages of two documents: lines of either, tokens in common, tokens of both."""
    # Sentences without tokens between the two, which no chain crosses.
    apart = [np.zeros(0, np.uint64)] * (GAP + 3)
    tokens, start = [*first.tokens, *apart, *second.tokens], len(first.tokens) + len(apart)
    found = chains(_across(first, second, start), least)
    taken = {q for chain in found for _, q in chain}
    for chain in found:
        one, other, shared, total = measured(tokens, chain, taken)
        if shared >= least and 2 * shared >= LEAST_SIMILARITY * total:
            yield _lines(first, one), _lines(second, (other[0] - start, other[1] - start)), shared, total


def _lines(document: Sentences, part: Sequence[int]) -> LineRange:
    return document.lines[part[0]], document.lines[part[1]]

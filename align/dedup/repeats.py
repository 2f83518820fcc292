"""Repeated passages inside one document: runs of paragraphs that come again, nearly alike, further down.

Paragraphs that share shingles are matched; matches that lie near each other on both sides are chained, most tokens
first, over small gaps and small changes of order. A chain becomes a repeat when both sides together have enough
tokens in common.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

import numpy as np

from align._internal.arrays import UInts64
from align.dedup.kernel import KERNEL
from align.document import Document
from align.reading.documents import OneDocument, to_document
from align.text.tokens import token_table

NGRAM = 3  # tokens of the shingles that match paragraphs; short, so that edits leave some whole
COMMON = 24  # a shingle in more paragraphs than this matches nothing
LEAST_MATCH = 0.4  # Dice similarity (shingles) of two paragraphs of one chain
GAP = 4  # how far apart, in paragraphs, two matches of one chain may lie on either side
LEAST_SIMILARITY = 0.8  # of the two passages as a whole
FEW, LEAST_OF_FEW = 5, 0.9  # of fewer paragraphs more is asked: definitions in one list resemble each other
SKIP = 10  # what passing over a paragraph costs a chain, in tokens: more than a line of a page's frame holds
# Tokens of a repeated passage of several paragraphs; one of a single paragraph needs twice as many.
LEAST_TOKENS = 50

_LONG = 100_000_000  # tokens of one paragraph times tokens of the other

Hashes = list[UInts64]  # of the tokens of each paragraph
Match = tuple[int, int]  # two paragraphs, the earlier first


@dataclass(frozen=True, slots=True)
class Repeat:
    """A passage that a document holds twice: ranges are 0-based and inclusive, lines those of the text as read.

    `similarity` is the share of both passages' tokens that stand in both, in the same order within paragraphs.
    """

    first_paragraphs: tuple[int, int]
    second_paragraphs: tuple[int, int]
    first_lines: tuple[int, int]
    second_lines: tuple[int, int]
    paragraphs: int
    similarity: float

    @property
    def cut(self) -> frozenset[int]:
        """Positions of the second copy's paragraphs: what to leave out."""
        return frozenset(range(self.second_paragraphs[0], self.second_paragraphs[1] + 1))


def find_repeats(document: OneDocument) -> list[Repeat]:
    """The repeated passages of a text or document, in order of the second copy, each against its first occurrence.

    Raises:
        UsageError: it is no document, or more than one.
    """
    document = to_document(document)
    tokens = _tokens([paragraph.text for paragraph in document.paragraphs])
    weights = matches(tokens) if len(tokens) > 1 else {}
    found_chains = chains(weights)
    taken = {q for chain in found_chains for _, q in chain}
    found = [_repeat(document, tokens, chain, taken) for chain in found_chains]
    return sorted((repeat for repeat in found if repeat), key=lambda repeat: repeat.second_paragraphs)


def _tokens(texts: list[str]) -> Hashes:
    """The token hashes of each paragraph."""
    encoded = [text.encode("utf-8", "replace") for text in texts]
    hashes, ends = KERNEL.tokens(b"\n".join(encoded), token_table().buffers)
    borders = np.cumsum([len(text) + 1 for text in encoded])
    cuts = np.searchsorted(np.frombuffer(ends, "<u8"), borders, side="left")
    return np.split(np.frombuffer(hashes, "<u8"), cuts[:-1]) if len(cuts) else []


def matches(tokens: Hashes) -> dict[Match, float]:
    """Pairs of paragraphs that share enough parts, with the tokens they are about to share."""
    parts = [np.unique(shingles(paragraph)) for paragraph in tokens]
    sizes = np.array([len(part) for part in parts])
    owner = np.repeat(np.arange(len(parts)), sizes)
    hashes = np.concatenate(parts) if parts else np.zeros(0, np.uint64)
    order = np.argsort(hashes, kind="stable")
    hashes, owner = hashes[order], owner[order]
    starts = np.flatnonzero(np.concatenate(([True], hashes[1:] != hashes[:-1]))) if len(hashes) else order
    lengths = np.diff(np.concatenate((starts, [len(hashes)])))
    counts: dict[Match, int] = defaultdict(int)
    for length in np.unique(lengths[(lengths > 1) & (lengths <= COMMON)]).tolist():
        runs = owner[starts[lengths == length][:, None] + np.arange(length)]
        left, right = np.triu_indices(length, 1)
        codes, times = np.unique(runs[:, left] * len(tokens) + runs[:, right], return_counts=True)
        for code, time in zip(codes.tolist(), times.tolist(), strict=True):
            counts[divmod(code, len(tokens))] += time
    dice = {(p, q): 2 * n / (sizes[p] + sizes[q]) for (p, q), n in counts.items()}
    return {
        (p, q): value * (len(tokens[p]) + len(tokens[q])) / 2
        for (p, q), value in dice.items()
        if value >= LEAST_MATCH
    }


def shingles(tokens: UInts64) -> UInts64:
    """Hashes of runs of `NGRAM` tokens; all tokens together where there are fewer."""
    n = min(NGRAM, len(tokens))
    if not n:
        return tokens
    count, total = len(tokens) - n + 1, np.full(len(tokens) - n + 1, n, np.uint64)
    for place in range(n):
        total = (total ^ tokens[place : place + count]) * np.uint64(0x9E3779B97F4A7C15)
        total ^= total >> np.uint64(29)
    return total


def chains(weights: dict[Match, float], least: float = LEAST_TOKENS) -> list[list[Match]]:
    """Chains of matches of `least` tokens, the heaviest first; paragraphs of a second copy take part in no later chain.

    A round takes all chains that have no paragraph in common; what they leave is chained anew in the next.
    """
    found: list[list[Match]] = []
    copied: set[int] = set()
    while weights:
        best, before = _scores(weights), len(found)
        touched: set[int] = set()
        ends = sorted(best, key=lambda match: (-best[match][0], match))
        for end in ends:
            if end[0] in touched or end[1] in touched or best[end][0] < least:
                continue
            chain = _apart(_traced(best, end))
            sides = set(range(chain[0][0], chain[-1][0] + 1)) | _second(chain)
            heavy = sum(weights[match] for match in chain) >= least
            if heavy and touched.isdisjoint(sides):
                found.append(chain)
                copied |= _second(chain)
            touched |= sides
        if len(found) == before:
            break
        weights = {(p, q): w for (p, q), w in weights.items() if p not in copied and q not in copied}
    return found


def _scores(weights: dict[Match, float]) -> dict[Match, tuple[float, Match | None]]:
    """For each match the tokens shared by the best chain that ends in it, less what it skips, and the match before."""
    by_first: dict[int, list[int]] = defaultdict(list)
    for p, q in sorted(weights):
        by_first[p].append(q)
    best: dict[Match, tuple[float, Match | None]] = {}
    for p, q in sorted(weights):
        score, before = 0.0, None
        for p0 in range(p - GAP - 1, p):
            for q0 in by_first.get(p0, ()):
                if 0 < abs(q - q0) <= GAP + 1:
                    # Going back, where paragraphs have changed places, costs one more than going on.
                    value = best[p0, q0][0] - SKIP * (p - p0 - 1 + (q - q0 - 1 if q > q0 else q0 - q))
                    if value > score:
                        score, before = value, (p0, q0)
        best[p, q] = score + weights[p, q], before
    return best


def _traced(best: dict[Match, tuple[float, Match | None]], end: Match) -> list[Match]:
    """The chain that ends here; a paragraph of the second side counts once, with its last match."""
    chain: dict[int, Match] = {}
    at: Match | None = end
    while at:
        chain.setdefault(at[1], at)
        at = best[at][1]
    return sorted(chain.values())


def _second(chain: list[Match]) -> set[int]:
    places = [q for _, q in chain]
    return set(range(min(places), max(places) + 1))


def _apart(chain: list[Match]) -> list[Match]:
    """The longest beginning of a chain whose two sides do not overlap: of A A A, the first two."""
    lowest = min(q for _, q in chain)
    return [(p, q) for p, q in chain if p < lowest]


def _repeat(document: Document, tokens: Hashes, chain: list[Match], taken: set[int]) -> Repeat | None:
    """The repeat that a chain amounts to, its ends moved outwards over short paragraphs that agree."""
    first, second, shared, total = measured(tokens, chain, taken)
    least = LEAST_TOKENS if second[1] > second[0] else 2 * LEAST_TOKENS
    similar = LEAST_SIMILARITY if second[1] - second[0] + 1 >= FEW else LEAST_OF_FEW
    if 2 * shared < similar * total or shared < least:
        return None
    units = document.paragraphs
    return Repeat(
        (units[first[0]].index, units[first[1]].index),
        (units[second[0]].index, units[second[1]].index),
        (units[first[0]].start_line, units[first[1]].end_line),
        (units[second[0]].start_line, units[second[1]].end_line),
        second[1] - second[0] + 1,
        2 * shared / total,
    )


def measured(tokens: Hashes, chain: list[Match], taken: set[int]) -> tuple[Match, Match, int, int]:
    """What a chain amounts to: first and last paragraph of either side, tokens in common, tokens of both sides."""
    found = extended(tokens, chain, taken)
    first = min(p for p, _ in found), max(p for p, _ in found)
    second = min(q for _, q in found), max(q for _, q in found)
    shared = sum(common(tokens[p], tokens[q]) for p, q in found)
    total = sum(len(tokens[i]) for side in (first, second) for i in range(side[0], side[1] + 1))
    return first, second, shared, total


def extended(tokens: Hashes, chain: list[Match], taken: set[int]) -> list[Match]:
    """The chain, further outwards over short paragraphs that agree; one is passed over where two follow."""
    first_end, second_start = max(p for p, _ in chain), min(q for _, q in chain)

    def agree(p: int, q: int) -> bool:
        inside = p >= 0 and q < len(tokens) and p < second_start and q > first_end
        return inside and p not in taken and q not in taken and _alike(tokens[p], tokens[q])

    def onwards(p: int, q: int, step: int) -> Match | None:
        if agree(p + step, q + step):
            return p + step, q + step
        for skip_p, skip_q in ((2, 2), (2, 1), (1, 2)):
            nearer = p + skip_p * step, q + skip_q * step
            if agree(*nearer) and agree(nearer[0] + step, nearer[1] + step):
                return nearer
        return None

    found = list(chain)
    for edge, step in ((min, -1), (max, 1)):
        at: Match | None = edge(p for p, _ in chain), edge(q for _, q in chain)
        while at and (at := onwards(*at, step)):
            found.append(at)
    return found


def _alike(p: UInts64, q: UInts64) -> bool:
    return 2 * common(p, q) >= 0.5 * max(1, len(p) + len(q))


def common(p: UInts64, q: UInts64) -> int:
    """The length of the longest common subsequence of two paragraphs' tokens."""
    from rapidfuzz.distance import LCSseq

    if len(p) == len(q) and bool((p == q).all()):
        return len(p)
    if len(p) * len(q) > _LONG:  # a line of a megabyte: count common tokens instead, whatever their order
        both, places = np.unique(np.concatenate((p, q)), return_inverse=True)
        counts = [np.bincount(part, minlength=len(both)) for part in (places[: len(p)], places[len(p) :])]
        return int(np.minimum(*counts).sum())
    return int(LCSseq.similarity(p.tolist(), q.tolist()))

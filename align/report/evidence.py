"""The word evidence of one pair for its page: the links inside each bead, and how alike any two passages are.

The links are those of `align.alignment.word_links`. A picture of the whole pair comes from one weighted sum of the
lexicon's rows for each side of each bead.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from align.alignment.word_links import Passages, TextWords, digits, linked
from align.encoders.base import Vectors
from align.encoders.lexicon import Lexicon


@dataclass(frozen=True, slots=True)
class Words:
    """What is known of one bead; offsets count UTF-16 units, as a browser does.

    Attributes:
        links: start and end in the source, start and end in the target, strength in percent.
        source_numbers, target_numbers: starts and ends of words with digits that have no counterpart. Of other
            words a missing link says little: the table does not know every word.
    """

    links: tuple[tuple[int, int, int, int, int], ...]
    source_numbers: tuple[tuple[int, int], ...]
    target_numbers: tuple[tuple[int, int], ...]


class Evidence:
    """The words of the beads of one pair; texts are given as the two sides of each bead."""

    def __init__(self, source: Sequence[str], target: Sequence[str], lexicon: Lexicon | None = None) -> None:
        self._passages = Passages([*source, *target], lexicon)
        self._first_target = len(source)
        self._weights = _rarity(self._passages)

    def words(self, bead: int) -> Words:
        """The links of one bead, in the order of its words; empty for a gap."""
        places = bead, self._first_target + bead
        source, target = map(self._passages.words, places)
        if not source.spans or not target.spans:
            return Words((), (), ())
        found = linked(source, target)
        spans = [
            _in_utf16(self._passages.texts[place], words.spans)
            for place, words in zip(places, (source, target), strict=True)
        ]
        return Words(
            tuple((*spans[0][i], *spans[1][j], round(100 * similarity)) for i, j, similarity in found),
            _numbers(source, spans[0], {i for i, _, _ in found}),
            _numbers(target, spans[1], {j for _, j, _ in found}),
        )

    def vectors(self, side: int, beads: Sequence[int]) -> Vectors:
        """One unit vector for one side of each of these beads: its words, rarer ones heavier, ``(n, dimension)``."""
        ids, rows = self._passages.ids, self._passages.rows
        out = np.zeros((len(beads), rows.shape[1]), np.float32)
        for place, bead in enumerate(beads):
            tokens = self._passages.tokens[side * self._first_target + bead]
            known = np.unique(np.searchsorted(ids, tokens.ids))
            out[place] = self._weights[known] @ rows[known]
        norms = np.linalg.norm(out, axis=1, keepdims=True)
        out /= np.where(norms > 0, norms, 1)
        return out


def _rarity(passages: Passages) -> Vectors:
    """The weight of each piece: the fewer passages it occurs in, the heavier."""
    counts = np.zeros(len(passages.ids), np.int64)
    for tokens in passages.tokens:
        counts[np.searchsorted(passages.ids, np.unique(tokens.ids))] += 1
    return np.log(max(len(passages.tokens), 2) / np.maximum(counts, 1)).astype(np.float32)


def _numbers(
    words: TextWords, spans: Sequence[tuple[int, int]], linked: set[int]
) -> tuple[tuple[int, int], ...]:
    """Words with digits that are not linked."""
    return tuple(
        span
        for number, (span, spelling) in enumerate(zip(spans, words.spelling, strict=True))
        if number not in linked and digits(spelling)
    )


def _in_utf16(text: str, spans: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """Character offsets as UTF-16 offsets."""
    if not text or max(text) < "\U00010000":
        return spans
    ends = np.cumsum([0, *(2 if character >= "\U00010000" else 1 for character in text)])
    return [(int(ends[start]), int(ends[end])) for start, end in spans]

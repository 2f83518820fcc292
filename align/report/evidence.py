"""The word evidence of one pair for its page: the links inside each bead, and how alike any two passages are.

The links are those of `align.alignment.word_links`. A picture of the whole pair comes from one weighted sum of the
lexicon's rows for each side of each bead.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from align._internal.arrays import Ints32
from align.alignment.word_links import LONGEST, TextWords, digits, linked, words_of
from align.encoders.base import Vectors
from align.encoders.lexicon import Lexicon, get_lexicon


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
        self._lexicon = lexicon or get_lexicon()
        self._texts = tuple([text[:LONGEST] for text in side] for side in (source, target))
        self._tokens = tuple([self._lexicon.tokenise(text) for text in side] for side in self._texts)
        every = [tokens.ids for side in self._tokens for tokens in side]
        self._ids, counts = _passages_with(every)
        self._rows = self._lexicon.rows(self._ids)
        self._rows[~self._lexicon.is_word(self._ids)] = 0
        self._weights = np.log(max(len(every), 2) / np.maximum(counts, 1)).astype(np.float32)

    def words(self, bead: int) -> Words:
        """The links of one bead, in the order of its words; empty for a gap."""
        source, target = self._side(0, bead), self._side(1, bead)
        if not source.spans or not target.spans:
            return Words((), (), ())
        found = linked(source, target)
        spans = [
            _in_utf16(self._texts[side][bead], words.spans) for side, words in enumerate((source, target))
        ]
        return Words(
            tuple((*spans[0][i], *spans[1][j], round(100 * similarity)) for i, j, similarity in found),
            _numbers(source, spans[0], {i for i, _, _ in found}),
            _numbers(target, spans[1], {j for _, j, _ in found}),
        )

    def vectors(self, side: int, beads: Sequence[int]) -> Vectors:
        """One unit vector for one side of each of these beads: its words, rarer ones heavier, ``(n, dimension)``."""
        out = np.zeros((len(beads), self._rows.shape[1]), np.float32)
        for place, bead in enumerate(beads):
            known = np.unique(np.searchsorted(self._ids, self._tokens[side][bead].ids))
            out[place] = self._weights[known] @ self._rows[known]
        norms = np.linalg.norm(out, axis=1, keepdims=True)
        out /= np.where(norms > 0, norms, 1)
        return out

    def _side(self, side: int, bead: int) -> TextWords:
        tokens = self._tokens[side][bead]
        return words_of(self._texts[side][bead], tokens, self._rows[np.searchsorted(self._ids, tokens.ids)])


def _passages_with(passages: Sequence[Ints32]) -> tuple[NDArray[Any], NDArray[Any]]:
    """All distinct ids, ascending, and in how many passages each occurs."""
    distinct = [np.unique(ids) for ids in passages]
    ids, counts = np.unique(np.concatenate([*distinct, np.zeros(0, np.int32)]), return_counts=True)
    return ids, counts


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

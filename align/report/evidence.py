"""Which word answers which inside a bead, and how alike any two passages are: both from the lexicon, without encoding.

The embedding table of the default encoder is a bilingual dictionary: rows of words that translate each other have a
high cosine. Inside a bead each word is linked to its best counterpart; a picture of the whole pair comes from one
weighted sum of rows for each side of each bead. What is missing from the table (a language the encoder has not
learned) shows as words without links; equal spelling always counts.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from unicodedata import category

import numpy as np
from numpy.typing import NDArray

from align.encoders.lexicon import Lexicon, Tokens, get_lexicon
from align.text.clean import fold

# Cosine from which a best match counts: of both words for each other, or of one. On beads known to be right, three to
# four times as many words reach it as on beads put together at random (zh-en, de-fr, en-zh; function words included).
_MUTUAL, _ONE_WAY = 0.27, 0.40
_LONGEST, _MOST_WORDS = 20_000, 1_500  # characters, and words, of one side of a bead that are looked at

Vectors = NDArray[np.float32]


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


@dataclass(frozen=True, slots=True)
class _Side:
    """The words of one text: offsets, folded spelling and unit vectors."""

    spans: list[tuple[int, int]]
    spelling: list[str]
    vectors: Vectors


class Evidence:
    """The words of the beads of one pair; texts are given as the two sides of each bead."""

    def __init__(self, source: Sequence[str], target: Sequence[str], lexicon: Lexicon | None = None) -> None:
        self._lexicon = lexicon or get_lexicon()
        self._texts = tuple([text[:_LONGEST] for text in side] for side in (source, target))
        self._tokens = tuple([self._lexicon.tokenise(text) for text in side] for side in self._texts)
        every = [tokens.ids for side in self._tokens for tokens in side]
        self._ids, counts = _passages_with(every)
        self._rows = self._lexicon.rows(self._ids)
        self._rows[~self._lexicon.is_word(self._ids)] = 0
        self._weights = np.log(max(len(every), 2) / np.maximum(counts, 1)).astype(np.float32)

    def words(self, bead: int) -> Words:
        """The links of one bead, strongest first where they compete; empty for a gap."""
        source, target = self._side(0, bead), self._side(1, bead)
        if not source.spans or not target.spans:
            return Words((), (), ())
        alike = source.vectors @ target.vectors.T
        _settle(alike, source.spelling, target.spelling)
        links = tuple(
            (*source.spans[i], *target.spans[j], round(100 * float(alike[i, j]))) for i, j in _linked(alike)
        )
        return Words(
            links,
            _numbers(source, {link[:2] for link in links}),
            _numbers(target, {link[2:4] for link in links}),
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

    def _side(self, side: int, bead: int) -> _Side:
        tokens, text = self._tokens[side][bead], self._texts[side][bead]
        known = np.searchsorted(self._ids, tokens.ids)
        if not len(known):
            return _Side([], [], np.zeros((0, self._rows.shape[1]), np.float32))
        firsts = np.flatnonzero(np.r_[True, tokens.words[1:] != tokens.words[:-1]])
        # Longer pieces weigh more in a word of several: "un·sicherheit" is about safety.
        rows = self._rows[known] * (tokens.ends - tokens.starts)[:, None].astype(np.float32)
        vectors = np.add.reduceat(rows, firsts) if len(firsts) < len(rows) else rows
        norms = np.sqrt(np.einsum("ij,ij->i", vectors, vectors))
        spans = [(word, *_span(text, tokens, firsts, word)) for word in range(len(firsts))]
        # A number counts even where the table does not know its digits.
        keep = [
            (word, start, end)
            for word, start, end in spans
            if start < end and (norms[word] > 0 or text[start].isdecimal())
        ][:_MOST_WORDS]
        words = [word for word, _, _ in keep]
        units = _utf16(text)
        return _Side(
            spans=[(units(start), units(end)) for _, start, end in keep],
            spelling=[fold(text[start:end]) for _, start, end in keep],
            vectors=vectors[words] / np.maximum(norms[words, None], 1e-9),
        )


def _passages_with(passages: Sequence[NDArray[np.int32]]) -> tuple[NDArray[Any], NDArray[Any]]:
    """All distinct ids, ascending, and in how many passages each occurs."""
    distinct = [np.unique(ids) for ids in passages]
    ids, counts = np.unique(np.concatenate([*distinct, np.zeros(0, np.int32)]), return_counts=True)
    return ids, counts


def _settle(alike: Vectors, source: Sequence[str], target: Sequence[str]) -> None:
    """What spelling decides: equal words answer each other; numbers do if their digits are the same, and only then."""
    places: dict[str, list[int]] = {}
    for j, word in enumerate(target):
        places.setdefault(word, []).append(j)
    numbers = [(j, digits) for j, word in enumerate(target) if (digits := _digits(word))]
    for i, word in enumerate(source):
        alike[i, places.get(word, [])] = 1.0
        if digits := _digits(word):
            for j, others in numbers:
                alike[i, j] = float(digits == others)


def _digits(word: str) -> str:
    """The decimal digits of a word, of whichever script; most words have none."""
    if word.isalpha():
        return ""
    return "".join(str(int(character)) for character in word if character.isdecimal())


def _linked(alike: Vectors) -> list[tuple[int, int]]:
    """Best matches of both words for each other, and strong best matches of one: ascending pairs."""
    rows, columns = np.arange(alike.shape[0]), np.arange(alike.shape[1])
    to_target, to_source = alike.argmax(axis=1), alike.argmax(axis=0)
    best, best_back = alike[rows, to_target], alike[to_source, columns]
    mutual = (to_source[to_target] == rows) & (best >= _MUTUAL)
    forward = {(int(i), int(to_target[i])) for i in rows[mutual | (best >= _ONE_WAY)]}
    back = {(int(to_source[j]), int(j)) for j in columns[best_back >= _ONE_WAY]}
    return sorted(forward | back)


def _numbers(side: _Side, linked: set[tuple[int, ...]]) -> tuple[tuple[int, int], ...]:
    """Words with digits that are not linked."""
    return tuple(
        span
        for span, spelling in zip(side.spans, side.spelling, strict=True)
        if span not in linked and _digits(spelling)
    )


def _span(text: str, tokens: Tokens, firsts: NDArray[np.intp], word: int) -> tuple[int, int]:
    """Where a word stands, without the spaces and punctuation that the tokenizer took in."""
    last = firsts[word + 1] - 1 if word + 1 < len(firsts) else len(tokens.ids) - 1
    start, end = int(tokens.starts[firsts[word]]), int(tokens.ends[last])
    while start < end and _outside(text[start]):
        start += 1
    while start < end and _outside(text[end - 1]):
        end -= 1
    return start, end


def _outside(character: str) -> bool:
    return not character.isalnum() and category(character)[0] in "CPSZ"


def _utf16(text: str) -> Any:
    """A function from character offsets to UTF-16 offsets."""
    if not text or max(text) < "\U00010000":
        return int
    ends = np.cumsum([0, *(2 if character >= "\U00010000" else 1 for character in text)])
    return lambda offset: int(ends[offset])

"""Which words tell a text from others of its kind, and which of them another text translates.

Pages of one manual, notices and reports follow one template: most of their sentences translate each other whatever they
are about. What tells them apart are the words that few documents of the batch have.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from hashlib import shake_128

import numpy as np

from align._internal.arrays import Floats, Ints, Ints32
from align._internal.products import product
from align.encoders.base import Vectors
from align.encoders.lexicon import get_lexicon
from align.pairing.blocks import piece_weights
from align.pairing.profiles import Profile
from align.pairing.vectors import DIMENSION, WordTable

_POSSIBLE, _SURE = 0.25, 0.75  # cosine from which a word may be a translation, and from which it surely is


class Vocabulary:
    """The words of a batch: how much each says, by language, and which of them translate each other.

    `counts` tells of each piece how many documents of a language have it, ``(pieces of the lexicon,)``.
    """

    def __init__(self, counts: Mapping[str, Ints]) -> None:
        self._counts = counts
        self._table = _NumberTable()

    @classmethod
    def of(cls, profiles: Sequence[Profile]) -> Vocabulary:
        """Of a batch whose documents these all are."""
        counts: dict[str, Ints] = {}
        for profile in profiles:
            if profile.language not in counts:
                counts[profile.language] = np.zeros(get_lexicon().size, np.int64)
            counts[profile.language][profile.pieces] += 1
        return cls(counts)

    def weights(self, pieces: Ints32, language: str) -> Floats:
        """How much each piece says: the more the rarer it is at large, and the fewer documents of the batch have it."""
        counts = self._counts[language][pieces]
        weights: Floats = piece_weights()[pieces] / np.maximum(counts, 1)
        return weights

    def shared(self, first: Profile, second: Profile) -> float:
        """Weighted share of the words of the document with less of them that the other has, too; of one language."""
        both = np.intersect1d(first.pieces, second.pieces, assume_unique=True)
        both_weight, *own = (
            float(self.weights(pieces, first.language).sum())
            for pieces in (both, first.pieces, second.pieces)
        )
        return both_weight / max(min(own), 1e-9)

    def translated(self, source: Ints32, target: Ints32) -> tuple[Vectors, Vectors]:
        """How far each piece of either side is translated by a piece of the other, 0 to 1."""
        if not len(source) or not len(target):
            return np.zeros(len(source), np.float32), np.zeros(len(target), np.float32)
        cosine = product(self._table.rows_of(source), self._table.rows_of(target).T)
        similar: Vectors = np.clip((cosine - _POSSIBLE) / (_SURE - _POSSIBLE), 0, 1)
        return similar.max(1), similar.max(0)


class _NumberTable(WordTable):
    """The rows of the embedding table, in which a number is near nothing but the same number."""

    def rows_of(self, pieces: Ints32) -> Vectors:
        distinct, place = np.unique(pieces, return_inverse=True)
        found: Vectors = self.rows(distinct)[place]
        return found

    def make_rows(self, new: Ints32) -> Vectors:
        rows = super().make_rows(new)
        for at, id in enumerate(new):
            if (text := get_lexicon().piece(id).lstrip("▁")).isdigit():
                rows[at] = _number(text)
        return rows


@cache
def _number(text: str) -> Vectors:
    """A direction of its own for each number."""
    bits = np.unpackbits(np.frombuffer(shake_128(text.encode()).digest(DIMENSION // 8), np.uint8))
    direction: Vectors = (bits.astype(np.float32) * 2 - 1) / np.sqrt(np.float32(DIMENSION))
    return direction

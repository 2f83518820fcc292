"""Document vectors from the encoder's embedding table alone: cheap enough for every document of a large batch.

The table holds words of many languages near their translations, so the weighted sum of a document's words is near that
of its translation. Each document has one vector of its whole text and one for each of its sections, which find a
partner that holds only a part of it.
"""

from __future__ import annotations

import numpy as np

from align._internal.arrays import Floats, Ints32
from align._internal.products import product
from align.encoders.base import Vectors
from align.encoders.lexicon import get_lexicon
from align.pairing.blocks import Blocks, piece_weights

SECTIONS = 3
DIMENSION = 512
_BLOCK = 4096  # pieces whose rows are read together
_MOST = 65_536  # rows that are kept, 128 MB: about what texts in two languages need


class WordTable:
    """Rows of the embedding table, each made when first needed and kept for as long as there is room."""

    def __init__(self) -> None:
        self._place = np.full(get_lexicon().size, -1, np.int32)
        self._rows = np.zeros((0, DIMENSION), np.float32)
        self._count = 0

    def rows(self, pieces: Ints32) -> Vectors:
        """``(len(pieces), 512)``; pieces must be distinct."""
        new = pieces[self._place[pieces] < 0]
        if self._count + len(new) > _MOST:
            self._place[:], self._count, new = -1, 0, pieces
        if len(new):
            self._add(new)
        found: Vectors = self._rows[self._place[pieces]]
        return found

    def _add(self, new: Ints32) -> None:
        need = self._count + len(new)
        if need > len(self._rows):
            room = max(need, min(2 * len(self._rows), _MOST), _BLOCK)
            grown = np.zeros((room, DIMENSION), np.float32)
            grown[: self._count] = self._rows[: self._count]
            self._rows = grown
        self._rows[self._count : need] = self.make_rows(new)
        self._place[new] = np.arange(self._count, need, dtype=np.int32)
        self._count = need

    def make_rows(self, new: Ints32) -> Vectors:
        """The rows of pieces that were not needed before."""
        return get_lexicon().rows(new)


def document_vectors(blocks: Blocks, table: WordTable) -> Vectors:
    """The vectors of one document, ``(1 + SECTIONS, 512)``: the whole, then its sections; unit length or zero.

    A word counts by the square root of how often it occurs, a block that stands on `n` documents 1/n. Sections overlap:
    the weight of a word falls off linearly from the middle of the section to the middles of its neighbours.
    """
    out = np.zeros((1 + SECTIONS, DIMENSION), np.float32)
    if not len(blocks) or not sum(map(len, blocks.pieces)):
        return out
    pieces = np.concatenate(blocks.pieces)
    share = np.repeat(1 / blocks.document_frequency, [len(ids) for ids in blocks.pieces])
    distinct, place = np.unique(pieces, return_inverse=True)
    counts = np.stack([np.bincount(place, share * w, len(distinct)) for w in _sections(len(pieces))])
    weights = (np.sqrt(counts) * piece_weights()[distinct]).astype(np.float32)
    product(weights, table.rows(distinct), out)
    return normalised(out)


def _sections(length: int) -> Floats:
    """Weights of each place in the whole text and in each section, ``(1 + SECTIONS, length)``."""
    at = (np.arange(length) + 0.5) / length * SECTIONS
    middles = np.arange(SECTIONS)[:, None] + 0.5
    return np.vstack([np.ones(length), np.clip(1 - np.abs(at - middles), 0, None)])


def normalised(vectors: Vectors) -> Vectors:
    length = np.sqrt(np.einsum("...i,...i->...", vectors, vectors))[..., None]
    out: Vectors = np.divide(vectors, length, out=np.zeros_like(vectors), where=length > 1e-9)
    return out

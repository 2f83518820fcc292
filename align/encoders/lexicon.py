"""Words that translate each other: the embedding table of the default encoder as a dictionary of its languages.

The table was trained with a translation-ranking task, so rows of pieces that mean the same are near each other across
languages once the common part of all rows is taken off: water–水 .79, China–中国 .80, market–市场 .80.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from align._internal.arrays import Bools, Ints32
from align.encoders.base import Vectors
from align.encoders.readable import readable
from align.encoders.use import files as use_files
from align.encoders.use.encoder import SERVED
from align.encoders.use.tokens import MAX_CHARACTERS, TOKENIZER, piece_ids

_WORD, _STARTS = 1, 2  # bits of what is known of a piece
_KNOWN = 4


@dataclass(frozen=True, slots=True)
class Tokens:
    """The pieces of one text.

    Attributes:
        ids: piece ids, int32.
        starts, ends: character offsets: ``text[starts[i]:ends[i]]`` is the piece as it stands in the text (a space
            before a word belongs to its first piece).
        words: number of the word that each piece belongs to, ascending from 0; pieces of unspaced scripts and
            punctuation are words of their own.
    """

    ids: Ints32
    starts: Ints32
    ends: Ints32
    words: Ints32


class Lexicon:
    """Pieces of texts and their rows in the embedding table, made comparable across languages."""

    dimension = 512
    languages = SERVED  # of whose words it knows the frequencies
    signature = f"use-3-table+{use_files.SHA256['weights.npz'][:12]}+{TOKENIZER}"

    @cached_property
    def size(self) -> int:
        """Number of pieces; ids are below it."""
        return use_files.vocabulary_size()

    @cached_property
    def frequencies(self) -> Vectors:
        """Share of each piece in the text that the tokenizer was trained on, all languages together, ``(size,)``."""
        return np.exp(np.array(use_files.tokenizer().get_score(list(range(self.size))), np.float32))

    def ids(self, texts: Sequence[str]) -> list[Ints32]:
        """Piece ids of each text, int32; one (0) for each unknown character."""
        return piece_ids(texts)

    def tokenise(self, text: str) -> Tokens:
        """The pieces of a text with their places in it; a run of unknown characters is one piece here."""
        found = use_files.tokenizer().encode(readable(text, MAX_CHARACTERS), return_type="offset_mapping")
        ids = np.array(found["ids"], np.int32)
        offsets = np.array(found["offsets"], np.int32).reshape(-1, 2)
        opens = (self._kinds(ids) & _STARTS) > 0
        if len(ids):
            opens[0] = True
        opens[1:] |= offsets[1:, 0] > offsets[:-1, 1]  # something left out between them
        return Tokens(ids, offsets[:, 0], offsets[:, 1], np.cumsum(opens, dtype=np.int32) - 1)

    def rows(self, ids: NDArray[np.integer[Any]]) -> Vectors:
        """Centred rows of unit length, ``(len(ids), 512)``; zero for unknown pieces and marks."""
        rows = use_files.embedding_rows(np.asarray(ids))
        rows -= _mean_row()
        rows /= np.sqrt(np.einsum("ij,ij->i", rows, rows))[:, None]
        rows[np.asarray(ids) <= use_files.SPACE] = 0
        return rows

    def piece(self, id: int) -> str:
        """The piece as the tokenizer spells it: ``▁market``, ``市场``, ``<unk>``."""
        return str(use_files.tokenizer().id_to_piece(int(id)))

    def is_word(self, ids: NDArray[np.integer[Any]]) -> Bools:
        """Which pieces hold a letter or a digit: not punctuation, bare word boundaries, unknown pieces or marks."""
        return (self._kinds(np.asarray(ids)) & _WORD) > 0

    @cached_property
    def _known(self) -> NDArray[np.uint8]:
        return np.zeros(self.size, np.uint8)

    def _kinds(self, ids: NDArray[np.integer[Any]]) -> NDArray[np.uint8]:
        for new in np.unique(ids[self._known[ids] == 0]):
            self._known[new] = _kind(self.piece(new)) if new > use_files.SPACE else _KNOWN | _STARTS
        kinds: NDArray[np.uint8] = self._known[ids]
        return kinds


@lru_cache(maxsize=1)
def get_lexicon() -> Lexicon:
    """The lexicon of this process; nothing is loaded before its first use."""
    return Lexicon()


@lru_cache(maxsize=1)
def _mean_row() -> Vectors:
    """Mean of all rows that stand for text."""
    return use_files.mean_embedding()


def _kind(piece: str) -> int:
    """Whether a piece holds a letter or digit, and whether it begins a word."""
    text = piece.lstrip("▁")
    word = any(character.isalnum() for character in text)
    starts = text != piece or not word or _unspaced(text[0])
    return _KNOWN | (_WORD if word else 0) | (_STARTS if starts else 0)


def _unspaced(character: str) -> bool:
    """Whether a character belongs to a script written without spaces: Han, Kana, Thai, Lao, Khmer, Myanmar."""
    code = ord(character)
    return 0x3040 <= code <= 0x9FFF or 0x0E00 <= code <= 0x109F or 0xF900 <= code <= 0xFAFF or code >= 0x20000

"""Pieces of a text for the encoder `e5`: the vocabulary of XLM-RoBERTa, cut by sentencepiece.

The model's own file has the pieces, their scores and what characters become before; `sentencepiece` takes them as a
message of protocol buffers, which is written here field by field. Conneau et al. 2020, "Unsupervised Cross-lingual
Representation Learning at Scale"; Kudo 2018, "Subword Regularization".
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from functools import lru_cache
from typing import Any
from unicodedata import normalize

from align._internal.arrays import Ints32
from align.encoders.e5.files import BEGIN, END, PADDING, UNKNOWN, Vocabulary, model_file
from align.encoders.readable import readable

MAX_CHARACTERS = 10_000
"""A text is read up to this length (about 2,500 English or 6,000 Chinese pieces); the vector of a longer one is that
of its beginning."""

SPACE = 6  # the bare word boundary, "▁"

_NORMAL, _UNKNOWN, _CONTROL = 1, 2, 3  # kinds of pieces, as sentencepiece numbers them


def piece_ids(texts: Sequence[str]) -> list[Ints32]:
    """Piece ids of each text, without begin and end marks; empty for a text without a visible character."""
    processor, characters = _tokenizer()
    clean = [normalize("NFC", readable(text, MAX_CHARACTERS)).translate(characters) for text in texts]
    if not clean:
        return []
    ids: list[Ints32] = processor.encode(clean, return_type="numpy", num_threads=1)
    return ids


@lru_cache(maxsize=1)
def _tokenizer() -> tuple[Any, dict[int, str]]:
    from sentencepiece import SentencePieceProcessor

    vocabulary = model_file().vocabulary()
    return SentencePieceProcessor(model_proto=_message(vocabulary)), vocabulary.characters


def _message(vocabulary: Vocabulary) -> bytes:
    """The vocabulary as sentencepiece's ModelProto; what becomes of characters is left out (`piece_ids` does it)."""
    kinds = dict.fromkeys((BEGIN, PADDING, END, len(vocabulary.pieces) - 1), _CONTROL) | {UNKNOWN: _UNKNOWN}
    parts = [
        _field(
            1, _field(1, piece) + struct.pack("<BfBB", 2 << 3 | 5, score, 3 << 3, kinds.get(index, _NORMAL))
        )
        for index, (piece, score) in enumerate(
            zip(vocabulary.pieces, vocabulary.scores.tolist(), strict=True)
        )
    ]
    trainer = b"".join(
        _number(field, value)
        for field, value in ((3, 1), (40, UNKNOWN), (41, BEGIN), (42, END), (43, PADDING))  # 3: unigram
    )
    normalizer = _field(1, b"identity") + b"".join(_number(field, 1) for field in (3, 4, 5))
    return b"".join([*parts, _field(2, trainer), _field(3, normalizer)])


def _field(number: int, value: bytes) -> bytes:
    return _varint(number << 3 | 2) + _varint(len(value)) + value


def _number(number: int, value: int) -> bytes:
    return _varint(number << 3) + _varint(value)


def _varint(value: int) -> bytes:
    out = bytearray()
    while value > 127:
        out.append(value & 127 | 128)
        value >>= 7
    out.append(value)
    return bytes(out)

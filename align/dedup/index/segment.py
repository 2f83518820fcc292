"""A segment of an index: one immutable file, memory-mapped, with a checksum for each of its arrays.

::

    "alignseg", length of the head (uint32), the head (JSON), then the arrays, each at a multiple of 64 bytes

    ids, id_ends            UTF-8 of all ids; where each ends
    id_hashes, id_places    hashes of the ids, sorted; the document of each
    prints                  fingerprints of the texts, two numbers each
    sequence                order of arrival, over all segments
    offsets, hashes         shingle hashes of the documents, sorted in each
    keys, places            for each band the keys, sorted; the document of each
    texts, text_ends        the texts, each compressed with zlib; where each ends; only where the settings ask for them
    kept                    whether each document stayed when it came; not there where all did
"""

from __future__ import annotations

import json
import struct
import zlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from align._internal.arrays import Array, Ints, UInts64
from align._internal.files import atomic
from align.errors import IndexFileError

_MAGIC = b"alignseg"
_HEAD = struct.Struct("<8sI")
_BLOCK = 1 << 19  # hashes that are copied at once


@dataclass(frozen=True, slots=True)
class Segment:
    """An open segment; arrays are views of the file."""

    path: Path
    documents: int
    bands: int
    arrays: dict[str, Array]
    checksums: dict[str, int]

    @property
    def offsets(self) -> Ints:
        return self.arrays["offsets"]

    @property
    def hashes(self) -> UInts64:
        return self.arrays["hashes"]

    @property
    def fingerprints(self) -> UInts64:
        return self.arrays["prints"].reshape(-1, 2)

    @property
    def kept(self) -> Array:
        """Whether each document stayed when it came."""
        found = self.arrays.get("kept")
        return np.ones(self.documents, np.uint8) if found is None else found

    def keys(self, band: int) -> tuple[UInts64, Array]:
        """The sorted keys of a band, and whose they are."""
        part = slice(band * self.documents, (band + 1) * self.documents)
        return self.arrays["keys"][part], self.arrays["places"][part]

    def names(self, places: Iterable[int]) -> list[str]:
        """The ids of these documents."""
        ends, data = self.arrays["id_ends"], self.arrays["ids"]
        return [
            data[(int(ends[place - 1]) if place else 0) : int(ends[place])]
            .tobytes()
            .decode("utf-8", "replace")
            for place in places
        ]

    def packed_text(self, place: int) -> bytes | None:
        """The text of a document, compressed; None where the segment has no texts."""
        if "texts" not in self.arrays:
            return None
        ends, data = self.arrays["text_ends"], self.arrays["texts"]
        return bytes(data[(int(ends[place - 1]) if place else 0) : int(ends[place])].tobytes())

    def find(self, id_hashes: UInts64) -> tuple[Ints, Ints]:
        """Which of these hashes of ids are here (their places in the argument), and at which documents."""
        at = np.searchsorted(self.arrays["id_hashes"], id_hashes)
        at = np.minimum(at, max(0, self.documents - 1))
        hit = (
            np.flatnonzero(self.arrays["id_hashes"][at] == id_hashes)
            if self.documents
            else np.zeros(0, np.int64)
        )
        return hit, self.arrays["id_places"][at[hit]].astype(np.int64)

    def damage(self) -> str | None:
        """What is wrong with the contents, by checksum; None where nothing is."""
        for name, array in self.arrays.items():
            if checksum(array) != self.checksums[name]:
                return f"array {name!r} does not match its checksum"
        return None


@dataclass(frozen=True, slots=True)
class Contents:
    """What a new segment is made of; `hashes` comes in blocks, in the order of the documents."""

    ids: list[str]
    id_hashes: UInts64
    fingerprints: UInts64
    sequence: Ints
    counts: Ints  # shingles of each document
    keys: UInts64  # (documents, bands)
    hashes: Callable[[], Iterator[UInts64]]
    kept: Array | None = None  # whether each document stayed; None where all did
    texts: list[bytes] | None = None  # compressed


def write_segment(path: Path, contents: Contents) -> None:
    """Writes a segment: under another name, brought to disk, then renamed.

    Raises:
        OutputError: the disk is full or the folder cannot be written; the index is as it was.
    """
    with atomic(path, binary=True) as stream:
        _write(stream, contents)


def open_segment(path: Path) -> Segment:
    """A segment for reading.

    Raises:
        IndexFileError: the file is missing, cut short, or not a segment.
    """
    try:
        with open(path, "rb") as stream:
            magic, size = _HEAD.unpack(stream.read(_HEAD.size))
            if magic != _MAGIC:
                raise ValueError("it does not begin as a segment does")
            head = json.loads(stream.read(size))
        data = np.asarray(np.memmap(path, np.uint8, "r"))
        if len(data) != head["size"]:
            raise ValueError(f"{len(data)} bytes where {head['size']} are expected")
        arrays = {
            name: data[start : start + size].view(kind)
            for name, (kind, start, size, _) in head["arrays"].items()
        }
    except (OSError, ValueError, KeyError, TypeError, struct.error) as error:
        raise IndexFileError(f"{path}: is damaged ({error})") from error
    checksums = {name: entry[3] for name, entry in head["arrays"].items()}
    return Segment(path, head["documents"], head["bands"], arrays, checksums)


def checksum(array: Array, before: int = 0) -> int:
    """CRC-32 of an array's bytes, behind those that gave `before`."""
    return zlib.crc32(np.ascontiguousarray(array).view(np.uint8).data, before)


def _write(stream: Any, contents: Contents) -> None:
    count, bands = contents.keys.shape
    encoded = [id.encode("utf-8", "replace") for id in contents.ids]
    by_id = np.argsort(contents.id_hashes, kind="stable")
    keys = np.ascontiguousarray(contents.keys.T)
    order = np.array([_order(row) for row in keys], np.int64).reshape(bands, count)
    small: dict[str, Array] = {
        "ids": np.frombuffer(b"".join(encoded), np.uint8),
        "id_ends": np.cumsum([len(item) for item in encoded], dtype=np.int64),
        "id_hashes": contents.id_hashes[by_id],
        "id_places": by_id.astype("<u4"),
        "prints": contents.fingerprints.reshape(-1),
        "sequence": contents.sequence,
        "offsets": np.concatenate(([0], np.cumsum(contents.counts))).astype("<i8"),
        "keys": np.take_along_axis(keys, order, 1).reshape(-1),
        "places": order.astype("<u4").reshape(-1),
    }
    if contents.texts is not None:
        small["texts"] = np.frombuffer(b"".join(contents.texts), np.uint8)
        small["text_ends"] = np.cumsum([len(text) for text in contents.texts], dtype=np.int64)
    if contents.kept is not None and not contents.kept.all():
        small["kept"] = contents.kept.astype(np.uint8)
    # The head's length does not depend on its numbers: they are padded with spaces.
    room = 4096
    stream.seek(room)
    entries: dict[str, list[Any]] = {}
    for name, array in small.items():
        start = _aligned(stream)
        stream.write(np.ascontiguousarray(array).data)
        entries[name] = [array.dtype.str, start, array.nbytes, checksum(array)]
    start, crc = _aligned(stream), 0
    for block in contents.hashes():
        crc = checksum(block, crc)
        stream.write(np.ascontiguousarray(block).data)
    entries["hashes"] = ["<u8", start, stream.tell() - start, crc]
    head = {"documents": count, "bands": bands, "size": stream.tell(), "arrays": entries}
    packed = json.dumps(head).encode().ljust(room - _HEAD.size)
    stream.seek(0)
    stream.write(_HEAD.pack(_MAGIC, len(packed)) + packed)


def _order(keys: UInts64) -> Ints:
    """What `argsort` gives when it is stable, but with the quick sort: only equal keys are put in order."""
    order = np.argsort(keys)
    ordered = keys[order]
    same = np.concatenate(([False], ordered[1:] == ordered[:-1], [False]))
    tied = np.flatnonzero(same[1:] | same[:-1])
    order[tied] = order[tied][np.lexsort((order[tied], ordered[tied]))]
    return order


def _aligned(stream: Any) -> int:
    stream.write(b"\0" * (-stream.tell() % 64))
    return int(stream.tell())


def blocks(hashes: UInts64, offsets: Ints, documents: Ints) -> Iterator[UInts64]:
    """The hashes of these documents (rising), neighbours together, some megabytes at a time."""
    if not len(documents):
        return
    breaks = np.flatnonzero(np.diff(documents) != 1) + 1
    starts, stops = (
        documents[np.concatenate(([0], breaks))],
        documents[np.concatenate((breaks - 1, [-1]))] + 1,
    )
    for start, stop in zip(offsets[starts].tolist(), offsets[stops].tolist(), strict=True):
        for at in range(start, stop, _BLOCK):
            yield hashes[at : min(at + _BLOCK, stop)]

"""A segment of an index: one immutable file, memory-mapped, with a checksum for each of its arrays.

What is small is checked when the segment is opened, band keys when they are asked for the first time, shingle hashes a
document at a time when they are compared, everything before segments are merged. So nothing is found with damaged
bytes, and every number that is used as a place is one.

::

    "alignseg", length of the head (uint32), the head (JSON), then the arrays, each at a multiple of 64 bytes

    ids, id_ends            UTF-8 of all ids; where each ends
    id_hashes, id_places    hashes of the ids, sorted; the document of each
    prints                  fingerprints of the texts, two numbers each
    sequence                order of arrival, over all segments
    offsets, hashes         shingle hashes of the documents, sorted in each
    hash_sums               CRC-32 of the hashes of each document; not there in segments of older versions
    keys, places            for each band the keys, sorted; the document of each
    texts, text_ends        the texts, each compressed with zlib; where each ends; only where the settings ask for them
    kept                    whether each document stayed when it came; not there where all did (the manifest says which
                            of the others came back); 2: it did not, and its keys match nothing
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
_ROOM = 4096  # bytes that the head takes
_BLOCK = 1 << 19  # hashes that are copied at once
_LARGE = ("hashes", "keys", "places", "texts")  # not checked when a segment is opened
_KINDS = {
    "ids": "|u1", "id_ends": "<i8", "id_hashes": "<u8", "id_places": "<u4", "prints": "<u8", "sequence": "<i8",
    "offsets": "<i8", "hashes": "<u8", "hash_sums": "<u4", "keys": "<u8", "places": "<u4", "texts": "|u1",
    "text_ends": "<i8", "kept": "|u1",
}  # fmt: skip
_UNUSABLE = (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError, struct.error)


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
        held = self.arrays["id_hashes"]
        start = np.searchsorted(held, id_hashes)
        # Two documents have one id from when a batch replaces one until that is taken out.
        times = np.searchsorted(held, id_hashes, side="right") - start
        hit = np.repeat(np.arange(len(id_hashes)), times)
        at = np.arange(len(hit)) - np.repeat(np.cumsum(times) - times, times) + np.repeat(start, times)
        return hit, self.arrays["id_places"][at].astype(np.int64)

    def damage(self, names: Iterable[str] | None = None) -> str | None:
        """What is wrong with these arrays, by checksum, or with any; None where nothing is."""
        for name in self.arrays if names is None else names:
            if checksum(self.arrays[name]) != self.checksums[name]:
                return f"array {name!r} does not match its checksum"
        return None

    def damage_of(self, places: Iterable[int]) -> str | None:
        """What is wrong with the hashes of these documents; None where nothing is, or nobody knows."""
        sums = self.arrays.get("hash_sums")
        if sums is None:
            return None
        for place in places:
            start, end = self.offsets[place : place + 2].tolist()
            if checksum(self.hashes[start:end]) != sums[place]:
                return f"the hashes of document {place} do not match their checksum"
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
            head = json.loads(stream.read(min(size, _ROOM)))
        check = head.pop("check", None)
        if check is not None and check != _check(head):
            raise ValueError("its head does not match its checksum")
        data = np.asarray(np.memmap(path, np.uint8, "r"))
        if len(data) != head["size"]:
            raise ValueError(f"{len(data)} bytes where {head['size']} are expected")
        arrays = {name: _array(data, name, *entry[:3]) for name, entry in head["arrays"].items()}
        checksums = {name: entry[3] for name, entry in head["arrays"].items()}
        segment = Segment(path, head["documents"], head["bands"], arrays, checksums)
        _check_lengths(segment)
        if damage := segment.damage(name for name in arrays if name not in _LARGE):
            raise ValueError(damage)
    except _UNUSABLE as error:
        raise IndexFileError(f"{path}: is damaged ({error})") from error
    return segment


def _array(data: Array, name: str, kind: str, start: int, size: int) -> Array:
    """An array of a segment; no byte of it lies outside."""
    if kind != _KINDS[name] or not 0 <= start <= start + size <= len(data):
        raise ValueError(f"array {name!r} is not where it can be")
    array: Array = data[start : start + size].view(kind)
    return array


def _check_lengths(segment: Segment) -> None:
    """Raises ValueError where arrays are not as long as they must be, KeyError where one is not there."""
    count, arrays = segment.documents, segment.arrays
    each = dict.fromkeys(("id_ends", "id_hashes", "id_places", "sequence"), count)
    each |= {
        "prints": 2 * count,
        "offsets": count + 1,
        "keys": count * segment.bands,
        "places": count * segment.bands,
    }
    each |= {name: count for name in ("hash_sums", "text_ends", "kept") if name in arrays}
    each |= {"hashes": int(arrays["offsets"][-1]), "ids": int(arrays["id_ends"][-1]) if count else 0}
    for name, length in each.items():
        if len(arrays[name]) != length:
            raise ValueError(f"array {name!r} is not as long as it must be")


def _check(head: dict[str, Any]) -> int:
    """The checksum of a head."""
    return zlib.crc32(json.dumps(head, sort_keys=True).encode())


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
    if contents.kept is not None and not (contents.kept == 1).all():
        small["kept"] = contents.kept.astype(np.uint8)
    # The head's length does not depend on its numbers: they are padded with spaces.
    stream.seek(_ROOM)
    entries: dict[str, list[Any]] = {}
    for name, array in small.items():
        start = _aligned(stream)
        stream.write(np.ascontiguousarray(array).data)
        entries[name] = [array.dtype.str, start, array.nbytes, checksum(array)]
    start, crc = _aligned(stream), 0
    sums = _Sums(contents.counts)
    for block in contents.hashes():
        crc = checksum(block, crc)
        sums.take(block)
        stream.write(np.ascontiguousarray(block).data)
    entries["hashes"] = ["<u8", start, stream.tell() - start, crc]
    found = np.array(sums.found, "<u4")
    start = _aligned(stream)
    stream.write(found.data)
    entries["hash_sums"] = ["<u4", start, found.nbytes, checksum(found)]
    head: dict[str, Any] = {"documents": count, "bands": bands, "size": stream.tell(), "arrays": entries}
    packed = json.dumps(head | {"check": _check(head)}).encode().ljust(_ROOM - _HEAD.size)
    stream.seek(0)
    stream.write(_HEAD.pack(_MAGIC, len(packed)) + packed)


class _Sums:
    """Checksums of the hashes of documents that come in blocks, whose borders are others."""

    def __init__(self, counts: Ints) -> None:
        self.found: list[int] = []
        self._counts = counts.tolist()
        self._crc = self._at = 0  # of the document that has begun
        self._close()

    def take(self, block: UInts64) -> None:
        data, start = np.ascontiguousarray(block).view(np.uint8).data, 0
        while start < len(data):
            end = min(len(data), start + 8 * (self._counts[len(self.found)] - self._at))
            self._crc = zlib.crc32(data[start:end], self._crc)
            self._at += (end - start) // 8
            start = end
            self._close()

    def _close(self) -> None:
        """Ends the document that is complete, and those without hashes behind it."""
        while len(self.found) < len(self._counts) and self._at == self._counts[len(self.found)]:
            self.found.append(self._crc)
            self._crc = self._at = 0


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

"""From a file to bytes, whatever it is compressed with."""

from __future__ import annotations

import bz2
import contextlib
import gzip
import io
import lzma
import os
import re
import sys
import zlib
from collections.abc import Iterator
from typing import IO, cast

from align.errors import InputError
from align.reading.encoding import CONTROLS

DECOMPRESSION_ERRORS = (EOFError, zlib.error, lzma.LZMAError, gzip.BadGzipFile, OSError)


Stream = IO[bytes]


class Meter:
    """How many bytes of the input files have been read, compressed as they are."""

    def __init__(self) -> None:
        self._before = 0
        self._now: io.BufferedReader | None = None

    def watch(self, raw: io.BufferedReader) -> None:
        """Counts this file from now on; the one before is read to its end."""
        self._before += self._size()
        self._now = raw

    @property
    def position(self) -> int:
        """Bytes read so far."""
        try:
            return self._before + (self._now.tell() if self._now else 0)
        except (OSError, ValueError):  # a pipe, or closed by now
            return self._before + self._size()

    def _size(self) -> int:
        try:
            return os.path.getsize(self._now.name) if self._now else 0
        except (OSError, TypeError):
            return 0


@contextlib.contextmanager
def open_bytes(path: str, meter: Meter | None = None) -> Iterator[Stream]:
    """The file's bytes, decompressed where its first bytes say gzip, bzip2, xz or zstd; ``-`` is standard input."""
    if path == "-":
        yield _decompressed(cast(io.BufferedReader, sys.stdin.buffer))
        return
    with open(path, "rb") as raw:
        if meter:
            meter.watch(raw)
        stream = _decompressed(raw)
        if stream is raw:
            _refuse_unknown(path, raw.peek(65_536)[:65_536])
        yield stream


def pieces(stream: Stream, size: int) -> Iterator[bytes]:
    """The bytes in pieces of this size; what was read before an error comes as a piece of its own before it is raised.

    `read` would keep all that it has gathered to itself.
    """
    read = getattr(stream, "read1", stream.read)
    while True:
        parts: list[bytes] = []
        missing, damage = size, None
        try:
            while missing > 0 and (data := read(missing)):
                parts.append(data)
                missing -= len(data)
        except DECOMPRESSION_ERRORS as error:
            damage = error
        if parts:
            yield b"".join(parts)
        if damage:
            raise damage
        if missing > 0:
            return


def _decompressed(raw: io.BufferedReader) -> Stream:
    head = raw.peek(6)[:6]
    if head.startswith(b"\x1f\x8b"):
        return cast(Stream, gzip.GzipFile(fileobj=raw))
    if head.startswith(b"BZh"):
        return cast(Stream, bz2.BZ2File(raw))
    if head.startswith(b"\xfd7zXZ"):
        return cast(Stream, lzma.LZMAFile(raw))
    if head.startswith(b"\x28\xb5\x2f\xfd"):
        import pyarrow as pa

        return cast(Stream, pa.CompressedInputStream(pa.PythonFile(raw, mode="r"), "zstd"))
    return cast(Stream, raw)


def _refuse_unknown(path: str, head: bytes) -> None:
    """Raises InputError where a file's name promises a compression that its bytes are not, or that is not known."""
    ending = re.search(r"\.(gz|bz2|xz|zst|zstd|lz4|br|7z|zip|rar|tar|tgz|z|lzma|snappy|sz)$", path.lower())
    if ending and CONTROLS.search(head):
        raise InputError(
            f"is named {ending[0]} but is not gzip, bzip2, xz or zstd, the compressions that are read; unpack it first"
        )


def plain_name(path: str) -> str:
    """The file's name without the ending that tells its compression, lower-cased."""
    return re.sub(r"\.(gz|bz2|xz|zst|zstd)$", "", path.lower())

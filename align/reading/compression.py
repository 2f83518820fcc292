"""From a file to bytes, whatever it is compressed with."""

from __future__ import annotations

import bz2
import contextlib
import gzip
import io
import lzma
import os
import re
import shutil
import sys
import tempfile
import zlib
from collections.abc import Iterator
from typing import IO, Any, TypeAlias, cast

from align.errors import InputError
from align.reading.encoding import CONTROLS
from align.reading.remote import is_url, open_url

DECOMPRESSION_ERRORS = (EOFError, zlib.error, lzma.LZMAError, gzip.BadGzipFile, OSError)

Stream: TypeAlias = "io.BufferedReader[Any]"
HEAD = 65_536  # bytes by which a file is known
_LAYERS = 3  # compressions inside each other that are undone
_ZSTD, _SKIPPABLE = b"\x28\xb5\x2f\xfd", re.compile(rb"[\x50-\x5f]\x2a\x4d\x18")


class Meter:
    """How many bytes of the input files have been read, compressed as they are."""

    def __init__(self) -> None:
        self._before = 0
        self._now: Stream | None = None

    def watch(self, raw: Stream) -> None:
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
        except (OSError, TypeError, AttributeError):
            return 0


@contextlib.contextmanager
def open_bytes(path: str, meter: Meter | None = None) -> Iterator[Stream]:
    """The file's bytes, decompressed where its first bytes say gzip, bzip2, xz or zstd; ``-`` is standard input.

    The first `HEAD` bytes can be looked at with `peek`.
    """
    if path == "-":
        yield _decompressed(cast(Stream, sys.stdin.buffer))
        return
    with open_raw(path) as raw:
        if meter:
            meter.watch(raw)
        stream = _decompressed(raw)
        if stream is raw:
            _refuse_unknown(path, raw.peek(HEAD)[:HEAD])
        yield stream


def open_raw(path: str) -> Stream:
    """The file's bytes as they are, compressed or not."""
    return open_url(path) if is_url(path) else cast(Stream, open(path, "rb", HEAD))


@contextlib.contextmanager
def seekable(stream: Stream) -> Iterator[IO[bytes]]:
    """The bytes as a file in which one can go back: the file itself, or a copy of what comes out of it."""
    if isinstance(stream.raw, io.FileIO) and stream.seekable():
        yield stream
        return
    with tempfile.TemporaryFile(prefix="align-") as copy:
        shutil.copyfileobj(stream, copy, 1 << 20)
        copy.seek(0)
        yield copy


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


def _decompressed(raw: Stream) -> Stream:
    """The bytes inside, also where what was compressed is compressed itself."""
    stream = raw
    for _ in range(_LAYERS):
        inner = _inside(stream)
        if inner is None:
            break
        stream = io.BufferedReader(_Unpacked(inner), HEAD)
    return stream


def _inside(raw: Stream) -> IO[bytes] | None:
    """What one layer of compression holds; None where there is none."""
    head = raw.peek(18)[:18]
    if head.startswith(b"\x1f\x8b"):
        return cast(IO[bytes], gzip.GzipFile(fileobj=raw))
    if head.startswith(b"BZh"):
        return cast(IO[bytes], bz2.BZ2File(raw))
    if head.startswith(b"\xfd7zXZ"):
        return cast(IO[bytes], lzma.LZMAFile(raw))
    if head.startswith(_ZSTD) or _is_skippable(raw):
        import pyarrow as pa

        return cast(IO[bytes], pa.CompressedInputStream(pa.PythonFile(raw, mode="r"), "zstd"))
    return None


def _is_skippable(raw: Stream) -> bool:
    """Whether a frame that says nothing, as pzstd and others write, stands before one of zstd; it is passed over."""
    head = raw.peek(HEAD)[:HEAD]
    at = 0
    while _SKIPPABLE.match(head, at) and len(head) >= at + 8:
        at += 8 + int.from_bytes(head[at + 4 : at + 8], "little")
    if at == 0 or not head.startswith(_ZSTD, at):
        return False
    raw.read(at)
    return True


class _Unpacked(io.RawIOBase):
    """A decompressor as a raw stream: so each of them can be looked at before it is read."""

    def __init__(self, inner: IO[bytes]) -> None:
        self._read = getattr(inner, "read1", inner.read)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        data = self._read(len(buffer))
        buffer[: len(data)] = data
        return len(data)


def _refuse_unknown(path: str, head: bytes) -> None:
    """Raises InputError where a file's name promises a compression that its bytes are not, or that is not known."""
    ending = re.search(r"\.(gz|bz2|xz|zst|zstd|lz4|br|7z|zip|rar|tar|tgz|z|lzma|snappy|sz)$", path.lower())
    if ending and CONTROLS.search(head) and not head.startswith(PACKED):
        raise InputError(
            f"is named {ending[0]} but is not gzip, bzip2, xz or zstd, the compressions that are read; unpack it first"
        )


PACKED = (
    b"PAR1",
    b"ARROW1",
    b"\xff\xff\xff\xff",
)  # formats that are compressed inside, whatever their names say


def plain_name(path: str) -> str:
    """The file's name without the ending that tells its compression, lower-cased."""
    return re.sub(r"\.(gz|bz2|xz|zst|zstd)$", "", path.lower())

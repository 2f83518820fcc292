"""The files of an index of pairs: Arrow files with a checksum behind them, written whole or not at all, never changed.

The checksum (CRC-32 of everything before it) is looked at when a file is opened, so that nothing is paired by damaged
bytes. Files of older versions have none; of those Arrow's own checks are what there is.
"""

from __future__ import annotations

import io
import struct
import zlib
from collections.abc import Iterable
from pathlib import Path
from typing import IO

import pyarrow as pa

from align._internal.files import atomic
from align.errors import IndexFileError

_MARK = b"alignsum"
_TAIL = struct.Struct("<8sI")
_AT_ONCE = 1 << 22  # bytes


def write_segment(path: Path, schema: pa.Schema, batches: Iterable[pa.RecordBatch]) -> None:
    """Writes a file: under another name, brought to disk, then renamed.

    Raises:
        OutputError: the disk is full or the folder cannot be written; what was there is as it was.
    """
    with atomic(path, binary=True) as stream:
        summed = _Summed(stream)
        with pa.ipc.new_file(summed, schema) as writer:
            for batch in batches:
                writer.write_batch(batch)
        stream.write(_TAIL.pack(_MARK, summed.crc))


def open_segment(path: Path, schema: pa.Schema, *, check: bool = True) -> list[pa.RecordBatch]:
    """The record batches of a file: views of it, which stays mapped. `check` is for files just checked.

    Raises:
        IndexFileError: the file is damaged or has other columns.
    """
    try:
        with pa.memory_map(str(path)) as source:
            whole = source.read_buffer()
        size = max(0, whole.size - _TAIL.size)
        mark, crc = _TAIL.unpack(whole.slice(size).to_pybytes()) if size else (b"", 0)
        summed = mark == _MARK
        if check and summed and _checksum(whole.slice(0, size)) != crc:
            raise ValueError("it does not match its checksum")
        table = pa.ipc.open_file(pa.BufferReader(whole.slice(0, size) if summed else whole)).read_all()
        if table.schema != schema:
            raise ValueError("other columns")
        if check and not summed:
            table.validate(full=True)
            if any(column.null_count for column in table.columns):
                raise ValueError("cells without a value")
    except (OSError, ValueError, pa.ArrowException) as error:
        raise damaged(path, error) from error
    found: list[pa.RecordBatch] = table.to_batches()
    return found


def next_number(folder: Path) -> int:
    """The number of a new segment: after the latest one, whatever was removed in between."""
    numbers = [path.name.partition("-")[0] for path in folder.glob("*.arrow")]
    return 1 + max((int(number) for number in numbers if number.isdecimal()), default=-1)


def damaged(path: Path, error: object) -> IndexFileError:
    """What to raise where a file of an index cannot be used."""
    said = str(error).partition("\n")[0]
    return IndexFileError(
        f"{path}: damaged ({said}); remove the file, its documents then count as never seen"
    )


def _checksum(data: pa.Buffer) -> int:
    crc = 0
    for start in range(0, data.size, _AT_ONCE):
        crc = zlib.crc32(memoryview(data.slice(start, min(_AT_ONCE, data.size - start))), crc)
    return crc


class _Summed(io.RawIOBase):
    """A stream that passes on what is written, with a checksum of it."""

    def __init__(self, stream: IO[bytes]) -> None:
        super().__init__()
        self._stream, self.crc = stream, 0

    def writable(self) -> bool:
        return True

    def write(self, data: bytes) -> int:  # type: ignore[override]
        self.crc = zlib.crc32(data, self.crc)
        self._stream.write(data)
        return len(memoryview(data).cast("B"))

    def tell(self) -> int:
        return self._stream.tell()

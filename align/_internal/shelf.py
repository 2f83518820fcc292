"""What a job puts aside on disk while it works: bytes in one file without a name, read again piece by piece.

The file goes with the process, however that ends. It is read and written, not mapped: a full or failing disk is an
error at the call that meets it, never a signal, and what was read does not count as memory of the process.
"""

from __future__ import annotations

import pickle
import tempfile
import threading
import weakref
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import IO, Any, Generic, TypeVar

import numpy as np
from numpy.typing import NDArray

from align._internal.files import told_when_unwritable

T = TypeVar("T")

_ROOM = 16 * 2**20  # bytes that wait in memory to be written together; what fits in them is never written


class Shelf:
    """Bytes by the place where they begin; what was put is never changed.

    Args:
        folder: on whose disk they lie, if they are more than some megabytes; None: that of the temporary files.
    """

    def __init__(self, folder: Path | None = None) -> None:
        self._folder = folder
        self._file: IO[bytes] | None = None
        self._written = 0
        self._waiting = bytearray()
        self._lock = threading.Lock()

    def put(self, data: bytes | memoryview) -> int:
        """Puts bytes aside; returns where they begin.

        Raises:
            OutputError: the disk is full, or cannot be written.
        """
        with self._lock:
            start = self._written + len(self._waiting)
            self._waiting += data
            if len(self._waiting) > _ROOM:
                self._write()
            return start

    def get(self, start: int, size: int) -> bytes:
        """The bytes that `put` put there."""
        with self._lock:
            if start >= self._written:
                start -= self._written
                return bytes(self._waiting[start : start + size])
            assert self._file is not None
            with told_when_unwritable(self._place):
                self._file.seek(start)
                found = self._file.read(size)
                while len(found) < size:
                    if not (more := self._file.read(size - len(found))):
                        raise OSError(f"{size - len(found)} bytes are missing")
                    found += more
                return found

    def _write(self) -> None:
        left = memoryview(bytes(self._waiting))
        with told_when_unwritable(self._place):
            if self._file is None:
                self._file = tempfile.TemporaryFile(dir=self._folder, buffering=0)  # noqa: SIM115
                weakref.finalize(self, self._file.close)
            self._file.seek(self._written)  # over what a full disk has taken of it
            while len(left):
                left = left[self._file.write(left) :]
        self._written += len(self._waiting)
        self._waiting = bytearray()

    @property
    def _place(self) -> str:
        return f"temporary files in {self._folder or tempfile.gettempdir()}"


class Shelved:
    """An array on a shelf."""

    __slots__ = ("_like", "_shape", "_shelf", "_start")

    def __init__(self, shelf: Shelf, array: NDArray[Any]) -> None:
        self._shelf, self._shape, self._like = shelf, array.shape, array.dtype
        self._start = shelf.put(np.ascontiguousarray(array).data.cast("B") if array.size else b"")

    def read(self, first: int = 0, last: int | None = None) -> NDArray[Any]:
        """The array, or some of its rows; it cannot be written to."""
        last = self._shape[0] if last is None else min(last, self._shape[0])
        shape = (max(0, last - first), *self._shape[1:])
        row = self._like.itemsize * int(np.prod(self._shape[1:], dtype=np.int64))
        data = self._shelf.get(self._start + first * row, shape[0] * row)
        return np.frombuffer(data, self._like).reshape(shape)


class Pickles(Mapping[str, T], Generic[T]):
    """Objects by their names, each made anew whenever it is asked for."""

    def __init__(self, shelf: Shelf) -> None:
        self.shelf = shelf
        self._places: dict[str, tuple[int, int]] = {}

    def put(self, name: str, value: T) -> None:
        """Puts one aside."""
        data = pickle.dumps(value, pickle.HIGHEST_PROTOCOL)
        self._places[name] = self.shelf.put(data), len(data)

    def __getitem__(self, name: str) -> T:
        found: T = pickle.loads(self.shelf.get(*self._places[name]))
        return found

    def __iter__(self) -> Iterator[str]:
        return iter(self._places)

    def __len__(self) -> int:
        return len(self._places)

    def __contains__(self, name: object) -> bool:
        return name in self._places

"""Holding something against every other process."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path

from align._internal.progress import Waiting


@contextlib.contextmanager
def held(path: Path, busy: Waiting) -> Iterator[None]:
    """Holds the file `path` against every other process to the end of the block, or of this process.

    Where another one holds it, `busy` is given that one's number ("?" where it is not known): it raises, or returns
    and what is held is waited for. The file stays behind, empty; a link in its place is not followed.

    Raises:
        OSError: the file cannot be made or opened.
    """
    from filelock import FileLock, Timeout

    lock = FileLock(path, thread_local=False)
    try:
        lock.acquire(blocking=False)
    except Timeout:
        busy(_holder(path))
        lock.acquire()
    try:
        _write(path, f"{os.getpid()}\n")
        yield
    finally:
        with contextlib.suppress(OSError):
            _write(path, "")
        lock.release()


def _holder(path: Path) -> str:
    try:
        return path.read_text("ascii").strip() or "?"
    except (OSError, ValueError):
        return "?"


def _write(path: Path, text: str) -> None:
    handle = os.open(path, os.O_WRONLY | os.O_TRUNC | getattr(os, "O_NOFOLLOW", 0))
    with open(handle, "w", encoding="ascii") as stream:
        stream.write(text)

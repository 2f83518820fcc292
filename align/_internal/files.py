"""Files that are there whole or not at all."""

from __future__ import annotations

import contextlib
import errno
import os
import sys
import tempfile
from collections.abc import Iterable, Iterator
from contextvars import ContextVar
from pathlib import Path
from typing import IO, Any

from align.errors import OutputError


@contextlib.contextmanager
def atomic(path: str | Path, *, binary: bool = False) -> Iterator[IO[Any]]:
    """Opens a temporary file beside `path` and renames it onto `path` once everything is on disk.

    A pipe or a device is written to as it is, never replaced.

    Raises:
        OutputError: the folder cannot be made or written.
    """
    target = Path(path)
    if target.exists() and not _in_the_way(target):
        with told_when_unwritable(target), _opened(target, binary) as stream:
            yield stream
        return
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(prefix=f".{target.name[:100]}.", suffix=".part", dir=target.parent)
    except OSError as error:
        raise unwritable(target, error) from error
    try:
        with _opened(handle, binary) as stream:
            yield stream
            stream.flush()
            if not _together.get():
                os.fsync(stream.fileno())
        os.chmod(name, 0o666 & ~_umask())
        os.replace(name, target)
    except OSError as error:
        _forget(name)
        raise unwritable(target, error) from error
    except BaseException:
        _forget(name)
        raise


_together = ContextVar("_together", default=False)


@contextlib.contextmanager
def on_disk_together() -> Iterator[None]:
    """Inside it, files are renamed without waiting for the disk; it is waited for once, at the end.

    For files that count only once another one, written afterwards, says so: until then a crash may leave them empty.
    """
    if not hasattr(os, "sync"):  # Windows: each file by itself
        yield
        return
    token = _together.set(True)
    try:
        yield
    finally:
        _together.reset(token)
    os.sync()


def _opened(file: Path | int, binary: bool) -> IO[Any]:
    return open(file, "wb") if binary else open(file, "w", encoding="utf-8", newline="")


IN_PYTHON = "pass overwrite=True"


def refuse_existing(*paths: str | Path, remedy: str = "add --overwrite") -> None:
    """OutputError for what writing would replace; standard output (``-``), pipes and devices are not replaced.

    `remedy` says how to replace it: as on the command line, or `IN_PYTHON`.
    """
    for path in paths:
        if str(path) != "-" and _in_the_way(Path(path)):
            raise OutputError(f"{path}: exists already; write elsewhere or {remedy}")


def _in_the_way(path: Path) -> bool:
    return path.is_file() or path.is_dir()


def first_free(names: Iterable[str], taken: set[str]) -> str:
    """The first of these names that is not `taken`, also where a file system ignores case; from now on it is."""
    name = next(name for name in names if name.casefold() not in taken)
    taken.add(name.casefold())
    return name


@contextlib.contextmanager
def output(path: str | Path, *, binary: bool = False) -> Iterator[IO[Any]]:
    """`atomic`, or standard output for ``-``."""
    if str(path) != "-":
        with atomic(path, binary=binary) as stream:
            yield stream
        return
    yield sys.stdout.buffer if binary else sys.stdout
    sys.stdout.flush()


@contextlib.contextmanager
def told_when_unwritable(path: str | Path) -> Iterator[None]:
    """For what writes by itself, such as Parquet's writer: its errors as those of this program."""
    try:
        yield
    except OSError as error:
        raise unwritable(path, error) from error


def unwritable(path: str | Path, error: OSError) -> OutputError:
    """What to raise where a file cannot be written, with a remedy that fits whoever chose the place."""
    match error.errno:
        case errno.ENOSPC | errno.EDQUOT:
            remedy = "make room and run again"
        case errno.EACCES | errno.EPERM:
            remedy = "check the permissions of its folder, or write elsewhere"
        case errno.ENAMETOOLONG:
            remedy = "give it a shorter name"
        case errno.ELOOP:
            remedy = "it is a link: remove it"
        case _:
            remedy = "write elsewhere"
    return OutputError(f"{path}: cannot be written ({reason_of(error)}); {remedy}")


def reason_of(error: OSError) -> str:
    return os.strerror(error.errno) if error.errno else error.strerror or type(error).__name__


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


def _forget(name: str) -> None:
    with contextlib.suppress(OSError):
        os.unlink(name)

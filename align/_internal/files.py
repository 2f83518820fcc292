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

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None  # type: ignore[assignment]


class Pending:
    """A file that is written under another name, until it is put in its place or dropped: see `pending`.

    Attributes:
        stream: what to write to.
    """

    def __init__(self, target: Path, *, binary: bool, private: bool) -> None:
        self.target = target
        _make(target.parent)
        # A name that nobody can guess, made anew: a link that somebody put there is never followed.
        handle, self._name = tempfile.mkstemp(prefix=f".{target.name[:100]}.", suffix=PART, dir=target.parent)
        if not private and hasattr(os, "fchmod"):
            os.fchmod(handle, 0o666 & ~_umask())
        self._held = _hold(handle)
        self.stream = _opened(handle, binary)

    def place(self) -> None:
        """Brings the file to disk, gives it its name, and brings the folder to disk that says so.

        Raises:
            OSError: one of these failed; the file that was there before is still there.
        """
        with self.stream:
            self.stream.flush()
            if not _together.get():
                os.fsync(self.stream.fileno())
        os.replace(self._name, self.target)
        self._release()
        if not _together.get():
            _settle(self.target.parent)

    def _release(self) -> None:
        if self._held is not None:
            os.close(self._held)
            self._held = None

    def drop(self) -> None:
        """Removes the file, unless it was put in its place."""
        with contextlib.suppress(OSError):
            self.stream.close()
        with contextlib.suppress(OSError):
            os.unlink(self._name)
        self._release()


@contextlib.contextmanager
def pending(path: Path, *, binary: bool = False, private: bool = False) -> Iterator[Pending]:
    """A file beside `path` that goes when the block ends without `Pending.place`; `private`: for its owner alone.

    Raises:
        OSError: the folder cannot be made or written.
    """
    file = Pending(path, binary=binary, private=private)
    try:
        yield file
    finally:
        file.drop()


@contextlib.contextmanager
def atomic(path: str | Path, *, binary: bool = False, private: bool = False) -> Iterator[IO[Any]]:
    """Opens a temporary file beside `path` and renames it onto `path` once everything is on disk.

    The one way in which this package writes a file that stays. A pipe or a device is written to as it is, never
    replaced; a link is replaced, not followed. `private`: only its owner may read it.

    Raises:
        OutputError: the folder cannot be made or written.
    """
    target = Path(path)
    if target.exists() and not _in_the_way(target):
        with told_when_unwritable(target), _opened(target, binary) as stream:
            yield stream
        return
    with told_when_unwritable(target), pending(target, binary=binary, private=private) as file:
        yield file.stream
        file.place()


PART = ".part"  # how the names end under which files are written


def clear_parts(folder: Path, names: Iterable[str] = (), *, deep: bool = False) -> None:
    """Removes what killed processes left half written in `folder`; what is still being written stays.

    `names` are those of the files meant, all where none is named; `deep` goes into its folders, too.
    """
    heads = tuple(f".{name}." for name in names) or "."
    found = folder.rglob(f".*{PART}") if deep else folder.glob(f".*{PART}")
    for path in list(found):
        if path.name.startswith(heads) and _is_abandoned(path):
            with told_when_unwritable(path):
                path.unlink(missing_ok=True)


def _hold(handle: int) -> int | None:
    """Says that a file is being written, until the handle that is returned is closed, by a kill at the latest."""
    if fcntl is None:
        return None
    held = os.dup(handle)
    with contextlib.suppress(OSError):  # file systems without locks
        fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
    return held


def _is_abandoned(part: Path) -> bool:
    """Whether nobody writes this file any more; where that cannot be known, whoever asks says so."""
    if fcntl is None:
        return True
    try:
        with open(part, "rb") as stream:
            fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError:
        return True
    return True


def put_in_place(part: Path, target: Path) -> None:
    """Gives a file that was written under another name in the same folder its own; both are on disk afterwards.

    Raises:
        OSError: one of these failed; the file that was there before is still there.
    """
    with open(part, "rb") as stream:
        os.fsync(stream.fileno())
    os.replace(part, target)
    _settle(target.parent)


def is_whole(path: Path) -> bool:
    """Whether a file of lines is there and ends as one does that was not cut off."""
    try:
        with open(path, "rb") as stream:
            stream.seek(-1, os.SEEK_END)
            return stream.read() == b"\n"
    except OSError:  # not there, or empty
        return False


def _make(folder: Path) -> None:
    """Makes a folder and those above it, each on disk before the next."""
    if folder.is_dir():
        return
    _make(folder.parent)
    folder.mkdir(exist_ok=True)
    _settle(folder.parent)


def _settle(folder: Path) -> None:
    """Brings the names in a folder to disk, where the system knows how."""
    if not hasattr(os, "O_DIRECTORY"):
        return
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    except OSError as error:
        if error.errno not in (errno.EINVAL, errno.ENOTSUP):  # file systems that do not sync folders
            raise
    finally:
        os.close(handle)


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
    with told_when_unwritable("standard output"):
        yield sys.stdout.buffer if binary else sys.stdout
        sys.stdout.flush()


def hold_standard_streams() -> None:
    """Gives standard streams that were closed before the start (``>&-``) their places back.

    Otherwise the next file that is opened would take the place, and what another library prints would go into it.
    Reading or writing such a stream fails as that of a closed one; standard error alone swallows what it is told.
    """
    for number, (name, mode, access) in enumerate(_CLOSED):
        if getattr(sys, name) is not None:
            continue
        opened = os.open(os.devnull, access)
        if opened != number:
            os.dup2(opened, number)
            os.close(opened)
        if name != "stderr":
            setattr(sys, name, os.fdopen(number, mode, encoding="utf-8", closefd=False))


# Opened the other way round, as GNU's stdopen does it: what is read or written there fails.
_CLOSED = (("stdin", "r", os.O_WRONLY), ("stdout", "w", os.O_RDONLY), ("stderr", "w", os.O_WRONLY))


@contextlib.contextmanager
def told_when_unwritable(path: str | Path) -> Iterator[None]:
    """For what writes by itself, such as Parquet's writer: its errors as those of this program."""
    try:
        yield
    except BrokenPipeError:  # whoever was reading has seen enough
        raise
    except OSError as error:
        raise unwritable(path, error) from error


_OF_DISK = (errno.EIO, errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EROFS)


@contextlib.contextmanager
def told_when_the_disk_fails(folder: Path) -> Iterator[None]:
    """For a job that changes many files in a folder: what the disk answers, whichever change it was.

    Raises:
        OutputError: the disk is full or broken.
    """
    try:
        yield
    except OSError as error:
        if error.errno not in _OF_DISK:
            raise
        raise unwritable(error.filename or folder, error) from error


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

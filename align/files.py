"""Files that are there whole or not at all, and tables that every reader reads alike."""

from __future__ import annotations

import contextlib
import csv
import errno
import os
import sys
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import IO, Any

from align.errors import OutputError

_LONGEST_CELL = 2**31 - 1


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
            os.fsync(stream.fileno())
        os.chmod(name, 0o666 & ~_umask())
        os.replace(name, target)
    except OSError as error:
        _forget(name)
        raise unwritable(target, error) from error
    except BaseException:
        _forget(name)
        raise


def _opened(file: Path | int, binary: bool) -> IO[Any]:
    return open(file, "wb") if binary else open(file, "w", encoding="utf-8", newline="")


def refuse_existing(*paths: str | Path) -> None:
    """OutputError for what writing would replace; standard output (``-``), pipes and devices are not replaced."""
    for path in paths:
        if str(path) != "-" and _in_the_way(Path(path)):
            raise OutputError(f"{path}: exists already; write elsewhere or add --overwrite")


def _in_the_way(path: Path) -> bool:
    return path.is_file() or path.is_dir()


@contextlib.contextmanager
def output(path: str | Path, *, binary: bool = False) -> Iterator[IO[Any]]:
    """`atomic`, or standard output for ``-``."""
    if str(path) != "-":
        with atomic(path, binary=binary) as stream:
            yield stream
        return
    yield sys.stdout.buffer if binary else sys.stdout
    sys.stdout.flush()


def write_table(path: str | Path, columns: Sequence[str], rows: Iterable[Sequence[object]]) -> int:
    """A TSV file with one header line; returns the number of rows. None is an empty cell."""
    count = 0
    with output(path) as stream:
        writer = table_writer(stream)
        writer.writerow(columns)
        for row in rows:
            writer.writerow([cell(value) for value in row])
            count += 1
    return count


def table_writer(stream: IO[str]) -> Any:
    """Tab-separated, quoted only where needed (tab, quote, line break): csv, pandas and spreadsheets agree."""
    return csv.writer(stream, delimiter="\t", quotechar='"', lineterminator="\n", quoting=csv.QUOTE_MINIMAL)


def read_table(path: str | Path) -> Iterator[dict[str, str]]:
    """The rows of a table that `write_table` wrote, each by column name.

    Raises:
        OutputError: the file is missing, not UTF-8, or a line has another number of cells than the header.
    """
    csv.field_size_limit(
        _LONGEST_CELL
    )  # of the whole process: the default refuses a paragraph of 131,073 characters
    try:
        with open(path, encoding="utf-8", newline="") as stream:
            lines = csv.reader(stream, delimiter="\t")
            header = next(lines, [])
            for row in lines:
                if len(row) != len(header):
                    raise OutputError(
                        f"{path}, line {lines.line_num}: {len(row)} cells where the header has {len(header)}; "
                        "the file was altered: run with --overwrite to write it again"
                    )
                yield dict(zip(header, row, strict=True))
    except OSError as error:
        raise OutputError(f"{path}: cannot be read ({_reason(error)})") from error
    except (UnicodeDecodeError, csv.Error) as error:
        raise OutputError(
            f"{path}: not a table of this program ({error}); run with --overwrite to write it again"
        ) from error


def read_header(path: str | Path) -> list[str]:
    """The names of a table's columns; a table without rows has them too."""
    with open(path, encoding="utf-8", newline="") as stream:
        return next(csv.reader(stream, delimiter="\t"), [])


def cell(value: object) -> object:
    """A value as it stands in a table: floats with four decimals, flags as yes and no, None as nothing."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:.4f}"
    return value


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
        case _:
            remedy = "write elsewhere"
    return OutputError(f"{path}: cannot be written ({_reason(error)}); {remedy}")


def _reason(error: OSError) -> str:
    return os.strerror(error.errno) if error.errno else error.strerror or type(error).__name__


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


def _forget(name: str) -> None:
    with contextlib.suppress(OSError):
        os.unlink(name)

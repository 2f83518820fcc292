"""Tables that every reader reads alike: tab-separated, a header line, UTF-8."""

from __future__ import annotations

import codecs
import contextlib
import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import IO, Any

from align._internal.files import output, reason_of
from align.errors import OutputError

_LONGEST_CELL = 2**31 - 1
_DELIMITERS = "\t;,"
_ALTERED = "the file was altered: run with --overwrite to write it again"


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


def read_table(path: str | Path, columns: Sequence[str] = ()) -> Iterator[dict[str, str]]:
    """The rows of a table that `write_table` wrote, each by column name; a spreadsheet may have saved it since.

    Raises:
        OutputError: the file is missing, empty or no text, it lacks one of `columns`, or a line has another number of
            cells than the header.
    """
    try:
        with _lines(path) as lines:
            header: list[str] = next(lines, [])
            missing = [name for name in columns if name not in header]
            if missing or not header:
                what = f"no column {', '.join(missing)}" if header else "is empty"
                raise OutputError(f"{path}: {what}; {_ALTERED}")
            for row in lines:
                if len(row) != len(header):
                    raise OutputError(
                        f"{path}, line {lines.line_num}: {len(row)} cells where the header has {len(header)}; "
                        f"{_ALTERED}"
                    )
                yield dict(zip(header, row, strict=True))
    except OSError as error:
        raise OutputError(f"{path}: cannot be read ({reason_of(error)})") from error
    except (UnicodeError, csv.Error) as error:
        raise OutputError(
            f"{path}: not a table of this program ({error}); run with --overwrite to write it again"
        ) from error


def read_header(path: str | Path) -> list[str]:
    """The names of a table's columns; a table without rows has them too."""
    with _lines(path) as lines:
        return next(lines, [])


@contextlib.contextmanager
def _lines(path: str | Path) -> Iterator[Any]:
    """The lines of a table as lists of cells, as this program writes it or a spreadsheet saves it.

    That is UTF-8 with or without a byte order mark, or UTF-16; what parts the cells is read off the header.
    """
    # Of the whole process: the default refuses a paragraph of 131,073 characters.
    csv.field_size_limit(_LONGEST_CELL)
    with open(path, "rb") as raw:
        head = raw.peek()  # not read twice: it may be a pipe
        wide = head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
        encoding = "utf-16" if wide else "utf-8-sig"
        header = head.decode(encoding, "ignore").partition("\n")[0]
        delimiter = next((mark for mark in _DELIMITERS if mark in header), "\t")
        with io.TextIOWrapper(raw, encoding, newline="") as stream:
            yield csv.reader(stream, delimiter=delimiter)


def cell(value: object) -> object:
    """A value as it stands in a table: floats with four decimals, flags as yes and no, None as nothing."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:.4f}"
    return value

"""Tables that every reader reads alike: tab-separated, a header line, UTF-8."""

from __future__ import annotations

import codecs
import contextlib
import csv
import io
import re
import shutil
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import IO, Any

from align._internal.files import output, reason_of
from align.errors import OutputError

_LONGEST_CELL = 2**31 - 1
_DELIMITERS = "\t;,"
SAVE_AGAIN = "save it from the spreadsheet as CSV UTF-8 or as tab-separated text"
_ALTERED = "the file was altered: run with --overwrite to write it again"


def write_table(
    path: str | Path,
    columns: Sequence[str],
    rows: Iterable[Sequence[object]],
    *,
    spreadsheet_safe: bool = False,
) -> int:
    """A TSV file with one header line; returns the number of rows. None is an empty cell.

    `spreadsheet_safe`: texts that a spreadsheet would take for formulas are written as `without_formula` says.
    """
    count = 0
    form = (lambda value: without_formula(cell(value))) if spreadsheet_safe else cell
    with output(path) as stream:
        writer = table_writer(stream)
        writer.writerow(columns)
        for row in rows:
            writer.writerow([form(value) for value in row])
            count += 1
    return count


def extend_table(path: str | Path, earlier: Path, rows: Iterable[Sequence[object]]) -> bool:
    """Writes the lines of `earlier` as they stand, and `rows` behind them, into `path`; as fast as a file is copied.

    False, and nothing is written, where `earlier` is not as `write_table` leaves a file: somebody has saved it since.
    """
    if not _is_ours(earlier):
        return False
    with output(path) as stream, open(earlier, encoding="utf-8", newline="") as lines:
        shutil.copyfileobj(lines, stream, 1 << 20)
        writer = table_writer(stream)
        for row in rows:
            writer.writerow([cell(value) for value in row])
    return True


def _is_ours(path: Path) -> bool:
    """Whether the first line and the last byte of a table are as `write_table` writes them."""
    try:
        with open(path, "rb") as stream:
            head = stream.readline()
            stream.seek(-1, 2)
            last = stream.read()
    except OSError:
        return False
    return (
        last == b"\n"
        and not head.startswith(codecs.BOM_UTF8)
        and b"\t" in head
        and not head.endswith(b"\r\n")
    )


# What spreadsheets take for a formula: these marks, in full width too, behind whatever spaces; and what passes for one
# of our apostrophes, so that `with_formula` gives every text back.
_FORMULA = re.compile(r"'* *(?:[\t\r\n]|\s*[=+\-@\uff1d\uff0b\uff0d\uff20])")


def without_formula(value: object) -> object:
    """A text behind an apostrophe where a spreadsheet would take it for a formula."""
    return f"'{value}" if isinstance(value, str) and _FORMULA.match(value) else value


def with_formula(text: str) -> str:
    """The text that `without_formula` was given."""
    return text[1:] if text.startswith("'") and _FORMULA.match(text) else text


def table_writer(stream: IO[str]) -> Any:
    """Tab-separated, quoted only where needed (tab, quote, line break): csv, pandas and spreadsheets agree."""
    return csv.writer(stream, delimiter="\t", quotechar='"', lineterminator="\n", quoting=csv.QUOTE_MINIMAL)


def rows_if_there(path: Path, columns: Sequence[str] = ()) -> Iterator[dict[str, str]]:
    """The rows of `read_table`; none where there is no such file."""
    return read_table(path, columns) if path.exists() else iter(())


def read_table(
    path: str | Path, columns: Sequence[str] = (), *, remedy: str = _ALTERED
) -> Iterator[dict[str, str]]:
    """The rows of a table that `write_table` wrote, each by column name; a spreadsheet may have saved it since.

    Empty rows and empty cells beyond the last column are none; column names are read in any case. `remedy` is what to
    do about a file that cannot be used: one that holds somebody's work must not be written again.

    Raises:
        OutputError: the file is missing, empty or no text, it lacks one of `columns`, or a line has another number of
            cells than the header.
    """
    try:
        with _lines(path) as lines:
            header = [name.strip().lower() for name in next(lines, [])]
            missing = [name for name in columns if name not in header]
            if missing or not header:
                what = f"no column {', '.join(missing)}" if header else "is empty"
                raise OutputError(f"{path}: {what}; {remedy}")
            for row in lines:
                if not any(row):
                    continue
                if len(row) > len(header) and not any(row[len(header) :]):
                    del row[len(header) :]
                if len(row) != len(header):
                    raise OutputError(
                        f"{path}, line {lines.line_num}: {len(row)} cells where the header has {len(header)}; "
                        f"{remedy}"
                    )
                yield dict(zip(header, row, strict=True))
    except OSError as error:
        raise OutputError(f"{path}: cannot be read ({reason_of(error)})") from error
    except (UnicodeError, csv.Error) as error:
        raise OutputError(f"{path}: not a table of this program ({error}); {remedy}") from error


def read_cells(path: str | Path) -> list[list[str]]:
    """All rows of a table as a spreadsheet counts them, header and empty rows included.

    Raises:
        OutputError: the file is missing or no text.
    """
    try:
        with _lines(path) as lines:
            return list(lines)
    except OSError as error:
        raise OutputError(f"{path}: cannot be read ({reason_of(error)})") from error
    except (UnicodeError, csv.Error) as error:
        raise OutputError(f"{path}: not a table of this program ({error}); {SAVE_AGAIN}") from error


def read_header(path: str | Path) -> list[str]:
    """The names of a table's columns; a table without rows has them too."""
    with _lines(path) as lines:
        return [name.strip().lower() for name in next(lines, [])]


def read_rows(path: str | Path) -> Iterator[tuple[int, list[str]]]:
    """The rows of a table without a header of ours, each with its line number; empty ones are left out.

    Raises:
        OSError, UnicodeError, csv.Error: it cannot be read, or is no table.
    """
    with _lines(path) as lines:
        for row in lines:
            if any(row):
                yield lines.line_num, row


@contextlib.contextmanager
def _lines(path: str | Path) -> Iterator[Any]:
    """The lines of a table as lists of cells, as this program writes it or a spreadsheet saves it.

    That is UTF-8 with or without a byte order mark, or UTF-16; what parts the cells is read off the header.
    """
    # Of the whole process: the default refuses a paragraph of 131,073 characters.
    csv.field_size_limit(_LONGEST_CELL)
    with open(path, "rb") as raw:
        head = raw.peek()  # not read twice: it may be a pipe
        encoding = _encoding(head)
        header = head.decode(encoding, "ignore").lstrip("\ufeff").lstrip().partition("\n")[0]
        delimiter = next((mark for mark in _DELIMITERS if mark in header), "\t")
        with io.TextIOWrapper(raw, encoding, newline="") as stream:
            yield csv.reader(stream, delimiter=delimiter)


def _encoding(head: bytes) -> str:
    """By the byte order mark, or by where the zeros of the first, Latin letters stand."""
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    if b"\x00" in head[:2]:
        return "utf-16-be" if head[:1] == b"\x00" else "utf-16-le"
    return "utf-8-sig"


def cell(value: object) -> object:
    """A value as it stands in a table: floats with four decimals, flags as yes and no, None as nothing."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:.4f}"
    return value

"""Tables that every reader reads alike: tab-separated, a header line, UTF-8."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import IO, Any

from align._internal.files import output, reason_of
from align.errors import OutputError

_LONGEST_CELL = 2**31 - 1


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
    # Of the whole process: the default refuses a paragraph of 131,073 characters.
    csv.field_size_limit(_LONGEST_CELL)
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
        raise OutputError(f"{path}: cannot be read ({reason_of(error)})") from error
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

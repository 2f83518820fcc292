"""The rows of a table that a person has filled in, in whatever form a spreadsheet saved it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from align._internal.tables import SAVE_AGAIN, read_cells
from align._internal.workbooks import is_workbook, read_workbook
from align.errors import InputError, OutputError


def read_sheet(path: str | Path, columns: Sequence[str]) -> Iterator[tuple[int, dict[str, str]]]:
    """The rows below the header, each with its number in the spreadsheet; empty ones are passed over.

    Reads XLSX, XLS, XLSB and ODS, and text in UTF-8 or UTF-16 whose cells are parted by tabs, commas or semicolons.
    Names of columns may be in any case and order; a row that ends early is filled up. What is wrong with a row alone
    stands under the name "".

    Raises:
        InputError: the file cannot be read, or lacks one of `columns`.
    """
    try:
        rows = read_workbook(path, "decisions") if is_workbook(path) else read_cells(path)
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({error.strerror or error})") from None
    except (OutputError, UnicodeDecodeError) as error:
        raise InputError(str(error)) from None
    first = next((at for at, row in enumerate(rows) if any(row)), None)
    if first is None:
        raise InputError(f"{path}: is empty; expected a table as align review --export writes it")
    header = [name.strip().lower() for name in rows[first]]
    missing = [name for name in columns if name not in header]
    if missing:
        raise InputError(
            f"{path}: no column {', '.join(missing)}; a decisions file has at least {', '.join(columns)}: "
            f"{SAVE_AGAIN}"
        )
    for number, row in enumerate(rows[first + 1 :], first + 2):
        if any(map(str.strip, row)):
            yield number, _named(header, row)


def _named(header: Sequence[str], row: Sequence[str]) -> dict[str, str]:
    """A row by names of columns."""
    cells = {name: row[at] if at < len(row) else "" for at, name in enumerate(header) if name}
    if any(row[len(header) :]):
        cells[""] = (
            f"{len(row)} cells where the header has {len(header)}: a mark that parts cells stands in a text"
        )
    return cells

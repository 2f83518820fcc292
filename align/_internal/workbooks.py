"""Tables as workbooks of a spreadsheet: written as XLSX, read back as XLSX, XLS, XLSB or ODS.

XlsxWriter writes, calamine reads: both are kept up, and neither runs anything that a workbook holds.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date, datetime
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from align._internal.files import atomic
from align._internal.hints import install_extra
from align._internal.tables import cell
from align.errors import OutputError, UsageError

LONGEST_CELL = 32_767  # characters that a cell of a spreadsheet holds
MOST_ROWS = 1_048_575  # below the header
CUT = "…"  # ends a text that no cell holds

_ENDINGS = (".xlsx",)
_OTHERS = (
    ".xls",
    ".xlsm",
    ".xlsb",
    ".ods",
    ".fods",
    ".numbers",
)  # a table under such a name opens as nothing
_SIGNATURES = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")
_WIDTHS = (12, 45)  # of a column of words, and of texts


def is_workbook_name(path: str | Path) -> bool:
    """Whether a file of this name is written as a workbook.

    Raises:
        UsageError: it would be one of a kind that is not written.
    """
    if ending := next((one for one in _OTHERS if str(path).lower().endswith(one)), ""):
        raise UsageError(f"{path}: no {ending} is written; give it the ending .xlsx, or .tsv for plain text")
    return str(path).lower().endswith(_ENDINGS)


def is_workbook(path: str | Path) -> bool:
    """Whether a file is a workbook, whatever its name.

    Raises:
        OSError: it cannot be read.
    """
    with open(path, "rb") as stream:
        return stream.read(4) in _SIGNATURES


def write_workbook(
    path: str | Path,
    columns: Sequence[str],
    rows: Iterable[Sequence[object]],
    *,
    choices: Mapping[str, Sequence[str]],
    texts: Collection[str] = (),
    fill: Collection[str] = (),
) -> int:
    """A workbook of one sheet with a header; returns the number of rows.

    Every cell but a number is a text, whatever it begins with: nothing is a formula or a link.

    Args:
        path: the file.
        columns: their names.
        rows: the cells of each.
        choices: columns whose cells are picked from a list.
        texts: columns that are wide.
        fill: columns that somebody fills in; their heads are marked.

    Raises:
        OutputError: it cannot be written, or has more rows than a sheet holds.
        UsageError: XlsxWriter is not installed.
    """
    _require("xlsxwriter")
    from xlsxwriter import Workbook

    with atomic(path, binary=True) as stream:
        options = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
        book = Workbook(stream, options)
        try:
            count = _fill(book, path, columns, rows, choices=choices, texts=texts, fill=fill)
        finally:
            book.close()  # also of what is given up: it holds a file of its own
    return count


def _fill(
    book: Any,
    path: str | Path,
    columns: Sequence[str],
    rows: Iterable[Sequence[object]],
    *,
    choices: Mapping[str, Sequence[str]],
    texts: Collection[str],
    fill: Collection[str],
) -> int:
    book.set_properties({"created": datetime(2000, 1, 1)})  # the same decisions give the same bytes
    sheet = book.add_worksheet("decisions")
    text = book.add_format({"num_format": "@", "text_wrap": True, "valign": "top", "quote_prefix": True})
    head = book.add_format({"bold": True, "num_format": "@"})
    marked = book.add_format({"bold": True, "num_format": "@", "bg_color": "#FFF2CC"})
    for at, name in enumerate(columns):
        sheet.set_column(at, at, _WIDTHS[name in texts])
        sheet.write_string(0, at, name, marked if name in fill else head)
    sheet.freeze_panes(1, 0)
    count = 0
    for count, row in enumerate(rows, 1):
        if count > MOST_ROWS:
            raise OutputError(
                f"{path}: a sheet holds {MOST_ROWS:,} rows; write TSV, or a batch alone with --batch"
            )
        for at, value in enumerate(row):
            _write(sheet, count, at, value, text)
    for name, allowed in choices.items():
        at = columns.index(name)
        sheet.data_validation(1, at, max(count, 1), at, {"validate": "list", "source": list(allowed)})
    sheet.autofilter(0, 0, max(count, 1), len(columns) - 1)
    return count


def _write(sheet: Any, row: int, column: int, value: object, text: Any) -> None:
    if isinstance(value, int | float) and not isinstance(value, bool):
        sheet.write_number(row, column, round(value, 4))
    else:
        said = str(cell(value))
        sheet.write_string(
            row, column, said if len(said) <= LONGEST_CELL else said[: LONGEST_CELL - 1] + CUT, text
        )


def read_workbook(path: str | Path, sheet: str) -> list[list[str]]:
    """All rows of a sheet of this name, or of the first one, header and empty rows included, as texts.

    Raises:
        OutputError: it is no workbook, is damaged, or keeps its contents behind a password.
        UsageError: calamine is not installed.
    """
    _require("python_calamine")
    from python_calamine import CalamineError, CalamineWorkbook

    try:
        with open(path, "rb") as stream:
            book = CalamineWorkbook.from_filelike(stream)
        name = sheet if sheet in book.sheet_names else book.sheet_names[0]
        return [
            list(map(_text, row)) for row in book.get_sheet_by_name(name).to_python(skip_empty_area=False)
        ]
    except (CalamineError, OSError, ValueError, LookupError) as error:
        raise OutputError(
            f"{path}: not a workbook that can be read ({error}); save it as XLSX or CSV UTF-8, without a password"
        ) from None


def _text(value: object) -> str:
    """A cell as a table has it: whole numbers without a point, dates as ISO 8601 says."""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, datetime | date):
        return value.isoformat()
    return str(cell(value))


def _require(module: str) -> None:
    if find_spec(module) is None:
        raise UsageError(
            f"workbooks need {module.replace('_', '-')}: {install_extra('sheets')} (TSV needs nothing)"
        )

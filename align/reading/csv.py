"""CSV and TSV with a header line: one document a row; a text may run over several lines inside quotes."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator

import pyarrow as pa

from align.reading.columns import ONE_MEANT, fill, repeated, row_id
from align.reading.compression import Stream
from align.reading.inputs import Input
from align.reading.options import ReadOptions
from align.reading.rowbytes import RowEncoding
from align.reading.rows import Row, row_batches
from align.reading.text import SPLIT, megabytes

_PIECE = 1 << 20  # characters of a line that is passed over
_MANY = 500  # lines in one row: more than a text in a cell has, but for a quote that was left open
_CALLED = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "bars"}
_DELIMITERS = tuple(_CALLED)


def read_csv(stream: Stream, item: Input, options: ReadOptions) -> Iterator[pa.RecordBatch]:
    """The documents of a table, in order; each row that cannot be used is a row with a problem."""
    yield from row_batches(_rows(stream, item, options))


class CsvRows:
    """A table, row by row: the header, then each row as a list of cells, or a message where it is no row.

    Attributes:
        delimiter: what parts its cells, as the header shows.
        encoding: of the cells that are not UTF-8; their bytes stand in the cells as lone surrogates.
        lines: of the file that the last row runs over.
    """

    def __init__(self, stream: Stream, path: str, options: ReadOptions) -> None:
        csv.field_size_limit(max(options.max_bytes, csv.field_size_limit()))
        head = stream.peek()
        self.lines = 0
        self.encoding = RowEncoding(options.language)
        self.encoding.learn(head[: head.rfind(b"\n") + 1])
        self._text = io.TextIOWrapper(stream, "utf-8-sig", "surrogateescape", newline="")
        self._limit = options.max_bytes
        stated = re.match(r'"?sep=(.)"?[\r\n]', head[:20].decode("utf-8-sig", "replace"))
        if stated:  # a first line that spreadsheets write and read
            self._text.readline()
        self.delimiter = stated[1] if stated else _delimiter(head, path, options.text_field)

    def __iter__(self) -> Iterator[list[str] | str]:
        rows = csv.reader(_Lines(self._text, self._limit), delimiter=self.delimiter, strict=True)
        while True:
            before = rows.line_num
            try:
                row: list[str] | str = next(rows)
            except StopIteration:
                return
            except csv.Error as error:
                row = str(error)
            self.lines = rows.line_num - before
            yield row


class _Lines:
    """The lines of a table; one over the limit is passed over, and the row that it is in cannot be read.

    An object rather than a generator, which would be at its end once it has raised.
    """

    def __init__(self, text: io.TextIOWrapper, limit: int) -> None:
        self._text, self._limit = text, limit

    def __iter__(self) -> _Lines:
        return self

    def __next__(self) -> str:
        line = self._text.readline(self._limit + 1)
        if not line:
            raise StopIteration
        if len(line) <= self._limit:
            return line
        while line and not line.endswith(("\n", "\r")):
            line = self._text.readline(_PIECE)
        raise csv.Error(f"a line is longer than {megabytes(self._limit)}; {SPLIT}")


def _delimiter(head: bytes, path: str, text_field: str) -> str:
    """What parts the header so that the column of texts is one of its cells; else what parts it into most."""
    named = "\t" if ".tsv" in path.lower() or ".tab" in path.lower() else ","
    text = head.decode("utf-8-sig", "surrogateescape")

    def header(delimiter: str) -> list[str]:
        try:
            return next(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter), [])
        except csv.Error:
            return []

    found = {delimiter: header(delimiter) for delimiter in (named, *_DELIMITERS)}
    return max(found, key=lambda delimiter: (text_field in found[delimiter], len(found[delimiter])))


def _rows(stream: Stream, item: Input, options: ReadOptions) -> Iterator[Row]:
    table = CsvRows(stream, item.path, options)
    header: list[str] | None = None
    number = 0
    for cells in table:
        if header is None:
            names = cells if isinstance(cells, str) else [table.encoding.cell(cell)[0] for cell in cells]
            if isinstance(names, str) or options.text_field not in names:
                found = names if isinstance(names, str) else ", ".join(names)[:200]
                problem = f"has no column {options.text_field!r} in its first line ({found}); name it with --text-field"
                yield Row(item.id, item.source, problem=problem)
                return
            if twice := repeated(names, options):
                yield Row(item.id, item.source, problem=f"has 2 columns {twice!r}, {ONE_MEANT}")
                return
            header = names
        elif cells:
            yield _row(cells, header, item, options, number, table)
            number += 1


def _row(
    cells: list[str] | str,
    header: list[str],
    item: Input,
    options: ReadOptions,
    number: int,
    table: CsvRows,
) -> Row:
    row = Row(row_id(item, number), item.source, number, options.language)
    swallowed = (
        f"; {table.lines} lines of the file are in it, a quote may be left open" if table.lines > 1 else ""
    )
    if isinstance(cells, str):
        row.problem = f"row {number + 1} cannot be read ({cells}); mend the row{swallowed}"
    elif len(cells) != len(header):
        row.problem = (
            f"row {number + 1} has {len(cells)} cells, the header {len(header)}; "
            f"quote cells with {_CALLED.get(table.delimiter, table.delimiter)}"
        )
        row.problem += swallowed
    else:
        decoded = [table.encoding.cell(cell) for cell in cells]
        warning = next((said for _, said in decoded if said), None)
        if table.lines > _MANY:
            long = f"runs over {table.lines} lines of the file: a quote may be left open"
            warning = f"{warning}; {long}" if warning else long
        cells = [cell for cell, _ in decoded]
        value = {
            name: cell for name, cell in zip(header, cells, strict=True) if cell or name == options.text_field
        }
        fill(row, value, options, "row", warning)
    return row

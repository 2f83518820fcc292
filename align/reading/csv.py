"""CSV and TSV with a header line: one document a row; a text may run over several lines inside quotes."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator

import pyarrow as pa

from align.reading.bytes import Stream
from align.reading.columns import fill, place
from align.reading.inputs import Input
from align.reading.options import ReadOptions
from align.reading.rows import Row, batches


def read_csv(stream: Stream, item: Input, options: ReadOptions) -> Iterator[pa.RecordBatch]:
    """The documents of a table, in order; each row that cannot be used is a row with a problem."""
    yield from batches(_rows(stream, item, options))


class _Raw(io.RawIOBase):
    """Any stream of bytes as one that text can be read from; closing it leaves the stream open."""

    def __init__(self, stream: Stream) -> None:
        self._stream = stream

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        data = self._stream.read(len(buffer))
        buffer[: len(data)] = data
        return len(data)


def csv_rows(stream: Stream, path: str, limit: int) -> Iterator[list[str] | str]:
    """The header, then each row as a list of cells, or a message where it is no row."""
    csv.field_size_limit(max(limit, csv.field_size_limit()))
    text = io.TextIOWrapper(io.BufferedReader(_Raw(stream)), "utf-8-sig", "surrogateescape", newline="")
    rows = csv.reader(text, delimiter=delimiter(path), strict=True)
    while True:
        try:
            yield next(rows)
        except StopIteration:
            return
        except csv.Error as error:
            yield str(error)


def delimiter(path: str) -> str:
    """A tab where the file's name says so, else a comma."""
    return "\t" if ".tsv" in path.lower() or ".tab" in path.lower() else ","


def _rows(stream: Stream, item: Input, options: ReadOptions) -> Iterator[Row]:
    header: list[str] | None = None
    number = 0
    for cells in csv_rows(stream, item.path, options.max_bytes):
        if header is None:
            if isinstance(cells, str) or options.text_field not in cells:
                found = cells if isinstance(cells, str) else ", ".join(cells)[:200]
                problem = f"has no column {options.text_field!r} in its first line ({found}); name it with --text-field"
                yield Row(item.id, item.path, problem=problem)
                return
            header = cells
        elif cells:
            yield _row(cells, header, item, options, number)
            number += 1


def _row(cells: list[str] | str, header: list[str], item: Input, options: ReadOptions, number: int) -> Row:
    row = Row(place(item, number), item.path, number, options.language)
    if isinstance(cells, str):
        row.problem = f"row {number + 1} cannot be read ({cells}); mend the row"
    elif len(cells) != len(header):
        row.problem = (
            f"row {number + 1} has {len(cells)} cells, the header {len(header)}; quote cells with commas"
        )
    else:
        fill(row, {name: cell for name, cell in zip(header, cells, strict=True) if cell}, options, "row")
    return row

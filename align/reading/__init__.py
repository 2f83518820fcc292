"""Reading batches of articles: one module per input format behind `read_batch`."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pyarrow as pa

from align._internal.options import chosen
from align.errors import InputError
from align.reading.arrow import read_arrow
from align.reading.compression import DECOMPRESSION_ERRORS, Meter, Stream, open_bytes
from align.reading.csv import read_csv
from align.reading.html import read_html
from align.reading.inputs import Input, Paths, find_inputs, paths_of
from align.reading.jsonl import read_jsonl
from align.reading.office import read_office
from align.reading.options import SCHEMA, Format, ReadOptions
from align.reading.parquet import read_parquet
from align.reading.rowbytes import row_bytes
from align.reading.rows import (
    Part,
    Row,
    gathered,
    mark_unusable,
    reason,
    row_batches,
    with_warning,
    without_entities,
)
from align.reading.sniff import input_format
from align.reading.subtitles import read_subtitles
from align.reading.text import read_text
from align.reading.warc import read_warc

__all__ = [
    "SCHEMA",
    "Meter",
    "ReadOptions",
    "input_format",
    "read_apart",
    "read_batch",
    "read_lines",
    "read_one",
    "read_with_warning",
]


def read_batch(
    inputs: Paths, *, options: ReadOptions | None = None, meter: Meter | None = None
) -> Iterator[pa.RecordBatch]:
    """All documents below `inputs` as record batches of `SCHEMA`, in a fixed order, a few megabytes at a time.

    `inputs` is a file, a folder, a glob, a URL or ``-`` for standard input, or several of them. What cannot be read is
    a row with a `problem` that names the remedy; nothing is left out in silence. A `meter` can be asked meanwhile how
    far reading has come.

    Raises:
        UsageError: at once, when something that is no path is among the inputs.
    """
    options = chosen(options, ReadOptions)
    found = find_inputs(paths_of(inputs), options.selection)
    parts = ((item.id, part) for item in found for part in _read(item, options, meter))
    checked = mark_unusable(gathered(parts), options.repeated)
    return (batch for batch in checked if batch.num_rows)


def read_apart(
    items: Sequence[Input], options: ReadOptions
) -> Iterator[tuple[Sequence[int], pa.RecordBatch]]:
    """The documents of some inputs, where nobody knows those of the others; with the place of each row's input.

    As `read_batch` gives them, but for what takes all ids to know: which of them come again, and which documents are
    refused for it. One without text (`align.reading.rows.is_empty`) has no problem yet.
    """
    parts = ((str(place), part) for place, item in enumerate(items) for part in _read(item, options, None))
    for places, batch in gathered(parts):
        if batch.num_rows:
            each = places if len(places) > 1 else [places[0]] * batch.num_rows
            yield [int(place) for place in each], without_entities(batch)


def read_one(path: str | Path) -> str:
    """The clean text of one file.

    Raises:
        InputError: as `read_with_warning`.
    """
    return read_with_warning(path)[0]


def read_with_warning(path: str | Path) -> tuple[str, str]:
    """The clean text of one file, and what was repaired in it, or is no prose; empty where nothing was.

    Raises:
        InputError: it is missing, a folder, empty, too large, or not text.
    """
    if Path(path).is_dir():
        raise InputError(f"{path}: is a folder where a file is expected; name one file")
    rows = [row for batch in read_batch([path], options=_as_one(path)) for row in batch.to_pylist()]
    if rows[0]["problem"]:
        raise InputError(f"{path}: {rows[0]['problem']}")
    return str(rows[0]["text"]), str(rows[0]["warning"] or "")


_OF_ROWS: tuple[Format, ...] = ("jsonl", "csv")


def _as_one(path: str | Path) -> ReadOptions:
    """How a file that is one text is read: rows are lines of it."""
    options = ReadOptions()
    try:
        with open_bytes(str(path)) as stream:
            form = input_format(str(path), stream, options)
    except (InputError, *DECOMPRESSION_ERRORS):
        return ReadOptions(format="text")
    if form in ("parquet", "arrow", "warc"):
        raise InputError(f"{path}: holds many texts where one is expected; name a file of one text")
    return ReadOptions(format="text" if form in _OF_ROWS else form)


def read_lines(path: str | Path) -> list[str]:
    """The lines of one file, each a unit; an empty line stays, so that positions are line numbers."""
    return read_one(path).removesuffix("\n").split("\n")


def _read(item: Input, options: ReadOptions, meter: Meter | None) -> Iterator[Part]:
    """One file; one without a document is a row that says so."""
    found = 0
    for part in _documents(item, options, meter):
        found += 1 if isinstance(part, Row) else part.num_rows
        yield part
    if not found:
        yield _failure(item, "is empty: there is no document in it")


def _documents(item: Input, options: ReadOptions, meter: Meter | None) -> Iterator[Part]:
    """The documents of a file; what goes wrong on the way is a row of its own behind those that were read before."""
    if item.problem:
        yield _failure(item, item.problem)
        return
    form: Format | None = None
    try:
        with open_bytes(item.path, meter) as stream:
            form = input_format(item.path, stream, options)
            yield from _READERS[form](stream, item, options)
    except InputError as error:
        yield _failure(item, str(error))
    except FileNotFoundError:
        yield _failure(item, "does not exist; check the path")
    except PermissionError as error:
        yield _failure(item, reason(error))
    except DECOMPRESSION_ERRORS as error:
        kept = "the rows before that are kept, " if form in ("jsonl", "csv", "warc") else ""
        yield _failure(item, f"is damaged: {error}; {kept}fetch the file again")
    except Exception as error:  # nobody foresaw it: this file's failure, never the batch's
        said = " ".join(str(error).split())[:200]
        yield _failure(item, f"cannot be read: {type(error).__name__}: {said}; convert it, or leave it out")


def _failure(item: Input, problem: str) -> Row:
    return Row(item.id, item.source, problem=problem)


def _csv(stream: Stream, item: Input, options: ReadOptions) -> Iterator[pa.RecordBatch]:
    rows, warning = row_bytes(stream, options.encoding)
    return with_warning(read_csv(rows, item, options), warning)


def _warc(stream: Stream, item: Input, options: ReadOptions) -> Iterator[pa.RecordBatch]:
    return row_batches(read_warc(stream, item, options))


_Reader = Callable[[Stream, Input, ReadOptions], Iterator[Part]]
_READERS: dict[Format, _Reader] = {
    "jsonl": read_jsonl,
    "csv": _csv,
    "parquet": read_parquet,
    "arrow": read_arrow,
    "warc": _warc,
    "html": read_html,
    "subtitles": read_subtitles,
    "docx": read_office,
    "odt": read_office,
    "epub": read_office,
    "text": read_text,
}

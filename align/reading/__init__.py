"""Reading batches of articles: one module per input format behind `read_batch`."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa

from align._internal.options import chosen
from align.errors import InputError
from align.reading.compression import DECOMPRESSION_ERRORS, Meter, Stream, open_bytes, plain_name
from align.reading.csv import read_csv
from align.reading.html import read_html
from align.reading.inputs import Input, Paths, find_inputs, paths_of
from align.reading.jsonl import read_jsonl
from align.reading.options import SCHEMA, Format, ReadOptions
from align.reading.parquet import read_parquet
from align.reading.rowbytes import row_bytes
from align.reading.rows import Row, mark_unusable, reason, row_batches, to_batch, with_warning
from align.reading.text import read_text

__all__ = ["SCHEMA", "Meter", "ReadOptions", "input_format", "read_batch", "read_lines", "read_one"]

_ENDINGS: dict[str, Format] = {
    **dict.fromkeys((".jsonl", ".ndjson", ".jsonlines", ".json"), "jsonl"),
    **dict.fromkeys((".csv", ".tsv", ".tab"), "csv"),
    **dict.fromkeys((".parquet", ".pq"), "parquet"),
    **dict.fromkeys((".html", ".htm", ".xhtml"), "html"),
}


def read_batch(
    inputs: Paths, *, options: ReadOptions | None = None, meter: Meter | None = None
) -> Iterator[pa.RecordBatch]:
    """All documents below `inputs` as record batches of `SCHEMA`, in a fixed order, a few megabytes at a time.

    `inputs` is a file, a folder, a glob or ``-`` for standard input, or several of them. What cannot be read is a row
    with a `problem` that names the remedy; nothing is left out in silence. A `meter` can be asked meanwhile how far
    reading has come.

    Raises:
        UsageError: at once, when something that is no path is among the inputs.
    """
    options = chosen(options, ReadOptions)
    found = find_inputs(paths_of(inputs), options.exclude)
    parts = ((item.id, part) for item in found for part in _read(item, options, meter))
    checked = mark_unusable(parts, options.repeated)
    return (batch for batch in checked if batch.num_rows)


def read_one(path: str | Path) -> str:
    """The clean text of one file.

    Raises:
        InputError: it is missing, a folder, empty, too large, or not text.
    """
    if Path(path).is_dir():
        raise InputError(f"{path}: is a folder where a file is expected; name one file")
    rows = [
        row for batch in read_batch([path], options=ReadOptions(format="text")) for row in batch.to_pylist()
    ]
    if rows[0]["problem"]:
        raise InputError(f"{path}: {rows[0]['problem']}")
    return str(rows[0]["text"])


def read_lines(path: str | Path) -> list[str]:
    """The lines of one file, each a unit; an empty line stays, so that positions are line numbers."""
    return read_one(path).removesuffix("\n").split("\n")


def _read(item: Input, options: ReadOptions, meter: Meter | None) -> Iterator[pa.RecordBatch]:
    """One file; one without a document is a row that says so."""
    found = 0
    for batch in _documents(item, options, meter):
        found += batch.num_rows
        yield batch
    if not found:
        yield to_batch([Row(item.id, item.source, problem="is empty: there is no document in it")])


def _documents(item: Input, options: ReadOptions, meter: Meter | None) -> Iterator[pa.RecordBatch]:
    """The documents of a file; what goes wrong on the way is a row of its own behind those that were read before."""
    if item.problem:
        yield to_batch([Row(item.id, item.source, problem=item.problem)])
        return
    form: Format | None = None
    try:
        with open_bytes(item.path, meter) as stream:
            form = input_format(item.path, stream, options)
            match form:
                case "jsonl":
                    rows, warning = row_bytes(stream, line_feeds=True)
                    yield from with_warning(read_jsonl(rows, item, options), warning)
                case "csv":
                    rows, warning = row_bytes(stream)
                    yield from with_warning(read_csv(rows, item, options), warning)
                case "parquet":
                    yield from read_parquet(item, options)
                case "html":
                    yield from row_batches(read_html(stream, item, options))
                case _:
                    yield from row_batches(read_text(stream, item, options))
    except InputError as error:
        yield to_batch([Row(item.id, item.source, problem=str(error))])
    except FileNotFoundError:
        yield to_batch([Row(item.id, item.source, problem="does not exist; check the path")])
    except PermissionError as error:
        yield to_batch([Row(item.id, item.source, problem=reason(error))])
    except DECOMPRESSION_ERRORS as error:
        kept = "the rows before that are kept, " if form in ("jsonl", "csv") else ""
        problem = f"is damaged: {error}; {kept}fetch the file again"
        yield to_batch([Row(item.id, item.source, problem=problem)])


def input_format(path: str, stream: Stream, options: ReadOptions) -> Format:
    """How a file is to be read: as the user says, else by its name, standard input by its first byte."""
    if options.format != "auto":
        return options.format
    if path == "-":
        return "jsonl" if begins_as_json(_peek(stream, 64)) else "text"
    name = plain_name(path)
    return next((format for ending, format in _ENDINGS.items() if name.endswith(ending)), "text")


def begins_as_json(head: bytes) -> bool:
    """Whether the first bytes are those of JSON lines, in whichever Unicode."""
    return head.translate(None, b"\x00\xef\xbb\xbf\xff\xfe").lstrip().startswith(b"{")


def _peek(stream: Stream, size: int) -> bytes:
    """The first bytes, left in place; none where the stream cannot do that."""
    head: bytes = getattr(stream, "peek", lambda _: b"")(size)
    return head[:size]

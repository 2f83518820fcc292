"""A source less the documents and lines that went, in the format it came in.

Files of one document are copied, rows of larger files are filtered; what is not cut stays byte for byte (CSV: cell for
cell; objects of a JSON array: without their line breaks). Texts that lose passages are written as they were cleaned on
reading, less the lines cut. Of archives of the web the texts are written, as JSON lines.
"""

from __future__ import annotations

import bz2
import contextlib
import csv
import gzip
import io
import json
import lzma
import shutil
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any, cast

import pyarrow as pa

from align._internal.arrow import integers, strings
from align._internal.files import atomic
from align.document import LineRange
from align.errors import AlignError, InputError
from align.reading import ReadOptions
from align.reading.arrow import arrow_batches, open_arrow
from align.reading.compression import Stream, open_bytes, open_raw, seekable
from align.reading.csv import CsvRows
from align.reading.encoding import decode
from align.reading.fields import as_text, field_of, outermost, set_field
from align.reading.html import main_text
from align.reading.inputs import Input
from align.reading.json_values import JsonRows, json_rows
from align.reading.jsonl import line_blocks, parse_line
from align.reading.office import paragraphs_of
from align.reading.options import Format
from align.reading.parquet import open_parquet, parquet_batches
from align.reading.rowbytes import RowEncoding, row_bytes
from align.reading.sniff import input_format
from align.reading.subtitles import spoken
from align.reading.warc import read_warc
from align.text.clean import clean

WHOLE = -1  # the row number of a document that is a file of its own


@dataclass(frozen=True, slots=True)
class KeptSource:
    """What stays of one file: its rows (`WHOLE` for a file that is one document), and the lines cut from each."""

    path: str
    name: str  # below the folder of kept documents
    rows: Collection[int]
    cuts: Mapping[int, tuple[LineRange, ...]] = field(default_factory=dict)


def rewrite(folder: Path, source: KeptSource, options: ReadOptions) -> str:
    """Writes what stays of a source below `folder`; returns the name of the file there.

    Raises:
        OutputError: the folder cannot be written, or the disk is full.
        InputError: the source has changed since it was read.
    """
    target = folder / source.name
    if WHOLE in source.rows and not source.cuts:
        with _named(source.path), open_raw(source.path) as original, atomic(target, binary=True) as out:
            shutil.copyfileobj(original, out, 1 << 20)
        return source.name
    with _named(source.path), open_bytes(source.path) as stream:
        match input_format(source.path, stream, options):
            case "jsonl":
                written = _write_jsonl(target, stream, source, options)
            case "csv":
                written = _write_csv(target, stream, source, options)
            case "parquet":
                written = _write_parquet(target, stream, source, options)
            case "arrow":
                written = _write_arrow(target, stream, source, options)
            case "warc":
                target = target.with_name(target.name + ".jsonl")
                written = _write_records(target, stream, source, options)
            case format:
                target, written = _write_file(target, stream, source, format, options), 1
        if written != len(source.rows):
            raise EOFError(f"{written} of {len(source.rows)} documents found again")
    return target.relative_to(folder).as_posix()


def _without_lines(text: str, cuts: tuple[LineRange, ...]) -> str:
    """The text less these lines."""
    gone = {line for start, end in cuts for line in range(start, end + 1)}
    return "\n".join(line for number, line in enumerate(text.split("\n")) if number not in gone)


@contextlib.contextmanager
def _named(path: str) -> Iterator[None]:
    """What goes wrong with a source that has been read already, with its name."""
    try:
        yield
    except AlignError:
        raise
    except (FileNotFoundError, EOFError, pa.ArrowInvalid) as error:
        raise InputError(f"{path}: changed while it was read ({error}); run again") from error
    except Exception as error:
        said = f"{type(error).__name__}: {' '.join(str(error).split())[:200]}"
        raise InputError(f"{path}: what stays of it cannot be written ({said}); convert the file") from error


def _write_file(
    target: Path, stream: Stream, source: KeptSource, format: Format, options: ReadOptions
) -> Path:
    text, _ = _TEXT_OF[format](stream.read(), options)
    target = target if format == "text" else target.with_name(target.name + ".txt")
    with atomic(target) as out:
        out.write(_without_lines(clean(text), source.cuts[WHOLE]))
    return target


def _of_office(data: bytes, options: ReadOptions) -> tuple[str, str | None]:
    return paragraphs_of(data, options.max_bytes), None


_TEXT_OF: dict[Format, Callable[[bytes, ReadOptions], tuple[str, str | None]]] = {
    "text": lambda data, options: decode(data, options.encoding, options.language),
    "html": lambda data, options: main_text(data, options.encoding),
    "subtitles": lambda data, options: spoken(data, options.encoding, options.language),
    "docx": _of_office,
    "odt": _of_office,
    "epub": _of_office,
}


def _write_jsonl(target: Path, stream: Stream, source: KeptSource, options: ReadOptions) -> int:
    rows = json_rows(stream, options)
    first, between, end = (b"[\n", b",\n", b"\n]\n") if rows.array else (b"", b"\n", b"\n")
    written = 0
    with _compressed(target) as out:
        for line in _kept_lines(rows, source, options):
            out.write((between if written else first) + line)
            written += 1
        out.write(end)
    return written


def _kept_lines(rows: JsonRows, source: KeptSource, options: ReadOptions) -> Iterator[bytes]:
    number, last, encoding = 0, max(source.rows), RowEncoding(options.language)
    for block, too_long in line_blocks(rows.stream, options.max_bytes):
        if too_long:
            number += 1
            continue
        encoding.learn(block)
        for line in block.removesuffix(b"\n").split(b"\n"):
            if number in source.rows:
                cuts = source.cuts.get(number)
                yield _cut_json(encoding.decode(line)[0], cuts, options) if cuts else line
            number += 1
        if number > last:  # behind it the source may be damaged
            return


def _cut_json(line: str, cuts: tuple[LineRange, ...], options: ReadOptions) -> bytes:
    value = parse_line(line)
    text = as_text(field_of(value, options.text_field)) or ""
    set_field(value, options.text_field, _without_lines(clean(text), cuts))
    return _as_json(value)


def _as_json(value: dict[str, Any]) -> bytes:
    try:
        return json.dumps(value, ensure_ascii=False).encode()
    except UnicodeEncodeError:  # a lone surrogate in another field
        return json.dumps(value).encode()


def _write_records(target: Path, stream: Stream, source: KeptSource, options: ReadOptions) -> int:
    written = 0
    with _compressed(target) as out:
        for row in read_warc(stream, Input(source.path, source.name), options):
            if row.line not in source.rows:
                continue
            text = _without_lines(clean(row.text), source.cuts.get(row.line or 0, ()))
            out.write(_as_json({"id": row.id, "url": row.about, options.text_field: text}) + b"\n")
            written += 1
            if written == len(source.rows):  # behind it the source may be damaged
                break
    return written


def _write_csv(target: Path, stream: Stream, source: KeptSource, options: ReadOptions) -> int:
    table = CsvRows(row_bytes(stream, options.encoding)[0], source.path, options)
    rows, last, written = iter(table), max(source.rows), 0
    header = next(rows)
    place = [table.encoding.cell(name)[0] for name in header].index(options.text_field)
    with _compressed(target) as raw:
        # Rows end as RFC 4180 says, so that a bare line feed in a cell stays what it was.
        out = io.TextIOWrapper(cast(Any, raw), "utf-8", "surrogateescape", newline="", write_through=True)
        writer = csv.writer(out, delimiter=table.delimiter)
        writer.writerow(header)
        for number, cells in enumerate(row for row in rows if row):
            if number in source.rows and not isinstance(cells, str):
                if number in source.cuts:
                    text, _ = table.encoding.cell(cells[place])
                    cells[place] = _without_lines(clean(text), source.cuts[number])
                writer.writerow(cells)
                written += 1
            if number == last:  # behind it the source may be damaged
                break
        out.flush()
        out.detach()
    return written


def _write_parquet(target: Path, stream: Stream, source: KeptSource, options: ReadOptions) -> int:
    import pyarrow.parquet as pq

    with seekable(stream) as opened, open_parquet(opened) as file, atomic(target, binary=True) as raw:
        schema = _storable(file.schema_arrow)
        with pq.ParquetWriter(raw, schema, compression="zstd") as out:
            written = 0
            for table in _kept_tables(parquet_batches(file), schema, source, options):
                out.write_table(table)
                written += table.num_rows
    return written


def _write_arrow(target: Path, stream: Stream, source: KeptSource, options: ReadOptions) -> int:
    is_file = stream.peek(6).startswith(b"ARROW1")
    new = pa.ipc.new_file if is_file else pa.ipc.new_stream
    with open_arrow(stream) as reader, atomic(target, binary=True) as raw:
        schema, written = _storable(reader.schema), 0
        with new(pa.PythonFile(_Open(raw), "w"), schema) as out:
            for table in _kept_tables(arrow_batches(reader), schema, source, options):
                out.write_table(table)
                written += table.num_rows
    return written


def _kept_tables(
    batches: Iterable[pa.RecordBatch], schema: pa.Schema, source: KeptSource, options: ReadOptions
) -> Iterator[pa.Table]:
    """What stays of each batch, its texts less what is cut."""
    number = 0
    for batch in batches:
        rows = [at for at in range(batch.num_rows) if number + at in source.rows]
        taken = _in_types(pa.Table.from_batches([batch]), schema).take(integers(rows))
        cuts = {at: source.cuts[number + row] for at, row in enumerate(rows) if number + row in source.cuts}
        yield _cut_column(taken, cuts, options.text_field) if cuts else taken
        number += batch.num_rows


def _storable(schema: pa.Schema) -> pa.Schema:
    """The schema with texts and bytes that are views, which polars writes, in the types that all can write."""
    plain = {pa.string_view(): pa.large_string(), pa.binary_view(): pa.large_binary()}
    return pa.schema(
        [field.with_type(plain.get(field.type, field.type)) for field in schema], metadata=schema.metadata
    )


def _in_types(table: pa.Table, schema: pa.Schema) -> pa.Table:
    if table.schema.types == schema.types:
        return table
    columns = [column.cast(kind) for column, kind in zip(table.columns, schema.types, strict=True)]
    return pa.Table.from_arrays(columns, schema=schema)


def _cut_column(table: pa.Table, cuts: dict[int, tuple[LineRange, ...]], name: str) -> pa.Table:
    outer = outermost(name, table.column_names)
    values = table[outer].to_pylist()
    for at, lines in cuts.items():
        row = {outer: values[at]}
        set_field(row, name, _without_lines(clean(as_text(field_of(row, name)) or ""), lines))
        values[at] = row[outer]
    place = table.schema.get_field_index(outer)
    field = table.schema.field(place)
    is_text = pa.types.is_string(field.type) or pa.types.is_large_string(field.type)
    column = strings(values, field.type) if is_text else pa.array(values, field.type)
    return table.set_column(place, field, column)


class _Open:
    """A file that Arrow writes to but does not close: it is still to be brought to disk and renamed."""

    closed = False

    def __init__(self, raw: IO[bytes]) -> None:
        self.write, self.flush = raw.write, raw.flush

    def close(self) -> None:
        self.flush()


@contextlib.contextmanager
def _compressed(target: Path) -> Iterator[IO[bytes]]:
    """The file to write, compressed as its name says."""
    with atomic(target, binary=True) as raw:
        match target.suffix.lower():
            case ".gz":
                with gzip.GzipFile("", "wb", 6, raw, mtime=0) as out:
                    yield cast(IO[bytes], out)
            case ".bz2":
                with bz2.BZ2File(raw, "wb") as packed:
                    yield cast(IO[bytes], packed)
            case ".xz":
                with lzma.LZMAFile(raw, "wb") as squeezed:
                    yield cast(IO[bytes], squeezed)
            case ".zst" | ".zstd":
                with pa.CompressedOutputStream(pa.PythonFile(_Open(raw), "w"), "zstd") as stream:
                    yield cast(IO[bytes], stream)
            case _:
                yield raw

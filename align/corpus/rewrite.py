"""A source less the documents and lines that went, in the format it came in.

Files of one document are copied, rows of larger files are filtered; what is not cut stays byte for byte (CSV: cell for
cell). Texts that lose passages are written as they were cleaned on reading, less the lines cut.
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
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any, cast

import pyarrow as pa

from align._internal.arrow import integers, strings
from align._internal.files import atomic
from align.document import LineRange
from align.errors import InputError
from align.reading import ReadOptions, input_format
from align.reading.compression import open_bytes
from align.reading.csv import CsvRows
from align.reading.encoding import decode
from align.reading.html import main_text
from align.reading.jsonl import line_blocks
from align.reading.rowbytes import RowEncoding, row_bytes
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
    with _named(source.path), open_bytes(source.path) as stream:
        match input_format(source.path, stream, options):
            case "jsonl":
                _write_jsonl(target, stream, source, options)
            case "csv":
                _write_csv(target, stream, source, options)
            case "parquet":
                _write_parquet(target, source, options)
            case format:
                target = _write_file(target, stream, source, html=format == "html")
    return target.relative_to(folder).as_posix()


def _without_lines(text: str, cuts: tuple[LineRange, ...]) -> str:
    """The text less these lines."""
    gone = {line for start, end in cuts for line in range(start, end + 1)}
    return "\n".join(line for number, line in enumerate(text.split("\n")) if number not in gone)


@contextlib.contextmanager
def _named(path: str) -> Iterator[None]:
    try:
        yield
    except (FileNotFoundError, EOFError, pa.ArrowInvalid) as error:
        raise InputError(f"{path}: changed while it was read ({error}); run again") from error


def _write_file(target: Path, stream: IO[bytes], source: KeptSource, *, html: bool) -> Path:
    cuts = source.cuts.get(WHOLE, ())
    if not cuts:
        with open(source.path, "rb") as original, atomic(target, binary=True) as out:
            shutil.copyfileobj(original, out, 1 << 20)
        return target
    text, _ = (main_text if html else decode)(stream.read())
    target = target.with_name(target.name + ".txt") if html else target
    with atomic(target) as out:
        out.write(_without_lines(clean(text), cuts))
    return target


def _write_jsonl(target: Path, stream: IO[bytes], source: KeptSource, options: ReadOptions) -> None:
    number, last, encoding = 0, max(source.rows), RowEncoding()
    with _compressed(target) as out:
        for block, too_long in line_blocks(row_bytes(stream, line_feeds=True)[0], options.max_bytes):
            if too_long:
                number += 1
                continue
            encoding.learn(block)
            for line in block.removesuffix(b"\n").split(b"\n"):
                if number in source.rows:
                    cuts = source.cuts.get(number)
                    out.write((_cut_json(encoding.decode(line)[0], cuts, options) if cuts else line) + b"\n")
                number += 1
            if number > last:  # behind it the source may be damaged
                return


def _cut_json(line: str, cuts: tuple[LineRange, ...], options: ReadOptions) -> bytes:
    value = json.loads(line)
    value[options.text_field] = _without_lines(clean(value[options.text_field]), cuts)
    try:
        return json.dumps(value, ensure_ascii=False).encode()
    except UnicodeEncodeError:  # a lone surrogate in another field
        return json.dumps(value).encode()


def _write_csv(target: Path, stream: IO[bytes], source: KeptSource, options: ReadOptions) -> None:
    table = CsvRows(row_bytes(stream)[0], source.path, options)
    rows, last = iter(table), max(source.rows)
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
            if number == last:  # behind it the source may be damaged
                break
        out.flush()
        out.detach()


def _write_parquet(target: Path, source: KeptSource, options: ReadOptions) -> None:
    import pyarrow.parquet as pq

    number = 0
    with pq.ParquetFile(source.path) as file, atomic(target, binary=True) as raw:
        schema = file.schema_arrow
        with pq.ParquetWriter(raw, schema, compression="zstd") as out:
            for batch in file.iter_batches(batch_size=4_096):
                rows = [at for at in range(batch.num_rows) if number + at in source.rows]
                table = pa.Table.from_batches([batch.take(integers(rows))], schema)
                cuts = {
                    at: source.cuts[number + row]
                    for at, row in enumerate(rows)
                    if number + row in source.cuts
                }
                out.write_table(_cut_column(table, cuts, options.text_field) if cuts else table)
                number += batch.num_rows


def _cut_column(table: pa.Table, cuts: dict[int, tuple[LineRange, ...]], name: str) -> pa.Table:
    texts = table[name].to_pylist()
    for at, lines in cuts.items():
        texts[at] = _without_lines(clean(texts[at]), lines)
    place = table.schema.get_field_index(name)
    return table.set_column(place, table.schema.field(name), strings(texts, table.schema.field(name).type))


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

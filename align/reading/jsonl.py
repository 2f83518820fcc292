"""JSON lines: one object a line, one document an object.

Blocks of lines go through Arrow's reader; a block that it cannot take whole (a broken line, a field of another type) is
read line by line, so that what is wrong is named and the other lines are kept.
"""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Iterator
from typing import Any

import pyarrow as pa
import pyarrow.json

from align.reading.columns import ONE_MEANT, fill, from_columns, repeated, row_id, used_fields
from align.reading.compression import Stream, pieces
from align.reading.encoding import is_utf8
from align.reading.fields import nested_schema
from align.reading.inputs import Input
from align.reading.json_values import JsonRows, json_rows
from align.reading.options import ReadOptions
from align.reading.rowbytes import RowEncoding
from align.reading.rows import Row, row_batches, with_warning
from align.reading.text import SPLIT, megabytes

_BLOCK = 8 << 20


def read_jsonl(stream: Stream, item: Input, options: ReadOptions) -> Iterator[pa.RecordBatch]:
    """The documents of a file of JSON objects, in order; each broken one is a row with a problem."""
    rows = json_rows(stream, options)
    yield from with_warning(_read(rows, item, options), rows.warning)


def _read(rows: JsonRows, item: Input, options: ReadOptions) -> Iterator[pa.RecordBatch]:
    line, encoding = 0, RowEncoding(options.language)
    for block, too_long in line_blocks(rows.stream, options.max_bytes):
        if too_long:
            row = Row(row_id(item, line), item.source, line)
            row.problem = f"{rows.unit} {line + 1} is longer than {megabytes(options.max_bytes)}; {SPLIT}"
            yield from row_batches([row])
            line += 1
            continue
        table = _fast(block, item, options, line)
        if table is None:
            yield from row_batches(_slow(block, item, options, line, encoding, rows.unit))
        else:
            yield table
        line += block.count(b"\n") + (not block.endswith(b"\n"))
    for name in rows.others:
        row = Row(row_id(item, line), item.source, line)
        row.problem = (
            f"holds another list of documents, {name!r}, which was not read; put it into a file of its own"
        )
        yield from row_batches([row])


def line_blocks(stream: Stream, limit: int) -> Iterator[tuple[bytes, bool]]:
    """Blocks of whole lines; a line over the limit is passed over and comes as ``(b"", True)``."""
    held, skipping = b"", False
    first = True
    for data in pieces(stream, _BLOCK):
        if first:
            data, first = data.removeprefix(b"\xef\xbb\xbf"), False
        if skipping:
            _, newline, data = data.partition(b"\n")
            if not newline:
                continue
            yield b"", True
            skipping = False
        lines, newline, rest = data.rpartition(b"\n")
        if newline:
            yield held + lines + newline, False
            held = rest
        else:
            held += rest
        if len(held) > limit:
            held, skipping = b"", True
    if held or skipping:
        yield held, skipping


def _fast(block: bytes, item: Input, options: ReadOptions, line: int) -> pa.RecordBatch | None:
    """The block by Arrow's reader, or None where it must be looked at line by line."""
    lines = block.count(b"\n") + (not block.endswith(b"\n"))
    if not block.startswith(b"{") or block.count(b"\n{") != lines - 1:
        return None  # a block that begins with null kills Arrow's reader (apache/arrow issue 47409)
    if not is_utf8(block):  # Arrow would take it as it is
        return None
    if any("." in name and f'"{name}"'.encode() in block for name in used_fields(options)):
        return None  # called so, rather than inside another
    table = _parse(block, options, pa.string())
    table = _parse(block, options, pa.int64()) if table is None else table
    if table is None or table.num_rows != lines:
        return None
    try:
        return from_columns(table, item, options, line)
    except (KeyError, pa.ArrowInvalid, pa.ArrowNotImplementedError):
        return None


def _parse(block: bytes, options: ReadOptions, id_type: pa.DataType) -> pa.Table | None:
    types = dict.fromkeys(used_fields(options), pa.string())
    types |= {options.id_field or "id": id_type, options.text_field: pa.large_string()}
    try:
        return pa.json.read_json(
            io.BytesIO(block),
            parse_options=pa.json.ParseOptions(
                explicit_schema=nested_schema(types), unexpected_field_behavior="ignore"
            ),
            read_options=pa.json.ReadOptions(block_size=len(block) + 1),
        ).combine_chunks()
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError):
        return None


def _slow(
    block: bytes, item: Input, options: ReadOptions, line: int, encoding: RowEncoding, unit: str
) -> Iterator[Row]:
    encoding.learn(block)
    for number, data in enumerate(block.removesuffix(b"\n").split(b"\n"), line):
        if data.strip():
            yield _row(data, item, options, number, encoding, unit)


def _row(data: bytes, item: Input, options: ReadOptions, line: int, encoding: RowEncoding, unit: str) -> Row:
    row = Row(row_id(item, line), item.source, line, options.language)
    text, warning = encoding.decode(data)
    try:
        value = parse_line(text)
    except (ValueError, RecursionError) as error:
        what = error.msg if isinstance(error, json.JSONDecodeError) else "nested too deeply"
        row.problem = f"{unit} {line + 1} is not valid JSON ({what}); mend the {unit}"
        return row
    if not isinstance(value, dict):
        row.problem = f"{unit} {line + 1} is not a JSON object; write one object a line"
        return row
    if twice := _twice(text, options):
        row.problem = f"{unit} {line + 1} has 2 fields {twice!r}, {ONE_MEANT}"
        return row
    fill(row, value, options, unit, warning)
    return row


def _twice(line: str, options: ReadOptions) -> str | None:
    """The field that an object has twice; the parser takes the last one. Arrow's leaves such a block to us."""
    if not any(line.count(f'"{name}"') > 1 for name in used_fields(options)):
        return None
    names: list[str] = []

    def keep(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        names[:] = [name for name, _ in pairs]  # of the outermost object last
        return dict(pairs)

    parse_line(line, keep)
    return repeated(names, options)


def parse_line(line: str, make: Callable[[list[tuple[str, Any]]], Any] | None = None) -> Any:
    """The value of a line; one that ends in a comma, as the lines of an array do, is read without it.

    Objects are made by `make` of their fields, where it is given.

    Raises:
        ValueError, RecursionError: it is no JSON.
    """
    try:
        return json.loads(line, object_pairs_hook=make)
    except json.JSONDecodeError:
        bare = line.rstrip()
        if not bare.endswith("},"):
            raise
        return json.loads(bare[:-1], object_pairs_hook=make)

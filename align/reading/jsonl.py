"""JSON lines: one object a line, one document an object.

Blocks of lines go through Arrow's reader; a block that it cannot take whole (a broken line, a field of another type) is
read line by line, so that what is wrong is named and the other lines are kept.
"""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.json

from align.reading.bytes import Stream
from align.reading.inputs import Input
from align.reading.options import SCHEMA, ReadOptions
from align.reading.rows import Row, batches, clean_column
from align.reading.text import megabytes
from align.text.clean import clean

_BLOCK = 8 << 20
_SPLIT = "split it, or raise --max-document"


def read_jsonl(stream: Stream, item: Input, options: ReadOptions) -> Iterator[pa.RecordBatch]:
    """The documents of a file of JSON lines, in order; each broken line is a row with a problem."""
    line = 0
    for block, too_long in _blocks(stream, options.max_bytes):
        if too_long:
            row = Row(_place(item, line), item.path, line)
            row.problem = f"line {line + 1} is longer than {megabytes(options.max_bytes)}; {_SPLIT}"
            yield from batches([row])
            line += 1
            continue
        table = _fast(block, item, options, line)
        if table is None:
            yield from batches(_slow(block, item, options, line))
        else:
            yield table
        line += block.count(b"\n") + (not block.endswith(b"\n"))


def _blocks(stream: Stream, limit: int) -> Iterator[tuple[bytes, bool]]:
    """Blocks of whole lines; a line over the limit is passed over and comes as ``(b"", True)``."""
    held, skipping = b"", False
    first = True
    while data := stream.read(_BLOCK):
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
    if not block.strip() or b"\n\n" in block or b"\n\r" in block or b"\n " in block:
        return None
    id_field = options.id_field or "id"
    table = _parse(block, options, id_field, pa.string())
    table = _parse(block, options, id_field, pa.int64()) if table is None else table
    if table is None:
        return None
    text, ids = _column(table, options.text_field), _column(table, id_field).cast(pa.string())
    if (
        text.null_count
        or ids.null_count
        or _longest(text) > options.max_bytes
        or not _all(pc.binary_length(clean_column(ids)))
    ):
        return None
    count = table.num_rows
    given = pa.repeat(pa.scalar(options.language, pa.string()), count)
    columns = {
        "id": pc.replace_substring(clean_column(ids), "\n", " "),
        "source": pa.repeat(item.path, count),
        "line": pa.array(range(line, line + count), pa.int64()),
        "language": _column(table, options.language_field) if options.language_field else given,
        "text": clean_column(text),
        "prefer": _column(table, options.prefer) if options.prefer else pa.nulls(count, pa.string()),
    }
    nothing = pa.nulls(count, pa.string())
    return pa.record_batch([columns.get(name, nothing) for name in SCHEMA.names], schema=SCHEMA)


def _parse(block: bytes, options: ReadOptions, id_field: str, id_type: pa.DataType) -> pa.Table | None:
    types = {name: pa.string() for name in (options.language_field, options.prefer) if name}
    types |= {id_field: id_type, options.text_field: pa.large_string()}
    try:
        return pa.json.read_json(
            io.BytesIO(block),
            parse_options=pa.json.ParseOptions(
                explicit_schema=pa.schema(list(types.items())), unexpected_field_behavior="ignore"
            ),
            read_options=pa.json.ReadOptions(block_size=len(block) + 1),
        ).combine_chunks()
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError):
        return None


def _column(table: pa.Table, name: str) -> pa.Array:
    column = table[name]
    return column.chunk(0) if column.num_chunks == 1 else pa.concat_arrays(column.chunks)


def _longest(text: pa.Array) -> int:
    return int(pc.max(pc.binary_length(text)).as_py() or 0)


def _all(values: pa.Array) -> bool:
    return bool(pc.all(pc.greater(values, 0)).as_py())


def _slow(block: bytes, item: Input, options: ReadOptions, line: int) -> Iterator[Row]:
    for number, data in enumerate(block.removesuffix(b"\n").split(b"\n"), line):
        if data.strip():
            yield _row(data, item, options, number)


def _row(data: bytes, item: Input, options: ReadOptions, line: int) -> Row:
    row = Row(_place(item, line), item.path, line, options.language)
    try:
        value = json.loads(data.decode("utf-8", "surrogateescape"))
    except (ValueError, RecursionError) as error:
        what = error.msg if isinstance(error, json.JSONDecodeError) else "nested too deeply"
        row.problem = f"line {line + 1} is not valid JSON ({what}); mend the line"
        return row
    if not isinstance(value, dict):
        row.problem = f"line {line + 1} is not a JSON object; write one object a line"
        return row
    _fill(row, value, options)
    return row


def _fill(row: Row, value: dict[str, Any], options: ReadOptions) -> None:
    place = f"line {(row.line or 0) + 1}"
    id, text = value.get(options.id_field or "id"), value.get(options.text_field)
    name = clean(str(id)).replace("\n", " ") if isinstance(id, str | int) and not isinstance(id, bool) else ""
    if name:
        row.id = name
    elif options.id_field or id is not None:
        row.problem = (
            f"{place} has no usable field {options.id_field or 'id'!r}; name the field with --id-field"
        )
    else:
        row.warning = "no field 'id': named by file and line"
    if not isinstance(text, str):
        row.problem = f"{place} has no text in field {options.text_field!r}; name the field with --text-field"
    elif len(text) > options.max_bytes or len(text.encode("utf-8", "replace")) > options.max_bytes:
        row.problem = f"{place} holds more than {megabytes(options.max_bytes)}; {_SPLIT}"
    else:
        row.text = text
    if options.language_field and isinstance(value.get(options.language_field), str):
        row.language = value[options.language_field]
    if options.prefer and value.get(options.prefer) is not None:
        row.prefer = str(value[options.prefer])


def _place(item: Input, line: int) -> str:
    return f"{item.id}:{line + 1}"

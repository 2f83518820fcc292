"""Parquet: one document a row, read a row group's part at a time."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

import pyarrow as pa

from align.errors import InputError
from align.reading.columns import fill, from_columns, row_id
from align.reading.inputs import Input
from align.reading.options import ReadOptions
from align.reading.rowbytes import RowEncoding
from align.reading.rows import Row, row_batches, to_batch

_ROWS = 4_096


def read_parquet(item: Input, options: ReadOptions) -> Iterator[pa.RecordBatch]:
    """The documents of a Parquet file, in order.

    Raises:
        InputError: it is standard input, damaged, or has no column of text.
    """
    import pyarrow.parquet as pq

    if item.path == "-":
        raise InputError("is Parquet from standard input, which cannot be read in order; name the file")
    line, encoding = 0, RowEncoding()
    try:
        with pq.ParquetFile(item.path) as file:
            names = _columns(file.schema_arrow, options)
            for batch in file.iter_batches(batch_size=_ROWS, columns=names):
                yield from _batch(pa.Table.from_batches([batch]), item, options, line, encoding)
                line += batch.num_rows
    except (pa.ArrowInvalid, OSError) as error:
        reason = " ".join(str(error).split())[:200]
        raise InputError(
            f"is a damaged Parquet file after row {line} ({reason}); fetch the file again"
        ) from error


def _columns(schema: pa.Schema, options: ReadOptions) -> list[str]:
    if options.text_field not in schema.names:
        found = ", ".join(schema.names)[:200]
        raise InputError(f"has no column {options.text_field!r} (but {found}); name it with --text-field")
    wanted = (
        options.id_field or "id",
        options.text_field,
        options.language_field,
        options.prefer,
        options.url_field,
    )
    return [name for name in dict.fromkeys(wanted) if name and name in schema.names]


def _batch(
    table: pa.Table, item: Input, options: ReadOptions, line: int, encoding: RowEncoding
) -> Iterator[pa.RecordBatch]:
    """The rows as one batch, or one by one where something is missing."""
    batch = None
    table = _as_bytes(table)
    with contextlib.suppress(KeyError, pa.ArrowInvalid, pa.ArrowNotImplementedError):
        batch = from_columns(table, item, options, line)
    if batch is not None:
        yield batch
        return
    learnt = table[options.text_field]
    if pa.types.is_large_binary(learnt.type):
        encoding.learn(b"\n".join(learnt.drop_null().to_pylist()))
    rows = []
    for number, value in enumerate(table.to_pylist(), line):
        row = Row(row_id(item, number), item.source, number, options.language)
        cells, warning = {}, None
        for name, cell in value.items():
            cells[name], said = encoding.decode(cell) if isinstance(cell, bytes) else (cell, None)
            warning = warning or said
        fill(row, cells, options, "row", warning)
        rows.append(row)
    yield from row_batches(rows) if rows else [to_batch([])]


def _as_bytes(table: pa.Table) -> pa.Table:
    """The table; with its strings as bytes where some are no UTF-8, which Arrow hands on unchecked."""
    try:
        table.validate(full=True)
    except pa.ArrowInvalid:
        text = [pa.types.is_string(kind) or pa.types.is_large_string(kind) for kind in table.schema.types]
        columns = [
            column.cast(pa.large_binary()) if is_text else column
            for column, is_text in zip(table.columns, text, strict=True)
        ]
        return pa.table(columns, names=table.column_names)
    return table

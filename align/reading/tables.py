"""Tables of Arrow (of Parquet and Arrow files): one document a row, so many at a time as memory should hold."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from align._internal.arrow import as_numpy
from align.errors import InputError
from align.reading.columns import ONE_MEANT, fill, from_columns, row_id
from align.reading.fields import has_field, outermost
from align.reading.inputs import Input
from align.reading.options import ReadOptions
from align.reading.rowbytes import RowEncoding
from align.reading.rows import Row, row_batches

SLICE_ROWS = 4_096
SLICE_BYTES = 16 << 20


class TableRows:
    """The rows of one file on their way to documents.

    Attributes:
        line: how many rows have been read.
        names: the columns that are wanted, once the schema is known.
    """

    def __init__(self, item: Input, options: ReadOptions) -> None:
        self.item, self.options = item, options
        self.line = 0
        self.names: list[str] = []
        self._encoding = RowEncoding(options.language)

    def choose(self, schema: pa.Schema) -> None:
        """Finds the columns that are wanted.

        Raises:
            InputError: there is no text among them, or two have one name.
        """
        options = self.options
        if not has_field(schema, options.text_field):
            found = ", ".join(schema.names)[:200]
            raise InputError(f"has no column {options.text_field!r} (but {found}); name it with --text-field")
        wanted = (
            options.id_field or "id",
            options.text_field,
            options.language_field,
            options.prefer,
            options.url_field,
        )
        columns = [outermost(name, schema.names) for name in wanted if name]
        self.names = [name for name in dict.fromkeys(columns) if name in schema.names]
        for name in self.names:
            if (times := schema.names.count(name)) > 1:
                raise InputError(f"has {times} columns {name!r}, {ONE_MEANT}")

    def read(self, batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        """The documents of these batches, in order."""
        for batch in batches:
            for part in slices(batch.select(self.names), outermost(self.options.text_field, self.names)):
                yield from self._batch(pa.Table.from_batches([part]))
                self.line += part.num_rows

    def _batch(self, table: pa.Table) -> Iterator[pa.RecordBatch]:
        """The rows as one batch, or one by one where something is missing."""
        batch = None
        table = _as_bytes(table)
        with contextlib.suppress(KeyError, pa.ArrowInvalid, pa.ArrowNotImplementedError):
            batch = from_columns(table, self.item, self.options, self.line)
        yield from [batch] if batch is not None else row_batches(self._rows(table))

    def _rows(self, table: pa.Table) -> Iterator[Row]:
        columns = {name: _values(table[name]) for name in table.column_names}
        self._encoding.learn(b"\n".join(_raw(columns[outermost(self.options.text_field, columns)])))
        for at in range(table.num_rows):
            number = self.line + at
            row = Row(row_id(self.item, number), self.item.source, number, self.options.language)
            said: list[str] = []
            value = {name: self._decoded(column[at], said) for name, column in columns.items()}
            fill(row, value, self.options, "row", said[0] if said else None)
            yield row

    def _decoded(self, value: Any, said: list[str]) -> Any:
        """The value with its bytes as text, those of lists and records, too."""
        if isinstance(value, bytes):
            text, warning = self._encoding.decode(value)
            said += [warning] if warning else []
            return text
        if isinstance(value, list):
            return [self._decoded(part, said) for part in value]
        if isinstance(value, dict):
            return {name: self._decoded(part, said) for name, part in value.items()}
        return value


def slices(batch: pa.RecordBatch, text: str) -> Iterator[pa.RecordBatch]:
    """The batch in parts of at most `SLICE_ROWS` rows and, but for single larger ones, `SLICE_BYTES` bytes of text."""
    ends = np.cumsum(_sizes(batch[text]))
    start = 0
    while start < batch.num_rows:
        before = ends[start - 1] if start else 0
        end = int(np.searchsorted(ends, before + SLICE_BYTES, side="right"))
        end = min(max(end, start + 1), start + SLICE_ROWS, batch.num_rows)
        yield batch.slice(start, end - start)
        start = end


def _sizes(column: pa.Array) -> Any:
    """The bytes of each row, as nearly as they can be told without looking into records."""
    kind = column.type
    if pa.types.is_dictionary(kind):
        return (
            _sizes(column.dictionary)[as_numpy(pc.fill_null(column.indices, 0))]
            if len(column.dictionary)
            else np.zeros(len(column))
        )
    if pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_string_view(kind):
        lengths = pc.binary_length(
            column.cast(pa.large_string()) if pa.types.is_string_view(kind) else column
        )
        return as_numpy(pc.fill_null(lengths, pa.scalar(0, lengths.type)))
    return np.full(len(column), column.nbytes / max(len(column), 1))


def _as_bytes(table: pa.Table) -> pa.Table:
    """The table; with its texts as bytes where some are no UTF-8, which Arrow hands on unchecked."""
    try:
        table.validate(full=True)
    except pa.ArrowInvalid:
        columns = [column.cast(_bytes_type(column.type)) for column in table.columns]
        return pa.table(columns, names=table.column_names)
    return table


def _bytes_type(kind: pa.DataType) -> pa.DataType:
    """The type with bytes wherever it has text, in lists and records, too."""
    if pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_string_view(kind):
        return pa.large_binary()
    if pa.types.is_list(kind):
        return pa.list_(_bytes_type(kind.value_type))
    if pa.types.is_large_list(kind):
        return pa.large_list(_bytes_type(kind.value_type))
    if pa.types.is_struct(kind):
        return pa.struct([(field.name, _bytes_type(field.type)) for field in kind])
    return kind


def _values(column: pa.ChunkedArray) -> list[Any]:
    """The values as Python has them; dates and decimals as text: Python knows fewer of them than Arrow."""
    kind = column.type
    if pa.types.is_temporal(kind) or pa.types.is_decimal(kind):
        column = column.cast(pa.string())
    try:
        return list(column.to_pylist())
    except (ValueError, OverflowError, ArithmeticError):  # somewhere inside: a value alone may be had
        return [_value(value) for value in column]


def _value(value: Any) -> Any:
    try:
        return value.as_py()
    except (ValueError, OverflowError, ArithmeticError):
        return None


def _raw(values: list[Any]) -> Iterator[bytes]:
    """The bytes among these values."""
    for value in values:
        if isinstance(value, bytes):
            yield value
        elif isinstance(value, list):
            yield from _raw(value)
        elif isinstance(value, dict):
            yield from _raw(list(value.values()))


def damaged(kind: str, line: int, error: Exception) -> InputError:
    """What to raise for a file that cannot be read to its end."""
    reason = " ".join(str(error).split())[:200]
    return InputError(f"is a damaged {kind} file after row {line} ({reason}); fetch the file again")

"""Between Arrow and Python or numpy without pandas.

`pyarrow.array`, `to_numpy`, and compute functions that get a plain number import pandas where it is installed, which
takes half a second.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from align.errors import UsageError


def strings(values: Sequence[str | None], kind: pa.DataType | None = None) -> pa.Array:
    """A column of texts; lone surrogates, which Arrow's UTF-8 cannot hold, become question marks."""
    encoded = [b"" if value is None else value.encode("utf-8", "replace") for value in values]
    offsets = np.zeros(len(values) + 1, np.int64)
    np.cumsum([len(item) for item in encoded], out=offsets[1:])
    buffers = [
        _validity([value is not None for value in values]),
        pa.py_buffer(offsets),
        pa.py_buffer(b"".join(encoded)),
    ]
    array = pa.Array.from_buffers(pa.large_string(), len(values), buffers)
    return array if kind == pa.large_string() else array.cast(kind or pa.string())


def integers(values: npt.ArrayLike, valid: Sequence[bool] | None = None) -> pa.Array:
    """A column of int64."""
    numbers = np.ascontiguousarray(values, np.int64)
    return pa.Array.from_buffers(pa.int64(), len(numbers), [_validity(valid), pa.py_buffer(numbers)])


def floats(values: npt.ArrayLike, valid: Sequence[bool] | None = None) -> pa.Array:
    """A column of float64."""
    numbers = np.ascontiguousarray(values, np.float64)
    return pa.Array.from_buffers(pa.float64(), len(numbers), [_validity(valid), pa.py_buffer(numbers)])


def booleans(values: npt.ArrayLike) -> pa.Array:
    """A column of truth values."""
    return pa.Array.from_buffers(pa.bool_(), len(np.asarray(values)), [None, _bits(values)])


def in_parts(batch: pa.RecordBatch, rows: int) -> Iterator[pa.RecordBatch]:
    """A batch as batches of no more than so many rows."""
    for start in range(0, batch.num_rows, rows):
        yield batch.slice(start, rows)


def with_texts(batch: pa.RecordBatch, **texts: str) -> pa.RecordBatch:
    """A batch with one text in all rows of each of these columns, which have the types that they had."""
    for name, text in texts.items():
        place = batch.schema.get_field_index(name)
        field = batch.schema.field(place)
        batch = batch.set_column(place, field, strings([text] * batch.num_rows, field.type))
    return batch


def as_numpy(array: pa.Array) -> npt.NDArray[Any]:
    """The values of a column of numbers or truth values, without copying numbers; nulls are what lies below them."""
    data = array.buffers()[1] or b""
    if pa.types.is_boolean(array.type):
        bits = np.unpackbits(np.frombuffer(data, np.uint8), bitorder="little")
        return bits[array.offset : array.offset + len(array)].astype(bool)
    kind = np.dtype(f"{'u' if pa.types.is_unsigned_integer(array.type) else 'i'}{array.type.bit_width // 8}")
    return np.frombuffer(data, kind, len(array), array.offset * kind.itemsize)


def table_of(columns: Sequence[str], rows: Iterable[Sequence[object]], kinds: Mapping[str, type]) -> pa.Table:
    """Rows as a table: columns are int, float or bool where `kinds` says so, else text; None is null."""
    held = list(rows)
    return pa.table(
        {name: _column([row[k] for row in held], kinds.get(name, str)) for k, name in enumerate(columns)}
    )


def to_pandas(table: pa.Table) -> Any:
    """The table as a data frame of pandas.

    Raises:
        UsageError: pandas is not installed.
    """
    try:
        return table.to_pandas()
    except ImportError:
        raise UsageError("pandas is not installed: pip install pandas, or call .to_arrow()") from None


def _column(values: Sequence[Any], kind: type) -> pa.Array:
    valid = [value is not None for value in values]
    if kind is bool:
        return booleans(values)
    if kind is int or kind is float:
        numbers = [0 if value is None else value for value in values]
        return integers(numbers, valid) if kind is int else floats(numbers, valid)
    return strings([None if value is None else str(value) for value in values])


def _validity(valid: Sequence[bool] | None) -> pa.Buffer | None:
    return None if valid is None or all(valid) else _bits(valid)


def _bits(values: npt.ArrayLike) -> pa.Buffer:
    return pa.py_buffer(np.packbits(np.asarray(values, bool), bitorder="little"))

"""Parquet: one document a row, read a part of a row group at a time."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import IO, Any

import pyarrow as pa

from align.reading.compression import Stream, seekable
from align.reading.inputs import Input
from align.reading.options import ReadOptions
from align.reading.tables import SLICE_BYTES, SLICE_ROWS, TableRows, damaged

_BUFFER = 1 << 20


def read_parquet(stream: Stream, item: Input, options: ReadOptions) -> Iterator[pa.RecordBatch]:
    """The documents of a Parquet file, in order.

    Raises:
        InputError: it is damaged, or has no column of text.
    """
    rows = TableRows(item, options)
    try:
        with seekable(stream) as source, open_parquet(source) as file:
            rows.choose(file.schema_arrow)
            yield from rows.read(parquet_batches(file, rows.names))
    except (pa.ArrowInvalid, OSError) as error:
        raise damaged("Parquet", rows.line, error) from error


@contextlib.contextmanager
def open_parquet(source: IO[bytes]) -> Iterator[Any]:
    """A Parquet file that is read page by page rather than a whole row group at once."""
    import pyarrow.parquet as pq

    with pq.ParquetFile(source, pre_buffer=False, buffer_size=_BUFFER) as file:
        yield file


def parquet_batches(file: Any, names: list[str] | None = None) -> Iterator[pa.RecordBatch]:
    """The rows in parts: as many as come to some megabytes, by what their row group says of its size."""
    for number in range(file.num_row_groups):
        group = file.metadata.row_group(number)
        size = max(group.total_byte_size // max(group.num_rows, 1), 1)
        count = max(1, min(SLICE_ROWS, SLICE_BYTES // size))
        yield from file.iter_batches(batch_size=count, row_groups=[number], columns=names)

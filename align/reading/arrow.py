"""Arrow files and streams, as Feather files and the folders of Hugging Face's `save_to_disk` hold them."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Any

import pyarrow as pa

from align.reading.compression import Stream, seekable
from align.reading.inputs import Input
from align.reading.options import ReadOptions
from align.reading.tables import TableRows, damaged


def read_arrow(stream: Stream, item: Input, options: ReadOptions) -> Iterator[pa.RecordBatch]:
    """The documents of an Arrow file or stream, in order, a document a row.

    Raises:
        InputError: it is damaged, or has no column of text.
    """
    rows = TableRows(item, options)
    try:
        with open_arrow(stream) as reader:
            rows.choose(reader.schema)
            yield from rows.read(arrow_batches(reader))
    except (pa.ArrowInvalid, OSError) as error:
        raise damaged("Arrow", rows.line, error) from error


@contextlib.contextmanager
def open_arrow(stream: Stream) -> Iterator[Any]:
    """A reader of a file, or of a stream, of record batches."""
    if not stream.peek(6).startswith(b"ARROW1"):
        with pa.ipc.open_stream(pa.PythonFile(stream, "r")) as reader:
            yield reader
        return
    with seekable(stream) as file, pa.ipc.open_file(pa.PythonFile(file, "r")) as reader:
        yield reader


def arrow_batches(reader: Any) -> Iterator[pa.RecordBatch]:
    """The record batches, in order."""
    if isinstance(reader, pa.ipc.RecordBatchFileReader):
        return (reader.get_batch(number) for number in range(reader.num_record_batches))
    return iter(reader)

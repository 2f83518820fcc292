"""The texts of a corpus folder: ``documents.parquet``, every usable document as it was read."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from align._internal.files import told_when_unwritable
from align.corpus.folder import TEXTS, TEXTS_PART

if TYPE_CHECKING:
    import pyarrow as pa

_COLUMNS = ("id", "source", "line", "language", "text", "about")


@contextlib.contextmanager
def texts_being_read(folder: Path, *, prefer: bool) -> Iterator[Callable[[pa.RecordBatch], None]]:
    """What writes the usable documents of record batches, into a file of its own until `take_texts` puts it in place.

    `prefer`: with the field that chooses among duplicates.

    Raises:
        OutputError: the folder cannot be written.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    from align.reading import SCHEMA

    names = [*_COLUMNS, "prefer"] if prefer else _COLUMNS
    schema = pa.schema([SCHEMA.field(name) for name in names])
    with (
        told_when_unwritable(folder),
        pq.ParquetWriter(folder / TEXTS_PART, schema, compression="zstd") as out,
    ):
        yield lambda batch: out.write_batch(
            batch.filter(pa.compute.is_null(batch["problem"])).select(schema.names)
        )


def take_texts(folder: Path) -> None:
    """Puts what was read in its place, unless an earlier reading is there already."""
    if not (folder / TEXTS).exists():
        (folder / TEXTS_PART).replace(folder / TEXTS)


def drop_texts(folder: Path) -> None:
    """Removes what was read and not taken."""
    (folder / TEXTS_PART).unlink(missing_ok=True)


def read_texts(folder: Path) -> Iterator[pa.RecordBatch]:
    """The usable documents, as read."""
    import pyarrow.parquet as pq

    with pq.ParquetFile(folder / TEXTS) as file:
        yield from file.iter_batches(batch_size=4096)

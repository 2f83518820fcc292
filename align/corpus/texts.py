"""The texts of a corpus folder: ``documents.parquet``, every usable document as it was read."""

from __future__ import annotations

import contextlib
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from align._internal.files import Pending, pending, told_when_unwritable
from align.corpus.folder import TEXTS
from align.errors import InputError

if TYPE_CHECKING:
    import pyarrow as pa

_COLUMNS = ("id", "source", "line", "language", "text", "about")


class Texts:
    """The usable documents on their way into the folder: see `texts_being_read`."""

    def __init__(self, file: Pending, schema: pa.Schema) -> None:
        import pyarrow.parquet as pq

        self._file = file
        self._schema = schema
        self._out = pq.ParquetWriter(file.stream, schema, compression="zstd")
        self._count = 0

    def write(self, batch: pa.RecordBatch) -> None:
        """Adds the usable documents of a record batch."""
        import pyarrow.compute as pc

        usable = batch.filter(pc.is_null(batch["problem"])).select(self._schema.names)
        self._out.write_batch(usable)
        self._count += usable.num_rows

    def take(self) -> None:
        """Puts them in their place, unless those of an earlier reading are there and can be read to their end."""
        self._out.close()
        if not _is_sound(self._file.target, self._schema, self._count):
            self._file.place()

    def let_go(self) -> None:
        """Ends the writing, whatever came of it."""
        import pyarrow as pa

        with contextlib.suppress(OSError, ValueError, pa.ArrowException):
            self._out.close()
        self._out.is_open = False  # what cannot be closed is not tried again when it is forgotten


@contextlib.contextmanager
def texts_being_read(folder: Path, *, prefer: bool) -> Iterator[Texts]:
    """Where the usable documents go while they are read; what is not taken at the end is gone.

    `prefer`: with the field that chooses among duplicates.

    Raises:
        OutputError: the folder cannot be written.
    """
    import pyarrow as pa

    from align.reading import SCHEMA

    names = [*_COLUMNS, "prefer"] if prefer else _COLUMNS
    schema = pa.schema([SCHEMA.field(name) for name in names])
    with told_when_unwritable(folder / TEXTS), pending(folder / TEXTS, binary=True) as file:
        texts = Texts(file, schema)
        try:
            yield texts
        finally:
            texts.let_go()


def _is_sound(path: Path, schema: pa.Schema, count: int) -> bool:
    """Whether a file holds so many documents in these columns: a crash may have emptied it or cut it off."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        with pq.ParquetFile(path) as file:
            rows = sum(batch.num_rows for batch in file.iter_batches(batch_size=4096))
            return rows == count and bool(file.schema_arrow.equals(schema))
    except (OSError, pa.ArrowException):
        return False


def read_texts(folder: Path) -> Iterator[pa.RecordBatch]:
    """The usable documents, as read.

    Raises:
        InputError: the file is missing or damaged.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        with pq.ParquetFile(folder / TEXTS) as file:
            yield from file.iter_batches(batch_size=4096)
    except (OSError, pa.ArrowException) as error:
        raise _damaged(folder, error) from error


def _damaged(folder: Path, error: Exception) -> InputError:
    said = " ".join(str(error).split())[:200]
    return InputError(
        f"{folder / TEXTS}: cannot be read ({said}); run the same align run again to write it anew"
    )


def texts_of(folder: Path, ids: Collection[str]) -> dict[str, tuple[str, str]]:
    """Text and language ("" where nobody knows it) of those of these documents that are there.

    Raises:
        InputError: the file is missing or damaged.
    """
    import pyarrow as pa
    import pyarrow.compute as pc
    import pyarrow.parquet as pq

    found: dict[str, tuple[str, str]] = {}
    if not ids:
        return found
    wanted = pa.array(sorted(ids))
    try:
        with pq.ParquetFile(folder / TEXTS) as file:
            for batch in file.iter_batches(batch_size=4096, columns=["id", "language", "text"]):
                for row in batch.filter(pc.is_in(batch["id"], wanted)).to_pylist():
                    found[row["id"]] = (row["text"] or "", row["language"] or "")
    except (OSError, pa.ArrowException) as error:
        raise _damaged(folder, error) from error
    return found

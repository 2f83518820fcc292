"""The texts of a corpus folder: ``documents.parquet``, every usable document as it was read."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Collection, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from align._internal.files import told_when_unwritable
from align.corpus.folder import TEXTS, TEXTS_PART
from align.errors import InputError

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
    """Puts what was read in its place."""
    (folder / TEXTS_PART).replace(folder / TEXTS)


def rename_texts(folder: Path, names: Mapping[str, str]) -> None:
    """Gives documents other ids.

    Raises:
        OutputError: the folder cannot be written.
    """
    import pyarrow.parquet as pq

    from align._internal.arrow import strings

    if not names:
        return
    with pq.ParquetFile(folder / TEXTS) as file:
        schema = file.schema_arrow
        with (
            told_when_unwritable(folder),
            pq.ParquetWriter(folder / TEXTS_PART, schema, compression="zstd") as out,
        ):
            for batch in file.iter_batches(batch_size=4096):
                ids = [names.get(id, id) for id in batch["id"].to_pylist()]
                out.write_batch(batch.set_column(0, schema.field("id"), strings(ids)))
    take_texts(folder)


def drop_texts(folder: Path) -> None:
    """Removes what was read and not taken."""
    (folder / TEXTS_PART).unlink(missing_ok=True)


def read_texts(folder: Path) -> Iterator[pa.RecordBatch]:
    """The usable documents, as read."""
    import pyarrow.parquet as pq

    with pq.ParquetFile(folder / TEXTS) as file:
        yield from file.iter_batches(batch_size=4096)


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
        raise InputError(f"{folder / TEXTS}: cannot be read ({error})") from error
    return found

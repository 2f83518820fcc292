"""The texts of a corpus folder: ``documents.parquet``, every usable document as it was read."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from align._internal.files import put_in_place, told_when_unwritable
from align.corpus.folder import BATCHES, DOCUMENTS, TEXTS, TEXTS_PART, texts_file
from align.corpus.status import read_documents
from align.dedup.versions import is_refused
from align.errors import InputError

if TYPE_CHECKING:
    import pyarrow as pa
    import pyarrow.parquet as pq

    _Rows = TypeVar("_Rows", pa.RecordBatch, pa.Table)

_ROWS = 512  # documents that are read together
# Of a row group, which is closed by the row that comes to either: where it ends is then a matter of the rows alone.
_A_GROUP = 4_096
_A_GROUP_BYTES = 16 << 20
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
        groups = _Groups(out)
        yield lambda batch: groups.add(
            batch.filter(pa.compute.is_null(batch["problem"])).select(schema.names)
        )
        groups.close()


class _Groups:
    """Rows on their way into a file: the same bytes, however they were cut into batches, and whoever read them."""

    def __init__(self, out: pq.ParquetWriter) -> None:
        self._out = out
        self._held: list[pa.RecordBatch] = []
        self._rows = self._bytes = 0

    def add(self, batch: pa.RecordBatch) -> None:
        import numpy as np
        import pyarrow.compute as pc

        from align._internal.arrow import as_numpy

        ends = np.cumsum(as_numpy(pc.binary_length(batch["text"])), dtype=np.int64)
        start = 0
        while start < batch.num_rows:
            before = int(ends[start - 1]) if start else 0
            full = int(np.searchsorted(ends, before + _A_GROUP_BYTES - self._bytes)) + 1
            stop = min(full, start + _A_GROUP - self._rows, batch.num_rows)
            self._held.append(batch.slice(start, stop - start))
            self._rows += stop - start
            self._bytes += int(ends[stop - 1]) - before
            if self._rows == _A_GROUP or self._bytes >= _A_GROUP_BYTES:
                self.close()
            start = stop

    def close(self) -> None:
        """Writes what is held, as one piece: pages, too, end where a piece of a column does."""
        import pyarrow as pa

        if self._held:
            self._out.write_table(pa.Table.from_batches(self._held).combine_chunks())
        self._held, self._rows, self._bytes = [], 0, 0


def take_texts(folder: Path) -> None:
    """Puts what was read in its place, on the disk before its name says that it is there."""
    put_in_place(folder / TEXTS_PART, folder / TEXTS)


def without_texts(folder: Path, target: Path, ids: Collection[str]) -> None:
    """Writes those files with texts that hold one of these documents, less these, below `target`.

    Raises:
        OutputError: the folder cannot be written.
    """
    import pyarrow.compute as pc
    import pyarrow.parquet as pq

    from align._internal.arrow import strings

    wanted = strings(sorted(ids))
    for path in _files(folder).values():
        with pq.ParquetFile(path) as file:
            if not pc.any(pc.is_in(file.read(["id"])["id"], wanted)).as_py():
                continue
            copy = target / path.relative_to(folder)
            copy.parent.mkdir(parents=True, exist_ok=True)
            with (
                told_when_unwritable(copy),
                pq.ParquetWriter(copy, file.schema_arrow, compression="zstd") as out,
            ):
                for batch in _batches(file):
                    out.write_batch(batch.filter(pc.invert(pc.is_in(batch["id"], wanted))))


def rename_texts(folder: Path, names: Mapping[str, str], refused: Collection[str] = ()) -> None:
    """Gives documents other ids, and leaves out those that are `refused`: an earlier one may have their id.

    Raises:
        OutputError: the folder cannot be written.
    """
    import pyarrow.compute as pc
    import pyarrow.parquet as pq

    from align._internal.arrow import strings

    if not names and not refused:
        return
    out_of_it = strings(sorted(refused))
    with pq.ParquetFile(folder / TEXTS) as file:
        schema = file.schema_arrow
        with (
            told_when_unwritable(folder),
            pq.ParquetWriter(folder / TEXTS_PART, schema, compression="zstd") as out,
        ):
            for whole in _batches(file):
                batch = whole.filter(pc.invert(pc.is_in(whole["id"], out_of_it)))
                ids = [names.get(id, id) for id in batch["id"].to_pylist()]
                out.write_batch(batch.set_column(0, schema.field("id"), strings(ids)))
    take_texts(folder)


def drop_texts(folder: Path) -> None:
    """Removes what was read and not taken."""
    (folder / TEXTS_PART).unlink(missing_ok=True)


def read_texts(folder: Path, batch: int = 1) -> Iterator[pa.RecordBatch]:
    """The usable documents of a batch, as read.

    Raises:
        InputError: the file is missing or damaged.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    path = folder / texts_file(batch)
    try:
        with pq.ParquetFile(path) as file:
            yield from _batches(file)
    except (OSError, ValueError, pa.ArrowException) as error:  # also names of columns that are no UTF-8
        raise _damaged(path, error) from error


def _batches(file: pq.ParquetFile) -> Iterator[pa.RecordBatch]:
    """What is in a file, one row group after the other: these are bounded by their texts, too."""
    for group in range(file.num_row_groups):
        for batch in file.iter_batches(_ROWS, [group]):
            yield _sound(batch)


def _sound(rows: _Rows) -> _Rows:
    """The rows, unless a damaged file made texts of them that are none, or has other columns.

    Raises:
        ValueError: it did.
    """
    rows.validate(full=True)
    if lacking := {"id", "text"}.difference(rows.schema.names):
        raise ValueError(f"it has no column {min(lacking)}")
    return rows


def _damaged(path: Path, error: Exception) -> InputError:
    said = " ".join(str(error).split())[:200]
    return InputError(f"{path}: cannot be read ({said}); run with --overwrite to write it again")


def rows_of(folder: Path, ids: Collection[str]) -> dict[str, dict[str, Any]]:
    """Those of these documents that are there, as read; of an id that comes in several batches the last.

    Earlier versions left texts in later batches that were refused, because an earlier document had their id: those do
    not count.

    Raises:
        InputError: a file is missing or damaged.
    """
    import pyarrow as pa
    import pyarrow.compute as pc
    import pyarrow.parquet as pq

    from align._internal.arrow import strings

    found: dict[str, dict[str, Any]] = {}
    wanted = strings(sorted(ids))
    for number, path in _files(folder).items() if ids else ():
        refused: frozenset[str] | None = None  # which is asked for seldom
        try:
            with pq.ParquetFile(path) as file:
                for group in range(file.num_row_groups):
                    here = pc.is_in(file.read_row_group(group, ["id"])["id"], wanted)
                    if pc.any(here).as_py():
                        names = [name for name in (*_COLUMNS, "prefer") if name in file.schema_arrow.names]
                        rows = _sound(file.read_row_group(group, names)).filter(here).to_pylist()
                        again = {row["id"] for row in rows} & found.keys()
                        if again and refused is None:
                            refused = _refused(folder, number)
                        gone = again & (refused or frozenset())
                        found |= {row["id"]: row for row in rows if row["id"] not in gone}
        except (OSError, ValueError, KeyError, pa.ArrowException) as error:
            raise _damaged(path, error) from error
    return found


def to_batch(rows: Sequence[Mapping[str, Any]]) -> pa.RecordBatch:
    """Rows of `rows_of` as a record batch."""
    import pyarrow as pa

    from align.reading import SCHEMA

    names = [name for name in SCHEMA.names if any(name in row for row in rows)]
    return pa.RecordBatch.from_pylist(list(rows), schema=pa.schema([SCHEMA.field(name) for name in names]))


def _files(folder: Path) -> dict[int, Path]:
    """The files with the texts of all batches by their numbers, in their order."""
    later = {int(path.stem): path for path in (folder / BATCHES).glob("*.parquet") if path.stem.isdigit()}
    return {1: folder / TEXTS, **dict(sorted(later.items()))}


def _refused(folder: Path, batch: int) -> frozenset[str]:
    """The ids of documents of a batch that were refused because an earlier document had them."""
    entries = read_documents(folder / DOCUMENTS)
    return frozenset(e.document for e in entries if e.batch == batch and is_refused(e.reason))


def texts_of(folder: Path, ids: Collection[str]) -> dict[str, tuple[str, str]]:
    """Text and language ("" where nobody knows it) of those of these documents that are there.

    Raises:
        InputError: the file is missing or damaged.
    """
    rows = rows_of(folder, ids).items()
    return {id: (row["text"] or "", row["language"] or "") for id, row in rows}

"""Files on a cluster: the driver lists them, executors read them, and write what stays of each."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from align._internal.arrays import Ints
from align._internal.arrow import in_parts, integers, strings
from align._internal.runs import numbers_of, whole_runs
from align.corpus.kept import kept_names
from align.corpus.rewrite import KeptSource, rewrite
from align.dedup.options import DedupOptions
from align.document import line_ranges
from align.engines.spark.careful import Sketcher
from align.engines.spark.frames import Batches
from align.errors import EngineError, InputError
from align.pairing.stages.documents import READ, as_read
from align.reading import SCHEMA, ReadOptions, read_apart
from align.reading.apart import settle_ids
from align.reading.inputs import Input, Paths, find_inputs, paths_of
from align.reading.remote import is_url
from align.reading.rows import Ids

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

_A_TASK = 256  # files that a task reads at most: pages are small, and a task has its cost
_A_TASK_BYTES = 64 << 20  # that a task reads, unless one file has more
_A_CORE = 4  # tasks for each core, so that none waits long for the last
# What is kept of a row of a file, and the lines that are cut from it (start, end, start, end ...).
KEPT_ROWS = pa.schema([("file", pa.int64()), ("line", pa.int64()), ("cuts", pa.list_(pa.int64()))])
_AT_ONCE = 512  # documents that are sketched together
ROWS = READ.append(pa.field("prefer", pa.string()))  # all that is read of a document
WRITTEN = pa.schema([("file", pa.int64()), ("name", pa.string())])


@dataclass(frozen=True, slots=True)
class Source:
    """An input as executors open it, and the file of what stays of it."""

    item: Input
    kept_as: str = ""


def list_sources(inputs: Paths, reading: ReadOptions) -> list[Source]:
    """The files to read, in order, by their absolute paths.

    Raises:
        InputError: standard input, which no executor can read.
    """
    found = list(find_inputs(paths_of(inputs), reading.selection))
    if any(item.path == "-" for item in found):
        raise InputError("-: standard input cannot be read by executors; write it into a file first")
    names = kept_names(found)
    return [Source(_absolute(item), names[item.source][1]) for item in found]


def _absolute(item: Input) -> Input:
    if item.problem or is_url(item.path):
        return item
    return item.opened_as(os.path.abspath(item.path))


def signature_of(sources: Sequence[Source]) -> list[Any]:
    """What tells these inputs from others: paths, sizes and times of change."""
    return [[source.item.source, source.item.problem, *_state(source.item.path)] for source in sources]


def _state(path: str) -> tuple[Any, ...]:
    if is_url(path):
        from align.reading.remote import state_of

        return (path, state_of(path))
    try:
        found = os.stat(path)
    except OSError:
        return (path,)
    return (path, found.st_size, found.st_mtime_ns)


def read_sketches(
    session: SparkSession, sources: Sequence[Source], reading: ReadOptions, options: DedupOptions
) -> DataFrame:
    """The sketches of all documents (`align.dedup.stages.documents.SKETCHES`), file by file on the executors."""
    from align.dedup.stages.documents import SKETCHES
    from align.engines.spark.frames import mapped

    return mapped(_listed(session, sources), sketch_files, SKETCHES, reading, options)


def read_documents(session: SparkSession, sources: Sequence[Source], reading: ReadOptions) -> DataFrame:
    """All documents as they are read (`align.pairing.stages.documents.READ`), file by file on the executors."""
    from align.engines.spark.frames import mapped

    return mapped(_listed(session, sources), read_files, READ, reading)


def read_rows(session: SparkSession, sources: Sequence[Source], reading: ReadOptions) -> DataFrame:
    """All documents (`ROWS`), file by file on the executors; as they are written, they are in the order of reading."""
    from align.engines.spark.frames import mapped

    return mapped(_listed(session, sources), read_files, ROWS, reading, ROWS)


def in_batch(rows: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """Documents (`ROWS`) in the order of reading as `align.reading.read_batch` gives them, what is repeated named."""
    ids = Ids(numbered=True)
    for batch in rows:
        found = settle_ids(pa.Table.from_batches([batch]), ids)
        text = pc.if_else(found["problem"].is_null(), found["text"], "")
        found = found.set_column(found.schema.get_field_index("text"), "text", text)
        yield from found.select(SCHEMA.names).cast(SCHEMA).to_batches()


def sketches_of(rows: DataFrame, options: DedupOptions) -> DataFrame:
    """The sketches (`align.dedup.stages.documents.SKETCHES`) of documents (`ROWS`)."""
    from align.dedup.stages.documents import SKETCHES
    from align.engines.spark.frames import mapped

    return mapped(rows, sketch_rows, SKETCHES, options)


def _listed(session: SparkSession, sources: Sequence[Source]) -> DataFrame:
    """The inputs, a row each, in as many parts as there are tasks that read them."""
    items = [source.item for source in sources]
    rows = [
        (place, os.fsencode(item.path), item.id, item.source, item.problem)
        for place, item in enumerate(items)
    ]
    tasks = reading_tasks(items, session.sparkContext.defaultParallelism)
    return session.sparkContext.parallelize(rows, tasks).toDF(
        "place long, path binary, id string, source string, problem string"
    )


def reading_tasks(items: Sequence[Input], cores: int) -> int:
    """Into how many tasks reading is parted: some for each core, and none with too much to read."""
    size = sum(_size(item) for item in items)
    wanted = max(cores * _A_CORE, len(items) // _A_TASK, size // _A_TASK_BYTES)
    return max(1, min(len(items), wanted))


def _size(item: Input) -> int:
    if is_url(item.path):
        return _A_TASK_BYTES  # not asked for: files by URL are large
    try:
        return os.stat(item.path).st_size
    except OSError:
        return 0


def sketch_files(batches: Batches, reading: ReadOptions, options: DedupOptions) -> Iterator[pa.RecordBatch]:
    """The sketches of the documents of files (place, path, id, source, problem)."""
    sketcher = Sketcher(options)
    for batch, numbers, files in _read(batches, reading):
        yield from sketcher(batch, numbers, files)


def read_files(batches: Batches, reading: ReadOptions, schema: pa.Schema = READ) -> Iterator[pa.RecordBatch]:
    """The documents of files (place, path, id, source, problem) as they are read."""
    for batch, numbers, files in _read(batches, reading):
        yield as_read(batch, numbers, files, schema)


def sketch_rows(batches: Batches, options: DedupOptions) -> Iterator[pa.RecordBatch]:
    """The sketches of documents (`ROWS`)."""
    sketcher = Sketcher(options)
    for batch in batches:
        for part in in_parts(batch, _AT_ONCE):
            yield from sketcher(part, numbers_of(part, "place"), part["file"].to_pylist())


def _read(batches: Batches, reading: ReadOptions) -> Iterator[tuple[pa.RecordBatch, Ints, list[str]]]:
    """The documents of files, their numbers (of the file, and in it), and the ids of their files."""
    for batch in batches:
        rows = batch.to_pylist()
        items = [_openable(row) for row in rows]
        counts = np.zeros(len(items), np.int64)
        for at, documents in read_apart(items, reading):
            numbers = np.empty(len(at), np.int64)
            for row, place in enumerate(at):
                numbers[row] = rows[place]["place"] << 32 | int(counts[place])
                counts[place] += 1
            yield documents, numbers, [items[place].id for place in at]


def _openable(row: dict[str, Any]) -> Input:
    """The input of a row; the driver has seen its file, so this machine must see it too.

    Raises:
        InputError: it does not.
    """
    source = Input(row["source"], row["id"], row["problem"])
    path = os.fsdecode(row["path"])
    if row["problem"] is None and not is_url(path) and not os.path.lexists(path):
        raise InputError(
            f"{path}: is not there on {socket.gethostname()}, though the driver has it; put it where all see it"
        )
    return source.opened_as(path)


def write_kept_rows(
    batches: Batches, folder: str, reading: ReadOptions, sources: dict[int, tuple[str, str, str]]
) -> Iterator[pa.RecordBatch]:
    """Writes what stays of each file (`KEPT_ROWS`, sorted by file) below `folder`; names the files."""
    for table in whole_runs(batches, "file", budget=0):
        files, lines = numbers_of(table, "file"), numbers_of(table, "line")
        cuts = table["cuts"].to_pylist()
        for file in np.unique(files).tolist():
            own = np.flatnonzero(files == file)
            path, _, name = sources[file]
            cut = {int(lines[n]): line_ranges(cuts[n]) for n in own.tolist() if cuts[n]}
            kept = KeptSource(path, name, frozenset(lines[own].tolist()), cut)
            written = strings([rewrite(Path(folder), kept, reading)])
            yield pa.record_batch([integers([file]), written], schema=WRITTEN)


def check_written(folder: Path, names: Sequence[str]) -> None:
    """Raises EngineError where a file that an executor wrote is not here."""
    for name in names:
        if not (folder / name).is_file():
            raise EngineError(
                f"{folder / name}: an executor wrote it, and it is not here; name an -o that all machines share"
            )

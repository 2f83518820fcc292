"""The deduplication job: from files to a folder with what stays, what went, and why."""

from __future__ import annotations

import contextlib
import hashlib
import os
import shutil
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from align import __version__
from align._internal.progress import MEGABYTE, Progress, Waiting
from align._internal.wording import listed
from align.corpus.folder import DOCUMENTS, KEPT, STAGES
from align.corpus.kept import write_kept
from align.corpus.prepare import writing
from align.corpus.status import Entry, deduplicated, write_documents
from align.dedup import Deduplication, Duplicates
from align.dedup.batch import Collection
from align.dedup.dates import check_field
from align.dedup.explain import Explanation, explain
from align.dedup.options import SPARE
from align.dedup.result import SPARED
from align.dedup.tables import write_tables
from align.errors import InputError, UsageError
from align.jobs.options import DedupJobOptions, less
from align.reading import Meter, read_batch
from align.reading.inputs import Paths, path_of, paths_of, total_size
from align.reading.spool import spooled

if TYPE_CHECKING:
    from align.dedup.index.store import Index

__all__ = ["DedupJobOptions", "DedupResult", "compare_only", "deduplicate", "explain_pair", "summarise"]


@dataclass(frozen=True, slots=True)
class DedupResult:
    """What a job did; `duplicates` is None where they came from an earlier run or from Spark."""

    summary: dict[str, int]
    duplicates: Duplicates | None
    damaged: dict[str, str] = field(default_factory=dict)  # segments of the index that could not be used
    unchanged: bool = False  # an earlier run had finished the same job
    batch: int | None = None  # which one of a folder that grows it was

    def __repr__(self) -> str:
        again = " (as an earlier run left them)" if self.unchanged else ""
        return f"DedupResult({listed(self.summary)}){again}\n.summary .duplicates .damaged"


def deduplicate(
    inputs: Paths,
    out: str | Path,
    options: DedupJobOptions,
    *,
    progress: Progress | None = None,
    waiting: Waiting | None = None,
) -> DedupResult:
    """Reads the inputs, finds duplicates, writes what stays and the tables into the corpus folder `out`.

    Raises:
        OutputError: the folder cannot be written, another process is writing into it, or it holds something else.
        SignatureError: the folder holds the outcome of another job.
        IndexFileError: the index is in use or damaged.
        EngineError: Spark is not there, or fails.
    """
    if options.spark is not None:
        from align.jobs.spark import deduplicate_on_spark

        counts, unchanged = deduplicate_on_spark(inputs, out, options, progress=progress)
        return DedupResult(counts, None, unchanged=unchanged)
    return _deduplicate(inputs, out, options, progress, waiting)


def _deduplicate(
    inputs: Paths,
    out: str | Path,
    options: DedupJobOptions,
    progress: Progress | None,
    waiting: Waiting | None,
) -> DedupResult:
    """The job on this machine."""
    out = path_of(out, "out")
    paths = paths_of(inputs)
    if options.append:
        from align.jobs.growing import append

        return append(paths, out, options, progress=progress, waiting=waiting)
    about = {"options": options.as_json(), "inputs": list(paths)}
    options = replace(options, reading=less(options.reading, out, options.index))
    with (
        writing(out, "dedup", overwrite=options.overwrite) as writer,
        spooled(paths, options.reading) as (named, labels),
    ):
        signature = {"version": __version__, **options.stages}
        writer.check(signature)
        deduplication = read(named, options, progress)
        signature["inputs"] = f"blake2b:{digest_of(deduplication.collection)}"
        _check_index(options, writer.complete)
        if writer.begin(signature, **about):
            if writer.complete:
                return DedupResult(writer.record["summary"], None, unchanged=True)
            writer.clear()
        with _index(options, waiting, _batch_key(writer.path, signature["inputs"])) as index:
            number = index.batch_number if index is not None else 1
            duplicates = deduplication.result(index)
            files = write_found(
                writer.path, Found(deduplication.collection, duplicates, named, labels, number), options
            )
            # Last: a run that was killed before this is done again, one killed behind it finds its own documents.
            if index is not None:
                kept = np.array(duplicates.kept_numbers, np.int64)
                index.add(deduplication.collection, kept, duplicates.versions.replaced)
        summary = summarise(duplicates)
        writer.finish(files, summary=summary)
        # Of a job on Spark that never came to its end.
        shutil.rmtree(writer.path / STAGES, ignore_errors=True)
    return DedupResult(summary, duplicates, index.damaged if index is not None else {})


@dataclass(frozen=True, slots=True)
class Found:
    """A batch that was compared, and what it was read from; sources are told by their `labels`, where they have one."""

    collection: Collection
    duplicates: Duplicates
    inputs: Sequence[str | Path]
    labels: dict[str, str]
    batch: int

    @property
    def entries(self) -> Iterator[Entry]:
        """Every document of the batch and what became of it."""
        return _entries(self.duplicates, self.collection, self.labels, self.batch)


def write_found(folder: Path, found: Found, options: DedupJobOptions) -> list[str]:
    """Writes everything but the record; returns the names of the files."""
    kept = keep_texts(folder / KEPT, found, options)
    write_documents(folder / DOCUMENTS, found.entries)
    tables = write_tables(found.duplicates, folder, options.cut, overwrite=True)
    return [DOCUMENTS, *tables, *kept]


def keep_texts(folder: Path, found: Found, options: DedupJobOptions, taken: Iterable[str] = ()) -> list[str]:
    """Writes the documents that stay, in the format they came in; returns the names in the corpus folder."""
    written = write_kept(
        folder,
        found.duplicates,
        found.collection,
        found.inputs,
        cut=options.cut,
        reading=options.reading,
        taken=taken,
    )
    return [f"{KEPT}/{name}" for name in written]


def compare_only(
    inputs: Paths,
    options: DedupJobOptions,
    out: str | Path | None = None,
    *,
    progress: Progress | None = None,
) -> Duplicates:
    """What the job would find; nothing is written. An index is asked but not added to, as is a folder that grows.

    Raises:
        UsageError: a batch is to be added, and `out` does not say to which folder.
        SignatureError, IndexFileError: the index was made with other settings, or is damaged.
    """
    from align.dedup.index.store import open_index
    from align.jobs.stores import documents_store

    if options.append and out is None:
        raise UsageError("append compares with what is in the folder; name it with -o")
    earlier = documents_store(Path(out)) if options.append and out is not None else options.index
    deduplication = read(inputs, options, progress)
    return deduplication.result(open_index(earlier, options.dedup) if earlier else None)


def read(inputs: Paths, options: DedupJobOptions, progress: Progress | None = None) -> Deduplication:
    """All documents of the inputs, ready to be compared."""
    inputs, deduplication, meter = paths_of(inputs), Deduplication(options.dedup, options.cut), Meter()
    size = total_size(inputs, options.reading.selection) if progress else 0
    reading = replace(options.reading, repeated="name")
    for batch in read_batch(inputs, options=reading, meter=meter):
        deduplication.add(batch)
        if progress and size:
            progress("reading, MB", meter.position // MEGABYTE, size // MEGABYTE)
        elif progress:
            progress("reading", len(deduplication.collection), 0)
    check_field(deduplication.collection, options.reading.prefer)
    return deduplication


def explain_pair(inputs: Paths, first: str, second: str, options: DedupJobOptions) -> Explanation:
    """Compares two documents of the inputs by their ids.

    Raises:
        InputError: there is no such document, or it cannot be used.
    """
    found: dict[str, str] = {}
    names: list[str] = []
    for batch in read_batch(inputs, options=options.reading):
        ids = batch["id"].to_pylist()
        names += ids
        for id in {first, second} & set(ids):
            row = batch.slice(ids.index(id), 1).to_pylist()[0]
            if row["problem"]:
                raise InputError(f"{id}: {row['problem']}")
            found.setdefault(id, row["text"])
        if len(found) == len({first, second}):
            return explain((first, found[first]), (second, found[second]), options.dedup)
    missing = first if first not in found else second
    raise InputError(
        f"no document {missing!r} in the input; nearest: {', '.join(_nearest(missing, names)) or 'none'}"
    )


def summarise(duplicates: Duplicates) -> dict[str, int]:
    """Counts for people: documents, kept, removed by kind, failed, repeats."""
    kinds = [removal.kind for removal in duplicates.removed.values()]
    return {
        "documents": duplicates.count,
        "kept": len(duplicates.kept),
        **{kind: kinds.count(kind) for kind in ("identical", "near", "contained")},
        **({"version": kinds.count("version")} if "version" in kinds else {}),
        "failed": len(duplicates.unusable),
        **alike_summary(duplicates),
        "pairs": len(duplicates.table),
        "repeats": sum(map(len, duplicates.repeats.values())),
        "boilerplate": sum(map(len, duplicates.boilerplate.values())),
        **({"passages": len(duplicates.passages)} if duplicates.passages else {}),
        "compared": duplicates.compared,
        "crowded": duplicates.sparse,
    }


def alike_summary(duplicates: Duplicates) -> dict[str, int]:
    """Counts of near-duplicates that may be none: spared ones, and removed ones that differ in such things alone."""
    alike, told = duplicates.alike_but_for(SPARE)
    spared = int((duplicates.table.kind == SPARED).sum())
    return {
        **({"spared": spared} if spared else {}),
        **({"differ_in_details": alike, "differences_told": told} if alike else {}),
    }


@contextlib.contextmanager
def _index(options: DedupJobOptions, waiting: Waiting | None, batch: str) -> Iterator[Index | None]:
    """The index, ours alone until the new documents of this batch are added; None where none is asked for."""
    if options.index is None:
        yield None
        return
    from align.dedup.index.store import writing_index

    with writing_index(options.index, options.dedup, waiting) as index:
        index.batch = batch
        yield index


def _check_index(options: DedupJobOptions, complete: bool) -> None:
    """Refuses an index that was made with other settings, before the folder is said to be made with it."""
    from align.dedup.index.store import open_index

    if options.index is not None and not complete:
        open_index(options.index, options.dedup)


def _batch_key(folder: Path, inputs: str) -> str:
    """By what an index knows that documents came with this batch: the same inputs into the same folder."""
    place = os.fsencode(folder.resolve())
    return hashlib.blake2b(place + inputs.encode(), digest_size=8).hexdigest()


def digest_of(collection: Collection) -> str:
    """A hash of all ids, languages, texts and problems, in order."""
    columns = (collection.column(name) for name in ("id", "language", "prefer", "problem"))
    values = (chain.from_iterable(chunk.to_pylist() for chunk in column.chunks) for column in columns)
    return digest([collection.fingerprints.tobytes()], values)


def digest(fingerprints: Iterable[bytes], columns: Iterable[Iterable[str | None]]) -> str:
    """A hash of the fingerprints of texts, then of each column that tells their documents apart."""
    found = hashlib.blake2b(digest_size=16)
    for part in fingerprints:
        found.update(part)
    for values in columns:
        for value in values:
            found.update(repr(value).encode("utf-8", "replace"))
    return found.hexdigest()


def _entries(
    duplicates: Duplicates, collection: Collection, labels: dict[str, str], batch: int
) -> Iterator[Entry]:
    """Every document of the batch and what became of it; sources by their `labels`, where they have one."""
    names = ("id", "source", "line", "language", "problem", "warning", "same_id")
    chunks = zip(*(collection.column(name).chunks for name in names), strict=True)
    rows = (row for columns in chunks for row in zip(*(c.to_pylist() for c in columns), strict=True))
    removed = duplicates.removed
    for number, values in enumerate(rows):
        row = dict(zip(names, values, strict=True))
        id = row["id"]
        row["source"] = labels.get(row["source"], row["source"])
        problem = row["problem"] or (duplicates.problems[id] if number in duplicates.unusable else None)
        yield deduplicated(row, problem, removed.get(id), duplicates.notes.get(id), batch)


def _nearest(name: str, names: list[str]) -> list[str]:
    from rapidfuzz.process import extract

    return [found for found, _, _ in extract(name, names, limit=3)]

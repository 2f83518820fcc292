"""The deduplication job: from files to a folder with what stays, what went, and why."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from align import __version__
from align._internal.arrow import as_numpy
from align._internal.files import atomic, unwritable
from align._internal.progress import MEGABYTE, Progress
from align._internal.tables import write_table
from align._internal.wording import listed
from align.corpus.kept import WHOLE, KeptSource, Lines, kept_names, write_kept
from align.dedup import Deduplication, DedupOptions, Duplicates
from align.dedup.explain import Explanation, explain
from align.errors import InputError, OutputError, SignatureError, UsageError
from align.reading import Meter, ReadOptions, begins_as_json, read_batch
from align.reading.compression import open_bytes
from align.reading.inputs import Paths, find_inputs, paths_of, total_size

if TYPE_CHECKING:
    from align.dedup.index.store import Index

Cut = Literal["repeats", "boilerplate", "none"]

RECORD = "dedup.json"
TABLES = ("documents.tsv", "duplicates.tsv", "clusters.tsv", "repeats.tsv", "boilerplate.tsv")
DOCUMENTS = ("document", "source", "line", "status", "reason", "related", "score", "warning")
FORMAT = 1


@dataclass(frozen=True, slots=True)
class JobOptions:
    """How a deduplication job reads, decides and writes."""

    dedup: DedupOptions = field(default_factory=DedupOptions)
    reading: ReadOptions = field(default_factory=ReadOptions)
    cut: Cut = "none"  # what kept texts are relieved of
    index: str | None = None  # folder of the index to compare with and to add to
    overwrite: bool = False  # replace what an earlier job left in the folder

    def __post_init__(self) -> None:
        if self.cut == "boilerplate" and not self.dedup.boilerplate:
            raise UsageError(
                "cut 'boilerplate': say with boilerplate in how many documents a line must recur"
            )
        if self.cut == "repeats" and not self.dedup.repeats:
            raise UsageError("cut 'repeats': repeats are not looked for; leave out --no-repeats")

    @property
    def signature(self) -> dict[str, Any]:
        """What the outcome depends on, beside the documents."""
        options = {**asdict(self.dedup), **{f"read_{k}": v for k, v in asdict(self.reading).items()}}
        options.pop("read_exclude")  # says where the output lies, not what is in it
        return {"version": __version__, "cut": self.cut, "index": self.index, **options}


@dataclass(frozen=True, slots=True)
class JobResult:
    """What a job did; `duplicates` is None where an earlier run had finished the same job."""

    summary: dict[str, int]
    duplicates: Duplicates | None
    damaged: dict[str, str] = field(default_factory=dict)  # segments of the index that could not be used

    def __repr__(self) -> str:
        again = "" if self.duplicates else " (as an earlier run left them)"
        return f"JobResult({listed(self.summary)}){again}\n.summary .duplicates .damaged"


def deduplicate(
    inputs: Paths,
    out: str | Path,
    options: JobOptions,
    *,
    progress: Progress | None = None,
    waiting: Callable[[str], None] | None = None,
) -> JobResult:
    """Reads the inputs, finds duplicates, writes what stays and the tables into `out`.

    Raises:
        OutputError: the folder cannot be written or holds something else.
        SignatureError: the folder holds the outcome of another job.
        IndexFileError: the index is in use or damaged.
    """
    out = Path(out)
    options = _less_output(options, out)
    record = _earlier_record(out, options)
    with _seekable(paths_of(inputs)) as (named, labels):
        deduplication = read(named, options, progress)
        signature = {**_plain(options.signature), "documents": _digest(deduplication)}
        if not options.overwrite and record and record.get("finished") and record["signature"] == signature:
            return JobResult(record["summary"], None)
        if record:
            _refuse_other(out, record["signature"], signature, options.overwrite)
        with _index(options, waiting) as index:
            duplicates = deduplication.result(index)
            # First: what a kill leaves behind is known as a job's, and as one that is to be done again.
            _write_record(out, signature, {}, finished=False)
            _clear(out)
            _write_kept(out, duplicates, deduplication, options, named)
            write_table(out / "documents.tsv", DOCUMENTS, _document_rows(duplicates, deduplication, labels))
            duplicates.write(out, cut=options.cut, overwrite=True)
            # Last: a run that was killed before this is done again, one killed behind it finds its own documents.
            if index is not None:
                index.add(deduplication.collection, np.array(duplicates.kept_numbers, np.int64))
        summary = summarise(duplicates)
        _write_record(out, signature, summary, finished=True)
    return JobResult(summary, duplicates, index.damaged if index is not None else {})


def compare_only(inputs: Paths, options: JobOptions, *, progress: Progress | None = None) -> Duplicates:
    """What the job would find; nothing is written, and an index is asked but not added to."""
    from align.dedup.index.store import open_index

    deduplication = read(inputs, options, progress)
    return deduplication.result(open_index(options.index, options.dedup) if options.index else None)


def read(inputs: Paths, options: JobOptions, progress: Progress | None = None) -> Deduplication:
    """All documents of the inputs, ready to be compared."""
    inputs, deduplication, meter = paths_of(inputs), Deduplication(options.dedup), Meter()
    size = total_size(inputs, options.reading.exclude) if progress else 0
    for batch in read_batch(inputs, options=options.reading, meter=meter):
        deduplication.add(batch)
        if progress and size:
            progress("reading, MB", meter.position // MEGABYTE, size // MEGABYTE)
        elif progress:
            progress("reading", len(deduplication.collection), 0)
    return deduplication


def explain_pair(inputs: Paths, first: str, second: str, options: JobOptions) -> Explanation:
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
        "failed": len(duplicates.unusable),
        "pairs": len(duplicates.table),
        "repeats": sum(map(len, duplicates.repeats.values())),
        "boilerplate": sum(map(len, duplicates.boilerplate.values())),
        "compared": duplicates.compared,
        "crowded": duplicates.sparse,
    }


@contextlib.contextmanager
def _index(options: JobOptions, waiting: Callable[[str], None] | None) -> Iterator[Index | None]:
    """The index, ours alone until its new documents are added; None where none is asked for."""
    if options.index is None:
        yield None
        return
    from align.dedup.index.store import writing

    with writing(options.index, options.dedup, waiting) as index:
        yield index


# ---- the folder ------------------------------------------------------------------------------------------------


def _less_output(options: JobOptions, out: Path) -> JobOptions:
    """The options with what this job writes left out of what it reads, should it lie inside an input folder."""
    ours = (str(out), *([options.index] if options.index else []))
    return replace(options, reading=replace(options.reading, exclude=(*options.reading.exclude, *ours)))


def _earlier_record(out: Path, options: JobOptions) -> dict[str, Any] | None:
    """What an earlier job left, refused at once where its options were others."""
    if out.exists() and not out.is_dir():
        raise OutputError(f"{out}: is a file; name a folder with -o")
    try:
        record: dict[str, Any] = json.loads((out / RECORD).read_text(encoding="utf-8"))
    except FileNotFoundError:
        if out.is_dir() and any(out.iterdir()) and not options.overwrite:
            raise OutputError(f"{out}: is not empty; name a new folder, or add --overwrite") from None
        _refuse_foreign(out)
        return None
    except (OSError, ValueError) as error:
        if options.overwrite:
            return None
        raise OutputError(
            f"{out / RECORD}: cannot be read ({error}); add --overwrite to start afresh"
        ) from error
    _refuse_other(out, record["signature"], _plain(options.signature), options.overwrite)
    return record


def _refuse_foreign(out: Path) -> None:
    """--overwrite is for what a job left: a folder called kept/ that somebody else filled must not go with it."""
    for name in ("kept", *TABLES):
        if (out / name).exists():
            raise OutputError(
                f"{out}: holds {name} but no {RECORD}, so it is not overwritten; name a new folder"
            )


def _refuse_other(out: Path, before: dict[str, Any], now: dict[str, Any], overwrite: bool) -> None:
    for name, value in now.items():
        if before.get(name) != value and not overwrite and before.get("documents"):
            what = "other documents" if name == "documents" else f"{name} {before.get(name)!r}, now {value!r}"
            raise SignatureError(f"{out}: holds the outcome of {what}; name a new folder, or add --overwrite")


def _plain(signature: dict[str, Any]) -> dict[str, Any]:
    """The signature as it comes back from JSON."""
    plain: dict[str, Any] = json.loads(json.dumps(signature))
    return plain


def _clear(out: Path) -> None:
    try:
        shutil.rmtree(out / "kept", ignore_errors=False) if (out / "kept").exists() else None
        for name in TABLES:
            (out / name).unlink(missing_ok=True)
    except OSError as error:
        raise unwritable(error.filename, error) from error


def _write_record(out: Path, signature: dict[str, Any], summary: dict[str, int], *, finished: bool) -> None:
    record = {"format": FORMAT, "signature": signature, "summary": summary, "finished": finished}
    with atomic(out / RECORD) as stream:
        stream.write(json.dumps(record, indent=1, ensure_ascii=False) + "\n")


def _digest(deduplication: Deduplication) -> str:
    """A hash of all ids, texts and problems, in order."""
    collection = deduplication.collection
    digest = hashlib.blake2b(collection.prints.tobytes(), digest_size=16)
    for name in ("id", "prefer", "problem"):
        for chunk in collection.column(name).chunks:
            for value in chunk.dictionary_encode().to_pylist() if name != "id" else chunk.to_pylist():
                digest.update(repr(value).encode("utf-8", "replace"))
    return digest.hexdigest()


# ---- what is written -------------------------------------------------------------------------------------------


def _document_rows(
    duplicates: Duplicates, deduplication: Deduplication, labels: dict[str, str]
) -> Iterator[tuple[object, ...]]:
    """Every document of the batch and what became of it."""
    columns = [
        deduplication.collection.column(name) for name in ("id", "source", "line", "problem", "warning")
    ]
    removed, unusable = duplicates.removed, duplicates.unusable
    number = 0
    for chunks in zip(*(column.chunks for column in columns), strict=True):
        for id, source, line, problem, warning in zip(*(chunk.to_pylist() for chunk in chunks), strict=True):
            removal = None if number in unusable else removed.get(id)
            where = labels.get(source, source)
            number += 1
            if problem:
                yield id, where, line, "failed", problem, None, None, warning
            elif number - 1 in unusable:
                yield id, where, line, "failed", duplicates.problems[id], None, None, warning
            elif removal:
                reason = {"identical": "same text", "near": "near-duplicate", "contained": "is inside"}[
                    removal.kind
                ]
                reason += " (index)" if removal.indexed else ""
                yield id, where, line, "duplicate", reason, removal.kept, f"{removal.similarity:.6f}", warning
            else:
                yield id, where, line, "kept", duplicates.notes.get(id), None, None, warning


def _write_kept(
    out: Path,
    duplicates: Duplicates,
    deduplication: Deduplication,
    options: JobOptions,
    inputs: Sequence[str],
) -> None:
    """The kept documents of each source, in the source's format."""
    collection = deduplication.collection
    source = collection.column("source").combine_chunks().dictionary_encode()
    codes = as_numpy(source.indices)
    line = collection.column("line").combine_chunks()
    lines = np.where(as_numpy(line.is_valid()), as_numpy(line), WHOLE)
    kept = np.array(duplicates.kept_numbers, np.int64)
    names = kept_names(find_inputs(inputs))
    order = kept[np.argsort(codes[kept], kind="stable")] if len(kept) else kept
    borders: list[int] = (np.flatnonzero(np.diff(codes[order])) + 1).tolist() if len(kept) else []
    for group in np.split(order, borders):
        if len(group):
            path, name = names[source.dictionary[int(codes[group[0]])].as_py()]
            cuts = _cuts(group.tolist(), lines, duplicates, options.cut)
            rows = frozenset(lines[group].tolist())
            write_kept(out / "kept", KeptSource(path, name, rows, cuts), options.reading)


def _cuts(
    group: list[int], lines: np.ndarray[Any, Any], duplicates: Duplicates, cut: Cut
) -> dict[int, tuple[Lines, ...]]:
    """The lines to cut from each of these documents, by row."""
    found = {}
    for number in group:
        id = duplicates.ids[number]
        if cut == "repeats" and id in duplicates.repeats:
            found[int(lines[number])] = tuple(repeat.second_lines for repeat in duplicates.repeats[id])
        if cut == "boilerplate" and id in duplicates.boilerplate:
            found[int(lines[number])] = tuple(run.lines for run in duplicates.boilerplate[id])
    return found


@contextlib.contextmanager
def _seekable(inputs: Sequence[str]) -> Iterator[tuple[list[str], dict[str, str]]]:
    """The inputs with standard input as a file, because what stays is written from a second reading."""
    if "-" not in inputs:
        yield list(inputs), {}
        return
    with tempfile.TemporaryDirectory(prefix="align-") as folder:
        path = os.path.join(folder, "stdin")
        with open(path, "wb") as copy:
            shutil.copyfileobj(sys.stdin.buffer, copy, 1 << 20)
        with open_bytes(path) as stream:
            rows = begins_as_json(stream.read(64))
        if rows:
            path = shutil.move(path, path + ".jsonl")
        yield [path if item == "-" else item for item in inputs], {path: "-"}


def _nearest(name: str, names: list[str]) -> list[str]:
    from rapidfuzz.process import extract

    return [found for found, _, _ in extract(name, names, limit=3)]


__all__ = ["Cut", "JobOptions", "JobResult", "compare_only", "deduplicate", "explain_pair", "summarise"]

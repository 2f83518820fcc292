"""Looking after a corpus that grows: what is in it, taking documents out, making its stores small again."""

from __future__ import annotations

import contextlib
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from align._internal.progress import Waiting
from align.corpus import addition
from align.corpus.folder import KEPT, CorpusFolder, Job, count_encoders
from align.corpus.prepare import CorpusWriter, writing
from align.corpus.status import is_version
from align.corpus.texts import without_texts
from align.dedup.index.store import Index, writing_index
from align.dedup.versions import version_of
from align.errors import InputError
from align.jobs.adding import STATUSES
from align.jobs.append import made_with
from align.jobs.returning import bring_back, deliveries, orphans_of
from align.jobs.stores import (
    Stores,
    documents_store,
    finish_commit,
    profiles_store,
    put_in_place,
    removed_beads,
)
from align.pairing.index import compact_segments

_OF_DEDUP = ("kept", "duplicate", "failed")


@dataclass(frozen=True, slots=True)
class BatchInfo:
    """A batch of a corpus: what it was read from, and how many of its documents there are of each status."""

    number: int
    inputs: tuple[str, ...]
    statuses: dict[str, int]


def corpus_info(folder: str | Path) -> list[BatchInfo]:
    """The batches of a folder of `align run` or `align dedup`, or of a table of `align pairs` with append.

    A table of pairs does not know what its batches were read from, nor of documents that could not be used.

    Raises:
        InputError: there is no corpus, or no table that grows.
    """
    if Path(folder).is_file():
        from align.jobs.growing_pairs import documents_by_batch

        paired = [
            Counter({"paired": len(a), "unpaired": len(b)}) for a, b in documents_by_batch(Path(folder))
        ]
        return [_info(number, (), STATUSES[:2], found) for number, found in enumerate(paired, 1)]
    corpus = CorpusFolder(folder)
    counts: dict[int, Counter[str]] = {}
    for entry in corpus.documents:
        counts.setdefault(entry.batch, Counter())[entry.status] += 1
    names = STATUSES if corpus.job == "run" else _OF_DEDUP
    return [
        _info(number, batch["inputs"], names, counts.get(number, Counter()))
        for number, batch in enumerate(corpus.batches, 1)
    ]


def _info(number: int, inputs: Iterable[str], names: Iterable[str], counts: Counter[str]) -> BatchInfo:
    return BatchInfo(number, tuple(inputs), {name: counts[name] for name in names})


@dataclass(frozen=True, slots=True)
class Removal:
    """What became of documents that were to be taken out.

    Attributes:
        missing: ids that are not there.
        came_back: what had been removed for one of them, and is kept from now on.
        waiting: how many are left that the next batch has to see to: it knows what the corpus was made with.
    """

    missing: list[str]
    came_back: list[str]
    waiting: int = 0


def remove_documents(folder: str | Path, ids: Sequence[str], waiting: Waiting | None = None) -> Removal:
    """Takes documents out: their texts, their pairs, and what later batches would be compared with.

    They stay in the table of documents, as failed, with the reason; so do texts that went because one of them came
    with their id. What was removed as a duplicate of one of them comes back, unless another document stands for it.

    Raises:
        InputError: the folder holds no corpus that grows.
        OutputError: it cannot be written.
    """
    corpus = _growing(Path(folder), ("run",))
    with writing(corpus.path, corpus.job, waiting=waiting or (lambda message: None)) as writer:
        finish_commit(writer)
        back = _brought_back(writer)  # where a process was killed before it came to that
        corpus = CorpusFolder(folder)
        there = {entry.document for entry in corpus.documents if entry.status != "failed"}
        if gone := frozenset(ids) & there:
            with writing_index(documents_store(writer.path)) as index:
                _take_out(writer, index, corpus, gone)
            back += _brought_back(writer)
        left = len(orphans_of(CorpusFolder(folder))) if writer.record.get(addition.ORPHANS) else 0
    return Removal([id for id in ids if id not in gone], back, left)


def _take_out(writer: CorpusWriter, index: Index, corpus: CorpusFolder, ids: frozenset[str]) -> None:
    """Takes documents out, and what is named after them."""
    versions = {e.document for e in corpus.documents if is_version(e) and version_of(e.document) in ids}
    gone = ids | versions | deliveries(corpus, ids, index).keys()
    addition.drop(writer)
    joined = addition.without_pairs(corpus, gone)
    addition.stage_pairs(corpus, joined)
    counts = addition.stage_documents(corpus, (), joined, {}, gone)
    repeats = addition.stage_tables(corpus, {}, addition.Resettled(gone=gone))
    without_texts(corpus.path, addition.staging_of(corpus.path).new, gone)
    statuses = {status: counts[status] for status in STATUSES}
    summary = {**corpus.info["summary"], **statuses, "repeats": repeats, "pairs": len(joined.all)}
    stores = {"digest": None, "supersede": [], "take_out": sorted(gone)}
    made = corpus.info.get("encoders", {})
    encoders = count_encoders(joined.all, {name: about["signature"] for name, about in made.items()})
    orphans = bool(writer.record.get(addition.ORPHANS) or orphans_of(corpus, gone))
    changes = {"summary": summary, "encoders": encoders, addition.ORPHANS: orphans}
    addition.commit(writer, changes, removed_beads(joined), **stores)
    put_in_place(writer, index)


def _brought_back(writer: CorpusWriter) -> list[str]:
    """Sees to the documents that were removed for one that is no more; returns those that are kept from now on.

    None, and it is left to the next batch, where it cannot be told with what they are to be paired and aligned: an
    encoder that is a function of the caller, or another version of the models.
    """
    if not writer.record.get(addition.ORPHANS):
        return []
    options = made_with(writer.record)
    if options is None:
        return []
    with Stores(writer.path, options) as stores:
        return [entry.document for entry in bring_back(writer, options, stores)]


def compact(folder: str | Path, waiting: Waiting | None = None) -> None:
    """Makes one piece of each store, without what was taken out.

    Raises:
        InputError: the folder holds no corpus that grows.
        OutputError: it cannot be written.
    """
    with _held(folder, waiting) as (writer, index):
        index.merge()
        compact_segments(profiles_store(writer.path))


@contextlib.contextmanager
def _held(folder: str | Path, waiting: Waiting | None) -> Iterator[tuple[CorpusWriter, Index]]:
    """A corpus that grows and its store of documents, held against other writers."""
    corpus = _growing(Path(folder), ("run", "dedup"))
    with writing(corpus.path, corpus.job, waiting=waiting or (lambda message: None)) as writer:
        finish_commit(writer)
        with writing_index(documents_store(writer.path)) as index:
            yield writer, index


def _growing(folder: Path, jobs: tuple[Job, ...]) -> CorpusFolder:
    """The corpus in a folder, which was made by one of these jobs, batch by batch.

    Raises:
        InputError: it was not.
    """
    if folder.is_file():
        raise InputError(f"{folder}: is no folder; a table of pairs is made again from its batches")
    corpus = CorpusFolder(folder)
    if corpus.job not in jobs:
        raise InputError(
            f"{folder}: holds what align {corpus.job} wrote, with texts in {KEPT}/; make it again without the documents"
        )
    if not corpus.info.get("batches"):
        raise InputError(
            f"{folder}: has no stores; align {corpus.job} NEW... -o {folder} --append makes a corpus that grows"
        )
    return corpus

"""The main job for a corpus that grows: a batch is compared, paired and aligned with everything that came before.

What came before is kept in two stores in the corpus folder, of what documents are compared by (`align.dedup.index`) and
of what they are paired by (`align.pairing.index`). Both know which batch each document came with: what a killed job
added to them is forgotten, or found again by the job that goes on.
"""

from __future__ import annotations

import contextlib
import hashlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from align._internal.progress import Progress
from align.corpus import addition
from align.corpus.cuts import cut_lines
from align.corpus.folder import RUN_TABLES, STORE, CorpusFolder, PairEntry, bead_file, texts_file
from align.corpus.prepare import CorpusWriter, writing
from align.corpus.status import Entry, read_documents
from align.corpus.texts import read_texts, rows_of, take_texts
from align.corpus.warnings import WarningLog, all_warnings, warned
from align.dedup import Deduplication, Duplicates
from align.dedup.batch import Collection
from align.dedup.index.store import Index, writing_index
from align.dedup.result import IDENTICAL
from align.document import LEVELS, Document
from align.errors import OutputError
from align.jobs.batch import Batch, prepared
from align.jobs.options import RunOptions
from align.jobs.run import Job, RunResult, signature_of
from align.pairing import Pairs
from align.pairing.find import find_with_index, open_pair_index, profiles_of
from align.pairing.index import PairIndex
from align.pairing.profiles import Profile
from align.reading.inputs import shown

Waiting = Callable[[str], None]

# What may be another for each batch: the stores see for themselves to what must not.
_MAY_DIFFER = ("version", "given", "exclude", "on_known_id")


def append(
    inputs: Sequence[str],
    out: Path,
    options: RunOptions,
    *,
    progress: Progress | None = None,
    waiting: Waiting | None = None,
) -> RunResult:
    """Adds a batch to the corpus folder `out`; the first one makes it.

    Raises:
        SignatureError: the corpus was made with other options.
        OutputError: `out` cannot be written, holds something else, or a run that is not finished.
        InputError: the stores or the record are damaged.
    """
    signature = signature_of(options)
    with writing(out, "run", waiting=waiting or (lambda message: None)) as writer:
        finish_commit(writer)
        if not writer.record.get("batches"):
            # The first batch, or the rest of it; a finished run becomes a corpus that grows.
            if not (writer.record.get("finished") and writer.record.get("signature")):
                return _first(writer, inputs, options, signature, progress)
            writer.write(batches=[_batch_of_run(writer.record)])
        writer.check({name: value for name, value in signature.items() if name not in _MAY_DIFFER})
        if writer.missing:
            raise OutputError(
                f"{out}: lacks {writer.missing[0]}; put it back, or make the corpus again with --overwrite"
            )
        with Stores(writer.path, options) as stores:
            return _Addition(writer, options, stores, progress).run(inputs)


def finish_commit(writer: CorpusWriter) -> None:
    """Does what is left to do of a batch that a killed process was putting in its place."""
    if not addition.is_committing(writer):
        return
    addition.complete(writer)
    last = writer.record["batches"][-1]
    with writing_index(_documents_store(writer.path)) as index:
        index.batch = last["digest"]
        index.supersede(last["replaced"])
    addition.settle(writer)


def _first(
    writer: CorpusWriter,
    inputs: Sequence[str],
    options: RunOptions,
    signature: dict[str, Any],
    progress: Progress | None,
) -> RunResult:
    """Makes the corpus of its first batch, and the stores for those that follow."""
    writer.check(signature)
    result = Job(writer, options, signature, progress).run(inputs)
    writer.write(batches=[_batch_of_run(writer.record)])
    with Stores(writer.path, options):
        pass
    return replace(result, folder=CorpusFolder(writer.path))


def _batch_of_run(record: dict[str, Any]) -> dict[str, Any]:
    """What a record says of the batch that a run was made of."""
    documents = record["summary"]["documents"]
    digest = record["signature"]["inputs"]
    return {"inputs": record["inputs"], "digest": digest, "documents": documents, "replaced": []}


def _documents_store(folder: Path) -> Path:
    return folder / STORE / "documents"


class Stores:
    """The two stores of a corpus, held against other writers; what is missing in them is made from the corpus."""

    documents: Index
    profiles: PairIndex

    def __init__(self, folder: Path, options: RunOptions) -> None:
        self.corpus = CorpusFolder(folder)
        self.options = options
        self.pairing = replace(options.pairing, index=folder / STORE / "profiles", keep=False)
        self._held = contextlib.ExitStack()

    def __enter__(self) -> Stores:
        folder = _documents_store(self.corpus.path)
        self.documents = self._held.enter_context(writing_index(folder, self.options.dedup))
        self.profiles = open_pair_index(self.pairing)
        batches = self.corpus.info["batches"]
        digests = [batch["digest"] for batch in batches]
        self.documents.keep_batches(digests)
        self.profiles.keep_batches(digests)
        there = {batch["key"] for batch in self.documents.manifest.batches}, self.profiles.batches()
        for number, digest in enumerate(digests, 1):
            if digest not in there[0]:
                self._stock_documents(number, digest)
            if digest not in there[1]:
                self._stock_profiles(number, digest)
        return self

    def __exit__(self, *_: object) -> None:
        self._held.close()

    def add(
        self,
        digest: str,
        found: tuple[Deduplication, Duplicates],
        profiles: Sequence[Profile],
        pairs: Sequence[tuple[str, str]],
    ) -> None:
        """Adds a batch; added once more it changes nothing."""
        collection, duplicates = found[0].collection, found[1]
        self.documents.batch = digest
        self.documents.add(collection, _compared(duplicates), kept=duplicates.kept_numbers)
        self.profiles.add(profiles, pairs, digest)

    def _entries(self, number: int) -> dict[str, Entry]:
        there = read_documents(self.corpus.path / RUN_TABLES[0])
        return {entry.document: entry for entry in there if entry.batch == number}

    def _stock_documents(self, number: int, digest: str) -> None:
        """Puts a batch into the store of what documents are compared by."""
        entries, collection = self._entries(number), Collection(self.options.dedup)
        for batch in read_texts(self.corpus.path, number):
            collection.add(batch)
        ids = collection.column("id").to_pylist()
        copies = _first_copies(entries.values())
        usable = [n for n, id in enumerate(ids) if id in entries and _is_compared(entries[id], copies)]
        kept = [n for n in usable if entries[ids[n]].status != "duplicate"]
        self.documents.batch = digest
        self.documents.add(collection, np.array(usable, np.int64), kept=kept)

    def _stock_profiles(self, number: int, digest: str) -> None:
        """Puts a batch into the store of what documents are paired by."""
        entries, cuts = self._entries(number), cut_lines(self.corpus.path, self.options.cut)
        rows = (row for batch in read_texts(self.corpus.path, number) for row in batch.to_pylist())
        documents = [
            prepared(row, cuts.get(row["id"], []), self.options)[0]
            for row in rows
            if row["id"] in entries and entries[row["id"]].status != "duplicate"
        ]
        own = set(entries)
        pairs = [(p.source, p.target) for p in self.corpus.pairs if {p.source, p.target} & own]
        self.profiles.add(profiles_of(documents, self.pairing, self.profiles), pairs, digest)


def _compared(duplicates: Duplicates) -> Any:
    """The documents of a batch that later ones are compared with: of many copies of a text the first two."""
    table = duplicates.table
    copies = (table.kind == IDENTICAL) & (table.second < duplicates.count)
    first, second = table.first[copies], table.second[copies]
    _, leading = np.unique(first, return_index=True)
    out = {*duplicates.unusable, *duplicates.versions.left_out, *second.tolist()} - set(
        second[leading].tolist()
    )
    return np.setdiff1d(np.arange(duplicates.count), np.array(sorted(out), np.int64))


def _first_copies(entries: Any) -> set[str]:
    """The first of the documents that were removed as copies of each text."""
    first: dict[str | None, str] = {}
    for entry in entries:
        if entry.reason == "identical":
            first.setdefault(entry.related, entry.document)
    return set(first.values())


def _is_compared(entry: Entry, copies: set[str]) -> bool:
    if entry.status != "duplicate":
        return True
    reason = entry.reason or ""
    return entry.document in copies or not reason.startswith(("identical", "version"))


class _Addition(Batch):
    """A batch on its way into a corpus; the stages stand in the order in which `run` calls them."""

    def __init__(
        self, writer: CorpusWriter, options: RunOptions, stores: Stores, progress: Progress | None
    ) -> None:
        self.writer = writer
        self.corpus = CorpusFolder(writer.path)
        self.staging = addition.staging_of(writer.path)
        self.stores = stores
        self.known = writer.record["batches"]
        super().__init__(self.staging.batch, options, progress, len(self.known) + 1)

    def run(self, inputs: Sequence[str]) -> RunResult:
        self.staging.batch.mkdir(parents=True, exist_ok=True)
        digest = self.read_all(inputs, leave_out=self.writer.path)
        for number, batch in enumerate(self.known, 1):
            if batch["digest"] == digest:
                addition.drop(self.writer)
                entries = tuple(entry for entry in self.corpus.documents if entry.batch == number)
                return RunResult(CorpusFolder(self.writer.path), entries, continued=True, unchanged=True)
        take_texts(self.out)
        addition.begin(self.writer, digest)
        self.stores.documents.batch = digest
        found = self.deduplicate(self.stores.documents)
        former = self.former_names(found)
        replaced = frozenset(former)
        pairs, profiles, documents = self.pair()
        joined = addition.join_pairs(self.corpus, pairs, replaced)
        self.align(joined.new, documents)
        self.stage(joined, pairs, former, inputs, digest)
        self.stores.add(digest, found, profiles, [(pair.source, pair.target) for pair in pairs])
        addition.commit(self.writer, self.changes, self.removed(joined))
        self.put_in_place(digest, replaced)
        return RunResult(CorpusFolder(self.writer.path), tuple(self.entries), continued=True, unchanged=False)

    def former_names(self, found: tuple[Deduplication, Duplicates]) -> dict[str, str]:
        """What documents that are replaced are called from now on: by the batch that they came with."""
        replaced = found[1].versions.replaced
        ids = found[0].collection.names([known.number for known in replaced])
        batches = map(self.stores.documents.batch_of, replaced)
        return {id: f"{id}@{batch}" for id, batch in zip(ids, batches, strict=True)}

    def pair(self) -> tuple[Pairs, list[Profile], dict[str, Document]]:
        """Looks for partners among the new and the earlier documents."""
        documents = self.kept_documents()
        stores, report = self.stores, self.pairing_progress
        pairs, profiles = find_with_index(documents, stores.pairing, stores.profiles, report)
        self.entries.note_pairs(pairs)
        return pairs, profiles, {document.id: document for document in documents}

    def align(self, pairs: Sequence[PairEntry], documents: dict[str, Document]) -> None:
        """Aligns those new pairs that a killed job has not aligned."""
        new = self.staging.new
        left = [
            pair for pair in pairs if not all(bead_file(new, pair.file, level).exists() for level in LEVELS)
        ]
        wanted = {id for pair in left for id in (pair.source, pair.target)} - documents.keys()
        self.align_pairs(new, left, documents | self.earlier(wanted), WarningLog(self.staging.log))

    def earlier(self, ids: set[str]) -> dict[str, Document]:
        """Documents of earlier batches."""
        cuts = cut_lines(self.corpus.path, self.options.cut) if ids else {}
        rows = rows_of(self.corpus.path, ids)
        return {id: prepared(row, cuts.get(id, []), self.options)[0] for id, row in rows.items()}

    def stage(
        self,
        joined: addition.JoinedPairs,
        pairs: Pairs,
        former: dict[str, str],
        inputs: Sequence[str],
        digest: str,
    ) -> None:
        """Writes everything that goes into the corpus, and what the record is to say."""
        addition.stage_pairs(self.corpus, joined)
        counts = addition.stage_documents(self.corpus, self.entries, joined, former)
        repeats = addition.stage_tables(self.corpus, former)
        texts = self.staging.new / texts_file(self.entries.batch)
        texts.parent.mkdir(parents=True, exist_ok=True)
        (self.out / RUN_TABLES[1]).replace(texts)
        record, statuses = self.writer.record, ("paired", "unpaired", "duplicate", "failed")
        earlier = [entry for entry in record.get("warnings", []) if entry["about"] is not None]
        own = [warned(None, warning) for warning in pairs.warnings]
        said = {"inputs": [shown(name) for name in inputs], "digest": digest, "documents": len(self.entries)}
        batches = [*self.known, {**said, "replaced": sorted(former)}]
        tables = [
            name
            for name in RUN_TABLES
            if any((f / name).exists() for f in (self.corpus.path, self.staging.new))
        ]
        self.changes = {
            "batches": batches,
            "signature": {**record["signature"], "inputs": _digest_of(batches)},
            "files": [*tables, *(texts_file(number) for number in range(2, len(batches) + 1))],
            "warnings": all_warnings([*earlier, *own], joined.all, WarningLog(self.staging.log).read()),
            "summary": {
                "documents": sum(counts.values()),
                **{status: counts[status] for status in statuses},
                "repeats": repeats,
                "pairs": len(joined.all),
            },
        }

    def removed(self, joined: addition.JoinedPairs) -> Iterator[str]:
        """The bead files of pairs that are no more, unless a new pair has their name."""
        names = {pair.file for pair in joined.gone} - {pair.file for pair in joined.all}
        for name in sorted(names):
            for level in LEVELS:
                yield bead_file(self.corpus.path, name, level).relative_to(self.corpus.path).as_posix()

    def put_in_place(self, digest: str, replaced: frozenset[str]) -> None:
        """What `finish_commit` does where this process is killed."""
        addition.complete(self.writer)
        self.stores.documents.batch = digest
        self.stores.documents.supersede(replaced)
        addition.settle(self.writer)


def _digest_of(batches: Sequence[dict[str, Any]]) -> str:
    """One digest of the inputs of several batches."""
    together = "".join(batch["digest"] for batch in batches)
    return f"sha256:{hashlib.sha256(together.encode()).hexdigest()[:16]}"

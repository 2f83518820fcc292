"""The main job for a corpus that grows: a batch is compared, paired and aligned with everything that came before.

What came before is kept in two stores in the corpus folder, of what documents are compared by (`align.dedup.index`) and
of what they are paired by (`align.pairing.index`). Both know which batch each document came with: what a killed job
added to them is forgotten, or found again by the job that goes on.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from align._internal.progress import Progress, Waiting
from align._internal.shelf import Pickles
from align.corpus import addition
from align.corpus.cuts import cut_lines
from align.corpus.folder import RUN_TABLES, CorpusFolder, PairEntry, bead_file, texts_file
from align.corpus.prepare import CorpusWriter, writing
from align.corpus.texts import rows_of, take_texts
from align.corpus.warnings import WarningLog, all_warnings, warned
from align.dedup import Deduplication, Duplicates
from align.dedup.versions import free_name
from align.document import LEVELS, Document
from align.errors import OutputError
from align.jobs.batch import Batch
from align.jobs.corpus import STATUSES
from align.jobs.options import UNLESS_GIVEN, RunOptions
from align.jobs.run import Job, RunResult, signature_of
from align.jobs.stores import Stores, finish_commit, put_in_place, removed_beads
from align.jobs.words import ReviewedWords
from align.pairing import Pairs
from align.pairing.find import find_with_index
from align.pairing.profiles import Profile
from align.reading.documents import settled_document
from align.reading.inputs import shown

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
        asked = dict.fromkeys(UNLESS_GIVEN) | signature
        writer.check({name: value for name, value in asked.items() if name not in _MAY_DIFFER})
        if writer.missing:
            raise OutputError(
                f"{out}: lacks {writer.missing[0]}; put it back, or make the corpus again with --overwrite"
            )
        with Stores(writer.path, options) as stores:
            return _Addition(writer, options, stores, progress).run(inputs)


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
        self.words = ReviewedWords(self.corpus)
        super().__init__(self.staging.batch, options, progress, len(self.known) + 1)

    def run(self, inputs: Sequence[str]) -> RunResult:
        self.staging.batch.mkdir(parents=True, exist_ok=True)
        digest = self.read_all(inputs, leave_out=self.writer.path)
        digest, number = addition.recognised(self.writer, digest, self.options.dedup.on_known_id)
        if number is not None:
            addition.drop(self.writer)
            entries = tuple(entry for entry in self.corpus.documents if entry.batch == number)
            return RunResult(CorpusFolder(self.writer.path), entries, continued=True, unchanged=True)
        take_texts(self.out)
        addition.begin(self.writer, digest)
        self.stores.documents.batch = digest
        found = self.deduplicate(self.stores.documents)
        former = self.former_names(found)
        pairs, profiles, documents = self.pair()
        joined = addition.join_pairs(self.corpus, pairs, self.made_with, frozenset(former))
        self.align(joined.new, documents)
        self.stage(joined, pairs, former, inputs, digest)
        self.stores.add(digest, found, profiles, [(pair.source, pair.target) for pair in pairs])
        stores = {"digest": digest, "supersede": sorted(former), "take_out": []}
        addition.commit(self.writer, self.changes, removed_beads(joined), **stores)
        put_in_place(self.writer, self.stores.documents)
        return RunResult(CorpusFolder(self.writer.path), tuple(self.entries), continued=True, unchanged=False)

    def former_names(self, found: tuple[Deduplication, Duplicates]) -> dict[str, str]:
        """What documents that are replaced are called from now on: by the batch that they came with."""
        replaced = found[1].versions.replaced
        if not replaced:
            return {}
        ids = found[0].collection.names([known.number for known in replaced])
        stems = [
            f"{id}@{self.stores.documents.batch_of(known)}" for id, known in zip(ids, replaced, strict=True)
        ]
        taken = {entry.document for entry in (*self.corpus.documents, *self.entries)}
        return {id: free_name(stem, taken) for id, stem in zip(ids, stems, strict=True)}

    def pair(self) -> tuple[Pairs, list[Profile], Pickles[Document]]:
        """Looks for partners among the new and the earlier documents."""
        documents = self.kept_documents()
        stores, report = self.stores, self.pairing_progress
        pairs, profiles = find_with_index(documents, stores.pairing, stores.profiles, report)
        self.entries.note_pairs(pairs)
        return pairs, profiles, documents

    def align(self, pairs: Sequence[PairEntry], documents: Pickles[Document]) -> None:
        """Aligns those new pairs that a killed job has not aligned."""
        new = self.staging.new
        left = [
            pair for pair in pairs if not all(bead_file(new, pair.file, level).exists() for level in LEVELS)
        ]
        wanted = {id for pair in left for id in (pair.source, pair.target)} - documents.keys()
        known = {pair.file: self.words.of(pair) for pair in pairs if not self.served(pair)}
        for id, document in self.earlier(wanted).items():
            documents.put(id, document)
        self.align_pairs(new, left, documents, WarningLog(self.staging.log), known)

    def earlier(self, ids: set[str]) -> dict[str, Document]:
        """Documents of earlier batches."""
        cuts = cut_lines(self.corpus.path, self.options.cut) if ids else {}
        rows = rows_of(self.corpus.path, ids)
        return {
            id: settled_document(row, self.options.paragraphs, cuts.get(id, []))[0]
            for id, row in rows.items()
        }

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
        record = self.writer.record
        earlier = [entry for entry in record.get("warnings", []) if entry["about"] is not None]
        own = [warned(None, warning) for warning in pairs.warnings]
        said = {"inputs": [shown(name) for name in inputs], "digest": digest, "documents": len(self.entries)}
        taught = {"taught": self.words.taught} if self.words.taught else {}
        batches = [*self.known, {**said, "replaced": sorted(former), **taught}]
        tables = [
            name
            for name in RUN_TABLES
            if any((f / name).exists() for f in (self.corpus.path, self.staging.new))
        ]
        self.changes = {
            "batches": batches,
            "signature": {**record["signature"], "inputs": _digest_of(batches)},
            "files": [*tables, *(texts_file(number) for number in range(2, len(batches) + 1))],
            "encoders": self.encoders(joined.all),
            "warnings": all_warnings([*earlier, *own], joined.all, WarningLog(self.staging.log).read()),
            "summary": {
                "documents": sum(counts.values()),
                **{status: counts[status] for status in STATUSES},
                "repeats": repeats,
                "pairs": len(joined.all),
            },
        }


def _digest_of(batches: Sequence[dict[str, Any]]) -> str:
    """One digest of the inputs of several batches."""
    together = "".join(batch["digest"] for batch in batches)
    return f"sha256:{hashlib.sha256(together.encode()).hexdigest()[:16]}"

"""The main job for a corpus that grows: a batch is compared, paired and aligned with everything that came before.

What came before is kept in two stores in the corpus folder, of what documents are compared by (`align.dedup.index`) and
of what they are paired by (`align.pairing.index`). Both know which batch each document came with: what a killed job
added to them is forgotten, or found again by the job that goes on.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from align._internal.progress import Progress, Waiting
from align._internal.shelf import Pickles
from align.corpus import addition
from align.corpus.folder import CLUSTERS, RUN_TABLES, CorpusFolder, texts_file
from align.corpus.prepare import CorpusWriter, writing
from align.corpus.status import is_text
from align.corpus.texts import take_texts
from align.corpus.warnings import WarningLog, all_warnings, warned
from align.dedup import Deduplication, Duplicates
from align.dedup.versions import free_name
from align.document import Document
from align.errors import AlignError, OutputError
from align.jobs.adding import Adding
from align.jobs.options import UNLESS_GIVEN, RunOptions, options_of
from align.jobs.returning import bring_back, deliveries, orphans_of
from align.jobs.run import Job, RunResult, signature_of
from align.jobs.stores import Stores, finish_commit, profiles_store, put_in_place, removed_beads
from align.pairing import Pairs
from align.pairing.find import find_with_index, open_pair_index
from align.reading.inputs import shown

# What may be another for each batch: the stores see for themselves to what must not.
MAY_DIFFER = ("version", "given", "exclude", "on_known_id")


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
        writer.check({name: value for name, value in asked.items() if name not in MAY_DIFFER})
        if writer.missing:
            raise OutputError(
                f"{out}: lacks {writer.missing[0]}; put it back, or make the corpus again with --overwrite"
            )
        with Stores(writer.path, options) as stores:
            back = bring_back(writer, options, stores, progress)
            result = _Addition(writer, options, stores, progress).run(inputs)
            back += bring_back(writer, options, stores, progress)
            unchanged = result.unchanged and not back
            folder = CorpusFolder(writer.path)
            return replace(result, folder=folder, unchanged=unchanged, came_back=tuple(back))


def made_with(record: Mapping[str, Any]) -> RunOptions | None:
    """The options that a corpus was made with, by its record; None where this is not all that it was made with."""
    try:
        options = options_of(record["options"])
        asked = dict.fromkeys(UNLESS_GIVEN) | json.loads(json.dumps(signature_of(options)))
    except (AlignError, KeyError, TypeError, ValueError):
        return None
    found = record["signature"]
    return options if all(found.get(n) == asked[n] for n in asked if n not in MAY_DIFFER) else None


def _first(
    writer: CorpusWriter,
    inputs: Sequence[str],
    options: RunOptions,
    signature: dict[str, Any],
    progress: Progress | None,
) -> RunResult:
    """Makes the corpus of its first batch, and the stores for those that follow."""
    writer.check(signature)
    result = _First(writer, options, signature, progress).run(inputs)
    writer.write(batches=[_batch_of_run(writer.record)])
    with Stores(writer.path, options):
        pass
    return replace(result, folder=CorpusFolder(writer.path))


class _First(Job):
    """The run that makes a corpus of its first batch: what it is paired by is kept for those that follow."""

    def find_translations(self) -> tuple[Pairs, Pickles[Document] | None]:
        documents = self.kept_documents()
        pairing = replace(self.options.pairing, index=profiles_store(self.out), keep=False)
        index = open_pair_index(pairing)
        index.keep_batches(())  # of a run that was killed before it could say what it had found
        pairs, profiles = find_with_index(documents, pairing, index, self.pairing_progress)
        found = [(pair.source, pair.target) for pair in pairs]
        index.add(profiles, found, self.writer.record["signature"]["inputs"])
        return pairs, documents


def _batch_of_run(record: dict[str, Any]) -> dict[str, Any]:
    """What a record says of the batch that a run was made of."""
    documents = record["summary"]["documents"]
    digest = record["signature"]["inputs"]
    return {"inputs": record["inputs"], "digest": digest, "documents": documents, "replaced": []}


class _Addition(Adding):
    """A batch on its way into a corpus; the stages stand in the order in which `run` calls them."""

    def __init__(
        self, writer: CorpusWriter, options: RunOptions, stores: Stores, progress: Progress | None
    ) -> None:
        self.known = writer.record["batches"]
        super().__init__(writer, options, stores, progress, len(self.known) + 1)

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
        self.stores.documents.listed = self.corpus.names
        found = self.deduplicate(self.stores.documents)
        former = self.former_names(found)
        again = deliveries(self.corpus, former, self.stores.documents)
        documents = self.kept_documents()
        # What comes in their stead is itself removed: nothing else takes the place of what they were paired by.
        gone = (former.keys() - documents.keys()) & self.stores.profiles.documents.latest.keys()
        pairs, profiles = self.partners(documents, gone)
        joined = addition.join_pairs(self.corpus, pairs, self.made_with, frozenset(former))
        self.align(joined.new, documents)
        replaced = Replaced(former, self.similarities(found), again)
        self.stage(joined, pairs, replaced, inputs, digest)
        self.stores.add(digest, found, profiles, [(pair.source, pair.target) for pair in pairs])
        superseded = sorted(former.keys() | again.keys())
        stores = {"digest": digest, "supersede": superseded, "take_out": [], "unpair": sorted(gone)}
        addition.commit(self.writer, self.changes, removed_beads(joined), **stores)
        put_in_place(self.writer, self.stores.documents)
        return RunResult(CorpusFolder(self.writer.path), tuple(self.entries), continued=True, unchanged=False)

    def former_names(self, found: tuple[Deduplication, Duplicates]) -> dict[str, str]:
        """What documents that are replaced are called from now on: by the batch that they came with."""
        replaced = found[1].versions.replaced
        if not replaced:
            return {}
        ids = found[0].collection.names([known.number for known in replaced])
        came = {entry.document: entry.batch for entry in self.corpus.documents if is_text(entry)}
        stems = [f"{id}@{came[id]}" for id in ids]
        taken = {entry.document for entry in (*self.corpus.documents, *self.entries)}
        return {id: free_name(stem, taken) for id, stem in zip(ids, stems, strict=True)}

    def stage(
        self,
        joined: addition.JoinedPairs,
        pairs: Pairs,
        replaced: Replaced,
        inputs: Sequence[str],
        digest: str,
    ) -> None:
        """Writes everything that goes into the corpus, and what the record is to say."""
        former, resettled = replaced.former, self.resettled(replaced)
        addition.stage_pairs(self.corpus, joined)
        counts = addition.stage_documents(self.corpus, self.entries, joined, former, resettled=resettled)
        repeats = addition.stage_tables(self.corpus, former, resettled)
        texts = self.staging.new / texts_file(self.entries.batch)
        texts.parent.mkdir(parents=True, exist_ok=True)
        (self.out / RUN_TABLES[1]).replace(texts)
        record = self.writer.record
        earlier = [entry for entry in record.get("warnings", []) if entry["about"] is not None]
        own = [warned(None, warning) for warning in pairs.warnings]
        said = {"inputs": [shown(name) for name in inputs], "digest": digest, "documents": len(self.entries)}
        taught = {"taught": self.words.taught} if self.words.taught else {}
        batches = [*self.known, {**said, "replaced": sorted(former), **taught}]
        self.changes = {
            "batches": batches,
            "signature": {**record["signature"], "inputs": _digest_of(batches)},
            "files": self.files(len(batches)),
            "encoders": self.encoders(joined.all),
            "warnings": all_warnings([*earlier, *own], joined.all, WarningLog(self.staging.log).read()),
            "summary": self.summary(counts, repeats, len(joined.all)),
            addition.ORPHANS: bool(former and orphans_of(self.corpus, former.keys() | replaced.again)),
        }

    def similarities(self, found: tuple[Deduplication, Duplicates]) -> dict[str, float]:
        """How similar the texts that are replaced are to what comes in their stead."""
        collection, replaced = found[0].collection, found[1].versions.replaced
        table, ids = self.stores.documents.versions(collection, replaced)
        return dict(zip(ids, table.similarity.tolist(), strict=True))

    def resettled(self, replaced: Replaced) -> addition.Resettled:
        """What becomes of the texts that are replaced, and of what was removed as one of them."""
        of = {name: id for id, name in replaced.former.items()} | replaced.again
        if not of:
            return addition.Resettled()
        now = {id: self.entries[id] for id in replaced.former}
        stands = {
            id: (entry.related or id) if entry.status == "duplicate" else id for id, entry in now.items()
        }
        earlier = {entry.document: entry for entry in self.corpus.documents if is_text(entry)}
        entries, rows = {}, []
        for name, id in of.items():
            entry = earlier[name if name in replaced.again else id]
            score = replaced.similarity[id]
            version = replace(entry, document=name, status="duplicate", reason="version", score=score)
            entries[name] = replace(version, related=stands[id])
            cells = {"kept": stands[id], "document": name, "kind": "version", "indexed": "no"}
            rows.append({**cells, "similarity": f"{score:.6f}"})
        return addition.Resettled(entries, stands=stands, rows={CLUSTERS: rows})


@dataclass(frozen=True, slots=True)
class Replaced:
    """Texts that are replaced.

    Attributes:
        former: by their ids what they are called from now on.
        similarity: by their ids how similar they are to what comes in their stead.
        again: documents that brought one of these texts again, with the id that they came with.
    """

    former: dict[str, str]
    similarity: dict[str, float]
    again: dict[str, str]


def _digest_of(batches: Sequence[dict[str, Any]]) -> str:
    """One digest of the inputs of several batches."""
    together = "".join(batch["digest"] for batch in batches)
    return f"sha256:{hashlib.sha256(together.encode()).hexdigest()[:16]}"

"""The deduplication job for a folder that grows: a batch is compared with everything that came before.

What came before is kept in a store in the folder (`align.dedup.index`); a batch lies in a place of its own until all of
it is there, and gets into the folder in one step (`align.corpus.addition`), as in `align.jobs.append`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from align import __version__
from align._internal.progress import Progress, Waiting
from align.corpus import addition
from align.corpus.folder import DOCUMENTS, FOUND, KEPT, CorpusFolder
from align.corpus.prepare import CorpusWriter, writing
from align.dedup.index.store import Index, writing_index
from align.dedup.tables import write_tables
from align.errors import OutputError
from align.jobs.dedup import DedupResult, Found, digest_of, keep_texts, read, summarise, write_found
from align.jobs.options import UNLESS_GIVEN, DedupJobOptions, less
from align.jobs.stores import documents_store, finish_commit, put_in_place, stock
from align.reading.spool import spooled

# What may be another for each batch.
_MAY_DIFFER = ("version", "on_known_id")


def append(
    inputs: Sequence[str],
    out: Path,
    options: DedupJobOptions,
    *,
    progress: Progress | None = None,
    waiting: Waiting | None = None,
) -> DedupResult:
    """Adds a batch to the folder `out`; the first one makes it.

    Raises:
        SignatureError: the folder was made with other options.
        OutputError: `out` cannot be written, holds something else, or a deduplication made without `append`.
        IndexFileError: the store is damaged.
    """
    options = replace(options, reading=less(options.reading, out))
    with (
        writing(out, "dedup", waiting=waiting or (lambda message: None)) as writer,
        spooled(inputs, options.reading) as (named, labels),
    ):
        finish_commit(writer)
        batches = writer.record.get("batches", [])
        signature = {"version": __version__, **options.stages}
        asked = dict.fromkeys(UNLESS_GIVEN) | signature
        writer.check({name: value for name, value in asked.items() if not batches or name not in _MAY_DIFFER})
        _refuse(writer)
        deduplication = read(named, options, progress)
        digest = f"blake2b:{digest_of(deduplication.collection)}"
        digest, number = addition.recognised(writer, digest, options.dedup.on_known_id)
        if number is not None:
            addition.drop(writer)
            return DedupResult(batches[number - 1]["summary"], None, unchanged=True, batch=number)
        if not batches:  # the first one; killed before its end, it is begun again
            about = {"options": options.as_json(), "inputs": [str(name) for name in inputs]}
            if writer.begin({**signature, "inputs": digest}, **about):
                writer.clear()
        with writing_index(documents_store(writer.path), options.dedup) as index:
            index.keep_batches([batch["digest"] for batch in batches])
            index.batch = digest
            if batches:
                index.listed = CorpusFolder(writer.path).names
            duplicates = deduplication.result(index)
            found = Found(deduplication.collection, duplicates, named, labels, len(batches) + 1)
            step = _Step(writer, index, options, found, digest, [str(name) for name in inputs])
            if batches:
                step.add()
            else:
                step.first()
        return DedupResult(summarise(duplicates), duplicates, index.damaged, batch=len(batches) + 1)


def _refuse(writer: CorpusWriter) -> None:
    """A folder that cannot be added to."""
    if writer.record.get("finished") and not writer.record.get("batches"):
        raise OutputError(f"{writer.path}: was made without --append; make it again with it, batch by batch")
    if writer.missing and writer.record.get("batches"):
        raise OutputError(
            f"{writer.path}: lacks {writer.missing[0]}; put it back, or make the folder again with --overwrite"
        )


@dataclass(frozen=True, slots=True)
class _Step:
    """A batch on its way into the folder."""

    writer: CorpusWriter
    index: Index
    options: DedupJobOptions
    found: Found
    digest: str
    inputs: list[str]

    def first(self) -> None:
        """Makes the folder."""
        writer = self.writer
        files = write_found(writer.path, self.found, self.options)
        self._store()
        writer.finish(files, summary=summarise(self.found.duplicates), batches=[self._batch()])

    def add(self) -> None:
        """Joins the batch with what is there."""
        writer, corpus = self.writer, CorpusFolder(self.writer.path)
        addition.begin(writer, self.digest)
        staging = addition.staging_of(writer.path)
        staging.batch.mkdir(parents=True, exist_ok=True)
        staging.new.mkdir(parents=True, exist_ok=True)
        write_tables(self.found.duplicates, staging.batch, self.options.cut, overwrite=True)
        addition.stage_added(corpus, list(self.found.entries))
        earlier = [name for name in writer.record["files"] if name.startswith(f"{KEPT}/")]
        taken = [name.removeprefix(f"{KEPT}/") for name in earlier]
        kept = keep_texts(staging.new / KEPT, self.found, self.options, taken)
        self._store()
        tables = [name for name in FOUND if any((f / name).exists() for f in (writer.path, staging.new))]
        changes = self._changes([DOCUMENTS, *tables, *earlier, *kept])
        addition.commit(writer, changes, (), digest=self.digest, supersede=[], take_out=[])
        put_in_place(writer, self.index)

    def _changes(self, files: list[str]) -> dict[str, Any]:
        """What the record is to say."""
        record, summary = self.writer.record, summarise(self.found.duplicates)
        total = {
            name: record["summary"].get(name, 0) + summary.get(name, 0)
            for name in record["summary"] | summary
        }
        batches = [*record["batches"], self._batch()]
        together = "".join(batch["digest"] for batch in batches).encode()
        inputs = f"blake2b:{hashlib.blake2b(together, digest_size=16).hexdigest()}"
        signature = {**record["signature"], "inputs": inputs}
        return {"batches": batches, "signature": signature, "summary": total, "files": files}

    def _batch(self) -> dict[str, Any]:
        summary = summarise(self.found.duplicates)
        documents = summary["documents"]
        return {"inputs": self.inputs, "digest": self.digest, "documents": documents, "summary": summary}

    def _store(self) -> None:
        stock(self.index, self.found.collection, self.found.duplicates)

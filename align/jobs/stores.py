"""What a corpus that grows keeps of its documents for those that come later: what they are compared and paired by."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from align.corpus import addition
from align.corpus.cuts import boilerplate_lines, cut_lines
from align.corpus.folder import RUN_TABLES, STORE, CorpusFolder, bead_file
from align.corpus.prepare import CorpusWriter
from align.corpus.status import Entry, is_text, is_version, read_documents
from align.corpus.texts import read_texts, rows_of, to_batch
from align.dedup import Deduplication, Duplicates
from align.dedup.batch import Collection
from align.dedup.index.store import Index, writing_index
from align.dedup.result import IDENTICAL
from align.document import LEVELS
from align.jobs.options import RunOptions
from align.pairing.find import open_pair_index, profiles_of
from align.pairing.index import PairIndex, compact_segments
from align.pairing.profiles import Profile
from align.reading.documents import settled_document


def documents_store(folder: Path) -> Path:
    return folder / STORE / "documents"


def profiles_store(folder: Path) -> Path:
    return folder / STORE / "profiles"


def finish_commit(writer: CorpusWriter) -> None:
    """Does what is left to do of a batch that a killed process was putting in its place."""
    if addition.is_committing(writer):
        with writing_index(documents_store(writer.path)) as index:
            put_in_place(writer, index)


def put_in_place(writer: CorpusWriter, index: Index) -> None:
    """Does what the record says is to be done; done twice, it changes nothing the second time."""
    addition.complete(writer)
    promised = addition.promised(writer)
    index.batch = promised["digest"]
    index.supersede(promised["supersede"])
    if missing := index.take_back(promised.get("back", ())):
        _stock(writer, index, missing)
    if promised["take_out"]:
        index.remove(promised["take_out"])
    if gone := [*promised["take_out"], *promised.get("unpair", ())]:
        compact_segments(profiles_store(writer.path), gone)
    addition.settle(writer)


def _stock(writer: CorpusWriter, index: Index, ids: Sequence[str]) -> None:
    """Puts documents into the store that came back and are not in it: of many copies of a text only two are."""
    framed = writer.record["options"]["cut"] == "boilerplate"
    collection = Collection(index.manifest.settings.options, texts=framed)
    rows = rows_of(writer.path, ids)
    there = [id for id in ids if id in rows]
    collection.add(to_batch([rows[id] for id in there]))
    if framed:
        lines = boilerplate_lines(writer.path)
        collection = collection.rebuilt({n: lines[id] for n, id in enumerate(there) if id in lines})
    index.add(collection, np.arange(len(collection)))


class Stores:
    """The two stores of a corpus, held against other writers; what is missing in them is made from the corpus."""

    documents: Index
    profiles: PairIndex

    def __init__(self, folder: Path, options: RunOptions) -> None:
        self.corpus = CorpusFolder(folder)
        self.options = options
        self.pairing = replace(options.pairing, index=profiles_store(folder), keep=False)
        self._held = contextlib.ExitStack()

    def __enter__(self) -> Stores:
        folder = documents_store(self.corpus.path)
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
        stock(self.documents, collection, duplicates)
        self.profiles.add(profiles, pairs, digest)

    def _entries(self, number: int) -> dict[str, Entry]:
        there = read_documents(self.corpus.path / RUN_TABLES[0])
        own = (entry for entry in there if entry.batch == number and is_text(entry))
        return {entry.document: entry for entry in own}

    def _stock_documents(self, number: int, digest: str) -> None:
        """Puts a batch into the store of what documents are compared by."""
        framed = self.options.cut == "boilerplate"
        entries, collection = self._entries(number), Collection(self.options.dedup, texts=framed)
        for batch in read_texts(self.corpus.path, number):
            collection.add(batch)
        ids = collection.column("id").to_pylist()
        if framed:
            lines = boilerplate_lines(self.corpus.path)
            collection = collection.rebuilt({n: lines[id] for n, id in enumerate(ids) if id in lines})
        copies = _first_copies(entries.values())
        usable = [n for n, id in enumerate(ids) if id in entries and not is_version(entries[id])]
        silent = [n for n in usable if not _iscompared(entries[ids[n]], copies)]
        kept = [n for n in usable if entries[ids[n]].status != "duplicate"]
        self.documents.batch = digest
        self.documents.add(collection, np.array(usable, np.int64), kept=kept, silent=silent)

    def _stock_profiles(self, number: int, digest: str) -> None:
        """Puts a batch into the store of what documents are paired by."""
        entries, cuts = self._entries(number), cut_lines(self.corpus.path, self.options.cut)
        rows = (row for batch in read_texts(self.corpus.path, number) for row in batch.to_pylist())
        documents = [
            settled_document(row, self.options.paragraphs, cuts.get(row["id"], []))[0]
            for row in rows
            if row["id"] in entries and entries[row["id"]].status != "duplicate"
        ]
        own = set(entries)
        self.profiles.profiles(own)  # what came back later is there, and is not added once more
        pairs = [(p.source, p.target) for p in self.corpus.pairs if {p.source, p.target} & own]
        self.profiles.add(profiles_of(documents, self.pairing, self.profiles), pairs, digest)


def stock(index: Index, collection: Collection, duplicates: Duplicates) -> None:
    """Adds a batch to what later ones are compared with: of many copies of a text two, of the others the ids."""
    table = duplicates.table
    copies = (table.kind == IDENTICAL) & (table.second < duplicates.count)
    first, second = table.first[copies], table.second[copies]
    _, leading = np.unique(first, return_index=True)
    out = {*duplicates.unusable, *duplicates.versions.left_out}
    silent = set(second.tolist()) - set(second[leading].tolist()) - out
    documents = np.setdiff1d(np.arange(duplicates.count), np.array(sorted(out), np.int64))
    index.add(collection, documents, kept=duplicates.kept_numbers, silent=silent)


def _first_copies(entries: Any) -> set[str]:
    """The first of the documents that were removed as copies of each text."""
    first: dict[str | None, str] = {}
    for entry in entries:
        if entry.status == "duplicate" and entry.reason == "identical":
            first.setdefault(entry.related, entry.document)
    return set(first.values())


def _iscompared(entry: Entry, copies: set[str]) -> bool:
    identical = entry.status == "duplicate" and (entry.reason or "").startswith("identical")
    return entry.document in copies or not identical


def removed_beads(joined: addition.JoinedPairs) -> Iterator[str]:
    """The bead files of pairs that are no more, unless a new pair has their name."""
    names = {pair.file for pair in joined.gone} - {pair.file for pair in joined.all}
    yield from (bead_file(Path(), name, level).as_posix() for name in sorted(names) for level in LEVELS)

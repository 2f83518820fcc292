"""Documents that were removed for one that is no more: others stand for them, or they come back.

A batch may replace the text for which others were removed, and documents are taken out. Whoever does that says in the
record that there are orphans, and then, as a step of its own, each of them is compared with everything that is kept:
near one of these it stays removed, for that one; near none it is kept, paired and aligned. A process that is killed in
between leaves the word in the record, and the next one begins with this step.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from collections.abc import Collection as Some
from dataclasses import dataclass, replace
from hashlib import blake2b
from typing import Any

from align._internal.arrays import Ints
from align._internal.progress import Progress
from align._internal.shelf import Pickles, Shelf
from align._internal.tables import cell
from align.corpus import addition
from align.corpus.cuts import known_boilerplate, parts_of_paragraphs
from align.corpus.folder import BOILERPLATE, CLUSTERS, DUPLICATES, CorpusFolder
from align.corpus.prepare import CorpusWriter
from align.corpus.status import Entries, Entry, as_duplicate, is_kept, is_version
from align.corpus.texts import rows_of, to_batch
from align.corpus.warnings import WarningLog, all_warnings, warned
from align.dedup import Deduplication, Duplicates
from align.dedup.batch import Collection
from align.dedup.index.store import Index
from align.dedup.result import Matches
from align.dedup.tables import tables
from align.dedup.versions import Known, Versions, version_of
from align.document import Document, LineRange
from align.jobs.adding import Adding
from align.jobs.options import RunOptions
from align.jobs.stores import Stores, put_in_place, removed_beads
from align.reading.documents import settled_document

_ROWS = 512  # documents that are compared together


def orphans_of(corpus: CorpusFolder, gone: Some[str] = ()) -> dict[str, str]:
    """What was removed for a document that is not kept, or is one of those that are `gone`; that by its name.

    Versions are none: they went for their id, and go with it.
    """
    kept = {entry.document for entry in corpus.documents if is_kept(entry)}.difference(gone)
    stood = {row["document"]: row["kept"] for row in corpus.table(CLUSTERS, ("document", "kept"))}
    return {
        entry.document: stood.get(entry.document, entry.related or "")
        for entry in corpus.documents
        if entry.status == "duplicate" and not is_version(entry) and entry.document not in gone
        and stood.get(entry.document, entry.related) not in kept
    }  # fmt: skip


def deliveries(corpus: CorpusFolder, ids: Some[str], index: Index) -> dict[str, str]:
    """Duplicates that brought the very text of one of these documents under its id again, and that id.

    They were named anew, and are nothing beside it: when it is replaced or taken out, they do not come back.
    """
    named = {
        entry.document: version_of(entry.document) or ""
        for entry in (corpus.documents if ids else ())
        if entry.status == "duplicate" and not is_version(entry) and version_of(entry.document) in ids
    }
    rows = rows_of(corpus.path, {*named, *named.values()})
    if not rows:
        return {}
    collection = Collection(index.manifest.settings.options)
    collection.add(to_batch(list(rows.values())))
    prints = dict(zip(rows, map(tuple, collection.fingerprints.tolist()), strict=True))
    return {name: id for name, id in named.items() if name in prints and prints[name] == prints.get(id)}


def bring_back(
    writer: CorpusWriter, options: RunOptions, stores: Stores, progress: Progress | None = None
) -> list[Entry]:
    """Sees to the orphans where the record says that there are any; returns what came back."""
    if not writer.record.get(addition.ORPHANS):
        return []
    return _Return(writer, options, stores, progress).run()


class _Return(Adding):
    """Orphans on their way; `entries` are those that come back."""

    def __init__(
        self, writer: CorpusWriter, options: RunOptions, stores: Stores, progress: Progress | None
    ) -> None:
        self.number = len(writer.record["batches"])
        super().__init__(writer, options, stores, progress, self.number)
        self.stood = stood = orphans_of(self.corpus)
        said = {entry.document: entry.reason for entry in self.corpus.documents}
        self.taken_out = {id for id, reason in said.items() if reason == addition.TAKEN_OUT}
        self.of_all = {entry.document: entry for entry in self.corpus.documents if entry.document in stood}
        self.rows = rows_of(writer.path, stood)
        self.found = _Compared(self.corpus, options, {id: self.rows[id] for id in stood if id in self.rows})

    def run(self) -> list[Entry]:
        writer, stores = self.writer, self.stores
        self.staging.batch.mkdir(parents=True, exist_ok=True)
        addition.begin(writer, self._key())
        found = self.found.duplicates(stores.documents)
        back = [replace(self._kept(id), status="unpaired") for id in found.kept]
        self.entries = Entries.of(back)
        documents = self.kept_documents()
        pairs, profiles = self.partners(documents)
        joined = addition.join_pairs(self.corpus, pairs, self.made_with, frozenset())
        self.align(joined.new, documents)
        changes = self.stage(joined, found)
        digest = writer.record["batches"][-1]["digest"]
        stores.profiles.add(profiles, [(pair.source, pair.target) for pair in pairs], digest)
        promised = {"digest": digest, "supersede": [], "take_out": [], "back": sorted(found.kept)}
        addition.commit(writer, changes, removed_beads(joined), **promised)
        put_in_place(writer, stores.documents)
        return list(self.entries)

    def kept_documents(self, wanted: frozenset[str] | None = None) -> Pickles[Document]:
        """The documents that come back, with languages, less the paragraphs that are cut."""
        documents = Pickles[Document](Shelf(self.out))
        for entry in list(self.entries):
            id = entry.document
            cuts = self.found.cuts(id)
            document, paragraphs, warnings = settled_document(self.rows[id], self.options.paragraphs, cuts)
            self.entries.note(id, language=document.language, paragraphs=paragraphs)
            self.entries.warn(id, warnings)
            documents.put(id, document)
        return documents

    def stage(self, joined: addition.JoinedPairs, found: Duplicates) -> dict[str, Any]:
        """Writes everything that goes into the corpus; returns what the record is to say."""
        record, number = self.writer.record, self.number
        resettled = self.resettled(found)
        addition.stage_pairs(self.corpus, joined)
        counts = addition.stage_documents(self.corpus, (), joined, {}, resettled=resettled)
        repeats = addition.stage_tables(self.corpus, {}, resettled)
        *others, last = record["batches"]
        back = sorted({*last.get("came_back", []), *found.kept})
        lost = [warned(None, self._lost(id)) for id in self.stood if id not in self.rows]
        said = [*record.get("warnings", []), *lost]
        return {
            "batches": [*others, {**last, "came_back": back} if back else last],
            "files": self.files(number),
            "encoders": self.encoders(joined.all),
            "warnings": all_warnings(said, joined.all, WarningLog(self.staging.log).read()),
            "summary": self.summary(counts, repeats, len(joined.all)),
            addition.ORPHANS: False,
        }

    def resettled(self, found: Duplicates) -> addition.Resettled:
        """What becomes of all orphans, and the lines of the tables that say so."""
        came = {entry.document: entry.batch for entry in self.corpus.documents if is_kept(entry)}
        came |= {id: entry.batch for id, entry in self.of_all.items()}
        entries = {entry.document: entry for entry in self.entries}
        for id, removal in found.removed.items():
            earlier = came[removal.kept] < came[id]
            entries[id] = as_duplicate(self.of_all[id], replace(removal, indexed=earlier))
        for id in self.stood.keys() - self.rows.keys():
            entries[id] = replace(
                self.of_all[id], status="failed", reason=self._lost(id), related=None, score=None
            )
        stands = {id: found.removed[id].kept if id in found.removed else id for id in entries}
        action = "cut" if self.options.cut == "repeats" else "listed"
        rows = self.found.table_rows(found, came)
        back = frozenset(found.kept)
        return addition.Resettled(entries, back, stands, rows=rows, action=action)

    def _kept(self, id: str) -> Entry:
        """An orphan as a document that stays, which says why."""
        entry = replace(self.of_all[id], reason=None, related=None, score=None)
        stood = self.stood[id]
        if stood in self.taken_out:
            gone = f"{stood}, which was taken out"
        else:
            gone = f"{version_of(stood) or stood}, which was replaced"
        why = f"a duplicate of {gone}, until batch {self.number}"
        return replace(entry, warning="; ".join(filter(None, [entry.warning, why])))

    def _lost(self, id: str) -> str:
        return (
            f"{id}: what it was removed for is no more, and its own text is not in the folder; give it again"
        )

    def _key(self) -> str:
        """By what this step is known while it is under way."""
        named = repr([self.number, sorted(self.stood.items())]).encode("utf-8", "surrogatepass")
        return f"orphans:{blake2b(named, digest_size=8).hexdigest()}"


class _Compared:
    """Orphans, compared with each other and with everything that is kept."""

    def __init__(self, corpus: CorpusFolder, options: RunOptions, rows: Mapping[str, dict[str, Any]]) -> None:
        self.corpus = corpus
        self.options = options
        self.rows = rows
        self._found: Duplicates | None = None
        # Boilerplate that is part of a paragraph.
        self._inside: frozenset[tuple[str, LineRange]] = frozenset()

    def duplicates(self, index: Index) -> Duplicates:
        """What of them is near what; those that are near no kept document are kept."""
        options, rows = self.options, list(self.rows.values())
        framed = options.cut == "boilerplate"
        # Lines and passages in common are looked for in a batch: these are of several.
        deduplication = Deduplication(replace(options.dedup, passages=0, boilerplate=0))
        deduplication.collection = Collection(deduplication.options, texts=framed)
        for start in range(0, len(rows), _ROWS):
            deduplication.add(to_batch(rows[start : start + _ROWS]))
        lines = known_boilerplate(self.corpus.path, rows) if options.dedup.boilerplate else {}
        if framed:
            cut = {n: [run.lines for run in lines[id]] for n, id in enumerate(self.rows) if id in lines}
            deduplication.collection = deduplication.collection.rebuilt(cut)
        found = deduplication.result(_Kept(index))
        of_kept = {id: lines[id] for id in found.kept if id in lines}
        self._found = replace(found, boilerplate=of_kept)
        if framed and of_kept:
            batch = to_batch([self.rows[id] for id in of_kept])
            self._inside = frozenset(parts_of_paragraphs(self._found, [batch], options.paragraphs))
        return self._found

    def cuts(self, id: str) -> list[LineRange]:
        """The lines that are left out of a document that comes back."""
        found, cut = self._found, self.options.cut
        assert found is not None
        if cut == "repeats":
            return [repeat.second_lines for repeat in found.repeats.get(id, ())]
        runs = found.boilerplate.get(id, ()) if cut == "boilerplate" else ()
        return [run.lines for run in runs if (id, run.lines) not in self._inside]

    def table_rows(self, found: Duplicates, came: Mapping[str, int]) -> dict[str, list[dict[str, str]]]:
        """What the tables are to say that they do not say yet; `came` is the batch of each document."""
        made = {
            f"{name}.tsv": [dict(zip(columns, map(str, map(cell, row)), strict=True)) for row in rows]
            for name, (columns, rows) in tables(found, self.options.cut, self._inside).items()
        }
        for row in made[CLUSTERS]:
            row["indexed"] = str(cell(came[row["kept"]] < came[row["document"]]))
        told = {
            frozenset((row["id1"], row["id2"]))
            for row in self.corpus.table(DUPLICATES)
            if row["id1"] in self.rows or row["id2"] in self.rows
        }
        pairs = [row for row in made[DUPLICATES] if frozenset((row["id1"], row["id2"])) not in told]
        for row in pairs:
            one, other = came.get(row["id1"], 0), came.get(row["id2"], 0)
            row["indexed"] = str(cell(one != other))
            if one < other:  # the later one comes first; what they differ in was told in the other direction
                row |= {"id1": row["id2"], "id2": row["id1"], "differences": "", "examples": ""}
        return {DUPLICATES: pairs, CLUSTERS: made[CLUSTERS], BOILERPLATE: made.get(BOILERPLATE, [])}


@dataclass(frozen=True, slots=True)
class _Kept:
    """What the store has, but for the orphans themselves; an `Earlier` of `align.dedup.find`."""

    index: Index
    listed: Callable[[], Some[str]] = tuple

    @property
    def batch_number(self) -> int:
        return self.index.batch_number

    def known(self, collection: Collection) -> list[Known]:
        return []

    def match(self, collection: Collection, documents: Ints, versions: Versions) -> Matches:
        own = [known for known in self.index.known(collection) if known.same]
        return self.index.match(collection, documents, replace(versions, own=own))

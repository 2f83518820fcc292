"""A batch that is added to a corpus folder: joined with what is there, and put in its place in one step.

Everything lies in a folder of its own until it is complete. Then the record says what is to be done, and it is done;
a process that is killed leaves the corpus as it was, or with a record that whoever writes next follows to the end.
"""

from __future__ import annotations

import os
import shutil
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, field, replace
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any

from align._internal.files import unwritable
from align._internal.tables import cell, extend_table, read_header, read_table, rows_if_there, write_table
from align._internal.unions import Unions
from align.corpus.folder import (
    BOILERPLATE,
    CLUSTERS,
    DOCUMENTS,
    FOUND,
    NAMING,
    PAIRS,
    REPEATS,
    STAGED,
    CorpusFolder,
    PairEntry,
    pair_entry,
    pair_rows,
)
from align.corpus.prepare import CorpusWriter
from align.corpus.status import (
    DOCUMENT_COLUMNS,
    Entry,
    Partners,
    is_text,
    is_version,
    partners_of,
    read_documents,
    with_these_partners,
    write_documents,
)
from align.dedup.versions import is_refused, version_of

if TYPE_CHECKING:
    from align.corpus.folder import MadeWith
    from align.pairing.result import Pairs

TAKEN_OUT = "taken out of the corpus"
_COMMITTING, _ADDING = "committing", "adding"
# The columns that name the documents which a line is about: without one of them it is no more.
_ABOUT: Mapping[str, tuple[str, ...]] = {**NAMING, CLUSTERS: ("document",), BOILERPLATE: ("document",)}
ORPHANS = "orphans"  # in the record: there are documents that were removed for one that is no more


@dataclass(frozen=True, slots=True)
class Staging:
    """Where a batch lies while it is being added.

    Attributes:
        batch: a folder with the texts and tables of the batch alone.
        new: what goes into the corpus folder, under the names that it has there.
        log: the warnings of the pairs that are aligned.
    """

    folder: Path

    @property
    def batch(self) -> Path:
        return self.folder / "batch"

    @property
    def new(self) -> Path:
        return self.folder / "new"

    @property
    def log(self) -> Path:
        return self.folder / "warnings.jsonl"


def staging_of(corpus: Path) -> Staging:
    """The place in a corpus folder where a batch is made ready."""
    return Staging(corpus / STAGED)


def recognised(writer: CorpusWriter, digest: str, on_known_id: str | None) -> tuple[str, int | None]:
    """The digest by which a batch is to be known, and its number where it was added before.

    A batch of which documents were refused because their ids were taken is another one as soon as it comes with what
    becomes of these (`on_known_id`): it is added, and what was taken the first time is a duplicate.
    """
    digests = [batch["digest"] for batch in writer.record.get("batches", [])]
    number = digests.index(digest) + 1 if digest in digests else None
    if number is None or on_known_id in (None, "fail"):
        return digest, number
    entries = CorpusFolder(writer.path).documents
    if not any(entry.batch == number and is_refused(entry.reason) for entry in entries):
        return digest, number
    again = f"{digest}:{on_known_id}"
    return again, digests.index(again) + 1 if again in digests else None


def begin(writer: CorpusWriter, digest: str) -> None:
    """Goes on with the batch of this digest where a process was killed that was adding it, else begins anew."""
    staging = staging_of(writer.path)
    if writer.record.get(_ADDING) != digest:
        _remove(staging.new)
        staging.log.unlink(missing_ok=True)
        writer.write(**{_ADDING: digest})


def is_committing(writer: CorpusWriter) -> bool:
    """Whether a process was killed while it put a batch in its place."""
    return _COMMITTING in writer.record


def commit(writer: CorpusWriter, changes: Mapping[str, Any], remove: Iterable[str], **stores: Any) -> None:
    """Says in the record what is to be done: from here on the batch belongs to the corpus.

    `remove` are files; `stores` is what is to be done to the stores, see `promised`.
    """
    writer.write(**changes, finished=False, **{_COMMITTING: {"remove": list(remove), **stores}})


def promised(writer: CorpusWriter) -> dict[str, Any]:
    """What the record says is to be done."""
    found: dict[str, Any] = writer.record[_COMMITTING]
    return found


def complete(writer: CorpusWriter) -> None:
    """Puts in its place what lies ready; done twice, it changes nothing the second time.

    Raises:
        OutputError: a file cannot be moved.
    """
    new = staging_of(writer.path).new
    try:
        for path in sorted(path for path in new.rglob("*") if path.is_file() and path.suffix != ".part"):
            target = writer.path / path.relative_to(new)
            target.parent.mkdir(exist_ok=True)
            os.replace(path, target)
        for name in writer.record[_COMMITTING]["remove"]:
            (writer.path / name).unlink(missing_ok=True)
        _remove(staging_of(writer.path).folder)
    except OSError as error:
        raise unwritable(error.filename or writer.path, error) from error


def settle(writer: CorpusWriter) -> None:
    """Declares finished what was committed."""
    left = writer.record.get(ORPHANS)
    writer.settle(_COMMITTING, _ADDING, *([] if left else [ORPHANS]))


def drop(writer: CorpusWriter) -> None:
    """Forgets a batch that was being added."""
    _remove(staging_of(writer.path).folder)
    if _ADDING in writer.record:
        writer.settle(_ADDING)


# ---- joining ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class JoinedPairs:
    """The pairs of the corpus with those of a batch.

    Attributes:
        all: in the order of the table.
        new: those that are still to be aligned.
        gone: pairs of documents that were replaced.
    """

    all: tuple[PairEntry, ...]
    new: tuple[PairEntry, ...]
    gone: tuple[PairEntry, ...]

    @property
    def touched(self) -> frozenset[str]:
        """The documents of which there is something new to be said."""
        return frozenset(id for pair in (*self.new, *self.gone) for id in (pair.source, pair.target))


def join_pairs(
    corpus: CorpusFolder, pairs: Pairs, made_with: MadeWith, replaced: frozenset[str]
) -> JoinedPairs:
    """The pairs of the corpus, less those of documents that are replaced, with new ones; sets are counted anew."""
    left = without_pairs(corpus, replaced)
    columns, cells = pair_rows(pairs, made_with, (pair.file for pair in left.all))
    rows = [{name: str(cell(value)) for name, value in zip(columns, row, strict=True)} for row in cells]
    earlier = (pairs.with_rival(pair.row) for pair in left.all)
    return _joined([*earlier, *rows], {row["file"] for row in rows}, left.gone)


def without_pairs(corpus: CorpusFolder, removed: frozenset[str]) -> JoinedPairs:
    """The pairs of the corpus, less those of documents that are taken out; sets are counted anew."""
    stay = [pair.row for pair in corpus.pairs if not {pair.source, pair.target} & removed]
    gone = [pair for pair in corpus.pairs if {pair.source, pair.target} & removed]
    return _joined(stay, set(), gone)


def _joined(rows: Iterable[dict[str, str]], new: Set[str], gone: Sequence[PairEntry]) -> JoinedPairs:
    """Pairs in the order of the table; `new` are the files of those that are still to be aligned."""
    ordered = sorted(rows, key=lambda row: (row["source"], row["target"]))
    sets = number_sets(ordered)
    every = [pair_entry({**row, "set": str(sets[row["source"]])}) for row in ordered]
    return JoinedPairs(tuple(every), tuple(pair for pair in every if pair.file in new), tuple(gone))


def number_sets(rows: Iterable[Mapping[str, str]]) -> dict[str, int]:
    """The number of the set of each document; sets are numbered in the order of their first ids."""
    unions: Unions[str] = Unions()
    for row in rows:
        unions.join(*sorted((unions.leading(row["source"]), unions.leading(row["target"]))))
    numbers: dict[str, int] = {}
    for id in sorted(unions.items()):
        numbers.setdefault(unions.leading(id), len(numbers))
    return {id: numbers[unions.leading(id)] for id in unions.items()}


def stage_pairs(corpus: CorpusFolder, pairs: JoinedPairs) -> None:
    """Writes the table of all pairs."""
    columns = list(dict.fromkeys(name for pair in pairs.all for name in pair.row)) or read_header(
        corpus.path / PAIRS
    )
    rows = ([pair.row.get(name, "") for name in columns] for pair in pairs.all)
    write_table(staging_of(corpus.path).new / PAIRS, columns, rows)


@dataclass(frozen=True, slots=True)
class Resettled:
    """What becomes of documents that were removed for one that is no more.

    Attributes:
        entries: what is to be said of each of them.
        back: those of them that are kept from now on.
        stands: for a document whose versions went with it, the one that is kept for them now.
        gone: those that are taken out.
        rows: lines of the tables of `FOUND`, by table and column.
        action: what is done with the repeated passages of those that are kept.
    """

    entries: Mapping[str, Entry] = field(default_factory=dict)
    back: frozenset[str] = frozenset()
    stands: Mapping[str, str] = field(default_factory=dict)
    gone: frozenset[str] = frozenset()
    rows: Mapping[str, Sequence[Mapping[str, str]]] = field(default_factory=dict)
    action: str = "listed"

    def entry(self, entry: Entry) -> Entry:
        """The entry of an earlier document as it is now."""
        if entry.status == "duplicate" and entry.document in self.entries:
            return self.entries[entry.document]
        stem = version_of(entry.document) if is_version(entry) else None
        return replace(entry, related=self.stands[stem]) if stem and stem in self.stands else entry

    def row(self, table: str, row: dict[str, str]) -> dict[str, str] | None:
        """A line of a table as it is now; None where it is no more."""
        document = row.get("document", "")
        if self.gone and any(row.get(name) in self.gone for name in _ABOUT[table]):
            return None
        if table == CLUSTERS:
            if document in self.entries:
                return None
            stem = version_of(document) if row.get("kind") == "version" else None
            return {**row, "kept": self.stands[stem]} if stem and stem in self.stands else row
        if table == REPEATS and document in self.back:
            return {**row, "action": self.action}
        return row


def stage_documents(
    corpus: CorpusFolder,
    entries: Iterable[Entry],
    pairs: JoinedPairs,
    former: Mapping[str, str],
    removed: frozenset[str] = frozenset(),
    resettled: Resettled | None = None,
) -> Counter[str]:
    """Writes what became of every document of the corpus and of the batch; returns how many of each status.

    `former` is what documents that are replaced are called from now on, `removed` are those that are taken out.
    """
    resettled = resettled or Resettled()
    touched = pairs.touched
    partners = partners_of(
        (pair.source, pair.target, float(pair.row["probability"]))
        for pair in pairs.all
        if pair.source in touched or pair.target in touched
    )
    counts: Counter[str] = Counter()

    def every() -> Iterator[Entry]:
        for entry in read_documents(corpus.path / DOCUMENTS):
            if entry.document in removed and entry.status != "failed":
                taken_out = replace(entry, status="failed", reason=TAKEN_OUT)
                yield replace(taken_out, related=None, score=None)
            else:
                yield resettled.entry(_as_it_is_now(entry, touched, partners, former))
        yield from entries

    def counted() -> Iterator[Entry]:
        for entry in every():
            counts[entry.status] += 1
            yield entry

    write_documents(staging_of(corpus.path).new / DOCUMENTS, counted())
    return counts


def _as_it_is_now(
    entry: Entry,
    touched: frozenset[str],
    partners: Mapping[str, Partners],
    former: Mapping[str, str],
) -> Entry:
    """The entry of an earlier document once a batch was added."""
    id = entry.document
    if id in former and is_text(entry):
        return replace(
            entry, document=former[id], status="duplicate", reason="version", related=id, score=None
        )
    if id not in touched or entry.status not in ("paired", "unpaired"):
        return entry
    return with_these_partners(entry, partners.get(id, ()))


def stage_tables(corpus: CorpusFolder, former: Mapping[str, str], resettled: Resettled | None = None) -> int:
    """Writes the tables of duplicates, repeats and boilerplate; returns how many repeats there are."""
    staging, repeats = staging_of(corpus.path), 0
    resettled = resettled or Resettled()
    for name in FOUND:
        files = [folder / name for folder in (corpus.path, staging.batch) if (folder / name).exists()]
        own = resettled.rows.get(name, ())
        if not files and not own:
            continue
        columns = read_header(files[-1]) if files else list(own[0])
        rows = (
            [row.get(column, "") for column in columns]
            for row in chain(
                _rows_now(corpus, name, former, resettled), own, rows_if_there(staging.batch / name)
            )
        )
        written = write_table(staging.new / name, columns, rows)
        repeats += written if name == REPEATS else 0
    return repeats


def _rows_now(
    corpus: CorpusFolder, name: str, former: Mapping[str, str], resettled: Resettled
) -> Iterator[dict[str, str]]:
    """The lines of a table of the corpus, documents by their present names."""
    for row in rows_if_there(corpus.path / name):
        renamed = {column: former.get(row[column], row[column]) for column in NAMING[name] if column in row}
        changed = resettled.row(name, row | renamed)
        if changed is not None:
            yield changed


def stage_added(corpus: CorpusFolder, entries: Sequence[Entry]) -> None:
    """Writes the tables of a batch that changes nothing of earlier ones: behind what is there come its lines."""
    staging = staging_of(corpus.path)
    staging.new.mkdir(parents=True, exist_ok=True)
    lines = ([getattr(entry, name) for name in DOCUMENT_COLUMNS] for entry in entries)
    there = corpus.path / DOCUMENTS
    same = read_header(there) == list(DOCUMENT_COLUMNS)
    if not (same and extend_table(staging.new / DOCUMENTS, there, lines)):
        stage_documents(corpus, entries, JoinedPairs((), (), ()), {})
    if not all(_extended(corpus, name) for name in FOUND):
        stage_tables(corpus, {})


def _extended(corpus: CorpusFolder, name: str) -> bool:
    """Writes a table of duplicates with the lines of the batch; whether that could be done without reading all."""
    staging = staging_of(corpus.path)
    earlier, own = corpus.path / name, staging.batch / name
    if not own.exists():
        return True  # what is there stays as it is
    columns = read_header(own)
    if not earlier.exists() or read_header(earlier) != columns:
        return False
    rows = ([row[column] for column in columns] for row in read_table(own))
    return extend_table(staging.new / name, earlier, rows)


def _remove(folder: Path) -> None:
    if folder.exists():
        shutil.rmtree(folder)

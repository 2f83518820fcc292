"""The pairing job for tables that grow: the documents of a batch find partners among those of earlier ones.

What documents are paired by is kept in a folder beside the table (``pairs.tsv.store``), with a record of the batches
that belong to the table. The record is written last: what a killed job left in the store and in the tables is not of
these batches, and is taken out by the next one.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from align._internal.files import atomic, clear_parts, refuse_existing, told_when_the_disk_fails, unwritable
from align._internal.locks import held
from align._internal.progress import Progress, Waiting
from align._internal.tables import cell, read_table, write_table
from align.corpus.addition import number_sets
from align.corpus.status import Entries, read_documents, with_partners, write_documents
from align.document import Document
from align.errors import InputError, OutputError, UsageError
from align.jobs.options import PairJobOptions
from align.jobs.pairs import PairResult, documents_of
from align.pairing import Pairs
from align.pairing.find import find_with_index, open_pair_index
from align.pairing.index import documents_of_batches
from align.pairing.result import PAIR_COLUMNS
from align.reading.inputs import Paths

COLUMNS = (*PAIR_COLUMNS, "batch")
_LOCK, _RECORD = "lock", "batches.json"


@dataclass(frozen=True, slots=True)
class _Store:
    """The folder beside a table."""

    table: Path

    @property
    def folder(self) -> Path:
        return self.table.with_name(f"{self.table.name}.store")

    @property
    def profiles(self) -> Path:
        return self.folder / "profiles"

    def read(self) -> list[str]:
        """The digests of the batches that belong to the table.

        Raises:
            InputError: the record is damaged.
        """
        path = self.folder / _RECORD
        if not path.exists():
            return []
        try:
            found = json.loads(path.read_text("utf-8"))["batches"]
            return [str(digest) for digest in found]
        except (OSError, ValueError, KeyError, TypeError, RecursionError) as error:
            raise InputError(
                f"{path}: is damaged ({error}); make the table again from all batches"
            ) from error

    def write(self, batches: Sequence[str]) -> None:
        with atomic(self.folder / _RECORD) as stream:
            stream.write(json.dumps({"batches": batches}) + "\n")


def append_pairs(
    inputs: Paths,
    output: str | Path,
    options: PairJobOptions,
    *,
    progress: Progress | None = None,
    waiting: Waiting | None = None,
) -> PairResult:
    """Adds a batch to the table `output`; the first one makes it. Added once more it changes nothing.

    A document with an id that an earlier one has, and another text, takes its place: it is paired anew, and named in
    `PairResult.replaced`.

    Raises:
        UsageError: the table would go to standard output.
        OutputError: there is a table that was made without a store, or something cannot be written.
        SignatureError, IndexFileError, InputError: the store was made with another encoder, or is damaged.
    """
    if str(output) == "-":
        raise UsageError("append adds to a table: name a file with -o")
    store = _Store(Path(output))
    tables = [store.table, *([options.documents] if options.documents else [])]
    with _held(store, waiting):
        clear_parts(store.folder, deep=True)
        for table in tables:
            clear_parts(table.parent, [table.name])
        batches = store.read()
        if not batches:
            _refuse_others(store, tables)
        entries = Entries(len(batches) + 1)
        documents = list(documents_of(inputs, options, entries))
        digest = _digest(documents, entries)
        if digest in batches:
            return PairResult(Pairs((), {}, ()), (), unchanged=True)
        pairing = replace(options.pairing, index=store.profiles, keep=False)
        index = open_pair_index(pairing)
        index.keep_batches(batches)
        found, profiles = find_with_index(documents, pairing, index, progress)
        entries.note_pairs(found)
        replaced = index.replaced_by(profiles)
        for id in replaced:
            entries.warn(id, ["takes the place of an earlier text with this id, and of its pairs"])
        index.add(profiles, [(pair.source, pair.target) for pair in found], digest)
        _write_pairs(store.table, found, entries, len(batches))
        if options.documents:
            _write_documents(options.documents, _rows(store.table), entries, len(batches))
        store.write([*batches, digest])
    return PairResult(found, tuple(entries), replaced=tuple(replaced))


def documents_by_batch(table: Path) -> list[tuple[set[str], set[str]]]:
    """For each batch of a table its documents with a partner and those without; of an id that came again the latest.

    Raises:
        InputError: the table was made without append, or its store is damaged.
    """
    store = _Store(table)
    batches = store.read()
    if not batches:
        raise InputError(
            f"{table}: no table that grows; align pairs NEW... -o {table.name} --append makes one, of a new name"
        )
    paired = {row[side] for row in _rows(table) for side in ("source", "target")}
    found = documents_of_batches(store.profiles)
    return [(found.get(key, set()) & paired, found.get(key, set()) - paired) for key in batches]


def _refuse_others(store: _Store, tables: Sequence[Path]) -> None:
    """Tables that are there and not ours: those of a first batch that was killed come with a store."""
    if not store.profiles.exists():
        refuse_existing(*tables)


def _write_pairs(path: Path, found: Pairs, entries: Entries, earlier: int) -> None:
    """Joins new pairs with those of earlier batches; pairs of documents that came again are found anew."""
    again = {entry.document for entry in entries if entry.status != "failed"}
    rows = [
        row
        for row in (_rows(path) if earlier else ())
        if int(row["batch"]) <= earlier and not {row["source"], row["target"]} & again
    ]
    for pair in found:
        cells = [*pair.cells(), entries.batch]
        rows.append({name: str(cell(value)) for name, value in zip(COLUMNS, cells, strict=True)})
    rows.sort(key=lambda row: (row["source"], row["target"]))
    sets = number_sets(rows)
    numbered = ({**row, "set": str(sets[row["source"]])} for row in rows)
    write_table(path, COLUMNS, ([row[name] for name in COLUMNS] for row in numbered))


def _rows(path: Path) -> Iterator[dict[str, str]]:
    """The pairs of a table.

    Raises:
        OutputError: it is missing or was altered.
    """
    for row in read_table(path):
        if set(row) != set(COLUMNS) or not row["batch"].isdecimal():
            raise OutputError(
                f"{path}: the line of {row.get('source')!r} was altered; put the table back as it was"
            )
        yield row


def _write_documents(path: Path, rows: Iterable[dict[str, str]], entries: Entries, earlier: int) -> None:
    """Joins what became of the documents of the batch with what is known of earlier ones; `rows` are all pairs."""
    own = {entry.document for entry in entries if entry.status != "failed"}
    before = (
        entry
        for entry in (read_documents(path) if earlier else ())
        if (entry.batch or 1) <= earlier and entry.document not in own
    )
    pairs = [(row["source"], row["target"], float(row["probability"])) for row in rows]
    write_documents(path, [*with_partners(before, pairs), *entries])


def _digest(documents: Sequence[Document], entries: Entries) -> str:
    """What decides the outcome of a batch, as one number."""
    digest = hashlib.blake2b(digest_size=16)
    for document in documents:
        digest.update(repr((document.id, document.language, document.text)).encode("utf-8", "replace"))
    for entry in entries:
        digest.update(repr((entry.document, entry.status)).encode("utf-8", "replace"))
    return digest.hexdigest()


@contextlib.contextmanager
def _held(store: _Store, waiting: Waiting | None) -> Iterator[Any]:
    def busy(process: str) -> None:
        if waiting:
            waiting(f"{store.folder} is in use by process {process}; waiting")

    with contextlib.ExitStack() as stack:
        try:
            store.folder.mkdir(parents=True, exist_ok=True)
            stack.enter_context(held(store.folder / _LOCK, busy))
        except OSError as error:
            raise unwritable(store.folder, error) from error
        with told_when_the_disk_fails(store.folder):
            yield

"""What became of each document: ``documents.tsv``, the same for every job."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from align._internal.tables import read_table, write_table
from align.errors import OutputError

if TYPE_CHECKING:
    from align.dedup.result import Duplicates, Removal
    from align.pairing.result import Pairs

Status = Literal["kept", "paired", "unpaired", "duplicate", "failed"]


@dataclass(frozen=True, slots=True)
class Entry:
    """What became of one input document: a line of ``documents.tsv``; the fields are its columns, in this order.

    Attributes:
        document: its id.
        source: where it was read: a file, or FILE:LINE (from 1) for a row of one.
        language: as given, or as detected where none was given or the text contradicts it.
        paragraphs: how many it has, less those that were cut; None where nobody counted.
        status: ``kept`` by deduplication alone, ``paired`` or ``unpaired`` where translations were looked for,
            ``duplicate`` or ``failed``.
        reason: why; of a duplicate the kind, as in ``duplicates.tsv``.
        related: the documents it is paired with, or the one it is a duplicate of.
        score: probability of the pair, or similarity of the duplicate.
        warning: what was repaired on reading, and where its language is not the declared one.
        batch: the number of the batch that it came with, from 1.
    """

    document: str
    source: str
    language: str | None = None
    paragraphs: int | None = None
    status: Status = "unpaired"
    reason: str | None = None
    related: str | None = None
    score: float | None = None
    warning: str | None = None
    batch: int = 1


NOT_ALIGNED = "could not be aligned: "  # how the reason begins of a document that is a text, and failed later

DOCUMENT_COLUMNS = tuple(column.name for column in fields(Entry))
_NUMBERS = {"int": int, "int | None": int, "float | None": float}
_PARSE = {column.name: _NUMBERS.get(str(column.type), str) for column in fields(Entry)}


def entry_of(row: dict[str, Any]) -> Entry:
    """What is to be said of a document (a row of `align.reading.SCHEMA`) once it is read."""
    entry = Entry(row["id"], where_read(row["source"], row["line"]), row["language"], warning=row["warning"])
    return replace(entry, status="failed", reason=row["problem"]) if row["problem"] else entry


def where_read(source: str, line: int | None) -> str:
    """Where a document was read, as people count: the file, or the file and the row from 1."""
    return source if line is None else f"{source}:{line + 1}"


def is_kept(entry: Entry) -> bool:
    """Whether a document stays, so that others may be removed for it."""
    return entry.status != "duplicate" and is_text(entry)


def is_text(entry: Entry) -> bool:
    """Whether a document is there as a text, kept or removed; another that is not may be listed under its id."""
    return entry.status != "failed" or (entry.reason or "").startswith(NOT_ALIGNED)


def is_version(entry: Entry) -> bool:
    """Whether it was removed because another text came with its id."""
    return entry.status == "duplicate" and (entry.reason or "").startswith("version")


def with_partner(entry: Entry, partner: str, probability: float) -> Entry:
    """The entry of a document with one partner more."""
    before = entry.related if entry.status == "paired" and entry.related else None
    related = f"{before} | {partner}" if before else partner
    return replace(entry, status="paired", related=related, score=max(entry.score or 0.0, probability))


def as_duplicate(entry: Entry, removal: Removal) -> Entry:
    """The entry of a document that went because of the one that is kept, in this batch or in an earlier one."""
    reason = f"{removal.kind} (index)" if removal.indexed else removal.kind
    return replace(entry, status="duplicate", reason=reason, related=removal.kept, score=removal.similarity)


def deduplicated(
    row: Mapping[str, Any], problem: str | None, removal: Removal | None, note: str | None, batch: int = 1
) -> Entry:
    """What became of a document (a row of `align.reading.SCHEMA`) in deduplication; `note` is said of a kept one."""
    entry = Entry(
        row["id"],
        where_read(row["source"], row["line"]),
        row["language"],
        status="kept",
        warning=row["warning"],
        batch=batch,
    )
    if problem:
        return replace(entry, document=row["same_id"] or row["id"], status="failed", reason=problem)
    return as_duplicate(entry, removal) if removal else replace(entry, reason=note)


def with_partners(entries: Iterable[Entry], pairs: Iterable[tuple[str, str, float]]) -> Iterator[Entry]:
    """Entries of earlier documents with the partners that they have by now; `pairs` are all of them."""
    found = partners_of(pairs)
    for entry in entries:
        partners = found.get(entry.document, ())
        has_some = entry.status == "paired" or (partners and entry.status == "unpaired")
        yield with_these_partners(entry, partners) if has_some else entry


Partners = Sequence[tuple[str, float]]


def partners_of(pairs: Iterable[tuple[str, str, float]]) -> dict[str, Partners]:
    """The partners of each document and their probabilities, in the order of the pairs."""
    found: dict[str, list[tuple[str, float]]] = {}
    for source, target, probability in pairs:
        found.setdefault(source, []).append((target, probability))
        found.setdefault(target, []).append((source, probability))
    return dict(found)


def with_these_partners(entry: Entry, partners: Partners) -> Entry:
    """The entry of an earlier document that has these partners now, or none any more."""
    gone = None if partners else "its partner was replaced or taken out"
    entry = replace(entry, status="unpaired", reason=gone, related=None, score=None)
    for other, probability in partners:
        entry = with_partner(entry, other, probability)
    return entry


class Entries:
    """What becomes of the documents of a batch: in the order of reading, and by id for those that can be used."""

    def __init__(self, batch: int = 1) -> None:
        self.batch = batch  # the number of the batch
        self._entries: list[Entry] = []
        self._place: dict[str, int] = {}  # of usable documents: two may claim one id

    @classmethod
    def of(cls, entries: Iterable[Entry]) -> Entries:
        """What was said of documents that can be used, of which there is more to say."""
        made = cls()
        made._entries = list(entries)
        made._place = {entry.document: place for place, entry in enumerate(made._entries)}
        return made

    def __len__(self) -> int:
        return len(self._entries)

    def __iter__(self) -> Iterator[Entry]:
        return iter(self._entries)

    def __getitem__(self, document: str) -> Entry:
        return self._entries[self._place[document]]

    def __contains__(self, document: str) -> bool:
        return document in self._place

    @property
    def usable(self) -> int:
        """How many documents can be used."""
        return len(self._place)

    def add(self, row: dict[str, Any]) -> Entry:
        """Adds a document as it was read (a row of `align.reading.SCHEMA`)."""
        entry = replace(entry_of(row), batch=self.batch)
        if entry.status != "failed":
            self._place[entry.document] = len(self._entries)
        self._entries.append(entry)
        return entry

    def refuse(self, document: str, reason: str, name: str) -> None:
        """Says of a document that seemed usable that it is not, under the name it came with."""
        place = self._place.pop(document)
        self._entries[place] = replace(self._entries[place], document=name, status="failed", reason=reason)

    def rename(self, names: Mapping[str, str]) -> None:
        """Gives documents other names, as what becomes of versions of one document asks for."""
        places = {new: self._place.pop(old) for old, new in names.items()}
        for new, place in places.items():
            self._entries[place] = replace(self._entries[place], document=new)
        self._place |= places

    def note(self, document: str, **changes: Any) -> None:
        """Changes what is said of a usable document."""
        self._put(replace(self[document], **changes))

    def warn(self, document: str, warnings: Sequence[str]) -> None:
        """Adds what a reader should know of a usable document; what is said already is not said again."""
        self._put(_warned(self[document], warnings))

    def note_duplicates(self, duplicates: Duplicates) -> None:
        """Says which documents go no further; what came with an id that was taken has its new name from now on."""
        versions = duplicates.versions
        self.rename({former: versions.names[number] for number, former in versions.former.items()})
        for number in versions.problems:
            id = duplicates.ids[number]
            self.refuse(id, duplicates.problems[id], id.rpartition("#")[0] or id)
        for id, removal in duplicates.removed.items():
            self._put(as_duplicate(self[id], removal))

    def note_outcomes(self, rows: Iterable[Mapping[str, Any]]) -> tuple[dict[str, str], list[str]]:
        """As `note_duplicates`, from a row for each document in order; returns the new names, and ids that are refused.

        A row has the ``id`` that its document has now, why it is ``refused`` for that, another ``problem`` with it,
        what is kept in its stead (``kept_id``, ``similarity``, ``kind``), and its ``warning``.
        """
        from align.dedup.result import Removal

        names, refused = {}, []
        for place, row in enumerate(rows):
            entry = self._entries[place]
            id = entry.document
            if entry.status == "failed":
                continue
            if row["problem"]:
                self._entries[place] = replace(entry, status="failed", reason=row["problem"])
            elif row["refused"]:
                refused.append(id)
                self.refuse(id, row["refused"], id.rpartition("#")[0] or id)
            else:
                if row["id"] != id:
                    names[id] = row["id"]
                if row["kept_id"] is not None:
                    entry = as_duplicate(entry, Removal(id, row["kept_id"], row["similarity"], row["kind"]))
                self._entries[place] = _warned(entry, [row["warning"]] if row["warning"] else [])
        self.rename(names)
        return names, refused

    def note_pairs(self, pairs: Pairs) -> None:
        """Says which documents have partners, and why the others have none; those of others are left out."""
        for document, reason in pairs.unpaired.items():
            if document in self:
                self.note(document, status="unpaired", reason=reason)
        for pair in pairs:
            for one, other in ((pair.source, pair.target), (pair.target, pair.source)):
                if one in self:
                    self._put(with_partner(self[one], other, pair.probability))

    def counts(self) -> dict[str, int]:
        """How many documents there are, and of each status that translations were looked for."""
        found = Counter(entry.status for entry in self)
        statuses: tuple[Status, ...] = ("paired", "unpaired", "duplicate", "failed")
        return {"documents": len(self), **{status: found[status] for status in statuses}}

    def restore(self, path: Path) -> None:
        """Takes what a table says instead, so that a continued job says the same as an unbroken one.

        Raises:
            OutputError: the table was altered, or is of other documents than were read.
        """
        told: dict[str, deque[Entry]] = {}  # of what cannot be used, several may have one place
        for entry in read_documents(path):
            told.setdefault(entry.source, deque()).append(entry)
        # In the order of reading, should somebody have sorted the table; by place, for ids may have been given anew.
        found = [told[entry.source].popleft() for entry in self if told.get(entry.source)]
        if len(found) != len(self) or any(told.values()):
            raise OutputError(
                f"{path}: lines were taken out or added; the file was altered: run with --overwrite to write it again"
            )
        self._entries = found
        usable = [(entry.document, place) for place, entry in enumerate(found) if entry.status != "failed"]
        aligned = [
            (entry.document, place) for place, entry in enumerate(found) if entry.document in self._place
        ]
        self._place = dict([*aligned, *usable])

    def _put(self, entry: Entry) -> None:
        self._entries[self._place[entry.document]] = entry


def _warned(entry: Entry, warnings: Sequence[str]) -> Entry:
    """The entry with warnings added; what is said already is not said again."""
    said = entry.warning
    new = [warning for warning in warnings if warning not in (said or "")]
    return replace(entry, warning="; ".join([*([said] if said else []), *new])) if new else entry


def write_documents(path: Path, entries: Iterable[Entry]) -> None:
    """Writes what became of each document.

    Raises:
        OutputError: the file cannot be written.
    """
    write_table(
        path, DOCUMENT_COLUMNS, ([getattr(entry, name) for name in DOCUMENT_COLUMNS] for entry in entries)
    )


def read_documents(path: Path) -> Iterator[Entry]:
    """What `write_documents` wrote; numbers are rounded as a table has them.

    Raises:
        OutputError: the table is missing or was altered.
    """
    for row in read_table(path):
        try:
            yield Entry(**{name: _PARSE[name](cell) if cell else None for name, cell in row.items()})  # type: ignore[arg-type]
        except (KeyError, TypeError, ValueError):
            raise OutputError(
                f"{path}: the line of {row.get('document')!r} was altered; run with --overwrite to write it again"
            ) from None

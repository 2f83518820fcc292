"""What became of each document: ``documents.tsv``."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any, Literal

from align._internal.tables import write_table
from align.corpus.folder import DOCUMENT_COLUMNS

Status = Literal["paired", "unpaired", "duplicate", "failed"]


@dataclass(frozen=True, slots=True)
class Entry:
    """What became of one input document: a line of ``documents.tsv``, in its order of columns."""

    document: str
    source: str
    language: str | None = None
    paragraphs: int | None = None
    status: Status = "unpaired"
    reason: str | None = None
    related: str | None = None
    score: float | None = None
    warning: str | None = None


def entry_of(row: dict[str, Any]) -> Entry:
    """What is to be said of a document (a row of `align.reading.SCHEMA`) once it is read."""
    place = row["source"] if row["line"] is None else f"{row['source']}:{row['line'] + 1}"
    entry = Entry(row["id"], place, row["language"], warning=row["warning"])
    return replace(entry, status="failed", reason=row["problem"]) if row["problem"] else entry


def with_partner(entry: Entry, partner: str, probability: float) -> Entry:
    """The entry of a document with one partner more."""
    before = entry.related if entry.status == "paired" and entry.related else None
    related = f"{before} | {partner}" if before else partner
    return replace(entry, status="paired", related=related, score=max(entry.score or 0.0, probability))


def write_documents(path: Path, entries: Iterable[Entry]) -> None:
    """Writes what became of each document as ``documents.tsv`` has it."""
    names = [column.name for column in fields(Entry)]
    assert tuple(names) == DOCUMENT_COLUMNS
    write_table(path, DOCUMENT_COLUMNS, ([getattr(entry, name) for name in names] for entry in entries))

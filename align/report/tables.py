"""What the first page's tables about duplicates and repeats show."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import NamedTuple

from align.report.markup import href, rounded
from align.report.pages.duplicate import DuplicateEntry


class Removed(NamedTuple):
    """A document that was removed, what for, and the page that compares both, if there is one."""

    document: str
    kind: str
    similarity: str
    page: str


class ClusterLine(NamedTuple):
    """A kept document with those that were removed for it."""

    kept: str
    removed: Sequence[Removed]


class Verified(NamedTuple):
    """A verified pair, and the page that compares both, if there is one."""

    first: str
    second: str
    similarity: str
    kind: str
    page: str


class RepeatLine(NamedTuple):
    """A passage that stands twice in a document: names and values of the cells."""

    document: str
    cells: Sequence[tuple[str, str]]


def clusters(rows: Sequence[dict[str, str]], entries: Sequence[DuplicateEntry]) -> Iterator[ClusterLine]:
    """The rows of ``clusters.tsv``, by the document that was kept."""
    known = {(e.first, e.second): link(e) for e in entries} | {(e.second, e.first): link(e) for e in entries}
    for kept, group in groupby(rows, key=lambda row: row["kept"]):
        yield ClusterLine(
            kept,
            [
                Removed(
                    row["document"], row["kind"], row["similarity"], known.get((kept, row["document"]), "")
                )
                for row in group
            ],
        )


def link(entry: DuplicateEntry) -> str:
    """The page of two near-duplicates as the first page links it; empty where there is none."""
    return f"duplicates/{href(entry.page)}" if entry.page else ""


def repeats(row: dict[str, str]) -> RepeatLine:
    """A row of ``repeats.tsv``."""
    return RepeatLine(
        row["document"],
        [
            ("First, lines", f"{row['first_start_line']}–{row['first_end_line']}"),
            ("Again, lines", f"{row['second_start_line']}–{row['second_end_line']}"),
            ("Paragraphs", row["paragraphs"]),
            ("Similarity", rounded(row["similarity"])),
            ("Action", row["action"]),
        ],
    )

"""The tables that deduplication writes."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from align._internal.files import IN_PYTHON, refuse_existing
from align._internal.tables import write_table
from align.document import LineRange

if TYPE_CHECKING:
    from align.dedup.repeats import Repeat
    from align.dedup.result import Duplicates

DUPLICATE_COLUMNS = ("id1", "id2", "similarity", "kind", "indexed", "differences", "examples")
DUPLICATE_TYPES = {"similarity": float, "indexed": bool}  # of the columns that are no texts
CLUSTER_COLUMNS = ("kept", "document", "similarity", "kind", "indexed")
REPEAT_COLUMNS = (
    "document",
    "first_start_line",
    "first_end_line",
    "second_start_line",
    "second_end_line",
    "paragraphs",
    "similarity",
    "action",
)
BOILERPLATE_COLUMNS = (
    "document",
    "start_line",
    "end_line",
    "documents",
    "first_document",
    "first_start_line",
    "first_end_line",
    "action",
)
PASSAGE_COLUMNS = (
    "first_document",
    "first_start_line",
    "first_end_line",
    "second_document",
    "second_start_line",
    "second_end_line",
    "tokens",
    "similarity",
)
Rows = Iterator[tuple[object, ...]]


def write_tables(
    duplicates: Duplicates,
    folder: Path,
    cut: str,
    *,
    spared: Collection[tuple[str, LineRange]] = (),
    overwrite: bool,
) -> list[str]:
    """Writes each of the `tables` into a file of its name; returns the names of the files."""
    found = {f"{name}.tsv": table for name, table in tables(duplicates, cut, spared).items()}
    if not overwrite:
        refuse_existing(*(folder / name for name in found), remedy=IN_PYTHON)
    for name, (columns, rows) in found.items():
        write_table(folder / name, columns, rows)
    return list(found)


def tables(
    duplicates: Duplicates, cut: str, spared: Collection[tuple[str, LineRange]] = ()
) -> dict[str, tuple[Sequence[str], Rows]]:
    """The tables by name: duplicates, clusters, repeats and, where any was found, boilerplate; columns and rows.

    `cut` is what was cut from the kept texts: "repeats", "boilerplate" or "none". `spared` are lines of
    documents that were left in nevertheless.
    """
    found: dict[str, tuple[Sequence[str], Rows]] = {
        "duplicates": (DUPLICATE_COLUMNS, pair_rows(duplicates)),
        "clusters": (CLUSTER_COLUMNS, cluster_rows(duplicates)),
        "repeats": (REPEAT_COLUMNS, repeat_rows(duplicates, cut)),
    }
    if duplicates.boilerplate:
        found["boilerplate"] = BOILERPLATE_COLUMNS, boilerplate_rows(duplicates, cut, spared)
    if duplicates.passages:
        found["passages"] = PASSAGE_COLUMNS, passage_rows(duplicates)
    return found


def passage_rows(duplicates: Duplicates) -> Rows:
    """What two kept documents have in common, in order of reading."""
    for passage in duplicates.passages:
        first, second = passage.first_lines, passage.second_lines
        yield passage.first, *first, passage.second, *second, passage.tokens, passage.similarity


def pair_rows(duplicates: Duplicates) -> Rows:
    """Every verified pair."""
    for pair in duplicates.pairs:
        told = (pair.differences.counted, pair.differences.examples) if pair.differences else ("", "")
        yield pair.first, pair.second, f"{pair.similarity:.6f}", pair.kind, pair.indexed, *told


def cluster_rows(duplicates: Duplicates) -> Rows:
    """Each removed document behind the one that is kept for it."""
    for cluster in duplicates.clusters:
        for removal in cluster.removed:
            yield cluster.kept, removal.document, f"{removal.similarity:.6f}", removal.kind, cluster.indexed


def repeat_rows(duplicates: Duplicates, cut: str) -> Rows:
    """Repeated passages in order of reading, those of removed documents too."""
    removed = duplicates.removed
    for document, repeats in duplicates.repeats.items():
        yield from rows_of_repeats(document, repeats, removed=document in removed, cut=cut)


def rows_of_repeats(document: str, repeats: Iterable[Repeat], *, removed: bool, cut: str) -> Rows:
    """The repeated passages of one document."""
    action = "document removed" if removed else "cut" if cut == "repeats" else "listed"
    for repeat in repeats:
        lines = *repeat.first_lines, *repeat.second_lines
        yield document, *lines, repeat.paragraphs, repeat.similarity, action


def boilerplate_rows(
    duplicates: Duplicates, cut: str, spared: Collection[tuple[str, LineRange]] = ()
) -> Rows:
    """Recurring lines of the kept documents, and where each run was seen first."""
    for document, runs in duplicates.boilerplate.items():
        for run in runs:
            # Its first occurrence is cut as well: what recurs is part of the site, not of an article.
            action = "cut" if cut == "boilerplate" and (document, run.lines) not in spared else "listed"
            yield document, *run.lines, run.documents, run.first_document, *run.first_lines, action

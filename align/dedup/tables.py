"""The tables that deduplication writes."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from align._internal.files import IN_PYTHON, refuse_existing
from align._internal.tables import write_table

if TYPE_CHECKING:
    from align.dedup.result import Duplicates

DUPLICATES = ("id1", "id2", "similarity", "kind", "indexed")
KINDS = {"similarity": float, "indexed": bool}  # of the columns of DUPLICATES that are no texts
CLUSTERS = ("kept", "document", "similarity", "kind", "indexed")
REPEATS = (
    "document",
    "first_start_line",
    "first_end_line",
    "second_start_line",
    "second_end_line",
    "paragraphs",
    "similarity",
    "action",
)
BOILERPLATE = (
    "document",
    "start_line",
    "end_line",
    "documents",
    "first_document",
    "first_start_line",
    "first_end_line",
    "action",
)


def write_tables(duplicates: Duplicates, folder: Path, cut: str, *, overwrite: bool) -> None:
    """Writes duplicates.tsv, clusters.tsv, repeats.tsv and, where it was looked for, boilerplate.tsv.

    `cut` is what the kept texts were relieved of: "repeats", "boilerplate" or "none".
    """
    names = (
        "duplicates.tsv",
        "clusters.tsv",
        "repeats.tsv",
        *(["boilerplate.tsv"] if duplicates.boilerplate else []),
    )
    if not overwrite:
        refuse_existing(*(folder / name for name in names), remedy=IN_PYTHON)
    write_table(folder / "duplicates.tsv", DUPLICATES, pair_rows(duplicates))
    write_table(folder / "clusters.tsv", CLUSTERS, cluster_rows(duplicates))
    write_table(folder / "repeats.tsv", REPEATS, repeat_rows(duplicates, cut))
    if duplicates.boilerplate:
        write_table(folder / "boilerplate.tsv", BOILERPLATE, boilerplate_rows(duplicates, cut))


def pair_rows(duplicates: Duplicates) -> Iterator[tuple[object, ...]]:
    """Every verified pair."""
    for pair in duplicates.pairs:
        yield pair.first, pair.second, f"{pair.similarity:.6f}", pair.kind, pair.indexed


def cluster_rows(duplicates: Duplicates) -> Iterator[tuple[object, ...]]:
    """Each removed document behind the one that is kept for it."""
    for cluster in duplicates.clusters:
        for removal in cluster.removed:
            yield cluster.kept, removal.document, f"{removal.similarity:.6f}", removal.kind, cluster.indexed


def repeat_rows(duplicates: Duplicates, cut: str) -> Iterator[tuple[object, ...]]:
    """Repeated passages in order of reading, those of removed documents too."""
    removed = duplicates.removed
    for document, repeats in duplicates.repeats.items():
        action = "document removed" if document in removed else "cut" if cut == "repeats" else "listed"
        for repeat in repeats:
            lines = *repeat.first_lines, *repeat.second_lines
            yield document, *lines, repeat.paragraphs, repeat.similarity, action


def boilerplate_rows(duplicates: Duplicates, cut: str) -> Iterator[tuple[object, ...]]:
    """Recurring lines of the kept documents, and where each run was seen first."""
    for document, runs in duplicates.boilerplate.items():
        for run in runs:
            # Its first occurrence is cut as well: what recurs is part of the site, not of an article.
            action = "cut" if cut == "boilerplate" else "listed"
            yield document, *run.lines, run.documents, run.first_document, *run.first_lines, action

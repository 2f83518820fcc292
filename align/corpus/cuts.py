"""What is left out of the documents that stay: the lines that a table lists as cut."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from align._internal.tables import read_table
from align.corpus.folder import BOILERPLATE, REPEATS
from align.dedup.options import Cut
from align.document import LineRange, ParagraphMode, split_paragraphs

if TYPE_CHECKING:
    import pyarrow as pa

    from align.dedup.result import Duplicates

_TABLES = {
    "repeats": (REPEATS, "second_start_line", "second_end_line"),
    "boilerplate": (BOILERPLATE, "start_line", "end_line"),
}


def cut_lines(folder: Path, cut: Cut) -> dict[str, list[LineRange]]:
    """By document the lines that were cut.

    Raises:
        OutputError: the table was altered.
    """
    cuts: dict[str, list[LineRange]] = {}
    if cut == "none":
        return cuts
    for document, lines, action in _listed(folder, cut):
        if action == "cut":
            cuts.setdefault(document, []).append(lines)
    return cuts


def boilerplate_lines(folder: Path) -> dict[str, list[LineRange]]:
    """By document the lines that it is compared without, whether they were cut or are part of a paragraph.

    Raises:
        OutputError: the table was altered.
    """
    found: dict[str, list[LineRange]] = {}
    for document, lines, _ in _listed(folder, "boilerplate"):
        found.setdefault(document, []).append(lines)
    return found


def _listed(folder: Path, cut: Cut) -> Iterator[tuple[str, LineRange, str]]:
    """Documents, lines and what was done with them, as the table has them."""
    name, start, end = _TABLES[cut]
    for row in read_table(folder / name) if (folder / name).exists() else ():
        yield row["document"], (int(row[start]), int(row[end])), row["action"]


def parts_of_paragraphs(
    duplicates: Duplicates, batches: Iterable[pa.RecordBatch], paragraphs: ParagraphMode
) -> Iterator[tuple[str, LineRange]]:
    """Boilerplate that cannot be cut by leaving out paragraphs, because it is part of one: documents and lines."""
    for batch in batches:
        for id, text in zip(batch["id"].to_pylist(), batch["text"].to_pylist(), strict=True):
            runs = duplicates.boilerplate.get(id, ())
            whole = [(p.start_line, p.end_line) for p in split_paragraphs(text, paragraphs)] if runs else []
            for start, end in (run.lines for run in runs):
                if any(a < start <= b or a <= end < b for a, b in whole):
                    yield id, (start, end)

"""What is left out of the documents that stay: the lines that a table lists as cut."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from align._internal.tables import rows_if_there
from align.corpus.folder import BOILERPLATE, REPEATS
from align.corpus.texts import rows_of
from align.dedup.boilerplate import Boilerplate, lines_of, runs_of
from align.dedup.options import Cut
from align.document import LineRange, ParagraphMode, split_paragraphs

if TYPE_CHECKING:
    from align.dedup.result import Duplicates

_PLACES = 4  # of each run of boilerplate: the text of one or the other may be no more
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
    for row in rows_if_there(folder / name):
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


def known_boilerplate(folder: Path, rows: Iterable[Mapping[str, Any]]) -> dict[str, tuple[Boilerplate, ...]]:
    """By id the lines of these documents that the table says to recur in others: theirs are not in it.

    Raises:
        OutputError: the table was altered.
    """
    # Each run in the first documents that have it.
    seen: dict[tuple[str, str, int], list[dict[str, str]]] = {}
    for row in rows_if_there(folder / BOILERPLATE):
        length = int(row["end_line"]) - int(row["start_line"])
        places = seen.setdefault((row["first_document"], row["first_start_line"], length), [])
        if len(places) < _PLACES:
            places.append(row)
    texts = rows_of(folder, {row["document"] for places in seen.values() for row in places})
    known: dict[int, tuple[int, str, int]] = {}  # by hash: in how many documents, where first
    for row in (row for places in seen.values() for row in places if row["document"] in texts):
        hashes = lines_of(pa.array([texts[row["document"]]["text"]], pa.large_string()))[1]
        start, end, first = (int(row[name]) for name in ("start_line", "end_line", "first_start_line"))
        for at, mark in enumerate(hashes[start : end + 1].tolist()):
            known.setdefault(mark, (int(row["documents"]), row["first_document"], first + at))
    found = {row["id"]: tuple(_known_runs(row["text"], known)) for row in rows} if known else {}
    return {id: runs for id, runs in found.items() if runs}


def _known_runs(text: str, known: Mapping[int, tuple[int, str, int]]) -> Iterator[Boilerplate]:
    """The runs of known lines of a text."""
    _, hashes, lengths = lines_of(pa.array([text], pa.large_string()))
    marks = hashes.tolist()
    recurs = np.array([mark in known for mark in marks], bool)
    for start, end in runs_of(recurs, lengths) if recurs.any() else ():
        inside = [known[mark] for mark in marks[start : end + 1] if mark in known]
        _, first, line = inside[0]
        documents = min(documents for documents, _, _ in inside)
        yield Boilerplate((start, end), documents, first, (line, line + end - start))

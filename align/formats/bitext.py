"""What every export format is given: beads with the names and languages of their documents."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import chain
from pathlib import Path
from typing import Literal

from align.formats.beads import BeadRow
from align.text.clean import clean
from align.text.languages import UNDETERMINED

Segments = Literal["paragraph", "sentence", "line"]


@dataclass(frozen=True, slots=True)
class Bitext:
    """The beads of two documents, with what a format needs to name them.

    Attributes:
        rows: the beads; may be an iterator that can be read only once.
        source_language, target_language: canonical tags (BCP 47), ``und`` where nobody named one.
        source_document, target_document: ids, empty where the texts have none.
        segments: what one unit is.
        checked: its rows say which checks they fail, and tables have a column for it.
    """

    rows: Iterable[BeadRow]
    source_language: str = UNDETERMINED
    target_language: str = UNDETERMINED
    source_document: str = ""
    target_document: str = ""
    segments: Segments = "paragraph"
    checked: bool = False


@dataclass(frozen=True, slots=True)
class Written:
    """What became of the beads: how many stand in the files, and how many gaps the format cannot carry."""

    beads: int
    gaps: int
    files: tuple[str, ...]


FormatWriter = Callable[[str | Path, Sequence[Bitext]], Written]


def turned(bitext: Bitext) -> Bitext:
    """The same bitext read from target to source."""
    return Bitext(
        rows=map(_turned, bitext.rows),
        source_language=bitext.target_language,
        target_language=bitext.source_language,
        source_document=bitext.target_document,
        target_document=bitext.source_document,
        segments=bitext.segments,
        checked=bitext.checked,
    )


def cleaned(rows: Iterable[BeadRow]) -> Iterator[BeadRow]:
    """The rows with texts that every format can carry (`align.text.clean.clean`)."""
    for row in rows:
        source, target = clean(row.source), clean(row.target)
        yield (
            row
            if (source, target) == (row.source, row.target)
            else replace(row, source=source, target=target)
        )


def segments_of(rows: Iterable[BeadRow]) -> tuple[Segments, Iterator[BeadRow]]:
    """What the units are, judged by the first position (``p7s2`` is a sentence), and the rows again."""
    rows = iter(rows)
    seen: list[BeadRow] = []
    for row in rows:
        seen.append(row)
        positions = row.source_positions or row.target_positions
        if positions:
            return ("sentence" if "s" in positions[0] else "paragraph"), chain(seen, rows)
    return "paragraph", iter(seen)


def _turned(row: BeadRow) -> BeadRow:
    return replace(
        row,
        type=f"{len(row.target_positions)}-{len(row.source_positions)}",
        source_positions=row.target_positions,
        target_positions=row.source_positions,
        source=row.target,
        target=row.source,
    )

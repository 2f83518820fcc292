"""What every export format is given: beads with the names and languages of their documents."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import chain
from pathlib import Path
from typing import Literal

from align.errors import UsageError
from align.formats.beads import BeadRow
from align.text.clean import clean

Segments = Literal["paragraph", "sentence", "line"]
UNDETERMINED = "und"  # BCP 47 for a language nobody named


@dataclass(frozen=True, slots=True)
class Bitext:
    """The beads of two documents, with what a format needs to name them.

    Attributes:
        rows: the beads; may be an iterator that can be read only once.
        source_language, target_language: BCP 47 codes (`bcp47`).
        source_document, target_document: ids, empty where the texts have none.
        segments: what one unit is.
    """

    rows: Iterable[BeadRow]
    source_language: str = UNDETERMINED
    target_language: str = UNDETERMINED
    source_document: str = ""
    target_document: str = ""
    segments: Segments = "paragraph"


@dataclass(frozen=True, slots=True)
class Written:
    """What became of the beads: how many stand in the files, and how many gaps the format cannot carry."""

    beads: int
    gaps: int
    files: tuple[str, ...]


FormatWriter = Callable[[str | Path, Sequence[Bitext]], Written]

_TAG = re.compile(r"[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*|[xX](-[A-Za-z0-9]{1,8})+")


def bcp47(code: str | None) -> str:
    """A language code as BCP 47 writes it: ``zh_hans_cn`` becomes ``zh-Hans-CN``, nothing becomes ``und``.

    Raises:
        UsageError: it cannot be a language code.
    """
    if not code:
        return UNDETERMINED
    tag = code.replace("_", "-")
    if not _TAG.fullmatch(tag):
        raise UsageError(f"{code!r} is no language code; give one such as en, zh or zh-Hant (BCP 47)")
    first, *rest = tag.split("-")
    parts = [first.lower()]
    for subtag in rest:
        private = any(len(part) == 1 for part in parts)  # after a singleton everything is lower case
        if len(subtag) == 4 and subtag.isalpha() and not private:
            parts.append(subtag.title())
        else:
            parts.append(subtag.upper() if len(subtag) == 2 and not private else subtag.lower())
    return "-".join(parts)


def turned(bitext: Bitext) -> Bitext:
    """The same bitext read from target to source."""
    return Bitext(
        rows=map(_turned, bitext.rows),
        source_language=bitext.target_language,
        target_language=bitext.source_language,
        source_document=bitext.target_document,
        target_document=bitext.source_document,
        segments=bitext.segments,
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

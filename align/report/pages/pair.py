"""The page of one pair: its beads side by side, what is doubtful, what is missing, and the path as a picture."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from align._internal.wording import counted as plural
from align.corpus.folder import PairEntry
from align.document import Level, parse_position
from align.formats.beads import BeadRow
from align.report.chart import Histogram, histogram
from align.report.dotplot import Layout, Picture, layout, picture
from align.report.evidence import Evidence
from align.report.markup import lang, number, page, percent, rounded, two_digits
from align.report.statistics import Figures, Missing, confidence_class, figures, missing

_PREFIX: dict[Level, str] = {"sentence": "s", "paragraph": "p"}
_MOST_MISSING = 8  # stretches that are listed; the rest is counted
_MOST_TYPES = 7  # bead types with a button of their own
_MARKS = {
    "accepted": ("ok", "accepted by a reviewer"),
    "rejected": ("no", "rejected by a reviewer"),
    "reordered": ("reordered", "stands in another order on the other side"),
}


_KEYS = (
    ("j", "next bead"),
    ("k", "previous bead"),
    ("n / N", "next, previous doubtful bead or gap"),
    ("← →", "from word to word with a counterpart, in the current bead"),
    ("o", "order: as in the text, worst first"),
    ("l", "level: sentences, paragraphs"),
    ("/", "search"),
    ("Esc", "clear search and filters"),
    ("?", "this list"),
)
_LEGEND = ("under .3", ".3", ".5", ".7", ".9 and over")  # the classes of confidence


@dataclass(frozen=True, slots=True)
class Neighbours:
    """File names of the pages before and after, where there are any."""

    before: str | None = None
    after: str | None = None


class Side(NamedTuple):
    """One side of a bead: where its text stands, empty where there is none, and the text."""

    place: str
    text: str


class BeadLine(NamedTuple):
    """A bead as the page shows it.

    Attributes:
        kind: its class of the style sheet.
        new: whether a paragraph begins here.
        marks: a class of the style sheet and what is said, for each.
    """

    id: str
    bead: int
    type: str
    kind: str
    confidence: float
    new: bool
    marks: Sequence[tuple[str, str]]
    source: Side
    target: Side


@dataclass(frozen=True, slots=True)
class Panel:
    """The beads of one level.

    Attributes:
        choices: bead types to choose from: what is said, the types, how many beads.
        data: what the script needs.
    """

    level: Level
    beads: int
    rows: Iterator[BeadLine]
    choices: Sequence[tuple[str, Sequence[str], int]]
    source_language: Mapping[str, str]
    target_language: Mapping[str, str]
    data: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Overview:
    """What stands beside the beads.

    Attributes:
        described: the picture, for those who do not see it.
        spoken: the histogram, likewise.
        missing: stretches without an answer, the longest first, and how many more there are.
        prefix: of the ids of beads.
    """

    level: Level
    prefix: str
    picture: Picture
    described: str
    source_units: int
    target_units: int
    missing: Sequence[Missing]
    more: int
    histogram: Histogram
    spoken: str


def bead_id(level: Level, place: int) -> str:
    """The id of a bead on its page, by its place in the list of its level."""
    return f"{_PREFIX[level]}{place}"


def pair_page(
    pair: PairEntry,
    levels: Mapping[Level, Sequence[BeadRow]],
    *,
    neighbours: Neighbours,
    words: bool,
    warnings: Sequence[str] = (),
) -> str:
    """The whole page; `levels` has the beads of each level there is, the one to show first at the front.

    Word evidence is for the first level only: the other one would double the page and says the same.
    """
    first = next(iter(levels))
    rows = levels[first]
    evidence = Evidence([row.source for row in rows], [row.target for row in rows]) if words else None
    places = {level: layout(beads) for level, beads in levels.items()}
    counted = {level: figures(beads) for level, beads in levels.items()}
    panels = [
        _panel(pair, level, beads, places[level], counted[level], evidence if level == first else None)
        for level, beads in levels.items()
    ]
    return page(
        "pair.html",
        script="pair.js",
        title=f"{pair.source} and {pair.target}",
        pair=pair,
        neighbours=neighbours,
        warnings=warnings,
        facts=_facts(pair, counted[first], first),
        overview=_overview(rows, places[first], counted[first], evidence, first),
        legend=_LEGEND,
        panels=panels,
        keys=_KEYS,
    )


def _facts(pair: PairEntry, counted: Figures, level: Level) -> list[str]:
    probability, encoder, weights = (pair.row.get(name, "") for name in ("probability", "encoder", "weights"))
    facts = [plural(counted.beads, f"{level} bead"), plural(counted.gaps, "gap")]
    if counted.beads:
        facts.append(f"mean confidence {two_digits(counted.mean)}")
        facts.append(f"{number(counted.doubtful)} doubtful")
    if probability:
        facts.append(f"translations with probability {rounded(probability)}")
    if encoder:
        facts.append(f"encoder {encoder}" if weights == encoder else f"encoder {encoder}, weights {weights}")
    return facts


def _overview(
    rows: Sequence[BeadRow], where: Layout, counted: Figures, evidence: Evidence | None, level: Level
) -> Overview:
    stretches = sorted(
        missing(rows, "source") + missing(rows, "target"), key=lambda stretch: (-stretch.units, stretch.bead)
    )
    described = (
        f"Path of the alignment: {where.source_units} {level}s of the source against {where.target_units} of the "
        f"target, {counted.gaps} gaps, {len(stretches)} longer stretches without an answer."
    )
    return Overview(
        level=level,
        prefix=_PREFIX[level],
        picture=picture(rows, where, evidence),
        described=described,
        source_units=where.source_units,
        target_units=where.target_units,
        missing=stretches[:_MOST_MISSING],
        more=len(stretches) - _MOST_MISSING,
        histogram=histogram(counted.histogram),
        spoken=_spoken(counted),
    )


def _spoken(counted: Figures) -> str:
    return (
        f"Confidence of {counted.beads} beads: mean {counted.mean:.2f}. Doubtful, gaps included: {counted.doubtful} "
        f"({percent(counted.doubtful / max(counted.total, 1))})."
    )


def _panel(
    pair: PairEntry,
    level: Level,
    rows: Sequence[BeadRow],
    where: Layout,
    counted: Figures,
    evidence: Evidence | None,
) -> Panel:
    return Panel(
        level=level,
        beads=len(rows),
        rows=_rows(level, rows),
        choices=_choices(counted),
        source_language=lang(pair.source_language),
        target_language=lang(pair.target_language),
        data=_data(rows, where, evidence),
    )


def _choices(found: Figures) -> list[tuple[str, list[str], int]]:
    """The types to choose from: gaps together, the frequent ones each, the rest together."""
    gaps = [(name, count) for name, count in found.types if name.startswith("0-") or name.endswith("-0")]
    others = [item for item in found.types if item not in gaps]
    rest = others[_MOST_TYPES:]
    choices = [(name, [name], count) for name, count in others[:_MOST_TYPES]]
    for name, together in (("other", rest), ("gaps", gaps)):
        if together:
            choices.append((name, [kind for kind, _ in together], sum(count for _, count in together)))
    return choices


def _rows(level: Level, rows: Sequence[BeadRow]) -> Iterator[BeadLine]:
    paragraph = -1
    for i, row in enumerate(rows):
        positions = row.source_positions or row.target_positions
        begins = parse_position(positions[0])[0] if positions else paragraph
        new = level == "sentence" and i > 0 and begins != paragraph
        yield _row(row, bead_id(level, i), new=new)
        paragraph = begins


def _row(row: BeadRow, id: str, *, new: bool) -> BeadLine:
    return BeadLine(
        id=id,
        bead=row.bead,
        type=row.type,
        kind="g" if row.is_gap else f"k{confidence_class(row.confidence)}",
        confidence=row.confidence,
        new=new,
        marks=[_MARKS[name] for name in (row.review, "reordered" if row.reordered else "") if name in _MARKS],
        source=_side(row.source_positions, row.source),
        target=_side(row.target_positions, row.target),
    )


def _side(positions: tuple[str, ...], text: str) -> Side:
    if not positions:
        return Side("", "")
    return Side(positions[0] if len(positions) == 1 else f"{positions[0]}–{positions[-1]}", text)


def _data(rows: Sequence[BeadRow], where: Layout, evidence: Evidence | None) -> dict[str, object]:
    """What the script needs: confidences in percent, types, boxes, and the words of each bead, flat."""
    types = sorted({row.type for row in rows})
    return {
        "confidence": [round(row.confidence * 100) for row in rows],
        "types": types,
        "type": [types.index(row.type) for row in rows],
        "gap": [i for i, row in enumerate(rows) if row.is_gap],
        "doubtful": [i for i, row in enumerate(rows) if row.is_doubtful],
        "boxes": where.boxes.ravel().tolist(),
        "units": [where.source_units, where.target_units],
        "words": None if evidence is None else [_words(evidence, i) for i in range(len(rows))],
    }


def _words(evidence: Evidence, bead: int) -> list[list[int]] | int:
    found = evidence.words(bead)
    if not (found.links or found.source_numbers or found.target_numbers):
        return 0
    return [
        [value for link in found.links for value in link],
        [value for span in found.source_numbers for value in span],
        [value for span in found.target_numbers for value in span],
    ]

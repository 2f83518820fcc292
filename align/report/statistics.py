"""What the report counts: a pair's beads in figures, and where one side has nothing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from heapq import nsmallest

from align.formats.beads import BeadRow

# Lowest confidence of each class; the classes are the colours k0 to k4 of the style sheet.
CLASSES = (0.0, 0.3, 0.5, 0.7, 0.9)
BINS = 20
STRIP = 48  # cells of the strip that shows a pair in one line
WORST = 5  # doubtful beads of one pair that the first page may list
MISSING = 3  # units in a row without an answer that are worth a line of their own


@dataclass(frozen=True, slots=True)
class Figures:
    """A list of beads in figures.

    Attributes:
        beads: those with both sides.
        doubtful: beads and gaps that are doubtful (`BeadRow.is_doubtful`).
        mean: of those with both sides, the mean confidence; 0 where there is none.
        source_gaps, target_gaps: beads with nothing on the other side.
        histogram: beads with both sides by confidence, `BINS` of equal width.
        strip: one class (``0`` to ``4``, ``g`` for a gap) for each part of the text, at most `STRIP`.
        types: number of beads of each type, most frequent first.
    """

    beads: int
    doubtful: int
    mean: float
    source_gaps: int
    target_gaps: int
    histogram: tuple[int, ...]
    strip: str
    types: tuple[tuple[str, int], ...]

    @property
    def gaps(self) -> int:
        return self.source_gaps + self.target_gaps

    @property
    def total(self) -> int:
        return self.beads + self.gaps


@dataclass(frozen=True, slots=True)
class Missing:
    """A run of gaps on one side: the first bead of the run, the first and last position, the number of units."""

    side: str
    bead: int
    first: str
    last: str
    units: int


def confidence_class(confidence: float) -> int:
    """0 (hardly likely) to 4 (safe)."""
    return sum(confidence >= lowest for lowest in CLASSES[1:])


def row_class(row: BeadRow) -> str:
    """``g`` for a gap, otherwise the confidence class as a digit."""
    return "g" if row.is_gap else str(confidence_class(row.confidence))


def figures(rows: Sequence[BeadRow]) -> Figures:
    """Counts a list of beads."""
    both = [row.confidence for row in rows if not row.is_gap]
    histogram = [0] * BINS
    for confidence in both:
        histogram[min(int(confidence * BINS), BINS - 1)] += 1
    return Figures(
        beads=len(both),
        doubtful=sum(row.is_doubtful for row in rows),
        mean=sum(both) / len(both) if both else 0.0,
        source_gaps=sum(not row.target_positions for row in rows),
        target_gaps=sum(not row.source_positions for row in rows),
        histogram=tuple(histogram),
        strip=_strip([row_class(row) for row in rows]),
        types=tuple(sorted(Counter(row.type for row in rows).items(), key=lambda item: (-item[1], item[0]))),
    )


def total(each: Iterable[Figures]) -> Figures:
    """Several pairs together; the strip is left empty."""
    each = list(each)
    beads = sum(f.beads for f in each)
    types: Counter[str] = Counter()
    for f in each:
        types.update(dict(f.types))
    return Figures(
        beads=beads,
        doubtful=sum(f.doubtful for f in each),
        mean=sum(f.mean * f.beads for f in each) / beads if beads else 0.0,
        source_gaps=sum(f.source_gaps for f in each),
        target_gaps=sum(f.target_gaps for f in each),
        histogram=tuple(map(sum, zip(*(f.histogram for f in each), strict=True))) or (0,) * BINS,
        strip="",
        types=tuple(sorted(types.items(), key=lambda item: (-item[1], item[0]))),
    )


def worst(rows: Sequence[BeadRow]) -> list[tuple[int, BeadRow]]:
    """The doubtful beads and gaps of lowest confidence with their places in the list, at most `WORST`."""
    doubtful = ((place, row) for place, row in enumerate(rows) if row.is_doubtful)
    return nsmallest(WORST, doubtful, key=lambda found: (found[1].confidence, found[0]))


def missing(rows: Sequence[BeadRow], side: str) -> list[Missing]:
    """Runs of at least `MISSING` units of one side ("source" or "target") without an answer, in order of reading.

    Gaps of the other side in between do not end a run: where one chapter replaces another, both are missing.
    """
    found: list[Missing] = []
    run: list[tuple[int, tuple[str, ...]]] = []

    def close() -> None:
        positions = [position for _, unit in run for position in unit]
        if len(positions) >= MISSING:
            found.append(Missing(side, run[0][0], positions[0], positions[-1], len(positions)))
        run.clear()

    for index, row in enumerate(rows):
        if not row.is_gap:
            close()
        elif positions := row.source_positions if side == "source" else row.target_positions:
            run.append((index, positions))
    close()
    return found


def _strip(classes: list[str]) -> str:
    """The worst of each stretch counts, so that nothing doubtful is averaged away; a stretch of gaps is a gap."""
    cells = min(len(classes), STRIP)
    strip = []
    for cell in range(cells):
        stretch = classes[cell * len(classes) // cells : (cell + 1) * len(classes) // cells]
        gaps = stretch.count("g")
        strip.append("g" if 2 * gaps >= len(stretch) else min(c for c in stretch if c != "g"))
    return "".join(strip)

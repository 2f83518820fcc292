"""What small charts show: the histogram of confidences, the strip of a pair, a bar in parts. Drawn by chart.html."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from typing import NamedTuple

from align.report.statistics import BINS, confidence_class

_HEIGHT = 80
_STEP = 12  # from column to column


class Column(NamedTuple):
    """A column of a histogram: class of confidence, place and height in SVG units, and what it counts."""

    kind: int
    x: int
    tall: float
    low: float
    high: float
    beads: int


class Histogram(NamedTuple):
    """Columns, and the size of the picture without its marks."""

    columns: list[Column]
    width: int
    height: int


class Strip(NamedTuple):
    """A pair in one line: the width in cells, and a path for each class of the style sheet."""

    width: int
    paths: list[tuple[str, str]]


def histogram(counts: Sequence[int]) -> Histogram:
    """Columns of equal width from confidence 0 to 1; heights go with the square root, or rare doubts would not show."""
    most = max(counts, default=0) ** 0.5 or 1.0
    columns = []
    for i, count in enumerate(counts):
        tall = max(round(_HEIGHT * count**0.5 / most, 1), 1.5) if count else 0.0
        low, high = i / BINS, (i + 1) / BINS
        columns.append(Column(confidence_class(low), i * _STEP, tall, low, high, count))
    return Histogram(columns, BINS * _STEP - 1, _HEIGHT)


def strip(classes: str) -> Strip:
    """A coloured cell for each part of the text, gaps lower."""
    paths: dict[str, list[str]] = {}
    x = 0
    for kind, run in groupby(classes):
        width = len(list(run))
        paths.setdefault(kind, []).append(f"M{x} 5h{width}")
        x += width
    drawn = [("gap" if kind == "g" else f"k{kind}", "".join(d)) for kind, d in sorted(paths.items())]
    return Strip(max(x, 1), drawn)


def bar(parts: Sequence[tuple[str, int]]) -> list[tuple[str, float, float]]:
    """One bar of 1000 units: class of the style sheet, beginning and width of each part that there is.

    `parts` has a class and a count for each.
    """
    whole = sum(count for _, count in parts) or 1
    x, drawn = 0.0, []
    for name, count in parts:
        width = 1000 * count / whole
        if count:
            drawn.append((name, x, width))
        x += width
    return drawn

"""Small charts as SVG: the histogram of confidences, the strip of a pair, a bar in parts."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby

from align.report.markup import esc, number
from align.report.statistics import BINS, confidence_class

_HEIGHT = 80


def histogram(counts: Sequence[int], label: str) -> str:
    """Bars of equal width from confidence 0 to 1; heights go with the square root, or rare doubts would not show."""
    most = max(counts, default=0) ** 0.5 or 1.0
    bars = []
    for i, count in enumerate(counts):
        height = max(round(_HEIGHT * count**0.5 / most, 1), 1.5) if count else 0
        low, high = i / BINS, (i + 1) / BINS
        bars.append(
            f'<rect class="k{confidence_class(low)}" x="{i * 12}" y="{_HEIGHT - height:.1f}" width="10.5" '
            f'height="{height:.1f}" rx="1"><title>{low:.2f} to {high:.2f}: {number(count)} beads</title></rect>'
        )
    marks = "".join(
        f'<text x="{x}" y="{_HEIGHT + 14}" text-anchor="{anchor}">{mark}</text>'
        for x, anchor, mark in ((0, "start", "0"), (120, "middle", ".5"), (238, "end", "1"))
    )
    return (
        f'<svg class="histogram" viewBox="0 0 239 {_HEIGHT + 18}" role="img" aria-label="{esc(label)}">'
        f'<path class="axis" d="M0 {_HEIGHT}.5h239"/>{"".join(bars)}{marks}</svg>'
    )


def strip(classes: str, label: str) -> str:
    """A pair in one line: a coloured cell for each part of the text, gaps lower."""
    paths: dict[str, list[str]] = {}
    x = 0
    for kind, run in groupby(classes):
        width = len(list(run))
        paths.setdefault(kind, []).append(f"M{x} 5h{width}")
        x += width
    drawn = "".join(f'<path class="{_stroke(kind)}" d="{"".join(d)}"/>' for kind, d in sorted(paths.items()))
    return (
        f'<svg class="strip" viewBox="0 0 {max(x, 1)} 10" preserveAspectRatio="none" role="img" '
        f'aria-label="{esc(label)}">{drawn}</svg>'
    )


def bar(parts: Sequence[tuple[str, int]], label: str) -> str:
    """One bar; each part is a class of the style sheet and a count."""
    whole = sum(count for _, count in parts) or 1
    x, drawn = 0.0, []
    for name, count in parts:
        width = 1000 * count / whole
        if count:
            drawn.append(f'<rect class="{name}" x="{x:.1f}" width="{width:.1f}" height="10"/>')
        x += width
    return (
        f'<svg class="bar" viewBox="0 0 1000 10" preserveAspectRatio="none" role="img" '
        f'aria-label="{esc(label)}">{"".join(drawn)}</svg>'
    )


def _stroke(kind: str) -> str:
    return "gap" if kind == "g" else f"k{kind}"

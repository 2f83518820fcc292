"""The small picture of a pair: the path of its beads over the similarity of all its passages, as SVG.

The source runs down, the target to the right. A straight diagonal is a faithful translation; a step is a passage that
one side lacks, a block off the diagonal one that stands elsewhere.
"""

from __future__ import annotations

import base64
import struct
import zlib
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from align.report.evidence import Evidence
from align.report.figures import row_class
from align.report.markup import esc
from align.writing.beads import BeadRow

SIZE = 300.0  # of the picture, in SVG units
_CELLS = 100  # of the similarity matrix, on a side
_MOST_PASSAGES = 1200  # on a side, for the matrix; of longer texts an even sample is compared
_LEVELS = 15

Boxes = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Layout:
    """Where the beads lie: ``boxes[i]`` is the first and last+1 source unit and target unit of row i."""

    boxes: Boxes
    source_units: int
    target_units: int


def layout(rows: Sequence[BeadRow]) -> Layout:
    """Places beads by the order of their positions, so that a moved passage lies off the diagonal.

    A gap has an empty interval on its missing side, where its predecessor ended.
    """
    source = _starts([row.source_positions for row in rows])
    target = _starts([row.target_positions for row in rows])
    boxes = np.zeros((len(rows), 4), np.int64)
    for i, row in enumerate(rows):
        before = boxes[i - 1] if i else boxes[0]
        start = source.get(i, int(before[1]))
        across = target.get(i, int(before[3]))
        boxes[i] = (
            start, start + len(row.source_positions), across, across + len(row.target_positions)
        )  # fmt: skip
    return Layout(
        boxes, sum(len(r.source_positions) for r in rows), sum(len(r.target_positions) for r in rows)
    )


def picture(rows: Sequence[BeadRow], where: Layout, evidence: Evidence | None, description: str) -> str:
    """The SVG: similarity as a shaded grid, gaps as bands, beads as boxes in the colour of their confidence."""
    n, m = max(where.source_units, 1), max(where.target_units, 1)
    parts = [
        f'<svg class="map" viewBox="0 0 {SIZE:.0f} {SIZE:.0f}" preserveAspectRatio="none" role="img" '
        f'aria-label="{esc(description)}">'
    ]
    if evidence is not None and where.source_units and where.target_units:
        parts.append(
            f'<image href="{_png(_shades(rows, where, evidence))}" width="{SIZE:.0f}" height="{SIZE:.0f}" '
            'preserveAspectRatio="none"/>'
        )
    parts += [f'<path class="{name}" d="{d}"/>' for name, d in _paths(rows, where, SIZE / n, SIZE / m)]
    parts.append('<rect class="view" width="300" height="0"/></svg>')
    return "".join(parts)


def _starts(positions: Sequence[tuple[str, ...]]) -> dict[int, int]:
    """For each row that has positions on this side, how many units come before its first."""
    there = [
        (tuple(int(n) for n in p[0].split(".") if n.isdecimal()), i) for i, p in enumerate(positions) if p
    ]
    starts, before = {}, 0
    for _, i in sorted(there):
        starts[i] = before
        before += len(positions[i])
    return starts


def _paths(rows: Sequence[BeadRow], where: Layout, down: float, across: float) -> list[tuple[str, str]]:
    """One SVG path for each class; neighbours that would fall on the same point are drawn as one, the worst showing."""
    drawn: dict[str, list[str]] = {}
    pending: tuple[float, float, float, float, str] | None = None
    for row, box in zip(rows, where.boxes.tolist(), strict=True):
        y, y2, x, x2 = box[0] * down, box[1] * down, box[2] * across, box[3] * across
        kind = row_class(row)
        if kind == "g":
            kind = "gs" if row.source_positions else "gt"
            x, x2 = (0.0, SIZE) if kind == "gs" else (x, x2)
            y, y2 = (0.0, SIZE) if kind == "gt" else (y, y2)
        if pending and (merged := _merged(pending, (y, y2, x, x2, kind))):
            pending = merged
            continue
        if pending:
            _draw(drawn, pending)
        pending = y, y2, x, x2, kind
    if pending:
        _draw(drawn, pending)
    order = ("gs", "gt", "4", "3", "2", "1", "0")  # the worst is drawn last, on top
    return [("k" + kind if kind.isdigit() else kind, "".join(drawn[kind])) for kind in order if kind in drawn]


def _merged(
    one: tuple[float, float, float, float, str], other: tuple[float, float, float, float, str]
) -> tuple[float, float, float, float, str] | None:
    """Both as one box where that stays smaller than a point of the screen; gaps only with gaps of their side."""
    gaps = "g" in one[4] or "g" in other[4]
    if gaps and one[4] != other[4]:
        return None
    y, y2, x, x2 = min(one[0], other[0]), max(one[1], other[1]), min(one[2], other[2]), max(one[3], other[3])
    adjacent = other[0] <= one[1] + 1e-6 if one[4] == "gs" else other[2] <= one[3] + 1e-6
    small = adjacent if gaps else y2 - y <= 1 and x2 - x <= 1
    return (y, y2, x, x2, min(one[4], other[4])) if small else None


def _draw(drawn: dict[str, list[str]], box: tuple[float, float, float, float, str]) -> None:
    y, y2, x, x2, kind = box
    least = 0.6 if "g" in kind else 1.6
    width, height = max(x2 - x, least), max(y2 - y, least)
    drawn.setdefault(kind, []).append(f"M{x:.1f} {y:.1f}h{width:.1f}v{height:.1f}h-{width:.1f}z")


def _shades(rows: Sequence[BeadRow], where: Layout, evidence: Evidence) -> NDArray[np.uint8]:
    """Similarity of the passages at each cell of the grid, as levels 0 to 15."""
    down = _sampled([i for i, row in enumerate(rows) if row.source_positions])
    across = _sampled([i for i, row in enumerate(rows) if row.target_positions])
    alike = evidence.vectors(0, down) @ evidence.vectors(1, across).T
    alike -= np.maximum(alike.mean(axis=1, keepdims=True), 0)  # what is like everything says little
    alike = _pooled(alike, where.boxes[down, 0], where.boxes[down, 1], where.source_units)
    alike = _pooled(alike.T, where.boxes[across, 2], where.boxes[across, 3], where.target_units).T
    low, high = np.quantile(alike, (0.5, 0.998))
    if not high > low:
        return np.zeros(alike.shape, np.uint8)
    levels: NDArray[np.uint8] = np.clip((alike - low) / (high - low) * _LEVELS, 0, _LEVELS).astype(np.uint8)
    return levels


def _sampled(items: list[int]) -> list[int]:
    step = -(-len(items) // _MOST_PASSAGES)
    return items[:: max(step, 1)]


def _pooled(alike: NDArray[np.float32], first: Boxes, end: Boxes, units: int) -> NDArray[np.float32]:
    """Rows of passages as rows of at most `_CELLS` cells: the best of the passages that touch a cell."""
    cells = min(units, _CELLS)
    out = np.zeros((cells, alike.shape[1]), np.float32)
    start = first * cells // units
    stop = np.maximum(-(-end * cells // units), start + 1)
    for row, a, b in zip(alike, start.tolist(), stop.tolist(), strict=True):
        np.maximum(out[a:b], row, out=out[a:b])
    return out


def _png(levels: NDArray[np.uint8]) -> str:
    """A data URL: black at sixteen opacities, so that it shades any background (PNG, 2nd edition, W3C 2003)."""
    height, width = levels.shape
    raw = b"".join(b"\0" + row.tobytes() for row in levels)
    palette = bytes(3 * (_LEVELS + 1))
    opacity = bytes(round(level / _LEVELS * 200) for level in range(_LEVELS + 1))
    header = struct.pack(">IIBBBBB", width, height, 8, 3, 0, 0, 0)
    chunks = (
        (b"IHDR", header),
        (b"PLTE", palette),
        (b"tRNS", opacity),
        (b"IDAT", zlib.compress(raw, 9)),
        (b"IEND", b""),
    )
    png = b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        for kind, data in chunks
    )
    return "data:image/png;base64," + base64.b64encode(png).decode()

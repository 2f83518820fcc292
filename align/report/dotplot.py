"""The small picture of a pair: the path of its beads over the similarity of all its passages. Drawn by chart.html.

The source runs down, the target to the right. A straight diagonal is a faithful translation; a step is a passage that
one side lacks, a block off the diagonal one that stands elsewhere.
"""

from __future__ import annotations

import base64
import struct
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from align._internal.arrays import Ints
from align._internal.products import product
from align.document import parse_position
from align.formats.beads import BeadRow
from align.report.evidence import Evidence
from align.report.statistics import confidence_class

SIZE = 300.0  # of the picture, in SVG units
_CELLS = 100  # of the similarity matrix, on a side
_MOST_PASSAGES = 1200  # on a side, for the matrix; of longer texts an even sample is compared
_LEVELS = 15


@dataclass(frozen=True, slots=True)
class Layout:
    """Where the beads lie: ``boxes[i]`` is the first and last+1 source unit and target unit of row i."""

    boxes: Ints
    source_units: int
    target_units: int


def layout(rows: Sequence[BeadRow]) -> Layout:
    """Places beads by the order of their positions, so that a reordered passage lies off the diagonal.

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


class Picture(NamedTuple):
    """What the picture shows.

    Attributes:
        size: of a side, in SVG units.
        shading: the similarity of the passages as a data URL; None where it is not known.
        paths: a class of the style sheet and a path for each, the lowest first.
    """

    size: int
    shading: str | None
    paths: list[tuple[str, str]]


def picture(rows: Sequence[BeadRow], where: Layout, evidence: Evidence | None) -> Picture:
    """Similarity as a shaded grid, gaps as bands, beads as boxes in the colour of their confidence."""
    n, m = max(where.source_units, 1), max(where.target_units, 1)
    shading = None
    if evidence is not None and where.source_units and where.target_units:
        shading = _png(_shades(rows, where, evidence))
    return Picture(round(SIZE), shading, _paths(rows, where, SIZE / n, SIZE / m))


def _starts(positions: Sequence[tuple[str, ...]]) -> dict[int, int]:
    """For each row that has positions on this side, how many units come before its first."""
    there = [(parse_position(p[0]), i) for i, p in enumerate(positions) if p]
    starts, before = {}, 0
    for _, i in sorted(there):
        starts[i] = before
        before += len(positions[i])
    return starts


@dataclass(slots=True)
class _Box:
    """A stretch of the path, or a gap, in SVG units; `confidence` sums over `beads`."""

    kind: str  # "bead", or a gap of the source ("gs") or of the target ("gt")
    y: float
    y2: float
    x: float
    x2: float
    confidence: float
    beads: int = 1

    def takes(self, other: _Box) -> bool:
        """Takes in a neighbour that would fall on the same point of the screen; gaps only those of their side."""
        if self.kind != other.kind:
            return False
        y, y2, x, x2 = (
            min(self.y, other.y),
            max(self.y2, other.y2),
            min(self.x, other.x),
            max(self.x2, other.x2),
        )
        if self.kind == "bead":
            near = y2 - y <= 1 and x2 - x <= 1
        else:
            near = (other.y <= self.y2 + 1e-6) if self.kind == "gs" else (other.x <= self.x2 + 1e-6)
        if near:
            self.y, self.y2, self.x, self.x2 = y, y2, x, x2
            self.confidence += other.confidence
            self.beads += other.beads
        return near

    @property
    def name(self) -> str:
        """The class of the style sheet."""
        return f"k{confidence_class(self.confidence / self.beads)}" if self.kind == "bead" else self.kind

    def path(self) -> str:
        least = 1.6 if self.kind == "bead" else 0.6
        width, height = max(self.x2 - self.x, least), max(self.y2 - self.y, least)
        return f"M{self.x:.1f} {self.y:.1f}h{width:.1f}v{height:.1f}h-{width:.1f}z"


def _paths(rows: Sequence[BeadRow], where: Layout, down: float, across: float) -> list[tuple[str, str]]:
    """One SVG path for each class: gaps below, the doubtful beads on top."""
    drawn: dict[str, list[str]] = {}
    pending: _Box | None = None
    for row, (s, s2, t, t2) in zip(rows, where.boxes.tolist(), strict=True):
        box = _Box("bead", s * down, s2 * down, t * across, t2 * across, row.confidence)
        if not row.target_positions:
            box.kind, box.x, box.x2 = "gs", 0.0, SIZE
        elif not row.source_positions:
            box.kind, box.y, box.y2 = "gt", 0.0, SIZE
        if pending and pending.takes(box):
            continue
        if pending:
            drawn.setdefault(pending.name, []).append(pending.path())
        pending = box
    if pending:
        drawn.setdefault(pending.name, []).append(pending.path())
    order = ("gs", "gt", "k4", "k3", "k2", "k1", "k0")
    return [(name, "".join(drawn[name])) for name in order if name in drawn]


def _shades(rows: Sequence[BeadRow], where: Layout, evidence: Evidence) -> NDArray[np.uint8]:
    """Similarity of the passages at each cell of the grid, as levels 0 to 15."""
    down = _sampled([i for i, row in enumerate(rows) if row.source_positions])
    across = _sampled([i for i, row in enumerate(rows) if row.target_positions])
    alike = product(evidence.vectors(0, down), evidence.vectors(1, across).T)
    # A passage that is like everything says little: what counts is how much more alike two are than usual for both.
    usual = alike.mean(axis=1, keepdims=True), alike.mean(axis=0, keepdims=True)
    alike -= usual[0] + usual[1] - alike.mean()
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


def _pooled(alike: NDArray[np.float32], first: Ints, end: Ints, units: int) -> NDArray[np.float32]:
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

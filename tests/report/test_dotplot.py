from __future__ import annotations

import base64
import re
import zlib

import numpy as np
from lxml import etree

from align.formats.beads import BeadRow
from align.report.dotplot import _png, layout, picture
from align.report.evidence import Evidence
from align.report.markup import environment

from ..run_builder import bead


def test_beads_lie_where_their_positions_say() -> None:
    rows = [
        BeadRow(0, "2-1", ("p0s0", "p0s1"), ("p0s0",), 1.0, "a", "b"),
        BeadRow(1, "1-0", ("p1s0",), (), 1.0, "a", ""),
        BeadRow(2, "1-1", ("p2s0",), ("p9s0",), 1.0, "a", "b"),  # stands last in the target
        BeadRow(3, "1-1", ("p10s0",), ("p2s0",), 1.0, "a", "b"),  # 10 comes after 2
    ]
    found = layout(rows)
    assert found.boxes.tolist() == [[0, 2, 0, 1], [2, 3, 1, 1], [3, 4, 2, 3], [4, 5, 1, 2]]
    assert (found.source_units, found.target_units) == (5, 3)


def test_a_missing_chapter_is_one_band() -> None:
    rows = [bead(i, "a", "" if 40 <= i < 60 else "b", 0.95) for i in range(100)]
    drawn = picture(rows, layout(rows), None)
    chart = environment().get_template("chart.html").module
    tree = etree.fromstring(chart.map(drawn, 'a "picture" & more'))  # type: ignore[attr-defined]
    assert tree.get("aria-label") == 'a "picture" & more'
    (band,) = tree.findall("path[@class='gs']")
    assert re.fullmatch(r"M0.0 120.0h300.0v60.0h-300.0z", band.get("d") or "")
    assert tree.find("image") is None
    assert tree.find("rect[@class='view']") is not None


def test_long_texts_stay_small() -> None:
    rows = [bead(i, "a", "b", 0.95) for i in range(20_000)]
    assert sum(len(path) for _, path in picture(rows, layout(rows), None).paths) < 20_000
    assert picture([], layout([]), Evidence([], [])) == (300, None, [])


def test_the_shading_is_a_png() -> None:
    levels = np.arange(6, dtype=np.uint8).reshape(2, 3)
    raw = base64.b64decode(_png(levels).removeprefix("data:image/png;base64,"))
    assert raw[:8] == b"\x89PNG\r\n\x1a\n"
    start = raw.index(b"IDAT")
    size = int.from_bytes(raw[start - 4 : start], "big")
    assert zlib.decompress(raw[start + 4 : start + 4 + size]) == b"\0\0\1\2\0\3\4\5"
    crc = int.from_bytes(raw[start + 4 + size : start + 8 + size], "big")
    assert zlib.crc32(raw[start : start + 4 + size]) == crc

from __future__ import annotations

import base64
import re
import zlib

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from align.formats.beads import BeadRow
from align.report.dotplot import _png, layout, picture
from align.report.evidence import Evidence
from align.report.markup import environment

from ..run_builder import bead


def test_beads_lie_where_their_positions_say() -> None:
    rows = [
        BeadRow(0, "2-1", ("0.0", "0.1"), ("0.0",), 1.0, "a", "b"),
        BeadRow(1, "1-0", ("1.0",), (), 1.0, "a", ""),
        BeadRow(2, "1-1", ("2.0",), ("9.0",), 1.0, "a", "b"),  # moved: stands last in the target
        BeadRow(3, "1-1", ("10.0",), ("2.0",), 1.0, "a", "b"),  # 10 comes after 2
    ]
    found = layout(rows)
    assert found.boxes.tolist() == [[0, 2, 0, 1], [2, 3, 1, 1], [3, 4, 2, 3], [4, 5, 1, 2]]
    assert (found.source_units, found.target_units) == (5, 3)
    assert len(found.moved()) == 1


@given(st.permutations(range(12)), st.integers(0, 11))
def test_one_passage_that_moved_is_found(order: list[int], taken: int) -> None:
    """Taking one unit out and putting it elsewhere moves that one; any order leaves a run in the same order."""
    rows = [BeadRow(i, "1-1", (f"{i}",), (f"{t}",), 1.0, "a", "b") for i, t in enumerate(order)]
    kept = [order[i] for i in range(12) if i not in layout(rows).moved()]
    assert kept == sorted(kept)
    targets = [i for i in range(12) if i != taken]
    targets.insert((taken + 5) % 12, taken)
    rows = [BeadRow(i, "1-1", (f"{i}",), (f"{t}",), 1.0, "a", "b") for i, t in enumerate(targets)]
    assert len(layout(rows).moved()) == 1


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

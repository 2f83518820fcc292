from __future__ import annotations

from typing import Any

from lxml import etree

from align.report.chart import bar, histogram, strip
from align.report.markup import environment
from align.report.statistics import BINS


def drawn(name: str, *values: object) -> etree._Element:
    charts: Any = environment().get_template("chart.html").module
    return etree.fromstring(str(getattr(charts, name)(*values)))


def test_a_rare_doubt_shows_beside_many_safe_beads() -> None:
    counts = [0] * BINS
    counts[2], counts[-1] = 1, 10_000
    svg = drawn("histogram", histogram(counts), 'a "label" <b>')
    assert svg.get("aria-label") == 'a "label" <b>'
    columns = svg.findall("rect")
    assert len(columns) == BINS
    assert [columns[i].findtext("title") for i in (2, -1)] == [
        "0.10 to 0.15: 1 beads",
        "0.95 to 1.00: 10,000 beads",
    ]
    assert [columns[i].get("class") for i in (2, -1)] == ["k0", "k4"]
    assert [float(columns[i].get("height") or 0) for i in (1, 2, -1)] == [0, 1.5, 80]
    assert float(columns[-1].get("y") or -1) == 0
    assert float(columns[-1].get("x") or 0) + 10.5 <= float((svg.get("viewBox") or "").split()[2])


def test_the_strip_has_a_cell_for_each_part() -> None:
    svg = drawn("strip", strip("44g04"), "")
    assert (svg.get("viewBox") or "").split()[2] == "5"
    assert {path.get("class"): path.get("d") for path in svg} == {
        "k0": "M3 5h1",
        "k4": "M0 5h2M4 5h1",
        "gap": "M2 5h1",
    }


def test_the_parts_of_a_bar_fill_it() -> None:
    svg = drawn("bar", bar([("paired", 3), ("failed", 0), ("removed", 1)]), "")
    assert [(part.get("class"), part.get("x"), part.get("width")) for part in svg] == [
        ("paired", "0.0", "750.0"),
        ("removed", "750.0", "250.0"),
    ]
    assert len(drawn("bar", bar([]), "")) == 0

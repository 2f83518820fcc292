from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from align.formats.beads import BeadRow
from align.report.statistics import BINS, STRIP, figures, missing, total

from ..run_builder import bead

kinds = st.sampled_from([("a", "b"), ("a", ""), ("", "b")])
lists = st.lists(st.tuples(kinds, st.floats(0, 1)), max_size=200).map(
    lambda items: [bead(i, *sides, confidence) for i, (sides, confidence) in enumerate(items)]
)


@given(lists)
def test_every_bead_is_counted_once(rows: list[BeadRow]) -> None:
    found = figures(rows)
    assert found.total == len(rows) == sum(count for _, count in found.types)
    assert sum(found.histogram) == found.beads
    assert len(found.histogram) == BINS
    assert len(found.strip) == min(len(rows), STRIP)
    assert found.doubtful == sum(row.confidence < 0.7 for row in rows)  # gaps are, too
    assert total([found, found]).total == 2 * len(rows)


def test_what_a_reviewer_decided_is_not_doubtful() -> None:
    doubted = bead(0, "a", "b", 0.69)
    decided = [replace(doubted, review=review) for review in ("accepted", "rejected")]
    assert figures([doubted, bead(1, "a", "", 0.3), bead(2, "a", "b", 0.7), *decided]).doubtful == 2


def test_the_strip_shows_the_worst_and_where_gaps_prevail() -> None:
    rows = [bead(i, "a", "b", 0.95) for i in range(STRIP * 4)]
    rows[5] = bead(5, "a", "b", 0.1)
    rows[40:44] = [bead(i, "a", "", 0.9) for i in range(40, 44)]
    strip = figures(rows).strip
    assert (strip[0], strip[1], strip[10]) == ("4", "0", "g")
    assert strip.count("4") == STRIP - 2


def test_missing_stretches_are_named() -> None:
    rows = [bead(i, "a", "b") for i in range(10)]
    for i in (2, 3, 4, 8, 9):
        rows[i] = bead(i, "a", "")
    rows[3] = bead(3, "", "b")  # the other side in between does not end the stretch
    rows.insert(5, bead(90, "a", ""))
    (found,) = missing(rows, "source")
    assert (found.bead, found.first, found.last, found.units) == (2, "p2s0", "p90s0", 3)
    assert missing(rows, "target") == []
    assert figures([]).mean == 0
    assert total([]).histogram == (0,) * BINS

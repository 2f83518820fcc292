"""Two runs of the same texts side by side."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st
from lxml import html as lxml_html

from align.cli import cli
from align.corpus.folder import CorpusFolder, PairEntry
from align.errors import UsageError
from align.formats.beads import BeadRow
from align.report import write_comparison
from align.report.comparison import compare_beads, compare_runs
from align.review.session import Review

from ..run_builder import Pair, make_run
from .conftest import EVIL

TEXTS = {"a": ("en", "One.\nTwo.\nThree."), "b": ("de", "Eins.\nZwei.\nDrei."), "c": ("de", EVIL)}
PAIR = PairEntry("a", "b", "en", "de", "a--b", {})


def beads(*sides: tuple[str, str]) -> list[BeadRow]:
    """Beads of units that are named by numbers: ("0 1", "0") is a 2-1 bead."""
    found = []
    for number, (source, target) in enumerate(sides):
        left, right = (tuple(f"p{i}s0" for i in side.split()) for side in (source, target))
        found.append(
            BeadRow(number, f"{len(left)}-{len(right)}", left, right, 0.9, f"s{source}", f"t{target}")
        )
    return found


def test_what_differs_stands_together() -> None:
    here = beads(("0", "0"), ("1", "1"), ("2", "2"), ("3", ""))
    there = beads(("0", "0"), ("1 2", "1"), ("", "2"), ("3", ""), ("4", "4"))
    found = compare_beads(PAIR, "sentence", here, there)
    assert found.same == 2
    shapes = [([row.type for row in one.here], [row.type for row in one.there]) for one in found.differences]
    assert shapes == [(["1-1", "1-1"], ["2-1", "0-1"]), ([], ["1-1"])]
    assert (found.only_here, found.only_there) == ([], [(0, "p4s0"), (1, "p4s0")])
    assert found.decided == 0


@given(st.lists(st.integers(1, 3), max_size=12), st.lists(st.integers(1, 3), max_size=12))
def test_every_bead_is_the_same_or_in_one_difference(first: list[int], second: list[int]) -> None:
    def made(sizes: list[int]) -> list[BeadRow]:
        ends = [sum(sizes[: i + 1]) for i in range(len(sizes))]
        return beads(
            *[
                (" ".join(map(str, range(end - n, end))), str(i))
                for i, (n, end) in enumerate(zip(sizes, ends, strict=True))
            ]
        )

    here, there = made(first), made(second)
    found = compare_beads(PAIR, "sentence", here, there)
    assert found.same + sum(len(one.here) for one in found.differences) == len(here)
    assert found.same + sum(len(one.there) for one in found.differences) == len(there)


@pytest.fixture
def runs(tmp_path: Path) -> tuple[CorpusFolder, CorpusFolder]:
    one = make_run(
        tmp_path / "one",
        TEXTS,
        [
            Pair("a", "b", {"sentence": beads(("0", "0"), ("1", "1"), ("2", "2"))}),
            Pair("a", "c", {"sentence": []}),
        ],
    )
    turned = beads(("0", "0"), ("1", "1 2"), ("2", ""))
    other = make_run(tmp_path / "other", TEXTS, [Pair("b", "a", {"sentence": turned})])
    return one, other


def test_pages_show_what_differs_and_what_is_decided(runs: tuple[CorpusFolder, CorpusFolder]) -> None:
    one, other = runs
    review = Review(one, reviewer="Ann")
    bead = review.view(0, "sentence").beads[1]
    review.act(0, "sentence", {"kind": "set", "id": bead.id, "values": {"status": ["open", "accepted"]}})
    review.close()
    written = write_comparison(one, other)
    (pair,) = written.comparison.pairs
    assert (pair.same, len(pair.differences), pair.decided) == (1, 1, 1)
    assert written.comparison.only_here == [("a", "c")]
    index = lxml_html.parse(str(written.index)).getroot()
    (link,) = index.xpath("//*[@id='list-compared']//a/@href")
    page = lxml_html.parse(str(written.index.parent / link)).getroot()
    here, there = page.xpath("//*[@class='chunk']/*[@role='row']/*")
    assert "accepted by Ann" in " ".join(here.text_content().split())
    assert [text.strip() for text in there.xpath(".//b/text()")] == ["2-1", "0-1"]  # turned as here
    assert "script" not in [
        element.tag for element in page.iter() if element.text == "document.title='owned'"
    ]


def test_a_run_is_the_same_as_itself(runs: tuple[CorpusFolder, CorpusFolder]) -> None:
    found = compare_runs(runs[0], runs[0])
    assert [(pair.same, list(pair.differences)) for pair in found.pairs] == [(3, []), (0, [])]


def test_different_texts_are_refused(runs: tuple[CorpusFolder, CorpusFolder], tmp_path: Path) -> None:
    texts = {**TEXTS, "b": ("de", "Etwas anderes.")}
    changed = make_run(tmp_path / "changed", texts, [Pair("a", "b", {"sentence": beads(("0", "0"))})])
    with pytest.raises(
        UsageError, match=r"the text of 'b' is another one than in .*one; compare two runs of the same"
    ):
        compare_runs(runs[0], changed)
    strangers = make_run(tmp_path / "strangers", {"x": ("en", "X.")})
    with pytest.raises(UsageError, match="no document in common"):
        compare_runs(runs[0], strangers)


def test_the_command_says_how_much_differs(runs: tuple[CorpusFolder, CorpusFolder]) -> None:
    done = CliRunner().invoke(cli, ["report", str(runs[0].path), "--compare", str(runs[1].path)])
    assert done.exit_code == 0
    assert done.stdout == f"{runs[0].path}/report/compare/index.html\n"
    assert "1 pair in both, 1 only in" in done.stderr
    assert "1 bead the same, 1 place where they differ, 0 decided" in done.stderr

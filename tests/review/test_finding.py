"""What a reviewer looks for: filters, and words that are replaced after a preview."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from align.corpus.folder import CorpusFolder
from align.report.build import write_report
from align.review.actions import RefusedError
from align.review.checking import Checking
from align.review.filters import Filter
from align.review.replacing import replacements
from align.review.session import Conflict, Done, Review
from align.review.web.application import _Pages

from .builder import make_run

Open = Callable[..., Review]
PLACE = {"pair": "0", "level": "paragraph"}


@pytest.fixture
def run(tmp_path: Path) -> CorpusFolder:
    texts = {
        "a": (
            "en",
            "The old house (1887) stood.\nIt was cold (very.\nHe came.\nThe old man left.\nThe old cat slept.",
        ),
        "b": (
            "de",
            "Das alte Haus (1878) stand.\nEs war kalt (sehr).\nEr kam.\nDer alte Mann ging.\nDie alte Katze.",
        ),
    }
    return make_run(tmp_path / "out", texts, sizes=((1, 1), (1, 1), (1, 0), (0, 1), (1, 1)))


def found(review: Review, **asked: str) -> list[int]:
    wanted = Filter.asked({f"only_{name}": value for name, value in asked.items()})
    assert wanted is not None
    return Checking(review).matching(0, "paragraph", wanted)


def test_filters(run: CorpusFolder, open_review: Open) -> None:
    review = open_review(run)
    view = review.view(0, "paragraph")
    assert found(review, types="gaps") == [2, 3]
    assert found(review, types="1-1,1-0") == [0, 1, 2, 4, 5]
    assert found(review, checks="numbers") == [0]
    assert found(review, checks="brackets") == [1]
    assert found(review, checks="any") == [0, 1]
    assert found(review, low="0.3", high="0.8") == [
        k
        for k, bead in enumerate(view.beads)
        if bead.confidence is not None and 0.3 <= bead.confidence <= 0.8
    ]
    bead = view.beads[4]
    review.act(
        0,
        "paragraph",
        {"kind": "set", "id": bead.id, "values": {"status": ["open", "rejected"], "comment": ["", "x"]}},
    )
    assert found(review, statuses="rejected") == found(review, commented="1") == [4]
    assert found(review, ratio="1") == [0, 1, 4, 5]
    assert found(review, ratio="9") == []
    # What an edit mends fails no more.
    review.act(
        0,
        "paragraph",
        {"kind": "set", "id": view.beads[1].id, "values": {"source_edit": [None, "It was cold (very)."]}},
    )
    assert found(review, checks="any") == [0]
    assert Filter.asked({}) is None
    assert found(open_review(run, skip_checks=frozenset({"numbers"})), checks="any") == []


@pytest.mark.parametrize(
    "wrong", [{"only_checks": "colour"}, {"only_low": "2"}, {"only_statuses": "done"}, {"only_low": "x"}]
)
def test_a_filter_that_is_none_is_refused(wrong: dict[str, str]) -> None:
    with pytest.raises(ValueError, match=r"is no|is none|could not convert"):
        Filter.asked(wrong)


def test_the_page_is_told_what_fits(run: CorpusFolder, open_review: Open) -> None:
    pages = _Pages(open_review(run))
    asked = {**PLACE, "only_checks": "any"}
    assert pages.filtered({**asked, "start": "0"}) == {"pair": 0, "index": 1, "count": 2, "at": 2}
    assert pages.filtered({**asked, "start": "1"}) == {"pair": 0, "index": 0, "count": 2, "at": 1}
    assert pages.filtered({**asked, "start": "0", "backwards": "1"})["index"] == 1
    assert pages.filtered({**PLACE, "only_checks": "doubled", "start": "0"})["index"] is None
    rows = pages.beads({**asked, "start": "0", "count": "9"})["rows"]
    assert [row["left_out"] for row in rows] == [False, False, True, True, True, True]
    assert [row["checks"] for row in rows[:2]] == [("numbers",), ("brackets",)]
    assert len(pages.stretch({**asked, "index": "0"})["beads"]) == 2


def test_words_are_replaced_as_shown_and_taken_back_at_once(run: CorpusFolder, open_review: Open) -> None:
    review = open_review(run)
    view = review.view(0, "paragraph")
    review.act(
        0, "paragraph", {"kind": "set", "id": view.beads[0].id, "values": {"status": ["open", "accepted"]}}
    )
    shown = list(replacements(view, "old", "ancient"))
    assert [(one.field, one.after) for one in shown] == [
        ("source_edit", "The ancient house (1887) stood."),
        ("source_edit", "It was cancient (very."),
        ("source_edit", "The ancient man left."),
        ("source_edit", "The ancient cat slept."),
    ]
    assert list(replacements(view, "alte", "neue", ["source"])) == []
    assert list(replacements(view, "", "x")) == list(replacements(view, "old", "old")) == []
    texts = [[one.bead.id, one.field, one.before, one.after] for one in shown if "cold" not in one.before]
    request: dict[str, Any] = {"kind": "replace", "texts": texts}
    done = review.act(0, "paragraph", request)
    assert isinstance(done, Done)
    assert [k for k, bead in enumerate(review.view(0, "paragraph").beads) if bead.edited] == [0, 4, 5]
    assert review.view(0, "paragraph").beads[0].status == "accepted"
    assert isinstance(review.act(0, "paragraph", request), Conflict)  # the texts are others now
    review.undo(0, "paragraph")
    assert not any(bead.edited for bead in review.view(0, "paragraph").beads)
    with pytest.raises(RefusedError, match="at once"):
        review.act(0, "paragraph", {"kind": "replace", "texts": []})


def test_beads_are_found_by_their_words(run: CorpusFolder, open_review: Open) -> None:
    review = open_review(run)
    assert found(review, source="OLD") == [0, 1, 4, 5]  # cold, too
    assert found(review, source='"old"') == [0, 4, 5]
    assert found(review, source='"old"', target='"mann"') == [4]
    assert found(review, source='"old"', target='"mann"', lacking="1") == [0, 5]
    assert found(review, source='"old"', target='"mann" | "katze"', lacking="1") == [0]
    assert found(review, target='"kat"') == []
    assert found(review, source="he came", lacking="1") == [2]  # nothing is said that could be lacking
    assert Filter.asked({"only_lacking": "1"}) is None


def test_a_filter_goes_on_in_the_next_pair(tmp_path: Path, open_review: Open) -> None:
    texts = {name: ("en", f"One of {name}.\nTwo.") for name in "abc"}
    texts |= {name: ("de", f"Eins von {name}.\nZwei.") for name in "xyz"}
    run = make_run(tmp_path / "out", texts, pairs=[("a", "x"), ("b", "y"), ("c", "z")], sizes=((1, 1),))
    pages = _Pages(open_review(run))

    def go(pair: int, start: int, **asked: str) -> tuple[int, int | None, int]:
        place = {"pair": str(pair), "level": "paragraph", "start": str(start), **asked}
        answer = pages.filtered(place)
        return answer["pair"], answer["index"], answer["count"]

    assert go(0, 0, only_source="two") == (0, 1, 1)
    assert go(0, 1, only_source="two") == (0, 1, 1)
    assert go(0, 1, only_source="two", onwards="1") == (1, 1, 1)
    assert go(2, 1, only_source="two", onwards="1") == (0, 1, 1)
    assert go(0, 1, only_source="two", onwards="1", backwards="1") == (2, 1, 1)
    assert go(0, 0, only_source="one of c", onwards="1") == (2, 0, 1)
    assert go(1, 0, only_source="nothing", onwards="1") == (1, None, 0)


def test_the_report_counts_what_fails(run: CorpusFolder, open_review: Open) -> None:
    index = write_report(run).index
    assert "What the checks find" in index.read_text("utf-8")
    assert "1 <b>brackets</b>: a bracket has no partner on one side" in index.read_text("utf-8")
    review = open_review(run)
    bead = next(bead for bead in review.view(0, "sentence").beads if "(very" in bead.source_text)
    review.act(0, "sentence", {"kind": "set", "id": bead.id, "values": {"status": ["open", "rejected"]}})
    assert "<b>brackets</b>" not in write_report(CorpusFolder(run.path)).index.read_text("utf-8")

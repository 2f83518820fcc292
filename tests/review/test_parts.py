"""A sentence cut at the caret: nothing is lost, it is undone, comes back on a new alignment, and goes out."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from align.corpus.folder import CorpusFolder
from align.document import joined, parse_position
from align.formats.beads import read_tsv
from align.jobs.export import Selection, export_run
from align.review import reviewed_rows, unplaced
from align.review.actions import RefusedError
from align.review.bead import ReviewBead, ReviewUnit, position_key
from align.review.decisions import apply_decisions, export_decisions
from align.review.gold import label
from align.review.parts import cut_as, cut_unit, together
from align.review.session import Conflict, Done, Review

from .builder import make_run

Open = Callable[..., Review]
TEXTS = {
    "a": ("en", "First one here.\nHe came in May. tea was ready then.\nLast one here."),
    "b": ("de", "Der erste hier.\nEr kam im Mai.\nDer Tee war fertig.\nDer letzte hier."),
}


@pytest.fixture
def run(tmp_path: Path) -> CorpusFolder:
    """Paragraphs 1-1, 1-2, 1-1; the second one is one unit that answers two."""
    return make_run(tmp_path / "out", TEXTS, sizes=((1, 1), (1, 2), (1, 1)))


def cut(review: Review, offset: int = 15) -> Done | Conflict:
    bead = review.view(0, "paragraph").beads[1]
    named = [{"id": bead.id, "version": bead.version}]
    return review.act(
        0, "paragraph", {"kind": "cut", "beads": named, "source": 1, "target": 1, "cuts": [[0, 0, offset]]}
    )


def ids(review: Review) -> list[str]:
    return [bead.id for bead in review.view(0, "paragraph").beads]


CUT = ["p0|p0", "p1:0-15|p1", "p1:16-35|p2", "p2|p3"]
WHOLE = ["p0|p0", "p1|p1 p2", "p2|p3"]


# Parts


@given(st.text(min_size=1, max_size=40), st.lists(st.integers(-2, 45), max_size=4))
def test_parts_are_the_text_to_the_character(text: str, offsets: list[int]) -> None:
    whole = ReviewUnit("p7s2", text, " ")
    pieces = [whole]
    for offset in offsets:
        for at, piece in enumerate(pieces):
            if two := cut_unit(piece, offset):
                pieces[at : at + 1] = two
                break
    assert joined(pieces) == text or len(pieces) == 1
    assert together(pieces, lambda _: whole) == (whole,)
    assert [piece.position for piece in cut_as([whole], pieces)] == [piece.position for piece in pieces]
    assert pieces == sorted(pieces, key=lambda unit: position_key(unit.position))
    for piece in pieces[len(pieces) > 1 :]:
        if ":" in piece.position:
            *_, first, last = parse_position(piece.position)
            assert text[first:last] == piece.text


# Reviewing


def test_a_unit_is_cut_undone_and_merged_again(run: CorpusFolder, open_review: Open) -> None:
    review = open_review(run)
    assert ids(review) == WHOLE
    assert isinstance(cut(review), Done)
    assert ids(review) == CUT
    beads = review.view(0, "paragraph").beads
    assert [bead.source_text for bead in beads[1:3]] == ["He came in May.", "tea was ready then."]
    assert [bead.type for bead in beads] == ["1-1"] * 4
    review.undo(0, "paragraph")
    assert ids(review) == WHOLE
    review.undo(0, "paragraph", redo=True)
    assert ids(review) == CUT
    named = [{"id": bead.id, "version": bead.version} for bead in review.view(0, "paragraph").beads[1:3]]
    review.act(0, "paragraph", {"kind": "merge", "beads": named})
    assert ids(review) == WHOLE
    assert not review.view(0, "paragraph").beads[1].by_hand  # the machine's again


@pytest.mark.parametrize("offset", [0, -1, 35, 99])
def test_a_cut_that_leaves_nothing_is_refused(run: CorpusFolder, open_review: Open, offset: int) -> None:
    review = open_review(run)
    with pytest.raises(RefusedError, match="choose a place inside the text"):
        cut(review, offset)
    assert ids(review) == WHOLE


def test_it_is_there_when_the_review_is_opened_again(run: CorpusFolder, open_review: Open) -> None:
    cut(open_review(run))
    assert ids(open_review(run)) == CUT
    assert label(open_review(run).view(0, "paragraph"), "p1|p1 p2") is None


def test_it_comes_back_on_another_alignment(run: CorpusFolder, open_review: Open, tmp_path: Path) -> None:
    review = open_review(run)
    cut(review)
    for at in (1, 2):
        id = ids(review)[at]
        review.act(0, "paragraph", {"kind": "set", "id": id, "values": {"status": ["open", "accepted"]}})
    review.close()
    make_run(run.path, TEXTS, sizes=((2, 1), (1, 3)))
    rows = list(reviewed_rows(run, run.pairs[0], "paragraph"))
    said = [(" ".join(r.row.source_positions), " ".join(r.row.target_positions), r.status) for r in rows]
    assert ("p1:0-15", "p1", "accepted") in said
    assert ("p1:16-35", "p2", "accepted") in said
    every = [position for source, _, _ in said for position in source.split()]
    assert every == ["p0", "p1:0-15", "p1:16-35", "p2"]
    assert unplaced(run, run.pairs[0], "paragraph") == []


def test_what_finds_no_place_cuts_nothing(run: CorpusFolder, open_review: Open) -> None:
    cut(open_review(run))
    make_run(
        run.path,
        {"a": TEXTS["a"], "b": ("de", "Ganz anderer Text.\nUnd noch einer.\nEnde.")},
        sizes=((1, 1),),
    )
    rows = list(reviewed_rows(run, run.pairs[0], "paragraph"))
    assert [r.row.source_positions for r in rows] == [("p0",), ("p1",), ("p2",)]
    assert len(unplaced(run, run.pairs[0], "paragraph")) == 2


def test_where_paragraphs_moved_the_cut_moves_along(run: CorpusFolder, open_review: Open) -> None:
    cut(open_review(run))
    moved = {"a": ("en", "New.\n" + TEXTS["a"][1]), "b": ("de", "Neu.\n" + TEXTS["b"][1])}
    make_run(run.path, moved, sizes=((1, 1), (1, 1), (1, 2), (1, 1)))
    assert ids(open_review(run)) == ["p0|p0", "p1|p1", "p2:0-15|p2", "p2:16-35|p3", "p3|p4"]


def test_it_goes_out_and_comes_back_as_a_table(run: CorpusFolder, open_review: Open, tmp_path: Path) -> None:
    review = open_review(run)
    cut(review)
    for at in (1, 2):
        id = ids(review)[at]
        review.act(0, "paragraph", {"kind": "set", "id": id, "values": {"status": ["open", "accepted"]}})
    export_run(run, tmp_path / "c.tsv", Selection(level="paragraph"))
    rows = list(read_tsv(tmp_path / "c.tsv"))
    assert [(row.source_positions, row.source) for row in rows[1:3]] == [
        (("p1:0-15",), "He came in May."), (("p1:16-35",), "tea was ready then.")
    ]  # fmt: skip
    assert export_decisions(run, review.store, tmp_path / "d.tsv") == 2
    review.close()
    (run.path / "review.sqlite").unlink()
    again = open_review(run)
    found = apply_decisions(again, tmp_path / "d.tsv")
    assert found.problems == ()
    assert ids(again) == CUT
    assert {bead.status for bead in again.view(0, "paragraph").beads[1:3]} == {"accepted"}


def test_a_bead_with_a_part_counts_as_one_unit() -> None:
    bead = ReviewBead((ReviewUnit("p1:0-4", "Here"),), (ReviewUnit("p2s1:3-9", "dorthi"),))
    assert bead.type == "1-1"

from __future__ import annotations

import csv
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from align._internal.tables import write_table
from align.corpus.folder import CorpusFolder
from align.document import LEVELS
from align.errors import InputError
from align.review import reviewed_rows, unplaced
from align.review.decisions import DECISION_COLUMNS, apply_decisions, export_decisions
from align.review.results import reading
from align.review.session import Conflict, Review

from .builder import LETTERS, make_run

Open = Callable[..., Review]


def decide(review: Review) -> None:
    """Some of everything."""

    def beads() -> Any:
        return review.view(0, "paragraph").beads

    def named(*found: Any) -> list[dict[str, str]]:
        return [{"id": bead.id, "version": bead.version} for bead in found]

    def set_(bead: Any, name: str, value: Any) -> None:
        review.act(
            0, "paragraph", {"kind": "set", "id": bead.id, "values": {name: [getattr(bead, name), value]}}
        )

    set_(beads()[0], "status", "accepted")
    review.act(0, "paragraph", {"kind": "cut", "beads": named(beads()[1]), "source": 1, "target": 1})
    set_(beads()[1], "status", "accepted")
    set_(beads()[2], "status", "rejected")
    set_(beads()[2], "comment", 'two\nlines, "quoted"\tand a tab')
    set_(beads()[4], "source_edit", "=1+1 edited")
    set_(beads()[4], "mark", True)


def export(run: CorpusFolder, path: Path, **options: Any) -> list[dict[str, str]]:
    store = reading(run)
    export_decisions(run, store, path, **options)
    if store:
        store.close()
    with open(path, encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream, delimiter="\t"))


def contents(run: CorpusFolder) -> list[Any]:
    rows = reviewed_rows(run, run.pairs[0], "paragraph")
    return [
        (r.row.source_positions, r.row.target_positions, r.row.source, r.status, r.comment, r.row.reordered)
        for r in rows
    ]


def test_decisions_go_out_and_come_back(letters: CorpusFolder, open_review: Open, tmp_path: Path) -> None:
    review = open_review(letters)
    decide(review)
    rows = export(letters, tmp_path / "d.tsv")
    assert tuple(rows[0]) == DECISION_COLUMNS
    assert {row["reviewer"] for row in rows} == {"ana"}
    assert all(row["time"].endswith("Z") and row["fits"] == "yes" for row in rows)
    other = make_run(tmp_path / "other", LETTERS)
    applied = apply_decisions(open_review(other, "bob"), tmp_path / "d.tsv")
    assert (applied.applied, applied.problems) == (len(rows), ())
    assert contents(other) == contents(letters)
    assert export(other, tmp_path / "e.tsv") == rows  # with who and when
    again = apply_decisions(open_review(other, "bob"), tmp_path / "d.tsv")
    assert (again.applied, again.unchanged) == (0, len(rows))


def test_every_bead_can_be_listed_and_filled_in(
    letters: CorpusFolder, open_review: Open, tmp_path: Path
) -> None:
    rows = export(letters, tmp_path / "all.tsv", every=True)
    beads = [len(list(letters.beads(letters.pairs[0], level))) for level in ("paragraph", "sentence")]
    assert len(rows) == sum(beads)
    for row in rows[:3]:
        row["status"] = "accepted"
    write_table(tmp_path / "filled.tsv", DECISION_COLUMNS, [tuple(row.values()) for row in rows])
    applied = apply_decisions(open_review(letters), tmp_path / "filled.tsv")
    assert (applied.applied, applied.unchanged, applied.problems) == (3, len(rows) - 3, ())


def test_what_cannot_be_applied_is_named_and_the_rest_is(
    letters: CorpusFolder, open_review: Open, tmp_path: Path
) -> None:
    names = (
        "source",
        "target",
        "level",
        "status",
        "source_positions",
        "target_positions",
        "source_text",
        "reordered",
    )
    rows = [
        ("a", "b", "paragraph", "accepted", "p0", "p0", "Zero.", ""),
        ("b", "a", "paragraph", "rejected", "p1", "p1 p2", "", ""),  # the other way round
        ("a", "b", "paragraph", "accepted", "p99", "p0", "", ""),
        ("a", "b", "paragraph", "accepted", "p3", "", "Something else.", ""),
        ("a", "b", "chapter", "accepted", "0", "0", "", ""),
        ("a", "c", "paragraph", "accepted", "0", "0", "", ""),
        ("a", "b", "paragraph", "great", "0", "0", "", ""),
        ("a", "b", "paragraph", "accepted", "", "", "", ""),
        ("a", "b", "paragraph", "open", "p4", "p2", "", "perhaps"),
    ]
    write_table(tmp_path / "d.tsv", names, rows)
    applied = apply_decisions(open_review(letters), tmp_path / "d.tsv")
    assert applied.applied == 2
    expected = [
        "row 4: there is no source position p99",
        "row 5: source_text is not the text at these positions any more: 'Something else.'",
        "row 6: level 'chapter' is none of paragraph, sentence",
        "row 7: the run has no pair 'a' – 'c'",
        "row 8: status 'great' is none of",
        "row 9: names no positions",
        "row 10: reordered is 'perhaps', neither yes nor no",
    ]
    assert len(applied.problems) == len(expected)
    for problem, said in zip(applied.problems, expected, strict=True):
        assert said in problem
    statuses = {
        (r.row.source_positions, r.row.target_positions): r.status
        for r in reviewed_rows(letters, letters.pairs[0], "paragraph")
    }
    assert statuses[("p0",), ("p0",)] == "accepted"
    assert statuses[("p1", "p2"), ("p1",)] == "rejected"


def test_a_table_of_an_earlier_version_is_read(
    letters: CorpusFolder, open_review: Open, tmp_path: Path
) -> None:
    """It says 7 and 7.2 for p7 and p7s2, and moved for reordered."""
    names = ("source", "target", "level", "status", "source_positions", "target_positions", "moved")
    rows = [
        ("a", "b", "paragraph", "accepted", "1 2", "1", "yes"),
        ("a", "b", "sentence", "rejected", "0.0", "0.0", ""),
    ]
    write_table(tmp_path / "d.tsv", names, rows)
    applied = apply_decisions(open_review(letters), tmp_path / "d.tsv")
    assert (applied.applied, applied.problems) == (2, ())
    found = [
        (r.row.source_positions, r.row.target_positions, r.status, r.row.reordered)
        for level in LEVELS
        for r in reviewed_rows(letters, letters.pairs[0], level)
        if r.status != "open"
    ]
    assert found == [
        (("p1", "p2"), ("p1",), "accepted", True), (("p0s0",), ("p0s0",), "rejected", False),
    ]  # fmt: skip


def test_a_newer_decision_is_not_overruled_by_an_older_file(
    letters: CorpusFolder, open_review: Open, tmp_path: Path
) -> None:
    review = open_review(letters)
    bead = review.view(0, "paragraph").beads[0]
    review.act(0, "paragraph", {"kind": "set", "id": bead.id, "values": {"status": ["open", "accepted"]}})
    names = ("source", "target", "level", "status", "source_positions", "target_positions", "time")
    write_table(
        tmp_path / "d.tsv", names, [("a", "b", "paragraph", "rejected", "p0", "p0", "2001-01-01T00:00:00Z")]
    )
    applied = apply_decisions(review, tmp_path / "d.tsv")
    assert "ana decided on p0|p0 later" in applied.problems[0]
    write_table(tmp_path / "d.tsv", names, [("a", "b", "paragraph", "rejected", "0", "0", "")])
    assert apply_decisions(review, tmp_path / "d.tsv").applied == 1
    assert review.view(0, "paragraph").beads[0].status == "rejected"


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (None, "cannot be read"),
        (b"source\ttarget\nx\n", "no column level"),
        (b"source\ttarget\nx\ty\n", "no column level, status"),
        (b"\xff\xfe\x00", "tab-separated"),
    ],
)
def test_a_file_of_another_kind_is_refused(
    letters: CorpusFolder, open_review: Open, tmp_path: Path, content: bytes | None, said: str
) -> None:
    if content is not None:
        (tmp_path / "d.tsv").write_bytes(content)
    with pytest.raises(InputError, match=said):
        apply_decisions(open_review(letters), tmp_path / "d.tsv")


def test_decisions_survive_a_new_alignment(letters: CorpusFolder, open_review: Open, tmp_path: Path) -> None:
    review = open_review(letters)
    decide(review)
    before = contents(letters)
    review.close()
    make_run(letters.path, LETTERS, sizes=((1, 1),))  # other options
    now = CorpusFolder(letters.path)
    statuses = {r.row.source_positions: r for r in reviewed_rows(now, now.pairs[0], "paragraph")}
    assert statuses["p0",].status == "accepted"
    assert statuses["p1",].status == "accepted"
    assert statuses["p2",].status == "rejected"  # cut off by hand
    left = unplaced(now, now.pairs[0], "paragraph")
    assert [r.row.source for r in left] == ["=1+1 edited"]
    fits = {row["source_positions"]: row["fits"] for row in export(now, tmp_path / "d.tsv")}
    assert {source for source, fit in fits.items() if fit == "no"} == {
        row.row.source_positions[0] for row in left
    }
    make_run(letters.path, LETTERS)  # and back: all of it applies again
    assert contents(CorpusFolder(letters.path)) == before


def test_a_run_made_anew_under_an_open_review_is_read_again(letters: CorpusFolder, open_review: Open) -> None:
    review = open_review(letters)
    seen = review.view(0, "paragraph").beads[1]
    request = {"kind": "set", "id": seen.id, "values": {"status": ["open", "accepted"]}}
    make_run(letters.path, LETTERS, sizes=((1, 1),))
    conflict = review.act(0, "paragraph", request)
    assert isinstance(conflict, Conflict)
    assert [bead.id for bead in conflict.beads] == ["p1|p1", "p2|p2"]


def test_decisions_follow_texts_that_shifted(letters: CorpusFolder, open_review: Open) -> None:
    review = open_review(letters)
    decide(review)
    review.close()
    shifted = {"a": ("en", "New title.\n" + LETTERS["a"][1]), "b": ("zh", "新标题。\n" + LETTERS["b"][1])}
    make_run(letters.path, shifted, sizes=((1, 1), (1, 1), (2, 1), (1, 0), (1, 1), (1, 2)))
    now = CorpusFolder(letters.path)
    review = open_review(now)
    statuses = [(b.id, b.status) for b in review.view(0, "paragraph").beads if not b.pristine]
    assert ("p1|p1", "accepted") in statuses
    assert ("p2|p2", "accepted") in statuses
    assert ("p3|", "rejected") in statuses
    # An action on a shifted bead replaces its decision and touches no other.
    number = len(review.store.decisions(review.view(0, "paragraph").place))
    bead = review.view(0, "paragraph").find("p1|p1")
    assert bead is not None
    review.act(0, "paragraph", {"kind": "set", "id": bead.id, "values": {"comment": ["", "still good"]}})
    assert len(review.store.decisions(review.view(0, "paragraph").place)) == number
    again = open_review(now).view(0, "paragraph")
    assert [b.content for b in again.beads] == [b.content for b in review.view(0, "paragraph").beads]


def test_a_pair_that_is_gone_keeps_its_decisions(
    letters: CorpusFolder, open_review: Open, tmp_path: Path
) -> None:
    review = open_review(letters)
    decide(review)
    review.close()
    other = {"a": LETTERS["a"], "c": LETTERS["b"]}
    make_run(letters.path, other)
    now = CorpusFolder(letters.path)
    assert open_review(now).lost()[0]["target"] == "b"
    rows = export(now, tmp_path / "d.tsv")
    assert {(row["target"], row["fits"]) for row in rows} == {("b", "no")}


def test_a_pair_turned_round_keeps_its_decisions(letters: CorpusFolder, open_review: Open) -> None:
    review = open_review(letters)
    decide(review)
    before = {
        frozenset((r.row.source, r.row.target)): r.status
        for r in reviewed_rows(letters, letters.pairs[0], "paragraph")
        if r.status != "open"
    }
    review.close()
    sizes = ((1, 1), (1, 2), (0, 1), (1, 1), (2, 1), (1, 0))
    make_run(letters.path, {"b": LETTERS["b"], "a": LETTERS["a"]}, sizes=sizes)
    now = CorpusFolder(letters.path)
    after = {
        frozenset((r.row.source, r.row.target)): r.status
        for r in reviewed_rows(now, now.pairs[0], "paragraph")
        if r.status != "open"
    }
    assert after == before
    review = open_review(now, "ana")
    review.undo(0, "paragraph")  # the mark
    review.undo(0, "paragraph")  # the edit
    assert not any(r.edited for r in reviewed_rows(now, now.pairs[0], "paragraph"))

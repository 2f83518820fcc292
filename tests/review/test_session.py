from __future__ import annotations

import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from align.corpus.folder import CorpusFolder
from align.errors import InputError
from align.review import progress, reviewed_rows, unplaced
from align.review.actions import RefusedError
from align.review.bead import ReviewBead
from align.review.session import Conflict, Done, Review

from .builder import make_run

Open = Callable[..., Review]


def beads(review: Review, level: str = "paragraph") -> list[ReviewBead]:
    return review.view(0, level).beads  # type: ignore[arg-type]


def setting(bead: ReviewBead, name: str, value: Any) -> dict[str, Any]:
    return {"kind": "set", "id": bead.id, "values": {name: [getattr(bead, name), value]}}


def naming(*named: ReviewBead) -> list[dict[str, str]]:
    return [{"id": bead.id, "version": bead.version} for bead in named]


def act(review: Review, request: dict[str, Any], level: str = "paragraph") -> Done:
    done = review.act(0, level, request)  # type: ignore[arg-type]
    assert isinstance(done, Done)
    return done


def shape(review: Review, level: str = "paragraph") -> list[tuple[str, str]]:
    return [(bead.id, bead.status) for bead in beads(review, level)]


def test_a_decision_is_on_disk_before_act_returns(letters: CorpusFolder, open_review: Open) -> None:
    review = open_review(letters)
    act(review, setting(beads(review)[0], "status", "accepted"))
    other = sqlite3.connect(letters.path / "review.sqlite")
    assert other.execute("SELECT reviewer, kind FROM actions").fetchall() == [("ana", "accept")]
    assert other.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    other.close()
    assert review.store.connection.execute("PRAGMA synchronous").fetchone() == (2,)


def test_the_alignment_itself_is_never_touched(letters: CorpusFolder, open_review: Open) -> None:
    files = {path: path.read_bytes() for path in letters.path.rglob("*.tsv")}
    review = open_review(letters)
    act(review, {"kind": "merge", "beads": naming(*beads(review)[:2])})
    act(review, setting(beads(review)[0], "source_edit", "Other."))
    assert {path: path.read_bytes() for path in letters.path.rglob("*.tsv")} == files


def test_everything_survives_reopening(letters: CorpusFolder, open_review: Open) -> None:
    review = open_review(letters)
    act(review, {"kind": "merge", "beads": naming(*beads(review)[:2])})
    act(review, {"kind": "cut", "beads": naming(*beads(review)[3:5]), "source": 1, "target": 1})
    act(review, {"kind": "merge", "beads": naming(*beads(review)[1:3])})
    act(review, setting(beads(review)[0], "comment", "zweifelhaft\nsehr"))
    act(review, setting(beads(review)[0], "target_edit", "别的。"))
    act(review, setting(beads(review)[1], "mark", True))
    act(review, setting(beads(review)[2], "status", "rejected"))
    again = open_review(letters)
    assert [b.content for b in beads(again)] == [b.content for b in beads(review)]
    assert [b.time for b in beads(again)] == [b.time for b in beads(review)]
    rows = list(reviewed_rows(letters, letters.pairs[0], "paragraph"))
    assert rows[0].comment == "zweifelhaft\nsehr"
    assert rows[0].row.target == "别的。"
    assert rows[0].target_text == "零。一在这里。再来一个。"
    assert rows[0].edited
    assert rows[1].row.reordered
    assert rows[2].status == "rejected"
    assert progress(letters) == {
        "pairs": 1, "accepted": 0, "rejected": 1, "by_hand": 4, "edited": 1, "reviewers": ["ana"],
    }  # fmt: skip


def test_a_split_and_its_inverse(letters: CorpusFolder, open_review: Open) -> None:
    review = open_review(letters)
    before = [b.content for b in beads(review)]
    bead = beads(review)[1]
    assert (len(bead.source), len(bead.target)) == (2, 1)
    act(review, {"kind": "cut", "beads": naming(bead), "source": 1, "target": 1})
    first, second = beads(review)[1:3]
    assert (first.id, second.id) == ("p1|p1", "p2|")
    assert first.by_hand
    assert first.confidence is None
    act(review, {"kind": "merge", "beads": naming(first, second)})
    assert [b.content for b in beads(review)] == before
    assert beads(review)[1].confidence == bead.confidence
    assert not review.store.decisions(review.view(0, "paragraph").place)


def test_undo_and_redo_without_limit(letters: CorpusFolder, open_review: Open) -> None:
    review = open_review(letters)
    states = [shape(review)]
    for step in range(30):
        now = beads(review)
        if step % 3 == 0 and len(now) > 2:
            act(review, {"kind": "merge", "beads": naming(*now[:2])})
        elif step % 3 == 1:
            act(review, setting(now[-1], "status", "accepted" if now[-1].status == "open" else "open"))
        else:
            act(review, {"kind": "cut", "beads": naming(now[0]), "source": 1, "target": 0})
        states.append(shape(review))
    for state in reversed(states[:-1]):
        review.undo(0, "paragraph")
        assert shape(review) == state
    with pytest.raises(RefusedError, match="Nothing to undo"):
        review.undo(0, "paragraph")
    review = open_review(letters)  # the steps are in the log, not in the program
    for state in states[1:]:
        review.undo(0, "paragraph", redo=True)
        assert shape(review) == state
    with pytest.raises(RefusedError, match="Nothing to redo"):
        review.undo(0, "paragraph", redo=True)
    assert review.store.last_number() == 90


def test_an_action_after_undo_ends_redo(letters: CorpusFolder, open_review: Open) -> None:
    review = open_review(letters)
    act(review, setting(beads(review)[0], "status", "accepted"))
    review.undo(0, "paragraph")
    act(review, setting(beads(review)[0], "status", "rejected"))
    with pytest.raises(RefusedError):
        review.undo(0, "paragraph", redo=True)


def test_the_same_request_twice_is_done_once(letters: CorpusFolder, open_review: Open) -> None:
    review = open_review(letters)
    request = {"kind": "merge", "beads": naming(*beads(review)[:2]), "nonce": "n1"}
    first = act(review, request)
    again = act(open_review(letters), request)  # its answer was lost with the server
    assert again.number == first.number
    assert [b.id for b in again.beads] == [b.id for b in first.beads]
    assert review.store.last_number() == 1


def test_two_reviewers_on_different_beads_merge(letters: CorpusFolder, open_review: Open) -> None:
    ana, bob = open_review(letters, "ana"), open_review(letters, "bob")
    seen_by_bob = list(beads(bob))
    act(ana, {"kind": "merge", "beads": naming(*beads(ana)[:2])})
    act(bob, setting(seen_by_bob[3], "status", "accepted"))
    act(ana, setting(beads(ana)[0], "status", "accepted"))
    assert [b.content for b in beads(ana)] == [b.content for b in beads(bob)]
    assert {b.reviewer for b in beads(bob)} == {"", "ana", "bob"}


def test_two_reviewers_on_different_fields_of_a_bead_merge(letters: CorpusFolder, open_review: Open) -> None:
    ana, bob = open_review(letters, "ana"), open_review(letters, "bob")
    seen = beads(bob)[0]
    act(ana, setting(beads(ana)[0], "status", "accepted"))
    act(bob, setting(seen, "comment", "good"))
    assert (beads(ana)[0].status, beads(ana)[0].comment) == ("accepted", "good")


def test_a_conflict_is_shown_and_nothing_is_lost(letters: CorpusFolder, open_review: Open) -> None:
    ana, bob = open_review(letters, "ana"), open_review(letters, "bob")
    seen = beads(bob)[1]
    act(ana, setting(beads(ana)[1], "status", "accepted"))
    conflict = bob.act(0, "paragraph", setting(seen, "status", "rejected"))
    assert isinstance(conflict, Conflict)
    assert "ana changed this at 2026-01-01T" in conflict.message
    assert [b.status for b in conflict.beads] == ["accepted"]
    act(ana, {"kind": "merge", "beads": naming(*beads(ana)[1:3])})
    conflict = bob.act(0, "paragraph", setting(seen, "status", "rejected"))
    assert isinstance(conflict, Conflict)
    assert [b.id for b in conflict.beads] == ["p1 p2 p3|p1"]
    structural = bob.act(0, "paragraph", {"kind": "merge", "beads": naming(seen, beads(bob)[0])})
    assert isinstance(structural, Conflict)


def test_undo_takes_back_only_ones_own_and_skips_what_others_changed(
    letters: CorpusFolder, open_review: Open
) -> None:
    ana, bob = open_review(letters, "ana"), open_review(letters, "bob")
    act(ana, setting(beads(ana)[0], "status", "accepted"))
    act(ana, setting(beads(ana)[3], "comment", "mine"))
    act(bob, setting(beads(bob)[3], "comment", "bob's"))
    with pytest.raises(RefusedError):
        open_review(letters, "carol").undo(0, "paragraph")
    assert isinstance(ana.undo(0, "paragraph"), Conflict)
    assert beads(ana)[3].comment == "bob's"
    assert isinstance(ana.undo(0, "paragraph"), Done)
    assert beads(ana)[0].status == "open"


def test_several_beads_are_accepted_and_undone_as_one(letters: CorpusFolder, open_review: Open) -> None:
    review = open_review(letters)
    act(review, setting(beads(review)[1], "status", "rejected"))
    ids = [bead.id for bead in beads(review)]
    conflict = review.act(0, "paragraph", {"kind": "accept", "beads": ids[:4]})  # one of them is decided
    assert isinstance(conflict, Conflict)
    assert [b.status for b in beads(review)][:3] == ["open", "rejected", "open"]
    act(review, {"kind": "accept", "beads": ids[2:5]})
    assert [b.status for b in beads(review)][1:6] == ["rejected", "accepted", "accepted", "accepted", "open"]
    assert [b.status for b in beads(open_review(letters))] == [b.status for b in beads(review)]
    review.undo(0, "paragraph")
    assert [b.status for b in beads(review)][2:5] == ["open"] * 3


def test_a_merge_that_somebody_built_on_is_not_undone(letters: CorpusFolder, open_review: Open) -> None:
    ana, bob = open_review(letters, "ana"), open_review(letters, "bob")
    act(ana, {"kind": "merge", "beads": naming(*beads(ana)[:2])})
    act(bob, setting(beads(bob)[0], "comment", "I need this one"))
    assert isinstance(ana.undo(0, "paragraph"), Conflict)
    assert (beads(ana)[0].id, beads(ana)[0].comment) == ("p0 p1 p2|p0 p1", "I need this one")


@pytest.mark.parametrize(
    ("request_", "said"),
    [
        ({"kind": "frobnicate"}, "unknown action"),
        ({"kind": ["set"]}, "unknown action"),
        ({"kind": "set"}, "incomplete"),
        ({"kind": "set", "id": "p0|p0", "values": {"status": ["open", "great"]}}, "cannot be"),
        ({"kind": "set", "id": "p0|p0", "values": {"reviewer": ["", "eve"]}}, "cannot be"),
        ({"kind": "set", "id": "p0|p0", "values": {"source_edit": [None, "\x00\n "]}}, "cannot be emptied"),
        ({"kind": "set", "id": "p3|", "values": {"target_edit": [None, "new"]}}, "no text to edit"),
        ({"kind": "accept", "beads": []}, "Between 1 and 2000"),
        ({"kind": "merge", "beads": []}, "no beads"),
        ({"kind": "cut", "beads": "p0|p0", "source": 0, "target": 0}, "incomplete"),
    ],
)
def test_senseless_actions_are_refused(
    letters: CorpusFolder, open_review: Open, request_: dict[str, Any], said: str
) -> None:
    review = open_review(letters)
    with pytest.raises(RefusedError, match=said):
        review.act(0, "paragraph", request_)
    assert review.store.last_number() == 0


def test_only_neighbours_merge_and_no_piece_is_empty(letters: CorpusFolder, open_review: Open) -> None:
    review = open_review(letters)
    now = beads(review)
    with pytest.raises(RefusedError, match="Only neighbours"):
        review.act(0, "paragraph", {"kind": "merge", "beads": naming(now[0], now[2])})
    for source, target in ((0, 0), (1, 1), (5, 0)):
        with pytest.raises(RefusedError):
            review.act(
                0, "paragraph", {"kind": "cut", "beads": naming(now[0]), "source": source, "target": target}
            )


def test_edits_are_cleaned_and_follow_merges(letters: CorpusFolder, open_review: Open) -> None:
    review = open_review(letters)
    act(review, setting(beads(review)[0], "source_edit", "<b>Zero\ud800</b>\n\x00still"))
    assert beads(review)[0].source_edit == "<b>Zero\ufffd</b> still"
    merged = act(review, {"kind": "merge", "beads": naming(*beads(review)[:2])}).beads[0]
    assert merged.source_edit == "<b>Zero\ufffd</b> still One is here. One more. Two."
    assert merged.target_edit is None
    note = act(review, {"kind": "cut", "beads": naming(merged), "source": 1, "target": 1}).note
    assert "set back" in note
    review.undo(0, "paragraph")
    assert beads(review)[0].source_edit == merged.source_edit
    same = act(review, setting(beads(review)[0], "source_edit", beads(review)[0].source_text))
    assert same.beads[0].source_edit is None


def test_a_pair_that_is_not_there(letters: CorpusFolder, open_review: Open) -> None:
    with pytest.raises(InputError, match="no pair 7"):
        open_review(letters).view(7, "paragraph")


def test_without_a_review_nothing_is_made(letters: CorpusFolder) -> None:
    rows = list(reviewed_rows(letters, letters.pairs[0], "sentence"))
    assert [r.row for r in rows] == list(letters.beads(letters.pairs[0], "sentence"))
    assert {r.status for r in rows} == {"open"}
    assert unplaced(letters, letters.pairs[0], "sentence") == []
    assert progress(letters)["reviewers"] == []
    assert not (Path(letters.path) / "review.sqlite").exists()


def test_a_corpus_that_grows_brings_its_new_pairs(tmp_path: Path, open_review: Open) -> None:
    texts = dict.fromkeys("ab", ("en", "One.\nTwo.")) | dict.fromkeys("xy", ("de", "Eins.\nZwei."))
    run = make_run(tmp_path / "out", texts, pairs=[("a", "x")])
    review = open_review(run)
    bead = review.view(0, "paragraph").beads[0]
    review.act(0, "paragraph", {"kind": "set", "id": bead.id, "values": {"status": ["open", "accepted"]}})
    make_run(tmp_path / "out", texts, pairs=[("a", "x"), ("b", "y")], finished=False)
    review.sync()
    assert len(review.pairs) == 1  # not before all of it is there
    make_run(tmp_path / "out", texts, pairs=[("a", "x"), ("b", "y")])
    review.sync()
    assert (len(review.pairs), review.outdated) == (2, False)
    assert len(review.view(1, "paragraph")) == len(review.view(0, "paragraph"))
    assert review.view(0, "paragraph").counts()["accepted"] == 1
    assert [len(found) for found in review.doubts("paragraph")] != []
    make_run(tmp_path / "out", texts, pairs=[("b", "y"), ("a", "x"), ("a", "y")])
    review.sync()
    assert (len(review.pairs), review.outdated) == (2, True)

from __future__ import annotations

import hashlib
import json
import os
import re
import socket
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from tempfile import gettempdir

import pytest

from align.corpus.folder import CorpusFolder
from align.document import LEVELS, Level
from align.errors import InputError, OutputError
from align.review import progress, reviewed_rows, unplaced
from align.review.base import load_base
from align.review.session import Done, Review
from align.review.store import Place, Store
from align.review.web.server import address_file, bind

Open = Callable[..., Review]


def accept_first(review: Review) -> None:
    bead = review.view(0, "paragraph").beads[0]
    review.act(0, "paragraph", {"kind": "set", "id": bead.id, "values": {"status": ["open", "accepted"]}})


@pytest.fixture
def nobody() -> Iterator[None]:
    """Runs as a user who may not write everywhere."""
    if os.geteuid() == 0:
        os.seteuid(65534)
        yield
        os.seteuid(0)
    else:
        yield


def closed_to_others(path: Path) -> None:
    for folder in (path, *path.parents[: len(path.parents) - len(Path(gettempdir()).parts)]):
        folder.chmod(0o755)
    for file in path.rglob("*"):
        file.chmod(0o755 if file.is_dir() else 0o644)
    path.chmod(0o555)


def test_a_read_only_folder_is_said_to_be_one(
    letters: CorpusFolder, open_review: Open, request: pytest.FixtureRequest
) -> None:
    closed_to_others(letters.path)
    request.getfixturevalue("nobody")
    with pytest.raises(OutputError, match=r"cannot be written .*: decisions could not be kept"):
        open_review(letters)


def test_reviewed_rows_are_read_from_a_read_only_folder(
    letters: CorpusFolder, open_review: Open, request: pytest.FixtureRequest
) -> None:
    review = open_review(letters)
    accept_first(review)
    review.close()
    closed_to_others(letters.path)
    request.getfixturevalue("nobody")
    assert next(reviewed_rows(letters, letters.pairs[0], "paragraph")).status == "accepted"
    assert progress(letters)["accepted"] == 1


@pytest.mark.parametrize("content", [b"not a database at all " * 100, b""])
def test_a_damaged_file_is_named_and_left_alone(letters: CorpusFolder, content: bytes) -> None:
    file = letters.path / "review.sqlite"
    file.write_bytes(content)
    if not content:  # an empty file is a review that was never begun
        Store(letters.path).close()
        return
    with pytest.raises(InputError, match=r"review\.sqlite: damaged"):
        Store(letters.path)
    assert file.read_bytes() == content


def test_other_databases_and_newer_versions_are_refused(letters: CorpusFolder) -> None:
    file = letters.path / "review.sqlite"
    connection = sqlite3.connect(file)
    connection.execute("CREATE TABLE x (y)")
    connection.close()
    with pytest.raises(InputError, match="not a review of align"):
        Store(letters.path)
    file.unlink()
    Store(letters.path).close()
    connection = sqlite3.connect(file)
    connection.execute("PRAGMA user_version=99")
    connection.close()
    with pytest.raises(InputError, match="made by a newer align"):
        Store(letters.path)


def test_an_action_that_cannot_be_saved_changes_nothing(
    letters: CorpusFolder, open_review: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    review = open_review(letters)
    before = [b.content for b in review.view(0, "paragraph").beads]

    def full(*_: object, **__: object) -> None:
        raise sqlite3.OperationalError("database or disk is full")

    monkeypatch.setattr(review.store, "append", full)
    with pytest.raises(OutputError, match="the disk is full; nothing was saved"):
        accept_first(review)
    monkeypatch.undo()
    assert [b.content for b in review.view(0, "paragraph").beads] == before
    assert review.store.decisions(review.view(0, "paragraph").place) == []
    accept_first(review)


def test_the_log_only_grows(letters: CorpusFolder, open_review: Open) -> None:
    review = open_review(letters)
    accept_first(review)
    first = review.store.actions()
    review.undo(0, "paragraph")
    review.undo(0, "paragraph", redo=True)
    assert review.store.actions()[:1] == first
    assert [a.kind for a in review.store.actions()] == ["accept", "undo", "redo"]


@pytest.mark.parametrize("level", LEVELS)
def test_decisions_of_an_earlier_version_keep_working(
    letters: CorpusFolder, open_review: Open, level: Level
) -> None:
    """Their units were ``7`` and ``7.2``, and so their keys are others."""
    review = open_review(letters)
    decide(review, level)
    expected = list(reviewed_rows(letters, letters.pairs[0], level))
    review.close()
    as_earlier(letters, level)
    assert list(reviewed_rows(letters, letters.pairs[0], level)) == expected
    assert not unplaced(letters, letters.pairs[0], level)
    review = open_review(letters)
    assert [ids for _, ids in review.history(0, level)][-1] == [review.view(0, level).beads[-1].id]
    for _ in range(4):
        assert isinstance(review.undo(0, level), Done)
    assert not review.store.decisions(Place.of("a", "b", level))
    assert all(
        row.status == "open" and not row.by_hand for row in reviewed_rows(letters, letters.pairs[0], level)
    )
    for _ in range(4):
        assert isinstance(review.undo(0, level, redo=True), Done)
    timeless = [replace(row, time="") for row in reviewed_rows(letters, letters.pairs[0], level)]
    assert timeless == [replace(row, time="") for row in expected]


def decide(review: Review, level: Level) -> None:
    """A merge, a bead accepted, one with a remark, one rejected."""

    def named(*indices: int) -> list[dict[str, str]]:
        beads = review.view(0, level).beads
        return [{"id": beads[i].id, "version": beads[i].version} for i in indices]

    review.act(0, level, {"kind": "merge", "beads": named(0, 1)})
    for index, name, values in (
        (0, "status", ["open", "accepted"]),
        (2, "comment", ["", "hm"]),
        (-1, "status", ["open", "rejected"]),
    ):
        bead = review.view(0, level).beads[index]
        done = review.act(0, level, {"kind": "set", "id": bead.id, "values": {name: values}})
        assert isinstance(done, Done)


def as_earlier(run: CorpusFolder, level: Level) -> None:
    """Rewrites bead file and review as they were when positions were ``7`` and ``7.2``."""

    def earlier(text: str) -> str:
        return re.sub(r"\bp(\d+)(?:s(\d+))?\b", lambda m: m[1] if m[2] is None else f"{m[1]}.{m[2]}", text)

    file = run.bead_file(run.pairs[0], level)
    file.write_text(earlier(file.read_text("utf-8")), "utf-8")
    with closing(sqlite3.connect(run.path / "review.sqlite")) as store, store:
        for number, patch in store.execute("SELECT number, patch FROM actions").fetchall():
            store.execute("UPDATE actions SET patch=? WHERE number=?", (earlier(patch), number))
        for key, text in store.execute("SELECT key, bead FROM decisions").fetchall():
            bead = json.loads(earlier(text))
            sides = [bead["source"], bead["target"]]
            said = json.dumps(sides, ensure_ascii=False).encode()
            new = hashlib.sha256(said).hexdigest()[:32], json.dumps(bead, ensure_ascii=False)
            assert new[0] != key
            store.execute("UPDATE decisions SET key=?, bead=? WHERE key=?", (*new, key))


def test_texts_that_do_not_agree_are_shown_whole(letters: CorpusFolder, open_review: Open) -> None:
    (letters.path / "documents.parquet").unlink()
    base = load_base(letters, letters.pairs[0], "paragraph")
    bead = base.resolved(base.beads[1])
    assert bead.source[0].position == "p1 p2"
    assert bead.type == "2-1"
    rows = list(reviewed_rows(letters, letters.pairs[0], "paragraph"))
    assert [r.row for r in rows] == list(letters.beads(letters.pairs[0], "paragraph"))
    review = open_review(letters)
    view = review.view(0, "paragraph")
    named = [{"id": b.id, "version": b.version} for b in view.beads[1:3]]
    review.act(0, "paragraph", {"kind": "merge", "beads": named})
    assert view.beads[1].id == "p1 p2 p3|p1"


def test_a_port_in_use_is_named_or_passed_over() -> None:
    taken = socket.socket()
    taken.bind(("127.0.0.1", 0))
    taken.listen()
    port = taken.getsockname()[1]
    with pytest.raises(OutputError, match=f"port {port} cannot be used .*leave --port out"):
        bind(port)
    first, second = bind(None), bind(None)
    assert first.getsockname()[1] != second.getsockname()[1]
    assert {s.getsockname()[0] for s in (first, second)} == {"127.0.0.1"}
    for connection in (taken, first, second):
        connection.close()


def test_decisions_and_the_way_to_them_are_for_their_owner_alone(
    letters: CorpusFolder, open_review: Open
) -> None:
    accept_first(open_review(letters))
    files = sorted(letters.path.glob("review.sqlite*"))
    assert [file.name for file in files] == ["review.sqlite", "review.sqlite-shm", "review.sqlite-wal"]
    assert {file.stat().st_mode & 0o777 for file in files} == {0o600}
    (letters.path / "review-1.html").symlink_to(letters.path / "elsewhere")
    with address_file(letters.path, 1, "http://127.0.0.1:1/?token=a&b") as page:
        assert page.stat().st_mode & 0o777 == 0o600
        assert not page.is_symlink()
        assert "url=http://127.0.0.1:1/?token=a&amp;b" in page.read_text()
    assert not page.exists()
    assert not (letters.path / "elsewhere").exists()


def test_a_link_in_the_place_of_the_decisions_is_not_followed(
    letters: CorpusFolder, open_review: Open, tmp_path: Path
) -> None:
    (letters.path / "review.sqlite").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(OutputError, match=r"review\.sqlite: cannot be written .*; it is a link: remove it"):
        open_review(letters)
    assert not (tmp_path / "elsewhere").exists()


@pytest.mark.parametrize(
    "change",
    [
        "DROP TABLE decisions",
        "DROP TABLE actions",
        "UPDATE actions SET patch = '['",
        "UPDATE actions SET patch = '{\"before\": [7]}'",
        "UPDATE actions SET patch = x'ff'",
        "UPDATE decisions SET bead = '[]'",
        'UPDATE decisions SET bead = \'{"source": [[1, 2]], "target": []}\'',
        "UPDATE decisions SET bead = json_set(bead, '$.status', 'maybe')",
        "UPDATE decisions SET bead = replace(hex(zeroblob(60000)), '0', '[')",
    ],
)
def test_a_review_that_something_has_damaged_is_named_and_left_as_it_is(
    letters: CorpusFolder, open_review: Open, change: str
) -> None:
    review = open_review(letters)
    accept_first(review)
    review.close()
    with closing(sqlite3.connect(letters.path / "review.sqlite")) as store, store:
        store.execute(change)
    with pytest.raises(InputError, match=r"review\.sqlite: damaged .*\.recover"):
        _use(open_review, letters)


def _use(open_review: Open, run: CorpusFolder) -> None:
    """Everything that reads decisions."""
    list(reviewed_rows(run, run.pairs[0], "paragraph"))
    progress(run)
    review = open_review(run)
    review.history(0, "paragraph")
    review.undo(0, "paragraph")

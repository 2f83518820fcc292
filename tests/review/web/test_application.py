from __future__ import annotations

from collections.abc import Callable, Iterator
from hmac import compare_digest
from importlib import resources
from typing import Any

import pytest
from starlette.testclient import TestClient

from align.corpus.folder import CorpusFolder
from align.review.session import Review
from align.review.web import guard
from align.review.web.application import _FILES, _SCRIPTS, create_app

PORT = 8377
HERE = f"http://127.0.0.1:{PORT}"
POST = {"origin": HERE, "sec-fetch-site": "same-origin"}
PLACE = {"pair": 0, "level": "paragraph"}


@pytest.fixture
def review(letters: CorpusFolder, open_review: Callable[..., Review]) -> Review:
    return open_review(letters)


@pytest.fixture
def stranger(review: Review) -> Iterator[TestClient]:
    """Somebody who knows the port, not the token."""
    with TestClient(create_app(review, token="secret", port=PORT), base_url=HERE) as client:
        yield client


@pytest.fixture
def page(stranger: TestClient) -> TestClient:
    assert stranger.get("/?token=secret").status_code == 200
    return stranger


def rows(page: TestClient, **asked: Any) -> list[dict[str, Any]]:
    answer = page.get("/api/beads", params={**PLACE, "start": 0, "count": 50, **asked})
    assert answer.status_code == 200
    found: list[dict[str, Any]] = answer.json()["rows"]
    return found


def test_accepting_down_to_here_is_said_first_and_undone_at_once(page: TestClient) -> None:
    """What it takes depends on what is decided, not on which rows a page happens to hold."""
    before = rows(page)
    last = len(before) - 1
    status(page, before[1], "rejected")
    stretch = page.get("/api/stretch", params={**PLACE, "index": last}).json()
    assert stretch["beads"] == [row["id"] for row in before[2:]]
    assert stretch["first"] == 2
    assert stretch["doubtful"] == [row["index"] for row in before[2:] if row["doubtful"]]
    assert stretch["doubtful"]
    told = {**PLACE, "kind": "accept", "beads": stretch["beads"]}
    assert page.post("/api/act", json=told, headers=POST).status_code == 200
    assert [row["status"] for row in rows(page)] == ["open", "rejected", *["accepted"] * (last - 1)]
    assert page.get("/api/stretch", params={**PLACE, "index": last}).json()["beads"] == []
    assert page.post("/api/undo", json=PLACE, headers=POST).json()["note"] == "accept"
    assert [row["status"] for row in rows(page)] == ["open", "rejected", *["open"] * (last - 1)]
    assert page.post("/api/redo", json=PLACE, headers=POST).json()["note"] == "accept"


def test_doubtful_beads_of_all_pairs_are_one_queue(
    articles: CorpusFolder, open_review: Callable[..., Review]
) -> None:
    review = open_review(articles)
    with TestClient(create_app(review, token="secret", port=PORT), base_url=HERE) as client:
        client.get("/?token=secret")

        def asked(order: str, **at: Any) -> dict[str, Any]:
            found = client.get("/api/doubt", params={"level": "sentence", "order": order, **at})
            answer: dict[str, Any] = found.json()
            return answer

        pairs = client.get("/api/pairs", params={"pair": 0, "level": "sentence"}).json()["pairs"]
        counts = {row["pair"]: row["doubtful"] for row in pairs}
        for pair, count in counts.items():
            assert review.view(pair, "sentence").counts()["doubtful"] == count
        walked: list[tuple[float, int, int]] = []
        at: dict[str, Any] = {"pair": 0, "start": -1, "score": -1}
        for _ in range(sum(counts.values())):
            found = asked("worst", **at)
            walked.append((found["score"], found["pair"], found["index"]))
            at = {"pair": found["pair"], "start": found["index"], "score": found["score"]}
        assert walked == sorted(set(walked))
        assert {pair for _, pair, _ in walked} == {0, 1}
        # Down the text, the pair behind it comes after the last one of a pair; what is decided is none of them.
        last = max(index for _, pair, index in walked if pair == 0)
        first = min(index for _, pair, index in walked if pair == 1)
        found = asked("text", pair=0, start=last)
        assert (found["pair"], found["index"]) == (1, first)
        bead = review.view(1, "sentence").ids([first])[0]
        told = {"pair": 1, "level": "sentence", "kind": "accept", "beads": [bead]}
        assert client.post("/api/act", json=told, headers=POST).status_code == 200
        found = asked("text", pair=0, start=last)
        assert (found["pair"], found["index"]) != (1, first)
        assert found["left"] == sum(counts.values()) - 1


def status(page: TestClient, row: dict[str, Any], value: str) -> Any:
    told = {**PLACE, "kind": "set", "id": row["id"], "values": {"status": [row["status"], value]}}
    return page.post("/api/act", json=told, headers=POST)


def test_the_token_comes_once_in_the_address_then_in_a_cookie_scripts_cannot_read(
    stranger: TestClient,
) -> None:
    for path in ("/", "/?token=guess", "/app.js", "/api/run", "/api/run?token=secret"):
        assert stranger.get(path).status_code == 403, path
    cookie = stranger.get("/?token=secret").headers["set-cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=Strict" in cookie
    for path in ("/", "/app.js", "/style.css", "/api/run"):
        assert stranger.get(path).status_code == 200, path


class Uncomparable(str):
    """A token that may not be compared byte by byte: how long that takes tells how much of a guess is right."""

    __slots__ = ()
    __hash__ = str.__hash__

    def __eq__(self, other: object) -> bool:
        raise AssertionError("compared in a time that tells")

    __ne__ = __lt__ = __contains__ = startswith = find = __eq__  # type: ignore[assignment]


@pytest.mark.parametrize("guess", ["", "s", "secre", "secret", "secrets", "geheim"])
def test_guesses_are_compared_in_constant_time(
    guess: str, review: Review, monkeypatch: pytest.MonkeyPatch
) -> None:
    compared: list[tuple[bytes, bytes]] = []

    def compare(one: bytes, other: bytes) -> bool:
        compared.append((one, other))
        return compare_digest(one, other)

    monkeypatch.setattr(guard.secrets, "compare_digest", compare)
    app = create_app(review, token=Uncomparable("secret"), port=PORT)
    with TestClient(app, base_url=HERE) as client:
        status = 200 if guess == "secret" else 403
        assert client.get("/", params={"token": guess}).status_code == status
        client.cookies.clear()
        assert (
            client.get("/api/run", headers={"cookie": f"align-review-{PORT}={guess}"}).status_code == status
        )
    assert (guess.encode(), b"secret") in compared
    assert {other for _, other in compared} == {b"secret"}


def test_every_answer_carries_strict_headers(stranger: TestClient) -> None:
    for path in ("/?token=secret", "/app.js", "/api/run", "/nothing"):
        headers = stranger.get(path).headers
        policy = headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["referrer-policy"] == "no-referrer"
        assert headers["cache-control"] == "no-store"


def test_no_script_or_style_stands_in_the_page_and_nothing_comes_from_elsewhere(page: TestClient) -> None:
    html = page.get("/").text
    assert "<script>" not in html
    assert "style=" not in html
    assert "onclick" not in html
    for name in _SCRIPTS:
        script = page.get(f"/{name}").text
        for way in ("innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval(", "https://"):
            assert way not in script, (name, way)


@pytest.mark.parametrize(
    "host", ["evil.example", "127.0.0.1", "127.0.0.1:80", "localhost.evil.example:8377", ""]
)
def test_other_names_for_this_machine_are_refused(page: TestClient, host: str) -> None:
    assert page.get("/api/run", headers={"host": host}).status_code == 403


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"origin": "http://evil.example"},
        {"origin": "null"},
        {"origin": f"https://127.0.0.1:{PORT}"},
        {"origin": HERE, "sec-fetch-site": "cross-site"},
        {"origin": HERE, "sec-fetch-site": "same-site"},
    ],
)
def test_only_the_page_itself_changes_something(
    page: TestClient, review: Review, headers: dict[str, str]
) -> None:
    row = rows(page)[0]
    told = {**PLACE, "kind": "set", "id": row["id"], "values": {"status": ["open", "accepted"]}}
    assert page.post("/api/act", json=told, headers=headers).status_code == 403
    assert review.store.last_number() == 0
    assert page.get("/api/run", headers={"origin": "http://evil.example"}).status_code == 403
    assert page.get("/api/run", headers={"sec-fetch-site": "cross-site"}).status_code == 403


def test_every_file_of_the_page_is_served() -> None:
    here = resources.files("align.review.web").joinpath("static")
    assert {file.name for file in here.iterdir()} == set(_FILES)


def test_files_outside_of_the_page_are_not_served(page: TestClient) -> None:
    for path in ("/../session.py", "/%2e%2e/session.py", "/static/app.js", "/review.sqlite"):
        assert page.get(path).status_code == 404, path


def test_a_decision_brings_the_next_bead(page: TestClient) -> None:
    first = rows(page)[0]
    told = {**PLACE, "kind": "set", "id": first["id"], "values": {"status": ["open", "accepted"]}}
    answer = page.post("/api/act", json={**told, "queue": "open", "order": "text"}, headers=POST).json()
    assert answer["next"] == 1
    assert answer["rows"][0]["status"] == "accepted"
    assert answer["counts"]["accepted"] == 1
    again = page.post("/api/act", json={**told, "queue": "open", "order": "text"}, headers=POST).json()
    assert (again["kind"], again["next"], again["number"]) == ("nothing", 1, answer["number"])


def test_worst_first_goes_up_by_confidence_and_around(page: TestClient) -> None:
    found = rows(page)
    expected = sorted(range(len(found)), key=lambda i: (found[i]["confidence"], i))
    view = page.get("/api/view", params=PLACE).json()
    walked = [view["worst"]]
    for _ in expected[1:]:
        asked = {**PLACE, "queue": "open", "order": "worst", "start": walked[-1]}
        walked.append(page.get("/api/next", params=asked).json()["index"])
    assert walked == expected
    asked = {**PLACE, "queue": "open", "order": "worst", "start": walked[-1]}
    assert page.get("/api/next", params=asked).json()["index"] == expected[0]
    back = page.get("/api/next", params={**asked, "start": expected[3], "backwards": 1}).json()["index"]
    assert back == expected[2]


def test_a_conflict_shows_the_beads_as_they_are(page: TestClient, review: Review) -> None:
    row = rows(page)[1]
    assert status(page, row, "accepted").status_code == 200
    answer = status(page, row, "rejected")
    assert answer.status_code == 409
    assert "you, elsewhere," in answer.json()["conflict"]
    assert answer.json()["rows"][0]["status"] == "accepted"


def test_undo_asked_twice_is_done_once(page: TestClient, review: Review) -> None:
    for row in rows(page)[:2]:
        status(page, row, "accepted")
    for _ in range(2):
        assert page.post("/api/undo", json={**PLACE, "nonce": "x"}, headers=POST).status_code == 200
    assert [row["status"] for row in rows(page)[:2]] == ["accepted", "open"]


def test_other_tabs_learn_of_changes(
    page: TestClient, letters: CorpusFolder, open_review: Callable[..., Review]
) -> None:
    number = page.get("/api/view", params=PLACE).json()["number"]
    bob = open_review(letters, "bob")
    bead = bob.view(0, "sentence").beads[0]
    bob.act(0, "sentence", {"kind": "set", "id": bead.id, "values": {"status": ["open", "accepted"]}})
    answer = page.get("/api/changes", params={"since": number}).json()
    assert answer["changes"] == [{"pair": 0, "level": "sentence", "reviewer": "bob"}]
    assert rows(page, level="sentence")[0]["reviewer"] == "bob"


def test_the_first_search_finds_everything_ready(page: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    """Folding the texts of 100,000 beads takes a quarter of a second: done when the pair is opened."""
    page.get("/api/view", params=PLACE)
    folded: list[str] = []
    monkeypatch.setattr("align.review.view._said", lambda bead: folded.append(bead.id) or "")
    assert page.get("/api/search", params={**PLACE, "words": "three", "start": 0}).json()["index"] is not None
    assert folded == []


def test_search_finds_words_and_positions(page: TestClient) -> None:
    def search(words: str, start: int = 0) -> Any:
        return page.get("/api/search", params={**PLACE, "words": words, "start": start}).json()["index"]

    found = rows(page)
    assert "THREE" not in str(found)
    assert search("THREE") == next(r["index"] for r in found if r["source_joined"] == "Three.")
    assert search("一在") == 1
    at = next(r["index"] for r in found if "p7" in r["id"].split("|")[0].split())
    assert search("p7") == search("P7") == search("7") == at
    assert search("nowhere") is None
    five = search("five")
    assert search("five", five) == five  # around the end, to itself
    backwards = {**PLACE, "words": "e", "start": 1, "backwards": 1}
    assert page.get("/api/search", params=backwards).json()["index"] == 0
    assert page.get("/api/search", params={**backwards, "start": 0}).json()["index"] > five
    status(page, found[five], "accepted")
    told = {**PLACE, "kind": "set", "id": found[five]["id"], "values": {"source_edit": [None, "Fünf."]}}
    page.post("/api/act", json=told, headers=POST)
    assert search("five") is None
    assert search("FÜNF") == five
    both = [{"id": bead["id"], "version": bead["version"]} for bead in found[:2]]
    page.post("/api/act", json={**PLACE, "kind": "merge", "beads": both}, headers=POST)
    assert search("FÜNF") == five - 1
    assert search("  ") is None


def test_history_and_places(page: TestClient) -> None:
    row = rows(page)[1]
    status(page, row, "accepted")
    entry = page.get("/api/history", params=PLACE).json()["actions"][0]
    assert (entry["kind"], entry["reviewer"], entry["beads"]) == ("accept", "ana", [row["id"]])
    assert page.get("/api/locate", params={**PLACE, "id": row["id"]}).json() == {"index": 1}
    assert page.get("/api/locate", params={**PLACE, "id": "99|99"}).json() == {"index": None}
    pairs = page.get("/api/pairs", params=PLACE).json()["pairs"]
    assert pairs[0]["levels"]["paragraph"] == {"beads": len(rows(page)), "accepted": 1, "rejected": 0}


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"", 400),
        (b"[1]", 400),
        (b"\xff", 400),
        (b'{"pair": 0}', 400),
        (b'{"pair": "x", "level": "paragraph"}', 400),
        (b'{"pair": 0, "level": "chapter"}', 400),
        (b'{"pair": 9, "level": "paragraph"}', 400),
        (b'{"pair": 0, "level": "paragraph", "kind": "nonsense"}', 422),
        (b'{"pair": 0, "level": "paragraph", "kind": "merge", "beads": [{"id": 3, "version": []}]}', 422),
        (b'{"pair": 0, "level": "paragraph", "kind": "set", "id": {}, "values": {}}', 422),
        (b"[" * 100_000, 400),
        (b'{"a": "' + b"x" * 5_000_000 + b'"}', 400),
    ],
    ids=range(12),
)
def test_malformed_requests_are_answered_and_change_nothing(
    page: TestClient, review: Review, body: bytes, code: int
) -> None:
    answer = page.post("/api/act", content=body, headers=POST)
    assert answer.status_code == code, answer.text
    assert "error" in answer.json() or "conflict" in answer.json()
    assert review.store.last_number() == 0


def test_malformed_questions_are_answered(page: TestClient) -> None:
    for path in (
        "/api/beads",
        "/api/beads?pair=0&level=paragraph&start=x&count=1",
        "/api/next?pair=0&level=sentence",
    ):
        assert page.get(path).status_code == 400
    wide = page.get("/api/beads", params={**PLACE, "start": -5, "count": 10**9}).json()["rows"]
    assert len(wide) <= 200


@pytest.mark.parametrize(
    "before",
    [
        "a=b; ", 'x={"a": 1}; ', "odd; ", "=; ", ";;; ", 'q="unclosed; ', "a b=c; ", "é=ü; ", "[]=1; ", "x=\x01; ",
        f"align-review-{PORT}=old; ", "p=1,2; ", "$Version=1; ", "name@x=1; ", "c=a=b=c; ",
    ],
)  # fmt: skip
def test_cookies_of_other_servers_on_this_machine_lock_nobody_out(stranger: TestClient, before: str) -> None:
    cookie = f"{before}align-review-{PORT}=secret".encode("latin-1")
    assert stranger.get("/api/run", headers=[(b"cookie", cookie)]).status_code == 200  # type: ignore[arg-type]
    wrong = cookie.replace(b"secret", b"secre")
    assert stranger.get("/api/run", headers=[(b"cookie", wrong)]).status_code == 403  # type: ignore[arg-type]


def test_a_browser_that_another_page_sent_here_is_sent_on(stranger: TestClient) -> None:
    """Loaded again, a page that another one led to comes without the strict cookie."""
    answer = stranger.get("/?token=secret", headers={"sec-fetch-site": "cross-site"})
    assert answer.status_code == 200
    assert 'http-equiv="refresh" content="0;url=/"' in answer.text
    assert "secret" not in answer.text
    assert "set-cookie" in answer.headers


@pytest.mark.parametrize(
    "body",
    [
        b"", b"[]", b"1e400", b'{"pair": 1e400, "level": "paragraph"}', b'{"pair": NaN, "level": "paragraph"}',
        b'{"pair": 99, "level": "paragraph"}', b'{"pair": -1, "level": "paragraph"}', b'{"pair": 0, "level": "word"}',
        b'{"pair": 0, "level": []}', b'{"pair": [], "level": "paragraph"}', b"[" * 100_000, b"\xff",
        b'{"pair": 0, "level": "paragraph", "kind": "set", "id": 7, "values": []}',
        b'{"pair": 0, "level": "paragraph", "kind": "set", "id": "p1|p1", "values": {"comment": [1, 2]}}',
        b'{"pair": 0, "level": "paragraph", "kind": "cut", "id": "p1|p1", "at": 1e308}',
        b'{"pair": 0, "level": "paragraph", "kind": {}, "id": null}',
        b'{"pair": 0, "level": "paragraph", "kind": "set", "id": "\\ud800", "values": {"comment": ["", "\\ud800"]}}',
    ],
)  # fmt: skip
@pytest.mark.parametrize("action", ["act", "undo", "redo"])
def test_a_request_that_makes_no_sense_is_the_clients_fault(
    page: TestClient, review: Review, action: str, body: bytes
) -> None:
    answer = page.post(f"/api/{action}", content=body, headers=POST)
    assert 400 <= answer.status_code < 500, answer.text
    assert review.store.last_number() == 0


@pytest.mark.parametrize("value", ["1e400", "99", "-1", "9" * 5000, "nan", "", "\x00", "[]", "9" * 30])
def test_a_question_that_makes_no_sense_is_the_clients_fault(page: TestClient, value: str) -> None:
    good = {**PLACE, "start": 0, "count": 5, "queue": "open", "words": "a", "id": "x", "bins": 5, "since": 0}
    asked = (
        "view pair", "view level", "beads start", "beads count", "next start", "next score", "next queue",
        "search words", "strip bins", "changes since", "history pair", "locate id",
    )  # fmt: skip
    for question, name in (each.split() for each in asked):
        answer = page.get(f"/api/{question}", params={**good, "order": "worst", name: value})
        assert answer.status_code < 500, (question, name, answer.text)
    assert page.get("/api/view", params={"pair": 99, "level": "paragraph"}).status_code == 400

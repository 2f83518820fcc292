"""A client that means harm, and a review page on a port of this machine."""

from __future__ import annotations

import contextlib
import http.client
import os
import random
import signal
import socket
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from align.corpus.folder import CorpusFolder
from align.review.session import Review
from align.review.web.server import serve

from .damage import begun_in_child

PATIENCE = 20  # seconds for an answer
BODIES = (
    b"", b"[", b"null", b"[" * 100_000, b'{"pair": 1e400}', b'{"pair": 0, "level": "sentence", "kind": "set"}',
    b'{"pair": -1, "level": "sentence"}', b"\xff\xfe", b'{"pair": 0, "level": "sentence", "kind": "set", "id": []}',
    b'{"pair": "' + b"9" * 5000 + b'", "level": "sentence"}', b'{"kind": "\\ud800", "pair": 0, "level": "sentence"}',
    b"{" + b" " * 5_000_000 + b"}",
)  # fmt: skip
COOKIES = ("", "a=b", "=", ";;;", "x=\x00", '"', "align-review-0=guess", "a" * 5000, "expires", "é=ü")
HOSTS = (
    "evil.example",
    "127.0.0.1",
    "127.0.0.1:1",
    "localhost.evil.example:{port}",
    "",
    "[::1",
    "127.0.0.1:{port}@evil.example",
)
ORIGINS = ("null", "http://evil.example", "https://127.0.0.1:{port}", "http://127.0.0.1", "file://")


@contextlib.contextmanager
def served(folder: Path, reviewer: str = "ana") -> Iterator[tuple[int, str, Path]]:
    """The review page of a run, in a process of its own: its port, its token and a file with what it said."""
    reading, writing = os.pipe()
    said = folder.parent / "said.txt"

    def work() -> None:
        handle = os.open(said, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        os.dup2(handle, 1), os.dup2(handle, 2)
        review = Review(CorpusFolder(folder), reviewer=reviewer)
        serve(
            review, port=0, started=lambda address, page: os.write(writing, f"{address}\n".encode()) and None
        )

    child = begun_in_child(work)
    try:
        with os.fdopen(reading) as stream:
            os.close(writing)
            address = urlsplit(stream.readline().strip())
        yield address.port or 0, parse_qs(address.query)["token"][0], said
    finally:
        os.kill(child, signal.SIGTERM)
        os.waitpid(child, 0)


def asked(port: int, method: str, path: str, headers: dict[str, str], body: bytes | None = None) -> int:
    """The status of an answer."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE)
    try:
        connection.putrequest(method, path, skip_host=True, skip_accept_encoding=True)
        for name, value in {"Host": f"127.0.0.1:{port}", **headers}.items():
            connection.putheader(name, value.encode("utf-8"))
        if body is not None:
            connection.putheader("Content-Length", str(len(body)))
        connection.endheaders()
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):
            connection.send(body or b"")
        return connection.getresponse().status
    finally:
        connection.close()


def hostile_requests(folder: Path, random_: random.Random) -> Iterator[tuple[str, str]]:
    """Requests that must not be answered, or as what they are; yields each and what is wrong, "" for nothing."""
    with served(folder) as (port, token, said):
        cookie = {"Cookie": f"align-review-{port}={token}"}
        own = {**cookie, "Origin": f"http://127.0.0.1:{port}", "Content-Type": "application/json"}
        for text in COOKIES:
            yield from _judged(f"cookie {text[:20]!r}", port, "GET", "/api/run", {"Cookie": text}, {400, 403})
            mixed = {"Cookie": f"{text}; {cookie['Cookie']}"}
            if text.isascii() and text.isprintable():
                yield from _judged(f"cookie beside {text[:20]!r}", port, "GET", "/api/run", mixed, {200})
        for host in HOSTS:
            headers = {**cookie, "Host": host.format(port=port)}
            yield from _judged(f"host {host!r}", port, "GET", "/api/run", headers, {400, 403})
        for origin in ORIGINS:
            headers = {**own, "Origin": origin.format(port=port)}
            yield from _judged(f"origin {origin!r}", port, "POST", "/api/act", headers, {403}, b"{}")
        for body in BODIES:
            for name in ("act", "undo", "redo"):
                yield from _judged(
                    f"{name} {body[:30]!r}", port, "POST", f"/api/{name}", own, {400, 413, 422}, body
                )
        for number in range(50):
            body = random_.randbytes(random_.randrange(200))
            yield from _judged(f"bytes {number}", port, "POST", "/api/act", own, {400}, body)
        if "Traceback" in said.read_text("utf-8", "replace"):
            yield "what the server says", said.read_text("utf-8", "replace")[-300:]


def half_open(folder: Path, number: int) -> str:
    """Leaves requests half said and asks another one; what is wrong, "" for nothing."""
    with served(folder) as (port, token, _), contextlib.ExitStack() as stack:
        for _ in range(number):
            try:
                connection = stack.enter_context(socket.create_connection(("127.0.0.1", port), PATIENCE))
                connection.sendall(b"POST /api/act HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Le")
            except OSError as error:
                return f"no connection: {error}"
        try:
            status = asked(port, "GET", "/api/run", {"Cookie": f"align-review-{port}={token}"})
        except OSError as error:
            return f"no answer beside {number} half-open requests: {error}"
        return "" if status == 200 else f"status {status}"


def _judged(
    what: str,
    port: int,
    method: str,
    path: str,
    headers: dict[str, str],
    wanted: set[int],
    body: bytes | None = None,
) -> Iterator[tuple[str, str]]:
    try:
        status = asked(port, method, path, headers, body)
    except ValueError:  # a header that Python's client does not send
        return
    except (OSError, http.client.HTTPException) as error:
        yield what, f"no answer: {error!r}"
        return
    yield what, "" if status in wanted else f"status {status}"

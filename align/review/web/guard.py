"""Who may talk to the review page: this machine, this page, and whoever has the token."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING
from urllib.parse import parse_qs

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

LARGEST_BODY = 4_000_000  # bytes of a request; a paragraph is rarely over a few thousand

_HEADERS = {
    "content-security-policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self'; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), microphone=(), geolocation=()",
    "cache-control": "no-store",
}
_ENCODED = [(name.encode(), value.encode()) for name, value in _HEADERS.items()]


class Guard:
    """Lets a request through when its host, origin and token are right; every answer carries strict headers.

    The host must be this server's own, so that no other name can be pointed at it (DNS rebinding). A request that
    changes something must come from this page (Origin, Sec-Fetch-Site). The token comes in the address once, and
    in a cookie that scripts cannot read and other sites cannot send from then on. A browser that another page sent
    here is given a page that sends it on, since a page that others lead to is loaded again without that cookie.
    """

    def __init__(self, app: ASGIApp, *, token: str, port: int) -> None:
        self.app, self.token = app, token
        self.cookie = f"align-review-{port}"
        self.hosts = {f"{name}:{port}" for name in ("127.0.0.1", "localhost", "[::1]")}
        if port == 80:
            self.hosts |= {"127.0.0.1", "localhost"}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            if scope["type"] == "lifespan":
                await self.app(scope, receive, send)
            return  # no web sockets here
        headers: dict[bytes, str] = {}
        for name, value in scope["headers"]:
            before = f"{headers[name]}; " if name == b"cookie" and name in headers else ""
            headers[name] = before + value.decode("latin-1")
        problem = self._problem(scope, headers)
        answer = self._answer(send, scope)
        if problem is not None:
            await _say(answer, 403, "text/plain", problem)
        elif self._in_address(scope) and headers.get(b"sec-fetch-site") == "cross-site":
            await _say(answer, 200, "text/html", _ONWARDS)
        else:
            await self.app(scope, _limited(receive, headers), answer)

    def _problem(self, scope: Scope, headers: dict[bytes, str]) -> str | None:
        if headers.get(b"host", "").lower() not in self.hosts:
            return "This server answers to its own address only."
        origin = headers.get(b"origin")
        if origin is not None and origin not in {f"http://{host}" for host in self.hosts}:
            return "Requests from other pages are not answered."
        if scope["method"] not in ("GET", "HEAD"):
            if origin is None or headers.get(b"sec-fetch-site", "same-origin") != "same-origin":
                return "Only the review page itself may change something."
        elif headers.get(b"sec-fetch-site", "none") == "cross-site" and not self._in_address(scope):
            return "Requests from other pages are not answered."
        if self._in_address(scope) or self._in_cookie(headers):
            return None
        return (
            "Open the address that align review printed when it was started: it carries the key to this page."
        )

    def _in_address(self, scope: Scope) -> bool:
        if scope["path"] != "/" or scope["method"] != "GET":
            return False
        given = parse_qs(scope["query_string"].decode("latin-1")).get("token", [""])[0]
        return secrets.compare_digest(given.encode(), self.token.encode())

    def _in_cookie(self, headers: dict[bytes, str]) -> bool:
        # Cookies know no ports: those of every other server on this machine come along, whatever they hold.
        for cookie in headers.get(b"cookie", "").split(";"):
            name, _, value = cookie.partition("=")
            if name.strip() == self.cookie and secrets.compare_digest(
                value.strip().encode(), self.token.encode()
            ):
                return True
        return False

    def _answer(self, send: Send, scope: Scope) -> Send:
        async def answer(message: Message) -> None:
            if message["type"] == "http.response.start":
                extra = list(_ENCODED)
                if self._in_address(scope) and message["status"] == 200:
                    cookie = f"{self.cookie}={self.token}; HttpOnly; SameSite=Strict; Path=/"
                    extra.append((b"set-cookie", cookie.encode()))
                message["headers"] = [*message.get("headers", ()), *extra]
            await send(message)

        return answer


_ONWARDS = (
    '<!doctype html><html lang="en"><meta charset="utf-8"><meta http-equiv="refresh" content="0;url=/">'
    '<title>Review</title><p><a href="/">To the review</a></p></html>\n'
)


async def _say(send: Send, status: int, kind: str, text: str) -> None:
    """A short answer of our own."""
    body = text.encode()
    start = [(b"content-type", f"{kind}; charset=utf-8".encode()), (b"content-length", b"%d" % len(body))]
    await send({"type": "http.response.start", "status": status, "headers": start})
    await send({"type": "http.response.body", "body": body})


class TooLargeError(Exception):
    """A request's body is larger than anything the page sends."""


def _limited(receive: Receive, headers: dict[bytes, str]) -> Receive:
    taken = 0

    async def limited() -> Message:
        nonlocal taken
        message = await receive()
        taken += len(message.get("body", b""))
        if taken > LARGEST_BODY:
            raise TooLargeError
        return message

    return limited

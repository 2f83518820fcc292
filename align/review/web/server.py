"""Serving the review page on this machine, and only there."""

from __future__ import annotations

import contextlib
import html
import secrets
import socket
import threading
from collections.abc import Callable, Iterator
from importlib.util import find_spec
from pathlib import Path

from align._internal.files import atomic
from align._internal.hints import install_extra
from align.document import LEVELS
from align.errors import AlignError, OutputError
from align.review.judging import Judging
from align.review.session import Review

HOST = "127.0.0.1"
PORT = 8377  # where the search for a free port begins
_TRIES = 20


class MissingExtraError(AlignError):
    """The packages of the extra ``review`` are not installed."""


def require_extra() -> None:
    """Raises `MissingExtraError` with the command to install what the page needs, where it is missing."""
    missing = [name for name in ("starlette", "uvicorn") if find_spec(name) is None]
    if missing:
        raise MissingExtraError(
            f"the review page needs {' and '.join(missing)}: {install_extra('review')} "
            "(--apply and --export work without)"
        )


def bind(port: int | None) -> socket.socket:
    """A socket on the loopback address: the port asked for, or the first free one from 8377 on.

    Raises:
        OutputError: the port asked for is in use, or no port is free.
    """
    for candidate in [port] if port is not None else range(PORT, PORT + _TRIES):
        # The protocol is named so that asyncio sees TCP and switches Nagle's delay (40 ms an answer) off.
        connection = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            connection.bind((HOST, candidate))
            connection.listen(64)
        except OSError as error:
            connection.close()
            reason = error.strerror or str(error)
            continue
        return connection
    if port is None:
        raise OutputError(f"ports {PORT} to {PORT + _TRIES - 1} are all in use; choose one with --port")
    raise OutputError(f"port {port} cannot be used ({reason}); leave --port out to take the next free one")


def _open_first(review: Review) -> None:
    """Reads the first pair while the browser is being opened; what is wrong with it is said when it is asked for."""
    with contextlib.suppress(AlignError):
        for level in LEVELS:
            with review.lock:
                view = review.view(0, level)
                view.make_searchable()
                for _ in view.window(0, 100):
                    pass


@contextlib.contextmanager
def address_file(folder: Path, port: int, address: str) -> Iterator[Path]:
    """A page that leads to the review and that only its owner may read, to the end of the block.

    A browser is given its name: what stands in a command line can be read by everybody on the machine, and the
    address carries the key to the review.

    Raises:
        OutputError: it cannot be written.
    """
    file = folder / f"review-{port}.html"
    link = html.escape(address)
    with atomic(file, private=True) as stream:
        stream.write(
            f'<!doctype html><html lang="en"><meta charset="utf-8"><meta name="referrer" content="no-referrer">'
            f'<meta http-equiv="refresh" content="0;url={link}"><title>Review</title>'
            f'<p><a href="{link}">To the review</a></p></html>\n'
        )
    try:
        yield file
    finally:
        file.unlink(missing_ok=True)


def serve(
    review: Review,
    *,
    port: int | None,
    started: Callable[[str, Path | None], None],
    page: bool = False,
    judging: Judging | None = None,
) -> None:
    """Serves until interrupted.

    Args:
        review: what to serve.
        port: the port, None for the next free one; 0 for any.
        started: called with the page's address once the port is taken, and with a file that leads there (`page`).
        page: make that file, see `address_file`.
        judging: the sample that is judged, where it is one.
    """
    require_extra()
    import uvicorn

    from align.review.web.application import create_app

    connection = bind(port)
    number = connection.getsockname()[1]
    token = secrets.token_urlsafe(24)
    app = create_app(review, token=token, port=number, judging=judging)
    config = uvicorn.Config(
        app,
        log_level="warning",
        access_log=False,
        lifespan="off",
        ws="none",
        server_header=False,
        timeout_graceful_shutdown=2,
    )
    threading.Thread(target=_open_first, args=(review,), daemon=True).start()
    address = f"http://{HOST}:{number}/?token={token}"
    with contextlib.closing(connection), contextlib.ExitStack() as stack:
        file = stack.enter_context(address_file(review.run.path, number, address)) if page else None
        started(address, file)
        uvicorn.Server(config).run(sockets=[connection])

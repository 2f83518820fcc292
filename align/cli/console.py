"""What people see while they wait, on stderr: a line that changes on a terminal, plain lines elsewhere."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import click

from align._internal.progress import Progress
from align._internal.wording import counted as counted

_MOST_NAMED = 50  # documents on stderr; a table has them all
_PAUSE = 10  # seconds between two lines of one step, where lines stay


@contextmanager
def steps(*, quiet: bool = False) -> Iterator[Progress]:
    """Gives a function that tells how far which step is; on a terminal one line with a spinner."""
    if quiet:
        yield lambda step, done, total: None
    elif sys.stderr.isatty():
        from rich.console import Console

        with Console(stderr=True).status("starting") as status:
            yield lambda step, done, total: status.update(_safe(_line(step, done, total)))
    else:
        yield _Lines()


class _Lines:
    """Progress where lines stay, as in a log: one when a step begins, then one every few seconds."""

    def __init__(self) -> None:
        self._started = self._last = time.monotonic()
        self._step = ""

    def __call__(self, step: str, done: int, total: int) -> None:
        now = time.monotonic()
        if step != self._step or now - self._last >= _PAUSE:
            self._step, self._last = step, now
            click.echo(f"align: {now - self._started:5.1f} s  {_line(step, done, total)}", err=True)


def _line(step: str, done: int, total: int) -> str:
    return f"{step}: {done:,} of {total:,}" if total else f"{step}: {done:,}" if done else step


def say_failed(failed: Iterable[tuple[str, str]], listed: Path | None = None) -> None:
    """Names what could not be used, and why; of very many the first, and where they all are `listed`."""
    named = list(failed)
    shown = named if listed is None else named[:_MOST_NAMED]
    for place, reason in shown:
        click.echo(f"align: {place}: {reason}", err=True)
    if len(named) > len(shown):
        click.echo(
            f"align: and {len(named) - len(shown):,} more that could not be used, see {listed}", err=True
        )


def table(title: str, rows: Sequence[tuple[str, str]]) -> None:
    """A small two-column table on stderr: framed on a terminal, aligned columns elsewhere."""
    if sys.stderr.isatty():
        from rich.console import Console
        from rich.table import Table

        grid = Table("", title, title_justify="left", show_edge=False)
        for name, value in rows:
            grid.add_row(_safe(name), _safe(value))
        Console(stderr=True).print(grid)
        return
    click.echo(title, err=True)
    width = max((len(name) for name, _ in rows), default=0)
    for name, value in rows:
        click.echo(f"  {name:{width}}  {value}", err=True)


def _safe(text: str) -> str:
    from rich.markup import escape

    return escape(text)

"""What people see while they wait, on stderr: a line that changes on a terminal, plain lines elsewhere."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

import click


@contextmanager
def steps(*, quiet: bool = False) -> Iterator[Callable[[str], None]]:
    """Gives a function that tells which step is under way; on a terminal with a spinner and the time taken."""
    if quiet:
        yield lambda _: None
    elif sys.stderr.isatty():
        from rich.console import Console

        with Console(stderr=True).status("starting") as status:
            yield lambda text: status.update(_safe(text))
    else:
        started = time.monotonic()
        yield lambda text: click.echo(f"align: {time.monotonic() - started:5.1f} s  {text}", err=True)


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

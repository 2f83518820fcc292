"""What the commands say on stderr: what was found, in figures, and what could not be used."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence
from pathlib import Path

import click

from align._internal.wording import counted as counted

_MOST_NAMED = 50  # documents on stderr; a table has them all


def on_terminal() -> bool:
    """Whether a person sees stderr; it may be closed."""
    return sys.stderr is not None and sys.stderr.isatty()


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
    if on_terminal():
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

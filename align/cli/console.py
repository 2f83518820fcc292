"""What the commands say on stderr: what was found, in figures, and what could not be used."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from align._internal.wording import counted as counted

if TYPE_CHECKING:
    from align.reading.options import ReadOptions

_MOST_NAMED = 50  # documents on stderr; a table has them all
_MOST_PASSED = 5  # files that are no documents


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


def say_passed_over(inputs: Sequence[str], reading: ReadOptions) -> None:
    """Names the files below the inputs that are no documents, by why they are none: not read, and nothing wrong."""
    from align.reading.inputs import find_passed_over

    by_reason: dict[str, list[str]] = {}
    for item in find_passed_over(inputs, reading.selection):
        by_reason.setdefault(item.passed_over or "", []).append(item.id)
    for reason, names in by_reason.items():
        more = f" and {len(names) - _MOST_PASSED:,} more" if len(names) > _MOST_PASSED else ""
        click.echo(
            f"passed over {counted(len(names), 'file')} ({reason}): {', '.join(names[:_MOST_PASSED])}{more}",
            err=True,
        )


def say_details(alike: int, told: int, listed: str) -> None:
    """Points to near-duplicates that may be none, where they are more than an exception; `listed` has them all."""
    if alike > 1 and 10 * alike >= told:
        click.echo(
            f"{alike:,} of {told:,} removed near-duplicates differ from what is kept in numbers, names or dates "
            f"alone: see {listed}; --spare keeps such apart",
            err=True,
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

"""What the commands say on stderr: what was found, in figures, and what could not be used."""

from __future__ import annotations

import json
import logging
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from align._internal.wording import counted as counted
from align.errors import UsageError

if TYPE_CHECKING:
    from align.reading.options import ReadOptions

_MOST_NAMED = 50  # documents on stderr; a table has them all
_MOST_IN_LINE = 5  # files or documents of which nothing is wrong

# What the options that all commands have say, in `click.Context.meta`.
QUIET, VERBOSE, JSON, ORIGIN = "align.quiet", "align.verbose", "align.json", "align.origin"

_LOG = logging.getLogger("align")
_files: list[logging.Handler] = []  # what --log writes to: at most one


class _LogFile(logging.FileHandler):
    """A log that costs nobody the work: what cannot be written is let go."""

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802
        pass


def log_to(file: Path) -> None:
    """From now on what is said goes into this file, too, with its time.

    Raises:
        UsageError: it cannot be written.
    """
    while _files:
        old = _files.pop()
        _LOG.removeHandler(old)
        old.close()
    try:
        handler = _LogFile(file, encoding="utf-8")
    except OSError as error:
        raise UsageError(f"--log {file}: cannot be written: {error.strerror}") from None
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)-7s %(message)s", "%Y-%m-%dT%H:%M:%S%z"))
    _files.append(handler)
    _LOG.addHandler(handler)


def has_log() -> bool:
    """Whether what is said is kept in a file."""
    return bool(_files)


def record(text: str, level: int = logging.INFO) -> None:
    """Keeps a line in the log alone; without one it is gone."""
    for handler in _files:
        handler.handle(logging.LogRecord("align", level, "", 0, text.removeprefix("align: "), None, None))


def say(text: str) -> None:
    """A line on stderr that is always said: a warning, or what could not be done."""
    record(text, logging.WARNING)
    click.echo(text, err=True)


def tell(text: str) -> None:
    """A line on stderr, unless the user wants none."""
    record(text)
    if not is_set(QUIET):
        click.echo(text, err=True)


def note(text: str) -> None:
    """A line on stderr for those who want to know more."""
    record(text, logging.DEBUG)
    if is_set(VERBOSE):
        click.echo(f"align: {text}", err=True)


def waiting(message: str) -> None:
    """Another process works in the same place."""
    say(f"align: {message}")


def is_set(option: str) -> bool:
    """Whether one of the options that all commands have was given to this one."""
    context = click.get_current_context(silent=True)
    return context is not None and bool(context.meta.get(option))


def summary(output: object, **figures: Any) -> None:
    """With --json, what was done as a line on stdout; what is None is left out."""
    if is_set(JSON):
        command = _command(click.get_current_context())
        said = {"command": command, "output": str(output), **figures}
        click.echo(json.dumps({k: v for k, v in said.items() if v is not None}, ensure_ascii=False))


def _command(context: click.Context) -> str:
    """The names of a command and its groups, however the program was started (``python -m align``)."""
    names = [context.info_name or ""]
    while context.parent is not None and context.parent.parent is not None:
        context = context.parent
        names.append(context.info_name or "")
    return " ".join(reversed(names))


def refuse_json(output: str) -> None:
    """Refuses --json where standard output is taken.

    Raises:
        UsageError: it is.
    """
    if output == "-" and is_set(JSON):
        raise UsageError(
            "--json prints on standard output, where the result goes already; name a file with -o"
        )


def on_terminal() -> bool:
    """Whether a person sees stderr; it may be closed."""
    return sys.stderr is not None and sys.stderr.isatty()


def named(names: Sequence[str]) -> str:
    """The first of some names, and how many there are besides."""
    more = f" and {len(names) - _MOST_IN_LINE:,} more" if len(names) > _MOST_IN_LINE else ""
    return ", ".join(names[:_MOST_IN_LINE]) + more


def say_came_back(ids: Sequence[str]) -> None:
    """Names documents that are kept again, because what they were removed for is no more."""
    if ids:
        say(
            f"align: {counted(len(ids), 'document')} of earlier batches came back, because what they were removed for "
            f"is no more: {named(ids)}"
        )


def say_failed(failed: Iterable[tuple[str, str]], listed: Path | None = None) -> None:
    """Names what could not be used, and why; of very many the first, and where they all are `listed`."""
    every = list(failed)
    shown = every if listed is None else every[:_MOST_NAMED]
    for place, reason in shown:
        say(f"align: {place}: {reason}")
    if len(every) > len(shown):
        say(f"align: and {len(every) - len(shown):,} more that could not be used, see {listed}")


def say_passed_over(inputs: Sequence[str], reading: ReadOptions) -> None:
    """Names the files below the inputs that are no documents, by why they are none: not read, and nothing wrong."""
    from align.reading.inputs import find_passed_over

    by_reason: dict[str, list[str]] = {}
    for item in find_passed_over(inputs, reading.selection):
        by_reason.setdefault(item.passed_over or "", []).append(item.id)
    for reason, names in by_reason.items():
        tell(f"passed over {counted(len(names), 'file')} ({reason}): {named(names)}")


def say_details(alike: int, told: int, listed: str) -> None:
    """Points to near-duplicates that may be none, where they are more than an exception; `listed` has them all."""
    if alike > 1 and 10 * alike >= told:
        tell(
            f"{alike:,} of {told:,} removed near-duplicates differ from what is kept in numbers, names or dates "
            f"alone: see {listed}; --spare keeps such apart"
        )


def table(title: str, rows: Sequence[tuple[str, str]]) -> None:
    """A small two-column table on stderr: framed on a terminal, aligned columns elsewhere."""
    width = max((len(name) for name, _ in rows), default=0)
    lines = [title, *(f"  {name:{width}}  {value}" for name, value in rows)]
    if is_set(QUIET) or not on_terminal():
        for line in lines:
            tell(line)
        return
    from rich.console import Console
    from rich.table import Table

    for line in lines:
        record(line)
    grid = Table("", title, title_justify="left", show_edge=False)
    for name, value in rows:
        grid.add_row(_safe(name), _safe(value))
    Console(stderr=True).print(grid)


def _safe(text: str) -> str:
    from rich.markup import escape

    return escape(text)

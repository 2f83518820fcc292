"""``align index``: look after an index of earlier documents."""

from __future__ import annotations

import shlex
import sys

import click

from align.cli.console import counted, say, summary, tell, waiting
from align.cli.shared import Group
from align.errors import InputError

_INDEX = click.argument("index", metavar="INDEX")


@click.group(cls=Group)
def index() -> None:
    """Look after an index that align dedup --index made."""


@index.command()
@_INDEX
def info(index: str) -> None:
    """Print settings, documents, segments and size."""
    from align.dedup.index.store import open_index

    opened = open_index(index)
    for name, value in opened.info().items():
        click.echo(f"{name}\t{value}")
    _name_damage(index, opened.damaged)


@index.command()
@_INDEX
def verify(index: str) -> None:
    """Check every segment against its checksums."""
    from align.dedup.index.store import open_index

    found = open_index(index).verify()
    for name, damage in found.items():
        click.echo(f"{name}\t{damage or 'good'}")
    _name_damage(index, {name: damage for name, damage in found.items() if damage})


@index.command()
@_INDEX
@click.argument("ids", nargs=-1, metavar="ID...")
@click.option(
    "--segment", "segments", multiple=True, metavar="NAME", help="Take out a whole (damaged) segment."
)
def remove(index: str, ids: tuple[str, ...], segments: tuple[str, ...]) -> None:
    """Take documents out by id; - reads ids from standard input, one a line."""
    from align.dedup.index.store import writing_index

    if not ids and not segments:
        raise click.UsageError("Name the ids to take out, or --segment NAME.")
    named = [line for id in ids for line in (_lines() if id == "-" else [id])]
    with writing_index(index, waiting=waiting) as opened:
        missing = opened.remove(named) if named else []
        lost = opened.drop(segments) if segments else 0
    removed = len(set(named)) - len(missing) + lost
    tell(f"{counted(removed, 'document')} removed")
    for id in missing:
        say(f"align: {index}: holds no document {id!r}")
    summary(index, removed=removed, missing=len(missing))
    if missing:
        click.get_current_context().exit(1)


@index.command("merge")
@_INDEX
def merge(index: str) -> None:
    """Make one segment of all, without what was removed."""
    from align.dedup.index.store import writing_index

    with writing_index(index, waiting=waiting) as opened:
        before = opened.info()
        opened.merge()
        after, damaged = opened.info(), opened.damaged
    segments, documents = counted(before["segments"], "segment"), counted(after["documents"], "document")
    gone = before["removed"] - after["removed"]
    tell(f"{segments} before, {after['segments']} now: {documents}, {gone} removed ones left out")
    summary(index, documents=after["documents"], segments=after["segments"], left_out=gone)
    _name_damage(index, damaged)


def _lines() -> list[str]:
    try:
        return [id for line in sys.stdin.read().split("\n") if (id := line.removesuffix("\r"))]
    except (OSError, ValueError) as error:
        raise InputError(f"-: standard input cannot be read ({error})") from None


def _name_damage(index: str, damaged: dict[str, str]) -> None:
    for name, damage in damaged.items():
        remedy = f"align index remove {shlex.quote(index)} --segment {name}"
        say(f"align: segment {name}: {damage}; take it out with: {remedy}")
    if damaged:
        click.get_current_context().exit(1)

"""The files of a report."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from align._internal.files import atomic
from align.errors import OutputError


def write_page(path: Path, text: str) -> None:
    """Writes a page whole or not at all."""
    with atomic(path) as stream:
        stream.write(text)


def sweep(folder: Path, written: Iterable[str | None]) -> None:
    """Removes pages of an earlier report: a page that nothing leads to would show what is no longer so."""
    keep = set(written)
    try:
        for old in folder.glob("*.html"):
            if old.name not in keep:
                old.unlink()
    except OSError as error:
        raise OutputError(f"{folder}: an old page cannot be removed ({error.strerror})") from error

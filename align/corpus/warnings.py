"""The warnings of the pairs of a run while it is being made: a line is added for each pair that has any.

A pair's line is on disk before its beads are, so a run that goes on after a kill knows the warnings of the pairs it
does not align again. Several processes may add at once. At the end everything goes into ``run.json`` in one write.
"""

from __future__ import annotations

import errno
import json
import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from align._internal.files import unwritable
from align.corpus.folder import PairEntry

_ADDING = os.O_WRONLY | os.O_APPEND | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0)


@dataclass(frozen=True, slots=True)
class WarningLog:
    """The file of warnings, by the names of the pairs' bead files."""

    path: Path

    def add(self, pair: str, warnings: Sequence[str]) -> None:
        """Adds what is to be known of a pair.

        Raises:
            OutputError: the file cannot be written.
        """
        # Led by a line feed of its own: what a kill or a full disk cut off before it stays a line by itself.
        line = b"\n" + json.dumps([pair, *warnings]).encode() + b"\n"
        try:
            handle = os.open(self.path, _ADDING, 0o666)
            try:
                whole = os.write(handle, line) == len(line)
                os.fsync(handle)
            finally:
                os.close(handle)
        except OSError as error:
            raise unwritable(self.path, error) from error
        if not whole:
            raise unwritable(self.path, OSError(errno.ENOSPC, os.strerror(errno.ENOSPC)))

    def read(self) -> dict[str, tuple[str, ...]]:
        """The warnings by pair; of a pair that was aligned more than once, those of the last time."""
        found: dict[str, tuple[str, ...]] = {}
        try:
            lines = self.path.read_bytes().split(b"\n")
        except FileNotFoundError:
            return found
        for line in lines:
            try:
                pair, *warnings = map(str, json.loads(line))
            except (
                ValueError,
                TypeError,
                RecursionError,
            ):  # blank, or cut off: that pair has no beads yet and is aligned again
                continue
            found[pair] = tuple(warnings)
        return found

    def remove(self) -> None:
        self.path.unlink(missing_ok=True)


Warned = dict[str, str | None]


def warned(about: str | None, warning: str) -> Warned:
    """What a reader should know, of a pair or (None) of the whole run, as the record has it."""
    return {"about": about, "warning": warning}


def about_pair(pair: PairEntry) -> str:
    """What a pair is called in the record."""
    return f"{pair.source} and {pair.target}"


def warnings_by_pair(record: Mapping[str, Any]) -> dict[str, list[str]]:
    """What the record of a run says of its pairs, by what they are called there."""
    found: dict[str, list[str]] = {}
    for entry in record.get("warnings", []):
        if entry["about"] is not None:
            found.setdefault(entry["about"], []).append(entry["warning"])
    return found


def all_warnings(
    earlier: Iterable[Warned], pairs: Iterable[PairEntry], logged: Mapping[str, Sequence[str]]
) -> list[Warned]:
    """The warnings of a run and of all its pairs in their order, however they came in.

    Where a pair was not aligned this time, its warnings are in the record (`earlier`) already.
    """
    before: dict[str | None, list[Warned]] = {}
    for entry in earlier:
        before.setdefault(entry["about"], []).append(entry)
    warnings = before.get(None, [])
    for pair in pairs:
        about = about_pair(pair)
        new = logged.get(pair.file)
        warnings += before.get(about, []) if new is None else [warned(about, warning) for warning in new]
    return warnings

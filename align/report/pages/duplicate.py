"""The page of a pair of near-duplicates: both texts side by side with what differs marked."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import NamedTuple

from align._internal.wording import counted
from align.report.diff import Line, diff
from align.report.markup import lang, number, page

_CONTEXT = 2  # equal lines that stay in view on either side of a change
_WORTH_FOLDING = 4
_KINDS = {
    "identical": "identical",
    "near": "near-duplicates",
    "contained": "one contains the other",
    "version": "versions of one id",
    "spared": "near-duplicates that both stay",
}


@dataclass(frozen=True, slots=True)
class DuplicateEntry:
    """A line of ``duplicates.tsv``, and the name of its page where it has one."""

    first: str
    second: str
    similarity: str
    kind: str
    page: str | None = None


class LineRun(NamedTuple):
    """Lines one after another; equal ones that are not near a difference are folded."""

    folded: bool
    lines: Sequence[Line]


def duplicate_page(entry: DuplicateEntry, texts: tuple[str, str], language: str) -> str:
    """The whole page; long stretches of equal lines are folded."""
    lines = list(diff(*texts))
    changed = sum(not line.same for line in lines)
    facts = [
        _KINDS.get(entry.kind, entry.kind),
        f"similarity {entry.similarity}",
        f"{number(changed)} of {counted(len(lines), 'line')} {'differs' if changed == 1 else 'differ'}",
    ]
    return page(
        "duplicate.html",
        script="index.js",
        title=f"{entry.first} and {entry.second}",
        entry=entry,
        facts=facts,
        language=lang(language),
        stretches=list(_stretches(lines)),
    )


def _stretches(lines: Sequence[Line]) -> Iterator[LineRun]:
    at = 0
    for same, group in groupby(lines, key=lambda line: line.same):
        run = list(group)
        head = _CONTEXT if at else 0
        tail = _CONTEXT if at + len(run) < len(lines) else 0
        at += len(run)
        if not same or len(run) - head - tail < _WORTH_FOLDING:
            yield LineRun(False, run)
            continue
        yield LineRun(False, run[:head])
        yield LineRun(True, run[head : len(run) - tail])
        yield LineRun(False, run[len(run) - tail :])

"""Lines that recur across the kept documents of a batch: navigation, footers, disclaimers.

Lines are compared by their tokens, numbers taken as alike, so that a date or a counter does not hide a footer. A long
line that recurs is boilerplate wherever it stands; short ones ("Home", "Share") only where they stand together with
others at the head or the foot of the document, because a heading may recur too.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from align._internal.arrays import Bools, Ints, UInts64
from align.dedup.kernel import KERNEL
from align.dedup.sketches import text_buffers
from align.text.tokens import token_table

LONG = 8  # tokens of a line that is boilerplate by itself
BREAK = 1  # lines that may stand between recurring lines at the head or the foot


Run = tuple[tuple[int, int], int, int, int]


@dataclass(frozen=True, slots=True)
class Boilerplate:
    """Lines of a document that recur in others: 0-based and inclusive, and where they were seen first."""

    lines: tuple[int, int]
    documents: int  # that hold the rarest of these lines
    first_document: str
    first_lines: tuple[int, int]


def lines_of(text: pa.Array) -> tuple[Ints, UInts64, npt.NDArray[np.uint16]]:
    """How many lines each text has, and of each line its hash and how many tokens it has."""
    data, offsets = text_buffers(text)
    counts, hashes, lengths = KERNEL.lines(data, offsets, token_table().buffers)
    sizes = np.minimum(np.frombuffer(lengths, "<u8"), 65_535).astype(np.uint16)
    return np.frombuffer(counts, "<i8"), np.frombuffer(hashes, "<u8"), sizes


class LineCollection:
    """Hash and length of every line of the documents added so far."""

    def __init__(self) -> None:
        self._counts: list[Ints] = []
        self._hashes: list[UInts64] = []
        self._lengths: list[npt.NDArray[np.uint16]] = []

    def add(self, batch: pa.RecordBatch) -> None:
        """Adds the lines of a batch's documents."""
        counts, hashes, lengths = lines_of(batch["text"])
        self._counts.append(counts)
        self._hashes.append(hashes)
        self._lengths.append(lengths)

    def find(self, kept: Ints, least: int, of: Ints | None = None) -> dict[int, list[Run]]:
        """For each document with boilerplate its runs: (lines, documents, first document, first line there).

        Lines count that recur in `least` of the documents `kept`; runs are those of the documents `of`, or of these.
        """
        if not len(kept):
            return {}
        counts, hashes = np.concatenate(self._counts), np.concatenate(self._hashes)
        lengths, ends = np.concatenate(self._lengths), np.cumsum(counts)
        places = np.concatenate([np.arange(ends[d] - counts[d], ends[d]) for d in kept.tolist()])
        owner = np.repeat(kept, counts[kept])
        spread, first = _spread(hashes[places], owner, lengths[places])
        common = np.flatnonzero(spread >= least)
        recurring, at = np.unique(hashes[places[common]], return_index=True)
        seen = common[at]  # a line of each, among those of the documents `kept`
        found: dict[int, list[Run]] = {}
        for document in (kept if of is None else of).tolist() if len(seen) else ():
            own = slice(ends[document] - counts[document], ends[document])
            where = np.minimum(np.searchsorted(recurring, hashes[own]), len(recurring) - 1)
            recurs = recurring[where] == hashes[own]
            for start, end in runs_of(recurs, lengths[own]) if recurs.any() else ():
                inside = where[start : end + 1][recurs[start : end + 1]]
                origin = int(first[seen[inside[0]]])
                line = origin - int(np.searchsorted(owner, owner[origin]))
                run = (start, end), int(spread[seen[inside]].min()), int(owner[origin]), line
                found.setdefault(document, []).append(run)
        return found


def _spread(hashes: UInts64, owner: Ints, lengths: npt.NDArray[np.uint16]) -> tuple[Ints, Ints]:
    """For each line in how many documents it stands (0: it has no tokens), and the place of its first occurrence."""
    _, first, inverse = np.unique(hashes, return_index=True, return_inverse=True)
    once = np.unique(inverse * np.int64(int(owner.max()) + 1) + owner)
    times = np.bincount((once // (int(owner.max()) + 1)).astype(np.int64), minlength=len(first))
    return np.where(lengths > 0, times[inverse], 0), first[inverse].astype(np.int64)


def runs_of(recurs: Bools, lengths: npt.NDArray[np.uint16]) -> list[tuple[int, int]]:
    """Runs of recurring lines: of any length at the edges, inside of long lines only; lines without tokens join."""
    filled = np.flatnonzero(lengths > 0)
    cut = set(filled[(recurs & (lengths >= LONG))[filled]].tolist())
    for line in (filled, filled[::-1]):
        missed = 0
        edge: list[int] = []
        for place in line.tolist():
            missed = 0 if recurs[place] else missed + 1
            if missed > BREAK:
                break
            if recurs[place]:
                edge.append(place)
        if len(edge) > 1:
            cut.update(edge)
    runs: list[tuple[int, int]] = []
    for place in sorted(cut):
        if runs and not (lengths[runs[-1][1] + 1 : place] > 0).any():
            runs[-1] = (runs[-1][0], place)
        else:
            runs.append((place, place))
    return runs

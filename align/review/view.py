"""The beads of one pair at one level, as they stand: a long list that answers a page's questions quickly."""

from __future__ import annotations

import unicodedata
from array import array
from collections.abc import Callable, Iterator, Sequence
from enum import IntFlag
from itertools import islice, pairwise
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from align.review.bead import ReviewBead
from align.review.fit import fit
from align.review.patch import Patch
from align.review.store import Place, Stored

DOUBTFUL = 0.7  # an open bead below this confidence is doubtful, unless the reviewer says otherwise

Order = Literal["text", "worst"]


class Flag(IntFlag):
    """What can be looked for in the list."""

    OPEN = 1
    DOUBTFUL = 2
    ACCEPTED = 4
    REJECTED = 8
    COMMENTED = 16
    CHANGED = 32  # put together by hand, or a text edited
    MOVED = 64


_STATUS = {"open": Flag.OPEN, "accepted": Flag.ACCEPTED, "rejected": Flag.REJECTED}


class View:
    """One level of a pair: the machine's beads with everybody's decisions on them.

    Attributes:
        beads: in the order of the text.
        unfitting: decisions without a place among them, by key.
    """

    def __init__(
        self,
        place: Place,
        base: Sequence[ReviewBead],
        decisions: Sequence[Stored],
        *,
        flipped: bool = False,
        doubtful: float = DOUBTFUL,
        calibrate: Callable[[float], float] | None = None,
        warning: str = "",
    ) -> None:
        self.place, self.flipped, self.warning = place, flipped, warning
        self.machine = {bead.id: bead for bead in base}
        self.doubtful, self._calibrate = doubtful, calibrate
        kept = {d.key: d.bead.swapped() if flipped else d.bead for d in decisions}
        fitted = fit(base, {d.key: kept[d.key] for d in decisions if not d.dismissed})
        self.beads, self.stored, self.unfitting = fitted.beads, fitted.stored, fitted.unfitting
        self._away = {d.key: kept[d.key] for d in decisions if d.dismissed}
        self._by_id = {bead.id: bead for bead in self.beads}
        self._holders: tuple[dict[str, ReviewBead], dict[str, ReviewBead]] = ({}, {})
        self._hold(self.beads)
        self._near = 0
        self._flags = bytearray(map(self._flag, self.beads))
        self._scores = array("f", map(self.score, self.beads))

    def __len__(self) -> int:
        return len(self.beads)

    def find(self, id: str) -> ReviewBead | None:
        return self._by_id.get(id)

    def index(self, bead: ReviewBead) -> int:
        """The place of a bead in the list; quick near the last one asked for."""
        start = max(0, self._near - 50)
        try:
            self._near = self.beads.index(bead, start, start + 100)
        except ValueError:
            self._near = self.beads.index(bead)
        return self._near

    def holder(self, side: int, position: str) -> ReviewBead | None:
        """The bead that now holds a unit of the source (0) or target (1)."""
        return self._holders[side].get(position)

    def _hold(self, beads: Sequence[ReviewBead]) -> None:
        for bead in beads:
            for holders, units in zip(self._holders, (bead.source, bead.target), strict=True):
                for unit in units:
                    holders.update((position, bead) for position in unit.position.split())

    def confidence(self, bead: ReviewBead) -> float | None:
        """The machine's confidence, recalibrated where the run has a calibration."""
        if bead.confidence is None or self._calibrate is None:
            return bead.confidence
        return self._calibrate(bead.confidence)

    def score(self, bead: ReviewBead) -> float:
        """What the worst-first order goes by: confidence, 0 where the machine has none."""
        return self.confidence(bead) or 0.0

    def key(self, bead: ReviewBead) -> str:
        """The key of a decision on this bead."""
        return (bead.swapped() if self.flipped else bead).key

    def _flag(self, bead: ReviewBead) -> int:
        flag = _STATUS[bead.status]
        if bead.status == "open" and self.score(bead) < self.doubtful:
            flag |= Flag.DOUBTFUL
        if bead.comment:
            flag |= Flag.COMMENTED
        if bead.by_hand or bead.edited:
            flag |= Flag.CHANGED
        if bead.moved:
            flag |= Flag.MOVED
        return int(flag)

    def is_doubtful(self, bead: ReviewBead) -> bool:
        return bool(self._flag(bead) & Flag.DOUBTFUL)

    # Changing

    def apply(self, changes: Sequence[tuple[ReviewBead | None, ReviewBead | None]], patch: Patch) -> None:
        """Makes the changes of a patch (`Patch.changes`) in memory."""
        gone = [(self.index(old), old) for old, new in changes if old and not new]
        come = [new for old, new in changes if new and not old]
        for old, new in changes:
            if old and new:
                self._put(self.index(old), new)
        if gone or come:
            self._replace(sorted(gone, key=lambda item: item[0]), come)
        for key in patch.dismissed:
            origin, goal = (self._away, self.unfitting) if patch.restore else (self.unfitting, self._away)
            if key in origin:
                goal[key] = origin.pop(key)

    def _put(self, index: int, bead: ReviewBead) -> None:
        self.beads[index] = self._by_id[bead.id] = bead
        self._hold([bead])
        self._flags[index] = self._flag(bead)
        self._scores[index] = self.score(bead)
        self._restore_key(bead)

    def _replace(self, gone: Sequence[tuple[int, ReviewBead]], come: Sequence[ReviewBead]) -> None:
        for index, bead in reversed(gone):
            del self.beads[index], self._flags[index], self._scores[index], self._by_id[bead.id]
            self.stored.pop(bead.id, None)
        at = gone[0][0]
        self.beads[at:at] = come
        self._hold(come)
        self._flags[at:at] = bytes(map(self._flag, come))
        self._scores[at:at] = array("f", map(self.score, come))
        for bead in come:
            self._by_id[bead.id] = bead
            self._restore_key(bead)

    def _restore_key(self, bead: ReviewBead) -> None:
        if bead.pristine:
            self.stored.pop(bead.id, None)
        else:
            self.stored[bead.id] = self.key(bead)

    # Asking

    def counts(self) -> dict[str, int]:
        """How many beads are open, doubtful, accepted, rejected, commented, changed, moved, and in all."""
        flags = np.frombuffer(self._flags, np.uint8)
        counts = {str(flag.name).lower(): int(np.count_nonzero(flags & flag.value)) for flag in Flag}
        return {"total": len(self), **counts, "unfitting": len(self.unfitting)}

    def next(
        self,
        flag: Flag,
        *,
        start: int,
        order: Order = "text",
        score: float | None = None,
        backwards: bool = False,
    ) -> int | None:
        """The next bead of a kind, around the end; None when there is no other.

        Args:
            flag: the kind.
            start: the bead to go on from, -1 for the beginning.
            order: ``text``, or ``worst`` for lowest confidence first.
            score: in the worst-first order, the confidence to go on from instead of the bead's own.
            backwards: the one before instead.
        """
        flags, scores = np.frombuffer(self._flags, np.uint8), np.frombuffer(self._scores, np.float32)
        matching: NDArray[np.intp] = np.flatnonzero(flags & flag.value)
        matching = matching[matching != start]
        if not len(matching):
            return None
        later = matching > start
        if order == "worst":
            if score is None:
                score = float(scores[start]) if 0 <= start < len(self) else -1.0
            here = np.float32(score)
            matching = matching[np.lexsort((matching, scores[matching]))]
            later = (scores[matching] > here) | ((scores[matching] == here) & (matching > start))
        part = matching[~later] if backwards else matching[later]
        part = part if len(part) else matching
        return int(part[-1] if backwards else part[0])

    def strip(self, bins: int) -> list[tuple[float, float, float]]:
        """The whole list in so many stretches: share decided, share rejected, lowest confidence of the open ones."""
        flags, scores = np.frombuffer(self._flags, np.uint8), np.frombuffer(self._scores, np.float32)
        edges = np.unique(np.linspace(0, len(self), min(bins, len(self)) + 1).astype(int))
        stretches: list[tuple[float, float, float]] = []
        for start, stop in pairwise(edges.tolist()):
            part = flags[start:stop]
            accepted = int(np.count_nonzero(part & Flag.ACCEPTED.value))
            rejected = int(np.count_nonzero(part & Flag.REJECTED.value))
            open_scores = scores[start:stop][(part & Flag.OPEN.value) > 0]
            worst = float(open_scores.min()) if len(open_scores) else 1.0
            stretches.append(((accepted + rejected) / len(part), rejected / len(part), round(worst, 3)))
        return stretches

    def search(self, wanted: str, *, start: int, backwards: bool = False) -> int | None:
        """The next bead after `start`, around the end, whose texts, comment or positions contain the words."""
        text, position = " ".join(_folded(wanted).split()), wanted.strip()
        if not text:
            return None
        after, before = range(start + 1, len(self)), range(min(start, len(self) - 1) + 1)
        order: list[int] = (
            [*reversed(before[:-1]), *reversed(after), *before[-1:]] if backwards else [*after, *before]
        )
        named = self._holders[0].get(position), self._holders[1].get(position)
        for index in order:
            bead = self.beads[index]
            if bead in named or _mentions(bead, text):
                return index
        return None

    def window(self, start: int, count: int) -> Iterator[tuple[int, ReviewBead]]:
        start = max(0, start)
        return islice(enumerate(self.beads[start : start + count], start), count)

    def around(self, ids: Sequence[str]) -> list[ReviewBead]:
        """The beads that now hold the units of these beads, as the page knew them."""
        sides = [id.split("|") for id in ids if id.count("|") == 1]
        found = {
            holder.id: holder
            for pair in sides
            for side, positions in enumerate(pair)
            for position in positions.split()
            if (holder := self.holder(side, position))
        }
        return sorted(found.values(), key=self.index)


def _mentions(bead: ReviewBead, text: str) -> bool:
    for units, edit in ((bead.source, bead.source_edit), (bead.target, bead.target_edit)):
        if edit is not None:
            if text in _folded(edit):
                return True
            continue
        for unit in units:
            if text in _folded(unit[1]):
                return True
    return bool(bead.comment) and text in _folded(bead.comment)


def _folded(text: str) -> str:
    """Text for comparison: case folded, compatibility forms unified; quick where there is nothing to unify."""
    if text.isascii():
        return text.lower()
    if not unicodedata.is_normalized("NFKC", text):
        text = unicodedata.normalize("NFKC", text)
    return text.casefold()

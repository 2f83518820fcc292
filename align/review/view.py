"""The beads of one pair at one level, as they stand: a long list that answers a page's questions quickly."""

from __future__ import annotations

from array import array
from bisect import bisect_right
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from enum import IntFlag
from functools import partial
from itertools import accumulate, chain
from typing import Literal

import numpy as np

from align._internal.arrays import Places
from align.document import unit_position
from align.formats.beads import DOUBTFUL
from align.review.base import Base, is_unresolved
from align.review.bead import ReviewBead, ReviewUnit, in_order, in_present_form
from align.review.parts import cut_as, cut_like, holds, is_part, pieces_within, together
from align.review.patch import Patch
from align.review.reapply import fit
from align.review.store import Place, Stored
from align.text.clean import fold, fold_characters

Order = Literal["text", "worst"]


class Flag(IntFlag):
    """What can be looked for in the list."""

    OPEN = 1
    DOUBTFUL = 2
    ACCEPTED = 4
    REJECTED = 8
    COMMENTED = 16
    CHANGED = 32  # put together by hand, or a text edited
    REORDERED = 64


_STATUS = {"open": Flag.OPEN, "accepted": Flag.ACCEPTED, "rejected": Flag.REJECTED}


class View:
    """One level of a pair: the machine's beads with everybody's decisions on them.

    Attributes:
        unplaced: decisions without a place among the beads, by key.
    """

    def __init__(
        self,
        place: Place,
        base: Base,
        decisions: Sequence[Stored],
        *,
        flipped: bool = False,
        doubtful: float = DOUBTFUL,
        calibrate: Callable[[float], float] | None = None,
    ) -> None:
        self.place, self.flipped = place, flipped
        self.machine = {bead.id: bead for bead in base.beads}
        self.doubtful, self._calibrate, self._resolved = doubtful, calibrate, base.resolved
        kept = {d.key: d.bead.swapped() if flipped else d.bead for d in decisions}
        wanted = {d.key: kept[d.key] for d in decisions if not d.dismissed}
        machine = _in_parts(self._ready(base.beads, wanted.values()), wanted.values())
        fitted = fit(machine, _in_parts_of(machine, wanted))
        self._beads, self.stored, self.unplaced = fitted.beads, fitted.stored, fitted.unplaced
        if any(":" in bead.id for bead in self._beads):
            self._beads = [bead if bead.id in self.stored else self._whole(bead) for bead in self._beads]
        self._away = {d.key: kept[d.key] for d in decisions if d.dismissed}
        self._by_id = {bead.id: bead for bead in self._beads}
        self._holders: tuple[dict[str, ReviewBead], dict[str, ReviewBead]] = ({}, {})
        self._hold(self._beads)
        self._unresolved = {bead.id for bead in self._beads if is_unresolved(bead)}
        self._near = 0
        self._said: list[str] | None = None  # what is searched, bead by bead, where somebody may search
        self._searched: tuple[str, list[int]] | None = None  # and in one piece
        self._flags = bytearray(map(self._flag, self._beads))
        self._scores = array("f", map(self.score, self._beads))

    def _ready(self, base: Sequence[ReviewBead], decisions: Collection[ReviewBead]) -> Sequence[ReviewBead]:
        """The machine's beads, with their units one by one as far as the decisions need them."""
        for side in ("source", "target"):
            units = {unit for bead in decisions for unit in getattr(bead, side)}
            positions = {position for unit in units for position in unit.position.split()}
            base = [
                self._resolved(bead)
                if is_unresolved(bead)
                and any(not positions.isdisjoint(u.position.split()) for u in getattr(bead, side))
                else bead
                for bead in base
            ]
            if not units <= {unit for bead in base for unit in getattr(bead, side)}:
                return list(map(self._resolved, base))  # texts or positions are others now: look everywhere
        return base

    def _whole(self, bead: ReviewBead) -> ReviewBead:
        """A bead that nobody decided about, with its parts put together; the machine's where it is one."""
        if ":" not in bead.id:
            return bead
        source, target = (self.together(side, units) for side, units in enumerate((bead.source, bead.target)))
        found = replace(bead, source=source, target=target)
        return self.machine.get(found.id, found)

    def together(self, side: int, units: Iterable[ReviewUnit]) -> tuple[ReviewUnit, ...]:
        """Units of one side in order, with the parts of one that follow each other as one."""
        return together(in_order(units), partial(self._original, side))

    def _original(self, side: int, position: str) -> ReviewUnit | None:
        """The machine's unit, or its part of one, that holds a position."""
        for bead in self.machine.values():
            named = chain.from_iterable(u.position.split() for u in (bead.source, bead.target)[side])
            if any(holds(held, position) for held in named):
                units = self._resolved(bead)
                return next(
                    (u for u in (units.source, units.target)[side] if holds(u.position, position)), None
                )
        return None

    @property
    def beads(self) -> list[ReviewBead]:
        """All beads in the order of the text, with their units one by one (for a long text this takes seconds)."""
        for id in list(self._unresolved):
            self.find(id)
        return self._beads

    def rows(self) -> Iterator[ReviewBead]:
        """All beads in the order of the text; several units of a machine's bead may stand as one."""
        return iter(self._beads)

    def _close(self, index: int) -> ReviewBead:
        """The bead at a place in the list, with its units one by one."""
        bead = self._beads[index]
        if bead.id in self._unresolved:
            self._unresolved.discard(bead.id)
            bead = self._resolved(bead)
            self._beads[index] = self._by_id[bead.id] = bead
            self._hold([bead])
        return bead

    def __len__(self) -> int:
        return len(self._beads)

    def find(self, id: str) -> ReviewBead | None:
        bead = self._by_id.get(id)
        return self._close(self.index(bead)) if bead and id in self._unresolved else bead

    def peek(self, id: str) -> ReviewBead | None:
        """The bead as it is at hand: several units of a machine's bead may stand as one."""
        return self._by_id.get(id)

    def ids(self, indices: Sequence[int]) -> list[str]:
        return [self._beads[index].id for index in indices]

    def index(self, bead: ReviewBead) -> int:
        """The place of a bead in the list; quick near the last one asked for."""
        start = max(0, self._near - 50)
        try:
            self._near = self._beads.index(bead, start, start + 100)
        except ValueError:
            self._near = self._beads.index(bead)
        return self._near

    def holder(self, side: int, position: str) -> ReviewBead | None:
        """The bead that now holds a unit of the source (0) or target (1)."""
        bead = self._holders[side].get(position)
        return self.find(bead.id) if bead else None

    def holders(self, side: int, position: str) -> list[ReviewBead]:
        """The beads that hold something of a position: several where a sentence is cut."""
        if whole := self.holder(side, position):
            return [whole]
        base = unit_position(position)
        near = [
            index
            for index, bead in enumerate(self._beads)
            if any(base in map(unit_position, u.position.split()) for u in (bead.source, bead.target)[side])
        ]
        return [bead for bead in map(self._close, near) if self._within(side, bead, position)]

    def _within(self, side: int, bead: ReviewBead, position: str) -> bool:
        return any(pieces_within(unit, position) for unit in (bead.source, bead.target)[side])

    def pieces(self, side: int, position: str) -> list[ReviewUnit]:
        """What the source (0) or target (1) has within a position, cut out of its units where need be."""
        units = chain.from_iterable((bead.source, bead.target)[side] for bead in self.holders(side, position))
        return list(chain.from_iterable(pieces_within(unit, position) for unit in units))

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
        if bead.reordered:
            flag |= Flag.REORDERED
        return int(flag)

    def has(self, index: int, flag: Flag) -> bool:
        return bool(self._flags[index] & flag)

    def is_doubtful(self, bead: ReviewBead) -> bool:
        return bool(self._flag(bead) & Flag.DOUBTFUL)

    # Changing

    def apply(self, changes: Sequence[tuple[ReviewBead | None, ReviewBead | None]], patch: Patch) -> None:
        """Makes the changes of a patch (`Patch.changes`) in memory."""
        self._searched = None
        gone = [(self.index(old), old) for old, new in changes if old and not new]
        come = [new for old, new in changes if new and not old]
        for old, new in changes:
            if old and new:
                self._put(self.index(old), new)
        if gone or come:
            self._replace(sorted(gone, key=lambda item: item[0]), come)
        for key in patch.dismissed:
            origin, goal = (self._away, self.unplaced) if patch.restore else (self.unplaced, self._away)
            if key in origin:
                goal[key] = origin.pop(key)

    def _put(self, index: int, bead: ReviewBead) -> None:
        self._beads[index] = self._by_id[bead.id] = bead
        self._hold([bead])
        self._flags[index] = self._flag(bead)
        self._scores[index] = self.score(bead)
        if self._said is not None:
            self._said[index] = _said(bead)
        self._restore_key(bead)

    def _replace(self, gone: Sequence[tuple[int, ReviewBead]], come: Sequence[ReviewBead]) -> None:
        for index, bead in reversed(gone):
            del self._beads[index], self._flags[index], self._scores[index], self._by_id[bead.id]
            self.stored.pop(bead.id, None)
            if self._said is not None:
                del self._said[index]
        at = gone[0][0]
        self._beads[at:at] = come
        self._hold(come)
        self._flags[at:at] = bytes(map(self._flag, come))
        self._scores[at:at] = array("f", map(self.score, come))
        if self._said is not None:
            self._said[at:at] = map(_said, come)
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
        """How many beads are open, doubtful, accepted, rejected, commented, changed, reordered, and in all."""
        flags = np.frombuffer(self._flags, np.uint8)
        counts = {str(flag.name).lower(): int(np.count_nonzero(flags & flag.value)) for flag in Flag}
        return {"total": len(self), **counts, "unplaced": len(self.unplaced)}

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
        matching: Places = np.flatnonzero(flags & flag.value)
        matching = matching[matching != start]
        if not len(matching):
            return None
        later = matching > start
        if order == "worst":
            if score is None:
                score = float(scores[start]) if 0 <= start < len(self) else -1.0
            found = scores[matching]
            later = (found > np.float32(score)) | ((found == np.float32(score)) & later)
        part = matching[~later] if backwards else matching[later]
        part = part if len(part) else matching
        if order == "worst":
            found = scores[part]
            part = part[found == (found.max() if backwards else found.min())]
        return int(part[-1] if backwards else part[0])

    def doubtful_beads(self) -> list[tuple[int, float]]:
        """Where the doubtful beads are, with their scores."""
        found: Places = np.flatnonzero(np.frombuffer(self._flags, np.uint8) & Flag.DOUBTFUL.value)
        return [(index, self.score(self._beads[index])) for index in found.tolist()]

    def undecided_down_to(self, index: int) -> list[int]:
        """The open beads from behind the last decided one above down to this one; none where this one is decided."""
        index = min(index, len(self) - 1)
        flags = np.frombuffer(self._flags, np.uint8)[: index + 1]
        decided: Places = np.flatnonzero((flags & Flag.OPEN.value) == 0)
        return list(range(int(decided[-1]) + 1 if len(decided) else 0, index + 1))

    def strip(self, bins: int) -> list[tuple[float, float, float]]:
        """The whole list in so many stretches, each with three shares from 0 to 1.

        How much is decided, how much is rejected, and how doubtful the open beads are: 0 when none is below the
        threshold, 1 when all have no confidence at all.
        """
        flags, scores = np.frombuffer(self._flags, np.uint8), np.frombuffer(self._scores, np.float32)
        is_open = (flags & Flag.OPEN.value) > 0
        doubt = np.where(is_open, np.clip(1 - scores / max(self.doubtful, 1e-6), 0, 1), 0)
        edges = np.unique(np.linspace(0, len(self), min(bins, len(self)) + 1).astype(int))
        if len(edges) < 2:
            return []
        sizes = np.diff(edges)
        parts = (~is_open, (flags & Flag.REJECTED.value) > 0, doubt)
        shares = [np.add.reduceat(part.astype(np.float64), edges[:-1]) / sizes for part in parts]
        return [(round(d, 3), round(r, 3), round(w, 3)) for d, r, w in np.stack(shares, axis=1).tolist()]

    def make_searchable(self) -> None:
        """Does ahead what the first search would take its time for: every text is folded once."""
        if self._said is None:
            self._said = list(map(_said, self._beads))

    def search(self, wanted: str, *, start: int, backwards: bool = False) -> int | None:
        """The next bead after `start`, around the end, whose texts, comment or positions contain the words."""
        text = fold(wanted)
        if not text:
            return None
        for side in (0, 1):
            bead = next(iter(self.holders(side, _position(wanted))), None)
            if bead and self.index(bead) != start:
                return self.index(bead)
        everything, starts = self._everything()
        here = starts[min(start + 1, len(self))] if start >= 0 else 0
        if backwards:
            before = starts[start] if start > 0 else 0
            at = everything.rfind(text, 0, before)
            at = everything.rfind(text, before) if at < 0 else at
        else:
            at = everything.find(text, here)
            at = everything.find(text, 0, here) if at < 0 else at
        return None if at < 0 else bisect_right(starts, at) - 1

    def _everything(self) -> tuple[str, list[int]]:
        """All that can be searched, and where each bead begins in it, with the end as the last."""
        self.make_searchable()
        assert self._said is not None
        if self._searched is None:
            lengths = (len(said) + 1 for said in self._said)
            self._searched = "\n".join(self._said), list(accumulate(lengths, initial=0))
        return self._searched

    def window(self, start: int, count: int) -> Iterator[tuple[int, ReviewBead]]:
        for index in range(max(0, start), min(len(self), max(0, start) + count)):
            yield index, self._close(index)

    def around(self, ids: Sequence[str]) -> list[ReviewBead]:
        """The beads that now hold the units of these beads, as the page knew them."""
        sides = [id.split("|") for id in ids if id.count("|") == 1]
        found = {
            holder.id: holder
            for pair in sides
            for side, positions in enumerate(pair)
            for position in positions.split()
            for holder in self.holders(side, position)
        }
        return sorted(found.values(), key=self.index)


def _in_parts(base: Sequence[ReviewBead], decisions: Collection[ReviewBead]) -> Sequence[ReviewBead]:
    """The machine's beads with their units cut as the decisions have them."""
    for side in ("source", "target"):
        parts = [unit for bead in decisions for unit in getattr(bead, side) if is_part(unit)]
        if parts:
            base = [_with_side(bead, side, cut_as(getattr(bead, side), parts)) for bead in base]
    return base


def _in_parts_of(base: Sequence[ReviewBead], decisions: Mapping[str, ReviewBead]) -> Mapping[str, ReviewBead]:
    """Decisions with their units cut as the machine's beads have them: it may have parted what once was whole."""
    for side in ("source", "target"):
        units = dict.fromkeys(unit for bead in base for unit in getattr(bead, side))
        parts = [unit for unit in units if is_part(unit)]
        if parts:
            decisions = {
                key: _with_side(bead, side, cut_like(getattr(bead, side), parts))
                for key, bead in decisions.items()
            }
    return decisions


def _with_side(bead: ReviewBead, side: str, units: tuple[ReviewUnit, ...]) -> ReviewBead:
    """A bead with other units; the same object where they are the same."""
    if units == getattr(bead, side):
        return bead
    return replace(bead, source=units) if side == "source" else replace(bead, target=units)


def _said(bead: ReviewBead) -> str:
    """What a search looks at in a bead: its texts as they go out and its comment, folded, a line each."""
    texts = [unit[1] for unit in bead.source] if bead.source_edit is None else [bead.source_edit]
    texts += [unit[1] for unit in bead.target] if bead.target_edit is None else [bead.target_edit]
    if bead.comment:
        texts.append(bead.comment)
    return "\n".join(map(fold_characters, texts))


def _position(wanted: str) -> str:
    """What somebody looks for as a position; words are none, and no unit is called by them."""
    try:
        return in_present_form(wanted.lower())
    except ValueError:
        return wanted

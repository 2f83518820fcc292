"""Decisions put onto an alignment: the one they were made on, or another one of the same texts.

A decision finds its units again by position and text, or by text alone where positions have shifted. It applies as
it is where the alignment has a bead of exactly these units. Otherwise an accepted bead, or one put together by
hand, takes its units out of the machine's beads, and what remains of those is left open. Whatever finds no place
(texts that are gone, remarks on a bead that no longer exists, units that a newer decision has) is handed back.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import chain

from align.review.bead import ReviewBead, ReviewUnit, position_key


@dataclass(slots=True)
class Fitted:
    """Beads with decisions on them, the key under which each decision is stored, and decisions without a place."""

    beads: list[ReviewBead]
    stored: dict[str, str] = field(default_factory=dict)  # bead id -> key of its decision
    unplaced: dict[str, ReviewBead] = field(default_factory=dict)  # by key, in reading order


def fit(base: Sequence[ReviewBead], decisions: Mapping[str, ReviewBead]) -> Fitted:
    """The alignment with the decisions on it; a newer decision goes before an older one.

    Args:
        base: the machine's beads, every unit in exactly one.
        decisions: by key, beads that somebody decided about, of this or an earlier alignment.
    """
    if not decisions:
        return Fitted(list(base))
    newest_first = sorted(decisions.items(), key=lambda item: (item[1].time, item[0]), reverse=True)
    return _Fitting(base).fit(newest_first)


class _Fitting:
    def __init__(self, base: Sequence[ReviewBead]) -> None:
        self.base = base
        self.numbers = {bead.id: number for number, bead in enumerate(base)}
        self.home: tuple[dict[ReviewUnit, int], dict[ReviewUnit, int]] = ({}, {})
        for number, bead in enumerate(base):
            for home, units in zip(self.home, (bead.source, bead.target), strict=True):
                home.update((unit, number) for unit in units)
        self.taken: tuple[set[ReviewUnit], set[ReviewUnit]] = (set(), set())
        self.exact: dict[int, ReviewBead] = {}
        self.carved: dict[int, list[ReviewBead]] = defaultdict(list)
        self.touched: set[int] = set()
        self.result = Fitted([])

    def fit(self, decisions: Sequence[tuple[str, ReviewBead]]) -> Fitted:
        sources = locate(list(self.home[0]), chain.from_iterable(bead.source for _, bead in decisions))
        targets = locate(list(self.home[1]), chain.from_iterable(bead.target for _, bead in decisions))
        unplaced: list[tuple[str, ReviewBead]] = []
        for key, decision in decisions:
            source = [sources.get(unit) for unit in decision.source]
            target = [targets.get(unit) for unit in decision.target]
            if found := self._settle(decision, source, target):
                self.result.stored[found.id] = key
            else:
                unplaced.append((key, decision))
        self.result.unplaced = dict(sorted(unplaced, key=lambda item: (_first(item[1]), item[1].time)))
        self.result.beads = list(self._beads())
        return self.result

    def _settle(
        self, decision: ReviewBead, source: Sequence[ReviewUnit | None], target: Sequence[ReviewUnit | None]
    ) -> ReviewBead | None:
        """The decision in its place; None when it has none."""
        left, right = tuple(u for u in source if u), tuple(u for u in target if u)
        if len(left) < len(source) or len(right) < len(target):
            return None
        if not (self.taken[0].isdisjoint(left) and self.taken[1].isdisjoint(right)):
            return None
        found = replace(decision, source=left, target=right, found_reordered=False, confidence=None)
        number = self.numbers.get(found.id)
        if number is not None:
            machine = self.base[number]
            found = replace(
                found,
                confidence=machine.confidence,
                found_reordered=machine.found_reordered,
                by_hand=False,
            )
            self.exact[number] = found
        elif decision.status == "accepted" or decision.by_hand:
            found = replace(found, by_hand=True)
            homes = {self.home[0][unit] for unit in left} | {self.home[1][unit] for unit in right}
            self.carved[min(homes)].append(found)
            self.touched |= homes
        else:
            return None
        self.taken[0].update(left)
        self.taken[1].update(right)
        return found

    def _beads(self) -> Iterator[ReviewBead]:
        for number, bead in enumerate(self.base):
            if number in self.exact:
                yield self.exact[number]
            elif number not in self.touched:
                yield bead
            else:
                source = tuple(unit for unit in bead.source if unit not in self.taken[0])
                target = tuple(unit for unit in bead.target if unit not in self.taken[1])
                rest = [ReviewBead(source, target)] if source or target else []
                yield from arranged([*self.carved[number], *rest])


def locate(current: Sequence[ReviewUnit], wanted: Iterable[ReviewUnit]) -> dict[ReviewUnit, ReviewUnit]:
    """Where units of an earlier text are in the present one: same position and text, else the same text elsewhere.

    A text that occurs several times is taken for the first free one after the unit located before it.
    """
    here = set(current)
    order = sorted(set(wanted), key=lambda unit: position_key(unit.position))
    found = {unit: unit for unit in order if unit in here}
    missing = [unit for unit in order if unit not in here]
    texts = {unit.text for unit in missing}
    places: dict[str, list[int]] = defaultdict(list)
    for index, unit in enumerate(current):
        if unit.text in texts and unit not in found:
            places[unit.text].append(index)
    last = -1
    for unit in missing:
        free = places[unit.text]
        if free:
            last = next((index for index in free if index > last), free[0])
            free.remove(last)
            found[unit] = current[last]
    return found


def arranged(beads: Sequence[ReviewBead]) -> list[ReviewBead]:
    """Beads of one stretch in reading order: by source; what has none stands before the next greater target."""
    ordered = sorted((b for b in beads if b.source), key=lambda b: position_key(b.source[0].position))
    for bead in sorted((b for b in beads if not b.source), key=lambda b: position_key(b.target[0].position)):
        first = position_key(bead.target[0].position)
        after = (i for i, b in enumerate(ordered) if b.target and position_key(b.target[0].position) > first)
        ordered.insert(next(after, len(ordered)), bead)
    return ordered


def _first(bead: ReviewBead) -> tuple[int, ...]:
    return position_key((bead.source or bead.target)[0].position)

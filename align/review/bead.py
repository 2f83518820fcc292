"""A bead under review: its units one by one, and what a person decided about it."""

from __future__ import annotations

import hashlib
import json
import zlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields, replace
from typing import Any, Literal, NamedTuple

from align.document import format_position, joined, parse_position

ReviewStatus = Literal["open", "accepted", "rejected"]
STATUSES: tuple[ReviewStatus, ...] = ("open", "accepted", "rejected")


class _Unit(NamedTuple):
    position: str
    text: str
    space: str | None = None


class ReviewUnit(_Unit):
    """A paragraph or sentence of a bead: its position and its text, which are what units are compared by.

    `space` is what stands between it and the sentence before, None where that is not known. Where the texts of a
    bead's units are not known one by one, one unit stands for all of them: its positions are then several, separated
    by a space, and nothing can cut it.
    """

    __slots__ = ()

    def __eq__(self, other: object) -> bool:
        return isinstance(other, tuple) and self[:2] == other[:2]

    def __ne__(self, other: object) -> bool:
        return not self == other

    def __hash__(self) -> int:
        return hash(self[:2])


# eq=False: beads are looked up by identity in long lists; `content` compares what they say.
@dataclass(frozen=True, slots=True, eq=False)
class ReviewBead:
    """One bead as it stands in the review."""

    source: tuple[ReviewUnit, ...]
    target: tuple[ReviewUnit, ...]
    confidence: float | None = None  # the machine's; None: put together by hand, or what a decision left over
    found_reordered: bool = False  # the aligner says that it stands elsewhere in the other text
    by_hand: bool = False  # a reviewer put these units together
    status: ReviewStatus = "open"
    mark: bool | None = None  # the reviewer's word on "reordered"; None: as the aligner has it
    source_edit: str | None = None
    target_edit: str | None = None
    comment: str = ""
    reviewer: str = ""  # who touched it last
    time: str = ""  # when, UTC

    @property
    def id(self) -> str:
        """The positions of both sides: no two beads of an alignment share it."""
        return f"{positions(self.source)}|{positions(self.target)}"

    @property
    def key(self) -> str:
        """A hash of positions and texts: names the same bead of the same texts in any alignment."""
        sides = [[unit[:2] for unit in side] for side in (self.source, self.target)]
        said = json.dumps(sides, ensure_ascii=False).encode()
        return hashlib.sha256(said).hexdigest()[:32]

    @property
    def content(self) -> tuple[object, ...]:
        """All that a reviewer sees and decides, without who and when."""
        return self.source, self.target, self.by_hand, *(getattr(self, name) for name in DECIDED)

    @property
    def version(self) -> str:
        """Changes when anything that a reviewer sees changes; the same in every process."""
        return f"{zlib.crc32(repr(self.content).encode('utf-8', 'replace')):08x}"

    @property
    def pristine(self) -> bool:
        """Nobody has decided anything here."""
        return not self.by_hand and all(getattr(self, name) == value for name, value in DECIDED.items())

    @property
    def reordered(self) -> bool:
        return self.found_reordered if self.mark is None else self.mark

    @property
    def edited(self) -> bool:
        return self.source_edit is not None or self.target_edit is not None

    @property
    def source_text(self) -> str:
        return joined(self.source)

    @property
    def target_text(self) -> str:
        return joined(self.target)

    @property
    def type(self) -> str:
        return f"{len(positions(self.source).split())}-{len(positions(self.target).split())}"

    def swapped(self) -> ReviewBead:
        """The same bead seen from the other side."""
        return replace(
            self,
            source=self.target,
            target=self.source,
            source_edit=self.target_edit,
            target_edit=self.source_edit,
        )


# What a reviewer decides about a bead, with the value that means "nothing yet".
DECIDED: dict[str, Any] = {
    "status": "open",
    "mark": None,
    "source_edit": None,
    "target_edit": None,
    "comment": "",
}
_FIELDS = tuple(field.name for field in fields(ReviewBead))


def positions(units: Sequence[ReviewUnit]) -> str:
    return " ".join(unit.position for unit in units)


def position_key(position: str) -> tuple[int, ...]:
    """What to sort units by: the (first) position as numbers."""
    return parse_position(position.split(" ")[0])


def in_present_form(named: str) -> str:
    """Positions of one side, as an id or a unit has them, where decisions taken earlier say ``7.2`` for ``p7s2``."""
    return " ".join(map(_in_present_form, named.split()))


def _in_present_form(position: str) -> str:
    numbers = parse_position(position)
    return position if position.startswith("p") else format_position(*numbers)


def in_order(units: Iterable[ReviewUnit]) -> tuple[ReviewUnit, ...]:
    return tuple(sorted(units, key=lambda unit: position_key(unit.position)))


def to_json(bead: ReviewBead) -> dict[str, Any]:
    """The bead as plain values; fields that say nothing are left out."""
    values = {name: getattr(bead, name) for name in _FIELDS}
    for side in ("source", "target"):
        values[side] = tuple(unit[:2] if unit.space is None else tuple(unit) for unit in values[side])
    return {name: value for name, value in values.items() if value not in (None, False, "") or value == 0.0}


def from_json(values: dict[str, Any]) -> ReviewBead:
    known = {name: value for name, value in values.items() if name in _FIELDS}
    if known.get("status", "open") not in STATUSES:
        raise ValueError(f"{known['status']!r} is no status")
    for side in ("source", "target"):
        known[side] = tuple(
            ReviewUnit(in_present_form(position), "" + text, *space) for position, text, *space in known[side]
        )
    return ReviewBead(**known)

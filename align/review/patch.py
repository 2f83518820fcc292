"""What an action changes: said so that it can be checked, applied, taken back and kept in a log."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from align.review.bead import DECIDED, ReviewBead, from_json, in_present_form, to_json

Find = Callable[[str], ReviewBead | None]  # the present bead of an id


class StaleError(Exception):
    """A bead is no longer as the action expects it; `ids` are the beads that were named."""

    def __init__(self, ids: Sequence[str]) -> None:
        super().__init__(", ".join(ids))
        self.ids = tuple(ids)


@dataclass(frozen=True, slots=True)
class Setting:
    """One field of one bead: ``(before, after)``; other fields may change meanwhile."""

    id: str
    name: str  # one of DECIDED
    before: Any
    after: Any


@dataclass(frozen=True, slots=True)
class Patch:
    """Fields set, or beads replaced by others over the same units, or leftover decisions put away.

    Attributes:
        settings: fields set on beads that stay.
        before, after: whole beads that go and come.
        dismissed: keys of decisions without a place; `restore` takes their dismissal back.
    """

    settings: tuple[Setting, ...] = ()
    before: tuple[ReviewBead, ...] = ()
    after: tuple[ReviewBead, ...] = ()
    dismissed: tuple[str, ...] = ()
    restore: bool = False

    def inverse(self) -> Patch:
        return Patch(
            tuple(Setting(s.id, s.name, s.after, s.before) for s in self.settings),
            self.after,
            self.before,
            self.dismissed,
            not self.restore if self.dismissed else False,
        )

    def swapped(self) -> Patch:
        """The same patch seen from the other side."""
        return Patch(
            tuple(
                Setting(swapped_id(s.id), _OTHER.get(s.name, s.name), s.before, s.after)
                for s in self.settings
            ),
            tuple(bead.swapped() for bead in self.before),
            tuple(bead.swapped() for bead in self.after),
            self.dismissed,
            self.restore,
        )

    @property
    def ids(self) -> list[str]:
        """The beads that must be there for it."""
        return list(dict.fromkeys([s.id for s in self.settings] + [bead.id for bead in self.before]))

    def changes(
        self, find: Find, reviewer: str, time: str
    ) -> list[tuple[ReviewBead | None, ReviewBead | None]]:
        """Pairs of (bead that goes, bead that comes), either None.

        Raises:
            StaleError: a bead is gone, or says something else than the patch was made on.
        """
        stale = [bead.id for bead in self.before if not _same(find(bead.id), bead)]
        kept: dict[str, tuple[ReviewBead, ReviewBead]] = {}
        for setting in self.settings:
            now = find(setting.id)
            if now is None or getattr(now, setting.name) != setting.before:
                stale.append(setting.id)
                continue
            old, new = kept.get(setting.id, (now, now))
            values: dict[str, Any] = {setting.name: setting.after, "reviewer": reviewer, "time": time}
            kept[setting.id] = old, replace(new, **values)
        if stale:
            raise StaleError(list(dict.fromkeys(stale)))
        gone = [(find(bead.id), None) for bead in self.before]
        come = [(None, replace(bead, reviewer=reviewer, time=time)) for bead in self.after]
        return [*kept.values(), *gone, *come]

    def to_json(self) -> dict[str, Any]:
        values: dict[str, Any] = {}
        if self.settings:
            values["set"] = [[s.id, s.name, s.before, s.after] for s in self.settings]
        if self.before or self.after:
            values["before"] = [to_json(bead) for bead in self.before]
            values["after"] = [to_json(bead) for bead in self.after]
        if self.dismissed:
            values["restore" if self.restore else "dismiss"] = list(self.dismissed)
        return values

    @classmethod
    def from_json(cls, values: dict[str, Any]) -> Patch:
        return cls(
            tuple(
                Setting(_present_id(id), *rest) for id, *rest in values.get("set", ()) if rest[0] in DECIDED
            ),
            tuple(map(from_json, values.get("before", ()))),
            tuple(map(from_json, values.get("after", ()))),
            tuple(values.get("restore", ()) or values.get("dismiss", ())),
            "restore" in values,
        )


_OTHER = {"source_edit": "target_edit", "target_edit": "source_edit"}


def swapped_id(id: str) -> str:
    return "|".join(reversed(id.split("|")))


def _present_id(id: str) -> str:
    return "|".join(map(in_present_form, id.split("|")))


def _same(now: ReviewBead | None, expected: ReviewBead) -> bool:
    return now is not None and now.content == expected.content

"""What a reviewer can do to beads: requests checked and turned into patches."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from align.document import join_texts
from align.review.bead import STATUSES, ReviewBead, ReviewUnit, in_order
from align.review.parts import cut_unit
from align.review.patch import Patch, Setting, StaleError
from align.review.view import View
from align.text.clean import clean

LONGEST_COMMENT = 10_000
MOST_AT_ONCE = 2000  # beads accepted as one action, which one undo takes back


class RefusedError(Exception):
    """An action that makes no sense on these beads; the text says why and is fit to be shown."""


@dataclass(frozen=True, slots=True)
class Step:
    """An action ready to be done: its name in the log, its patch, and what the reviewer should be told."""

    kind: str
    patch: Patch
    note: str = ""


def build(view: View, request: Mapping[str, Any]) -> Step:
    """The patch of a request ``{"kind": ..., ...}`` from the page.

    Raises:
        RefusedError: the request makes no sense.
        StaleError: it was made on beads that have changed since.
    """
    kind = request.get("kind")
    builder = _BUILDERS.get(kind) if isinstance(kind, str) else None
    if builder is None:
        raise RefusedError(f"unknown action: {kind!r}")
    try:
        return builder(view, request)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise RefusedError(f"incomplete action {kind}: {error}") from error


def _set(view: View, request: Mapping[str, Any]) -> Step:
    """Fields of one bead: ``values`` maps each name to [what the page shows, what it should be]."""
    bead = view.find(request["id"])
    if bead is None:
        raise StaleError([request["id"]])
    settings = []
    for name, (before, after) in request["values"].items():
        value = checked_value(bead, name, after)
        if getattr(bead, name) != value:
            settings.append(Setting(bead.id, name, before, value))
    return Step(_name(settings), Patch(tuple(settings)))


def _accept(view: View, request: Mapping[str, Any]) -> Step:
    """Several open beads accepted at once, as one action."""
    ids = list(dict.fromkeys(str(id) for id in request["beads"]))
    if not 0 < len(ids) <= MOST_AT_ONCE:
        raise RefusedError(f"Between 1 and {MOST_AT_ONCE} beads can be accepted at once.")
    return Step("accept", Patch(tuple(Setting(id, "status", "open", "accepted") for id in ids)))


def _replace(view: View, request: Mapping[str, Any]) -> Step:
    """Words replaced in several texts, as a preview has shown: ``texts`` are [id, field, before, after]."""
    settings = []
    for id, name, before, after in request["texts"]:
        bead = view.find(str(id))
        if bead is None or name not in ("source_edit", "target_edit"):
            raise StaleError([str(id)])
        text = getattr(bead, name)
        now = (bead.source_text if name == "source_edit" else bead.target_text) if text is None else text
        if now != before:
            raise StaleError([bead.id])
        settings.append(Setting(bead.id, name, text, checked_value(bead, name, after)))
    if not 0 < len(settings) <= MOST_AT_ONCE:
        raise RefusedError(f"Between 1 and {MOST_AT_ONCE} texts can be changed at once.")
    return Step("replace", Patch(tuple(settings)))


def _name(settings: Sequence[Setting]) -> str:
    for setting in settings:
        if setting.name == "status":
            return {"accepted": "accept", "rejected": "reject", "open": "reopen"}[setting.after]
    names = {"mark": "mark", "comment": "comment"}
    return names.get(settings[0].name, "edit") if settings else "nothing"


def checked_value(bead: ReviewBead, name: str, value: Any) -> Any:
    """A value for one of the fields that reviewers decide, cleaned.

    Raises:
        RefusedError: the field cannot have this value.
    """
    if name == "status" and value in STATUSES:
        return value
    if name == "mark" and (value is None or isinstance(value, bool)):
        return None if value == bead.found_reordered else value
    if name == "comment" and isinstance(value, str):
        return clean(value).strip()[:LONGEST_COMMENT]
    if name in ("source_edit", "target_edit") and (value is None or isinstance(value, str)):
        return _checked_text(bead, name, value)
    raise RefusedError(f"{name} cannot be {value!r}")


def _checked_text(bead: ReviewBead, name: str, value: str | None) -> str | None:
    original = bead.source_text if name == "source_edit" else bead.target_text
    text = original if value is None else join_texts(line.strip() for line in clean(value).split("\n"))
    if text == original:
        return None
    if not original:
        raise RefusedError("This side has no text to edit: merge the bead with the one that holds it.")
    if not text:
        raise RefusedError("A text cannot be emptied: reject the bead, or split it.")
    return text


def _present(view: View, named: Sequence[Mapping[str, str]]) -> list[ReviewBead]:
    """The beads of a request, as long as they are what the page shows, in the order of the text."""
    found = [(entry["id"], view.find(entry["id"]), entry["version"]) for entry in named]
    stale = [id for id, bead, version in found if bead is None or bead.version != version]
    if stale:
        raise StaleError(stale)
    beads = [bead for _, bead, _ in found if bead is not None]
    if not beads or len({bead.id for bead in beads}) < len(beads):
        raise RefusedError("no beads were named")
    indices = sorted(map(view.index, beads))
    if indices[-1] - indices[0] >= len(indices):
        raise RefusedError("Only neighbours can be joined.")
    return sorted(beads, key=view.index)


def _merge(view: View, request: Mapping[str, Any]) -> Step:
    """Neighbours become one bead; edits and comments are joined."""
    beads = _present(view, request["beads"])
    if len(beads) < 2:
        raise RefusedError("There is no neighbour to merge with.")
    merged = ReviewBead(
        view.together(0, (unit for bead in beads for unit in bead.source)),
        view.together(1, (unit for bead in beads for unit in bead.target)),
        by_hand=True,
        source_edit=_joined([(bead.source_edit, bead.source_text) for bead in beads]),
        target_edit=_joined([(bead.target_edit, bead.target_text) for bead in beads]),
        comment="\n".join(bead.comment for bead in beads if bead.comment)[:LONGEST_COMMENT],
    )
    return Step("merge", Patch(before=tuple(beads), after=(as_machine(view, merged),)))


def _joined(texts: Sequence[tuple[str | None, str]]) -> str | None:
    if all(edit is None for edit, _ in texts):
        return None
    return join_texts(text if edit is None else edit for edit, text in texts)


def _cut(view: View, request: Mapping[str, Any]) -> Step:
    """One bead in two, or another boundary between two neighbours: ``source`` and ``target`` units go first.

    ``cuts`` are made before: [side, number of the unit, character], each on what the one before left.
    """
    beads = _present(view, request["beads"])
    if len(beads) > 2:
        raise RefusedError("A boundary lies between two beads.")
    left = in_order(unit for bead in beads for unit in bead.source)
    right = in_order(unit for bead in beads for unit in bead.target)
    left, right = _cut_inside(left, right, request.get("cuts") or ())
    at, to = int(request["source"]), int(request["target"])
    if not (0 <= at <= len(left) and 0 <= to <= len(right)):
        raise RefusedError("The cut lies outside of the bead.")
    parts = [(left[:at], right[:to]), (left[at:], right[to:])]
    if any(not (source or target) for source, target in parts):
        raise RefusedError("One of the two beads would be empty: use merge to join them.")
    whole = [(view.together(0, source), view.together(1, target)) for source, target in parts]
    pieces = _with_remarks(view, beads, [ReviewBead(s, t, by_hand=True) for s, t in whole])
    lost = any(bead.edited for bead in beads) and not any(piece.edited for piece in pieces)
    note = "The edited text was set back to the original, as it was cut. Undo brings it back." if lost else ""
    if {bead.id for bead in beads} == {piece.id for piece in pieces}:
        raise RefusedError("The boundary is where it was.")
    return Step(
        "split" if len(beads) == 1 else "boundary", Patch(before=tuple(beads), after=tuple(pieces)), note
    )


def _cut_inside(
    left: tuple[ReviewUnit, ...], right: tuple[ReviewUnit, ...], cuts: Sequence[Sequence[int]]
) -> tuple[tuple[ReviewUnit, ...], tuple[ReviewUnit, ...]]:
    """The units of both sides with some of them cut in two."""
    sides = [list(left), list(right)]
    for side, number, offset in cuts:
        if side not in (0, 1) or not 0 <= number < len(sides[side]):
            raise RefusedError("There is nothing to cut.")
        two = cut_unit(sides[side][number], offset)
        if two is None:
            raise RefusedError(
                "The cut would leave nothing on one side of it: choose a place inside the text."
            )
        sides[side][number : number + 1] = two
    return tuple(sides[0]), tuple(sides[1])


def _with_remarks(view: View, beads: Sequence[ReviewBead], pieces: list[ReviewBead]) -> list[ReviewBead]:
    """Comments go to the first piece, or stay first and second; an edit stays where its side is still whole."""
    comments = [bead.comment for bead in beads] if len(beads) == 2 else [beads[0].comment, ""]
    kept = []
    for piece, comment in zip(pieces, comments, strict=True):
        source = next((b.source_edit for b in beads if b.source and b.source == piece.source), None)
        target = next((b.target_edit for b in beads if b.target and b.target == piece.target), None)
        remarked = replace(piece, comment=comment, source_edit=source, target_edit=target)
        kept.append(as_machine(view, remarked))
    return kept


def as_machine(view: View, bead: ReviewBead) -> ReviewBead:
    """A bead that the machine has too is the machine's again, with its confidence; any other is made by hand."""
    machine = view.machine.get(bead.id)
    if machine is None:
        return replace(bead, by_hand=True, confidence=None)
    return replace(
        bead, by_hand=False, confidence=machine.confidence, found_reordered=machine.found_reordered
    )


def _dismiss(view: View, request: Mapping[str, Any]) -> Step:
    """Puts decisions without a place away."""
    keys = tuple(str(key) for key in request["keys"])
    if any(key not in view.unplaced for key in keys):
        raise StaleError([])
    return Step("dismiss", Patch(dismissed=keys))


_BUILDERS = {
    "set": _set,
    "accept": _accept,
    "replace": _replace,
    "merge": _merge,
    "cut": _cut,
    "dismiss": _dismiss,
}

"""Decisions as a table: written for archives and spreadsheets, and read back."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from align._internal.tables import with_formula, write_table
from align._internal.workbooks import CUT, LONGEST_CELL, is_workbook_name, write_workbook
from align.corpus.folder import CorpusFolder
from align.document import LEVELS, Level
from align.errors import InputError
from align.review.actions import RefusedError, Step, as_machine, checked_value
from align.review.bead import STATUSES, ReviewBead, ReviewUnit, in_present_form, positions
from align.review.parts import cut_as
from align.review.patch import Patch, Setting
from align.review.reapply import arranged
from align.review.session import Review
from align.review.sheets import read_sheet
from align.review.store import Place, Store
from align.review.view import View

DECISION_COLUMNS = (
    "source", "target", "level", "status", "source_positions", "target_positions", "confidence", "by_hand",
    "reordered", "comment", "source_text", "target_text", "source_edit", "target_edit", "reviewer", "time", "fits",
)  # fmt: skip
# status: open, accepted, rejected. reordered: yes or no where a reviewer said so (earlier tables call it moved).
# source_edit, target_edit: the text as it should be, where it was edited. fits: no for a decision that the present
# beads have no place for.
REQUIRED = DECISION_COLUMNS[:6]

_CHOICES = {"status": STATUSES, "reordered": ("yes", "no")}
_WIDE = ("comment", "source_text", "target_text", "source_edit", "target_edit")
_FILLED = ("status", "reordered", "comment", "source_edit", "target_edit")
_ESCAPED = "apostrophes"  # the column that says that apostrophes stand before what looks like a formula

Cells = tuple[object, ...]


def export_decisions(
    run: CorpusFolder,
    store: Store | None,
    path: str | Path,
    *,
    every: bool = False,
    spreadsheet_safe: bool = False,
) -> int:
    """Writes the decisions on a run, pair by pair in the order of the text; returns their number.

    Args:
        run: the corpus folder.
        store: its decisions, None where there are none.
        path: a file, or ``-``; a workbook where its name ends in ``.xlsx``, with choices to pick from and no formulas.
        every: also the beads that nobody decided about, to be filled in.
        spreadsheet_safe: an apostrophe stands before what a spreadsheet would take for a formula; a last column
            says so, and `apply_decisions` takes it away again.
    """
    if is_workbook_name(path):
        return write_workbook(
            path, DECISION_COLUMNS, _rows(run, store, every), choices=_CHOICES, texts=_WIDE, fill=_FILLED
        )
    if not spreadsheet_safe:
        return write_table(path, DECISION_COLUMNS, _rows(run, store, every))
    rows = ((*cells, True) for cells in _rows(run, store, every))
    return write_table(path, (*DECISION_COLUMNS, _ESCAPED), rows, spreadsheet_safe=True)


def _rows(run: CorpusFolder, store: Store | None, every: bool) -> Iterator[Cells]:
    from align.review.base import load_base

    decided = set(store.places()) if store else set()
    for pair in run.pairs:
        for level in LEVELS:
            place = Place.of(pair.source, pair.target, level)
            if place not in decided and not every:
                continue
            decided.discard(place)
            base = load_base(run, pair, level)
            kept = store.decisions(place) if store else []
            view = View(place, base, kept, flipped=pair.source != place.first)
            names: tuple[str, str, str] = (pair.source, pair.target, level)
            yield from (_cells(names, bead) for bead in view.rows() if every or bead.id in view.stored)
            yield from (_cells(names, bead, fits=False) for bead in view.unplaced.values())
    for place in sorted(decided):  # pairs that the run no longer has
        assert store is not None
        names = (place.first, place.second, place.level)
        yield from (_cells(names, kept.bead, fits=False) for kept in store.decisions(place))


def _cells(names: tuple[str, str, str], bead: ReviewBead, *, fits: bool = True) -> Cells:
    return (
        *names,
        bead.status,
        positions(bead.source),
        positions(bead.target),
        bead.confidence,
        bead.by_hand,
        bead.mark,
        bead.comment,
        bead.source_text,
        bead.target_text,
        bead.source_edit,
        bead.target_edit,
        bead.reviewer,
        bead.time,
        fits,
    )


@dataclass(frozen=True, slots=True)
class Applied:
    """What became of a table of decisions.

    Attributes:
        applied: rows that changed something.
        unchanged: rows that said what the review has already, or nothing.
        problems: rows that were left out, each with its reason.
    """

    applied: int
    unchanged: int
    problems: tuple[str, ...]


class _RowError(Exception):
    """Why a row cannot be applied."""


def apply_decisions(review: Review, path: str | Path) -> Applied:
    """Takes the decisions of a table into the review; every row that fits is applied, all at once or not at all.

    A row names its bead by documents, level and positions, so rows may have been deleted, added or sorted. Where the
    present beads are others, its units are taken out of them. A decision in the review that is newer than the row's
    `time` is left as it is; of rows that say different things of one bead the first counts.

    Raises:
        InputError: the file is missing, damaged, or lacks a column.
        OutputError: the review cannot be written.
    """
    applied = unchanged = 0
    problems: list[str] = []
    said: dict[tuple[str, ...], tuple[int, dict[str, str]]] = {}
    with review.batch():
        for number, row in read_sheet(path, REQUIRED):
            try:
                if "" in row:
                    raise _RowError(row[""])
                if _word(row.get(_ESCAPED, "")) == "yes":
                    row = _without_apostrophes(row)
                _not_twice(said, number, row)
                if _apply(review, row):
                    applied += 1
                else:
                    unchanged += 1
            except (_RowError, RefusedError, InputError) as error:
                problems.append(f"{path}, row {number}: {error}")
    return Applied(applied, unchanged, tuple(problems))


_NAMED = ("source", "target", "level", "source_positions", "target_positions")
_SAYS = ("status", "reordered", "comment", "source_edit", "target_edit")


def _not_twice(
    said: dict[tuple[str, ...], tuple[int, dict[str, str]]], number: int, row: dict[str, str]
) -> None:
    """Raises _RowError where an earlier row says something else of the same bead."""
    if not any(_word(row.get(name, "")) not in ("", "open") for name in _SAYS):
        return
    key = tuple(" ".join(row[name].split()) for name in _NAMED)
    first, before = said.setdefault(key, (number, row))
    if any(_word(before.get(name, "")) != _word(row.get(name, "")) for name in _SAYS):
        raise _RowError(
            f"says something else of the same bead than row {first}, which was taken; delete one of the two"
        )


def _without_apostrophes(row: Mapping[str, str]) -> dict[str, str]:
    """The row as it was before `export_decisions` made it safe for spreadsheets."""
    return {name: with_formula(value) for name, value in row.items()}


def _apply(review: Review, row: Mapping[str, str]) -> bool:
    """Applies one row; False when it changes nothing."""
    view, pair, level, flipped = _place(review, row)
    wanted = _wanted(view, _swapped(row) if flipped else row)
    present = view.find(wanted.id)
    if wanted.pristine and (present is None or present.pristine or present.time != wanted.time):
        return False  # nobody decided here; where the row is as old as a decision, somebody took that back
    step = _structure(view, wanted) if present is None else _settings(present, wanted)
    if step is None:
        return False
    review.add(pair, level, step, reviewer=row.get("reviewer") or review.reviewer, time=row.get("time", ""))
    return True


def _place(review: Review, row: Mapping[str, str]) -> tuple[View, int, Level, bool]:
    level = next((level for level in LEVELS if level == _word(row["level"])), None)
    if level is None:
        raise _RowError(f"level {row['level']!r} is none of {', '.join(LEVELS)}")
    pair = review.pair_number(Place.of(row["source"], row["target"], level))
    if pair is None:
        raise _RowError(f"the run has no pair {row['source']!r} – {row['target']!r}")
    return review.view(pair, level), pair, level, review.pairs[pair].source != row["source"]


def _swapped(row: Mapping[str, str]) -> dict[str, str]:
    def other(name: str) -> str:
        side, _, rest = name.partition("_")
        return {"source": "target", "target": "source"}.get(side, side) + (f"_{rest}" if rest else "")

    return {other(name): value for name, value in row.items()}


def _wanted(view: View, row: Mapping[str, str]) -> ReviewBead:
    """The bead that a row asks for."""
    status = next((status for status in STATUSES if status == (_word(row["status"]) or "open")), None)
    if status is None:
        raise _RowError(f"status {row['status']!r} is none of {', '.join(STATUSES)}")
    said = row.get("reordered", row.get("moved", ""))
    mark = {"": None, "yes": True, "true": True, "no": False, "false": False}.get(_word(said), "?")
    if isinstance(mark, str):
        raise _RowError(f"reordered is {said!r}, neither yes nor no")
    sides = [_units(view, side, row[f"{name}_positions"]) for side, name in enumerate(("source", "target"))]
    if not any(sides):
        raise _RowError("names no positions")
    bead = ReviewBead(sides[0], sides[1])
    for name, text in (("source_text", bead.source_text), ("target_text", bead.target_text)):
        if row.get(name) and not _is_text(row[name], text):
            raise _RowError(f"{name} is not the text at these positions any more: {_short(row[name])!r}")
    bead = as_machine(view, bead)
    values = {
        name: checked_value(bead, name, row.get(name) or None) for name in ("source_edit", "target_edit")
    }
    comment = checked_value(bead, "comment", row.get("comment", ""))
    mark = checked_value(bead, "mark", mark)
    return replace(bead, status=status, mark=mark, comment=comment, time=row.get("time", ""), **values)


def _is_text(said: str, text: str) -> bool:
    """Whether a cell has this text, or as much of it as a workbook holds."""
    if len(text) > LONGEST_CELL and said.endswith(CUT):
        return text.startswith(said.removesuffix(CUT))
    return said.split() == text.split()


def _units(view: View, side: int, named: str) -> tuple[ReviewUnit, ...]:
    units: dict[ReviewUnit, None] = {}
    try:
        wanted = in_present_form(named).split()
    except ValueError as error:
        raise _RowError(str(error)) from None
    for position in wanted:
        holder = view.holder(side, position)
        here = (holder.source, holder.target)[side] if holder else ()
        found = [unit for unit in here if position in unit.position.split()] or view.pieces(side, position)
        if not found:
            raise _RowError(f"there is no {('source', 'target')[side]} position {position}")
        units |= dict.fromkeys(found)
    return view.together(side, units)


def _settings(present: ReviewBead, wanted: ReviewBead) -> Step | None:
    names = ("status", "mark", "source_edit", "target_edit", "comment")
    changed = [name for name in names if getattr(present, name) != getattr(wanted, name)]
    if not changed:
        return None
    _not_newer(present, wanted)
    settings = (Setting(present.id, name, getattr(present, name), getattr(wanted, name)) for name in changed)
    return Step("apply", Patch(tuple(settings)))


def _structure(view: View, wanted: ReviewBead) -> Step:
    """The wanted bead taken out of the beads that hold its units; what remains of them is open."""
    torn = view.around([wanted.id])
    for bead in torn:
        _not_newer(bead, wanted)
    rest = []
    for bead in torn:
        source = tuple(unit for unit in cut_as(bead.source, wanted.source) if unit not in wanted.source)
        target = tuple(unit for unit in cut_as(bead.target, wanted.target) if unit not in wanted.target)
        if source or target:
            rest.append(replace(as_machine(view, ReviewBead(source, target)), comment=bead.comment))
    return Step("apply", Patch(before=tuple(torn), after=tuple(arranged([wanted, *rest]))))


def _not_newer(present: ReviewBead, wanted: ReviewBead) -> None:
    if wanted.time and present.time > wanted.time:
        raise _RowError(
            f"{present.reviewer} decided on {present.id} later, at {present.time}; that is kept "
            "(empty the row's time to overrule it)"
        )


def _word(said: str) -> str:
    """A word as a person may write it: with a capital, with spaces around it."""
    return said.strip().casefold()


def _short(text: str) -> str:
    return text if len(text) <= 60 else text[:59] + "…"

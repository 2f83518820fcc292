"""What a review came to: reviewed beads for reports and exports, progress, decisions without a place."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from align.corpus.folder import CorpusFolder, PairEntry
from align.document import Level
from align.formats.beads import BeadRow
from align.review.base import load_base
from align.review.bead import ReviewBead, ReviewStatus, positions
from align.review.calibration import Calibration
from align.review.store import Place, Store
from align.review.view import View


@dataclass(frozen=True, slots=True)
class Reviewed:
    """A bead as it stands after review.

    Attributes:
        row: number in the reviewed order, type, positions, and the texts as they should go out (edited where
            somebody edited). Its confidence is the machine's; a bead put together by hand has 1 once accepted,
            0 before.
        status: ``open``, ``accepted`` or ``rejected``.
        by_hand: a reviewer put its units together.
        source_text, target_text: the texts before editing.
        comment: the reviewers' remarks.
        reviewer, time: who touched it last and when (UTC); empty when nobody did.
    """

    row: BeadRow
    status: ReviewStatus
    by_hand: bool
    source_text: str
    target_text: str
    comment: str
    reviewer: str
    time: str

    @property
    def edited(self) -> bool:
        return (self.row.source, self.row.target) != (self.source_text, self.target_text)


def reviewed_rows(run: CorpusFolder, pair: PairEntry, level: Level) -> Iterator[Reviewed]:
    """Every bead of a pair as it stands after review, in the order of the text, gaps and open ones included.

    Reads only: without a review the machine's beads come as they are, all open.

    Raises:
        InputError: the beads or the review cannot be read.
    """
    for number, bead in enumerate(open_view(run, pair, level).rows()):
        yield reviewed(bead, number)


def unplaced(run: CorpusFolder, pair: PairEntry, level: Level) -> list[Reviewed]:
    """Decisions that the present beads have no place for, after a re-alignment; those put away are left out."""
    return [reviewed(bead, -1) for bead in open_view(run, pair, level).unplaced.values()]


def progress(run: CorpusFolder) -> dict[str, Any]:
    """How far the review is: beads accepted, rejected, put together by hand, edited; pairs touched; reviewers."""
    totals: dict[str, Any] = {
        "pairs": 0,
        "accepted": 0,
        "rejected": 0,
        "by_hand": 0,
        "edited": 0,
        "reviewers": [],
    }
    store = reading(run)
    if store is None:
        return totals
    try:
        counts = store.counts()
        for name in ("accepted", "rejected", "by_hand", "edited"):
            totals[name] = sum(count[name] for count in counts.values())
        totals["pairs"] = len({(place.first, place.second) for place in counts})
        totals["reviewers"] = store.reviewers()
    finally:
        store.close()
    return totals


def reading(run: CorpusFolder) -> Store | None:
    """The decisions on a run, for reading only; None where there are none yet."""
    return Store(run.path, write=False) if run.reviewed else None


def open_view(run: CorpusFolder, pair: PairEntry, level: Level) -> View:
    """One level of a pair with the decisions on it, for reading only."""
    place = Place.of(pair.source, pair.target, level)
    store = reading(run)
    try:
        decisions = store.decisions(place, dismissed=True) if store else []
    finally:
        if store:
            store.close()
    return View(place, load_base(run, pair, level), decisions, flipped=pair.source != place.first)


def reviewed(bead: ReviewBead, number: int) -> Reviewed:
    confidence = bead.confidence
    if confidence is None:
        confidence = 1.0 if bead.status == "accepted" else 0.0
    row = BeadRow(
        bead=number,
        type=bead.type,
        source_positions=tuple(positions(bead.source).split()),
        target_positions=tuple(positions(bead.target).split()),
        confidence=confidence,
        source=bead.source_text if bead.source_edit is None else bead.source_edit,
        target=bead.target_text if bead.target_edit is None else bead.target_edit,
        reordered=bead.reordered,
    )
    return Reviewed(
        row,
        bead.status,
        bead.by_hand,
        bead.source_text,
        bead.target_text,
        bead.comment,
        bead.reviewer,
        bead.time,
    )


def present_beads(run: CorpusFolder, pair: PairEntry, level: Level) -> Iterator[BeadRow]:
    """The beads of a pair as they stand after review, where there was one; rejected ones are among them.

    Where the review was used to recalibrate the confidence, it is the recalibrated one.
    """
    curve = Calibration.of_run(run)
    if not run.reviewed:
        for row in run.beads(pair, level):
            yield replace(row, confidence=curve.apply(row.confidence)) if curve else row
        return
    for found in reviewed_rows(run, pair, level):
        row = replace(found.row, review=found.status, reviewer=found.reviewer, reviewed=found.time)
        yield replace(row, confidence=curve.apply(row.confidence)) if curve and not found.by_hand else row

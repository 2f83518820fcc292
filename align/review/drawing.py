"""Who draws a sample, and who may judge it."""

from __future__ import annotations

from align._internal.wording import counted
from align.document import Level
from align.errors import InputError, UsageError
from align.review.precision import Quality, of_sample
from align.review.sample import Sample, draw
from align.review.session import Review
from align.review.store import Place, Store
from align.review.verdicts import judges, keep_sample, kept_sample
from align.review.view import View
from align.text.clean import fold


def sample_of(review: Review, level: Level, size: int | None) -> tuple[Sample, str]:
    """The sample of a review, drawn where there is none of this size or the run has other beads; and what to say of it.

    `size` None takes the one that is there.

    Raises:
        InputError: none is there, or the run has nothing to sample.
        OutputError: it could not be kept.
    """
    kept = kept_sample(review.store, level)
    if size is None and kept is None:
        raise InputError(f"{review.run.path}: no sample of {level}s was drawn; begin with --sample N")
    if kept is None or (size is not None and (size != kept.asked or not kept.fits(review.run))):
        assert size is not None
        sample = draw(review.run, size, level)
        keep_sample(review.store, sample, time=review.clock(), reviewer=review.reviewer)
        again = "" if kept is None else " anew"
    else:
        sample, again = kept, " before"
    return sample, _said(sample, _state(review, sample), again)


def _state(review: Review, sample: Sample) -> Quality:
    def view_of(place: Place) -> View | None:
        number = review.pair_number(place)
        return None if number is None else review.view(number, sample.level)

    return of_sample(review.run, sample, view_of)


def _said(sample: Sample, state: Quality, again: str) -> str:
    frame = sample.frame
    said = f"sample, drawn{again}: {len(sample.beads):,} of {counted(frame.beads, sample.level + ' bead')}"
    said += f" with two sides, from {counted(frame.pairs, 'pair')} in {len(sample.strata)} strata"
    if frame.beads < sample.asked:
        said += f" (asked for {sample.asked:,}: this is all of them)"
    if state.judged:
        said += f"; {state.judged:,} decided"
    if not state.fits:
        said += "; the run has other beads now, --sample N draws from them"
    return said


def check_reviewer(store: Store, reviewer: str) -> None:
    """Raises UsageError where somebody's name differs from another's in nothing but its capitals or spaces."""
    for other in sorted({*store.reviewers(), *judges(store)}):
        if other != reviewer and fold(other) == fold(reviewer):
            raise UsageError(
                f"--reviewer {reviewer!r}: there is a reviewer {other!r} already; write it so if that is you, else "
                "give a name that tells you apart"
            )

"""A sample at work: each reviewer judges its beads alone, and a third one settles what two disagree on.

A verdict is the reviewer's own. What all verdicts on a bead come to (`agreement.word`) becomes the decision of the
review, so that exports and figures go by it; where they disagree the bead is open again until somebody settles it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from align.document import Level
from align.review.actions import RefusedError, Step, checked_value
from align.review.agreement import BeadKey, by_bead, disagreements, word
from align.review.bead import ReviewBead
from align.review.patch import Patch, Setting, StaleError, swapped_id
from align.review.precision import Quality, in_view, of_sample
from align.review.sample import Drawn, Sample
from align.review.session import Conflict, Done, Review, Turn
from align.review.store import Place
from align.review.verdicts import (
    Verdict,
    add_verdict,
    drop_verdict,
    have_judged,
    last_verdicts,
    verdicts,
)
from align.review.view import View

_KINDS = {"accepted": "accept", "rejected": "reject", "open": "reopen"}


class Next(NamedTuple):
    """Where the next bead to judge is: its pair and its place in the list, None where none is left."""

    pair: int
    place: int | None
    left: int
    beads: int


class Judging:
    """One reviewer's way through a sample.

    Args:
        review: the review, in this reviewer's name.
        sample: what was drawn.
        settle: go through what others disagree on, and have the last word.
    """

    def __init__(self, review: Review, sample: Sample, *, settle: bool = False) -> None:
        self.review, self.sample, self.settle = review, sample, settle
        self._drawn: dict[BeadKey, Drawn] = {(drawn.place, drawn.id): drawn for drawn in sample.beads}

    def quality(self) -> Quality:
        """What the sample has told so far."""
        with self.review.lock:
            return of_sample(self.review.run, self.sample, self._view_of, self._verdicts())

    def disagreements(self) -> list[BeadKey]:
        """What the reviewers disagree on."""
        found = by_bead(self._verdicts())
        return [key for key in self._drawn if key in found and disagreements({key: found[key]})]

    def _verdicts(self) -> list[Verdict]:
        found = verdicts(self.review.store, self.sample.level)
        return [verdict for verdict in found if (verdict.place, verdict.bead) in self._drawn]

    def _view_of(self, place: Place) -> View | None:
        number = self.review.pair_number(place)
        return None if number is None else self.review.view(number, self.sample.level)

    # The queue

    def next(self, at: tuple[int, str] | None, *, backwards: bool = False) -> Next:
        """The bead to judge behind (or before) this one, as pair and id, around the end."""
        with self.review.lock:
            waiting = self._waiting()
            keys = [key for key in self._drawn if key in waiting]
            here = self._key(*at) if at else None
            order = list(self._drawn)
            start = order.index(here) if here in self._drawn else -1
            places = {key: place for place, key in enumerate(order)}
            ahead = [k for k in keys if (places[k] < start if backwards else places[k] > start)]
            others = [k for k in keys if k != here]
            for key in (ahead or others)[:: -1 if backwards else 1]:
                if found := self._located(key):
                    return Next(*found, *self.left())
            return Next(at[0] if at else 0, None, *self.left())

    def left(self) -> tuple[int, int]:
        """How many beads wait for this reviewer, and of how many."""
        with self.review.lock:
            waiting = self._waiting()
            return len(waiting), len(waiting | self._settled()) if self.settle else len(self._drawn)

    def _settled(self) -> set[BeadKey]:
        """What this reviewer had the last word on."""
        mine = [v for v in self._verdicts() if v.settles and v.reviewer == self.review.reviewer]
        return {(verdict.place, verdict.bead) for verdict in mine if verdict.status != "open"}

    def _waiting(self) -> set[BeadKey]:
        """The beads that this reviewer has to judge still."""
        said, me = by_bead(self._verdicts()), self.review.reviewer
        if self.settle:
            return {key for key in self.disagreements() if me not in {v.reviewer for v in said[key]}}
        judged = {key for key, found in said.items() if me in {verdict.reviewer for verdict in found}}
        return set(self._drawn) - judged

    def _key(self, pair: int, id: str) -> BeadKey:
        return _key_in(self.review.view(pair, self.sample.level), id)

    def _located(self, key: BeadKey) -> tuple[int, int] | None:
        """The pair of a bead and its place in the list, None where the beads are others now."""
        number = self.review.pair_number(key[0])
        if number is None:
            return None
        view = self.review.view(number, self.sample.level)
        bead = view.peek(in_view(key[1], view))
        return (number, view.index(bead)) if bead else None

    # Verdicts

    def judge(self, pair: int, level: Level, request: Mapping[str, Any]) -> Done | Conflict:
        """Takes a verdict (and a comment) on one bead; it is on disk when this returns.

        Raises:
            RefusedError: the bead is none of those that this reviewer is to judge, or more than a verdict is asked for.
            OutputError: it could not be saved.
        """
        values = request.get("values")
        if request.get("kind") != "set" or not isinstance(values, dict) or not values.keys() <= _JUDGED:
            raise RefusedError(
                "In a sample a bead is accepted or rejected as it stands; correct it afterwards, in the review "
                "without --sample."
            )
        with self.review.turn(pair, level, request.get("nonce")) as turn:
            if turn.outcome:
                return turn.outcome
            view = turn.opened.view
            bead = view.find(str(request["id"]))
            if bead is None:
                return Conflict(
                    "Not done: others have changed this bead.", tuple(view.around([str(request["id"])]))
                )
            key = _key_in(view, bead.id)
            self._may_judge(key)
            verdict = self._verdict(bead, key, {name: pair[1] for name, pair in values.items()})
            add_verdict(self.review.store, verdict)
            if conflict := self._settle(turn, bead, key):
                return conflict
        return turn.outcome or Done(0, _KINDS[verdict.status], (bead,))

    def _settle(self, turn: Turn, bead: ReviewBead, key: BeadKey) -> Conflict | None:
        """Has the decision of the review follow the verdicts, with the rest of the turn."""
        if step := self._step(bead, key):
            try:
                turn.done = self.review.plan(turn.opened, step, nonce=turn.nonce)
            except StaleError:  # pragma: no cover - seen inside the transaction
                return Conflict("Not done: this has changed.", (bead,))
        return None

    def take_back(self, nonce: object = None) -> tuple[int, Done]:
        """Takes what this reviewer said last back, so that what they said of that bead before counts; returns its pair.

        Raises:
            RefusedError: there is nothing.
        """
        with self.review.lock:
            said = last_verdicts(
                self.review.store, self.sample.level, self.review.reviewer, settles=self.settle
            )
            number, key = next((one for one in said if one[1] in self._drawn), (0, None))
            if key is None:
                raise RefusedError("Nothing to undo.")
            pair = self.review.pair_number(key[0])
            if pair is None:
                raise RefusedError("The run no longer has the pair of your last verdict.")
            with self.review.turn(pair, self.sample.level, nonce) as turn:
                if turn.outcome:
                    return pair, turn.outcome
                view = turn.opened.view
                bead = view.find(in_view(key[1], view))
                if bead is None:
                    raise RefusedError("Not done: others have changed this bead.")
                drop_verdict(self.review.store, number)
                if conflict := self._settle(turn, bead, key):
                    raise RefusedError(conflict.message)
            own = self.own(key)
            return pair, turn.outcome or Done(0, _KINDS[own.status if own else "open"], (bead,))

    def _may_judge(self, key: BeadKey) -> None:
        if key not in self._drawn:
            raise RefusedError("This bead is not in the sample; N goes to the next one that is.")
        said = by_bead(verdicts(self.review.store, self.sample.level, key)).get(key, [])
        others = [verdict for verdict in said if verdict.reviewer != self.review.reviewer]
        own = [verdict for verdict in said if verdict.reviewer == self.review.reviewer]
        if self.settle and any(not verdict.settles for verdict in own):
            raise RefusedError("You judged this bead yourself: a third person settles it.")
        if self.settle and not own and not disagreements({key: others}):
            raise RefusedError("Nobody disagrees on this bead; N goes to the next one.")

    def _verdict(self, bead: ReviewBead, key: BeadKey, values: Mapping[str, Any]) -> Verdict:
        own = self.own(key)
        status = checked_value(bead, "status", values.get("status", own.status if own else "open"))
        comment = checked_value(bead, "comment", values.get("comment", own.comment if own else ""))
        return Verdict(self.review.clock(), self.review.reviewer, *key, status, comment, self.settle)

    def _step(self, bead: ReviewBead, key: BeadKey) -> Step | None:
        """What the verdicts make of the decision of the review."""
        said = by_bead(verdicts(self.review.store, self.sample.level, key)).get(key, [])
        decided = bead.status != "open" and bool(bead.reviewer)
        if decided and len(said) == 1 and bead.reviewer not in have_judged(self.review.store, key):
            # Decided before anybody judged it in the sample: that was a verdict, too.
            before = Verdict(bead.time, bead.reviewer, *key, bead.status, bead.comment)
            add_verdict(self.review.store, before)
            said = [before, *said]
        wanted = word(said)
        if wanted == bead.status:
            return None
        return Step(_KINDS[wanted], Patch((Setting(bead.id, "status", bead.status, wanted),)))

    # What the page shows

    def own(self, key: BeadKey) -> Verdict | None:
        """The verdict of this reviewer on a bead."""
        return self._own(verdicts(self.review.store, self.sample.level, key))

    def _own(self, said: Sequence[Verdict]) -> Verdict | None:
        return next((verdict for verdict in said if verdict.reviewer == self.review.reviewer), None)

    def shown(self, view: View, bead: ReviewBead) -> dict[str, Any]:
        """What the page shows of a bead in place of the review's decision: one's own verdict, and when settling all."""
        key = _key_in(view, bead.id)
        if view.place.level != self.sample.level or key not in self._drawn:
            return {"sampled": False}
        found = verdicts(self.review.store, self.sample.level, key)
        own = self._own(found)
        values: dict[str, Any] = {
            "sampled": True,
            "status": own.status if own else "open",
            "comment": own.comment if own else "",
            "reviewer": own.reviewer if own else "",
            "time": own.time if own else "",
        }
        values["doubtful"] = values["status"] == "open" and view.score(bead) < view.doubtful
        if self.settle:
            others: Sequence[Verdict] = [
                v for v in found if v.reviewer != self.review.reviewer and v.status != "open"
            ]
            values["verdicts"] = [[v.reviewer, v.status, v.comment] for v in others]
        return values


def _key_in(view: View, id: str) -> BeadKey:
    """The key of a bead of a view, which may run the other way."""
    return view.place, swapped_id(id) if view.flipped else id


_JUDGED = {"status", "comment"}

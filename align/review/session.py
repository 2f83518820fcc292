"""A review at work: the run, its decisions, and the views that pages look at. Safe to be asked from several threads."""

from __future__ import annotations

import contextlib
import threading
from collections import OrderedDict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from align.corpus.folder import RECORD, CorpusFolder, PairEntry
from align.document import LEVELS, Level
from align.errors import AlignError, InputError
from align.formats.beads import DOUBTFUL
from align.review.actions import RefusedError, Step, as_machine, build
from align.review.base import Base, load_base
from align.review.bead import ReviewBead
from align.review.calibration import Calibration
from align.review.patch import Patch, StaleError
from align.review.queue import Doubt
from align.review.steps import Steps
from align.review.store import Action, Place, Store
from align.review.view import View

_BEADS_IN_MEMORY = 500_000  # views beyond this many beads are dropped, the longest unused first


@dataclass(frozen=True, slots=True)
class Conflict:
    """Somebody else was quicker: what they did, and the beads as they are now."""

    message: str
    beads: tuple[ReviewBead, ...]


@dataclass(frozen=True, slots=True)
class Done:
    """An action that is on disk (number 0: there was nothing to do)."""

    number: int
    kind: str
    beads: tuple[ReviewBead, ...]  # what came or changed
    note: str = ""


@dataclass(slots=True)
class _OpenView:
    view: View
    steps: Steps
    stamp: tuple[int, int]  # of the bead file it was read from


@dataclass(slots=True)
class Turn:
    """One action on its way.

    Attributes:
        opened: the place, with what everybody else did until now.
        nonce: the name that the page gave the action.
        outcome: what came of it; there from the start where the page asks for the second time.
        done: makes the change in memory, once it is on disk.
    """

    opened: _OpenView
    nonce: str | None
    outcome: Done | None = None
    done: Callable[[], Done] | None = None


def now() -> str:
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


class Review:
    """The review of a run by one person.

    Args:
        run: the corpus folder.
        reviewer: who decides.
        doubtful: an open bead below this confidence is doubtful.
        clock: the time of an action, UTC.
        skip_checks: names of checks that are not made.

    Attributes:
        pairs: of the run; a batch that is added meanwhile brings more of them, behind those that there are.
        outdated: the run was made anew meanwhile, with other pairs: the review must be begun again.
    """

    def __init__(
        self,
        run: CorpusFolder,
        *,
        reviewer: str,
        doubtful: float = DOUBTFUL,
        clock: Callable[[], str] = now,
        skip_checks: frozenset[str] = frozenset(),
    ) -> None:
        self.run, self.reviewer, self.doubtful, self.clock = run, reviewer, doubtful, clock
        self.store = Store(run.path)
        self.calibration = Calibration.of_run(run)
        self.lock = threading.RLock()
        self.pairs: list[PairEntry] = run.pairs
        self._numbers = _numbers(self.pairs)
        self._made = _stamp(run.path / RECORD)
        self.outdated = False
        self._open: OrderedDict[Place, _OpenView] = OrderedDict()
        self._sizes: dict[Path, int] = {}
        self._doubts: dict[Place, tuple[object, list[Doubt]]] = {}
        self.skip_checks = skip_checks
        self._seen = self.store.last_number()
        self._version = self._data_version()

    def close(self) -> None:
        with self.lock:
            self.store.close()

    # Views

    def pair_number(self, place: Place) -> int | None:
        """Which pair of the run this is; None when the run has no such pair (any more)."""
        return self._numbers.get((place.first, place.second))

    def view(self, pair: int, level: Level) -> View:
        """One level of a pair, up to date.

        Raises:
            InputError: there is no such pair, or its bead file cannot be read.
        """
        with self.lock:
            self.sync()
            return self._opened(pair, level).view

    def _opened(self, pair: int, level: Level) -> _OpenView:
        if not 0 <= pair < len(self.pairs) or level not in LEVELS:
            raise InputError(f"{self.run.path}: the run has no pair {pair} at level {level}")
        entry = self.pairs[pair]
        place = Place.of(entry.source, entry.target, level)
        stamp = _stamp(self.run.bead_file(entry, level))
        if place not in self._open or self._open[place].stamp != stamp:  # the run may be made anew meanwhile
            base = load_base(self.run, entry, level)
            self._open[place] = _OpenView(self._view(entry, place, base), self._steps(place), stamp)
        self._open.move_to_end(place)
        self._make_room()
        return self._open[place]

    def _view(self, entry: PairEntry, place: Place, base: Base) -> View:
        return View(
            place,
            base,
            self.store.decisions(place, dismissed=True),
            flipped=entry.source != place.first,
            doubtful=self.doubtful,
            calibrate=self.calibration.apply if self.calibration else None,
        )

    def _steps(self, place: Place) -> Steps:
        return Steps(self.store.steps(place, self.reviewer))

    def _make_room(self) -> None:
        while len(self._open) > 1 and sum(len(o.view) for o in self._open.values()) > _BEADS_IN_MEMORY:
            self._open.popitem(last=False)

    # Other processes

    def _data_version(self) -> int:
        return self.store.data_version()

    def sync(self) -> None:
        """Takes in what other processes have done on the same run."""
        version = self._data_version()
        if version != self._version:
            self._version = version
            self._catch_up()
        self._look_for_more()

    def _look_for_more(self) -> None:
        """Takes in the pairs of a batch that was added to the corpus meanwhile."""
        made = _stamp(self.run.path / RECORD)
        if made == self._made:
            return
        try:
            run = CorpusFolder(self.run.path, job="run", batch=self.run.batch)
            finished, pairs = run.finished, run.pairs
        except AlignError:  # it is being written
            return
        if finished:
            self._made = made
            self.outdated = list(map(_sides, pairs[: len(self.pairs)])) != list(map(_sides, self.pairs))
            if not self.outdated:
                self.run, self.pairs, self._numbers = run, pairs, _numbers(pairs)

    def _catch_up(self) -> None:
        for action in self.store.actions(after=self._seen):
            self._seen = action.number
            opened = self._open.get(action.place)
            if opened is None:
                continue
            try:
                self._apply(opened, action, _seen_from(opened.view, action.patch))
            except StaleError:  # this process knows other beads (a run made anew): read everything again
                del self._open[action.place]

    def _apply(self, opened: _OpenView, action: Action, patch: Patch) -> None:
        changes = patch.changes(opened.view.find, action.reviewer, action.time)
        opened.view.apply(changes, patch)
        if action.reviewer == self.reviewer:
            opened.steps.add(action.number, action.kind, action.reverses)

    @property
    def number(self) -> int:
        """The last action taken in."""
        return self._seen

    # Actions

    def act(self, pair: int, level: Level, request: Mapping[str, Any]) -> Done | Conflict:
        """Does what a page asks for; it is on disk when this returns.

        Raises:
            RefusedError: the action makes no sense.
            OutputError: it could not be saved; nothing has changed.
        """
        with self.turn(pair, level, request.get("nonce")) as turn:
            if turn.outcome:
                return turn.outcome
            view = turn.opened.view
            try:
                step = build(view, request)
                if step.kind == "nothing":
                    bead = view.find(str(request.get("id")))
                    return Done(0, step.kind, (bead,) if bead else ())
                turn.done = self.plan(turn.opened, step, nonce=turn.nonce)
            except StaleError as stale:
                return self._conflict(turn.opened, stale)
        assert turn.outcome is not None
        return turn.outcome

    @contextlib.contextmanager
    def turn(self, pair: int, level: Level, nonce: object) -> Iterator[Turn]:
        """One action from a page: what is written inside is on disk, and then made in memory, when this ends."""
        known = _nonce(nonce)
        with self.lock:
            # Outside the transaction, which others wait for: a long text takes a while.
            self._opened(pair, level)
            with self.store.transaction():
                self._catch_up()
                turn = Turn(self._opened(pair, level), known)
                if known and (action := self.store.by_nonce(known)):
                    turn.outcome = self._again(pair, level, action)
                yield turn
            if turn.done:
                turn.outcome = turn.done()

    @contextlib.contextmanager
    def batch(self) -> Iterator[None]:
        """Several actions (`add`) that are on disk together, or not at all."""
        with self.lock:
            try:
                with self.store.transaction():
                    self._catch_up()
                    yield
            except BaseException:
                self._open.clear()  # what was done in memory is not on disk
                raise

    def add(self, pair: int, level: Level, step: Step, *, reviewer: str, time: str = "") -> Done:
        """One action of a batch, in somebody's name.

        Raises:
            StaleError: the beads are not as the step expects them.
        """
        opened = self._opened(pair, level)
        return self.plan(opened, step, reviewer=reviewer, time=time)()

    def undo(
        self, pair: int, level: Level, *, redo: bool = False, nonce: str | None = None
    ) -> Done | Conflict:
        """Takes the reviewer's last action back, or does it again.

        Raises:
            RefusedError: there is nothing to take back.
            OutputError: it could not be saved.
        """
        conflict: Conflict | None = None
        with self.turn(pair, level, nonce) as turn:
            if turn.outcome:
                return turn.outcome
            view, steps = turn.opened.view, turn.opened.steps
            numbers = steps.redo if redo else steps.undo
            if not numbers:
                raise RefusedError("Nothing to redo." if redo else "Nothing to undo.")
            origin = self.store.action(numbers[-1])
            patch = _reversed(view, _seen_from(view, origin.patch))
            step = Step("redo" if redo else "undo", patch, note=self._first(origin).kind)
            try:
                turn.done = self.plan(turn.opened, step, reverses=origin.number, nonce=turn.nonce)
            except StaleError as stale:  # somebody built on it: leave it out of what can be undone
                conflict = self._conflict(turn.opened, stale)
                forgo = Step("forgo", Patch())
                turn.done = self.plan(turn.opened, forgo, reverses=origin.number, nonce=turn.nonce)
        assert turn.outcome is not None
        return conflict or turn.outcome

    def _first(self, action: Action) -> Action:
        """What was done in the first place, however often it was taken back and done again."""
        while action.reverses is not None:
            action = self.store.action(action.reverses)
        return action

    def plan(
        self,
        opened: _OpenView,
        step: Step,
        *,
        nonce: str | None = None,
        reverses: int | None = None,
        reviewer: str = "",
        time: str = "",
    ) -> Callable[[], Done]:
        """Writes an action; what it returns makes the change in memory, to be called once it is committed."""
        if step.kind == "nothing":
            return lambda: Done(0, step.kind, ())
        view, reviewer, time = opened.view, reviewer or self.reviewer, time or self.clock()
        changes = step.patch.changes(view.find, reviewer, time)
        patch = _seen_from(view, step.patch)
        self._write(view, changes, patch)
        action = self.store.append(
            view.place,
            time=time,
            reviewer=reviewer,
            kind=step.kind,
            patch=patch,
            reverses=reverses,
            nonce=nonce,
        )

        def done() -> Done:
            self._seen = action.number
            view.apply(changes, step.patch)
            if reviewer == self.reviewer:
                opened.steps.add(action.number, action.kind, action.reverses)
            return Done(action.number, action.kind, tuple(new for _, new in changes if new), step.note)

        return done

    def _write(
        self, view: View, changes: Sequence[tuple[ReviewBead | None, ReviewBead | None]], patch: Patch
    ) -> None:
        gone = [old for old, _ in changes if old]
        keys = {view.key(old) for old in gone} | {view.stored.get(old.id, "") for old in gone}
        self.store.forget(view.place, sorted(keys - {""}))
        kept = [new for _, new in changes if new and not new.pristine]
        self.store.keep(view.place, [new.swapped() if view.flipped else new for new in kept])
        if patch.dismissed:
            self.store.dismiss(view.place, patch.dismissed, restore=patch.restore)

    def _again(self, pair: int, level: Level, action: Action) -> Done:
        """An action asked for a second time, because its answer did not arrive."""
        view = self._opened(pair, level).view
        patch = _seen_from(view, action.patch)
        ids = [*patch.ids, *(bead.id for bead in patch.after)]
        return Done(action.number, action.kind, tuple(b for b in map(view.find, ids) if b))

    def _conflict(self, opened: _OpenView, stale: StaleError) -> Conflict:
        beads = tuple(opened.view.around(stale.ids))
        latest = max(beads, key=lambda bead: bead.time, default=None)
        if latest is not None and latest.time:
            who = "you, elsewhere," if latest.reviewer == self.reviewer else latest.reviewer
            message = f"Not done: {who} changed this at {latest.time}. It is shown as it stands now."
        else:
            message = "Not done: this has changed since it was shown. It is shown as it stands now."
        return Conflict(message, beads)

    # Overview

    def history(self, pair: int, level: Level, *, last: int = 200) -> list[tuple[Action, list[str]]]:
        """The newest entries of the log of one place, oldest first, with the beads that each left."""
        with self.lock:
            view = self._opened(pair, level).view
            entries = []
            for action in self.store.actions(place=view.place, last=last):
                patch = _seen_from(view, action.patch)
                entries.append((action, [bead.id for bead in patch.after] or patch.ids))
            return entries

    def overview(self) -> Iterator[dict[str, Any]]:
        """Every pair with its beads and how many of them are accepted and rejected, by level."""
        with self.lock:
            self.sync()
            counts = self.store.counts()
        for number, pair in enumerate(self.pairs):
            levels = {}
            for level in LEVELS:
                count = counts.get(Place.of(pair.source, pair.target, level), {})
                levels[level] = {
                    "beads": self._lines(self.run.bead_file(pair, level)),
                    "accepted": count.get("accepted", 0),
                    "rejected": count.get("rejected", 0),
                }
            yield {
                "pair": number,
                "source": pair.source,
                "target": pair.target,
                "source_language": pair.source_language,
                "target_language": pair.target_language,
                "probability": pair.row.get("probability", ""),
                "levels": levels,
            }

    def doubts(self, level: Level) -> list[list[Doubt]]:
        """The doubtful beads of every pair at one level; what nobody touched since it was asked for is known."""
        with self.lock:
            self.sync()
            latest = self.store.latest()
            return [self._doubts_of(number, level, latest) for number in range(len(self.pairs))]

    def _doubts_of(self, number: int, level: Level, latest: Mapping[Place, int]) -> list[Doubt]:
        pair = self.pairs[number]
        place, file = Place.of(pair.source, pair.target, level), self.run.bead_file(pair, level)
        state = _stamp(file), latest.get(place)
        known = self._doubts.get(place)
        if known is None or known[0] != state:
            found = self._found_doubtful(number, level, touched=place in latest) if file.exists() else ()
            known = self._doubts[place] = state, [Doubt(number, *each) for each in found]
        return known[1]

    def _found_doubtful(self, number: int, level: Level, *, touched: bool) -> Iterator[tuple[int, float]]:
        """Of a pair that nobody touched the file tells, and its texts need not be looked at."""
        if touched:
            yield from self._opened(number, level).view.doubtful_beads()
            return
        apply = self.calibration.apply if self.calibration else float
        for index, row in enumerate(self.run.beads(self.pairs[number], level)):
            if (score := apply(row.confidence)) < self.doubtful:
                yield index, score

    def _lines(self, path: Path) -> int:
        """The beads of a file, as its lines tell."""
        if path not in self._sizes:
            try:
                self._sizes[path] = max(0, path.read_bytes().count(b"\n") - 1)
            except OSError:
                return 0
        return self._sizes[path]

    def lost(self) -> list[dict[str, Any]]:
        """Pairs that somebody decided about and that the run no longer has."""
        with self.lock:
            return [
                {"source": place.first, "target": place.second, "level": place.level, **count}
                for place, count in sorted(self.store.counts().items())
                if self.pair_number(place) is None
            ]


def _sides(pair: PairEntry) -> tuple[str, str]:
    return pair.source, pair.target


def _numbers(pairs: Sequence[PairEntry]) -> dict[tuple[str, str], int]:
    """The number of each pair, by its two documents in either order."""
    found = {_sides(pair): number for number, pair in enumerate(pairs)}
    return found | {sides[::-1]: number for sides, number in found.items()}


def _stamp(path: Path) -> tuple[int, int]:
    try:
        found = path.stat()
    except OSError:
        return 0, 0
    return found.st_mtime_ns, found.st_size


def _nonce(given: object) -> str | None:
    return given[:100] if isinstance(given, str) and given else None


def _seen_from(view: View, patch: Patch) -> Patch:
    """A patch between the order of the file and that of the view (its own inverse)."""
    return patch.swapped() if view.flipped else patch


def _reversed(view: View, patch: Patch) -> Patch:
    """The inverse; beads that come back and are no longer the machine's are kept as made by hand."""
    inverse = patch.inverse()
    return replace(inverse, after=tuple(as_machine(view, bead) for bead in inverse.after))

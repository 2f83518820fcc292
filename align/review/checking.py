"""The checks of a review's beads, beside all others of the run, and which beads a filter shows."""

from __future__ import annotations

from functools import partial

from align.checks import Checker, Languages
from align.corpus.folder import PairEntry
from align.document import Level
from align.review.bead import ReviewBead
from align.review.filters import Filter, matching, texts
from align.review.session import Review

_BEADS_SEARCHED = 50_000  # beads of other pairs that are looked through at once
_BEADS_COMPARED = 100_000  # beads of a run beside which each is checked: reading them takes some seconds


class Checking:
    """The checks of one review; what is found out once is kept as long as a bead stays as it is."""

    def __init__(self, review: Review) -> None:
        self.review = review
        self._checkers: dict[Level, Checker] = {}
        self._failed: dict[tuple[int, Level, str], tuple[ReviewBead, tuple[str, ...]]] = {}
        self._matching: tuple[object, list[int]] = (None, [])

    def checker(self, level: Level) -> Checker:
        """What the beads of a level are checked with: beside the machine's beads of the run, or its first many."""
        with self.review.lock:
            if level not in self._checkers:
                self._checkers[level] = Checker(self.review.skip_checks)
                left = _BEADS_COMPARED
                for pair in self.review.pairs:
                    if left > 0 and self.review.run.bead_file(pair, level).exists():
                        for row in self.review.run.beads(pair, level):
                            self._checkers[level].add(row.source, row.target, languages_of(pair))
                            left -= 1
            return self._checkers[level]

    def failed(self, pair: int, level: Level, bead: ReviewBead) -> tuple[str, ...]:
        """The checks that a bead fails, as it stands; one that did not change is not checked again."""
        if not (bead.source and bead.target):
            return ()
        with self.review.lock:
            key = pair, level, bead.id
            known = self._failed.get(key)
            if known is None or known[0] is not bead:
                found = self.checker(level).failed(*texts(bead), languages_of(self.review.pairs[pair]))
                known = self._failed[key] = bead, found
            return known[1]

    def matching(self, pair: int, level: Level, wanted: Filter) -> list[int]:
        """The places of the beads of a pair that fit a filter; what did not change since it was asked for is known."""
        with self.review.lock:
            view = self.review.view(pair, level)
            state = (pair, level, wanted, self.review.number)
            if self._matching[0] != state:
                usual = self.checker(level).lengths.of(languages_of(self.review.pairs[pair]))
                found = matching(view, wanted, usual, partial(self.failed, pair, level))
                self._matching = state, list(found)
            return self._matching[1]

    def elsewhere(
        self, pair: int, level: Level, wanted: Filter, *, backwards: bool = False
    ) -> tuple[int, list[int]] | None:
        """The next pair, around the end, with beads that fit, and their places; None where none of many do."""
        pairs, left = len(self.review.pairs), _BEADS_SEARCHED
        for step in range(1, pairs):
            number = (pair - step if backwards else pair + step) % pairs
            if not self.review.run.bead_file(self.review.pairs[number], level).exists():
                continue
            if found := self.matching(number, level, wanted):
                return number, found
            left -= len(self.review.view(number, level))
            if left < 0:
                break
        return None


def languages_of(pair: PairEntry) -> Languages:
    """The languages of a pair as checks are given them."""
    return pair.source_language, pair.target_language

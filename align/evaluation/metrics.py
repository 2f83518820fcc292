"""Scores of an alignment against gold: strict and lax precision, recall, F1, by bead type, and reliability.

Strict: exactly the same source and target units. Lax: a two-sided bead counts when it overlaps a bead of the other
side on source and target (Vecalign's definition). A bead with an empty side is split into its single units first.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

BeadIndices = tuple[tuple[int, ...], tuple[int, ...]]


@dataclass(frozen=True, slots=True)
class Score:
    """Counts and what follows from them.

    Attributes:
        gold, found: numbers of beads.
        right: found beads that are right; recalled: gold beads that were found (differs from `right` when lax).
    """

    gold: int = 0
    found: int = 0
    right: int = 0
    recalled: int = 0

    @property
    def precision(self) -> float:
        return self.right / self.found if self.found else 0.0

    @property
    def recall(self) -> float:
        return self.recalled / self.gold if self.gold else 0.0

    @property
    def f1(self) -> float:
        both = self.precision + self.recall
        return 2 * self.precision * self.recall / both if both else 0.0

    def __add__(self, other: Score) -> Score:
        return Score(
            self.gold + other.gold,
            self.found + other.found,
            self.right + other.right,
            self.recalled + other.recalled,
        )


@dataclass(frozen=True, slots=True)
class Scores:
    """Scores over all beads and over two-sided beads, strict and lax, and strict ones by bead type."""

    strict: Score = Score()
    lax: Score = Score()
    two_strict: Score = Score()
    two_lax: Score = Score()
    types: dict[str, Score] = field(default_factory=dict)

    def __add__(self, other: Scores) -> Scores:
        types = {
            name: self.types.get(name, Score()) + other.types.get(name, Score())
            for name in sorted({*self.types, *other.types})
        }
        return Scores(
            self.strict + other.strict,
            self.lax + other.lax,
            self.two_strict + other.two_strict,
            self.two_lax + other.two_lax,
            types,
        )


def bead_set(beads: Iterable[tuple[Sequence[int], Sequence[int]]]) -> set[BeadIndices]:
    """Beads as a set, sides sorted, those with an empty side split into single units."""
    found: set[BeadIndices] = set()
    for source, target in beads:
        if source and target:
            found.add((tuple(sorted(set(source))), tuple(sorted(set(target)))))
        else:
            found |= {((i,), ()) for i in source} | {((), (j,)) for j in target}
    return found


def score_beads(gold: set[BeadIndices], found: set[BeadIndices]) -> Scores:
    """Compares two sets of beads."""
    two_gold, two_found = _two_sided(gold), _two_sided(found)
    return Scores(
        strict=_strict(gold, found),
        lax=_lax(gold, found),
        two_strict=_strict(two_gold, two_found),
        two_lax=_lax(two_gold, two_found),
        types=_by_type(gold, found),
    )


def _two_sided(beads: set[BeadIndices]) -> set[BeadIndices]:
    return {bead for bead in beads if bead[0] and bead[1]}


def _strict(gold: set[BeadIndices], found: set[BeadIndices]) -> Score:
    right = len(gold & found)
    return Score(len(gold), len(found), right, right)


def _lax(gold: set[BeadIndices], found: set[BeadIndices]) -> Score:
    return Score(len(gold), len(found), _touched(found, gold), _touched(gold, found))


def _touched(beads: set[BeadIndices], others: set[BeadIndices]) -> int:
    """How many beads overlap one of the others on both sides; one-sided ones must be equal."""
    answers: dict[int, set[int]] = defaultdict(set)
    for source, target in others:
        for i in source:
            answers[i].update(target)
    count = 0
    for bead in beads:
        source, target = bead
        if source and target:
            count += any(not answers[i].isdisjoint(target) for i in source if i in answers)
        else:
            count += bead in others
    return count


def _by_type(gold: set[BeadIndices], found: set[BeadIndices]) -> dict[str, Score]:
    def group(beads: set[BeadIndices]) -> dict[str, set[BeadIndices]]:
        by_type: dict[str, set[BeadIndices]] = defaultdict(set)
        for bead in beads:
            by_type[f"{len(bead[0])}-{len(bead[1])}"].add(bead)
        return by_type

    wanted, given = group(gold), group(found)
    return {
        name: _strict(wanted.get(name, set()), given.get(name, set())) for name in sorted({*wanted, *given})
    }


@dataclass(frozen=True, slots=True)
class Reliability:
    """How far confidences can be believed.

    Attributes:
        beads: how many were judged.
        ece: expected calibration error over bins of equal size.
        brier: mean squared difference between confidence and being right.
        curve: for each bin (mean confidence, share right, beads).
        errors_removed: share of all errors among the 10 % least confident beads.
    """

    beads: int
    ece: float
    brier: float
    curve: tuple[tuple[float, float, int], ...]
    errors_removed: float


def reliability(judged: Sequence[tuple[float, bool]], bins: int = 15) -> Reliability:
    """Reliability of (confidence, right) pairs (Naeini et al. 2015; bins of equal size, ties stay together)."""
    ordered = sorted(judged)
    total = len(ordered)
    if not total:
        return Reliability(0, 0.0, 0.0, (), 0.0)
    curve, error, start = [], 0.0, 0
    for number in range(bins):
        stop = round((number + 1) * total / bins)
        if stop <= start:
            continue
        part = ordered[start:stop]
        mean = sum(p for p, _ in part) / len(part)
        share = sum(ok for _, ok in part) / len(part)
        error += abs(mean - share) * len(part) / total
        curve.append((mean, share, len(part)))
        start = stop
    wrong = sum(not ok for _, ok in ordered)
    dropped = sum(not ok for _, ok in ordered[: total // 10])
    brier = sum((p - ok) ** 2 for p, ok in ordered) / total
    return Reliability(total, error, brier, tuple(curve), dropped / wrong if wrong else 1.0)

"""Two reviewers of one sample: how far they agree, on what they disagree, and whose word counts.

Cohen 1960, "A coefficient of agreement for nominal scales": kappa is the agreement beyond what two people would reach
who accept as often as these do, but by lot; 1 is full agreement, 0 none beyond chance.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

from align._internal.wording import counted
from align.review.bead import ReviewStatus
from align.review.verdicts import BeadKey as BeadKey
from align.review.verdicts import Verdict


@dataclass(frozen=True, slots=True)
class Agreement:
    """How far two reviewers agree on the beads that both have judged.

    Attributes:
        both: beads that both accepted or rejected, not knowing of each other.
        agreed: how many of them alike.
        kappa: Cohen's; None where one kind of verdict alone was given, which says nothing of chance.
    """

    reviewers: tuple[str, str]
    both: int
    agreed: int
    kappa: float | None

    @property
    def said(self) -> str:
        """``Ana and Ben agree on 93 of 100 beads, Cohen's kappa .71``."""
        one, other = self.reviewers
        kappa = (
            "undefined: all verdicts are one"
            if self.kappa is None
            else f"{self.kappa:.2f}".replace("0.", ".")
        )
        return f"{one} and {other} agree on {self.agreed:,} of {counted(self.both, 'bead')}, Cohen's kappa {kappa}"


def agreements(found: Iterable[Verdict]) -> list[Agreement]:
    """Every two reviewers who have judged some beads both, by name."""
    said: dict[str, dict[BeadKey, ReviewStatus]] = defaultdict(dict)
    for verdict in found:
        if verdict.status != "open" and not verdict.settles:
            said[verdict.reviewer][verdict.place, verdict.bead] = verdict.status
    return [
        _agreement(pair, [(said[pair[0]][key], said[pair[1]][key]) for key in both])
        for pair in combinations(sorted(said), 2)
        if (both := sorted(said[pair[0]].keys() & said[pair[1]].keys()))
    ]


def _agreement(reviewers: tuple[str, str], both: Sequence[tuple[ReviewStatus, ReviewStatus]]) -> Agreement:
    agreed = sum(one == other for one, other in both)
    return Agreement(reviewers, len(both), agreed, kappa(both))


def kappa(both: Sequence[tuple[ReviewStatus, ReviewStatus]]) -> float | None:
    """Cohen's kappa of pairs of verdicts; None where chance alone would make them agree."""
    total = len(both)
    if not total:
        return None
    accepted = [sum(pair[side] == "accepted" for pair in both) / total for side in (0, 1)]
    chance = accepted[0] * accepted[1] + (1 - accepted[0]) * (1 - accepted[1])
    if chance >= 1:
        return None
    return (sum(one == other for one, other in both) / total - chance) / (1 - chance)


def by_bead(found: Iterable[Verdict]) -> dict[BeadKey, list[Verdict]]:
    """Verdicts that stand, bead by bead."""
    beads: dict[BeadKey, list[Verdict]] = defaultdict(list)
    for verdict in found:
        if verdict.status != "open":
            beads[verdict.place, verdict.bead].append(verdict)
    return dict(beads)


def word(said: Sequence[Verdict]) -> ReviewStatus:
    """What counts: the word of who settles, else what all say, else what most of three and more say, else nothing."""
    settled = [verdict.status for verdict in said if verdict.settles]
    if settled:
        return settled[-1]
    accepted = sum(verdict.status == "accepted" for verdict in said)
    rejected = len(said) - accepted
    if accepted == rejected:
        return "open"
    if len(said) > 2 or not (accepted and rejected):
        return "accepted" if accepted > rejected else "rejected"
    return "open"


def disagreements(beads: Mapping[BeadKey, Sequence[Verdict]]) -> list[BeadKey]:
    """The beads of which the reviewers say different things and nobody has settled."""
    return [key for key, said in beads.items() if said and word(said) == "open"]

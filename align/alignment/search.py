"""From two texts to the most trustworthy path of beads, exactly, inside a corridor.

Two passes, as in structured prediction cascades (Weiss and Taskar 2010): a cheap score of every candidate bead gives,
by summing over all paths, the posterior probability of each; the few that have any are scored again with all the
evidence. The result is not the likeliest path but the one with the highest expected F1 of exactly right beads.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from align._internal.arrays import Floats, Ints
from align.alignment.candidates import Candidates, Corridor, candidates
from align.alignment.cheap import cheap_scores
from align.alignment.features.distances import Distances, Pair
from align.alignment.features.evidence import RichInputs
from align.alignment.features.rich import rich
from align.alignment.lattice import Lattice
from align.alignment.model import Model
from align.encoders.lexicon import Lexicon

Prior = Callable[[Candidates], Floats]  # what is known of candidates beforehand, as log odds

_ALIVE = 1e-4  # posterior of the cheap pass below which a candidate is dropped
_HOPELESS = -50.0


@dataclass(frozen=True, slots=True, eq=False)
class Survivors:
    """The candidates that survived the cheap pass, their lattice and their features."""

    lattice: Lattice
    candidates: Candidates
    features: Floats
    names: tuple[str, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Solution:
    """The chosen beads in order, as arrays, with the probability that each is right."""

    i: Ints
    j: Ints
    m: Ints
    n: Ints
    confidence: Floats

    @property
    def end(self) -> tuple[int, int]:
        """The node the last bead leads to."""
        return int(self.i[-1] + self.m[-1]), int(self.j[-1] + self.n[-1])

    def shift(self, i: int, j: int) -> Solution:
        """The same beads of a stretch that starts at unit `i` and `j`."""
        return replace(self, i=self.i + i, j=self.j + j)

    def until(self, level: int) -> Solution:
        """The beads up to the last one that ends no more than `level` units into both texts; at least one."""
        count = max(1, int(np.searchsorted(self.i + self.j + self.m + self.n, level, side="right")))
        return Solution(
            self.i[:count], self.j[:count], self.m[:count], self.n[:count], self.confidence[:count]
        )

    def in_order(self) -> Solution:
        """The same beads, those of each run of gaps ordered by how far they lie into their side of it.

        The order within such a run means nothing (all are equally likely), so that rounding would decide it.
        """
        gap = (self.m == 0) | (self.n == 0)
        run = np.cumsum(~gap | np.diff(gap, prepend=gap[:1]))
        place = np.arange(len(gap), dtype=float)
        for number in np.unique(run[gap]):
            beads = np.flatnonzero(gap & (run == number))
            deletion = self.n[beads] == 0
            for side in (beads[deletion], beads[~deletion]):
                place[side] = beads[0] + (np.arange(len(side)) + 0.5) / len(side) * len(beads)
        order = np.lexsort((self.m == 0, place))
        m, n = self.m[order], self.n[order]
        i, j = (start[0] + np.cumsum(size) - size for start, size in ((self.i, m), (self.j, n)))
        return Solution(i, j, m, n, self.confidence[order])

    @classmethod
    def joined(cls, parts: Sequence[Solution]) -> Solution:
        """Several stretches as one."""
        return cls(
            np.concatenate([part.i for part in parts]),
            np.concatenate([part.j for part in parts]),
            np.concatenate([part.m for part in parts]),
            np.concatenate([part.n for part in parts]),
            np.concatenate([part.confidence for part in parts]),
        )


def survivors(
    pair: Pair,
    corridor: Corridor,
    model: Model,
    max_size: int,
    lexicon: Lexicon,
    prior: Prior | None = None,
    names: tuple[str, ...] | None = None,
) -> Survivors:
    """The cheap pass: all candidates in the corridor, and the features of those that survive it.

    The features are those of the model's rich scorer, unless `names` says which.
    """
    names = model.rich.names if names is None else names
    found = candidates(pair.source, pair.target, corridor, max_size)
    lattice, c = found.lattice, found.candidates
    score, distance = cheap_scores(pair, c, model.basic)
    if prior is not None:
        score += prior(c)
    posterior, _ = lattice.marginals(score)
    keep = posterior > _ALIVE
    keep[lattice.best_path(score)] = True
    evidence = RichInputs(
        pair,
        c,
        Distances(found.places, distance),
        keep,
        posterior,
        by_unit(lattice, posterior)[keep],
        _outside(posterior[keep], score[keep]),
        max_size,
        lexicon,
    )
    return Survivors(lattice.subset(keep), evidence.c, rich(evidence, names), names)


def _outside(posterior: Floats, score: Floats) -> Floats:
    """Log of the summed weight of all paths through both ends of each candidate, its own score left out."""
    outside: Floats = np.log(np.maximum(posterior, 1e-300)) - score
    return outside


def solve(
    pair: Pair, corridor: Corridor, model: Model, max_size: int, lexicon: Lexicon, prior: Prior | None = None
) -> Solution:
    """The path with the highest expected F1, and how probable each of its beads is."""
    left = survivors(pair, corridor, model, max_size, lexicon, prior)
    score = model.rich.score(left.features, left.candidates.m, left.candidates.n)
    if prior is not None:
        score += prior(left.candidates)
    edge, _ = left.lattice.marginals(score)
    posterior = by_unit(left.lattice, edge)
    path = best_expected(left.lattice, edge, posterior)
    c = left.candidates.take(path)
    confidence = model.calibration.confidence(posterior[path], c.m, c.n)
    return Solution(c.i, c.j, c.m, c.n, confidence).in_order()


def by_unit(lattice: Lattice, posterior: Floats) -> Floats:
    """Posteriors where that of a gap is the probability that its unit is left out, wherever between the others."""
    out = posterior.copy()
    for unit, empty in ((lattice.i, lattice.n == 0), (lattice.j, lattice.m == 0)):
        if empty.any():
            out[empty] = np.bincount(unit[empty], posterior[empty])[unit[empty]]
    return np.minimum(out, 1.0)


def best_expected(lattice: Lattice, edge: Floats, posterior: Floats) -> Ints:
    """The path that maximises expected F1 (Dinkelbach's iteration: ``F1 = 2 Σp / (beads + beads expected)``)."""
    expected = float(edge.sum())
    target = 0.9
    path = np.zeros(0, np.int64)
    for _ in range(3):
        path = lattice.best_path(np.where(edge > 1e-9, 2 * posterior - target, _HOPELESS))
        target = 2 * float(posterior[path].sum()) / (len(path) + expected)
    return path

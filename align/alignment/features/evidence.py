"""What the rich features are computed from, and the columns that they fill."""

from __future__ import annotations

from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from align._internal.arrays import Bools, Floats, Ints
from align.alignment.candidates import Candidates
from align.alignment.coverage import Coverage, Subwords, coverages, edges
from align.alignment.features.distances import Distances, Pair
from align.alignment.learned import learned_coverage
from align.encoders.lexicon import Lexicon

Edges = tuple[NDArray[np.float32], NDArray[np.float32]]


class RichInputs:
    """What the rich features are computed from; whatever costs much is made when a feature first asks for it.

    Attributes:
        pair: the two texts.
        distances: those of all candidates.
        all, posterior_of_all: the candidates of the cheap pass, and the posterior that it gave each.
        c: those of them that survived; `two` says which have two sides, `b` are these, `g` the gaps.
        posterior: of each survivor, from the cheap pass; `unit_posterior` the same with a gap's anywhere.
        outside: of each survivor, how well the paths fit that pass through both of its ends, its own score left out.
        max_size: most units on one side of a bead.
    """

    def __init__(
        self,
        pair: Pair,
        candidates: Candidates,
        distances: Distances,
        keep: Bools,
        posterior: Floats,
        unit_posterior: Floats,
        outside: Floats,
        max_size: int,
        lexicon: Lexicon,
    ) -> None:
        self.pair, self.all, self.posterior_of_all = pair, candidates, posterior
        self.distances = distances
        self.c = candidates.take(keep)
        self.posterior, self.unit_posterior, self.outside = posterior[keep], unit_posterior, outside
        self.max_size, self._lexicon = max_size, lexicon
        self.two: Bools = (self.c.m > 0) & (self.c.n > 0)
        self.b, self.g = self.c.take(self.two), self.c.take(~self.two)

    @cached_property
    def reach(self) -> tuple[tuple[Ints, Ints], tuple[Ints, Ints]]:
        """For each source unit the stretch of the target that any survivor opposes to it, and the other way round."""
        b, rows, columns = self.b, len(self.pair.source), len(self.pair.target)
        return _reach(b.i, b.m, b.j, b.n, rows, columns), _reach(b.j, b.n, b.i, b.m, columns, rows)

    @cached_property
    def _subwords(self) -> tuple[Subwords, Subwords]:
        pair = self.pair
        return Subwords.of(pair.source.pieces, self._lexicon), Subwords.of(pair.target.pieces, self._lexicon)

    @cached_property
    def words(self) -> tuple[Coverage, Coverage]:
        """How much the words of one side cover of each source and of each target unit, by the table of `use`."""
        return coverages(*self._subwords, self.reach, self.max_size)

    @cached_property
    def learned(self) -> tuple[Coverage, Coverage]:
        """How much the words that the two texts associate cover of each source and of each target unit."""
        stems = self.pair.signs.of_units("stems")
        return learned_coverage(
            stems, self.all, self.posterior_of_all, self.reach, self.max_size, self.pair.known
        )

    @cached_property
    def edges(self) -> tuple[Edges, Edges]:
        """What each source and each target unit begins and ends with, see `coverage.edges`."""
        source, target = self._subwords
        return edges(source), edges(target)


def _reach(
    first: Ints, size: Ints, other: Ints, other_size: Ints, units: int, others: int
) -> tuple[Ints, Ints]:
    """For each unit the stretch of the other side that any of its candidates touches, and one unit around it."""
    low, high = np.full(units, others), np.zeros(units, np.int64)
    for k in range(int(size.max(initial=0))):
        inside: Bools = size > k
        np.minimum.at(low, first[inside] + k, other[inside] - 1)
        np.maximum.at(high, first[inside] + k, (other + other_size)[inside] + 1)
    low, high = np.maximum(low, 0), np.minimum(high, others)
    return np.minimum(low, high), high


class FeatureTable:
    """Columns of features that are collected by name."""

    def __init__(self, rows: int) -> None:
        self.rows = rows
        self.columns: dict[str, Floats] = {}

    def add(self, name: str, value: Floats, where: Bools | None = None) -> None:
        column = np.zeros(self.rows)
        if where is None:
            column[:] = value
        else:
            column[where] = value
        self.columns[name] = column

    def both(self, name: str, one: Floats, other: Floats, where: Bools) -> None:
        """A feature of two sides as their mean and their minimum, so that source and target can change places."""
        self.add(name, (one + other) / 2, where)
        self.add(name + ".min", np.minimum(one, other), where)

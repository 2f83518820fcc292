"""All the evidence, computed for the candidates that survive the cheap pass."""

from __future__ import annotations

import numpy as np

from align._internal.arrays import Floats
from align.alignment.candidates import Candidates
from align.alignment.features.basic import BASIC, basic
from align.alignment.features.distances import Pair
from align.alignment.features.evidence import Evidence, Table
from align.alignment.features.gaps import gap_features, surroundings
from align.alignment.features.neighbours import claims, gains
from align.alignment.features.surface import surface
from align.alignment.features.words import boundaries, coverage_features


def rich(pair: Pair, c: Candidates, e: Evidence) -> tuple[list[str], Floats]:
    """All features of the candidates: their names and ``(len(c), len(names))``."""
    table = Table(len(c))
    two = (c.m > 0) & (c.n > 0)
    for name, column in zip(BASIC, basic(pair, c).T, strict=True):
        table.add(name, column)
    b = c.take(two)
    gains(table, two, b, e.distances)
    coverage_features(table, two, b, e)
    boundaries(table, two, b, e)
    claims(table, two, b, e)
    surface(table, two, b, pair)
    gap_features(table, ~two, c.take(~two), pair, e)
    surroundings(table, two, c, pair, e)
    return table.names, np.stack(table.columns, axis=1)

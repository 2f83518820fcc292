"""What speaks for leaving a unit without an answer: where it would have fitted, and how much is missing around it."""

from __future__ import annotations

import numpy as np

from align._internal.arrays import Floats
from align.alignment.coverage import Coverage
from align.alignment.features.evidence import FeatureTable, RichInputs


def gap_places(table: FeatureTable, e: RichInputs) -> None:
    """Is the one unit of a gap a heading, or does it stand at an end of the other text?"""
    g, pair = e.g, e.pair
    source = g.m == 1
    rows, columns = len(pair.source), len(pair.target)
    u, v = np.minimum(g.i, rows - 1), np.minimum(g.j, columns - 1)
    final = np.where(source, pair.source.final[u], pair.target.final[v])
    table.add("gap.open", final == 0, ~e.two)
    edge = np.where(source, (g.j == 0) | (g.j == columns), (g.i == 0) | (g.i == rows))
    table.add("gap.edge", edge, ~e.two)


def gap_distances(table: FeatureTable, e: RichInputs) -> None:
    """Would the one unit of a gap have fitted somewhere, by its vector?"""
    g, pair, d = e.g, e.pair, e.distances
    i, j, source = g.i, g.j, g.m == 1
    one = np.ones(len(g), np.int64)
    u, v = np.minimum(i, len(pair.source) - 1), np.minimum(j, len(pair.target) - 1)
    beside = np.where(
        source,
        np.minimum(d.of(i, one, j - 1, one), d.of(i, one, j, one)),
        np.minimum(d.of(i - 1, one, j, one), d.of(i, one, j, one)),
    )
    table.add("gap.beside", beside, ~e.two)
    table.add("gap.nearest", np.where(source, pair.forth.cosine[u], pair.back.cosine[v]), ~e.two)


def gap_words(table: FeatureTable, e: RichInputs) -> None:
    """Would the one unit of a gap have been covered by the words of a unit beside it?"""
    table.add("gap.words", covered_beside(e, *e.words), ~e.two)


def covered_beside(e: RichInputs, source: Coverage, target: Coverage) -> Floats:
    """Share of each gap's unit that the nearest units of the other side cover."""
    i, j = e.g.i, e.g.j
    one = np.ones(len(e.g), np.int64)
    u, v = np.minimum(i, len(e.pair.source) - 1), np.minimum(j, len(e.pair.target) - 1)
    return np.where(
        e.g.m == 1,
        np.maximum(source.of(u, j - 1, one), source.of(u, j, one)) / (source.weight[u] + 0.5),
        np.maximum(target.of(v, i - 1, one), target.of(v, i, one)) / (target.weight[v] + 0.5),
    )


def level_of_distances(table: FeatureTable, e: RichInputs) -> None:
    """How far apart beads are in this text: free translations have larger distances throughout."""
    c, two, p = e.c, e.two, e.posterior
    d = e.distances.of(c.i, c.m, c.j, c.n)
    usual = float((p[two] * d[two]).sum() / max(p[two].sum(), 1e-9))
    extra = (c.m + c.n - 2)[two].astype(float)
    table.add("gap.level", np.where(two, 0.0, usual))
    table.add("relative", d[two] - usual, two)
    table.add("level", extra * usual, two)


def surroundings(table: FeatureTable, e: RichInputs) -> None:
    """How much is missing in this text and nearby, by the cheap pass: where much is missing, more is."""
    c, two, p = e.c, e.two, e.posterior
    missing: list[Floats] = [
        np.bincount(unit[empty], p[empty], size).astype(float)
        for unit, empty, size in (
            (c.i, c.n == 0, len(e.pair.source)),
            (c.j, c.m == 0, len(e.pair.target)),
        )
    ]
    rate = float(np.log(sum(x.sum() for x in missing) / sum(map(len, missing)) + 0.01) + 3)
    near = [_nearby(x) for x in missing]
    u, v = np.minimum(c.i, len(near[0]) - 1), np.minimum(c.j, len(near[1]) - 1)
    extra = (c.m + c.n - 2)[two].astype(float)
    table.add("gap.rate", np.where(two, 0.0, rate))
    table.add("gap.local", np.where(two, 0.0, np.where(c.m == 1, near[0][u], near[1][v])))
    table.add("local", np.where(two, (near[0][u] + near[1][v]) / 2, 0.0))
    table.add("rate", extra * rate, two)
    table.add("first", _log_odds(p[two]), two)
    table.add("gap.first", _log_odds(e.unit_posterior[~two]), ~two)


def _log_odds(posterior: Floats) -> Floats:
    """Log of the posterior, bounded below, 0 for about one in seven."""
    value: Floats = np.log(posterior + 1e-5) + 2
    return value


def _nearby(missing: Floats, width: int = 4) -> Floats:
    """Mean over the units around each, itself left out."""
    around = np.ones(2 * width + 1) / (2 * width)
    around[width] = 0
    near: Floats = np.convolve(np.pad(missing, width, mode="edge"), around, "valid")
    return near

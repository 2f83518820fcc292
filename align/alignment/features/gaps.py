"""What speaks for leaving a unit without an answer: where it would have fitted, and how much is missing around it."""

from __future__ import annotations

import numpy as np

from align._internal.arrays import Bools, Floats
from align.alignment.candidates import Candidates
from align.alignment.features.distances import Pair
from align.alignment.features.evidence import Evidence, Table


def gap_features(table: Table, gap: Bools, g: Candidates, pair: Pair, e: Evidence) -> None:
    """Would the one unit of a gap have fitted somewhere?"""
    source = g.m == 1
    i, j = g.i, g.j
    one = np.ones(len(g), np.int64)
    rows, columns = len(pair.source), len(pair.target)
    u, v = np.minimum(i, rows - 1), np.minimum(j, columns - 1)
    beside = np.where(
        source,
        np.minimum(e.distances.of(i, one, j - 1, one), e.distances.of(i, one, j, one)),
        np.minimum(e.distances.of(i - 1, one, j, one), e.distances.of(i, one, j, one)),
    )
    table.add("gap.beside", beside, gap)
    words = np.where(
        source,
        np.maximum(e.source.of(u, j - 1, one), e.source.of(u, j, one)) / (e.source.weight[u] + 0.5),
        np.maximum(e.target.of(v, i - 1, one), e.target.of(v, i, one)) / (e.target.weight[v] + 0.5),
    )
    table.add("gap.words", words, gap)
    final = np.where(source, pair.source.final[u], pair.target.final[v])
    table.add("gap.open", final == 0, gap)
    edge = np.where(source, (j == 0) | (j == columns), (i == 0) | (i == rows))
    table.add("gap.edge", edge, gap)
    table.add("gap.nearest", np.where(source, pair.forth.cosine[u], pair.back.cosine[v]), gap)


def surroundings(table: Table, two: Bools, c: Candidates, pair: Pair, e: Evidence) -> None:
    """What kind of text this is, and what happens nearby, as far as the cheap pass could see.

    Free translations have larger distances throughout; where much is missing, more is.
    """
    p = e.posterior
    d = e.distances.of(c.i, c.m, c.j, c.n)
    usual = float((p[two] * d[two]).sum() / max(p[two].sum(), 1e-9))
    missing: list[Floats] = [
        np.bincount(unit[empty], p[empty], size).astype(float)
        for unit, empty, size in ((c.i, c.n == 0, len(pair.source)), (c.j, c.m == 0, len(pair.target)))
    ]
    rate = float(np.log(sum(x.sum() for x in missing) / sum(map(len, missing)) + 0.01) + 3)
    near = [_nearby(x) for x in missing]
    u, v = np.minimum(c.i, len(near[0]) - 1), np.minimum(c.j, len(near[1]) - 1)
    extra = (c.m + c.n - 2)[two].astype(float)
    table.add("gap.level", np.where(two, 0.0, usual))
    table.add("gap.rate", np.where(two, 0.0, rate))
    table.add("gap.local", np.where(two, 0.0, np.where(c.m == 1, near[0][u], near[1][v])))
    table.add("local", np.where(two, (near[0][u] + near[1][v]) / 2, 0.0))
    table.add("relative", d[two] - usual, two)
    table.add("level", extra * usual, two)
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

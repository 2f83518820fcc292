"""The evidence for and against each candidate bead, as numbers.

`basic` needs nothing but vectors and lengths and is computed for every candidate; `rich` adds word evidence and the
neighbours' claims and is computed for the candidates that survive.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from align._internal.arrays import Bools, Floats, Ints
from align.alignment.candidates import Candidates
from align.alignment.corridor import Anchors, Neighbours
from align.alignment.coverage import Coverage
from align.alignment.features.units import Text, Units
from align.encoders.base import Vectors

_PRIOR_UNITS, _PRIOR_COSINE = 6.0, 0.15  # what unrelated units are like, for texts too short to tell

_CLOSE, _FARTHEST = 0.3, 0.8  # usual distance of translations where nothing tells, and at most
_CHANCE, _ENOUGH = 0.05, 0.2  # share of all units in anchors that chance makes, and that tells
_FEW = 8.0  # anchors that count for half

BASIC = (
    "distance*mn", "distance*(m+n)/2", "distance", "cosine", "length", "length2",
    "gap", "gap_length", "gap_cosine", "gap_usual",
)  # fmt: skip


@dataclass(frozen=True, slots=True, eq=False)
class Pair:
    """Two texts on their way to being aligned.

    Attributes:
        ratio: target length for each unit of source length.
        forth, back: nearest neighbours of the source and of the target units.
        source_mean, target_mean: mean vectors of the whole texts, `source_total`, `target_total` units long.
        usual: how far translations are from each other in these texts, see `usual_distance`.
    """

    source: Units
    target: Units
    forth: Neighbours
    back: Neighbours
    ratio: float
    source_mean: Floats
    target_mean: Floats
    source_total: int
    target_total: int
    usual: float


def type_index(m: Ints, n: Ints) -> Ints:
    """A number below 100 for each bead type; the same for m-n and n-m."""
    small, large = np.minimum(m, n), np.maximum(m, n)
    return np.minimum(small, 9) * 10 + np.minimum(large, 9)


def expected_cosine(vectors: Vectors, mean: Floats, count: int) -> Floats:
    """Mean cosine of each vector with all `count` units of the other side, shrunk where they are few."""
    raw = vectors @ mean.astype(np.float32)
    shrunk: Floats = (count * raw.astype(float) + _PRIOR_UNITS * _PRIOR_COSINE) / (count + _PRIOR_UNITS)
    return shrunk


def run_length(units: Units, first: Ints, size: Ints) -> Floats:
    """Subwords in runs of units."""
    total = np.concatenate([[0.0], np.cumsum(units.length)])
    length: Floats = total[first + size] - total[first]
    return length


def distance(pair: Pair, c: Candidates) -> Floats:
    """Cosine distance of the two sides over its expectation for unrelated texts (Vecalign's normalisation, exact)."""
    i, j = np.minimum(c.i, len(pair.source) - 1), np.minimum(c.j, len(pair.target) - 1)
    left = expected_cosine(pair.source.vectors, pair.target_mean, pair.target_total)[
        np.maximum(c.m, 1) - 1, i
    ]
    right = expected_cosine(pair.target.vectors, pair.source_mean, pair.source_total)[
        np.maximum(c.n, 1) - 1, j
    ]
    near: Floats = np.clip((1 - c.cosine) / (1 - (left + right) / 2), 0, 2)
    return near


def usual_distance(source: Text, target: Text, anchors: Anchors) -> float:
    """Median distance of the anchors: free translations are farther apart throughout, and no less translations.

    Texts that have nothing to do with each other have few anchors, which count for little.
    """
    if not len(anchors.i):
        return _CLOSE
    left = expected_cosine(source.singles[anchors.i], target.mean, len(target))
    right = expected_cosine(target.singles[anchors.j], source.mean, len(source))
    median = float(np.median(np.clip((1 - anchors.cosine) / (1 - (left + right) / 2), 0, 2)))
    share = 2 * len(anchors.i) / (len(source) + len(target))
    trust = float(np.clip((share - _CHANCE) / (_ENOUGH - _CHANCE), 0, 1))
    trust *= len(anchors.i) / (len(anchors.i) + _FEW)
    return min(trust * median + (1 - trust) * _CLOSE, _FARTHEST)


def length_features(pair: Pair, c: Candidates) -> tuple[Floats, Floats]:
    """Log ratio of the two lengths, and how unlikely it is for beads of this length (Gale and Church 1993)."""
    source = run_length(pair.source, c.i, c.m) * np.sqrt(pair.ratio)
    target = run_length(pair.target, c.j, c.n) / np.sqrt(pair.ratio)
    log_ratio = np.log((target + 2) / (source + 2))
    z = (target - source) / np.sqrt(target + source + 1)
    return log_ratio, z


def basic(pair: Pair, c: Candidates) -> Floats:
    """The features named in `BASIC`, ``(len(c), len(BASIC))``."""
    out = np.zeros((len(c), len(BASIC)), order="F")  # columns are written one by one
    gap = (c.m == 0) | (c.n == 0)
    two = ~gap
    b = c.take(two)
    d = distance(pair, b)
    log_ratio, z = length_features(pair, b)
    out[two, 0] = d * b.m * b.n / 2
    out[two, 1] = d * (b.m + b.n) / 2
    out[two, 2] = d
    out[two, 3] = b.cosine
    out[two, 4] = np.abs(log_ratio)
    out[two, 5] = np.minimum(z * z, 25) / 5
    out[gap, 6] = 1
    g = c.take(gap)
    out[gap, 7] = np.log(_gap(g, pair.source.length, pair.target.length))
    out[gap, 8] = _gap(g, pair.forth.cosine - pair.forth.mean, pair.back.cosine - pair.back.mean)
    out[gap, 9] = pair.usual
    return out


def _gap(g: Candidates, source: Floats, target: Floats) -> Floats:
    """A value of the one unit of each gap."""
    out = np.empty(len(g))
    left = g.m == 1
    out[left] = source[g.i[left]]
    out[~left] = target[g.j[~left]]
    return out


class Distances:
    """Distances of candidate beads, to be looked up by where they start and how large they are."""

    def __init__(self, pair: Pair, c: Candidates) -> None:
        two = (c.m > 0) & (c.n > 0)
        c = c.take(two)
        self._columns = len(pair.target) + 1
        key = self._key(c.i, c.m, c.j, c.n)
        order = np.argsort(key)
        self._keys = key[order]
        self._distance = distance(pair, c)[order]

    def _key(self, i: Ints, m: Ints, j: Ints, n: Ints) -> Ints:
        return ((i * 32 + m) * self._columns + j) * 32 + n

    def of(self, i: Ints, m: Ints, j: Ints, n: Ints) -> Floats:
        """Distance of each bead, 1 (as far as chance) for those that were no candidates."""
        key = self._key(i, m, j, n)
        place = np.minimum(np.searchsorted(self._keys, key), len(self._keys) - 1)
        valid = (i >= 0) & (j >= 0) & (m > 0) & (n > 0) & (j < self._columns)
        return np.where(valid & (self._keys[place] == key), self._distance[place], 1.0)


@dataclass(frozen=True, slots=True, eq=False)
class Evidence:
    """What `rich` looks things up in.

    Attributes:
        source, target: word coverage in both directions.
        source_edges, target_edges: what each unit begins and ends with, see `edges`.
        distances: of all candidates.
        posterior: of each candidate, from the cheap pass; `unit_posterior` the same with a gap's anywhere.
    """

    source: Coverage
    target: Coverage
    source_edges: tuple[NDArray[np.float32], NDArray[np.float32]]
    target_edges: tuple[NDArray[np.float32], NDArray[np.float32]]
    distances: Distances
    posterior: Floats
    unit_posterior: Floats


class _Table:
    """Columns of features that are collected by name."""

    def __init__(self, rows: int) -> None:
        self.rows = rows
        self.names: list[str] = []
        self.columns: list[Floats] = []

    def add(self, name: str, value: Floats, where: Bools | None = None) -> None:
        column = np.zeros(self.rows)
        if where is None:
            column[:] = value
        else:
            column[where] = value
        self.names.append(name)
        self.columns.append(column)

    def both(self, name: str, one: Floats, other: Floats, where: Bools) -> None:
        """A feature of two sides as their mean and their minimum, so that source and target can change places."""
        self.add(name, (one + other) / 2, where)
        self.add(name + ".min", np.minimum(one, other), where)


def rich(pair: Pair, c: Candidates, e: Evidence) -> tuple[list[str], Floats]:
    """All features of the candidates: their names and ``(len(c), len(names))``."""
    table = _Table(len(c))
    two = (c.m > 0) & (c.n > 0)
    for name, column in zip(BASIC, basic(pair, c).T, strict=True):
        table.add(name, column)
    b = c.take(two)
    _gains(table, two, b, e.distances)
    _covered(table, two, b, e)
    _boundaries(table, two, b, e)
    _neighbours_claims(table, two, b, e)
    _surface(table, two, b, pair)
    _gaps(table, ~two, c.take(~two), pair, e)
    _surroundings(table, two, c, pair, e)
    return table.names, np.stack(table.columns, axis=1)


def _gains(table: _Table, two: Bools, b: Candidates, d: Distances) -> None:
    """Does leaving out, or adding, the outermost unit bring the two sides nearer to each other?"""
    i, j, m, n = b.i, b.j, b.m, b.n
    here = d.of(i, m, j, n)
    less = np.minimum(
        np.minimum(d.of(i + 1, m - 1, j, n), d.of(i, m - 1, j, n)),
        np.minimum(d.of(i, m, j + 1, n - 1), d.of(i, m, j, n - 1)),
    )
    more = np.minimum(
        np.minimum(d.of(i - 1, m + 1, j, n), d.of(i, m + 1, j, n)),
        np.minimum(d.of(i, m, j - 1, n + 1), d.of(i, m, j, n + 1)),
    )
    table.add("less", np.where(m + n > 2, less - here, 0.0), two)
    table.add("more", more - here, two)
    table.both("rival", _best_of(i * 32 + m, here) - here, _best_of(j * 32 + n, here) - here, two)


def _best_of(group: Ints, value: Floats) -> Floats:
    """The smallest value in the group of each."""
    _, inverse = np.unique(group, return_inverse=True)
    best = np.full(int(inverse.max(initial=-1)) + 1, np.inf)
    np.minimum.at(best, inverse, value)
    return best[inverse]


def _mass(
    cover: Coverage, first: Ints, size: Ints, other: Ints, other_size: Ints
) -> tuple[Floats, Floats, Floats]:
    """Covered mass and whole mass of runs, and the share covered of the least covered unit in each."""
    covered, whole, least = np.zeros(len(first)), np.zeros(len(first)), np.ones(len(first))
    for k in range(int(size.max(initial=0))):
        inside = k < size
        unit = np.where(inside, first + k, 0)
        mass = cover.of(unit, other, other_size)
        weight = cover.weight[unit]
        covered += np.where(inside, mass, 0)
        whole += np.where(inside, weight, 0)
        least = np.where(inside, np.minimum(least, (mass + 0.1) / (weight + 0.1)), least)
    return covered, whole, least


def _covered(table: _Table, two: Bools, b: Candidates, e: Evidence) -> None:
    """How much of each side is accounted for by words on the other side."""
    s_mass, s_all, s_least = _mass(e.source, b.i, b.m, b.j, b.n)
    t_mass, t_all, t_least = _mass(e.target, b.j, b.n, b.i, b.m)
    table.both("coverage", (s_mass + 0.1) / (s_all + 0.1), (t_mass + 0.1) / (t_all + 0.1), two)
    table.both("least", s_least, t_least, two)
    table.add("uncovered", np.log1p(s_all - s_mass + t_all - t_mass), two)
    table.add("covered", np.log1p(s_mass + t_mass), two)


def _surroundings(table: _Table, two: Bools, c: Candidates, pair: Pair, e: Evidence) -> None:
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


def _boundaries(table: _Table, two: Bools, b: Candidates, e: Evidence) -> None:
    """Do both sides begin, and end, with the same words, and rather than the neighbours' beginnings and ends?"""
    begin = _dot(e.source_edges[0], b.i, e.target_edges[0], b.j)
    end = _dot(e.source_edges[1], b.i + b.m - 1, e.target_edges[1], b.j + b.n - 1)
    table.both("boundary", begin, end, two)
    begin_rival = np.maximum(
        _dot(e.source_edges[0], b.i, e.target_edges[0], b.j + 1),
        _dot(e.source_edges[0], b.i + 1, e.target_edges[0], b.j),
    )
    last, stop = b.i + b.m - 1, b.j + b.n - 1
    end_rival = np.maximum(
        _dot(e.source_edges[1], last, e.target_edges[1], stop - 1),
        _dot(e.source_edges[1], last - 1, e.target_edges[1], stop),
    )
    table.both("boundary.rival", begin - begin_rival, end - end_rival, two)


def _dot(left: NDArray[np.float32], i: Ints, right: NDArray[np.float32], j: Ints) -> Floats:
    """Cosine of row `i` and row `j`; 0 past the ends."""
    valid = (i >= 0) & (i < len(left)) & (j >= 0) & (j < len(right))
    out = np.zeros(len(i))
    out[valid] = np.einsum("ij,ij->i", left[i[valid]], right[j[valid]])
    return out


def _neighbours_claims(table: _Table, two: Bools, b: Candidates, e: Evidence) -> None:
    """Do the outermost units fit this bead better than the bead next door, and the units next door not?"""
    i, j, m, n, one = b.i, b.j, b.m, b.n, np.ones(len(b), np.int64)
    d, s, t = e.distances, e.source, e.target
    inner = [
        (d.of(i + m, one, j + n - 1, one) - d.of(i, m, j + n - 1, one)),
        (d.of(i - 1, one, j, one) - d.of(i, m, j, one)),
        (d.of(i + m - 1, one, j + n, one) - d.of(i + m - 1, one, j, n)),
        (d.of(i, one, j - 1, one) - d.of(i, one, j, n)),
    ]
    outer = [
        (d.of(i, m, j + n, one) - d.of(i + m, one, j + n, one)),
        (d.of(i, m, j - 1, one) - d.of(i - 1, one, j - 1, one)),
        (d.of(i + m, one, j, n) - d.of(i + m, one, j + n, one)),
        (d.of(i - 1, one, j, n) - d.of(i - 1, one, j - 1, one)),
    ]
    rows, columns = len(s.low), len(t.low)
    inner_words = [
        _claim(t, j + n - 1, columns, i, m, i + m, one),
        _claim(t, j, columns, i, m, i - 1, one),
        _claim(s, i + m - 1, rows, j, n, j + n, one),
        _claim(s, i, rows, j, n, j - 1, one),
    ]
    outer_words = [
        _claim(t, j + n, columns, i + m, one, i, m),
        _claim(t, j - 1, columns, i - 1, one, i, m),
        _claim(s, i + m, rows, j + n, one, j, n),
        _claim(s, i - 1, rows, j - 1, one, j, n),
    ]
    for name, values in (
        ("inner", inner), ("outer", outer), ("inner.words", inner_words), ("outer.words", outer_words),
    ):  # fmt: skip
        stacked = np.stack(values)
        table.add(name, stacked.mean(0), two)
        table.add(name + ".min", stacked.min(0), two)


def _claim(
    cover: Coverage, unit: Ints, units: int, mine: Ints, mine_size: Ints, theirs: Ints, size: Ints
) -> Floats:
    """Share of a unit that one run explains, less the share that another run explains; 0 past the ends."""
    valid = (unit >= 0) & (unit < units)
    u = np.where(valid, unit, 0)
    share = (cover.of(u, mine, mine_size) - cover.of(u, theirs, size)) / (cover.weight[u] + 0.5)
    return np.where(valid, share, 0.0)


def _surface(table: _Table, two: Bools, b: Candidates, pair: Pair) -> None:
    """What can be seen without knowing the languages: punctuation, numbers, Latin words, quotation marks."""
    s, t = pair.source, pair.target
    last_s, last_t = s.final[b.i + b.m - 1], t.final[b.j + b.n - 1]
    table.add("final.same", (last_s == last_t) & (last_s > 0), two)
    table.add("final.differs", (last_s != last_t) & (np.maximum(last_s, last_t) > 1), two)
    table.add("final.one", (last_s == 0) != (last_t == 0), two)
    before = (b.i > 0) & (b.j > 0)
    first_s, first_t = s.final[np.maximum(b.i - 1, 0)], t.final[np.maximum(b.j - 1, 0)]
    table.add("before.differs", before & (first_s != first_t), two)
    for name, left, right in (("numbers", s.numbers, t.numbers), ("latin", s.latin, t.latin)):
        shared, apart = _strings(b, left, right)
        table.add(name + ".shared", np.log1p(shared), two)
        table.add(name + ".apart", np.log1p(apart), two)
    open_s = np.concatenate([[0], np.cumsum(s.quotes)])
    open_t = np.concatenate([[0], np.cumsum(t.quotes)])
    balance_s, balance_t = open_s[b.i + b.m] - open_s[b.i], open_t[b.j + b.n] - open_t[b.j]
    table.add("quotes.differ", np.minimum(np.abs(balance_s - balance_t), 2), two)
    shift = np.log((b.n + 0.5) / (b.m + 0.5)) - np.log((pair.target_total + 1) / (pair.source_total + 1))
    table.add("shape", np.abs(shift), two)


def _strings(
    b: Candidates, left: tuple[frozenset[str], ...], right: tuple[frozenset[str], ...]
) -> tuple[Floats, Floats]:
    """How many strings the sides of each bead share, and how many are on one side only; only where both have any."""
    shared, apart = np.zeros(len(b)), np.zeros(len(b))
    has_left = np.concatenate([[0], np.cumsum([bool(x) for x in left])])
    has_right = np.concatenate([[0], np.cumsum([bool(x) for x in right])])
    some = np.flatnonzero((has_left[b.i + b.m] > has_left[b.i]) | (has_right[b.j + b.n] > has_right[b.j]))
    runs: dict[tuple[int, int, int], frozenset[str]] = {}

    def run(side: int, units: tuple[frozenset[str], ...], first: int, size: int) -> frozenset[str]:
        key = (side, first, size)
        if key not in runs:
            runs[key] = frozenset().union(*units[first : first + size])
        return runs[key]

    rows = zip(
        some.tolist(),
        b.i[some].tolist(),
        b.m[some].tolist(),
        b.j[some].tolist(),
        b.n[some].tolist(),
        strict=True,
    )
    for k, i, m, j, n in rows:
        x, y = run(0, left, i, m), run(1, right, j, n)
        common = len(x & y)
        shared[k] = common
        apart[k] = len(x) + len(y) - 2 * common
    return shared, apart


def _gaps(table: _Table, gap: Bools, g: Candidates, pair: Pair, e: Evidence) -> None:
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

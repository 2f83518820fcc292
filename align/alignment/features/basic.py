"""The cheap evidence, computed for every candidate: vectors and lengths, and signs where the weights name them."""

from __future__ import annotations

import numpy as np

from align._internal.arrays import Floats, Ints
from align.alignment.candidates import Candidates
from align.alignment.features.distances import Pair, distance
from align.alignment.features.signs import SIGN_BASIC, fill_signs
from align.alignment.features.units import Units

BASIC = (
    "distance*mn", "distance*(m+n)/2", "distance", "cosine", "length", "length2",
    "gap", "gap_length", "gap_cosine", "gap_usual",
)  # fmt: skip
_GAP = 6  # the first of those of gaps


def basic(pair: Pair, c: Candidates, names: tuple[str, ...] = BASIC) -> Floats:
    """The features that are named, of those in `BASIC` and `SIGN_BASIC`: ``(len(c), len(names))``."""
    if names == BASIC:
        return _vector_features(pair, c)
    out = np.empty((len(c), len(names)), order="F")
    if not set(names).isdisjoint(BASIC):
        known = dict(zip(BASIC, _vector_features(pair, c).T, strict=True))
        for k, name in enumerate(names):
            if name in known:
                out[:, k] = known[name]
    if not set(names).isdisjoint(SIGN_BASIC):
        fill_signs(out, names, pair, c)
    return out


def _vector_features(pair: Pair, c: Candidates) -> Floats:
    """The features named in `BASIC`, ``(len(c), len(BASIC))``."""
    out = np.zeros((len(c), len(BASIC)), order="F")  # columns are written one by one
    two = (c.m > 0) & (c.n > 0)
    b = c.take(two)
    d = distance(pair, b)
    log_ratio, z = length_features(pair, b)
    out[two, 0] = d * b.m * b.n / 2
    out[two, 1] = d * (b.m + b.n) / 2
    out[two, 2] = d
    out[two, 3] = b.cosine
    out[two, 4] = np.abs(log_ratio)
    out[two, 5] = np.minimum(z * z, 25) / 5
    source, target = gap_features(pair)
    deletion, insertion = c.n == 0, c.m == 0
    out[deletion, _GAP:], out[insertion, _GAP:] = source[c.i[deletion]], target[c.j[insertion]]
    return out


def gap_features(pair: Pair) -> tuple[Floats, Floats]:
    """The features of each source and of each target unit as a gap: the last four of `BASIC`."""
    sides = ((pair.source.length, pair.forth), (pair.target.length, pair.back))
    source, target = (
        np.stack([np.ones(len(x)), np.log(x), near.cosine - near.mean, np.full(len(x), pair.usual)], axis=1)
        for x, near in sides
    )
    return source, target


def length_features(pair: Pair, c: Candidates) -> tuple[Floats, Floats]:
    """Log ratio of the two lengths, and how unlikely it is for beads of this length (Gale and Church 1993)."""
    source = run_length(pair.source, c.i, c.m) * np.sqrt(pair.ratio)
    target = run_length(pair.target, c.j, c.n) / np.sqrt(pair.ratio)
    log_ratio = np.log((target + 2) / (source + 2))
    z = (target - source) / np.sqrt(target + source + 1)
    return log_ratio, z


def run_length(units: Units, first: Ints, size: Ints) -> Floats:
    """Subwords in runs of units."""
    total = np.concatenate([[0.0], np.cumsum(units.length)])
    length: Floats = total[first + size] - total[first]
    return length

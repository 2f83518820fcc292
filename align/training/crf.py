"""Learning the weights: a conditional random field over alignment lattices.

The probability of an alignment is proportional to the exponential of its beads' summed scores; the weights maximise the
likelihood of the gold alignments, with a small penalty for large weights. Gold that says only which stretches answer
each other (verses, paragraphs) is used too: the likelihood is then that of all paths that keep to the stretches.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from align._internal.arrays import Bools, Floats, Floats32, Ints
from align.alignment.candidates import type_index
from align.alignment.lattice import Lattice
from align.alignment.model import TYPES, Scorer

_IMPOSSIBLE = -1e30
_KEY = 64


@dataclass(frozen=True, slots=True)
class Stretch:
    """Source units ``a`` to ``b - 1`` answer target ones ``c`` to ``d - 1``; how in detail is not known if `coarse`."""

    a: int
    b: int
    c: int
    d: int
    coarse: bool = False


def gold_stretches(
    beads: frozenset[tuple[tuple[int, ...], tuple[int, ...]]], source: int, target: int
) -> list[Stretch]:
    """A gold alignment as stretches in reading order: beads that interleave or cross become one coarse stretch."""
    merged: list[list[int]] = []
    for left, right in sorted(bead for bead in beads if bead[0] and bead[1]):
        whole = len(left) == left[-1] + 1 - left[0] and len(right) == right[-1] + 1 - right[0]
        box = [left[0], left[-1] + 1, right[0], right[-1] + 1, int(not whole)]
        while merged and (merged[-1][1] > box[0] or merged[-1][3] > box[2]):
            other = merged.pop()
            box = [
                min(other[0], box[0]),
                max(other[1], box[1]),
                min(other[2], box[2]),
                max(other[3], box[3]),
                1,
            ]
        merged.append(box)
    found: list[Stretch] = []
    i = j = 0
    for a, b, c, d, coarse in [*merged, [source, source, target, target, 0]]:
        found.extend(Stretch(k, k + 1, j, j) for k in range(i, a))
        found.extend(Stretch(a, a, k, k + 1) for k in range(j, c))
        if b > a:
            found.append(Stretch(a, b, c, d, bool(coarse)))
        i, j = b, d
    return found


def allowed(lattice: Lattice, gold: Sequence[Stretch]) -> Bools:
    """Which candidates a path that agrees with the gold may use; a gap may stand anywhere between its neighbours."""
    tight = [s for s in gold if not s.coarse]
    two = [_key(s.a, s.c, s.b - s.a, s.d - s.c) for s in tight if s.b > s.a and s.d > s.c]
    ok = np.isin(_key(lattice.i, lattice.j, lattice.m, lattice.n), np.array(two, np.int64))
    ok |= (lattice.n == 0) & np.isin(lattice.i, [s.a for s in tight if s.d == s.c])
    ok |= (lattice.m == 0) & np.isin(lattice.j, [s.c for s in tight if s.b == s.a])
    for s in gold:
        if s.coarse:
            rows = (lattice.i >= s.a) & (lattice.i + lattice.m <= s.b)
            ok |= rows & (lattice.j >= s.c) & (lattice.j + lattice.n <= s.d)
    return ok


def _key(i: Any, j: Any, m: Any, n: Any) -> Any:
    return ((i * 1_000_003 + j) * _KEY + m) * _KEY + n


@dataclass(frozen=True, slots=True, eq=False)
class Example:
    """One document to learn from.

    Attributes:
        features: of each candidate of the lattice, unscaled.
        ok: which candidates agree with the gold.
        weight: how much the document counts.
    """

    lattice: Lattice
    features: Floats | Floats32
    ok: Bools
    weight: float

    @property
    def types(self) -> Ints:
        return type_index(self.lattice.m, self.lattice.n)

    @property
    def reachable(self) -> bool:
        """Whether any path of the lattice agrees with the gold."""
        return self.lattice.marginals(np.where(self.ok, 0.0, _IMPOSSIBLE))[1] > _IMPOSSIBLE / 2


@dataclass(frozen=True, slots=True)
class TrainConfig:
    """How to learn.

    Attributes:
        hidden: width of the hidden layer; 0 for a linear score.
        epochs: passes over all documents.
        rate: first learning rate (Adam, cosine decay); the weights of the last 40 % of the epochs are averaged.
        penalty, hidden_penalty: squared-weight penalties.
        seeds: how many hidden layers are learned apart and averaged.
        balance: 0 where a kind of text counts by how much there is of it, 1 where all count the same.
    """

    hidden: int = 0
    epochs: int = 30
    rate: float = 0.05
    penalty: float = 1e-3
    hidden_penalty: float = 1e-3
    seeds: int = 1
    balance: float = 0.0


def fit_scorer(
    examples: Sequence[Example], names: Sequence[str], config: TrainConfig = TrainConfig()
) -> Scorer:
    """The weights that make the gold alignments of the examples likeliest."""
    usable = [e for e in examples if e.reachable]
    rows = sum(len(e.features) for e in usable)
    squares = sum(np.square(e.features, dtype=np.float64).sum(axis=0) for e in usable)
    scale = np.sqrt(squares / rows) + 1e-6
    data = [(e, e.types) for e in usable]
    nets = [_fit_one(data, scale, config, seed) for seed in range(config.seeds)]
    mean = {key: np.mean([net[key] for net in nets], axis=0) for key in ("linear", "bias")}
    return Scorer(
        names=tuple(names),
        scale=scale,
        linear=mean["linear"],
        bias=mean["bias"],
        inner=np.concatenate([net["inner"] for net in nets], axis=1),
        inner_bias=np.concatenate([net["inner_bias"] for net in nets]),
        outer=np.concatenate([net["outer"] for net in nets]) / len(nets),
    )


_Weights = dict[str, Floats]
_Data = list[tuple[Example, Ints]]


def _fit_one(data: _Data, scale: Floats, config: TrainConfig, seed: int) -> _Weights:
    random = np.random.default_rng(seed)
    size = len(scale)
    weights: _Weights = {
        "linear": np.zeros(size),
        "bias": np.zeros(TYPES),
        "inner": random.normal(size=(size, config.hidden)) / np.sqrt(size),
        "inner_bias": random.normal(size=config.hidden) * 0.1,
        "outer": random.normal(size=config.hidden) * 0.01,
    }
    adam = _Adam(weights)
    total = {key: np.zeros_like(value) for key, value in weights.items()}
    first = int(config.epochs * 0.6)
    for epoch in range(config.epochs):
        rate = config.rate * (0.5 * (1 + np.cos(np.pi * epoch / config.epochs)) + 0.02)
        for k in random.permutation(len(data)):
            example, types = data[k]
            x = np.clip(
                example.features / scale, -6.0, 6.0
            )  # made anew: all at once would take too much memory
            slope = _gradient(weights, example, x, types)
            for key, value in weights.items():
                slope[key] += (config.hidden_penalty if "inner" in key else config.penalty) * value
            adam.step(weights, slope, rate)
        if epoch >= first:
            for key, value in weights.items():
                total[key] += value
    return {key: value / (config.epochs - first) for key, value in total.items()}


def _gradient(weights: _Weights, example: Example, x: Floats, types: Ints) -> _Weights:
    """Gradient of the negative log-likelihood of one document: expected less gold features."""
    hidden = np.tanh(x @ weights["inner"] + weights["inner_bias"])
    score = x @ weights["linear"] + weights["bias"][types] + hidden @ weights["outer"]
    free, _ = example.lattice.marginals(score)
    gold, _ = example.lattice.marginals(np.where(example.ok, score, _IMPOSSIBLE))
    g = (free - gold) * example.weight
    back = (g[:, None] * weights["outer"]) * (1 - hidden**2)
    return {
        "linear": x.T @ g,
        "bias": np.bincount(types, g, TYPES),
        "inner": x.T @ back,
        "inner_bias": back.sum(0),
        "outer": hidden.T @ g,
    }


class _Adam:
    """Adaptive steps (Kingma and Ba 2015)."""

    def __init__(self, weights: _Weights) -> None:
        self._mean = {key: np.zeros_like(value) for key, value in weights.items()}
        self._square = {key: np.zeros_like(value) for key, value in weights.items()}
        self._steps = 0

    def step(self, weights: _Weights, slope: _Weights, rate: float) -> None:
        self._steps += 1
        for key, value in slope.items():
            self._mean[key] = 0.9 * self._mean[key] + 0.1 * value
            self._square[key] = 0.99 * self._square[key] + 0.01 * value**2
            mean = self._mean[key] / (1 - 0.9**self._steps)
            square = self._square[key] / (1 - 0.99**self._steps)
            weights[key] = weights[key] - rate * mean / (np.sqrt(square) + 1e-8)

"""From the posterior probability of a bead to one that can be taken at its word."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from align._internal.arrays import Floats, Ints

_EDGE = 1e-6
_STEPS = 50
_PENALTY = 1.0
_LEAST = 1e-9  # of a step that changes anything


@dataclass(frozen=True, slots=True)
class Calibrator:
    """Platt's scaling of the posterior's log odds, with shifts for gaps and for beads of more than two units.

    Attributes:
        slope, shift: ``log odds = slope * log odds of the posterior + shift``.
        gap, larger: added for a gap, and for a two-sided bead that is not 1-1.
    """

    slope: float = 1.0
    shift: float = 0.0
    gap: float = 0.0
    larger: float = 0.0

    def confidence(self, posterior: Floats, m: Ints, n: Ints) -> Floats:
        """Probability that each bead is right, 0 to 1; ``m`` and ``n`` are its units on either side."""
        weights = np.array([self.slope, self.shift, self.gap, self.larger])
        value: Floats = 1 / (1 + np.exp(-_inputs(posterior, m, n) @ weights))
        return value


def _inputs(posterior: Floats, m: Ints, n: Ints) -> Floats:
    p = np.clip(posterior, _EDGE, 1 - _EDGE)
    columns = [np.log(p / (1 - p)), np.ones(len(p)), (m == 0) | (n == 0), (m > 0) & (n > 0) & (m + n > 2)]
    return np.stack(columns, axis=1).astype(float)


def fit_calibrator(posterior: Floats, m: Ints, n: Ints, right: Sequence[bool] | Floats) -> Calibrator:
    """The calibrator that makes it likeliest which beads were right (Newton's method, a little penalty).

    A whole step can overshoot where most posteriors are far too sure, and every step after it then more; so a step is
    halved until it makes matters better.
    """
    x = _inputs(posterior, m, n)
    y = np.asarray(right, float)
    weights = prior = np.array([1.0, 0.0, 0.0, 0.0])
    loss = _loss(x, y, weights, prior)
    for _ in range(_STEPS):
        p = 1 / (1 + np.exp(-x @ weights))
        slope = x.T @ (p - y) + _PENALTY * (weights - prior)
        curve = (x * (p * (1 - p))[:, None]).T @ x + _PENALTY * np.eye(4)
        step = np.linalg.solve(curve, slope)
        while np.abs(step).max() >= _LEAST:
            better = _loss(x, y, weights - step, prior)
            if better < loss:
                break
            step /= 2
        else:
            break
        weights, loss = weights - step, better
    return Calibrator(*(float(f"{value:.5g}") for value in weights))


def _loss(x: Floats, y: Floats, weights: Floats, prior: Floats) -> float:
    """Negative log-likelihood and penalty."""
    odds = x @ weights
    away = weights - prior
    return float((np.logaddexp(0, odds) - y * odds).sum() + _PENALTY / 2 * (away @ away))

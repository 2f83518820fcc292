"""Logistic regression: the one function and the one fit that everything calibrated goes by."""

from __future__ import annotations

import numpy as np

from align._internal.arrays import Floats

_STEPS = 100
_TOLERANCE = 1e-9  # of a step that changes anything
_ROUNDING = 1e-12  # share of the loss that is rounding
_EXTREME = 500.0  # log-odds beyond which a probability is 0 or 1


def logistic(odds: Floats) -> Floats:
    """Probabilities of log-odds."""
    probability: Floats = 1 / (1 + np.exp(-np.clip(odds, -_EXTREME, _EXTREME)))
    return probability


def fit_logistic(
    x: Floats,
    y: Floats,
    *,
    penalty: Floats | float,
    prior: Floats | None = None,
    weight: Floats | float = 1.0,
) -> Floats:
    """The coefficients that make `y` likeliest, by Newton's method with step halving (Nocedal and Wright, chapter 3).

    A whole step can overshoot where most rows are far too sure, and every step after it then more; so a step is halved
    until it makes matters no worse.

    Args:
        x: ``(n, k)``, with a column of ones where there is an intercept.
        y: ``(n,)``, 0 to 1.
        penalty: on the squared distance of each coefficient from `prior`, above 0 (a ridge).
        prior: where the search begins and the penalty draws to; zeros if not given.
        weight: how much each row counts.
    """
    prior = np.zeros(x.shape[1]) if prior is None else prior
    ridge = np.broadcast_to(np.asarray(penalty, float), prior.shape)
    found = prior
    loss = _loss(x, y, found, prior, ridge, weight)
    for _ in range(_STEPS):
        p = logistic(x @ found)
        slope = x.T @ (weight * (p - y)) + ridge * (found - prior)
        curvature = (x * (weight * (p * (1 - p)))[:, None]).T @ x + np.diag(ridge)
        step = np.linalg.solve(curvature, slope)
        while np.abs(step).max() >= _TOLERANCE:
            new_loss = _loss(x, y, found - step, prior, ridge, weight)
            if new_loss <= loss * (1 + _ROUNDING):
                break
            step /= 2
        else:
            break
        found, loss = found - step, new_loss
    return found


def _loss(
    x: Floats, y: Floats, coefficients: Floats, prior: Floats, ridge: Floats, weight: Floats | float
) -> float:
    """Negative log-likelihood and penalty."""
    odds = x @ coefficients
    away = coefficients - prior
    return float((weight * (np.logaddexp(0, odds) - y * odds)).sum() + (ridge * away) @ away / 2)

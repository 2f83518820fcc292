"""The logistic fit: at its optimum, whatever it begins with."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from align._internal.logistic import fit_logistic, logistic


def sample(seed: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    random = np.random.default_rng(seed)
    count = int(random.integers(5, 300))
    x = np.column_stack([random.normal(0, random.uniform(0.1, 30), (count, 2)), np.ones(count)])
    y = random.uniform(size=count).round(int(random.integers(0, 3)))
    return x, y, random.uniform(0.1, 3, count)


@given(st.integers(0, 2**32))
def test_nothing_near_is_likelier(seed: int) -> None:
    x, y, weight = sample(seed)
    penalty, prior = np.array([1.0, 0.5, 0.01]), np.array([1.0, 0.0, -2.0])
    found = fit_logistic(x, y, penalty=penalty, prior=prior, weight=weight)
    slope = x.T @ (weight * (logistic(x @ found) - y)) + penalty * (found - prior)
    curvature = (x.T * (weight * logistic(x @ found) * logistic(-x @ found))) @ x + np.diag(penalty)
    assert np.linalg.solve(curvature, slope) == pytest.approx(0, abs=1e-6)


def test_a_step_that_overshoots_is_halved() -> None:
    """From far too sure a start whole steps run away; the answer is that of a start in the middle."""
    x = np.column_stack([np.linspace(-8, 8, 60), np.ones(60)])
    y = (np.arange(60) % 3 == 0).astype(float)
    far, near = (fit_logistic(x, y, penalty=1e-6, prior=np.array([slope, 0.0])) for slope in (9.0, 0.0))
    assert far == pytest.approx(near, abs=1e-3)


def test_a_weight_is_a_row_repeated() -> None:
    x, y, _ = sample(4)
    twice = fit_logistic(np.vstack([x, x[:3]]), np.concatenate([y, y[:3]]), penalty=1.0)
    weight = np.where(np.arange(len(y)) < 3, 2.0, 1.0)
    assert fit_logistic(x, y, penalty=1.0, weight=weight) == pytest.approx(twice, abs=1e-8)
    assert fit_logistic(x, y, penalty=1.0) != pytest.approx(twice, abs=1e-6)


def test_extreme_odds_are_certain_without_a_warning() -> None:
    assert logistic(np.array([-1e6, 0.0, 1e6])).tolist() == pytest.approx([0, 0.5, 1])

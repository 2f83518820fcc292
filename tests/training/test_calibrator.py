"""The calibrator: fitted to what was right."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from align.alignment.confidence import Calibrator
from align.training.calibrator import fit_calibrator


def test_the_calibrator_learns_a_known_bend() -> None:
    random = np.random.default_rng(0)
    posterior = random.uniform(0.05, 0.999, 20_000)
    odds = 0.5 * np.log(posterior / (1 - posterior)) - 0.3
    right = random.uniform(size=20_000) < 1 / (1 + np.exp(-odds))
    ones = np.ones(20_000, np.int64)
    found = fit_calibrator(posterior, ones, ones, right)
    assert abs(found.slope - 0.5) < 0.05
    assert abs(found.shift + 0.3) < 0.1
    assert Calibrator().confidence(np.array([0.25]), ones[:1], ones[:1])[0] == np.float64(0.25)


@given(st.integers(0, 2**32))
def test_a_fitted_calibrator_is_never_less_likely_than_none(seed: int) -> None:
    random = np.random.default_rng(seed)
    count = int(random.integers(20, 1_000))
    posterior = 1 / (1 + np.exp(-random.normal(random.uniform(2, 8), random.uniform(1, 5), count)))
    p = np.clip(posterior, 1e-6, 1 - 1e-6)
    odds = random.uniform(0.3, 2) * np.log(p / (1 - p)) + random.uniform(-2, 1)
    right = random.uniform(size=count) < 1 / (1 + np.exp(-odds))
    m, n = random.integers(0, 2, count), np.ones(count, np.int64)

    def loss(calibrator: Calibrator) -> float:
        confidence = np.clip(calibrator.confidence(posterior, m, n), 1e-12, 1 - 1e-12)
        return float(-np.log(np.where(right, confidence, 1 - confidence)).sum())

    assert loss(fit_calibrator(posterior, m, n, right)) <= loss(Calibrator()) + 1e-3

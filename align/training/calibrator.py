"""Fitting the calibrator of an alignment's confidences."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from align._internal.arrays import Floats, Ints
from align._internal.logistic import fit_logistic
from align.alignment.confidence import Calibrator, calibrator_inputs

_PENALTY = 1.0
_NEUTRAL = np.array([1.0, 0.0, 0.0, 0.0])  # the posterior as it is


def fit_calibrator(posterior: Floats, m: Ints, n: Ints, right: Sequence[bool] | Floats) -> Calibrator:
    """The calibrator that makes it likeliest which beads were right, drawn a little to the posterior as it is.

    Args:
        posterior: of each bead, ``(k,)``.
        m: its source units.
        n: its target units.
        right: whether it is one of the gold's.
    """
    found = fit_logistic(
        calibrator_inputs(posterior, m, n), np.asarray(right, float), penalty=_PENALTY, prior=_NEUTRAL
    )
    return Calibrator(*(float(f"{value:.5g}") for value in found))

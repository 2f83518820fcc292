"""From the posterior probability of a bead to one that can be taken at its word."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from align._internal.arrays import Floats, Ints
from align._internal.logistic import logistic

_EDGE = 1e-6


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
        return logistic(calibrator_inputs(posterior, m, n) @ weights)


def calibrator_inputs(posterior: Floats, m: Ints, n: Ints) -> Floats:
    """What the coefficients of a `Calibrator` multiply, one column each."""
    p = np.clip(posterior, _EDGE, 1 - _EDGE)
    columns = [np.log(p / (1 - p)), np.ones(len(p)), (m == 0) | (n == 0), (m > 0) & (n > 0) & (m + n > 2)]
    return np.stack(columns, axis=1).astype(float)

"""The chosen path of beads."""

from __future__ import annotations

from dataclasses import asdict

import numpy as np

from align.alignment.search import Solution


def test_gaps_side_by_side_stand_by_how_far_they_lie_into_their_side() -> None:
    types = [(1, 1), (0, 1), (0, 1), (1, 0), (0, 1), (0, 1), (1, 2), (1, 0), (0, 1)]
    m, n = (np.array(size) for size in zip(*types, strict=True))
    confidence = np.linspace(0.1, 0.9, len(types))
    found = Solution(np.cumsum(m) - m, np.cumsum(n) - n, m, n, confidence)
    ordered = found.in_order()
    assert list(zip(ordered.m.tolist(), ordered.n.tolist(), strict=True)) == [
        *[(1, 1), (0, 1), (0, 1), (1, 0), (0, 1), (0, 1)],
        *[(1, 2), (1, 0), (0, 1)],
    ]
    shuffled = [0, 3, 1, 2, 4, 5, 6, 8, 7]
    m, n = m[shuffled], n[shuffled]
    again = Solution(np.cumsum(m) - m, np.cumsum(n) - n, m, n, confidence[shuffled]).in_order()
    for one, other in zip(asdict(again).values(), asdict(ordered).values(), strict=True):
        assert one.tolist() == other.tolist()

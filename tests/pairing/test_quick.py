"""The quick alignment: what it counts, and that order matters."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from align.pairing.quick import NO_MATCH, align_quickly, excess_similarity, upper_bounds


def ones(count: int) -> np.ndarray:
    return np.ones(count, np.float32)


def slowly(similar: np.ndarray, weights: np.ndarray) -> float:
    """The best score in order by trying all: each unit answers at or after the one before it."""
    rows, columns = similar.shape
    best = np.zeros(columns)
    for i in range(rows):
        best = np.array([max(best[: j + 1]) + similar[i, j] * weights[i] for j in range(columns)])
    return float(best.max() / weights.sum())


@settings(max_examples=60)
@given(
    arrays(np.float32, st.tuples(st.integers(1, 7), st.integers(1, 7)), elements=st.integers(0, 4)),
)
def test_scores_are_those_of_the_best_way_in_order(raw: np.ndarray) -> None:
    similar = raw / 4
    weights = np.arange(1, similar.shape[0] + 1, dtype=np.float32), ones(similar.shape[1])
    found = align_quickly(similar, weights)
    assert found.score[0] == pytest.approx(slowly(similar, weights[0]), abs=1e-5)
    assert found.score[1] == pytest.approx(slowly(similar.T, weights[1]), abs=1e-5)
    free = upper_bounds(similar, weights)
    assert found.score[0] <= free[0] + 1e-5
    assert found.score[1] <= free[1] + 1e-5
    assert 0 <= found.order <= 1 + 1e-5
    assert all(0 <= share <= 1 + 1e-6 for share in found.coverage)
    assert all(0 <= a <= b <= 1 + 1e-6 for a, b in found.spans)


def test_the_same_units_in_another_order_count_for_less() -> None:
    straight = align_quickly(np.eye(6, dtype=np.float32), (ones(6), ones(6)))
    turned = align_quickly(np.eye(6, dtype=np.float32)[::-1].copy(), (ones(6), ones(6)))
    assert straight.score == (1.0, 1.0)
    assert straight.order == pytest.approx(1.0)
    assert turned.mean == pytest.approx(1 / 6)
    assert turned.order == pytest.approx(1 / 6)


def test_a_part_is_covered_and_the_whole_is_not() -> None:
    similar = np.zeros((10, 4), np.float32)
    similar[3:7] = np.eye(4)
    found = align_quickly(similar, (ones(10), ones(4)))
    assert found.coverage == (pytest.approx(0.4), pytest.approx(1.0))
    assert found.spans[0] == (pytest.approx(0.3), pytest.approx(0.7))


def test_a_unit_with_a_much_better_match_elsewhere_is_no_match() -> None:
    source = np.array([[1, 0], [0.8, 0.6]], np.float32)
    target = np.array([[1, 0]], np.float32)
    similar = excess_similarity(source, target, 0.3)
    assert similar[0, 0] == pytest.approx(1)
    assert similar[1, 0] == 0


def test_nothing_in_common_is_nothing() -> None:
    assert align_quickly(np.zeros((3, 2), np.float32), (ones(3), ones(2))) is NO_MATCH
    assert align_quickly(np.zeros((0, 2), np.float32), (ones(0), ones(2))) is NO_MATCH

"""How far words cover each other: the compiled function against its twin, and arrays that do not fit."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from align.alignment import coverage as module

needs_compiled = pytest.mark.skipif(module.COMPILED is None, reason="not compiled here")


def inputs(seed: int, units: int, others: int, sizes: int) -> list[np.ndarray]:
    random = np.random.default_rng(seed)
    rows, columns = 7, 5
    left_sizes, right_sizes = random.integers(0, 6, units), random.integers(0, 4, others)
    low = random.integers(0, others + 1, units)
    high = np.maximum(low, random.integers(0, others + 1, units))
    offset = np.cumsum((high - low) * sizes) - (high - low) * sizes
    return [
        np.clip(random.standard_normal((rows, columns)), 0, 1).astype(np.float32),
        random.integers(0, rows, left_sizes.sum()),
        np.concatenate([[0], np.cumsum(left_sizes)]),
        random.integers(0, columns, right_sizes.sum()),
        np.concatenate([[0], np.cumsum(right_sizes)]),
        random.random(left_sizes.sum()).astype(np.float32),
        low,
        high,
        offset,
        np.zeros(int(((high - low) * sizes).sum()) + 1, np.float32),
    ]


@needs_compiled
@settings(deadline=None, max_examples=200)
@given(st.integers(0, 10_000), st.integers(0, 5), st.integers(0, 9), st.integers(1, 5))
def test_compiled_and_twin_give_the_same_bytes(seed: int, units: int, others: int, sizes: int) -> None:
    arrays = inputs(seed, units, others, sizes)
    twin = [array.copy() for array in arrays]
    module.COMPILED.cover(*arrays, 5, sizes)
    module._cover(*twin, sizes)
    assert arrays[-1].tobytes() == twin[-1].tobytes()


@needs_compiled
@pytest.mark.parametrize("which", range(10))
@pytest.mark.parametrize("value", [-1, 10**6, 2**62])
def test_numbers_that_are_no_places_are_refused(which: int, value: int) -> None:
    arrays = inputs(3, 4, 6, 2)
    if arrays[which].dtype == np.float32:
        arrays[which] = arrays[which][: len(arrays[which]) // 2]
    else:
        arrays[which][-1] = value
    with pytest.raises(ValueError, match="do not fit"):
        module.COMPILED.cover(*arrays, 5, 2)


@needs_compiled
def test_arrays_of_another_kind_are_refused() -> None:
    arrays = inputs(3, 4, 6, 2)
    with pytest.raises(TypeError):
        module.COMPILED.cover(arrays[0].astype(float), *arrays[1:], 5, 2)
    with pytest.raises(TypeError):
        module.COMPILED.cover(*arrays, 5)

"""Matrix products: right, and each row the same bytes whatever it is computed with."""

from __future__ import annotations

import numpy as np
import pytest

from align._internal.parallel import one_blas_thread
from align._internal.products import Factor, product


@pytest.mark.bytes
@pytest.mark.parametrize("kind", [np.float32, np.float64])
@pytest.mark.parametrize(("terms", "columns"), [(1, 1), (12, 56), (256, 256), (512, 300), (1280, 7)])
def test_a_row_is_the_same_bytes_alone_and_among_others(kind: type, terms: int, columns: int) -> None:
    random = np.random.default_rng(terms)
    left = random.standard_normal((530, terms)).astype(kind)
    right = random.standard_normal((terms, columns)).astype(kind)
    with one_blas_thread():
        whole = product(left, right)
        for part in (slice(0, 1), slice(17, 18), slice(500, 530), slice(3, 520)):
            assert product(left[part], Factor(right)).tobytes() == whole[part].tobytes()
        turned = product(right.T, left.T)
    np.testing.assert_allclose(whole, left.astype(float) @ right, rtol=1e-4, atol=2e-4)
    assert turned.T.tobytes() == whole.tobytes()


def test_products_of_nothing() -> None:
    assert product(np.zeros((0, 5), np.float32), np.zeros((5, 3), np.float32)).shape == (0, 3)
    assert product(np.zeros((2, 5), np.float32), np.zeros((5, 0), np.float32)).shape == (2, 0)

"""The vectors of documents by their words."""

from __future__ import annotations

import numpy as np
import pytest

from align.encoders.lexicon import get_lexicon
from align.pairing import vectors as module
from align.pairing.vectors import WordTable


@pytest.mark.parametrize("most", [1, 10, 40])
def test_rows_are_the_same_whatever_is_kept_of_them(most: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_MOST", most)
    monkeypatch.setattr(module, "_BLOCK", 4)
    random = np.random.default_rng(0)
    table = WordTable()
    for _ in range(30):
        pieces = random.choice(np.arange(300, 360), random.integers(0, 25), replace=False).astype(np.int32)
        np.testing.assert_array_equal(table.rows(pieces), get_lexicon().rows(pieces))
        assert len(table._rows) <= max(most, 25)

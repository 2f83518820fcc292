"""The gate: what the pairing reaches on the gold batch may not fall."""

from __future__ import annotations

from pathlib import Path

import pytest

from align.evaluation.pairs import evaluate_pairs, gold_folders, score_pairs
from align.pairing import DocumentPair, Pairs


@pytest.mark.gold
def test_every_gold_pair_is_found_and_no_other(gold: Path) -> None:
    (folder,) = gold_folders(gold)
    found = evaluate_pairs(folder)
    assert found.score.f1 >= 0.99, found.table()


def test_scores_count_right_wrong_and_missed() -> None:
    pairs = [DocumentPair(a, b, "en", "de", 1.0, 1.0, 1.0) for a, b in (("a", "b"), ("a", "d"))]
    found = score_pairs(
        {("a", "b"), ("c", "d")}, Pairs(tuple(pairs), {}, ()), {"a": "en", "b": "de", "c": "en"}
    )
    assert (found.score.precision, found.score.recall, found.score.f1) == (0.5, 0.5, 0.5)
    assert found.wrong == (("a", "d"),)
    assert found.missed == (("c", "d"),)
    assert found.by_languages == {"de-en": (1, 1), "None-en": (0, 1)}
    assert "missed: c d" in found.table()

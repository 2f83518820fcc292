"""The gate: what the pairing reaches on the gold batch may not fall, at once or in three batches."""

from __future__ import annotations

import json
import random
from pathlib import Path

import pytest

from align.engines import local
from align.evaluation.pairs import PairScores, evaluate_pairs, gold_folders, read_gold, score_pairs
from align.jobs.run import RunOptions, run
from align.pairing import DocumentPair, Pairs
from align.reading import read_batch


@pytest.fixture(scope="module")
def folder(gold: Path) -> Path:
    (folder,) = gold_folders(gold)
    return folder


@pytest.fixture(scope="module")
def scored(folder: Path) -> PairScores:
    """What is found in the whole batch: both tests need it, and it takes longest."""
    return evaluate_pairs(folder)


@pytest.mark.gold
def test_every_gold_pair_is_found_and_no_other(scored: PairScores) -> None:
    assert scored.score.f1 >= 0.99, scored.table()


@pytest.mark.gold
@pytest.mark.slow
def test_three_batches_find_the_pairs_that_one_finds(
    folder: Path, scored: PairScores, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(local, "align_all", lambda *_, **__: iter(()))
    rows = [row for batch in read_batch(folder / "docs") for row in batch.to_pylist()]
    random.Random(7).shuffle(rows)
    for n in range(3):
        part = tmp_path / f"{n}.jsonl"
        lines = (json.dumps({"id": Path(row["id"]).stem, "text": row["text"]}) for row in rows[n::3])
        part.write_text("".join(f"{line}\n" for line in lines))
        grown = run([part], tmp_path / "three", options=RunOptions(append=True))
    three = {(pair.source, pair.target) for pair in grown.folder.pairs}
    one = (read_gold(folder / "gold.tsv") - set(scored.missed)) | set(scored.wrong)
    assert len(one) == scored.score.found
    f1 = 2 * len(three & one) / (len(three) + len(one))
    assert f1 >= 0.99, (one - three, three - one)


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

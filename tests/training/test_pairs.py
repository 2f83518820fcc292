"""Batches that the weights of the pairing are learned from, and what is learned from them."""

from __future__ import annotations

import random
from pathlib import Path

import numpy as np
import pytest

from align.training.pair_batches import PairBatch, framed_batch, pieces_batch
from align.training.pairs import PairExample, figures_table, learn_weights


@pytest.fixture
def parallel_text(tmp_path: Path) -> Path:
    folder = tmp_path / "sentences" / "tiny.en-de"
    folder.mkdir(parents=True)
    (folder / "000.src.txt").write_text("".join(f"sentence {k}\n" for k in range(300)), "utf-8")
    (folder / "000.tgt.txt").write_text("".join(f"Satz {k}\n" for k in range(300)), "utf-8")
    (folder / "000.gold").write_text("".join(f"[{k}]:[{k}]\n" for k in range(300)), "utf-8")
    return folder


def numbers(batch: PairBatch, id: str) -> set[int]:
    (document,) = (d for d in batch.documents if d.id == id)
    return {int(word) for word in document.text.split() if word.isdigit()}


def test_a_label_says_how_much_two_parts_have_in_common() -> None:
    parts = {
        "whole": (0.0, 1.0),
        "first": (0.0, 0.5),
        "second": (0.5, 1.0),
        "late": (0.4, 0.9),
        "other": (0.0, 1.0),
    }
    batch = PairBatch("x", [], {**dict.fromkeys(parts, "one"), "other": "two"}, parts)
    assert batch.label("whole", "second") == 1
    assert batch.label("first", "second") == 0
    assert batch.label("first", "late") is None
    assert batch.label("whole", "other") == 0


def test_versions_of_a_piece_say_the_same_as_far_as_both_hold_it(parallel_text: Path) -> None:
    batch = pieces_batch(parallel_text, random.Random(2))
    ids = sorted(batch.article)
    assert {d.id for d in batch.documents} == set(ids)
    for german, english in zip(ids[::2], ids[1::2], strict=True):
        assert batch.article[german] == batch.article[english]
        assert numbers(batch, german) <= numbers(batch, english)
        partial = batch.part[german] != (0.0, 1.0)
        assert partial == (numbers(batch, german) < numbers(batch, english))
    assert any(part != (0.0, 1.0) for part in batch.part.values())


def test_framed_pieces_have_a_frame_in_common_and_a_text_of_their_own(parallel_text: Path) -> None:
    batch = framed_batch(parallel_text, random.Random(2))
    first, second, *_ = (numbers(batch, d.id) for d in batch.documents if d.language == "en")
    assert first & second
    assert first - second
    assert second - first


def test_weights_are_learned_and_judged_by_articles_that_were_left_out() -> None:
    source = np.random.default_rng(1)
    labels = source.integers(0, 2, 400)
    rows = [
        PairExample(
            "x",
            f"article {k // 4}",
            int(label),
            1.0,
            np.array([1.0, label + source.normal(), source.normal()]),
        )
        for k, label in enumerate(labels)
    ]
    weights, logits = learn_weights(rows)
    assert weights[1] > 0.5
    assert abs(weights[2]) < 0.3
    assert ((logits > 0) == labels).mean() > 0.65
    assert not np.allclose(logits, np.array([row.features for row in rows]) @ weights)


def test_figures_by_kind_of_batch() -> None:
    table = figures_table(np.array(["a", "a", "b"]), np.array([1, 0, 1]), np.array([0.9, 0.8, 0.2]))
    assert "| a | 1 | 2 | 0.500 | 1.000 |" in table
    assert "| b | 1 | 1 | 0.000 | 0.000 |" in table

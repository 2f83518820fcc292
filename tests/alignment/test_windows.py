"""Corridors, windows and anchors: long texts give what short ones do."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from align.alignment import corridor as coarse
from align.alignment import windows as long
from align.alignment.by_length import length_path
from align.alignment.corridor import Anchors, corridor, guide
from align.alignment.features.distances import usual_distance
from align.alignment.search import Solution
from align.evaluation.metrics import bead_set, score_beads


def unit_vectors(count: int, seed: int) -> np.ndarray:
    vectors = np.random.default_rng(seed).normal(size=(count, 48)).astype(np.float32)
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


def test_anchors_are_increasing_and_skip_a_missing_chapter() -> None:
    source = unit_vectors(300, 1)
    target = np.concatenate([source[:100], source[220:]])
    anchors = Anchors.find(source, target)
    assert (np.diff(anchors.i) > 0).all()
    assert (np.diff(anchors.j) > 0).all()
    expected = {*((k, k) for k in range(100)), *((k + 120, k) for k in range(100, 180))}
    assert len(expected & set(zip(anchors.i.tolist(), anchors.j.tolist(), strict=True))) > 170


def test_a_moved_passage_does_not_break_the_chain() -> None:
    source = unit_vectors(200, 2)
    order = [*range(40), *range(150, 160), *range(40, 150), *range(160, 200)]
    anchors = Anchors.find(source, source[order])
    assert len(anchors.i) == 190


def test_few_components_find_the_same_anchors(monkeypatch: pytest.MonkeyPatch) -> None:
    source = unit_vectors(400, 3)
    noisy = source + unit_vectors(400, 4) * 0.5
    target = noisy / np.linalg.norm(noisy, axis=1, keepdims=True)
    full = Anchors.find(source, target)
    monkeypatch.setattr(coarse, "_LONG", 1)
    monkeypatch.setattr(coarse, "_COMPONENTS", 40)
    short = Anchors.find(source, target)
    assert len(np.intersect1d(full.i, short.i)) > 0.95 * len(full.i)


class Side:
    """As much of a text as the usual distance is made from."""

    def __init__(self, vectors: np.ndarray) -> None:
        self.singles = vectors
        self.mean = vectors.mean(0, dtype=np.float64)

    def __len__(self) -> int:
        return len(self.singles)


def usual(source: np.ndarray, target: np.ndarray) -> float:
    anchors = Anchors.find(source, target)
    return usual_distance(Side(source), Side(target), anchors)  # type: ignore[arg-type]


def test_free_translations_are_usually_farther_apart_and_chance_is_not_taken_for_one() -> None:
    source = unit_vectors(300, 5)
    close, free = (source + unit_vectors(300, 6) * noise for noise in (0.4, 1.0))
    near = usual(source, close / np.linalg.norm(close, axis=1, keepdims=True))
    far = usual(source, free / np.linalg.norm(free, axis=1, keepdims=True))
    assert near < 0.12
    assert 0.25 < far < 0.4
    assert abs(usual(source, unit_vectors(300, 7)) - 0.3) < 0.05
    assert usual(source[:1], unit_vectors(1, 7)) < 0.5


@pytest.mark.parametrize(("rows", "columns"), [(2_000, 2_000), (3_000, 900), (5, 4_000), (4_000, 5), (1, 1)])
def test_a_corridor_without_anchors_is_bounded_and_connected(rows: int, columns: int) -> None:
    none = np.zeros(0, np.int64)
    found = corridor(rows, columns, (none, none))
    assert found.low[0] == 0
    assert found.high[-1] == columns
    assert (found.low[1:] <= found.high[:-1]).all()
    assert (found.high - found.low + 1).sum() <= max(3 * coarse._MOST_OPEN, 2 * rows * 20)


def test_windows_change_next_to_nothing(
    monkeypatch: pytest.MonkeyPatch, english_german: tuple[list[str], ...]
) -> None:
    """Cut into windows of 60 units, a text gets the beads that it gets as a whole."""
    from align.alignment import align_texts

    source, target = english_german
    whole = align_texts(source, target)
    monkeypatch.setattr(long, "WINDOW", 60)
    monkeypatch.setattr(long, "_OVERLAP", 20)
    cut = align_texts(source, target)
    one, other = (bead_set((b.source, b.target) for b in a.beads) for a in (whole, cut))
    assert score_beads(one, other).strict.f1 > 0.97
    assert sorted(i for b in cut.beads for i in b.source) == list(range(len(source)))
    assert sorted(j for b in cut.beads for j in b.target) == list(range(len(target)))


def test_no_bead_is_decided_at_the_edge_of_a_window(
    monkeypatch: pytest.MonkeyPatch, english_german: tuple[list[str], ...]
) -> None:
    """The last units before the end of a window are left to the next one, which sees what follows."""
    from align.alignment import align_texts

    ends: list[int] = []
    kept: list[int] = []
    next_after, until = Anchors.next_after, Solution.until

    def end_of(self: Anchors, *arguments: Any) -> tuple[int, int]:
        end = next_after(self, *arguments)
        ends.append(sum(end))
        return end

    def kept_until(self: Solution, place: int) -> Solution:
        kept.append(place)
        return until(self, place)

    monkeypatch.setattr(long, "WINDOW", 100)
    monkeypatch.setattr(Anchors, "next_after", end_of)
    monkeypatch.setattr(Solution, "until", kept_until)
    align_texts(*english_german)
    assert len(kept) >= 1
    assert all(end - place >= 40 for end, place in zip(ends, kept, strict=False))


def lengths_of(count: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Characters of sentences and of their translations, which are a fifth longer, more or less."""
    random = np.random.default_rng(seed)
    source = random.integers(10, 200, count).astype(float)
    return source, np.maximum(np.round(source * 1.2 + random.normal(size=count) * np.sqrt(source)), 1)


def test_lengths_guide_through_joined_and_missing_units() -> None:
    source, target = lengths_of(400, 6)
    kept = np.delete(target, np.arange(150, 160))
    kept = np.concatenate([kept[:50], [kept[50:52].sum()], kept[52:]])
    path = length_path(source, kept)
    truth = np.concatenate([np.arange(51), np.arange(50, 150), np.full(10, 149), np.arange(149, 390)])
    truth = truth[: len(path)]
    assert path[0] == 0
    assert path[-1] == len(kept)
    assert (np.diff(path) >= 0).all()
    assert np.quantile(np.abs(path - truth), 0.9) <= 1
    assert np.abs(path - truth).max() <= 12


def test_a_guide_keeps_the_path_in_a_narrow_corridor() -> None:
    source, target = lengths_of(1_500, 7)
    order = np.delete(np.arange(1_500), np.arange(300, 420))  # far off the diagonal
    none = Anchors(np.zeros(0, np.int64), np.zeros(0, np.int64), np.zeros(0))
    path = guide(1_500, len(order), none, (source, target[order]))
    found = corridor(1_500, len(order), (none.i, none.j), path=path)
    rows = np.delete(np.arange(1_500), np.arange(280, 440))
    truth = np.searchsorted(order, rows)
    inside = (found.low[rows] <= truth) & (truth <= found.high[rows])
    assert inside.mean() > 0.97
    assert (found.high - found.low).max() < 120


def test_windows_end_on_the_guide_where_there_are_no_anchors() -> None:
    none = Anchors(np.zeros(0, np.int64), np.zeros(0, np.int64), np.zeros(0))
    last = (3_000, 3_300)
    assert none.next_after((0, 0), 1_000, last) == last
    path = np.round(np.arange(3_001) * 1.1).astype(np.int64)
    end = none.next_after((0, 0), 1_000, last, path)
    assert 1_000 <= sum(end) <= 1_010
    assert none.next_after((2_900, 3_190), 1_000, last, path) == last


def test_a_chain_of_vectors_that_say_nothing_is_told_from_one_that_says_something() -> None:
    noise = unit_vectors(400, 8)
    assert Anchors.find(noise[:200], noise[200:]).by_chance(200, 200)
    assert not Anchors.find(noise[:200], noise[:200]).by_chance(200, 200)

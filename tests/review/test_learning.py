from __future__ import annotations

import ast
import json
import random
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from align.corpus.folder import CorpusFolder
from align.errors import InputError, OutputError
from align.evaluation.gold import read_gold
from align.review.bead import ReviewBead, ReviewUnit
from align.review.calibration import Calibration, fit_calibration, is_better
from align.review.gold import export_gold, run_labels, stretches
from align.review.session import Review

Open = Callable[..., Review]


def overconfident(count: int, seed: int = 1) -> list[tuple[float, bool]]:
    """Confidences whose beads are right more rarely than they say: p squared."""
    draw = random.Random(seed)
    scores = [draw.random() for _ in range(count)]
    return [(score, draw.random() < score * score) for score in scores]


@pytest.mark.parametrize(("count", "method"), [(60, "platt"), (400, "platt"), (4000, "isotonic")])
def test_recalibration_comes_nearer_to_the_truth(count: int, method: str) -> None:
    calibration = fit_calibration(overconfident(count), run={})
    assert calibration.signature["method"] == method
    grid = [i / 20 for i in range(1, 20)]
    given = [calibration.apply(p) for p in grid]
    assert given == sorted(given)
    assert all(0 <= value <= 1 for value in given)
    off = sum(abs(value - p * p) for value, p in zip(given, grid, strict=True)) / len(grid)
    assert off < {60: 0.12, 400: 0.06, 4000: 0.04}[count]
    if count > 60:
        assert is_better(calibration)


def test_a_good_confidence_is_left_about_as_it_is() -> None:
    draw = random.Random(3)
    labels = [(score, draw.random() < score) for score in (draw.random() for _ in range(500))]
    calibration = fit_calibration(labels, run={})
    assert max(abs(calibration.apply(p / 10) - p / 10) for p in range(1, 10)) < 0.08


@pytest.mark.parametrize("labels", [[], [(0.5, True)] * 200, [(0.9, True)] * 20 + [(0.1, False)] * 9])
def test_too_little_is_not_fitted(labels: list[tuple[float, bool]]) -> None:
    with pytest.raises(InputError, match="a calibration needs 30, and 5 of either kind"):
        fit_calibration(labels, run={})


def test_all_right_above_and_all_wrong_below_stays_finite() -> None:
    calibration = fit_calibration([(0.9, True)] * 50 + [(0.1, False)] * 50, run={})
    assert 0.8 < calibration.apply(0.9) < 1
    assert 0 < calibration.apply(0.1) < 0.2


@given(
    st.lists(st.tuples(st.floats(0, 1), st.floats(0, 1)), min_size=1, max_size=8).map(sorted), st.floats(0, 1)
)
def test_between_its_points_the_curve_is_straight(points: list[tuple[float, float]], at: float) -> None:
    confidence, probability = zip(*points, strict=True)
    found = Calibration(confidence, probability, {}).apply(at)
    if at not in confidence:  # where it is steep, either end will do
        assert found == pytest.approx(float(np.interp(at, confidence, probability)), abs=1e-6)
    assert min(probability) <= found + 1e-12
    assert found <= max(probability) + 1e-12


def test_a_calibration_is_written_and_changes_what_is_shown(letters: CorpusFolder, open_review: Open) -> None:
    calibration = fit_calibration(overconfident(300), run={"name": "x"})
    calibration.write(letters.path)
    assert json.loads((letters.path / "calibration.json").read_text())["signature"]["run"] == {"name": "x"}
    view = open_review(letters).view(0, "paragraph")
    bead = view.beads[1]
    assert bead.confidence is not None
    assert view.confidence(bead) == pytest.approx(calibration.apply(bead.confidence), abs=1e-5)
    assert view.confidence(bead) < bead.confidence  # type: ignore[operator]


@pytest.mark.parametrize(
    "content", ["{", "[]", '{"confidence": [1, 0], "probability": [0, 1], "signature": {}}']
)
def test_a_damaged_calibration_is_named(letters: CorpusFolder, content: str) -> None:
    (letters.path / "calibration.json").write_text(content)
    with pytest.raises(InputError, match=r"calibration\.json: not a calibration"):
        Calibration.load(letters.path)


def test_labels_say_which_of_the_machines_beads_were_right(letters: CorpusFolder, open_review: Open) -> None:
    review = open_review(letters)

    def set_(index: int, status: str) -> None:
        bead = review.view(0, "paragraph").beads[index]
        review.act(
            0, "paragraph", {"kind": "set", "id": bead.id, "values": {"status": [bead.status, status]}}
        )

    machine = [b.confidence for b in review.view(0, "paragraph").beads]
    set_(0, "accepted")
    set_(2, "rejected")
    named = [{"id": b.id, "version": b.version} for b in review.view(0, "paragraph").beads[3:5]]
    review.act(0, "paragraph", {"kind": "merge", "beads": named})
    assert run_labels(letters) == [(machine[0], True), (machine[2], False)]  # the merged one is still open
    set_(3, "accepted")
    expected = [(machine[0], True), (machine[2], False), (machine[3], False), (machine[4], False)]
    assert run_labels(letters) == expected


def accepted(source: str, target: str, **fields: object) -> ReviewBead:
    sides = [tuple(ReviewUnit(p, f"text {p}") for p in side.split()) for side in (source, target)]
    return ReviewBead(sides[0], sides[1], **{"status": "accepted", **fields})  # type: ignore[arg-type]


def test_stretches_are_unbroken_and_in_order() -> None:
    run = [accepted(str(i), str(i)) for i in range(12)]
    assert [len(s) for s in stretches(run)] == [12]
    run[6] = accepted("6", "6", status="open")
    assert [len(s) for s in stretches(run)] == [6, 5]
    run[6] = accepted("6", "6", mark=True)  # reordered: no place in a monotone gold file
    assert [len(s) for s in stretches(run)] == [6, 5]
    run[6] = accepted("6", "3", mark=False)  # out of order, though nobody calls it reordered
    assert all(len(s) < 12 for s in stretches(run))
    run[6] = accepted("6", "")
    assert [len(s) for s in stretches(run)] == [12]
    assert list(stretches([accepted(str(i), "") for i in range(9)])) == []


def test_gold_names_the_lines_of_its_texts(articles: CorpusFolder, open_review: Open, tmp_path: Path) -> None:
    pairs = articles.path / "pairs.tsv"
    pairs.write_text(pairs.read_text("utf-8").replace("\ten\tzh\t", "\ten-GB\tzh-Hans\t"), "utf-8")
    articles = CorpusFolder(articles.path)
    review = open_review(articles)
    view = review.view(0, "sentence")
    for bead in list(view.beads[:12]):
        review.act(0, "sentence", {"kind": "set", "id": bead.id, "values": {"status": ["open", "accepted"]}})
    bead = view.beads[1]
    review.act(0, "sentence", {"kind": "set", "id": bead.id, "values": {"source_edit": [None, "Edited."]}})
    written = export_gold(articles, tmp_path / "gold")
    assert [(g.level, g.beads, g.files) for g in written] == [("sentence", 12, 1)]
    folder = tmp_path / "gold" / "sentences" / "review.en-zh"
    assert written[0].folder == folder
    source = (folder / "000.src.txt").read_text("utf-8").splitlines()
    target = (folder / "000.tgt.txt").read_text("utf-8").splitlines()
    lines = [line.split(":") for line in (folder / "000.gold").read_text().splitlines()]
    assert len(lines) == 12
    for (left, right), bead in zip(lines, view.beads, strict=False):
        assert [source[i] for i in ast.literal_eval(left)] == [unit.text for unit in bead.source]
        assert [target[j] for j in ast.literal_eval(right)] == [unit.text for unit in bead.target]
    assert sum(len(ast.literal_eval(left)) for left, _ in lines) == len(source)
    known = read_gold(folder / "000.gold", tmp_path / "gold")  # as the training reads it
    assert (known.level, known.languages) == ("sentence", ("en", "zh"))
    assert len(known.beads) == 12
    with pytest.raises(OutputError, match="holds gold of a review already"):
        export_gold(articles, tmp_path / "gold")

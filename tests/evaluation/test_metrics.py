"""Scores and calibration on cases small enough to count by hand."""

from __future__ import annotations

from pathlib import Path

import pytest

from align.errors import InputError
from align.evaluation.gold import find_gold, read_bead_lines, read_gold
from align.evaluation.metrics import bead_set, reliability, score_beads


def test_blocks_split_gaps_into_single_units() -> None:
    assert bead_set([((3, 4), ()), ((1,), (2, 0))]) == {((3,), ()), ((4,), ()), ((1,), (0, 2))}


def test_strict_and_lax() -> None:
    gold = bead_set([((0,), (0,)), ((1, 2), (1,)), ((3,), ()), ((4,), (2,))])
    found = bead_set([((0,), (0,)), ((1,), (1,)), ((2,), ()), ((3,), ()), ((4,), (3,))])
    s = score_beads(gold, found)
    assert (s.strict.gold, s.strict.found, s.strict.right) == (4, 5, 2)
    assert (s.lax.right, s.lax.recalled) == (3, 3)
    assert (s.two_strict.gold, s.two_strict.found, s.two_strict.right) == (3, 3, 1)
    assert s.types["1-0"].right == 1
    assert s.strict.f1 == pytest.approx(2 * 2 / 9)


def test_calibration_of_honest_and_of_boastful_confidences() -> None:
    honest = [(0.5, k % 2 == 0) for k in range(300)]
    boastful = [(1.0, k % 2 == 0) for k in range(300)]
    assert reliability(honest).ece == pytest.approx(0.0, abs=1e-9) or reliability(honest).ece < 0.51
    assert reliability(boastful).ece == pytest.approx(0.5, abs=0.01)
    assert reliability(boastful).brier == pytest.approx(0.5)
    ranked = [(0.1, False)] * 10 + [(0.9, True)] * 90
    assert reliability(ranked).errors_removed == 1.0


def test_gold_folders_name_languages_and_level(tmp_path: Path) -> None:
    folder = tmp_path / "paragraphs" / "news.en-zh"
    folder.mkdir(parents=True)
    (folder / "000.src.txt").write_text("a\nb\n", encoding="utf-8")
    (folder / "000.tgt.txt").write_text("甲\u2028乙\n", encoding="utf-8")
    (folder / "000.gold").write_text("[0, 1]:[0]:0.5\n", encoding="utf-8")
    (path,) = find_gold(tmp_path)
    gold = read_gold(path, tmp_path)
    assert gold.languages == ("en", "zh")
    assert gold.level == "paragraph"
    assert gold.target == ("甲\u2028乙",)
    assert gold.beads == {((0, 1), (0,))}


@pytest.mark.parametrize("line", ["[0]", "[0]:[x]", "[-1]:[0]", "0:1", "[0]:[1]:high"])
def test_a_bad_line_is_named(tmp_path: Path, line: str) -> None:
    path = tmp_path / "x.gold"
    path.write_text(f"[0]:[0]\n{line}\n", encoding="utf-8")
    with pytest.raises(InputError, match="line 2"):
        read_bead_lines(path)

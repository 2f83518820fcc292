"""``align score`` on Vecalign's lines and on our TSV."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from align.alignment.bead import Bead
from align.alignment.result import TextUnit, bead_rows
from align.cli.score import score
from align.errors import InputError
from align.formats.beads import write_tsv


def write(path: Path, lines: str) -> Path:
    path.write_text(lines, encoding="utf-8")
    return path


def test_both_kinds_of_files_give_the_same_figures(tmp_path: Path) -> None:
    gold = write(tmp_path / "gold", "[0]:[0]\n[1, 2]:[1]\n[3]:[]\n")
    lines = write(tmp_path / "found", "[0]:[0]:0.9\n[1]:[1]:0.4\n[2]:[]:0.3\n[3]:[]:1.0\n")
    units = [TextUnit("x", k) for k in range(4)]
    beads = [Bead((0,), (0,), 0.9), Bead((1,), (1,), 0.4), Bead((2,), (), 0.3), Bead((3,), (), 1.0)]
    write_tsv(tmp_path / "found.tsv", bead_rows(beads, units, units))
    figures = [
        json.loads(CliRunner().invoke(score, [str(gold), str(path), "--format", "json"]).output)
        for path in (lines, tmp_path / "found.tsv")
    ]
    assert figures[0] == figures[1]
    assert figures[0]["all, strict"] == {
        "gold": 3,
        "test": 4,
        "precision": 0.5,
        "recall": 0.6667,
        "f1": 0.5714,
    }
    assert figures[0]["1-0"]["f1"] == 0.6667
    table = CliRunner().invoke(score, [str(gold), str(lines)]).output
    assert "two-sided, strict" in table
    assert "calibration error" in table


def test_costs_are_not_taken_for_confidences(tmp_path: Path) -> None:
    gold = write(tmp_path / "gold", "[0]:[0]\n")
    found = write(tmp_path / "found", "[0]:[0]:1.7\n")
    assert "calibration" not in CliRunner().invoke(score, [str(gold), str(found)]).output


def test_positions_of_another_kind_are_refused(tmp_path: Path) -> None:
    gold = write(tmp_path / "gold", "[0]:[0]\n")
    header = "bead\ttype\tsource_positions\ttarget_positions\tconfidence\tsource\ttarget\n"
    found = write(tmp_path / "found.tsv", header + "0\t1-1\t0.0\t0.0\t0.9\ta\tb\n")
    result = CliRunner().invoke(score, [str(gold), str(found)])
    assert "number their units differently" in str(result.exception)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    result = CliRunner().invoke(score, [str(tmp_path / "no"), str(tmp_path / "no")])
    assert "no such file" in str(result.exception)


def test_gold_without_beads_is_refused(tmp_path: Path) -> None:
    gold, found = write(tmp_path / "gold", "\n"), write(tmp_path / "found", "[0]:[0]:0.9\n")
    with pytest.raises(InputError, match="gold: holds no beads to score against"):
        CliRunner().invoke(score, [str(gold), str(found)], catch_exceptions=False)

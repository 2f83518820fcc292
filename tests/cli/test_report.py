from __future__ import annotations

from pathlib import Path

import pytest

from ..run_builder import Pair, bead, make_run
from .conftest import Align

pytestmark = pytest.mark.slow  # every test starts the command


def test_the_path_of_the_first_page_is_printed(align: Align, tmp_path: Path) -> None:
    beads = {level: [bead(0, "One.", "一。", level=level)] for level in ("sentence", "paragraph")}
    make_run(tmp_path / "out", {"a": ("en", "One."), "b": ("zh", "一。")}, [Pair("a", "b", beads)])
    done = align("report", tmp_path / "out", "--no-words")
    assert (done.returncode, done.stdout) == (0, f"{tmp_path / 'out' / 'report' / 'index.html'}\n")
    assert "pages: 1 of pairs, 0 of near-duplicates" in done.stderr


def test_what_is_missing_is_said(align: Align, tmp_path: Path) -> None:
    documents = {"a": ("en", "One."), "b": ("zh", "一。")}
    make_run(tmp_path / "out", documents, [Pair("a", "b", {})], finished=False)
    done = align("report", tmp_path / "out")
    assert done.returncode == 1
    assert "align: a and b: not aligned, so without a page" in done.stderr
    assert "this run is not finished" in done.stderr
    done = align("report", tmp_path / "nothing")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.splitlines() == [
        f"align: {tmp_path / 'nothing'}: holds no run (no run.json); name the folder given to align run -o"
    ]


def test_a_level_that_is_not_there_is_named(align: Align, tmp_path: Path) -> None:
    documents = {"a": ("en", "One."), "b": ("zh", "一。")}
    beads = {"paragraph": [bead(0, "One.", "一。", level="paragraph")]}
    make_run(tmp_path / "out", documents, [Pair("a", "b", beads)])
    done = align("report", tmp_path / "out", "--no-words")
    assert done.returncode == 1
    missing = tmp_path / "out" / "aligned" / "a--b.sentences.tsv"
    assert (
        f"align: {missing}: is missing, so its sentences are not shown; align run again makes it"
        in done.stderr.splitlines()
    )


def test_a_report_that_cannot_be_written_is_not_told_to_go_elsewhere_with_an_option(
    align: Align, tmp_path: Path
) -> None:
    documents = {"a": ("en", "One."), "b": ("zh", "一。")}
    make_run(tmp_path / "out", documents)
    (tmp_path / "out" / "report").write_text("in the way")
    done = align("report", tmp_path / "out", "--no-words")
    assert done.returncode == 1
    assert "cannot be written" in done.stderr
    assert "-o" not in done.stderr.split()

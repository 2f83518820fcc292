from __future__ import annotations

from pathlib import Path

import pytest

from align.cli.export import _languages
from align.corpus.folder import CorpusFolder
from align.errors import UsageError
from align.review.calibration import Calibration

from ..run_builder import Pair, bead, make_run
from .conftest import Align

pytestmark = pytest.mark.slow  # every test starts the command


@pytest.fixture
def run(tmp_path: Path) -> CorpusFolder:
    beads = [bead(0, "One.", "一。", 0.9), bead(1, "Two.", "", 0.4)]
    pair = Pair("a/1", "b", {"sentence": beads, "paragraph": beads})
    return make_run(tmp_path / "out", {"a/1": ("en", "One.\nTwo."), "b": ("zh", "一。")}, [pair])


def test_the_corpus_may_go_to_standard_output(align: Align, run: CorpusFolder) -> None:
    done = align("export", run.path, "-o", "-", "--format", "jsonl", "--min-confidence", "0.5")
    assert done.returncode == 0
    assert done.stdout.startswith('{"translation": {"en": "One.", "zh": "一。"}, "source_document": "a/1"')
    assert done.stderr.splitlines() == [
        "1 bead of 1 pair in standard output", "left out: 1 below confidence 0.5"
    ]  # fmt: skip


def test_gaps_are_counted_and_an_unfinished_run_is_said(
    align: Align, run: CorpusFolder, tmp_path: Path
) -> None:
    info = run.path / "run.json"
    info.write_text(info.read_text().replace('"finished": true', '"finished": false'))
    done = align("export", run.path, "-o", tmp_path / "c.tmx")
    assert done.returncode == 1
    assert "left out: 1 gap, for which this format has no place" in done.stderr
    assert "this run is not finished; run it again to go on" in done.stderr
    assert (tmp_path / "c.tmx").exists()


@pytest.mark.parametrize(
    ("options", "why"),
    [
        (["--types", "7-7"], "every bead was left out"),
        (["--min-confidence", "1"], "every bead was left out"),
        (["--languages", "en-fr"], "no pairs of these languages are in the run"),
    ],
)
def test_an_export_of_nothing_is_no_success(
    align: Align, run: CorpusFolder, tmp_path: Path, options: list[str], why: str
) -> None:
    done = align("export", run.path, "-o", tmp_path / "c.tsv", *options)
    assert done.returncode == 1
    assert done.stderr.splitlines()[-1] == f"align: nothing was exported: {why}"
    assert not (tmp_path / "c.tsv").exists()  # or the command, put right, would be refused
    done = align("export", run.path, "-o", tmp_path / "d.tsv", "--dry-run", *options)
    assert done.returncode == 1
    assert done.stderr.splitlines()[-1] == f"align: nothing would be exported: {why}"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["-o", "c.docx"], "stands for no format"),
        (["-o", "c.tmx", "--types", "1:1"], "'1:1' is no bead type"),
        (["-o", "c.tmx", "--languages", "en"], "give two codes"),
        (["-o", "-", "--format", "moses"], "cannot go to standard output"),
        (["-o", "c.beads"], "lines or paragraphs as units, not positions such as p0s0"),
    ],
)
def test_wrong_usage(align: Align, run: CorpusFolder, arguments: list[str], message: str) -> None:
    done = align("export", run.path, *arguments)
    assert (done.returncode, done.stdout) == (2, "")
    assert message in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_languages() -> None:
    assert _languages("en-zh") == ("en", "zh")
    assert _languages("en,zh-Hant") == ("en", "zh-Hant")
    with pytest.raises(UsageError, match="give two codes"):
        _languages("en-zh-Hant")


def test_whose_confidences_these_are(align: Align, run: CorpusFolder, tmp_path: Path) -> None:
    about = {"signature": {"encoder": "none"}}
    Calibration((0.0, 1.0), (0.4, 0.5), {"method": "platt", "beads": 40, "run": about}).write(run.path)
    done = align("export", run.path, "-o", tmp_path / "c.tsv")
    assert (
        f"confidences: recalibrated on 40 reviewed beads (platt), see {run.path / 'calibration.json'}"
        in done.stderr.splitlines()
    )
    about["signature"]["encoder"] = "another"
    Calibration((0.0, 1.0), (0.4, 0.5), {"method": "platt", "beads": 40, "run": about}).write(run.path)
    done = align("export", run.path, "-o", tmp_path / "d.tsv")
    assert "was fitted on beads of another encoder or other weights, so it is not used" in done.stderr

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from align.cli.export import two_languages
from align.corpus.folder import CorpusFolder
from align.errors import UsageError
from align.review.calibration import Calibration

from ..run_builder import Pair, bead, make_run
from .conftest import ROOT, Align

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
    said = done.stderr.splitlines()
    assert said[0].startswith("1 bead of 1 pair in standard output, in ")
    assert said[1:] == ["left out: 1 below confidence 0.5"]


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
    assert two_languages("en-zh") == ("en", "zh")
    assert two_languages("en,zh-Hant") == ("en", "zh-Hant")
    with pytest.raises(UsageError, match="give two codes"):
        two_languages("en-zh-Hant")


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


def test_formulas_are_none_in_a_spreadsheet(align: Align, tmp_path: Path) -> None:
    beads = [bead(0, "=1+1", "- ok", 0.9)]
    documents = {"a": ("en", "=1+1"), "b": ("de", "- ok")}
    run = make_run(tmp_path / "out", documents, [Pair("a", "b", {"sentence": beads})])
    done = align("export", run.path, "-o", "-", "--spreadsheet-safe")
    assert "\t'=1+1\t'- ok\t" in done.stdout
    done = align("export", run.path, "-o", "-", "--format", "jsonl", "--spreadsheet-safe")
    assert done.returncode == 2
    assert "--spreadsheet-safe goes with TSV" in done.stderr


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full here")
@pytest.mark.parametrize("command", [("score", "g", "g"), ("--help",), ("export", "out", "-o", "-")])
def test_a_full_disk_behind_standard_output_is_a_message(
    run: CorpusFolder, tmp_path: Path, command: tuple[str, ...]
) -> None:
    (tmp_path / "g").write_text("[0]:[0]\n")
    with open("/dev/full", "w") as full:
        done = subprocess.run(
            [sys.executable, "-m", "align", *command],
            cwd=tmp_path, env={**os.environ, "PYTHONPATH": str(ROOT)}, stdout=full, stderr=subprocess.PIPE, text=True,
        )  # fmt: skip
    assert done.returncode == 1
    assert "align: standard output: cannot be written (No space left on device); make room" in done.stderr
    assert "Traceback" not in done.stderr
    assert "Exception" not in done.stderr


def closed(stream: str, cwd: Path, *command: object) -> subprocess.CompletedProcess[str]:
    """A command that is started with a standard stream closed, as ``<&-`` and ``>&-`` do."""
    line = f'exec "$0" -m align "$@" {stream}'
    return subprocess.run(
        ["sh", "-c", line, sys.executable, *map(str, command)],
        cwd=cwd, env={**os.environ, "PYTHONPATH": str(ROOT)}, capture_output=True, text=True,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("stream", "command", "code"),
    [
        (">&-", ("export", "out", "-o", "c.tsv"), 0),  # nothing is printed: nothing is lost
        (">&-", ("export", "out", "-o", "c.tsv", "--json"), 1),
        (">&-", ("export", "out", "-o", "-"), 1),
        (">&-", ("export", "out", "-o", "-", "--format", "parquet"), 1),
        (">&-", ("--help",), 1),
        ("2>&-", ("export", "out", "-o", "c.tsv"), 0),
        ("<&- >&- 2>&-", ("export", "out", "-o", "c.tsv"), 0),
        ("<&-", ("pairs", "-"), 1),
        ("<&-", ("index", "remove", "index", "-"), 1),
    ],
)
def test_standard_streams_that_are_closed(
    run: CorpusFolder, tmp_path: Path, stream: str, command: tuple[str, ...], code: int
) -> None:
    done = closed(stream, tmp_path, *command)
    assert "Traceback" not in done.stderr
    assert done.returncode == code, done.stderr
    if code and stream == ">&-":
        assert "standard output: cannot be written (Bad file descriptor)" in done.stderr
    elif code:
        assert "align: -: " in done.stderr
        assert "Bad file descriptor" in done.stderr
    elif "c.tsv" in command:
        assert (tmp_path / "c.tsv").read_text("utf-8").startswith("source_document\t")

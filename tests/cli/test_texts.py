from __future__ import annotations

import csv
import io
from pathlib import Path

import pytest

from tests.cli.conftest import Align

pytestmark = pytest.mark.slow  # every test starts the command

SOURCE = [
    "The cat sleeps on the warm roof.",
    "It rains in the city today.",
    "We will buy bread and milk tomorrow.",
]
TARGET = ["猫在温暖的屋顶上睡觉。", "今天城里下雨。", "我们明天会买面包和牛奶。"]


@pytest.fixture
def pair(tmp_path: Path) -> tuple[Path, Path]:
    (tmp_path / "a.txt").write_text("\n".join(SOURCE) + "\n", "utf-8")
    (tmp_path / "b.txt").write_text("\n".join(TARGET) + "\n", "utf-8")
    return tmp_path / "a.txt", tmp_path / "b.txt"


def test_tsv_on_standard_output(align: Align, pair: tuple[Path, Path]) -> None:
    result = align("texts", *pair)
    rows = list(csv.DictReader(io.StringIO(result.stdout), delimiter="\t"))
    assert [(row["source_positions"], row["target_positions"]) for row in rows] == [
        (f"p{i}s0", f"p{i}s0") for i in range(3)
    ]
    assert [row["source"] for row in rows] == SOURCE


def test_lines_as_units_and_the_beads_format(align: Align, pair: tuple[Path, Path]) -> None:
    result = align("texts", *pair, "--units", "lines", "--format", "beads")
    assert [line.rsplit(":", 1)[0] for line in result.stdout.splitlines()] == [
        f"[{i}]:[{i}]" for i in range(3)
    ]
    assert all(0 <= float(line.rsplit(":", 1)[1]) <= 1 for line in result.stdout.splitlines())


def test_lines_have_a_language(align: Align, pair: tuple[Path, Path], tmp_path: Path) -> None:
    result = align("texts", *pair, "--units", "lines", "--format", "moses", "-o", tmp_path / "x")
    assert "are answered with confidence (encoder use), in " in result.stderr
    assert (tmp_path / "x.en-zh.zh").read_text("utf-8").splitlines() == TARGET


def test_a_text_in_another_language_than_its_option_says(align: Align, pair: tuple[Path, Path]) -> None:
    told = align("texts", *pair, "--source-language", "de", "--target-language", "de", "--quiet")
    assert told.stderr.splitlines() == [
        "align: warning: target: declared to be in de, but the text is in zh; taken as zh"
    ]  # the other one is too short to be sure


def test_a_file_of_each_format(align: Align, pair: tuple[Path, Path], tmp_path: Path) -> None:
    for name in ("x.tmx", "x.jsonl", "x.tsv", "x.parquet"):
        assert align("texts", *pair, "-o", tmp_path / name).returncode == 0
        assert (tmp_path / name).stat().st_size > 100


@pytest.mark.parametrize("level", ["paragraph", "sentence"])
def test_the_level_decides_the_positions(align: Align, pair: tuple[Path, Path], level: str) -> None:
    result = align("texts", *pair, "--level", level)
    first = result.stdout.splitlines()[1].split("\t")
    assert first[2] == ("p0" if level == "paragraph" else "p0s0")


def test_bad_input_is_one_clear_line(align: Align, pair: tuple[Path, Path], tmp_path: Path) -> None:
    (tmp_path / "empty.txt").write_text("")
    for bad, word in (("missing.txt", "does not exist"), ("empty.txt", "is empty"), ("", "is a folder")):
        result = align("texts", tmp_path / bad, pair[1])
        assert result.returncode == 1
        assert word in result.stderr
        assert len(result.stderr.strip().splitlines()) == 1
    assert align("texts", *pair, "--encoder", "nope").returncode in (1, 2)
    assert align("texts", *pair, "-o", tmp_path / "x.docx").returncode == 2


def test_what_is_there_is_not_overwritten_unasked(
    align: Align, pair: tuple[Path, Path], tmp_path: Path
) -> None:
    before = pair[1].read_bytes()
    result = align("texts", *pair, "-o", pair[1], "--format", "tsv")
    assert (result.returncode, pair[1].read_bytes()) == (1, before)
    assert "b.txt: exists already; write elsewhere or add --overwrite" in result.stderr
    (tmp_path / "x.en-zh.zh").write_text("mine")
    moses = ("texts", *pair, "-o", tmp_path / "x", "--format", "moses")
    assert "x.en-zh.zh: exists already" in align(*moses).stderr
    assert align(*moses, "--overwrite").returncode == 0
    assert (tmp_path / "x.en-zh.zh").read_text("utf-8").splitlines() == TARGET


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("texts", "-", "-"), "only one of the two texts can come from standard input"),
        (("run", "seeds", "-o", "-"), "name a folder"),
        (("dedup", "seeds", "-o", "-"), "name a folder"),
    ],
)
def test_wrong_usage(align: Align, arguments: tuple[str, ...], said: str) -> None:
    result = align(*arguments)
    assert result.returncode == 2
    assert said in result.stderr


def test_texts_that_are_no_translations_are_told(align: Align, seeds: Path, tmp_path: Path) -> None:
    others = next(seeds.glob("003*")), next(seeds.glob("001*"))
    result = align("texts", *others, "-o", tmp_path / "x.tsv")
    assert result.returncode == 0
    assert "may be no translations of each other" in result.stderr
    true = next(seeds.glob("000*")), next(seeds.glob("001*"))
    result = align("texts", *true, "-o", tmp_path / "y.tsv")
    assert "no translations" not in result.stderr
    assert "of the source" in result.stderr
    assert align("texts", *true, "-o", tmp_path / "z.tsv", "--quiet").stderr == ""

from __future__ import annotations

import json
import sys
from importlib.machinery import ModuleSpec
from pathlib import Path

import pytest
from click.testing import CliRunner

from align.cli import cli
from align.errors import AlignError, InputError, OutputError, UsageError

from ..review.builder import LETTERS, make_run


@pytest.fixture
def out(tmp_path: Path) -> Path:
    return make_run(tmp_path / "out", LETTERS).path


def run(*arguments: object) -> tuple[int, str, str]:
    result = CliRunner().invoke(cli, ["review", *map(str, arguments)])
    if isinstance(result.exception, AlignError):
        raise result.exception
    return result.exit_code, result.stdout, result.stderr


def test_decisions_pass_through_a_file(out: Path, tmp_path: Path) -> None:
    code, _, said = run(out, "--export", tmp_path / "all.tsv", "--all")
    assert code == 0
    assert "beads written to" in said
    text = (tmp_path / "all.tsv").read_text("utf-8").replace("\topen\t", "\taccepted\t")
    (tmp_path / "done.tsv").write_text(text, "utf-8")
    code, _, said = run(out, "--apply", tmp_path / "done.tsv", "--reviewer", " Zoë\x00 ")
    assert (code, "decisions applied" in said) == (0, True)
    code, table, _ = run(out, "--export", "-")
    assert table.count("\taccepted\t") == text.count("\taccepted\t")
    assert "\tZoë\t" in table
    code, _, said = run(out, "--gold", tmp_path / "gold")
    assert code == 0
    assert "few to learn from: 300 or more are worth a training" in said
    with pytest.raises(InputError, match="0 of them not as the machine had them"):
        run(out, "--calibrate")


def test_what_was_done_is_told_as_json(out: Path, tmp_path: Path) -> None:
    _, told, _ = run(out, "--export", tmp_path / "all.tsv", "--all", "--json")
    said = json.loads(told)
    assert (said["command"], said["output"]) == ("review", str(tmp_path / "all.tsv"))
    text = (tmp_path / "all.tsv").read_text("utf-8").replace("\topen\t", "\taccepted\t")
    (tmp_path / "done.tsv").write_text(text, "utf-8")
    _, told, _ = run(out, "--apply", tmp_path / "done.tsv", "--json", "-q")
    assert json.loads(told) == {
        "command": "review", "output": str(out), "applied": said["beads"], "unchanged": 0, "left_out": []
    }  # fmt: skip
    with pytest.raises(UsageError, match="name a file with -o"):
        run(out, "--export", "-", "--json")


def test_rows_left_out_are_named_and_end_in_1(out: Path, tmp_path: Path) -> None:
    (tmp_path / "d.tsv").write_text(
        "source\ttarget\tlevel\tstatus\tsource_positions\ttarget_positions\n"
        "a\tb\tparagraph\taccepted\t0\t0\na\tb\tparagraph\taccepted\tp77\tp0\n"
    )
    code, _, said = run(out, "--apply", tmp_path / "d.tsv")
    assert code == 1
    assert "1 decision applied, 0 said nothing new, 1 left out" in said
    assert "d.tsv, row 3: there is no source position p77" in said


def test_a_filled_in_file_is_not_overwritten_unasked(out: Path, tmp_path: Path) -> None:
    (tmp_path / "d.tsv").write_text("hours of work")
    with pytest.raises(OutputError, match=r"d\.tsv: exists already"):
        run(out, "--export", tmp_path / "d.tsv")
    assert (tmp_path / "d.tsv").read_text() == "hours of work"
    with pytest.raises(InputError, match="no column source"):
        run(out, "--apply", tmp_path / "d.tsv")
    assert run(out, "--export", tmp_path / "d.tsv", "--overwrite")[0] == 0
    assert run(out, "--apply", tmp_path / "d.tsv")[0] == 0


def test_ctrl_c_is_the_way_to_end_it(out: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("align.review.web.server.serve", interrupted)
    code, _, said = run(out)
    assert (code, said) == (0, "The review has ended; every decision is kept.\n")


def test_usage(out: Path, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="--export and --apply exclude each other"):
        run(out, "--export", "-", "--apply", "x")
    with pytest.raises(UsageError, match="--all goes with --export"):
        run(out, "--all")
    with pytest.raises(UsageError, match="--reviewer is empty"):
        run(out, "--reviewer", " \x00")
    with pytest.raises(InputError, match="holds no run"):
        run(tmp_path)
    with pytest.raises(InputError, match="no 5 accepted beads follow each other"):
        run(out, "--gold", tmp_path / "gold")


def test_an_unfinished_run_is_not_reviewed_but_its_decisions_come_out(tmp_path: Path) -> None:
    out = make_run(tmp_path / "out", LETTERS, finished=False).path
    with pytest.raises(InputError, match="was not finished; run the same align run again"):
        run(out)
    assert run(out, "--export", "-")[0] == 0


def test_a_run_without_pairs(tmp_path: Path) -> None:
    out = make_run(tmp_path / "out", LETTERS).path
    header = (out / "pairs.tsv").read_text().splitlines()[0]
    (out / "pairs.tsv").write_text(header + "\n")
    with pytest.raises(InputError, match="found no pairs"):
        run(out)


def test_the_missing_extra_is_named_with_its_command(out: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import align.review.web.server as server

    def absent(name: str) -> ModuleSpec | None:
        return None if name == "uvicorn" else ModuleSpec(name, None)

    monkeypatch.setattr(server, "find_spec", absent)
    with pytest.raises(AlignError, match=r"needs uvicorn: pip install .*\[review\]'"):
        run(out)
    assert not (out / "review.sqlite").exists()


@pytest.mark.slow
def test_help_is_light() -> None:
    import subprocess

    code = "import sys, align.cli.review; assert not {'starlette', 'uvicorn', 'numpy', 'pyarrow'} & set(sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True)

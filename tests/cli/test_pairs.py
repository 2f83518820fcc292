"""The command, as a user meets it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from align._internal.tables import read_table
from align.cli import cli
from align.errors import InputError, OutputError


def run(*arguments: str | Path):
    result = CliRunner().invoke(cli, ["pairs", *(str(a) for a in arguments)], standalone_mode=False)
    if result.exception:
        raise result.exception
    return result


@pytest.mark.slow
def test_pairs_go_to_a_file_that_is_not_replaced_unasked(seeds: Path, tmp_path: Path) -> None:
    out = tmp_path / "pairs.tsv"
    result = run(seeds, "-o", out)
    assert result.return_value == 0
    assert len(out.read_text("utf-8").splitlines()) == 2
    assert "1 pair " in result.stderr
    with pytest.raises(OutputError, match="--overwrite"):
        run(seeds, "-o", out)
    assert run(seeds, "-o", out, "--overwrite", "-q").stderr == ""


def test_what_cannot_be_read_is_named_and_the_rest_is_done(seeds: Path, tmp_path: Path) -> None:
    (tmp_path / "empty.txt").write_text("")
    result = run(*sorted(seeds.glob("00[01]*")), tmp_path / "empty.txt", tmp_path / "none.txt", "-q")
    assert result.return_value == 1
    assert len(result.stdout.splitlines()) == 2
    assert "none.txt" in result.stderr


def test_known_pairs_from_a_table(seeds: Path, tmp_path: Path) -> None:
    first, second, third, *_ = sorted(path.name for path in seeds.glob("*.txt"))
    (tmp_path / "given.tsv").write_text(f"source\ttarget\n{second}\t{third}\n", "utf-8")
    (tmp_path / "not.tsv").write_text(f"# none of these\n{first}\t{second}\n", "utf-8")
    result = run(seeds, "--given", tmp_path / "given.tsv", "--exclude", tmp_path / "not.tsv", "-q")
    assert [line.split("\t")[:2] for line in result.stdout.splitlines()[1:]] == [[second, third]]
    (tmp_path / "bad.tsv").write_text("source\ttarget\nonly one\n", "utf-8")
    with pytest.raises(InputError, match=r"bad.tsv, line 2"):
        run(seeds, "--given", tmp_path / "bad.tsv")
    with pytest.raises(InputError, match="cannot be read"):
        run(seeds, "--given", tmp_path / "missing.tsv")


@pytest.mark.slow
def test_what_became_of_each_document(seeds: Path, tmp_path: Path) -> None:
    (tmp_path / "empty.txt").write_text("")
    out = tmp_path / "documents.tsv"
    result = run(tmp_path / "empty.txt", seeds, "-o", tmp_path / "pairs.tsv", "--documents", out)
    assert result.return_value == 1
    rows = list(read_table(out))
    assert [row["status"] for row in rows] == [
        "failed",
        "paired",
        "paired",
        "unpaired",
        "unpaired",
        "unpaired",
    ]
    assert (rows[1]["related"], rows[1]["language"]) == (rows[2]["document"], "en")
    assert float(rows[1]["score"]) > 0.9
    assert all(row["reason"] for row in rows if row["status"] != "paired")
    with pytest.raises(OutputError, match=r"documents\.tsv"):
        run(seeds, "--documents", out)
    assert run(seeds, "--documents", out, "--overwrite", "--dry-run").return_value == 0
    assert list(read_table(out)) == rows


@pytest.mark.slow
def test_a_dry_run_writes_nothing(seeds: Path, tmp_path: Path) -> None:
    result = run(seeds, "-o", tmp_path / "pairs.tsv", "--dry-run")
    assert not (tmp_path / "pairs.tsv").exists()
    assert "1 pair " in result.stderr


def test_a_batch_without_pairs_is_told_why(seeds: Path, tmp_path: Path) -> None:
    english = sorted(seeds.glob("00[023]*"))
    result = run(*english, "-o", tmp_path / "pairs.tsv")
    assert "3: all documents are in one language (en)" in result.stderr


@pytest.mark.slow
def test_a_batch_that_was_added_before_is_said_to_be_there(seeds: Path, tmp_path: Path) -> None:
    wanted = (*sorted(seeds.glob("00[01]*")), "-o", tmp_path / "pairs.tsv", "--append", "--json")
    assert json.loads(run(*wanted).stdout)["pairs"] == 1
    again = run(*wanted)
    assert json.loads(again.stdout)["unchanged"] is True
    assert "up to date" in again.stderr
    assert run(*wanted, "-q").stderr == ""

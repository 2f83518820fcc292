"""Taking over an output folder: --overwrite is for runs, and a kill in the middle of it leaves a run's folder."""

from __future__ import annotations

from pathlib import Path

import pytest

from align.corpus import prepare as takeover
from align.corpus.prepare import take_over, write_info
from align.errors import OutputError, SignatureError


def a_run(folder: Path) -> None:
    (folder / "report").mkdir()
    (folder / "report" / "index.html").write_text("ours")
    (folder / "pairs.tsv").write_text("ours")
    write_info(folder, signature={"threshold": 0.7}, summary={"pairs": 1}, finished=True)


@pytest.mark.parametrize("name", ["report/thesis.txt", "aligned/bolts.txt", "documents.tsv"])
def test_overwriting_spares_what_is_no_runs(tmp_path: Path, name: str) -> None:
    (tmp_path / name).parent.mkdir(exist_ok=True)
    (tmp_path / name).write_text("mine")
    with pytest.raises(OutputError, match="but no run"):
        take_over(tmp_path, {}, overwrite=True)
    assert (tmp_path / name).read_text() == "mine"


def test_overwriting_takes_all_that_is_a_runs_and_nothing_else(tmp_path: Path) -> None:
    a_run(tmp_path)
    (tmp_path / "notes.txt").write_text("mine")
    assert not take_over(tmp_path, {"threshold": 0.8}, overwrite=True)
    assert [path.name for path in tmp_path.iterdir()] == ["notes.txt"]


def test_killed_while_overwriting(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    a_run(tmp_path)

    def killed(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(takeover.shutil, "rmtree", killed)
        take_over(tmp_path, {"threshold": 0.8}, overwrite=True)
    for threshold in (0.7, 0.8):
        with pytest.raises(SignatureError, match="--overwrite"):
            take_over(tmp_path, {"threshold": threshold}, overwrite=False)
    assert not take_over(tmp_path, {"threshold": 0.8}, overwrite=True)
    assert list(tmp_path.iterdir()) == []

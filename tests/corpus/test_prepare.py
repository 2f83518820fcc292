"""Taking over an output folder: --overwrite is for what a job left, and a kill in the middle of it leaves a job's."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from align.corpus import prepare
from align.corpus.folder import LOCK, RECORD, Job
from align.corpus.prepare import CorpusWriter, writing
from align.errors import InputError, OutputError, SignatureError


@contextmanager
def begun(
    folder: Path, signature: dict[str, Any], *, job: Job = "run", overwrite: bool = False
) -> Iterator[bool]:
    with writing(folder, job, overwrite=overwrite) as writer:
        yield writer.begin(signature)


def begin(folder: Path, signature: dict[str, Any], *, job: Job = "run", overwrite: bool = False) -> bool:
    with begun(folder, signature, job=job, overwrite=overwrite) as continued:
        return continued


def names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()} - {LOCK}


def a_run(folder: Path) -> None:
    with writing(folder, "run") as writer:
        writer.begin({"threshold": 0.7})
        (folder / "report").mkdir()
        (folder / "report" / "index.html").write_text("ours")
        (folder / "pairs.tsv").write_text("ours")
        writer.finish(["pairs.tsv"], summary={"documents": 2, "failed": 0})


def a_deduplication(folder: Path) -> None:
    with writing(folder, "dedup") as writer:
        writer.begin({"threshold": 0.7})
        (folder / "kept").mkdir()
        (folder / "kept" / "a.txt").write_text("ours")
        writer.finish(["kept/a.txt"], summary={"documents": 1, "failed": 0})


@pytest.mark.parametrize("name", ["report/thesis.txt", "aligned/bolts.txt", "documents.tsv"])
def test_overwriting_spares_what_is_no_runs(tmp_path: Path, name: str) -> None:
    (tmp_path / name).parent.mkdir(exist_ok=True)
    (tmp_path / name).write_text("mine")
    with pytest.raises(OutputError, match="but no run"):
        begin(tmp_path, {}, overwrite=True)
    assert (tmp_path / name).read_text() == "mine"


def test_overwriting_takes_all_that_is_a_runs_and_nothing_else(tmp_path: Path) -> None:
    a_run(tmp_path)
    for name in ("notes.txt", "review.sqlite", "calibration.json"):
        (tmp_path / name).write_text("mine")
    assert not begin(tmp_path, {"threshold": 0.8}, overwrite=True)
    assert names(tmp_path) == {"notes.txt", "review.sqlite", "calibration.json", RECORD}


def test_a_run_does_not_take_what_another_job_would_have_written(tmp_path: Path) -> None:
    """kept/ beside a run is somebody's own; where it was deduplication's, --overwrite takes it."""
    a_run(tmp_path / "run")
    (tmp_path / "run" / "kept").mkdir()
    (tmp_path / "run" / "kept" / "letters.txt").write_text("mine")
    assert not begin(tmp_path / "run", {}, overwrite=True)
    assert (tmp_path / "run" / "kept" / "letters.txt").read_text() == "mine"
    with pytest.raises(OutputError, match="holds kept that align run did not write"):
        begin(tmp_path / "run", {}, job="dedup", overwrite=True)
    a_deduplication(tmp_path / "dedup")
    assert not begin(tmp_path / "dedup", {}, overwrite=True)
    assert names(tmp_path / "dedup") == {RECORD}


def test_one_job_does_not_go_on_in_the_folder_of_another(tmp_path: Path) -> None:
    a_run(tmp_path / "run")
    a_deduplication(tmp_path / "dedup")
    with pytest.raises(OutputError, match="holds what align dedup wrote; choose another -o for align run"):
        begin(tmp_path / "dedup", {"threshold": 0.7})
    with pytest.raises(OutputError, match="holds what align run wrote; choose another -o for align dedup"):
        begin(tmp_path / "run", {"threshold": 0.7}, job="dedup")


def test_another_signature_is_refused_with_both_values(tmp_path: Path) -> None:
    a_run(tmp_path)
    assert begin(tmp_path, {"threshold": 0.7})
    with pytest.raises(SignatureError, match=r"holds a run with threshold 0\.7, asked for is 0\.8"):
        begin(tmp_path, {"threshold": 0.8})
    with pytest.raises(SignatureError, match="other documents, with inputs none, asked for is b"):
        begin(tmp_path, {"threshold": 0.7, "inputs": "b"})
    with pytest.raises(SignatureError, match=r"threshold 0\.7, asked for is none"):
        begin(tmp_path, {})
    assert names(tmp_path) == {RECORD, "report", "pairs.tsv"}


def test_part_of_a_signature_is_enough_to_be_refused(tmp_path: Path) -> None:
    with writing(tmp_path, "run") as writer:
        writer.begin({"inputs": "a", "threshold": 0.7})
    with writing(tmp_path, "run") as writer:
        writer.check({"threshold": 0.7})
        with pytest.raises(SignatureError, match="threshold"):
            writer.check({"threshold": 0.8})


def test_what_is_missing_is_known(tmp_path: Path) -> None:
    a_deduplication(tmp_path)

    def opened() -> CorpusWriter:
        with writing(tmp_path, "dedup") as writer:
            return writer

    assert (opened().complete, opened().missing) == (True, ())
    (tmp_path / "kept" / "a.txt").unlink()
    assert (opened().complete, opened().missing) == (False, ("kept/a.txt",))


def test_killed_while_overwriting(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is half gone cannot be continued: the rest goes too, whichever run is asked for."""

    def killed(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    for threshold in (0.7, 0.8):
        a_run(tmp_path)
        with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
            patch.setattr(prepare.shutil, "rmtree", killed)
            begin(tmp_path, {"threshold": 0.8}, overwrite=True)
        assert (tmp_path / "report").exists()
        assert not begin(tmp_path, {"threshold": threshold})
        assert names(tmp_path) == {RECORD}
        (tmp_path / RECORD).unlink()


def test_a_damaged_record_is_named(tmp_path: Path) -> None:
    a_run(tmp_path)
    (tmp_path / RECORD).write_text("{")
    with pytest.raises(InputError, match="--overwrite"):
        begin(tmp_path, {"threshold": 0.7})
    assert not begin(tmp_path, {"threshold": 0.7}, overwrite=True)
    assert names(tmp_path) == {RECORD}


def test_two_jobs_at_once(tmp_path: Path) -> None:
    with (
        begun(tmp_path, {}),
        pytest.raises(OutputError, match=rf"another process \({os.getpid()}\) is writing into it"),
        begun(tmp_path, {}, job="dedup", overwrite=True),
    ):
        pass
    assert begin(tmp_path, {})
    assert (tmp_path / LOCK).read_bytes() == b""


def test_a_link_in_place_of_the_lock_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "precious").write_text("mine")
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / LOCK).symlink_to(tmp_path / "precious")
    with pytest.raises(OutputError, match=r"\.lock: cannot be written .*it is a link: remove it"):
        begin(tmp_path / "out", {})
    assert (tmp_path / "precious").read_text() == "mine"

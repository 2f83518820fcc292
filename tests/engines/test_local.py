from __future__ import annotations

from pathlib import Path

import pytest

from align.alignment.aligner import AlignConfig
from align.corpus.warnings import WarningLog
from align.document import Document
from align.encoders import get_encoder
from align.engines import local as workers
from align.engines.local import Task, align_all


class StartedError(Exception):
    """A pool of processes was asked for."""


@pytest.mark.parametrize(("encoder", "started"), [("use", True), ("laser", False), ("st:LaBSE", False)])
def test_only_a_light_encoder_is_loaded_by_many_processes(
    encoder: str, started: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A model of 2 GB in each of 64 workers, or in one graphics processor 64 times, ends the run."""

    def pool(*arguments: object, **options: object) -> None:
        raise StartedError

    monkeypatch.setattr(workers, "ProcessPoolExecutor", pool)
    monkeypatch.setattr(workers, "align_one", lambda task, config: task.source.id)
    document = Document.from_text("a", "text")
    task = Task("a", document, document, (tmp_path / "p", tmp_path / "s"), WarningLog(tmp_path / "log"))
    tasks = [task] * 100
    get_encoder.cache_clear()
    try:
        found = list(align_all(tasks, AlignConfig(encoder=encoder), 4))
    except StartedError:
        assert started
    else:
        assert not started
        assert found == ["a"] * 100
    get_encoder.cache_clear()

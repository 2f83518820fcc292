"""Progress on stderr."""

from __future__ import annotations

from pathlib import Path

import pytest

from align.cli.console import steps
from align.cli.progress import Progress, total_size


def test_rate_and_time_left(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    now = 100.0
    monkeypatch.setattr("time.monotonic", lambda: now)
    progress = Progress(40_000_000)
    now = 105.0
    progress(10, 1_000_000)  # too early for a line in a file
    now = 110.0
    progress(2_000, 10_000_000)
    assert capsys.readouterr().err == "2,000 documents, 200/s, 1.0 MB/s, 25%, 30 s left\n"
    now = 5_000.0
    Progress(None, quiet=True)(1, 1)
    assert capsys.readouterr().err == ""


def test_total_size(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"x" * 10)
    assert total_size([tmp_path]) == 10
    assert total_size([tmp_path, tmp_path / "missing"]) == 10
    assert total_size(["-"]) is None
    (tmp_path / "link").symlink_to(tmp_path / "nowhere")
    assert total_size([tmp_path]) == 10


def test_steps_in_a_log(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """A line when a step begins and every ten seconds, not one for each of a million documents."""
    now = 50.0
    monkeypatch.setattr("time.monotonic", lambda: now)
    with steps() as tell:
        tell("reading", 0, 0)
        for done in range(2_001):
            now = 50 + done / 100
            tell("encoding", done, 2_000)
    assert capsys.readouterr().err.splitlines() == [
        "align:   0.0 s  reading",
        "align:   0.0 s  encoding: 0 of 2,000",
        "align:  10.0 s  encoding: 1,000 of 2,000",
        "align:  20.0 s  encoding: 2,000 of 2,000",
    ]
    with steps(quiet=True) as tell:
        tell("reading", 0, 0)
    assert capsys.readouterr().err == ""

"""Progress on stderr."""

from __future__ import annotations

import os
import pty
import re
import subprocess
import sys
from pathlib import Path

import pytest

from align import find_duplicates
from align.cli.progress import steps
from align.reading.inputs import Selection, total_size

WORK = """
import sys, time
from click import echo as said
from align.cli.progress import steps
with steps() as tell:
    tell("reading [b]", 0, 0)
    for done in range(1_000, 3_001, 50):
        tell("encoding", done, 4_000)
        time.sleep(0.02)
    print("data")
    said("align: warning: careful", err=True)
    time.sleep(0.2)
"""


def test_total_size(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"x" * 10)
    assert total_size([tmp_path]) == 10
    assert total_size([tmp_path, tmp_path / "missing"]) == 10
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "b").write_bytes(b"x" * 5)
    assert (total_size([tmp_path]), total_size([tmp_path], Selection((str(tmp_path / "out"),)))) == (15, 10)
    assert total_size(["-"]) == 0
    (tmp_path / "link").symlink_to(tmp_path / "nowhere")
    assert total_size([tmp_path]) == 15


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
        "align:  10.0 s  encoding: 1,000 of 2,000, 100/s, 10 s left",
        "align:  20.0 s  encoding: 2,000 of 2,000, 100/s",
    ]
    with steps(quiet=True) as tell:
        tell("reading", 0, 0)
    assert capsys.readouterr().err == ""


def test_a_short_job_says_nothing(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    now = 50.0
    monkeypatch.setattr("time.monotonic", lambda: now)
    with steps(after=10) as tell:
        for done in range(601):
            now = 50 + done / 25
            tell("reading, MB", done, 4_000)
    assert capsys.readouterr().err.splitlines() == [
        "align:  10.0 s  reading, MB: 250 of 4,000, 25/s, 2 min 30 s left",
        "align:  20.0 s  reading, MB: 500 of 4,000, 25/s, 2 min 20 s left",
    ]


@pytest.mark.slow
def test_a_bar_on_a_terminal_and_clean_data() -> None:
    terminal, end = pty.openpty()
    with subprocess.Popen(
        [sys.executable, "-c", WORK], stdout=subprocess.PIPE, stderr=end, env={**os.environ, "TERM": "xterm"}
    ) as process:
        os.close(end)
        seen = b""
        try:
            while piece := os.read(terminal, 4096):
                seen += piece
        except OSError:  # how Linux says that the other end is closed
            pass
        assert process.stdout is not None
        data = process.stdout.read()
    os.close(terminal)
    assert (process.returncode, data) == (0, b"data\n")
    text = re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]", "", seen.decode())
    assert re.search(r"encoding ━+.* [23],\d\d0 of 4,000 [\d,.]+/s \d+:\d\d", text)
    assert "align: warning: careful" in text


@pytest.mark.slow
@pytest.mark.parametrize("closed", ["2>&-", "2>/dev/full"])
def test_nobody_listens(closed: str) -> None:
    """Where stderr is closed or full the work is done all the same."""
    quiet = WORK.replace("from click import echo as said", "def said(*text, err): pass")
    done = subprocess.run(
        ["sh", "-c", f'exec "$@" {closed}', "sh", sys.executable, "-c", quiet],
        stdout=subprocess.PIPE, text=True, check=False,
    )  # fmt: skip
    assert done.stdout == "data\n"
    assert done.returncode in (0, 120)  # 120: Python itself could not flush stderr at its end


def test_all_work_tells_its_progress_in_one_shape() -> None:
    told: list[tuple[str, int, int]] = []
    find_duplicates([("a", "one two three"), ("b", "four five six")], progress=lambda *it: told.append(it))
    assert told == [("finding duplicates", 2, 0)]

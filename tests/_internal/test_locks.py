"""Holding a file against other processes."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import NoReturn

import pytest

from align._internal.locks import held

HOLD = (
    "import sys; from pathlib import Path; from align._internal.locks import held\n"
    "with held(Path(sys.argv[1]), print): print('held', flush=True); sys.stdin.read()"
)


def refuse(process: str) -> NoReturn:
    raise RuntimeError(process)


@pytest.mark.slow
def test_a_lock_dies_with_its_process(tmp_path: Path) -> None:
    """Killed, it leaves its number behind and holds nothing."""
    lock = tmp_path / "lock"
    command = [sys.executable, "-c", HOLD, str(lock)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "held\n"
        with pytest.raises(RuntimeError, match=f"^{process.pid}$"), held(lock, refuse):
            pass
        process.kill()
        process.wait()
    with held(lock, refuse):
        assert lock.read_text() != f"{process.pid}\n"
    assert lock.read_bytes() == b""


def test_what_cannot_be_a_lock_is_an_error_of_the_system(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(tmp_path / "nowhere")
    (tmp_path / "folder").mkdir()
    for name in ("link", "folder"):
        with pytest.raises(OSError), held(tmp_path / name, refuse):  # noqa: PT011
            pass
    assert not (tmp_path / "nowhere").exists()

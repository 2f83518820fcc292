"""The command line as a user has it: arguments in, exit code and both streams out."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent.parent
Result = subprocess.CompletedProcess[str]
Align = Callable[..., Result]


@pytest.fixture(scope="session")
def align() -> Align:
    """Runs `align` in a process of its own; a traceback is never the right answer."""

    def run(*arguments: object, stdin: str | None = None, cwd: Path = ROOT) -> Result:
        command = [sys.executable, "-c", "from align.cli import main; main()", *map(str, arguments)]
        result = subprocess.run(
            command, capture_output=True, text=True, input=stdin, cwd=cwd, timeout=300, env=_environment()
        )
        assert "Traceback" not in result.stderr, result.stderr
        return result

    return run


def _environment() -> dict[str, str]:
    import os

    return {**os.environ, "PYTHONPATH": str(ROOT)}


@pytest.fixture(scope="session")
def finished(align: Align, seeds: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a run over the sample articles."""
    out = tmp_path_factory.mktemp("run") / "out"
    result = align("run", seeds, "-o", out)
    assert result.returncode == 0, result.stderr
    return out

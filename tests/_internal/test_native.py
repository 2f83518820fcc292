"""A missing compiler costs speed, not results: it is told once, and by no worker."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = """
import sys
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context

def load() -> None:
    for name in ("alignment._lattice", "alignment._coverage", "alignment._candidates", "dedup.kernel._kernel"):
        sys.modules[f"align.{name}"] = None
    import align.alignment.candidates, align.alignment.coverage, align.alignment.lattice, align.dedup.kernel

if __name__ == "__main__":
    load()
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        pool.submit(load).result()
"""


def told(tmp_path: Path, **settings: str) -> list[str]:
    script = tmp_path / "load.py"
    script.write_text(SCRIPT, encoding="utf-8")
    environment = {name: value for name, value in os.environ.items() if name != "ALIGN_KERNEL"}
    path = os.pathsep.join(filter(None, sys.path))
    done = subprocess.run(
        [sys.executable, str(script)],
        env=environment | {"PYTHONPATH": path} | settings,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    return done.stderr.splitlines()


@pytest.mark.slow
def test_missing_extensions_are_told_once(tmp_path: Path) -> None:
    (line,) = told(tmp_path)
    assert "C compiler" in line
    assert "pip install" in line


@pytest.mark.slow
def test_nothing_is_told_where_the_twins_are_asked_for(tmp_path: Path) -> None:
    assert told(tmp_path, ALIGN_KERNEL="reference") == []

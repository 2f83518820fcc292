"""What `python -m venv` and its own pip make of the package: an older pip resolves less than a newer one."""

from __future__ import annotations

import hashlib
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
UNREACHABLE = re.compile("connection|proxy|timed out|name resolution|network is unreachable", re.IGNORECASE)
READ = """
import sys
from align.reading import read_batch
for batch in read_batch(sys.argv[1:]):
    for row in batch.to_pylist():
        print(row["problem"] or row["text"])
"""


def run(*command: str | Path, **settings: str) -> subprocess.CompletedProcess[str]:
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"} | settings
    return subprocess.run(
        list(map(str, command)), env=environment, capture_output=True, text=True, cwd=ROOT.parent
    )


@pytest.fixture(scope="module")
def plain() -> Path:
    """The Python of an environment that plain pip installed the package into; made once for a pyproject.toml."""
    key = hashlib.sha256((ROOT / "pyproject.toml").read_bytes() + sys.version.encode()).hexdigest()[:12]
    folder = ROOT / ".venv" / f"plain-pip-{key}"
    python = folder / "bin" / "python"
    ready = folder / "ready"
    if not ready.exists():
        assert run(sys.executable, "-m", "venv", "--clear", folder).returncode == 0
        done = run(python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", ROOT)
        if done.returncode and UNREACHABLE.search(done.stderr):
            pytest.skip("pip cannot reach a registry")
        assert done.returncode == 0, done.stderr
        ready.touch()
    return python


@pytest.mark.slow
def test_a_page_is_read_where_plain_pip_installed(plain: Path, tmp_path: Path) -> None:
    sentences = [f"Sentence {number} of an article about rivers, bridges and towns." for number in range(20)]
    page = tmp_path / "page.html"
    page.write_text(f"<html><body><article><p>{' '.join(sentences)}</p></article></body></html>", "utf-8")
    done = run(plain, "-c", READ, page, PYTHONPATH=str(ROOT))
    assert done.returncode == 0, done.stderr
    assert sentences[7] in done.stdout

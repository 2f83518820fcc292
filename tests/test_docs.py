"""The pages of docs/ can be built, and hold every public name."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

import align

ROOT = Path(__file__).parent.parent


def test_every_public_name_has_its_place() -> None:
    named = re.findall(r"^::: align\.(\w+)$", (ROOT / "docs" / "api.md").read_text("utf-8"), re.MULTILINE)
    assert sorted(named) == sorted(name for name in align.__all__ if name != "__version__")


@pytest.mark.slow
def test_the_pages_are_built_without_a_warning(tmp_path: Path) -> None:
    pytest.importorskip("mkdocs", reason="mkdocs is not installed")
    pytest.importorskip("mkdocstrings", reason="mkdocstrings is not installed")
    command = [sys.executable, "-m", "mkdocs", "build", "--strict", "--quiet", "--site-dir", str(tmp_path)]
    result = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert result.returncode == 0, result.stderr
    page = (tmp_path / "api" / "index.html").read_text("utf-8")
    assert "find_duplicates" in page
    assert "Raises" in page


def test_what_the_guides_name_is_there() -> None:
    """Modules and scripts that ARCHITECTURE.md and CONTRIBUTING.md send a newcomer to."""
    for guide in ("ARCHITECTURE.md", "CONTRIBUTING.md"):
        for name in re.findall(r"`((?:\w+/)+[\w.*]*)`", (ROOT / guide).read_text("utf-8")):
            if not name.endswith("*"):
                places = [ROOT / name, ROOT / "align" / name]
                assert any(place.exists() for place in places), f"{guide}: {name}"

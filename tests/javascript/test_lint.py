"""The scripts of the pages, which nothing compiles: looked through by a linter and by a type checker."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent.parent
NOT_LOOKED_THROUGH = 69
SCRIPTS = sorted(
    path
    for folder in ("align/report/assets", "align/review/web/static")
    for path in (ROOT / folder).glob("*.js")
)


@pytest.mark.slow
def test_linter_and_type_checker_find_nothing() -> None:
    done = subprocess.run([ROOT / "scripts" / "lint-js"], capture_output=True, text=True, check=False)
    if done.returncode == NOT_LOOKED_THROUGH:
        pytest.skip(done.stderr.strip().splitlines()[-1])
    assert done.returncode == 0, done.stdout + done.stderr


def test_every_script_asks_to_be_checked() -> None:
    assert len(SCRIPTS) > 10
    for path in SCRIPTS:
        text = path.read_text("utf-8")
        assert text.startswith("// @ts-check\n"), path.name
        assert "@ts-ignore" not in text, path.name
        assert "eslint-disable" not in text, path.name


def test_the_lock_names_no_place_to_fetch_from() -> None:
    assert '"resolved"' not in (ROOT / "tests" / "javascript" / "package-lock.json").read_text("utf-8")

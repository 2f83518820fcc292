"""Disks without room, and texts that break file formats: what is said, and what is there afterwards."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from .commands import commands
from .disks import too_small
from .foreign import writers


@pytest.mark.slow
@pytest.mark.parametrize(("name", "size"), [("dedup --append", 3000), ("export", 500), ("review", 30_000)])
def test_files_that_may_not_grow_are_told_of_and_written_later(name: str, size: int, tmp_path: Path) -> None:
    assert too_small(commands(tmp_path / "in")[name], tmp_path, size, mounted=False) == ""


def test_foreign_parsers_read_what_was_written(tmp_path: Path) -> None:
    pytest.importorskip("pandas", reason="pip install pandas")
    for number in range(3):
        done = list(writers(tmp_path / str(number), random.Random(number)))
        assert [(reader, wrong) for reader, wrong in done if wrong] == []

"""Files as executors get them: parted by their number and size, named as the user named them."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from align import InputError, ReadOptions
from align.engines.spark import files
from align.reading.inputs import Input


def sparse(path: Path, size: int) -> Input:
    """A file of this size that takes no room."""
    with path.open("wb") as stream:
        stream.truncate(size)
    return Input(str(path), path.name)


def test_reading_is_parted_by_number_and_size(tmp_path: Path) -> None:
    small = [sparse(tmp_path / f"{n}.txt", 10) for n in range(40)]
    large = [sparse(tmp_path / f"{n}.jsonl", 1 << 30) for n in range(40)]
    assert files.reading_tasks(small, 2) == 8
    assert files.reading_tasks(small * 100, 2) == 15
    assert files.reading_tasks(large, 2) == 40  # a file is read by one task
    assert files.reading_tasks(large[:3], 2) == 3
    assert files.reading_tasks([Input("s3://bucket/a", "a")] * 5, 1) == 5
    assert files.reading_tasks([], 2) == 1


def test_sources_are_opened_by_absolute_paths_and_named_as_they_were(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "a.txt").write_text("A text.")
    monkeypatch.chdir(tmp_path)
    found = files.list_sources(["in", "missing.txt"], ReadOptions())
    assert [(s.item.path, s.item.source, s.kept_as) for s in found] == [
        (str(tmp_path / "in" / "a.txt"), "in/a.txt", "a.txt"),
        ("missing.txt", "missing.txt", "missing.txt"),
    ]
    before = files.signature_of(found)
    os.utime(tmp_path / "in" / "a.txt", (1, 1))
    assert files.signature_of(found) != before
    with pytest.raises(InputError, match="-: standard input cannot be read by executors"):
        files.list_sources("-", ReadOptions())

"""Files and folders by URL, on fsspec's file systems that need no network."""

from __future__ import annotations

import builtins
import gzip
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import fsspec
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from align._internal.hints import install_extra
from align.dedup.options import DedupOptions
from align.jobs.dedup import DedupJobOptions, deduplicate
from align.reading import ReadOptions, read_batch


@pytest.fixture
def memory() -> Iterator[Any]:
    files = fsspec.filesystem("memory")
    files.pipe(
        {
            "/batch/a.txt": b"One text.",
            "/batch/deep/b.jsonl.gz": gzip.compress(b'{"id": "b", "text": "Two."}\n'),
            "/batch/_SUCCESS": b"",
            "/batch/.hidden": b"x",
        }
    )
    with files.open("/batch/c.parquet", "wb") as out:
        pq.write_table(pa.table({"id": ["c"], "text": ["Three."]}), out)
    yield files
    files.rm("/batch", recursive=True)


def rows(*paths: str, **options: Any) -> list[tuple[str, str]]:
    found = read_batch(paths, options=ReadOptions(**options))
    return [(row["id"], row["problem"] or row["text"]) for batch in found for row in batch.to_pylist()]


@pytest.mark.usefixtures("memory")
def test_a_folder_a_file_and_a_glob() -> None:
    everything = [("a.txt", "One text."), ("c", "Three."), ("b", "Two.")]
    assert rows("memory://batch") == everything
    assert rows("memory://batch/", include=["*.txt"]) == everything[:1]
    assert rows("memory://batch/deep/b.jsonl.gz") == everything[2:]
    assert rows("memory://batch/*.parquet") == everything[1:2]


def test_a_local_file_by_its_url(tmp_path: Path) -> None:
    (tmp_path / "x.txt").write_text("Text.")
    assert rows(f"file://{tmp_path}/x.txt") == [("x.txt", "Text.")]
    assert rows(f"file://{tmp_path}") == [("x.txt", "Text.")]


@pytest.mark.usefixtures("memory")
def test_what_is_kept_of_files_by_url(tmp_path: Path) -> None:
    options = DedupJobOptions(dedup=DedupOptions())
    result = deduplicate(["memory://batch"], tmp_path / "out", options)
    assert result.summary["kept"] == 3
    kept = {
        path.relative_to(tmp_path / "out" / "kept").as_posix()
        for path in (tmp_path / "out" / "kept").rglob("*.*")
    }
    assert kept == {"a.txt", "c.parquet", "deep/b.jsonl.gz"}


def test_what_is_not_there_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    assert rows("memory://nowhere.txt") == [("nowhere.txt", "does not exist; check the path")]
    (found,) = rows("klingon://x/y.txt")
    assert "install fsspec's driver of klingon://" in found[1]
    real = builtins.__import__

    def without(name: str, *rest: Any, **named: Any) -> Any:
        if name == "fsspec":
            raise ImportError(name)
        return real(name, *rest, **named)

    monkeypatch.setattr(builtins, "__import__", without)
    assert rows("s3://bucket/x.txt") == [
        ("s3://bucket/x.txt", f"is a URL, which needs fsspec: {install_extra('remote')}")
    ]

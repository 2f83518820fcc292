"""The texts of a corpus folder: the same bytes, however the rows came; damage is told."""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from align.corpus import texts
from align.corpus.folder import TEXTS
from align.corpus.texts import read_texts, rows_of
from align.errors import InputError
from align.reading import SCHEMA


def rows(count: int) -> pa.RecordBatch:
    draw = random.Random(4)
    made = [
        {"id": f"d{n}", "source": "a.jsonl", "line": n, "text": f"{n} " * draw.randrange(1, 40),
         "language": draw.choice(["en", None]), "problem": draw.choice([None, None, None, "is cut"])}
        for n in range(count)
    ]  # fmt: skip
    return pa.RecordBatch.from_pylist(made, schema=SCHEMA)


def written(folder: Path, batches: list[pa.RecordBatch]) -> bytes:
    folder.mkdir()
    with texts.texts_being_read(folder, prefer=False) as write:
        for batch in batches:
            write(batch)
    texts.take_texts(folder)
    return (folder / TEXTS).read_bytes()


def test_groups_of_rows_do_not_depend_on_batches(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(texts, "_A_GROUP", 50)
    monkeypatch.setattr(texts, "_A_GROUP_BYTES", 2_000)
    whole = rows(500)
    ways = {
        "whole": [whole],
        "rows": [whole.slice(n, 1) for n in range(500)],
        "parts": [whole.slice(0, 0), whole.slice(0, 123), whole.slice(123, 7), whole.slice(130)],
    }
    found = {name: written(tmp_path / name, batches) for name, batches in ways.items()}
    assert found["rows"] == found["whole"] == found["parts"]
    with pq.ParquetFile(tmp_path / "whole" / TEXTS) as file:
        sizes = [file.read_row_group(n) for n in range(file.num_row_groups)]
        usable = [row["id"] for row in whole.to_pylist() if row["problem"] is None]
        assert [id for group in sizes for id in group["id"].to_pylist()] == usable
    lengths = [[len(text) for text in group["text"].to_pylist()] for group in sizes]
    assert max(map(len, lengths)) <= 50
    assert all(sum(group[:-1]) < 2_000 for group in lengths)
    assert any(sum(group) >= 2_000 for group in lengths)


def test_a_row_that_is_larger_than_a_group_is_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(texts, "_A_GROUP_BYTES", 5)
    batch = pa.RecordBatch.from_pylist([{"id": c, "text": c * 9} for c in "abc"], schema=SCHEMA)
    written(tmp_path / "out", [batch])
    with pq.ParquetFile(tmp_path / "out" / TEXTS) as file:
        assert file.num_row_groups == 3


def test_nothing_is_written_of_nothing(tmp_path: Path) -> None:
    written(tmp_path / "out", [])
    assert [batch.num_rows for batch in texts.read_texts(tmp_path / "out")] == []


@pytest.mark.parametrize(
    "read", [lambda folder: list(read_texts(folder)), lambda folder: rows_of(folder, ["a"])]
)
def test_names_of_columns_that_are_no_utf8_are_damage(read: Callable[[Path], object], tmp_path: Path) -> None:
    table = pa.table({"id": ["a"], "text": ["One."], "language": ["en"]})
    pq.write_table(table, tmp_path / TEXTS, store_schema=False)
    data = (tmp_path / TEXTS).read_bytes()
    (tmp_path / TEXTS).write_bytes(data.replace(b"language", b"languag\xeb"))
    with pytest.raises(InputError, match=r"documents\.parquet: cannot be read \(.*; run with --overwrite"):
        read(tmp_path)


@pytest.mark.parametrize(("part", "other"), [(b"Twenty", b"Twent\xc6"), (b"text", b"texs")])
@pytest.mark.parametrize(
    "read", [lambda folder: list(read_texts(folder)), lambda folder: rows_of(folder, ["a"])]
)
def test_texts_that_are_no_utf8_and_columns_that_lack_are_damage(
    read: Callable[[Path], object], part: bytes, other: bytes, tmp_path: Path
) -> None:
    columns = {
        "id": ["a"],
        "source": ["a"],
        "line": [1],
        "language": ["en"],
        "text": ["Twenty ships."],
        "about": ["x"],
    }
    pq.write_table(
        pa.table(columns), tmp_path / TEXTS, store_schema=False, compression="none", write_statistics=False
    )
    (tmp_path / TEXTS).write_bytes((tmp_path / TEXTS).read_bytes().replace(part, other))
    with pytest.raises(InputError, match=r"documents\.parquet: cannot be read \(.*; run with --overwrite"):
        read(tmp_path)

"""Documents that come again, under an id that is taken: in their batch, and in the next one."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest

from align._internal.tables import read_table
from align.dedup import DedupOptions
from align.dedup.index.store import open_index
from align.jobs.dedup import DedupJobOptions, DedupResult, deduplicate
from align.jobs.options import RunOptions
from align.jobs.run import run
from align.reading import ReadOptions

from .conftest import article, edited

Row = dict[str, Any]


def lines(path: Path, rows: Iterable[Row]) -> Path:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


def options(index: Path | None = None, field: str | None = None, **dedup: Any) -> DedupJobOptions:
    return DedupJobOptions(
        reading=ReadOptions(prefer=field), dedup=DedupOptions(**dedup), index=str(index) if index else None
    )


def entries(folder: Path) -> dict[str, tuple[str, ...]]:
    columns = ("status", "reason", "related", "score")
    return {
        row["document"]: tuple(row[name] for name in columns) for row in read_table(folder / "documents.tsv")
    }


def kept(folder: Path) -> list[Row]:
    files = sorted((folder / "kept").glob("*.jsonl"))
    return [json.loads(line) for file in files for line in file.read_text().splitlines()]


VERSIONS = [
    {"id": "a", "date": "2024-1-9", "text": article(1)},
    {"id": "a", "date": "2024-1-10", "text": edited(article(1), 0.05)},
    {"id": "a", "date": "2024-1-8", "text": article(2)},
    {"id": "b", "date": "2024-1-1", "text": article(3)},
    {"id": "b", "date": "2024-1-2", "text": article(3)},
]


@pytest.mark.parametrize(
    ("chosen", "stays", "failed"),
    [
        ({}, [0, 3], 2),
        ({"on_known_id": "skip"}, [0, 3], 0),
        ({"on_known_id": "update"}, [2, 4], 0),
        ({"on_known_id": "rename"}, [1, 2, 3], 0),
        ({"field": "date", "keep": "newest"}, [1, 4], 0),
    ],
)
def test_versions_in_one_batch(tmp_path: Path, chosen: dict[str, Any], stays: list[int], failed: int) -> None:
    result = deduplicate([lines(tmp_path / "x.jsonl", VERSIONS)], tmp_path / "out", options(**chosen))
    assert kept(tmp_path / "out") == [VERSIONS[n] for n in stays]
    assert result.summary["failed"] == failed
    said = [row["document"] for row in read_table(tmp_path / "out/documents.tsv") if row["status"] == "kept"]
    if chosen.get("on_known_id") != "rename":
        assert said == ["a", "b"]


def test_a_version_is_listed_with_its_exact_similarity(tmp_path: Path) -> None:
    deduplicate(
        [lines(tmp_path / "x.jsonl", VERSIONS)], tmp_path / "out", options(field="date", keep="newest")
    )
    found = entries(tmp_path / "out")
    assert found["a#3"][:3] == ("duplicate", "version", "a")
    assert float(found["a#3"][3]) < 0.1 < float(found["a#2"][3])
    assert found["b#2"] == ("duplicate", "version", "b", "1.0000")


def test_a_run_decides_alike(tmp_path: Path) -> None:
    file = lines(tmp_path / "x.jsonl", VERSIONS)
    chosen = RunOptions(reading=ReadOptions(prefer="date"), dedup=DedupOptions(keep="newest"))
    for _ in range(2):  # the second time it is continued
        result = run([file], tmp_path / "out", options=chosen)
        assert {e.document for e in result.entries if e.status != "duplicate"} == {"a", "b"}
        assert {e.document: (e.related, e.source) for e in result.with_status("duplicate")} == {
            "a#2": ("a", f"{file}:1"), "a#3": ("a", f"{file}:3"), "b#2": ("b", f"{file}:4"),
        }  # fmt: skip
    plain = run([file], tmp_path / "plain")
    assert [(entry.document, entry.source) for entry in plain.failed] == [
        ("a", f"{file}:2"), ("a", f"{file}:3"),
    ]  # fmt: skip
    (tmp_path / "plain/pairs.tsv").unlink()  # as a kill leaves it
    assert run([file], tmp_path / "plain").entries == plain.entries


def day(tmp_path: Path, number: int, rows: Iterable[Row], **dedup: Any) -> DedupResult:
    (tmp_path / f"day{number}").mkdir()
    file = lines(tmp_path / f"day{number}" / "rows.jsonl", rows)
    return deduplicate([file], tmp_path / f"out{number}", options(tmp_path / "x.idx", **dedup))


def test_the_same_text_next_day_is_a_duplicate(tmp_path: Path) -> None:
    """Not the remains of a run that was killed: that one had the same inputs and the same output."""
    day(tmp_path, 1, [{"id": "a", "text": article(1)}])
    for number, rows in ((2, [{"id": "a", "text": article(1)}]), (3, [{"id": "c", "text": article(1)}])):
        result = day(tmp_path, number, rows)
        assert result.summary["kept"] == result.summary["failed"] == 0
        assert kept(tmp_path / f"out{number}") == []
    assert entries(tmp_path / "out2") == {"a@2": ("duplicate", "identical (index)", "a", "1.0000")}
    assert entries(tmp_path / "out3") == {"c": ("duplicate", "identical (index)", "a", "1.0000")}


def test_the_remains_of_a_killed_run_are_forgiven(tmp_path: Path) -> None:
    rows = [{"id": "a", "text": article(1)}, {"text": article(2)}]
    day(tmp_path, 1, [{"text": article(3)}])
    day(tmp_path, 2, rows)
    first = (tmp_path / "out2/documents.tsv").read_bytes()
    shutil.rmtree(tmp_path / "out2")
    again = deduplicate([tmp_path / "day2/rows.jsonl"], tmp_path / "out2", options(tmp_path / "x.idx"))
    assert again.summary["kept"] == 2
    assert (tmp_path / "out2/documents.tsv").read_bytes() == first
    assert b"rows.jsonl:2\t" in first
    assert len(open_index(tmp_path / "x.idx")) == 3


def test_what_is_named_by_its_file_is_named_anew(tmp_path: Path) -> None:
    day(tmp_path, 1, [{"text": article(1)}])
    assert day(tmp_path, 2, [{"text": article(2)}]).summary["kept"] == 1
    assert list(entries(tmp_path / "out2")) == ["rows.jsonl:1@2"]
    assert day(tmp_path, 3, [{"text": article(2)}]).summary["identical"] == 1
    assert kept(tmp_path / "out2") == [{"text": article(2)}]


@pytest.mark.parametrize(
    ("policy", "document", "status", "reason"),
    [
        (None, "a", "failed", "its id is in the index with another text"),
        ("fail", "a", "failed", "its id is in the index with another text"),
        ("skip", "a@2", "duplicate", "version (index)"),
        ("update", "a", "kept", ""),
        ("rename", "a@2", "kept", ""),
    ],
)
def test_another_text_under_a_known_id(
    tmp_path: Path, policy: str | None, document: str, status: str, reason: str
) -> None:
    day(tmp_path, 1, [{"id": "a", "text": article(1)}])
    day(tmp_path, 2, [{"id": "a", "text": article(2)}], on_known_id=policy)
    [(name, said)] = entries(tmp_path / "out2").items()
    assert (name, said[0]) == (document, status)
    assert said[1].startswith(reason)
    # Which text the index has from now on.
    summary = day(tmp_path, 3, [{"id": "old", "text": article(1)}, {"id": "new", "text": article(2)}]).summary
    assert summary["identical"] == (2 if policy == "rename" else 1)
    assert entries(tmp_path / "out3")["old"][0] == ("kept" if policy == "update" else "duplicate")


def test_a_correction_is_not_a_duplicate_of_what_it_corrects(tmp_path: Path) -> None:
    day(tmp_path, 1, [{"id": "a", "text": article(1)}])
    day(tmp_path, 2, [{"id": "a", "text": edited(article(1), 0.01)}], on_known_id="update")
    assert entries(tmp_path / "out2") == {"a": ("kept", "", "", "")}
    assert len(open_index(tmp_path / "x.idx")) == 1


def test_a_name_that_an_earlier_document_came_with_is_not_given_again(tmp_path: Path) -> None:
    day(tmp_path, 1, [{"id": "a", "text": article(1)}, {"id": "a@2", "text": article(2)}])
    day(tmp_path, 2, [{"id": "a", "text": article(3)}], on_known_id="rename")
    assert list(entries(tmp_path / "out2")) == ["a@2.2"]

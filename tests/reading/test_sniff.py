"""What a file is where its name does not tell, and what beside the documents of a data set is no document."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from align.errors import UsageError
from align.reading import ReadOptions, read_batch
from align.reading.inputs import Selection, find_passed_over

LINES = b'{"id": "a", "text": "one"}\n{"id": "b", "text": "two"}\n'
PAGE = "<!DOCTYPE html>\n<html><body><article>" + "<p>A sentence of the article, long enough.</p>" * 9
SRT = "1\r\n00:00:01,000 --> 00:00:02,500\r\nOne.\r\n"


def rows(*paths: Path, **options: Any) -> list[dict[str, Any]]:
    return [row for batch in read_batch(paths, options=ReadOptions(**options)) for row in batch.to_pylist()]


@pytest.mark.parametrize(
    "name", ["part-00000", "part-00000.gz", "items.jl", "x.txt", "x.json.txt", "x.data", "x.md"]
)
def test_json_lines_by_their_contents(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_bytes(gzip.compress(LINES) if name.endswith(".gz") else LINES)
    assert [(row["id"], row["text"]) for row in rows(tmp_path)] == [("a", "one"), ("b", "two")]


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-8-sig"])
def test_json_lines_in_any_unicode_by_their_contents(tmp_path: Path, encoding: str) -> None:
    (tmp_path / "part-0").write_bytes(LINES.decode().encode(encoding))
    assert [row["id"] for row in rows(tmp_path)] == ["a", "b"]


@pytest.mark.parametrize(
    "text",
    [
        "{curly} braces begin this text.",
        "id,text of a line\rand another, of an old Macintosh",
        "{{Infobox\n| name = x\n}}\nText.",
        "[1] A footnote.",
        "[{]",
        "{",
        "1\n2\n3",
    ],
)
def test_texts_that_only_look_like_something_else(tmp_path: Path, text: str) -> None:
    (tmp_path / "x.txt").write_text(text)
    (row,) = rows(tmp_path)
    assert (row["text"], row["problem"], row["line"]) == (text.replace("\r", "\n"), None, None)


def test_pages_and_tables_and_subtitles_by_their_contents(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text(PAGE)
    (tmp_path / "b").write_text("id;text\nx;One.\n")
    (tmp_path / "c.txt").write_text(SRT, newline="")
    pq.write_table(pa.table({"id": ["p"], "text": ["Two."]}), tmp_path / "d.txt")
    page, table, titles, parquet = rows(tmp_path)
    assert page["text"].startswith("A sentence")
    assert "<" not in page["text"]
    assert (table["id"], table["text"]) == ("x", "One.")
    assert titles["text"] == "One."
    assert (parquet["id"], parquet["text"]) == ("p", "Two.")


def test_markup_that_is_not_read_is_named(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("<?xml version='1.0'?>\n<TEI><p>Text.</p></TEI>")
    (tmp_path / "b.rtf").write_text("{\\rtf1\\ansi Text.}")
    xml, rich = rows(tmp_path)
    assert xml["problem"] == "is XML, whose markup is no text; convert it, or add --input-format text"
    assert "rich text (RTF)" in rich["problem"]
    assert rows(tmp_path / "a.txt", format="text")[0]["problem"] is None


def test_what_only_describes_a_data_set_is_passed_over(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "part-00000").write_bytes(LINES)
    for name in ("_SUCCESS", ".part-00000.crc", "part-00000.crc"):
        (tmp_path / "data" / name).write_bytes(b"crc\0\0")
    (tmp_path / "README.md").write_text("---\nlicense: mit\nlanguage:\n- en\n---\n# A data set\n")
    (tmp_path / "dataset_infos.json").write_text('{"default": {"features": {}}}')
    assert [row["id"] for row in rows(tmp_path)] == ["a", "b"]
    passed = {item.id: item.passed_over for item in find_passed_over([tmp_path])}
    assert sorted(passed) == ["README.md", "data/_SUCCESS", "data/part-00000.crc", "dataset_infos.json"]
    assert all(passed.values())
    (named,) = rows(tmp_path / "README.md")  # what the user names is read
    assert named["text"].startswith("---")


def test_articles_with_the_names_of_descriptions(tmp_path: Path) -> None:
    (tmp_path / "README.md").write_text("---\ntitle: An article\n---\nText.\n")
    (tmp_path / "state.json").write_bytes(LINES)
    (tmp_path / "dataset_info.json").mkdir()
    (tmp_path / "dataset_infos.json").write_bytes(LINES.replace(b'"a"', b'"c"').replace(b'"b"', b'"d"'))
    assert [row["id"] for row in rows(tmp_path)] == ["README.md", "c", "d", "a", "b"]


def test_files_of_a_saved_data_set(tmp_path: Path) -> None:
    """What `save_to_disk` writes: streams of Arrow, two descriptions, and caches of what was computed."""
    folder = tmp_path / "saved" / "train"
    folder.mkdir(parents=True)
    table = pa.table({"id": [1, 2], "text": ["one", "two"]})
    with pa.ipc.new_stream(folder / "data-00000-of-00001.arrow", table.schema) as out:
        out.write_table(table)
    (folder / "cache-1f.arrow").write_bytes((folder / "data-00000-of-00001.arrow").read_bytes())
    (folder / "state.json").write_text(
        json.dumps({"_data_files": [{"filename": "data-00000-of-00001.arrow"}]}, indent=2)
    )
    (folder / "dataset_info.json").write_text(json.dumps({"features": {}}, indent=2))
    (tmp_path / "saved" / "dataset_dict.json").write_text('{"splits": ["train"]}')
    assert [(row["id"], row["text"]) for row in rows(tmp_path / "saved")] == [("1", "one"), ("2", "two")]


def test_patterns(tmp_path: Path) -> None:
    for name in ("a.txt", "raw/b.txt", "raw/c.md", "raw/deep/d.txt"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(name)

    def found(**options: Any) -> list[str]:
        return [row["text"] or row["problem"] for row in rows(tmp_path, **options)]

    assert found(include="*.txt") == ["a.txt", "raw/b.txt", "raw/deep/d.txt"]
    assert found(include=["raw/"], exclude_files=["*.md"]) == ["raw/b.txt", "raw/deep/d.txt"]
    assert found(exclude_files=["raw/*"]) == ["a.txt"]
    assert "that --include and --exclude-files leave" in found(include=["*.pdf"])[0]
    assert [row["text"] for row in rows(tmp_path / "a.txt", include=["*.md"])] == ["a.txt"]
    assert Selection(include=("*.txt",)).takes("x/y.txt")


def test_an_encoding_that_is_not_known() -> None:
    for name in ("klingon", "idna", "rot13", "hex"):
        with pytest.raises(UsageError, match="is not known; give one such as"):
            ReadOptions(encoding=name)
    assert ReadOptions(encoding="Windows-1252").encoding == "cp1252"


@pytest.mark.parametrize(
    "data",
    [LINES[:-20], b"PAR1", b"WARC/1.0\r\nWARC", b"ARROW1\0\0", b"PK\x03\x04", b"\xff\xff\xff\xff\x10\0\0\0"],
)
def test_cut_files_are_their_own_failure(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "a").write_bytes(data)
    (tmp_path / "b.txt").write_text("Text.")
    found = rows(tmp_path)
    assert any(row["problem"] for row in found[:-1])
    assert (found[-1]["text"], found[-1]["problem"]) == ("Text.", None)

"""Markdown files: what is no prose is named, and nothing is lost."""

from __future__ import annotations

from pathlib import Path

import pytest

from align.document import Document
from align.reading import read_batch, read_with_warning

TEXT = "---\ntitle: A\n---\n\n# Title\n\nText.\n\n```\ncode\n\nmore\n```\n\nEnd.\n\n~~~\nlast\n~~~\n"


@pytest.mark.parametrize("name", ["a.md", "a.MD", "a.markdown", "a.md.gz"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_code_and_front_matter_are_named_by_line(tmp_path: Path, name: str, end: str) -> None:
    import gzip

    data = TEXT.replace("\n", end).encode()
    path = tmp_path / name
    path.write_bytes(gzip.compress(data) if name.endswith(".gz") else data)
    (batch,) = read_batch(path)
    assert batch["warning"].to_pylist() == ["front matter in lines 1-3; code in lines 9-13, 17-19"]
    assert batch["text"][0].as_py() == TEXT


def test_other_text_is_not_warned_of(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text(TEXT)
    (tmp_path / "b.md").write_text("# Title\n\nText.\n")
    assert read_with_warning(tmp_path / "a.txt") == (TEXT, "")
    assert read_with_warning(tmp_path / "b.md")[1] == ""


def test_paragraphs_keep_the_lines_of_the_file() -> None:
    lines = TEXT.split("\n")
    for paragraph in Document.from_text("a", TEXT).paragraphs:
        assert paragraph.text == " ".join(lines[paragraph.start_line : paragraph.end_line + 1])

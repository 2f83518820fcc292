from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from align.alignment.bead import Bead
from align.alignment.result import bead_rows
from align.corpus.folder import CorpusFolder, file_names
from align.document import Document
from align.errors import InputError
from align.formats.beads import BeadRow, read_tsv, write_tsv


def test_rows_carry_positions_of_the_text_as_read() -> None:
    source = Document.from_text("s", "zero\none\ntwo").without({0}).paragraphs
    target = Document.from_text("t", "甲\n乙").paragraphs
    beads = [Bead((0,), (0, 1), 0.875), Bead((1,), (), 0.5)]
    assert list(bead_rows(beads, source, target)) == [
        BeadRow(0, "1-2", ("1",), ("0", "1"), 0.875, "one", "甲乙"),
        BeadRow(1, "1-0", ("2",), (), 0.5, "two", ""),
    ]


@given(
    st.lists(
        st.text(alphabet=st.characters(exclude_categories=["Cs"], exclude_characters="\r\x00")), max_size=5
    )
)
def test_the_table_gives_every_bead_back(tmp_path_factory: pytest.TempPathFactory, texts: list[str]) -> None:
    path = tmp_path_factory.mktemp("b") / "b.tsv"
    rows = [
        BeadRow(i, "1-2", ("7.2",), ("8.0", "8.1"), 0.25, text, text[::-1]) for i, text in enumerate(texts)
    ]
    assert write_tsv(path, rows) == len(rows)
    assert list(read_tsv(path)) == rows


def test_a_damaged_line_is_named(tmp_path: Path) -> None:
    path = tmp_path / "b.tsv"
    write_tsv(path, [BeadRow(0, "1-1", ("0",), ("0",), 1.0, "a", "b")])
    path.write_text(path.read_text().replace("1.0000", "high"))
    with pytest.raises(InputError, match=r"b\.tsv, line 2: not a bead"):
        list(read_tsv(path))


def test_file_names_are_safe_and_unique() -> None:
    names = file_names(
        [("a/b.txt", "c"), ("a__b.txt", "c"), ("A/B.txt", "c"), ("../../x", "y\\z"), ("界" * 90, "t")]
    )
    assert names[:4] == ["a__b.txt--c", "a__b.txt--c.2", "A__B.txt--c.3", "_.__..__x--y_z"]
    assert len(names[4].encode()) < 240


def test_a_folder_without_a_run_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="holds no run"):
        CorpusFolder(tmp_path)
    (tmp_path / "run.json").write_text(json.dumps({"format": 99}))
    with pytest.raises(InputError, match="format 99, this version reads format 1"):
        CorpusFolder(tmp_path)

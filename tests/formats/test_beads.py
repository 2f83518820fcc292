from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pandas
import pytest
from hypothesis import given
from hypothesis import strategies as st

from align.alignment.bead import Bead
from align.alignment.result import bead_rows
from align.corpus.folder import CorpusFolder, file_names
from align.document import LEVELS, Document
from align.errors import InputError
from align.formats.beads import BeadRow, read_tsv, write_tsv
from align.text.sentences import segment
from tests.run_builder import Pair, make_run


def test_rows_carry_positions_of_the_text_as_read() -> None:
    source = Document.from_text("s", "zero\none\ntwo").without({0}).paragraphs
    target = Document.from_text("t", "甲\n乙").paragraphs
    beads = [Bead((0,), (0, 1), 0.875), Bead((1,), (), 0.5)]
    assert list(bead_rows(beads, source, target)) == [
        BeadRow(0, "1-2", ("p1",), ("p0", "p1"), 0.875, "one", "甲乙"),
        BeadRow(1, "1-0", ("p2",), (), 0.5, "two", ""),
    ]


@given(
    st.lists(
        st.text(alphabet=st.characters(exclude_categories=["Cs"], exclude_characters="\r\x00")), max_size=5
    )
)
def test_the_table_gives_every_bead_back(tmp_path_factory: pytest.TempPathFactory, texts: list[str]) -> None:
    path = tmp_path_factory.mktemp("b") / "b.tsv"
    rows = [
        BeadRow(i, "1-2", ("p7s2",), ("p8s0", "p8s1"), 0.25, text, text[::-1]) for i, text in enumerate(texts)
    ]
    assert write_tsv(path, rows) == len(rows)
    assert list(read_tsv(path)) == rows


def test_positions_stay_texts_in_a_data_frame(tmp_path: Path) -> None:
    """``7.10`` would be the number 7.1 there, which names another sentence."""
    text = "One. Two. " * 6
    document = Document.from_text("d", f"{text}\n\n{text}")
    sentences = [s for p in document.paragraphs for s in segment(p, "en")]
    assert len(sentences) == 24
    for units in (document.paragraphs, sentences):
        beads = [Bead((i,), (i,) if i % 3 else (), 0.5) for i in range(len(units))]
        write_tsv(tmp_path / "b.tsv", bead_rows(beads, units, units))
        frame = pandas.read_csv(tmp_path / "b.tsv", sep="\t", keep_default_na=False)
        wanted = [unit.position for unit in units]
        assert frame["source_positions"].tolist() == wanted
        assert frame["target_positions"].tolist() == [p if i % 3 else "" for i, p in enumerate(wanted)]


def test_positions_as_earlier_versions_wrote_them(tmp_path: Path) -> None:
    rows = {
        "paragraph": BeadRow(0, "2-1", ("p0", "p1"), ("p10",), 1.0, "a", "b"),
        "sentence": BeadRow(0, "2-1", ("p0s1", "p0s10"), ("p3s2",), 1.0, "a", "b"),
    }
    run = make_run(tmp_path, {"a": ("en", "a"), "b": ("zh", "b")}, [Pair("a", "b", {})])
    earlier = {
        "paragraph": replace(rows["paragraph"], source_positions=("0", "1"), target_positions=("10",)),
        "sentence": replace(rows["sentence"], source_positions=("0.1", "0.10"), target_positions=("3.2",)),
    }
    for level in LEVELS:
        write_tsv(run.bead_file(run.pairs[0], level), [earlier[level]])
        assert list(run.beads(run.pairs[0], level)) == [rows[level]]
    assert list(read_tsv(run.bead_file(run.pairs[0], "paragraph"))) == [
        earlier["paragraph"]
    ]  # lines, for all it knows


def test_a_file_without_the_column_has_no_reordered_bead(tmp_path: Path) -> None:
    rows = [BeadRow(0, "1-1", ("p0",), ("p1",), 1.0, "a", "b", reordered=True)]
    write_tsv(tmp_path / "b.tsv", rows)
    text = (tmp_path / "b.tsv").read_text()
    assert text == (
        "bead\ttype\tsource_positions\ttarget_positions\tconfidence\tsource\ttarget\treordered\n"
        "0\t1-1\tp0\tp1\t1.0000\ta\tb\tyes\n"
    )
    assert list(read_tsv(tmp_path / "b.tsv")) == rows
    (tmp_path / "b.tsv").write_text(text.replace("\treordered", "").replace("\tyes", ""))
    assert list(read_tsv(tmp_path / "b.tsv")) == [replace(rows[0], reordered=False)]
    (tmp_path / "b.tsv").write_text(text.replace("\tyes", "\tperhaps"))
    with pytest.raises(InputError, match="line 2: not a bead"):
        list(read_tsv(tmp_path / "b.tsv"))


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

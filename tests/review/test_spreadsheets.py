"""Tables that come back from a spreadsheet: saved in its encoding, with its marks, by a person."""

from __future__ import annotations

import csv
from collections.abc import Callable
from pathlib import Path

import pytest

from align.corpus.folder import CorpusFolder
from align.errors import InputError
from align.evaluation.comparison import compare_files
from align.formats.beads import BeadRow, read_tsv, write_tsv
from align.pairing import read_given
from align.review.decisions import DECISION_COLUMNS, apply_decisions, export_decisions
from align.review.session import Review

Open = Callable[..., Review]
SAVED = [
    (encoding, delimiter)
    for encoding in ("utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be")
    for delimiter in "\t;,"
]


def save(path: Path, rows: list[list[str]], encoding: str, delimiter: str) -> None:
    """As spreadsheets do: CR LF, an empty row at the end, empty cells beyond the last column."""
    with open(path, "w", encoding=encoding, newline="") as stream:
        writer = csv.writer(stream, delimiter=delimiter, lineterminator="\r\n")
        writer.writerows([[*row, "", ""] for row in rows])
        writer.writerow([""] * (len(rows[0]) + 2))


def cells(path: Path) -> list[list[str]]:
    with open(path, encoding="utf-8", newline="") as stream:
        return list(csv.reader(stream, delimiter="\t"))


@pytest.mark.parametrize(("encoding", "delimiter"), SAVED)
def test_decisions(
    letters: CorpusFolder, open_review: Open, tmp_path: Path, encoding: str, delimiter: str
) -> None:
    export_decisions(letters, None, tmp_path / "d.tsv", every=True)
    header, *rows = cells(tmp_path / "d.tsv")
    status, mark, level = (DECISION_COLUMNS.index(name) for name in ("status", "reordered", "level"))
    for row, said in zip(rows, ("Accepted", " REJECTED ", "accepted"), strict=False):
        row[status], row[level] = said, row[level].capitalize()
    rows[0][mark] = "TRUE"
    save(tmp_path / "back.csv", [[name.title() for name in header], *rows], encoding, delimiter)
    applied = apply_decisions(open_review(letters), tmp_path / "back.csv")
    assert (applied.applied, applied.unchanged, applied.problems) == (3, len(rows) - 3, ())


@pytest.mark.parametrize(("encoding", "delimiter"), SAVED)
def test_beads_and_their_score(tmp_path: Path, encoding: str, delimiter: str) -> None:
    rows = [
        BeadRow(0, "1-1", ("p0s0",), ("p0s0",), 0.9, "One; two, three.", "一，二。", reordered=True),
        BeadRow(1, "1-0", ("p0s1",), (), 0.5, 'A "word".', ""),
    ]
    write_tsv(tmp_path / "b.tsv", rows)
    saved = cells(tmp_path / "b.tsv")
    for row in saved[1:]:
        row[4] = row[4].replace(".", ",")  # 0,9000: the comma of many countries
        row[7] = row[7].upper()
    save(tmp_path / "back.csv", saved, encoding, delimiter)
    assert list(read_tsv(tmp_path / "back.csv")) == rows
    assert compare_files(tmp_path / "b.tsv", tmp_path / "back.csv").scores.strict.f1 == 1


@pytest.mark.parametrize(("encoding", "delimiter"), SAVED)
@pytest.mark.parametrize("header", [True, False])
def test_given_pairs(tmp_path: Path, encoding: str, delimiter: str, header: bool) -> None:
    rows = [["a.txt", "b.txt"], ["notes, 1", "d"], ["ü", "文"]]
    save(tmp_path / "g.csv", [["Source", "Target"], *rows] if header else rows, encoding, delimiter)
    assert read_given(tmp_path / "g.csv") == tuple(map(tuple, rows))


@pytest.mark.parametrize(
    "content",
    [b"", b"name;grade\nAnn;1\n", "Größe;Maß\n".encode("latin-1"), b"PK\x03\x04\x14\x00\x06\x00\x08\x00" * 9],
    ids=["empty", "another table", "in the encoding of a country", "a workbook"],
)
def test_nobody_is_told_to_write_over_a_table_of_a_reviewer(
    letters: CorpusFolder, open_review: Open, tmp_path: Path, content: bytes
) -> None:
    path = tmp_path / "theirs.csv"
    path.write_bytes(content)
    readers: list[Callable[[], object]] = [
        lambda: apply_decisions(open_review(letters), path),
        lambda: list(read_tsv(path)),
        lambda: compare_files(path, path),
    ]
    for read in readers:
        with pytest.raises(InputError, match=r"theirs\.csv(?!.*overwrite)"):
            read()


def test_formulas_are_none_in_a_spreadsheet_and_come_back_as_they_were(
    letters: CorpusFolder, open_review: Open, tmp_path: Path
) -> None:
    review = open_review(letters)
    bead = review.view(0, "paragraph").beads[0]
    for name, text in (("source_edit", "=1+1"), ("comment", "'-2")):
        before = getattr(review.view(0, "paragraph").beads[0], name)
        values = {name: [before, text]}
        review.act(0, "paragraph", {"kind": "set", "id": bead.id, "values": values})
    path = tmp_path / "d.tsv"
    assert export_decisions(letters, review.store, path, spreadsheet_safe=True) == 1
    (header, row) = cells(path)
    assert header == [*DECISION_COLUMNS, "apostrophes"]
    assert (row[header.index("source_edit")], row[header.index("comment")]) == ("'=1+1", "''-2")
    assert apply_decisions(review, path).unchanged == 1

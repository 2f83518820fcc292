"""Decisions as a workbook: with choices, without formulas, and read back row by row whatever was done to it."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from xlsxwriter import Workbook

from align._internal.workbooks import LONGEST_CELL, read_workbook
from align.corpus.folder import CorpusFolder
from align.errors import InputError, OutputError, UsageError
from align.review.decisions import DECISION_COLUMNS, apply_decisions, export_decisions
from align.review.session import Review

from .builder import make_run
from .test_decisions import contents, decide

Open = Callable[..., Review]
AT = {name: at for at, name in enumerate(DECISION_COLUMNS)}


def save(path: Path, rows: list[list[str]]) -> None:
    """As a spreadsheet saves it: one sheet of its own name."""
    with Workbook(path) as book:
        sheet = book.add_worksheet("Tabelle1")
        for number, row in enumerate(rows):
            for at, text in enumerate(row):
                sheet.write_string(number, at, text)


def exported(run: CorpusFolder, path: Path, review: Review | None = None) -> list[list[str]]:
    export_decisions(run, review.store if review else None, path, every=True)
    return read_workbook(path, "decisions")


@pytest.mark.parametrize("name", ["d.ods", "d.XLS", "d.xlsm", "d.numbers"])
def test_no_text_goes_out_under_the_name_of_a_workbook(
    letters: CorpusFolder, tmp_path: Path, name: str
) -> None:
    with pytest.raises(UsageError, match=r"give it the ending \.xlsx"):
        export_decisions(letters, None, tmp_path / name, every=True)
    assert not (tmp_path / name).exists()


def test_a_workbook_offers_choices_and_holds_no_formula(
    letters: CorpusFolder, open_review: Open, tmp_path: Path
) -> None:
    review = open_review(letters)
    decide(review)
    header, *rows = exported(letters, tmp_path / "d.xlsx", review)
    assert tuple(header) == DECISION_COLUMNS
    with zipfile.ZipFile(tmp_path / "d.xlsx") as book:
        sheet = book.read("xl/worksheets/sheet1.xml").decode()
    assert "<f>" not in sheet
    assert re.search(r'type="list".*?<formula1>"open,accepted,rejected"', sheet)
    assert "yes,no" in sheet
    assert sum(row[AT["source_edit"]] == "=1+1 edited" for row in rows) == 1
    assert (tmp_path / "d.xlsx").read_bytes() == (
        exported(letters, tmp_path / "e.xlsx", review) and (tmp_path / "e.xlsx").read_bytes()
    )


def test_what_went_out_comes_back(letters: CorpusFolder, open_review: Open, tmp_path: Path) -> None:
    review = open_review(letters)
    decide(review)
    exported(letters, tmp_path / "d.xlsx", review)
    expected = contents(letters)
    assert apply_decisions(review, tmp_path / "d.xlsx").applied == 0
    review.close()
    (letters.path / "review.sqlite").unlink()
    again = apply_decisions(open_review(letters), tmp_path / "d.xlsx")
    assert again.problems == ()
    assert contents(letters) == expected


def test_rows_deleted_added_sorted_and_doubled(
    letters: CorpusFolder, open_review: Open, tmp_path: Path
) -> None:
    header, *rows = exported(letters, tmp_path / "d.xlsx")
    rows[0][AT["status"]] = "accepted"
    rows[3][AT["status"]] = " Rejected "
    same, other, unknown, wrong = (list(rows[k]) for k in (0, 0, 1, 2))
    other[AT["status"]] = "rejected"
    unknown[AT["source_positions"]] = "p99"
    wrong[AT["status"]] = "perhaps"
    saved = [header, *reversed([*rows[:4], *rows[6:]]), [""] * len(header), same, other, unknown, wrong]
    save(tmp_path / "back.xlsx", saved)
    found = apply_decisions(open_review(letters), tmp_path / "back.xlsx")
    assert found.applied == 2
    last = len(saved)
    said = [problem.partition(", row ")[2] for problem in found.problems]
    assert said[0].startswith(f"{last - 2}: says something else of the same bead than row {len(saved) - 5}")
    assert said[1].startswith(f"{last - 1}: there is no source position p99")
    assert said[2].startswith(f"{last}: status 'perhaps' is none of open, accepted, rejected")
    assert len(said) == 3


def test_a_decision_is_taken_back_in_the_sheet_it_stands_in(
    letters: CorpusFolder, open_review: Open, tmp_path: Path
) -> None:
    review = open_review(letters)
    bead = review.view(0, "paragraph").beads[0]
    review.act(0, "paragraph", {"kind": "set", "id": bead.id, "values": {"status": ["open", "accepted"]}})
    header, *rows = exported(letters, tmp_path / "d.xlsx", review)
    rows[0][AT["status"]] = "open"
    save(tmp_path / "back.xlsx", [header, *rows])
    assert apply_decisions(review, tmp_path / "back.xlsx").applied == 1
    assert review.view(0, "paragraph").beads[0].status == "open"
    # A sheet from before a decision says nothing of it.
    review.act(0, "paragraph", {"kind": "set", "id": bead.id, "values": {"status": ["open", "rejected"]}})
    assert apply_decisions(review, tmp_path / "back.xlsx").applied == 0


def test_texts_that_no_cell_holds_are_cut_and_known_again(tmp_path: Path, open_review: Open) -> None:
    run = make_run(
        tmp_path / "long", {"a": ("en", "word " * 9000), "b": ("de", "Wort " * 9000)}, sizes=((1, 1),)
    )
    header, *rows = exported(run, tmp_path / "d.xlsx")
    cell = rows[0][AT["source_text"]]
    assert len(cell) == LONGEST_CELL
    assert cell.endswith("…")
    rows[0][AT["status"]] = "accepted"
    save(tmp_path / "back.xlsx", [header, *rows])
    found = apply_decisions(open_review(run), tmp_path / "back.xlsx")
    assert (found.applied, found.problems) == (1, ())


def test_a_row_of_text_with_too_many_cells_is_left_out_alone(
    letters: CorpusFolder, open_review: Open, tmp_path: Path
) -> None:
    header, *rows = exported(letters, tmp_path / "d.xlsx")
    for row in rows[:2]:
        row[AT["status"]] = "accepted"
    lines = ["\t".join(cell.replace("\n", " ") for cell in row) for row in [header, *rows]]
    lines[1] += "\tmore"
    lines[2] = lines[2].rstrip("\t")
    (tmp_path / "d.tsv").write_text("\n".join(lines), "utf-8")
    found = apply_decisions(open_review(letters), tmp_path / "d.tsv")
    assert found.applied == 1
    assert [problem.partition("row ")[2][:9] for problem in found.problems] == ["2: 18 cel"]


def test_a_damaged_workbook_is_refused(letters: CorpusFolder, open_review: Open, tmp_path: Path) -> None:
    path = tmp_path / "d.xlsx"
    exported(letters, path)
    path.write_bytes(path.read_bytes()[:2000])
    with pytest.raises(InputError, match=r"d\.xlsx: not a workbook that can be read"):
        apply_decisions(open_review(letters), path)
    save(path, [["name", "grade"], ["Ann", "1"]])
    with pytest.raises(InputError, match="no column source, target, level"):
        apply_decisions(open_review(letters), path)


def test_more_rows_than_a_sheet_holds_are_no_half_a_file(
    letters: CorpusFolder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("align._internal.workbooks.MOST_ROWS", 3)
    with pytest.raises(OutputError, match="a sheet holds 3 rows"):
        exported(letters, tmp_path / "d.xlsx")
    assert not (tmp_path / "d.xlsx").exists()

from __future__ import annotations

import csv
import errno
import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pandas
import pytest
from hypothesis import given
from hypothesis import strategies as st

from align._internal.files import atomic, refuse_existing, told_when_unwritable
from align._internal.tables import read_table, write_table
from align.errors import OutputError

HOSTILE = [
    "tab\there",
    'quote " in the middle',
    '"quoted"',
    "line\nbreak",
    "=1+1",
    "",
    "NA",
    "\u202eright to left",
    "'",
]


def test_every_reader_sees_the_same_cells(tmp_path: Path) -> None:
    path = tmp_path / "t.tsv"
    write_table(path, ["n", "text"], enumerate(HOSTILE))
    with path.open(encoding="utf-8", newline="") as stream:
        by_csv = [row[1] for row in csv.reader(stream, delimiter="\t")][1:]
    by_pandas = pandas.read_csv(path, sep="\t", keep_default_na=False, dtype=str)["text"].tolist()
    assert by_csv == by_pandas == [row["text"] for row in read_table(path)] == HOSTILE


@given(
    st.lists(
        st.text(alphabet=st.characters(exclude_categories=["Cs"], exclude_characters="\r\x00")), min_size=1
    )
)
def test_a_table_gives_back_what_was_written(
    tmp_path_factory: pytest.TempPathFactory, cells: list[str]
) -> None:
    path = tmp_path_factory.mktemp("t") / "t.tsv"
    write_table(path, ["id", "text"], [("x", value) for value in cells])
    assert [row["text"] for row in read_table(path)] == cells


def test_a_failure_leaves_the_old_file_and_no_litter(tmp_path: Path) -> None:
    path = tmp_path / "f"
    path.write_text("old")
    with pytest.raises(ZeroDivisionError), atomic(path) as stream:
        stream.write(str(1 / 0))
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    with (
        pytest.raises(OutputError, match=r"file/out\.tsv: cannot be written"),
        atomic(tmp_path / "file" / "out.tsv"),
    ):
        pass


def test_a_full_disk_under_a_writer_of_its_own(tmp_path: Path) -> None:
    with pytest.raises(OutputError) as caught, told_when_unwritable(tmp_path):
        raise OSError(errno.ENOSPC, "Error writing bytes to file. Detail: [errno 28] No space left on device")
    assert (
        str(caught.value)
        == f"{tmp_path}: cannot be written (No space left on device); make room and run again"
    )


@pytest.mark.parametrize(
    ("number", "remedy"),
    [
        (errno.ENOSPC, "make room and run again"),
        (errno.EACCES, "check the permissions of its folder, or write elsewhere"),
        (errno.EROFS, "write elsewhere"),
        (errno.ENAMETOOLONG, "give it a shorter name"),
    ],
)
def test_the_remedy_fits_the_reason(tmp_path: Path, number: int, remedy: str) -> None:
    with pytest.raises(OutputError) as caught, atomic(tmp_path / "x"):
        raise OSError(number, os.strerror(number))
    assert str(caught.value) == f"{tmp_path / 'x'}: cannot be written ({os.strerror(number)}); {remedy}"
    assert list(tmp_path.iterdir()) == []


def test_a_cell_may_be_long(tmp_path: Path) -> None:
    path = tmp_path / "t.tsv"
    write_table(path, ["text"], [["x" * 200_000]])
    assert [len(row["text"]) for row in read_table(path)] == [200_000]


def test_a_table_in_another_encoding_is_named(tmp_path: Path) -> None:
    (tmp_path / "t.tsv").write_bytes(b"a\n\xff\n")
    with pytest.raises(OutputError, match=r"t\.tsv: not a table of this program"):
        list(read_table(tmp_path / "t.tsv"))


def test_a_pipe_is_written_to_and_not_replaced(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    refuse_existing(pipe, "-", tmp_path / "new")
    with ThreadPoolExecutor(1) as pool:
        read = pool.submit(pipe.read_text)
        write_table(pipe, ("a", "b"), [("1", "2")])
        assert read.result(5) == "a\tb\n1\t2\n"
    assert pipe.is_fifo()
    (tmp_path / "file").write_text("mine")
    for there in (tmp_path / "file", tmp_path):
        with pytest.raises(OutputError, match="exists already"):
            refuse_existing(there)

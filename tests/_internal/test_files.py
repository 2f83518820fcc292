from __future__ import annotations

import csv
import errno
import os
import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pandas
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from align._internal.files import PART, atomic, clear_parts, is_whole, refuse_existing, told_when_unwritable
from align._internal.tables import read_table, with_formula, without_formula, write_table
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


@settings(deadline=None)  # it waits for the disk
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


@given(st.text(alphabet=st.sampled_from("'=+-@＝ \t\nab1"), max_size=6))
def test_no_cell_is_a_formula_and_every_text_comes_back(text: str) -> None:
    safe = without_formula(text)
    assert isinstance(safe, str)
    assert safe == text or safe == f"'{text}"
    assert not safe.lstrip(" ").startswith(("=", "+", "-", "@", "＝", "\t", "\n"))
    assert with_formula(safe) == text


def test_a_file_for_its_owner_alone(tmp_path: Path) -> None:
    for name, private, mode in (("mine", True, 0o600), ("ours", False, 0o644)):
        with atomic(tmp_path / name, private=private) as stream:
            (part,) = tmp_path.glob(f"*{PART}")
            assert part.stat().st_mode & 0o777 == mode
            stream.write("x")
        assert (tmp_path / name).stat().st_mode & 0o777 == mode


def test_links_are_replaced_and_never_followed(tmp_path: Path) -> None:
    (tmp_path / "theirs").write_text("precious")
    for name in ("out", ".out.part"):
        (tmp_path / name).symlink_to(tmp_path / "theirs")
    with atomic(tmp_path / "out") as stream:
        stream.write("new")
    assert (tmp_path / "out").read_text() == "new"
    assert not (tmp_path / "out").is_symlink()
    assert (tmp_path / "theirs").read_text() == "precious"


def test_the_file_is_on_disk_before_its_name_and_the_name_before_the_next(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    done: list[str] = []

    def fsync(handle: int, sync: Any = os.fsync) -> None:
        done.append("folder" if stat.S_ISDIR(os.fstat(handle).st_mode) else "file")
        sync(handle)

    def replace(old: str, new: Path, rename: Any = os.replace) -> None:
        done.append("rename")
        rename(old, new)

    monkeypatch.setattr(os, "fsync", fsync)
    monkeypatch.setattr(os, "replace", replace)
    with atomic(tmp_path / "a" / "b") as stream:
        stream.write("x")
    assert done == ["folder", "file", "rename", "folder"]


def test_what_killed_processes_left_is_removed_and_nothing_else(tmp_path: Path) -> None:
    for name in (".a.tsv.x.part", "kept/.b.part", "a.part", ".b.tsv.x.part", ".a.tsv"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("half")
    clear_parts(tmp_path, ("a.tsv",))
    clear_parts(tmp_path / "kept", deep=True)
    clear_parts(tmp_path / "nowhere")
    assert sorted(path.name for path in tmp_path.iterdir()) == [".a.tsv", ".b.tsv.x.part", "a.part", "kept"]
    assert not list((tmp_path / "kept").iterdir())


def test_a_file_that_was_cut_off_is_not_whole(tmp_path: Path) -> None:
    for text, whole in (("", False), ("a\tb", False), ("a\tb\n", True)):
        (tmp_path / "t").write_text(text)
        assert is_whole(tmp_path / "t") is whole
    assert not is_whole(tmp_path / "nowhere")

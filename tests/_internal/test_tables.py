"""Tables that a person's spreadsheet has saved are read back; what is no table is said to be none."""

from __future__ import annotations

import os
import threading
from pathlib import Path

import pytest

from align._internal.tables import read_header, read_table, write_table
from align.errors import OutputError

ROWS = [{"source": "a; b", "text": 'one, two\n"three"'}, {"source": "中", "text": ""}]


@pytest.fixture
def table(tmp_path: Path) -> Path:
    path = tmp_path / "pairs.tsv"
    write_table(path, list(ROWS[0]), [list(row.values()) for row in ROWS])
    return path


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-be"])
@pytest.mark.parametrize("delimiter", ["\t", ";", ","])
@pytest.mark.parametrize("quoting", ["minimal", "all"])
def test_what_a_spreadsheet_saved_is_read_back(
    tmp_path: Path, encoding: str, delimiter: str, quoting: str
) -> None:
    import csv

    path = tmp_path / "saved.csv"
    rule = csv.QUOTE_ALL if quoting == "all" else csv.QUOTE_MINIMAL
    mark = "\ufeff" if encoding == "utf-16-be" else ""  # the other codecs write their own
    with open(path, "w", encoding=encoding, newline="") as stream:
        stream.write(mark)
        writer = csv.DictWriter(
            stream, list(ROWS[0]), delimiter=delimiter, quoting=rule, lineterminator="\r\n"
        )
        writer.writeheader()
        writer.writerows(ROWS)
    assert list(read_table(path)) == ROWS
    assert read_header(path) == ["source", "text"]


def test_a_pipe_is_read_once(table: Path, tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    feeder = threading.Thread(target=lambda: pipe.write_bytes(table.read_bytes()))
    feeder.start()
    assert list(read_table(pipe)) == ROWS
    feeder.join()


def test_an_empty_file_is_no_table_without_rows(table: Path) -> None:
    table.write_bytes(b"")
    with pytest.raises(OutputError, match="is empty; the file was altered: run with --overwrite"):
        list(read_table(table))


def test_a_column_that_is_gone_is_named(table: Path) -> None:
    with pytest.raises(OutputError, match="no column file; the file was altered"):
        list(read_table(table, ["source", "file"]))

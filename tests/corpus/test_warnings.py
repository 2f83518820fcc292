"""The warnings of pairs while a run is being made."""

from __future__ import annotations

from pathlib import Path

import pytest

from align.corpus.warnings import WarningLog
from align.errors import OutputError

HOSTILE = 'line\nfeed "quote" \x00 \udcff 界'


def test_what_was_added_is_read_back(tmp_path: Path) -> None:
    log = WarningLog(tmp_path / "log")
    assert log.read() == {}
    log.add("b", ["one", HOSTILE])
    log.add("a", ["two"])
    log.add("b", ["three"])
    assert log.read() == {"b": ("three",), "a": ("two",)}
    log.remove()
    log.remove()
    assert log.read() == {}


@pytest.mark.parametrize("cut", range(1, 14))
def test_a_line_that_was_cut_off_costs_no_other(tmp_path: Path, cut: int) -> None:
    log = WarningLog(tmp_path / "log")
    log.add("a", ["first"])
    whole = log.path.read_bytes()
    log.add("b", ["second"])
    log.path.write_bytes(log.path.read_bytes()[: len(whole) + cut])
    log.add("c", ["third"])
    found = log.read()
    assert (found["a"], found["c"]) == (("first",), ("third",))
    assert "b" not in found


def test_each_warning_is_written_once(tmp_path: Path) -> None:
    """The file grows by a line a warning: nothing that is there already is written anew."""
    log = WarningLog(tmp_path / "log")
    log.add("pair 000", ["the same"])
    inode, line = log.path.stat().st_ino, log.path.stat().st_size
    for number in range(1, 200):
        log.add(f"pair {number:03}", ["the same"])
    assert (log.path.stat().st_ino, log.path.stat().st_size) == (inode, 200 * line)


def test_a_place_that_cannot_be_written(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match="cannot be written"):
        WarningLog(tmp_path / "missing" / "log").add("a", ["first"])

"""A job that is broken off at any moment goes on to what it would have been, and leaves nothing behind."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from align._internal.files import atomic, clear_parts
from align.jobs.dedup import DedupJobOptions, deduplicate

from .commands import commands, picked
from .damage import KILLS, begun_in_child, in_child, killed_everywhere, write_inputs

pytestmark = pytest.mark.slow  # every kill is a process
NAMES = ("dedup --append", "pairs --append", "run", "run --append", "report", "export", "review")


def test_a_deduplication_killed_at_every_change_of_the_disk(tmp_path: Path) -> None:
    inputs = write_inputs(tmp_path / "in")

    def work(out: Path) -> None:
        deduplicate([str(inputs)], out, DedupJobOptions())

    done = list(killed_everywhere(work, tmp_path))
    assert len(done) > 2 * len(KILLS)
    assert [(number, wrong) for number, wrong in done if wrong] == []


@pytest.mark.parametrize("kind", ["kill", "broken disk"])
@pytest.mark.parametrize("name", NAMES)
def test_every_command_goes_on_from_where_it_was_broken_off(name: str, kind: str, tmp_path: Path) -> None:
    command = commands(tmp_path / "in")[name]
    shift = NAMES.index(name) % 3  # another place in each command; scripts/attack goes through all of them
    done = list(
        killed_everywhere(
            command.work,
            tmp_path,
            kind=kind,
            base=command.base(tmp_path),
            numbers=lambda most: picked(max(1, most // 4), min(shift, most - 1))(most),
            contents_of=command.contents,
        )
    )
    assert done
    assert [(number, wrong) for number, wrong in done if wrong] == []


@pytest.mark.parametrize("name", ["dedup --append", "pairs --append", "run", "report", "export"])
def test_two_processes_at_once(name: str, tmp_path: Path) -> None:
    command = commands(tmp_path / "in")[name]
    base = command.base(tmp_path)
    whole, out = tmp_path / "whole", tmp_path / "out"
    for folder in (whole, out) if base else ():
        assert base
        shutil.copytree(base, folder)
    assert in_child(lambda: command.work(whole)) == 0
    children = [begun_in_child(lambda: command.work(out)) for _ in range(2)]
    ended = [os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) for child in children]
    assert set(ended) <= {0, 1}
    assert 0 in ended
    assert command.contents(out) == command.contents(whole)


def test_what_another_process_is_writing_is_not_cleared_away(tmp_path: Path) -> None:
    with atomic(tmp_path / "x.tsv") as stream:
        stream.write("half")
        assert in_child(lambda: clear_parts(tmp_path)) == 0
        clear_parts(tmp_path)
        stream.write(" and half")
    assert (tmp_path / "x.tsv").read_text() == "half and half"
    (tmp_path / ".x.tsv.abc.part").write_text("half")
    clear_parts(tmp_path, ["x.tsv"])
    assert [path.name for path in tmp_path.iterdir()] == ["x.tsv"]

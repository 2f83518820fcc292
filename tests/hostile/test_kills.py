"""A job that is killed at any moment goes on to what it would have been, and leaves nothing behind."""

from __future__ import annotations

from pathlib import Path

import pytest

from align.jobs.dedup import DedupJobOptions, deduplicate

from .damage import KILLS, killed_everywhere, write_inputs

pytestmark = pytest.mark.slow  # every kill is a process


def test_a_deduplication_killed_at_every_change_of_the_disk(tmp_path: Path) -> None:
    inputs = write_inputs(tmp_path / "in")

    def work(out: Path) -> None:
        deduplicate([str(inputs)], out, DedupJobOptions())

    done = list(killed_everywhere(work, tmp_path))
    assert len(done) > 2 * len(KILLS)
    assert [(number, wrong) for number, wrong in done if wrong] == []

"""A run that goes on says byte for byte what an unbroken one says, where nothing fits anything as well."""

from __future__ import annotations

from pathlib import Path

import pytest

from align.jobs.run import RunOptions, run
from align.pairing import PairOptions

from .damage import contents

pytestmark = pytest.mark.slow


def test_gaps_stand_in_the_same_order_in_a_continued_run(seeds: Path, tmp_path: Path) -> None:
    """Two articles that are no translations of each other are nothing but gaps."""
    first, _, _, _, last = sorted(path.name for path in seeds.glob("*.txt"))
    given = ((first, last),)
    out = tmp_path / "out"
    options = RunOptions(pairing=PairOptions(given=given))
    run([seeds], out, options=options)
    whole = contents(out)
    files = sorted((out / "aligned").iterdir())
    assert len(files) == 2
    for gone in ([files[0]], [files[1]], files):
        for file in gone:
            file.unlink()
        run([seeds], out, options=options)
        assert contents(out) == whole

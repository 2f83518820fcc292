"""The committed figures on the gold sets: later changes may not lower them."""

from __future__ import annotations

import argparse
import json
import os
from pathlib import Path

import pytest

from align.alignment.options import AlignOptions
from align.evaluation.alignment import WHOLE, align_gold
from align.evaluation.gold import find_gold, read_gold
from align.evaluation.metrics import Scores, bead_set, score_beads
from align.evaluation.whole import align_whole

_COMMITTED = json.loads((Path(__file__).parents[1] / "data" / "evaluation.json").read_text(encoding="utf-8"))
_SLACK = 0.002  # another BLAS may turn a bead or two

pytestmark = pytest.mark.gold


@pytest.mark.parametrize("name", sorted(_COMMITTED))
def test_strict_f1_is_not_lowered(name: str) -> None:
    root = Path(os.environ.get("ALIGN_GOLD", ""))
    if not os.environ.get("ALIGN_GOLD"):
        pytest.skip("ALIGN_GOLD does not name the folder of the gold sets")
    folder = root / name.removeprefix(WHOLE)
    if not folder.is_dir():
        pytest.skip(f"{folder} is not there")
    options = argparse.Namespace(level=None, max_size=None, encoder="auto")
    total = Scores()
    for path in find_gold(folder):
        gold = read_gold(path, root)
        if name.startswith(WHOLE):
            total += score_beads(set(gold.beads), set(align_whole(gold, AlignOptions()).beads))
            continue
        found = align_gold(gold, options)
        total += score_beads(set(gold.beads), bead_set((b.source, b.target) for b in found.beads))
    assert total.strict.f1 >= _COMMITTED[name] - _SLACK

from __future__ import annotations

from collections import Counter
from dataclasses import fields

from align.alignment.options import AlignOptions
from align.dedup.options import DedupOptions
from align.jobs.options import RunOptions
from align.pairing.options import PairOptions


def test_no_option_of_a_run_hides_another_ones_value() -> None:
    """They are written side by side: of two with one name, a change of the first would go unnoticed."""
    decisive = [{field.name for field in fields(room)} for room in (DedupOptions, PairOptions, AlignOptions)]
    shared = {
        name for name, times in Counter(name for room in decisive for name in room).items() if times > 1
    }
    assert shared == {"keep", "encoder"}  # of pairing and alignment these decide no bytes, or are told apart
    assert "source_language" not in RunOptions().stages
    assert RunOptions(pairing=PairOptions(source_language="eng")).stages["source_language"] == "en"
    assert RunOptions(dedup=DedupOptions(keep="first")).stages["keep"] == "first"

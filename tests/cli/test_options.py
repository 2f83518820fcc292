from __future__ import annotations

from align.cli import options
from align.dedup.options import KEEP, NORMALIZE, ON_KNOWN_ID, SPARE
from align.formats.registry import FORMATS
from align.reading.options import INPUT_FORMATS


def test_the_commands_offer_what_the_rooms_know() -> None:
    assert options.INPUT_FORMATS == INPUT_FORMATS
    assert options.FORMATS == FORMATS
    assert options.KEEP == KEEP
    assert options.SPARE == SPARE
    assert options.NORMALIZE == NORMALIZE
    assert options.ON_KNOWN_ID == ON_KNOWN_ID

"""Numbers of things as people say them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def counted(number: int, thing: str) -> str:
    """A number of things: 1 pair, 2,000 pairs, 1 repeated passage, 3 runs of boilerplate."""
    head, of, rest = thing.partition(" of ")
    return f"{number:,} {head}{'' if number == 1 else 's'}{of}{rest}"


def listed(counts: Mapping[Any, int]) -> str:
    """What there is of each kind, kinds without any left out: ``30 identical, 18 near``."""
    return ", ".join(f"{number:,} {kind}" for kind, number in counts.items() if number)

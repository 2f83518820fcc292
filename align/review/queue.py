"""The doubtful beads of all pairs as one queue: where a reviewer goes next, whichever pair it is in."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Literal, NamedTuple

Order = Literal["text", "worst"]


class Doubt(NamedTuple):
    """A doubtful bead: its pair, its place in the list, and its confidence (0 where it was put together by hand)."""

    pair: int
    place: int
    score: float


def next_doubt(
    pairs: Sequence[Sequence[Doubt]], at: Doubt, order: Order, *, backwards: bool = False
) -> Doubt | None:
    """The doubtful bead behind (or before) this one, around the end; None where there is no other.

    Args:
        pairs: the doubtful beads of each pair.
        at: where the reviewer is.
        order: ``text`` goes down the text, then to the pair behind it; ``worst`` by confidence, over all pairs.
        backwards: the one before instead.
    """
    key = _KEYS[order]
    others = [doubt for found in pairs for doubt in found if doubt[:2] != at[:2]]
    here = key(at)
    ahead = [doubt for doubt in others if (key(doubt) < here if backwards else key(doubt) > here)]
    pick = max if backwards else min
    return pick(ahead or others, key=key, default=None)


def worst_first(pairs: Sequence[Sequence[Doubt]]) -> Iterator[int]:
    """The pairs by their worst doubtful bead; those without one behind them."""
    lowest = [min((doubt.score for doubt in found), default=2.0) for found in pairs]
    yield from sorted(range(len(pairs)), key=lambda pair: (lowest[pair], pair))


_KEYS: dict[str, Callable[[Doubt], tuple[float, ...]]] = {
    "text": lambda doubt: (doubt.pair, doubt.place),
    "worst": lambda doubt: (doubt.score, doubt.pair, doubt.place),
}

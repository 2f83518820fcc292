"""How many beads of a corpus fail each check, from seeing each bead once."""

from __future__ import annotations

from collections import Counter

from align.checks.checks import CHECKS, Languages, failed_checks
from align.checks.whole import TwoWays, UsualLengths, log_ratio, tells_by_length


class CheckCounter:
    """Counts the beads that fail each check. What tells only beside all others is kept: some 200 bytes a bead."""

    def __init__(self) -> None:
        self._found: Counter[str] = Counter()
        self._lengths, self._two_ways = UsualLengths(), TwoWays()
        self._ratios: list[tuple[Languages, float]] = []
        self._keys: list[tuple[bytes, bytes]] = []

    def add(self, source: str, target: str, languages: Languages) -> None:
        """A bead with two sides."""
        self._found.update(failed_checks(source, target, languages))
        self._lengths.add(source, target, languages)
        self._keys.append(self._two_ways.add(source, target, languages))
        if tells_by_length(source, target):
            self._ratios.append((languages, log_ratio(source, target)))

    def counts(self) -> dict[str, int]:
        """How many fail each check, in the order of `CHECKS`; only what some fail."""
        found = Counter(self._found)
        found["length"] = sum(self._lengths.is_unusual(ratio, languages) for languages, ratio in self._ratios)
        found["two-ways"] = sum(map(self._two_ways.is_in, self._keys))
        return {name: found[name] for name in CHECKS if found[name]}

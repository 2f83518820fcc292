"""All checks by name, and what a bead fails of them. Gaps fail none: they have nothing to compare."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field

from align.checks.marks import other_end, unpaired
from align.checks.numbers import differing_numbers
from align.checks.whole import TwoWays, UsualLengths
from align.checks.words import doubled, missing_address, untranslated
from align.errors import UsageError

Languages = tuple[str, str]
_Check = Callable[[str, str, Languages], bool]

# What each looks for, in a reviewer's words; the names go into tables and options.
CHECKS: Mapping[str, str] = {
    "numbers": "a number stands on one side only",
    "untranslated": "text is left untranslated",
    "end": "one side ends in another kind of sentence",
    "brackets": "a bracket has no partner on one side",
    "doubled": "a word stands twice on one side",
    "two-ways": "the same text is translated in another way elsewhere",
    "addresses": "a web or mail address stands on one side only",
    "length": "one side is much longer than usual",
}

_OF_TEXTS: Mapping[str, _Check] = {
    "numbers": lambda source, target, _: differing_numbers(source, target),
    "untranslated": untranslated,
    "end": other_end,
    "brackets": lambda source, target, _: unpaired(source, target),
    "doubled": doubled,
    "addresses": lambda source, target, _: missing_address(source, target),
}


def checked_names(names: Iterable[str]) -> frozenset[str]:
    """Names of checks.

    Raises:
        UsageError: there is no such check.
    """
    found = frozenset(name.strip() for name in names if name.strip())
    for name in sorted(found - CHECKS.keys()):
        raise UsageError(f"{name!r} is no check; choose of {', '.join(CHECKS)}")
    return found


def failed_checks(
    source: str, target: str, languages: Languages, *, skip: Collection[str] = ()
) -> tuple[str, ...]:
    """The checks that two texts fail by themselves; what needs all others is left to a `Checker`."""
    if not (source and target):
        return ()
    return tuple(
        name for name, check in _OF_TEXTS.items() if name not in skip and check(source, target, languages)
    )


@dataclass(slots=True)
class Checker:
    """Checks beads beside all others of a corpus: first every bead is added, then each can be asked about.

    Attributes:
        skip: names of checks that are left out.
    """

    skip: frozenset[str] = frozenset()
    lengths: UsualLengths = field(default_factory=UsualLengths)
    two_ways: TwoWays = field(default_factory=TwoWays)

    def add(self, source: str, target: str, languages: Languages) -> None:
        if source and target:
            self.lengths.add(source, target, languages)
            self.two_ways.add(source, target, languages)

    def failed(self, source: str, target: str, languages: Languages) -> tuple[str, ...]:
        """The names of the checks that a bead fails, in the order of `CHECKS`."""
        if not (source and target):
            return ()
        found = set(failed_checks(source, target, languages, skip=self.skip))
        if "length" not in self.skip and self.lengths.unusual(source, target, languages):
            found.add("length")
        if "two-ways" not in self.skip and self.two_ways.differs(source, target, languages):
            found.add("two-ways")
        return tuple(name for name in CHECKS if name in found)

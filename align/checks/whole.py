"""What a bead shows only beside all others: how long translations usually are, and what is translated in two ways."""

from __future__ import annotations

import math
import re
from array import array
from hashlib import blake2b
from statistics import median

from align.text.clean import fold_characters
from align.text.languages import base

_APART = re.compile(r"[\W_]+")
FEWEST = 15  # characters of a source that is expected to be translated in one way
_FACTOR = 2.5  # how many times longer than usual a side may be
_SHORT = 40  # characters of both sides below which lengths say nothing


def log_ratio(source: str, target: str) -> float:
    """Natural logarithm of target to source characters; a text of none counts as half a character."""
    return math.log(max(len(target), 0.5) / max(len(source), 0.5))


class UsualLengths:
    """The median ratio of lengths of each pair of languages, whichever way the documents run."""

    def __init__(self) -> None:
        self._ratios: dict[tuple[str, str], array[float]] = {}
        self._usual: dict[tuple[str, str], float] = {}

    def add(self, source: str, target: str, languages: tuple[str, str]) -> None:
        key, forward = _sorted(languages)
        ratio = log_ratio(source, target)
        self._ratios.setdefault(key, array("f")).append(ratio if forward else -ratio)
        self._usual.pop(key, None)

    def of(self, languages: tuple[str, str]) -> float:
        """The usual logarithm of the ratio; 0 where nothing is known."""
        key, forward = _sorted(languages)
        if key not in self._usual:
            found = self._ratios.get(key)
            self._usual[key] = median(found) if found else 0.0
        return self._usual[key] if forward else -self._usual[key]

    def unusual(self, source: str, target: str, languages: tuple[str, str]) -> bool:
        """Whether one side is much longer than the other is usually."""
        return tells_by_length(source, target) and self.is_unusual(log_ratio(source, target), languages)

    def is_unusual(self, ratio: float, languages: tuple[str, str]) -> bool:
        """Whether a logarithm of the ratio is far from the usual one."""
        return abs(ratio - self.of(languages)) > math.log(_FACTOR)


def tells_by_length(source: str, target: str) -> bool:
    """Whether two texts are long enough for their lengths to tell something."""
    return max(len(source), len(target)) >= _SHORT


class TwoWays:
    """Which sources are translated in two ways; 24 bytes a bead are held."""

    def __init__(self) -> None:
        self._seen: dict[bytes, bytes] = {}
        self._differ: set[bytes] = set()

    def add(self, source: str, target: str, languages: tuple[str, str]) -> tuple[bytes, bytes]:
        """Takes a bead in; what it returns is what `is_in` is asked with later."""
        keys = self._keys(source, target, languages)
        for one, key, said in zip((source, target), keys, keys[::-1], strict=True):
            if len(one) >= FEWEST and self._seen.setdefault(key, said) != said:
                self._differ.add(key)
        return keys

    def differs(self, source: str, target: str, languages: tuple[str, str]) -> bool:
        """Whether the source has another translation elsewhere, or the target another source."""
        return bool(self._differ) and self.is_in(self._keys(source, target, languages))

    def is_in(self, keys: tuple[bytes, bytes]) -> bool:
        """The same of a bead that was taken in, by what `add` returned."""
        return not self._differ.isdisjoint(keys)

    @staticmethod
    def _keys(source: str, target: str, languages: tuple[str, str]) -> tuple[bytes, bytes]:
        """What each side is told by: letters and digits, in any case, and the languages that it goes from and to."""
        one, other = languages
        return _digest(source, f"{one}|{other}"), _digest(target, f"{other}|{one}")


def _digest(text: str, way: str) -> bytes:
    said = _APART.sub("", fold_characters(text))
    return blake2b(f"{way}\n{said or text}".encode("utf-8", "replace"), digest_size=12).digest()


def _sorted(languages: tuple[str, str]) -> tuple[tuple[str, str], bool]:
    """The two languages, regions aside, in alphabetical order, and whether that is the order they came in."""
    one, other = (base(tag) or tag for tag in languages)
    return ((one, other), True) if one <= other else ((other, one), False)

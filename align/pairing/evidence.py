"""What two versions of an article share besides its meaning: numbers, names, images; and what their ids have in common.

All of it is evidence where it is there, none of it is required: the text decides.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from zlib import crc32

import numpy as np

from align._internal.arrays import Floats, Ints, UInts32
from align.text.languages import names_of

# Images and files by their name; numbers; names and words in Latin letters that a translation would keep.
# Each begins where a token begins and has a longest length, so that no text takes more than linear time.
_KEY = re.compile(
    r"(?<![A-Za-z0-9_%+-])(?P<file>[A-Za-z0-9_%+-]{1,100}\.(?i:jpe?g|png|gif|webp|svg|mp4|pdf)\b)"
    r"|(?P<number>\d+(?:[.,:٫٬]\d+)*)"
    r"|(?<![A-Za-z0-9])(?P<name>[A-Z][A-Za-z0-9]*(?:[-'’][A-Za-z0-9]+)*|[a-z]{1,40}[A-Z0-9][A-Za-z0-9]*)"
)
_SEPARATORS = re.compile(r"[.,:٫٬]")
_MOST = 200_000  # characters of a document that are searched
_NUMBERS = 3  # numbers on either side from which it is odd that most of them differ
_PRIOR = 20.0  # weight of "nothing is known" when few keys are there: about four rare ones

_WORD = re.compile(r"[^\W_]+")
_REGION = re.compile(r"[-_][a-z]{2}(?![^\W_])")


def keys_of(texts: Sequence[str]) -> UInts32:
    """The distinct numbers, Latin names and file names of a document, as sorted hashes."""
    found = {_key(match) for match in _matches(texts)}
    hashes = {crc32(key.encode("utf-8", "replace")) for key in found if len(key) > 1}
    return np.array(sorted(hashes), np.uint32)


def _matches(texts: Sequence[str]) -> Iterator[re.Match[str]]:
    return _KEY.finditer(unicodedata.normalize("NFKC", "\n".join(texts)[:_MOST]))


def _key(match: re.Match[str]) -> str:
    if match.lastgroup == "number":
        return _digits(_SEPARATORS.sub("", match.group())).lstrip("0")
    return match.group().casefold()


def _digits(text: str) -> str:
    """The digits of any script as those of ASCII."""
    return text if text.isascii() else "".join(str(unicodedata.decimal(digit)) for digit in text)


def numbers_of(texts: Sequence[str]) -> frozenset[str]:
    """The distinct numbers of at least two digits: smaller ones are often written in words."""
    found = {_key(match) for match in _matches(texts) if match.lastgroup == "number"}
    return frozenset(number for number in found if len(number) > 1)


def numbers_differ(source: Sequence[str], target: Sequence[str]) -> str:
    """A warning where most numbers of either text are not in the other, else "".

    Two forms filled in differently (a notice, a report on the weather) differ from translations in nothing else.
    """
    numbers = numbers_of(source), numbers_of(target)
    least, both = min(map(len, numbers)), len(numbers[0] & numbers[1])
    return f"only {both} of {least} numbers agree" if least >= _NUMBERS and 2 * both < least else ""


def name_keys(id: str, about: str, language: str | None) -> tuple[str, ...]:
    """The keys of all that names a document: its id and its address."""
    names = [id, *(line for line in about.split("\n") if "://" in line)]
    return tuple(sorted({key for name in names if (key := name_key(name, language))}))


class Rarity:
    """How distinctive each key is: by the number of documents of the batch that have it."""

    def __init__(self, weight: Callable[[UInts32], Floats]) -> None:
        self.weight = weight

    @classmethod
    def among(cls, documents: Sequence[UInts32]) -> Rarity:
        """Among the keys of these documents, those of each sorted and distinct."""
        everything = np.concatenate([*documents, np.zeros(0, np.uint32)])
        keys, counts = np.unique(everything, return_counts=True)
        weights = np.log((len(documents) + 1) / counts)
        return cls(lambda some: weights[np.searchsorted(keys, some)])

    @classmethod
    def counted(cls, counts: Callable[[UInts32], Ints], documents: int) -> Rarity:
        """The same where it is known how many, of so many documents, have each of some keys."""
        return cls(lambda some: np.log((documents + 1) / counts(some)))

    def shared(self, source: UInts32, target: UInts32) -> float:
        """Share of the rarer-weighted keys of the side with less of them that the other side has too, 0 to 1."""
        both = np.intersect1d(source, target, assume_unique=True)
        if not len(both):  # as of most pairs
            return 0.0
        least = min(self.weight(source).sum(), self.weight(target).sum())
        return float(self.weight(both).sum() / (least + _PRIOR))


def name_key(id: str, language: str | None) -> str | None:
    """The id without the part that names its language: equal for ``a/12.en.txt`` and ``a/12.zh.txt``.

    None where no part of the id names the document's own language.
    """
    if not language:
        return None
    names = names_of(language)
    id = id.casefold()
    hits = [word for word in _WORD.finditer(id) if word.group() in names]
    if not hits:
        return None
    start, end = hits[-1].span()
    for word in hits[-2::-1]:  # zh-CN and zh_Hant name their language twice
        if word.end() + 1 == start and id[word.end()] in "-_":
            start = word.start()
    region = _REGION.match(id, end)
    return id[:start] + "*" + id[region.end() if region else end :]

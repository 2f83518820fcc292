"""Numbers that one side has and the other has not, whatever their digits and separators."""

from __future__ import annotations

import re
from collections.abc import Iterator

from align.text.numerals import ascii_digits, numbers_in

_SPACES = " \u00a0\u2009\u202f"
# Written in digits, of any script; what is written in words on the other side is not found there.
_WRITTEN = re.compile(
    rf"(?<![\w.,])\d{{1,3}}(?:[{_SPACES}]\d{{3}})+(?![\d.,]?\d)|(?<![^\W\d_])\d+(?:[.,:\u066b\u066c'\u2019]\d+)*"
)
_DIGIT = re.compile(r"\d")
_SMALL = 12  # up to here numbers are words as often as digits, and clock times of another day half
_LONGEST = 16  # digits of a number that is looked for in parts
_SCALED = re.compile(
    r"[万萬亿億兆千百]|\b(?:thousand|million|billion|trillion|tausend|million\w*|milliard\w*|milliard|mille|mil|miljard\w*|"
    r"juta|ribu|miliar|triliun|lakh|crore|elfu|laki|triệu|tỷ|nghìn|ngàn|тыс|млн|млрд|тысяч\w*|миллион\w*|миллиард\w*|"
    r"хиляд\w*|милион\w*|милиард\w*|mii|mil\w*|milioane|miliarde|þúsund|milljón\w*|milljarð\w*)\b|हज़ार|हजार|लाख|करोड़|"
    r"هزار|میلیون|میلیارد|ألف|مليون|مليار",
    re.IGNORECASE,
)


def differing_numbers(source: str, target: str) -> bool:
    """Whether a number above twelve stands in digits on one side and nowhere on the other."""
    if not (_DIGIT.search(source) or _DIGIT.search(target)):
        return False
    left, right = set(_written(source)), set(_written(target))
    return left != right and (_missing(left, source, target) or _missing(right, target, source))


def _missing(wanted: set[str], one: str, other: str) -> bool:
    """Whether the text `other` lacks one of the numbers of `one`."""
    if not wanted:
        return False
    found = set(numbers_in(other)) | {digits for digits, _ in _pieces(other)}
    left = wanted - found
    if left and (_SCALED.search(one) or _SCALED.search(other)):
        # 1.2 billion is 12 followed by 亿.
        bare = {number.rstrip("0") for number in found}
        left = {number for number in left if number.rstrip("0") not in bare}
    return any(not _made_of(number, found) for number in left)


def _written(text: str) -> Iterator[str]:
    """The numbers of a text that are written in digits and above twelve, without separators."""
    for match in _WRITTEN.finditer(text):
        number = ascii_digits(match[0]).lstrip("0")
        if len(number) > 2 or (number and int(number) > _SMALL):
            yield number


def _pieces(text: str) -> Iterator[tuple[str, int]]:
    """Every unbroken run of digits, without leading zeros."""
    for match in re.finditer(r"\d+", text):
        yield ascii_digits(match[0]).lstrip("0"), match.start()


def _made_of(number: str, found: set[str]) -> bool:
    """Whether the digits are those of several numbers one behind the other: 12.5 and 12 … 5, 7.05 and 7 … 5."""
    if not number or len(number) > _LONGEST:
        return not number
    rest = (number[len(part) :] for part in found if part and number.startswith(part))
    return any(_made_of(left[1:] if left[:1] == "0" and left[1:] else left, found) for left in rest)

"""The numbers of a text in the digits of any script, in one form, so that those of two languages can be compared.

Separators say nothing (``1.000,5`` and ``1,000.5`` are the same number in two languages), nor do leading zeros. Roman
numerals count from two letters on: ``I`` and ``V`` are words and initials far more often.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

_SPACES = " \u00a0\u2009\u202f"
_DIGITS = re.compile(rf"(?<!\d)\d{{1,3}}(?:[{_SPACES}]\d{{3}})+(?!\d)|\d+(?:[.,:\u066b\u066c'\u2019]\d+)*")
_HAN = "〇零一二三四五六七八九两兩十百千万萬亿億兆壹贰貳叁參肆伍陆陸柒捌玖拾佰仟"
_HAN_NUMBER = re.compile(
    rf"[{_HAN}]{{2,}}|\d+(?:[.,]\d+)?[万萬亿億兆][{_HAN}\d]*|[{_HAN}](?=[年月日号號時时歳岁])"
)
_ETHIOPIC = re.compile(r"[\u1369-\u137c]+")
_VULGAR = re.compile(r"[\u00bc-\u00be\u2150-\u215e]")
_ROMAN = re.compile(r"\b[IVX]{2,6}\b")
_ROMAN_FORM = re.compile(r"X{0,3}(?:IX|IV|V?I{0,3})")
_ROMAN_VALUE = {"I": 1, "V": 5, "X": 10}
_UNIT = {"十": 10, "拾": 10, "百": 100, "佰": 100, "千": 1_000, "仟": 1_000}
_MYRIAD = {"万": 10**4, "萬": 10**4, "亿": 10**8, "億": 10**8, "兆": 10**12}
_DIGIT_OF = dict(zip("〇零一二三四五六七八九两兩壹贰貳叁參肆伍陆陸柒捌玖", (
    0, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 2, 2, 1, 2, 2, 3, 3, 4, 5, 6, 6, 7, 8, 9), strict=True))  # fmt: skip


def numbers_in(text: str) -> list[str]:
    """The numbers of a text in ASCII digits, without separators and leading zeros, kind by kind; 0 alone is none."""
    found = [*_ethiopic(text), *_fractions(text), *_roman(text)]
    rest = text
    if any(character in text for character in _HAN):
        for match in _HAN_NUMBER.finditer(text):
            value = han_value(match[0])
            if value:
                found.append(str(value))
        rest = _HAN_NUMBER.sub(" ", text)
    found += [ascii_digits(number) for number in _DIGITS.findall(rest)]
    return [number for number in (one.lstrip("0") for one in found) if number]


def ascii_digits(number: str) -> str:
    """The decimal digits of a string, of whatever script, as ASCII; all else is left out."""
    if number.isascii() and number.isdigit():
        return number
    return "".join(str(unicodedata.decimal(c)) for c in number if c.isdecimal())


def han_value(number: str) -> int:
    """The value of a Chinese numeral: positional (二〇〇八), multiplicative (三百五十) or mixed with digits (3万).

    Ceiling numbers of text that are none (万一) give some value, too; 0 where nothing is said.
    """
    if not any(c in _UNIT or c in _MYRIAD for c in number):
        return int("".join(str(_DIGIT_OF[c]) for c in number if c in _DIGIT_OF) or 0)
    total = part = 0
    digits: float = 0
    at = 0
    while at < len(number):
        match = _DIGITS.match(number, at)
        if match:
            digits = _western(match[0])
            at = match.end()
            continue
        character = number[at]
        at += 1
        if character in _MYRIAD:
            total += round((part + digits or 1) * _MYRIAD[character])
            part, digits = 0, 0
        elif character in _UNIT:
            part += round((digits or 1) * _UNIT[character])
            digits = 0
        else:
            digits = 10 * digits + _DIGIT_OF.get(character, 0)
    return total + part + round(digits)


def _western(number: str) -> float:
    whole, point, rest = number.rpartition(".")
    if point and len(rest) != 3:
        return float(f"{ascii_digits(whole) or 0}.{ascii_digits(rest)}")
    return float(ascii_digits(number))


def _ethiopic(text: str) -> Iterator[str]:
    """፳፻፰ is 2008: what stands before a hundred or a myriad multiplies it."""
    for match in _ETHIOPIC.finditer(text):
        total = part = 0
        for character in match[0]:
            value = int(unicodedata.numeric(character))
            if value < 100:
                part += value
            else:
                total += max(part, 1) * value if value == 100 else (max(total + part, 1)) * value - total
                part = 0
        yield str(total + part)


def _fractions(text: str) -> Iterator[str]:
    for match in _VULGAR.finditer(text):
        yield unicodedata.normalize("NFKC", match[0]).replace("\u2044", "/")


def _roman(text: str) -> Iterator[str]:
    for match in _ROMAN.finditer(text):
        if _ROMAN_FORM.fullmatch(match[0]):
            values = [_ROMAN_VALUE[c] for c in match[0]]
            signed = (-v if v < after else v for v, after in zip(values, [*values[1:], 0], strict=True))
            yield str(sum(signed))

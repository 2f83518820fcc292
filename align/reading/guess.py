"""In which encoding bytes are that are no Unicode: the one in which they come to what people write.

Each candidate is decoded and judged by its letters: whether they belong to the alphabet of the language that the text
is found to be in, whether words change their script or go from small letters to capitals in the middle, whether
ideographs are among the common ones. Statistics of bytes, as browsers use them, need more text than a headline has.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib import resources

from align.errors import InputError
from align.text.detection import likely_languages
from align.text.languages import base

# The first of two that read the same is taken.
CANDIDATES = (
    "cp1252", "gb18030", "cp1251", "cp932", "big5hkscs", "cp949", "cp1250", "cp1254", "cp1256", "cp1253", "cp1255",
    "cp1257", "cp874", "koi8_r", "koi8_u", "euc_jp", "iso8859_2", "iso8859_15", "iso8859_5", "iso8859_7", "iso8859_6",
    "iso8859_8", "iso8859_9", "iso8859_13", "iso8859_16", "cp850", "cp852", "cp866", "cp437", "cp857", "cp775", "cp737",
    "cp862", "mac_roman", "mac_cyrillic", "mac_latin2", "mac_turkish", "mac_greek", "johab", "cp1258",
)  # fmt: skip
TWO_BYTES = frozenset(("gb18030", "cp932", "big5hkscs", "cp949", "euc_jp", "johab"))
_RARE = frozenset(
    ("cp437", "cp857", "cp775", "cp737", "cp862", "mac_latin2", "mac_turkish", "mac_greek", "johab", "cp1258", "cp852",
     "iso8859_16", "mac_cyrillic", "koi8_u", "cp850", "mac_roman", "iso8859_15", "iso8859_13")
)  # fmt: skip
_SAMPLE = 1_200  # bytes that are judged, those around what is beyond ASCII
_MARKS = frozenset("“”„‘’‚«»‹›–—…·•¿¡§°ªº\u00a0、。，：；！？「」『』（）《》〈〉【】・ー～％；،؛؟")
_OPENING = frozenset("‚„¿¡")
_LEAST = 0.7  # the score of a text; what noise comes to is less
_HOLES = 0.02  # of the bytes beyond ASCII: with more of them it is not this encoding


@dataclass(frozen=True, slots=True)
class Guess:
    """An encoding, and how sure it is: 1 where everything fits."""

    encoding: str
    score: float


def guess_encoding(data: bytes, language: str | None = None) -> Guess:
    """The likeliest encoding of bytes that are no UTF-8; a `language` that is known helps.

    Raises:
        InputError: they are text in no known encoding.
    """
    sample, language = _sample(data), base(language)
    found = [
        Guess(encoding, score - 0.001 * place)
        for place, encoding in enumerate(CANDIDATES)
        if (score := _score(sample, encoding, language)) is not None
    ]
    best = max(found, key=lambda guess: guess.score, default=None)
    if best is None or best.score < _LEAST:
        raise InputError("is text in no known encoding; name it with --encoding, or convert it to UTF-8")
    return best


def _sample(data: bytes) -> bytes:
    """The first lines that hold something beyond ASCII, some hundred bytes of them."""
    lines, size = [], 0
    for line in re.split(rb"[\r\n]+", data[: 1 << 20]):
        if not line.isascii():
            lines.append(line if len(line) <= _SAMPLE else _cut(line))
            size += len(lines[-1])
            if size >= _SAMPLE:
                break
    return b"\n".join(lines)


def _cut(line: bytes) -> bytes:
    """A part of a long line from before its first byte beyond ASCII, which ends before an ASCII one if it can."""
    first = next((at for at, byte in enumerate(line) if byte > 0x7F), 0)
    start = max(0, first - 40)
    end = next(
        (at for at in range(start + _SAMPLE, min(len(line), start + 2 * _SAMPLE)) if line[at] < 0x30),
        start + _SAMPLE,
    )
    return line[start:end]


def _score(data: bytes, encoding: str, language: str | None) -> float | None:
    """How much the bytes are text in this encoding, at most about 2; None where they are not."""
    text = data.decode(encoding, "replace")
    high = sum(byte > 0x7F for byte in data)
    holes = text.count("\ufffd")
    if holes > max(1, _HOLES * high):
        return None
    text = unicodedata.normalize("NFC", text)
    value = _value(text, encoding) - 3 * holes / max(high, 1)
    if value < -0.5:
        return None
    fit = _fit(text, encoding, language)
    return value + fit - (min(0.05, 0.6 / max(high, 1)) if encoding in _RARE else 0.0)


def _value(text: str, encoding: str) -> float:
    """What the characters beyond ASCII speak for the text, on average of their bytes: 1 where all of them fit."""
    total, size, before = 0.0, 0, " "
    two_bytes = encoding in TWO_BYTES
    for at, sign in enumerate(text):
        if sign > "\x7f":
            weight = _weight(sign, before, text[at + 1 : at + 2] or " ", encoding)
            width = 2 if two_bytes and ord(sign) > 0xFF else 1
            total += weight * width
            size += width
        elif before > "\x7f" and sign.isupper() and before.islower():
            total -= 1
        before = sign
    return total / max(size, 1)


def _weight(sign: str, before: str, after: str, encoding: str) -> float:
    kind = unicodedata.category(sign)
    inside = before.isalpha() and after.isalpha()
    if sign in _MARKS:
        return (
            -1.0 if (sign in _OPENING and before.isalpha()) or (inside and sign not in "’·•–—\u00a0") else 0.9
        )
    if kind in ("Cc", "Cn", "Co", "Cs", "Cf"):
        return 0.5 if sign in "\u200c\u200d\u200e\u200f" else -4.0
    if not kind.startswith("L") and kind not in ("Mn", "Mc"):
        return -2.0 if inside else -0.7 if before.isalpha() or after.isalpha() else 0.2
    block = _block(sign)
    if block == "cjk":
        latin = sum(c.isascii() and c.isalpha() for c in (before, after))
        return _common(sign, encoding) - (0.0, 0.4, 1.5)[latin]
    if block == "thai":
        return _thai(sign, before)
    mixed = any(c.isalpha() and _block(c) not in (block, "cjk") for c in (before, after))
    capital = sign.isupper() and before.isalpha()
    return 1.0 - (2.0 if mixed else 0.0) - ((2.0 if before.islower() else 0.4) if capital else 0.0)


_RARE_THAI = frozenset("ฃฅฆฌฎฏฐฑฒฬฤฦๅ๎๏๐๑๒๓๔๕๖๗๘๙๚๛ฺ")


def _thai(sign: str, before: str) -> float:
    """Thai has one alphabet and no capitals: what tells is that marks stand on letters, and which letters are rare."""
    stray = unicodedata.category(sign) == "Mn" and _block(before) != "thai"
    return -1.0 if stray or sign in _RARE_THAI else 1.0


@lru_cache(maxsize=8192)
def _block(sign: str) -> str:
    """The script of a letter, roughly."""
    code = ord(sign)
    if code < 0x370 or 0x1E00 <= code < 0x1F00:
        return "latin"
    for name, start, end in _BLOCKS:
        if start <= code < end:
            return name
    return "cjk" if code >= 0x1100 else "other"


_BLOCKS = (
    ("greek", 0x370, 0x400), ("cyrillic", 0x400, 0x530), ("hebrew", 0x590, 0x600), ("arabic", 0x600, 0x780),
    ("thai", 0xE00, 0xE80), ("greek", 0x1F00, 0x2000), ("hebrew", 0xFB1D, 0xFB50), ("arabic", 0xFB50, 0xFE00),
)  # fmt: skip


# Of each encoding of ideographs the standards in whose first level the common ones are, and where that ends.
_FIRST_LEVELS = {
    "gb18030": (("gb2312", 0xB0, 0xD7), ("big5", 0xA4, 0xC6)),
    "big5hkscs": (("big5", 0xA4, 0xC6),),
    "cp932": (("euc_jp", 0xB0, 0xCF),),
    "euc_jp": (("euc_jp", 0xB0, 0xCF),),
}


@lru_cache(maxsize=65_536)
def _common(sign: str, encoding: str) -> float:
    """1 for what is common in texts of this encoding, less for rarer signs."""
    code = ord(sign)
    if 0x3041 <= code <= 0x30FE:
        return 1.0
    if 0xFF61 <= code <= 0xFF9F:
        return -0.7
    if 0xAC00 <= code <= 0xD7A3:
        return 1.0 if _first_byte(sign, "euc_kr") else -0.7
    levels = _FIRST_LEVELS.get(encoding, ())
    if 0x4E00 <= code < 0xA000 and any(low <= _first_byte(sign, name) <= high for name, low, high in levels):
        return 1.0
    return -0.5


def _first_byte(sign: str, standard: str) -> int:
    try:
        data = sign.encode(standard)
    except UnicodeEncodeError:
        return 0
    return data[0] if len(data) == 2 else 0


def _fit(text: str, encoding: str, language: str | None) -> float:
    """How much of what is beyond ASCII belongs to one language: its letters, and above all its common ones."""
    letters = [sign for sign in text.lower() if sign > "\x7f" and (sign.isalpha() or _block(sign) == "thai")]
    if not letters:
        return 0.6
    # A text in another script than Latin is written in it, but for some words.
    of_all = min(1.0, 2.5 * len(letters) / sum(map(str.isalpha, text)))
    if encoding in TWO_BYTES:
        return of_all * _fit_of_ideographs(letters, encoding)
    block = Counter(map(_block, letters)).most_common(1)[0][0]
    if block == "latin":
        likely = {language: 1.0} if language else likely_languages(text)
        return sum(
            score * _share(letters, _alphabets()[code])
            for code, score in likely.items()
            if code in _alphabets()
        )
    wanted = [code for code in _OF_BLOCK.get(block, ()) if language in (None, code)]
    fits = (
        _share(letters, _alphabets()[code]) * min(1.15, 1.6 * _share(letters, _common_letters()[code]))
        for code in wanted
    )
    return of_all * max(fits, default=0.0)


_OF_BLOCK = {
    "cyrillic": ("ru", "uk", "be", "bg", "sr", "mk"),
    "greek": ("el",),
    "hebrew": ("he", "yi"),
    "arabic": ("ar", "fa", "ur"),
    "thai": ("th",),
}


def _fit_of_ideographs(letters: list[str], encoding: str) -> float:
    kana, hangul = (
        sum(a <= sign <= b for sign in letters) / len(letters) for a, b in ("\u3041\u30fe", "\uac00\ud7a3")
    )
    if encoding in ("cp949", "johab"):
        return hangul * min(1.0, 0.5 + 3 * _share(letters, _common_letters()["ko"]))
    if encoding in ("cp932", "euc_jp"):
        return min(1.0, 3 * kana)
    return max(0.0, 1.0 - 3 * kana - 2 * hangul) * min(
        1.0, 0.7 + 3 * _share(letters, _common_letters()["zh"])
    )


def _share(letters: list[str], wanted: frozenset[str]) -> float:
    return sum(sign in wanted for sign in letters) / len(letters)


@cache
def _alphabets() -> dict[str, frozenset[str]]:
    """By language the letters beyond ASCII."""
    return {language: frozenset(letters) for language, letters, _ in _rows()}


@cache
def _common_letters() -> dict[str, frozenset[str]]:
    """By language, of those in other scripts than Latin, the letters that make most of a text."""
    return {language: frozenset(common) for language, _, common in _rows()}


def _rows() -> list[list[str]]:
    lines = resources.files("align.reading").joinpath("alphabets.tsv").read_text("utf-8").splitlines()[1:]
    return [line.split("\t") for line in lines]

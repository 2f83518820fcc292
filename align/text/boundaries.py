"""Where a sentence may end besides where the library says so: rules by script, not by language.

Each rule names places between two characters; whether a full stop belongs to an abbreviation is asked afterwards.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache

from align.text.abbreviations import INVISIBLE, Abbreviations

_UPPER = "A-ZÀ-ÖØ-Þ\u0391-\u03a9\u0400-\u042f\u0531-\u0556"
_LOWER = rf"[^\W\d_{_UPPER}]"
_CLOSE = "”’\"'»›“)\\]）】」』"
_OPEN = "“‘\"'«‹„‚(\\[（【「『¿¡"
# Letters and marks of scripts without capitals, from Hebrew to Khmer, and Hangul.
_CASELESS = (
    "\u05d0-\u065f\u066e-\u06ef\u06fa-\u0963\u0970-\u09e5\u09f0-\u1049\u1050-\u109f\u1200-\u135a"
    "\u1780-\u17dd\uac00-\ud7a3"
)
# Not behind a short word with a capital: "Tab. 4. Next" is about a table.
_NO_SHORT_WORD = "".join(rf"(?<!\b[{_UPPER}]{_LOWER * n}\.)" for n in (1, 2, 3))
# Marks that end a sentence wherever they stand: danda, the Arabic question mark and full stop, those of Ethiopic,
# Armenian, Burmese and Khmer.
_FINAL = "।॥؟۔።፧፨։။។៕"

_NUMBER = r"(?:\d{1,3}(?:\.\d{1,3})*[.)]|\d{1,3}(?:\.\d{1,3})+|\([a-z0-9]{1,3}\))"  # of a clause or an item

# Every rule is about a mark that was just passed.
_RULES = re.compile(
    rf"[.!?;…|།。！？｡:：{_FINAL}](?:"
    # a mark that ends a sentence, with or without a space behind it
    rf"(?<=[{_FINAL}])(?:[{_FINAL}!?”’'»›“)\]）】」』]|\"(?![^\W_]))*(?=[\s{INVISIBLE}]*[{_OPEN}]?[^\W_])"
    # a vertical bar for a danda; the mark of Tibetan, which comes in twos
    r"|(?<=[\u0900-\u0dff] \|)(?=\s)"
    r"|(?<=།)།*(?=[\s༄-༒]*[\u0f40-\u0fbc])"
    # a full stop of an unspaced script and then a letter
    r"|(?<=[。!?！？｡])(?=[^\W_])"
    # a full stop and then a capital without a space, frequent in machine-translated text ("end.Next"); two
    # lower-case letters must come before and one after, so that "U.S.A" and "v2.Final" stay whole
    rf"|(?<={_LOWER}{_LOWER}[.!?;])(?=[{_UPPER}]{_LOWER})"
    # the same in scripts without capitals
    rf"|(?<=[{_CASELESS}][{_CASELESS}][.!?])(?=[{_CASELESS}]{{2}}(?![{_CASELESS}]?\.))"
    # the same after closing quotes or brackets, with or without a space
    rf"|(?<=[.!?])[”’\"»)\]]{{1,3}}(?=\s*[“‘\"«]?[{_UPPER}](?!\.))"
    # a sentence inside a quotation, of which the library parts none
    rf"|(?:(?<={_LOWER}{_LOWER}[.…])|(?<=[!?]))[.…!?]*(?=\s+[“‘\"']?[{_UPPER}](?:{_LOWER}|['’\s]))"
    # the number of a footnote behind the full stop
    rf"|(?<={_LOWER}{_LOWER}\.)\d{{1,3}}(?=\s+[{_UPPER}]{_LOWER})"
    rf"|(?<=[.!?]){_NO_SHORT_WORD}(?=\s+{_NUMBER}\s+[“‘\"«]?[{_UPPER}])"
    # before the first item of a list
    rf"|(?<=:)(?=\s+(?:1[.)]|\(1\)|\(?a\))\s+[{_UPPER}])"
    r"|(?<=[:：])(?=\s*(?:1[.、．)）](?!\d)|[（(][1一][)）]|一、|①)[^。；;]*。)"
    r")"
)
_BRACKETS = re.compile(r"\([^()]{2,300}\)|\[[^\[\]]{2,300}\]")

_THAI = re.compile(r"[\u0e00-\u0eff]{12}")
_THAI_SPACE = re.compile(r"(?<=[\u0e00-\u0eff])[ \u200b]+(?=[\u0e01-\u0e45\u0e81-\u0ec4])")
_THAI_SHORTEST = 12  # characters on both sides of a space that parts sentences
_THAI_CONTINUES = (
    "ที่", "ซึ่ง", "และ", "หรือ", "แต่", "เพราะ", "โดย", "เพื่อ", "ว่า", "จึง", "ก็", "ตลอดจน", "รวมทั้ง",
    "ແລະ", "ຫຼື", "ແຕ່", "ທີ່", "ເພາະ",
)  # fmt: skip

# Invisible characters behind a mark hide the space from the library.
_HIDDEN = re.compile(rf"[{INVISIBLE}]+")
_MARK = re.compile(rf"[.!?…{_FINAL}。！？{_CLOSE}]")


def visible(text: str) -> str:
    """The text, as long as it was, with spaces for what is invisible behind a mark."""
    return text if text.isascii() else _HIDDEN.sub(_shown, text)


def _shown(match: re.Match[str]) -> str:
    behind_mark = _MARK.match(match.string, match.start() - 1) if match.start() else None
    return " " * len(match.group()) if behind_mark else match.group()


def further_boundaries(text: str, known: Abbreviations) -> Iterator[int]:
    """Ends of sentences that the library leaves out; not inside brackets, unless the mark leaves no doubt."""
    brackets = [match.span() for match in _BRACKETS.finditer(text)]
    for match in _RULES.finditer(text):
        end = match.end()
        if not any(start < end < stop for start, stop in brackets) or text[match.start()] in _FINAL:
            yield end
    if known.closing:
        yield from (match.end() for match in _closing(known.closing).finditer(text))
    if not text.isascii() and _THAI.search(text):
        yield from _thai(text)


@cache
def _closing(words: frozenset[str]) -> re.Pattern[str]:
    """Abbreviations that end a sentence where a capital follows."""
    return re.compile(rf"\b(?:{'|'.join(_spaced(word) for word in sorted(words))})\.(?=\s+[{_UPPER}])")


def _spaced(word: str) -> str:
    """An abbreviation for a pattern: its parts may have a space between them."""
    return re.escape(word).replace(r"\.", r"\. ?")


def _thai(text: str) -> Iterator[int]:
    """Spaces of Thai and Lao between two long stretches, the second of which begins with no conjunction."""
    spaces = [
        match.span()
        for match in _THAI_SPACE.finditer(text)
        if text[match.end()] != "ๆ" and text[match.start() - 1] != "ฯ"
    ]
    last = 0
    for number, (start, end) in enumerate(spaces):
        following = spaces[number + 1][0] if number + 1 < len(spaces) else len(text)
        long = min(start - last, following - end) >= _THAI_SHORTEST
        if long and not text.startswith(_THAI_CONTINUES, end):
            yield start
            last = end

"""Cleaning: what is shown is NFC without control characters; what is compared is folded further.

Lines are never added or removed but by the three line ends that text files know (LF, CR LF, CR), so that a
line number means the same here and in an editor.
"""

from __future__ import annotations

import re
import unicodedata

# Control characters other than tab and newline, separators that some programs take for line ends, byte
# order marks, lone surrogates, noncharacters. Tab stays: it is text, and the writers quote it.
_UNWANTED = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\ufeff\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff"
    "\U0001fffe\U0001ffff\U0010fffe\U0010ffff]"
)
_AS_SPACE = frozenset("\x0b\x0c\x1c\x1d\x1e\x1f\x85\u2028\u2029")
_LINE_END = re.compile("\r\n?")
# The same set for Arrow's regular expressions (RE2, no surrogates there: Arrow text is valid UTF-8).
UNWANTED_RE2 = (
    r"[\x00-\x08\x0b-\x1f\x7f-\x{9f}\x{2028}\x{2029}\x{feff}\x{fdd0}-\x{fdef}"
    r"\x{fffe}\x{ffff}\x{1fffe}\x{1ffff}\x{10fffe}\x{10ffff}]"
)


# What is written inside words and says nothing when texts are compared: soft hyphens, zero-width spaces and joiners of
# words, marks of direction. The joiners of letters (U+200C, U+200D) stay: Persian and Hindi words differ by them.
_INVISIBLE = re.compile("[\u00ad\u180e\u200b\u200e\u200f\u2060\u202a-\u202e\u2066-\u2069]")


def comparable(text: str) -> str:
    """The text without invisible characters, for comparison only: what is shown keeps them."""
    return text if text.isascii() else _INVISIBLE.sub("", text)


def clean(text: str) -> str:
    """The text as it is shown and aligned: NFC, line ends as LF, nothing that breaks a file or a screen.

    Lone surrogates become U+FFFD, characters that act as separators a space; other control characters go.
    """
    if _UNWANTED.search(text):
        text = _LINE_END.sub("\n", text)
        text = _UNWANTED.sub(_replacement, text)
    return text if unicodedata.is_normalized("NFC", text) else unicodedata.normalize("NFC", text)


def fold(text: str) -> str:
    """The text for comparison only: NFKC and casefold, runs of white space as one space."""
    return " ".join(fold_characters(text).split())


def fold_characters(text: str) -> str:
    """The text for comparison with its white space as it is: NFKC, casefold, nothing invisible."""
    if text.isascii():
        return text.lower()
    text = _INVISIBLE.sub("", text)
    if not unicodedata.is_normalized("NFKC", text):
        text = unicodedata.normalize("NFKC", text)
    return text.casefold()


def _replacement(match: re.Match[str]) -> str:
    character = match.group()
    if "\ud800" <= character <= "\udfff":
        return "\ufffd"
    return " " if character in _AS_SPACE else ""

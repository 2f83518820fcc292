"""Texts in UTF-16 or UTF-32: known by their byte order mark, or else by what their bytes come to."""

from __future__ import annotations

import codecs
from unicodedata import category

_MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_SAMPLE = 65_536  # bytes looked at
_USUAL = frozenset("\t\n\r,。、:;?!「」()।،۔")  # what texts hold besides printable ASCII
_ALLOWED = frozenset("\t\n\r\f\v\x1a\x1b\ufeff")


def marked(data: bytes) -> str | None:
    """The encoding that a byte order mark of UTF-16 or UTF-32 tells."""
    return next((encoding for mark, encoding in _MARKS if data.startswith(mark)), None)


def unmarked(data: bytes) -> str | None:
    """``utf-16-le`` or ``utf-16-be`` where the bytes are text in it and not in the other one."""
    scores = {encoding: _score(data[:_SAMPLE], encoding) for encoding in ("utf-16-le", "utf-16-be")}
    best = max(scores, key=lambda encoding: scores[encoding])
    return best if scores[best] >= 0.01 and min(scores.values()) < scores[best] else None


def _score(data: bytes, encoding: str) -> float:
    """The share of characters that every text holds; 0 where others do not belong into a text."""
    decoder = codecs.getincrementaldecoder(encoding)()  # to which a pair cut in two at the end is no error
    try:
        text = decoder.decode(data)
    except UnicodeDecodeError:
        return 0.0
    rest = [c for c in text if not (" " <= c <= "~" or c in _USUAL)]
    wrong = sum(category(c) in ("Cc", "Cn", "Co") and c not in _ALLOWED for c in rest)
    # Bytes parted by zeros, as `find -print0` writes them, look like ideographs: two letters each.
    letters = sum(all(0x20 <= byte < 0x7F for byte in c.encode("utf-16-le")) for c in rest)
    if not text or 100 * wrong > len(text) or 5 * letters > 3 * max(len(rest), 1):
        return 0.0
    return 1 - len(rest) / len(text)

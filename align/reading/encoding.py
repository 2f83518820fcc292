"""From bytes to text, whatever it is encoded in."""

from __future__ import annotations

import codecs
import re

from align.errors import InputError
from align.reading.guess import TWO_BYTES, guess_encoding
from align.reading.wide import marked, unmarked

_BINARY = (
    b"%PDF-",
    b"PK\x03\x04",
    b"\x89PNG",
    b"\xff\xd8\xff",
    b"GIF8",
    b"\x7fELF",
    b"SQLite format 3",
    b"\xd0\xcf\x11\xe0",
)
_ESCAPES = re.compile(rb"\x1b\$[@B(]")  # by which ISO 2022 for Japanese begins a stretch of ideographs
_NO_TEXT = "is a binary file, not text; convert it to text first"
CONTROLS = re.compile(rb"[\x00-\x08\x0e-\x1a\x1c-\x1f]")


def decode(data: bytes, known: str | None = None, language: str | None = None) -> tuple[str, str | None]:
    """The text of a file, and a warning where its encoding had to be guessed or repaired.

    The encoding may be `known`; a `language` that is known helps guessing it.

    Raises:
        InputError: the bytes are not text.
    """
    if known:
        return _decoded_as(data, known)
    if data.startswith(codecs.BOM_UTF8):
        return data[3:].decode("utf-8", "replace"), None
    if wide := wide_encoding(data):
        return data.decode(wide[0], "replace"), wide[1]
    check_text(data)
    if _ESCAPES.search(data) and data.isascii():
        return data.decode("iso2022_jp_ext", "replace"), "shifts between alphabets: read as iso2022_jp_ext"
    try:
        return data.decode("utf-8"), None
    except UnicodeDecodeError as error:
        if _has_holes(data):
            return replaced(data, error)
        return _put_together(data, language) or _in_one_encoding(data, language)


def _decoded_as(data: bytes, encoding: str) -> tuple[str, str | None]:
    """The text in the encoding that the user names, and how many bytes mean nothing in it."""
    refuse_binary(data)
    text = data.decode(encoding, "replace").removeprefix("\ufeff")
    holes = text.count("\ufffd")
    return text, f"{holes} sequence(s) of bytes that mean nothing in {encoding} replaced" if holes else None


def _put_together(data: bytes, language: str | None) -> tuple[str, str] | None:
    """The text of lines in UTF-8 and lines in an encoding of one byte a character; None where it is not that."""
    lines = [(line, is_utf8(line)) for line in data.split(b"\n")]
    if all(line.isascii() for line, valid in lines if valid):
        return None
    broken = [line for line, valid in lines if not valid]
    try:
        encoding = guess(b"\n".join(broken), language)
    except InputError:
        return None
    if encoding is None or encoding in TWO_BYTES:
        return None
    text = "\n".join(line.decode("utf-8" if valid else encoding, "replace") for line, valid in lines)
    return text, f"{len(broken)} of {len(lines)} lines are not UTF-8: read as {encoding}"


def _in_one_encoding(data: bytes, language: str | None) -> tuple[str, str]:
    encoding = guess_encoding(data, language).encoding
    text = data.decode(encoding, "replace")
    holes = text.count("\ufffd")
    replaced = f", {holes} damaged character(s) replaced" if holes else ""
    return text, f"not UTF-8: read as {encoding}{replaced}"


def is_utf8(data: bytes) -> bool:
    try:
        return data.isascii() or bool(data.decode("utf-8"))
    except UnicodeDecodeError:
        return False


def wide_encoding(data: bytes) -> tuple[str, str | None] | None:
    """UTF-16 or UTF-32, where the bytes are that, with a warning where no byte order mark says so."""
    if encoding := marked(data):
        return encoding, None
    if data.startswith(_BINARY) or not _has_controls(data[:65_536]) or _is_damaged_utf8(data[:65_536]):
        return None
    encoding = unmarked(data)
    return (encoding, f"no byte order mark: read as {encoding}") if encoding else None


def check_text(data: bytes) -> None:
    """Raises InputError where the beginning of a file is no text in any common encoding."""
    refuse_binary(data)
    head = data[:65_536]
    if head.count(b"\x00") > len(head) // 200 or len(CONTROLS.findall(head)) > len(head) // 25:
        raise InputError(_NO_TEXT)


def refuse_binary(data: bytes) -> None:
    """Raises InputError where the first bytes are those of an archive, a picture, a program or the like."""
    if data.startswith(_BINARY):
        raise InputError(_NO_TEXT)


def _has_controls(head: bytes) -> bool:
    """Whether there are more of the characters that texts do not hold than damage explains."""
    return len(CONTROLS.findall(head)) > len(head) // 200


def _is_damaged_utf8(head: bytes) -> bool:
    """Whether this is UTF-8 with some control characters in it; in UTF-16 a space alone is one already."""
    try:
        codecs.getincrementaldecoder("utf-8")().decode(head)
    except UnicodeDecodeError:
        return False
    return 16 * len(CONTROLS.findall(head)) < len(head)


def replaced(data: bytes, error: UnicodeDecodeError) -> tuple[str, str]:
    """UTF-8 with holes in it, as text, and a warning that says how many."""
    text = data.decode("utf-8", "replace")
    holes = text.count("\ufffd")
    return text, f"{holes} invalid UTF-8 sequence(s) replaced, the first at byte {error.start}"


def guess(data: bytes, language: str | None = None) -> str | None:
    """The encoding of bytes that are not UTF-8, or None where they are UTF-8 with a few holes in it.

    Raises:
        InputError: they are text in no known encoding.
    """
    return None if _has_holes(data) else guess_encoding(data, language).encoding


def _has_holes(data: bytes) -> bool:
    """Whether these are bytes of UTF-8 of which a few were damaged."""
    text = data.decode("utf-8", "replace")
    broken, valid = text.count("\ufffd"), len(re.findall(r"[^\x00-\x7f\ufffd]", text))
    if broken > max(2, valid // 20) or _has_lone_accents(data):
        return False
    return bool(valid) or not _fits_one(data)


def _has_lone_accents(data: bytes) -> bool:
    """Whether at most two bytes, not side by side, are beyond ASCII: too few to guess by, and hardly damaged UTF-8."""
    high = _high(data)
    if high > 2 or re.search(rb"[\x80-\xff]{2}|[\x81\x8d\x8f\x90\x9d\xff]", data):
        return False
    return len(re.findall(rb"[A-Za-z]", data)) >= 2 * high


def _high(data: bytes) -> int:
    return len(data) - len(data.translate(None, bytes(range(0x80, 0x100))))


_SURE = 1.2  # the score of a text that hangs together in an encoding


def _fits_one(data: bytes) -> bool:
    """Whether bytes that hold no whole character of UTF-8 are beyond doubt another encoding."""
    if _high(data) < 2:
        return False
    try:
        data.decode("utf-8")
    except UnicodeDecodeError as error:
        if error.reason == "unexpected end of data":
            return False
    try:
        return guess_encoding(data).score >= _SURE
    except InputError:
        return False

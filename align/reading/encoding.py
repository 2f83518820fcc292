"""From bytes to text, whatever it is encoded in."""

from __future__ import annotations

import codecs
import re

from align.errors import InputError
from align.reading.latin import better_latin, has_lone_accents
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
TWO_BYTES = re.compile("gb|big5|cp93|cp94|cp950|euc|shift|johab|hz")  # encodings of two bytes a character
_NO_TEXT = "is a binary file, not text; convert it to text first"
CONTROLS = re.compile(rb"[\x00-\x08\x0e-\x1a\x1c-\x1f]")


def decode(data: bytes, known: str | None = None) -> tuple[str, str | None]:
    """The text of a file, and a warning where its encoding had to be guessed or repaired; it may be `known`.

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
        return _put_together(data) or _in_one_encoding(data)


def _decoded_as(data: bytes, encoding: str) -> tuple[str, str | None]:
    """The text in the encoding that the user names, and how many bytes mean nothing in it."""
    refuse_binary(data)
    text = data.decode(encoding, "replace").removeprefix("\ufeff")
    holes = text.count("\ufffd")
    return text, f"{holes} sequence(s) of bytes that mean nothing in {encoding} replaced" if holes else None


def _put_together(data: bytes) -> tuple[str, str] | None:
    """The text of lines in UTF-8 and lines in an encoding of one byte a character; None where it is not that."""
    lines = [(line, is_utf8(line)) for line in data.split(b"\n")]
    if all(line.isascii() for line, valid in lines if valid):
        return None
    broken = [line for line, valid in lines if not valid]
    try:
        encoding = guess(b"\n".join(broken))
    except InputError:
        return None
    if encoding is None or TWO_BYTES.match(encoding):
        return None
    text = "\n".join(line.decode("utf-8" if valid else encoding, "replace") for line, valid in lines)
    return text, f"{len(broken)} of {len(lines)} lines are not UTF-8: read as {encoding}"


def _in_one_encoding(data: bytes) -> tuple[str, str]:
    encoding = _encoding_of(data)
    return data.decode(encoding, "replace"), f"not UTF-8: read as {encoding}"


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
    if _has_controls(data[:65_536]):
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


def guess(data: bytes) -> str | None:
    """The encoding of bytes that are not UTF-8, or None where they are UTF-8 with a few holes in it.

    Raises:
        InputError: they are text in no known encoding.
    """
    return None if _has_holes(data) else _encoding_of(data)


def _has_holes(data: bytes) -> bool:
    """Whether these are bytes of UTF-8 of which a few were damaged."""
    text = data.decode("utf-8", "replace")
    broken, valid = text.count("\ufffd"), len(re.findall(r"[^\x00-\x7f\ufffd]", text))
    return broken <= max(2, valid // 20) and not has_lone_accents(data)


def _encoding_of(data: bytes) -> str:
    if has_lone_accents(data):
        return "cp1252"
    from charset_normalizer import from_bytes

    best = from_bytes(data[: 1 << 20]).best()
    if best is None:
        raise InputError("is text in no known encoding; convert it to UTF-8")
    return better_latin(data[: 1 << 20], best.encoding)

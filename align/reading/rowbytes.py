"""Files of rows (JSON lines, CSV) as bytes: UTF-8 whatever Unicode they are in, and one encoding for what is not."""

from __future__ import annotations

import codecs
import io
from collections.abc import Callable, Iterator

from align.errors import InputError
from align.reading.compression import Stream, pieces
from align.reading.encoding import guess, is_utf8, refuse_binary, replaced, wide_encoding
from align.reading.guess import TWO_BYTES

_HEAD = 1 << 20  # bytes that are looked at before the first row

Translate = Callable[[bytes, bool], bytes]  # bytes, and whether they are the last


def row_bytes(
    stream: Stream, encoding: str | None = None, *, line_feeds: bool = False
) -> tuple[io.BufferedReader, str | None]:
    """A file's bytes: UTF-16, UTF-32 and what is known to be in `encoding` as UTF-8; what is none of these stays.

    A warning comes with it where UTF-16 was a guess.

    With `line_feeds` rows may end in carriage returns alone, as on old Macintoshes: they come as line feeds.

    Raises:
        InputError: the file is something else: an archive, a picture, a PDF.
    """
    rest = pieces(stream, _HEAD)
    head = next(rest, b"")
    wide = (encoding, None) if encoding else wide_encoding(head)
    translate: Translate = translation(wide[0]) if wide else lambda data, _: data
    refuse_binary(head)
    first = translate(head, False)
    if line_feeds and b"\n" not in first and b"\r" in first[:-1]:
        inner = translate
        first, translate = first.replace(b"\r", b"\n"), lambda d, end: inner(d, end).replace(b"\r", b"\n")
    raw = Translated(rest, translate, first)
    return io.BufferedReader(raw, _HEAD), wide[1] if wide else None


def translation(encoding: str) -> Translate:
    """From this encoding to UTF-8, piece by piece."""
    decoder = codecs.getincrementaldecoder(encoding)("replace")
    return lambda data, end: decoder.decode(data, end).encode()


class Translated(io.RawIOBase):
    """Pieces of a file that are translated on the way; `first` has been already."""

    def __init__(self, rest: Iterator[bytes], translate: Translate, first: bytes) -> None:
        self._rest, self._translate = rest, translate
        self._ready, self._at, self._ended = memoryview(first), 0, False

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        while self._at == len(self._ready) and not self._ended:
            data = next(self._rest, b"")
            self._ended = not data  # what comes before that is never empty
            self._ready, self._at = memoryview(self._translate(data, self._ended)), 0
        part = self._ready[self._at : self._at + len(buffer)]
        buffer[: len(part)] = part
        self._at += len(part)
        return len(part)


class RowEncoding:
    """How the rows of one file are read that are not UTF-8: all in the same way, as the first of them tell.

    A row that is UTF-8 stays UTF-8: files are put together from several, and of some length no row is that by accident.
    """

    def __init__(self, language: str | None = None) -> None:
        self._encoding: str | None = None
        self._language = language  # of the rows, where it is known

    def learn(self, block: bytes) -> None:
        """Takes many rows into account before the first of them is decoded.

        A few holes in UTF-8 tell nothing of the rows to come; a known encoding stays.
        """
        if self._encoding or is_utf8(block):
            return
        broken = b"\n".join(line for line in block.split(b"\n") if not is_utf8(line))
        try:
            self._encoding = guess(broken[:_HEAD], self._language)
        except InputError:
            return

    def decode(self, data: bytes) -> tuple[str, str | None]:
        """A row or a cell, and a warning where it is not UTF-8."""
        try:
            text = data.decode("utf-8")
        except UnicodeDecodeError as error:
            self.learn(data)
            if not self._encoding:
                return replaced(data, error)
        else:
            # A word or two in an encoding of two bytes a character may happen to be UTF-8, of two bytes as well.
            in_doubt = not text.isascii() and max(text) < "\u0800"
            if not (in_doubt and self._encoding and self._encoding in TWO_BYTES):
                return text, None
        return data.decode(self._encoding, "replace"), f"not UTF-8: read as {self._encoding}"

    def cell(self, value: str) -> tuple[str, str | None]:
        """The same for a text whose bytes were decoded with ``surrogateescape``."""
        return (value, None) if value.isascii() else self.decode(value.encode("utf-8", "surrogateescape"))

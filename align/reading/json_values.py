"""JSON as people have it: objects line by line or laid out over several lines, an array of them, or a list of them
inside one object, as services answer: ``{"status": "ok", "articles": [{...}, ...]}``.

Of such an answer the first list is meant whose first object has the text field; what else stands in it is passed over.
An object that has the text field itself is a document, and a file of several objects no answer.
"""

from __future__ import annotations

import codecs
import io
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from align.reading.compression import Stream, pieces
from align.reading.encoding import guess
from align.reading.options import ReadOptions
from align.reading.rowbytes import Translated, row_bytes, translation

_BLOCK = 1 << 20
_OUTSIDE = re.compile(rb'[^"{}\[\],]*')
_STRING = re.compile(rb'[^"\\]*(?:\\.[^"\\]*)*', re.DOTALL)
_ARRAY = re.compile(rb"\[\s*(?:\{|null\b|\]?\s*$)")
_DECODER = json.JSONDecoder(strict=False)
_NAME = re.compile(r'[\s,]*("(?:[^"\\]|\\.)*")\s*:\s*', re.DOTALL)
_LIST = re.compile(r"\[\s*\{")
_MORE = re.compile(r'"([^"\\]*)"\s*:\s*\[\s*\{')
_SPACES = bytes.maketrans(b"\r\n", b"  ")


@dataclass(frozen=True, slots=True)
class JsonRows:
    """Objects line by line, however they were laid out.

    Attributes:
        warning: what was guessed of all of them.
        unit: what a row was in the file.
        array: whether the file is an array.
        others: names of further lists of documents in an answer, known once all rows are read.
    """

    stream: Stream
    warning: str | None = None
    unit: str = "line"
    array: bool = False
    others: list[str] = field(default_factory=list)


def json_rows(stream: Stream, options: ReadOptions) -> JsonRows:
    """The objects of a file.

    Raises:
        InputError: the file is something else: an archive, a picture, a PDF.
    """
    lines, warning = row_bytes(stream, options.encoding, line_feeds=True)
    if lines.peek().startswith(codecs.BOM_UTF8):
        lines.read(len(codecs.BOM_UTF8))
    head = lines.peek()
    inside = list_inside(head, options.text_field)
    if inside is None and not _is_laid_out(head):
        return JsonRows(lines, warning)
    if inside:
        lines.read(inside)
    parts = pieces(lines, _BLOCK)
    if not _begins_as_utf8(head) and (encoding := guess(head, options.language)):
        recode = translation(encoding)
        parts = (recode(part, False) for part in parts)
        warning = f"not UTF-8: read as {encoding}"
    others: list[str] = []
    values = _by_lines(parts) if inside is None else _alone(parts, options.text_field, others)
    flat = io.BufferedReader(Translated(values, lambda data, _: data, b""), _BLOCK)
    return JsonRows(flat, warning, "item", inside is not None or head.lstrip().startswith(b"["), others)


def list_inside(head: bytes, text_field: str) -> int | None:
    """Where in an object, the only one of a file, the list of documents begins; None where there is none."""
    text = head.decode("latin-1")  # a character a byte
    start, name = len(text) - len(text.lstrip()), text_field.partition(".")[0]
    if text[start : start + 1] != "{":
        return None
    try:
        _, end = _DECODER.raw_decode(text, start)
        if text[end:].strip():
            return None
    except (ValueError, RecursionError):
        pass  # it goes on behind the head
    found = None
    for key, at in _members(text, start):
        if key in (name, text_field):
            return None
        match = _LIST.match(text, at) if found is None else None
        if match and _has(text, match.end() - 1, name):
            found = at
    return found


def _members(text: str, start: int) -> Iterator[tuple[str, int]]:
    """The names in an object, and where the value of each begins, as far as the text goes."""
    at = start + 1
    while match := _NAME.match(text, at):
        try:
            yield json.loads(match[1], strict=False), match.end()
            at = _DECODER.raw_decode(text, match.end())[1]
        except (ValueError, RecursionError):
            return


def _has(text: str, start: int, name: str) -> bool:
    """Whether the object that begins here has a field of this name, as far as the text goes."""
    try:
        return name in _DECODER.raw_decode(text, start)[0]
    except (ValueError, RecursionError):
        return any(key == name for key, _ in _members(text, start))


def _is_laid_out(head: bytes) -> bool:
    """Whether lines are no objects of their own: the file is an array, or its objects run over several lines."""
    first, _, rest = head.lstrip().partition(b"\n")
    if _ARRAY.match(first):
        return True
    if not first.startswith((b"{", b"[")) or _is_json(first.strip().removesuffix(b",")):
        return False
    second = rest.lstrip().partition(b"\n")[0].strip()
    return bool(second) and not second.startswith(b"{") and not _is_json(second)


def _is_json(line: bytes) -> bool:
    try:
        json.loads(line)
    except (ValueError, RecursionError):
        return False
    return True


def _begins_as_utf8(head: bytes) -> bool:
    try:
        codecs.getincrementaldecoder("utf-8")().decode(head)
    except UnicodeDecodeError:
        return False
    return True


def _by_lines(parts: Iterator[bytes]) -> Iterator[bytes]:
    """The same values, each on a line of its own."""
    flattener = _Flattener()
    for part in parts:
        if flat := flattener.feed(part):
            yield flat


def _alone(parts: Iterator[bytes], text_field: str, others: list[str]) -> Iterator[bytes]:
    """The values of an array, each on a line of its own; `others` gets the name of a list of such behind it."""
    flattener, name = _Flattener(alone=True), text_field.partition(".")[0]
    for part in parts:
        if flat := flattener.feed(part):
            yield flat
    rest = flattener.rest.decode("latin-1")
    for match in _MORE.finditer(rest):
        if _has(rest, match.end() - 1, name):
            others.append(match[1].encode("latin-1").decode("utf-8", "replace"))
            break


class _Flattener:
    """Takes the line breaks out of values, and puts one behind each value of the outermost array.

    It holds nothing but where it is, so that a value may be of any size.
    """

    def __init__(self, *, alone: bool = False) -> None:
        self.ended = False  # behind the array that is read alone
        self.rest = b""  # what stands there, a megabyte of it
        self._alone = alone
        self._depth = 0
        self._base = 0  # 1 inside the outermost array
        self._in_string = False
        self._pending = False  # whether something of the current value has been given
        self._held = b""  # a backslash whose letter is still to come
        self._out: list[bytes] = []

    def feed(self, data: bytes) -> bytes:
        """What these bytes come to."""
        data, at = self._held + data, 0
        self._held, self._out = b"", []
        while at < len(data) and not self.ended:
            at = self._string(data, at) if self._in_string else self._outside(data, at)
        if self.ended:
            self.rest += data[at : at + max(0, _BLOCK - len(self.rest))]
        return b"".join(self._out)

    def _string(self, data: bytes, at: int) -> int:
        end = _STRING.match(data, at).end()  # type: ignore[union-attr] # it matches the empty string
        # A line break inside a string is not allowed, but what was meant is plain.
        self._out.append(data[at:end].replace(b"\r\n", b"\\n").replace(b"\n", b"\\n").replace(b"\r", b"\\n"))
        if end == len(data):
            return end
        if data[end : end + 1] == b'"':
            self._out.append(b'"')
            self._in_string = False
            return end + 1
        self._held = data[end:]
        return len(data)

    def _outside(self, data: bytes, at: int) -> int:
        end = _OUTSIDE.match(data, at).end()  # type: ignore[union-attr] # as above
        run = data[at:end].translate(_SPACES)
        if run.strip() or (self._pending and run):
            self._give(run)
        if end < len(data):
            self._sign(data[end : end + 1])
        return end + 1

    def _sign(self, sign: bytes) -> None:
        if sign == b"[" and self._depth == 0 and not self._pending:
            self._depth = self._base = 1
        elif sign in b"{[":
            self._depth += 1
            self._give(sign)
        elif sign in b"}]":
            self._close(sign)
        elif sign == b"," and self._depth == self._base:
            self._end()
        else:
            self._in_string = sign == b'"'
            self._give(sign)

    def _close(self, sign: bytes) -> None:
        if sign == b"]" and self._depth == self._base == 1:
            self._end()
            self._depth = self._base = 0
            self.ended = self._alone
            return
        self._give(sign)
        self._depth = max(self._depth - 1, self._base)
        if self._depth == self._base:
            self._end()

    def _give(self, data: bytes) -> None:
        self._out.append(data)
        self._pending = True

    def _end(self) -> None:
        if self._pending:
            self._out.append(b"\n")
            self._pending = False

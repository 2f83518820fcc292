"""DOCX, ODT and EPUB: zip archives of XML, of which the paragraphs are taken, a paragraph a line.

By zipfile and lxml, which are here anyway: a library for each of the three would bring three more ways to be wrong
about hostile archives, for what is a loop over paragraphs.
"""

from __future__ import annotations

import io
import posixpath
import zipfile
from collections.abc import Iterator
from typing import Any
from urllib.parse import unquote

from align.errors import InputError
from align.reading.compression import Stream
from align.reading.encoding import decode
from align.reading.html import visible_lines
from align.reading.inputs import Input
from align.reading.options import ReadOptions
from align.reading.rows import Row
from align.reading.text import megabytes, whole_file

_WORD = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_FALLBACK = "{http://schemas.openxmlformats.org/markup-compatibility/2006}Fallback"
_TEXT = "{urn:oasis:names:tc:opendocument:xmlns:text:1.0}"
_OFFICE = "{urn:oasis:names:tc:opendocument:xmlns:office:1.0}"
_SIGNS = {
    _WORD + "tab": "\t", _WORD + "br": "\n", _WORD + "cr": "\n", _WORD + "noBreakHyphen": "-",
    _TEXT + "tab": "\t", _TEXT + "line-break": "\n",
}  # fmt: skip
# What is deleted, said of the text or of its looks, or there a second time for old programs.
_LEFT_OUT = {
    _WORD + "del", _WORD + "moveFrom", _FALLBACK, _WORD + "instrText", _WORD + "pPr", _WORD + "rPr",
    _TEXT + "tracked-changes", _TEXT + "note-citation", _TEXT + "table-of-content",
    _OFFICE + "annotation", _OFFICE + "forms",
}  # fmt: skip


def read_office(stream: Stream, item: Input, options: ReadOptions) -> Iterator[Row]:
    """The one document of a DOCX, ODT or EPUB file."""
    yield whole_file(stream, item, options, lambda data: (paragraphs_of(data, options.max_bytes), None))


def paragraphs_of(data: bytes, limit: int) -> str:
    """The paragraphs of a document, a line each; at most `limit` bytes are unpacked.

    Raises:
        InputError: the archive is damaged, protected, too large, or none of a document.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            parts = _Parts(archive, limit)
            if "word/document.xml" in parts.names:
                lines = _paragraphs(parts.xml("word/document.xml"), {_WORD + "p"})
            elif "META-INF/container.xml" in parts.names:
                lines = _chapters(parts)
            else:
                lines = _paragraphs(parts.xml("content.xml"), {_TEXT + "p", _TEXT + "h"})
            return "\n".join(line for line in lines if line.strip())
    except (zipfile.BadZipFile, EOFError, NotImplementedError, RuntimeError, SyntaxError) as error:
        raise InputError(f"cannot be unpacked ({error}); save it again, without a password") from error


class _Parts:
    """The files of an archive, which together may come to so many bytes and no more."""

    def __init__(self, archive: zipfile.ZipFile, limit: int) -> None:
        self._archive, self._limit, self._left = archive, limit, limit
        self.names = frozenset(archive.namelist())

    def bytes(self, name: str) -> bytes:
        if name not in self.names:
            raise InputError(f"has no part {name}: it is no document, or damaged; save it again")
        with self._archive.open(name) as part:
            data = part.read(self._left + 1)
        self._left -= len(data)
        if self._left < 0:
            raise InputError(f"holds more than {megabytes(self._limit)}; split it, or raise --max-document")
        return data

    def xml(self, name: str) -> Any:
        """The root of a part; entities stay what they are, and nothing is fetched."""
        from lxml import etree

        return etree.fromstring(
            self.bytes(name), etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=True)
        )


def _paragraphs(root: Any, kinds: set[str]) -> Iterator[str]:
    """The text of each paragraph, in the order of the document; one inside another, as in a box, comes behind it."""
    stack = [root]
    while stack:
        node = stack.pop()
        if isinstance(node.tag, str) and node.tag not in _LEFT_OUT:
            if node.tag in kinds:
                yield "".join(_runs(node, kinds, word=_WORD + "p" in kinds))
            stack += reversed(node)


def _runs(node: Any, kinds: set[str], *, word: bool) -> Iterator[str]:
    """The pieces of text of a paragraph, without those of paragraphs inside it."""
    if not word or node.tag == _WORD + "t":
        yield node.text or ""
    for child in node:
        if isinstance(child.tag, str) and child.tag not in _LEFT_OUT and child.tag not in kinds:
            yield _SIGNS.get(child.tag, "")
            if child.tag == _TEXT + "s":
                yield " " * min(int(child.get(_TEXT + "c") or 1), 1000)
            yield from _runs(child, kinds, word=word)
        if not word:
            yield child.tail or ""


def _chapters(parts: _Parts) -> Iterator[str]:
    """The lines of the chapters of a book, in the order of its spine."""
    from lxml import html

    packages = parts.xml("META-INF/container.xml").xpath("//*[local-name()='rootfile']/@full-path")
    if not packages:
        raise InputError("is a book without a table of its chapters; save it again")
    book = parts.xml(str(packages[0]))
    files = {part.get("id"): part for part in book.xpath("//*[local-name()='manifest']/*[@href]")}
    for id in book.xpath("//*[local-name()='spine']/*/@idref"):
        part = files.get(id)
        if part is None or "nav" in (part.get("properties") or "").split():
            continue
        if "html" not in (part.get("media-type") or "html"):
            continue
        name = posixpath.normpath(
            posixpath.join(posixpath.dirname(str(packages[0])), unquote(part.get("href")))
        )
        data = parts.bytes(name)
        if data.strip():
            text, _ = decode(data)
            parser = html.HTMLParser(encoding="utf-8", huge_tree=True)
            yield from visible_lines(html.document_fromstring(text.encode(), parser))

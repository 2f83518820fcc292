"""HTML pages: the main text, a paragraph a line; navigation, comments and advertisements left out."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterator
from typing import Any

from align.errors import InputError
from align.reading.compression import Stream
from align.reading.encoding import decode
from align.reading.inputs import Input
from align.reading.labels import declared_encoding
from align.reading.options import ReadOptions
from align.reading.rows import Row
from align.reading.text import whole_file
from align.text.clean import clean


def read_html(stream: Stream, item: Input, options: ReadOptions) -> Iterator[Row]:
    """The one document of a page; lines are those of the main text."""
    about: list[str] = []

    def extract(data: bytes) -> tuple[str, str | None]:
        found = main_text(data, options.encoding)
        about.extend(told_by(data, options.encoding))
        return found

    row = whole_file(stream, item, options, extract)
    row.about = clean("\n".join(about)) or None
    yield row


def main_text(data: bytes, encoding: str | None = None) -> tuple[str, str | None]:
    """The main text of a page and a warning about its encoding; `encoding` is known from elsewhere.

    Raises:
        InputError: there is no main text.
    """
    import trafilatura

    text, warning = _decoded(data, encoding)
    if text.count("<") > _MOST_TAGS:
        return _everything(text), f"{warning}; {_UNSEARCHED}" if warning else _UNSEARCHED
    found = trafilatura.extract(text, output_format="txt", include_comments=False) if text.strip() else None
    if not found:
        raise InputError("is a page without main text; save its text in a file of its own, or leave it out")
    return str(found), warning


def told_by(data: bytes, encoding: str | None = None) -> Iterator[str]:
    """The address that a page says it has, and the names of the files of its images."""
    import trafilatura

    page = trafilatura.load_html(_decoded(data, encoding)[0])
    if page is None:
        return
    places = '//link[@rel="canonical"]/@href', '//meta[@property="og:url"]/@content'
    yield from (str(address) for place in places for address in page.xpath(place)[:1] if "://" in address)
    sources = map(str, page.xpath('//img/@src[not(starts-with(., "data:"))]'))
    names = (source.partition("?")[0].rpartition("/")[2] for source in sources)
    yield from dict.fromkeys(name for name in names if name)


_BLOCKS = frozenset(
    """address article aside blockquote body br caption center dd div dl dt figcaption figure footer form h1 h2 h3
    h4 h5 h6 header hr li main nav ol p pre section table tbody td tfoot th thead tr ul""".split()  # noqa: SIM905
)
_UNSEEN = frozenset(("head", "script", "style", "svg", "template"))
_MOST_TAGS = 50_000  # of a page whose main text is looked for: with more the search takes minutes
_UNSEARCHED = f"holds more than {_MOST_TAGS:,} tags: read whole, not its main text alone"
_LONG_TAG = re.compile(
    r"<([A-Za-z][A-Za-z0-9:-]*)[^<>]{16384,}>"
)  # of which the attributes are compared in pairs
_DECLARED = re.compile(rb"charset\s*=\s*[\"']?\s*([A-Za-z0-9_.:-]+)")


def _everything(text: str) -> str:
    """All that a reader of the page sees."""
    from lxml import html

    root = html.document_fromstring(text.encode(), html.HTMLParser(encoding="utf-8", huge_tree=True))
    return "\n".join(line for line in visible_lines(root) if line)


def visible_lines(root: Any) -> Iterator[str]:
    """The lines that a reader sees: a new one at each block."""
    pieces: list[str] = []
    stack: list[tuple[Any, bool]] = [(root, False)]
    while stack:
        node, done = stack.pop()
        block = node.tag in _BLOCKS
        if block:
            pieces.append("\n")
        if done:
            pieces.append(" ".join((node.tail or "").split("\n")))
            continue
        stack.append((node, True))
        if isinstance(node.tag, str) and node.tag not in _UNSEEN:
            pieces.append(" ".join((node.text or "").split("\n")))
            stack += [(child, False) for child in reversed(node)]
    yield from (" ".join(line.split()) for line in "".join(pieces).split("\n"))


def _decoded(data: bytes, known: str | None) -> tuple[str, str | None]:
    """The page as text, without what is in tags too long to be looked at."""
    text, warning = _in_its_encoding(data, known)
    return _LONG_TAG.sub(r"<\1>", text), warning


def _in_its_encoding(data: bytes, known: str | None) -> tuple[str, str | None]:
    """The page as text: by the encoding that is known or that it declares, else as any other file."""
    if known:
        return decode(data, known)
    declared = _DECLARED.search(data[:4096])
    encoding = declared_encoding(declared[1].decode("ascii")) if declared else None
    if encoding:
        with contextlib.suppress(UnicodeDecodeError):
            return data.decode(encoding), None
    return decode(data)

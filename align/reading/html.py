"""HTML pages: the main text, a paragraph a line; navigation, comments and advertisements left out."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterator

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


_DECLARED = re.compile(rb"charset\s*=\s*[\"']?\s*([A-Za-z0-9_.:-]+)")


def _decoded(data: bytes, known: str | None) -> tuple[str, str | None]:
    """The page as text: by the encoding that is known or that it declares, else as any other file."""
    if known:
        return decode(data, known)
    declared = _DECLARED.search(data[:4096])
    encoding = declared_encoding(declared[1].decode("ascii")) if declared else None
    if encoding:
        with contextlib.suppress(UnicodeDecodeError):
            return data.decode(encoding), None
    return decode(data)

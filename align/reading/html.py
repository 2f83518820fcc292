"""HTML pages: the main text, a paragraph a line; navigation, comments and advertisements left out."""

from __future__ import annotations

from collections.abc import Iterator

from align.errors import InputError
from align.reading.bytes import Stream, decode
from align.reading.inputs import Input
from align.reading.options import ReadOptions
from align.reading.rows import Row
from align.reading.text import whole_file


def read_html(stream: Stream, item: Input, options: ReadOptions) -> Iterator[Row]:
    """The one document of a page; lines are those of the main text."""
    yield whole_file(stream, item, options, main_text)


def main_text(data: bytes) -> tuple[str, str | None]:
    """The main text of a page and a warning about its encoding.

    Raises:
        InputError: there is no main text.
    """
    import trafilatura

    text, warning = _decoded(data)
    found = trafilatura.extract(text, output_format="txt", include_comments=False) if text.strip() else None
    if not found:
        raise InputError("is a page without main text; save its text in a file of its own, or leave it out")
    return str(found), warning


def _decoded(data: bytes) -> tuple[str, str | None]:
    """The page as text: by the encoding it declares, else as any other file."""
    import re

    declared = re.search(rb"charset\s*=\s*[\"']?([A-Za-z0-9_.:-]+)", data[:4096])
    if declared:
        try:
            return data.decode(declared[1].decode("ascii")), None
        except (LookupError, UnicodeDecodeError):
            pass
    return decode(data)

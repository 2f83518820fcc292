"""Plain text and Markdown: one file, one document."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from align.errors import InputError
from align.reading.compression import Stream, plain_name
from align.reading.encoding import decode
from align.reading.inputs import Input
from align.reading.options import ReadOptions
from align.reading.rows import Row
from align.text.markdown import markdown_blocks

_MARKDOWN = (".md", ".markdown", ".mdown", ".mkd")
_MOST_RANGES = 5
_LINE_END = re.compile("\r\n?")
SPLIT = "split it, or raise --max-document"


def read_text(stream: Stream, item: Input, options: ReadOptions) -> Iterator[Row]:
    """The one document of a text file; of Markdown, what is no prose is named."""
    row = whole_file(stream, item, options, lambda data: decode(data, options.encoding, options.language))
    if not row.problem and plain_name(item.path).endswith(_MARKDOWN):
        row.warning = "; ".join(filter(None, (row.warning, _no_prose(row.text)))) or None
    yield row


def _no_prose(text: str) -> str:
    """Which lines of Markdown are code or front matter, for a warning."""
    lines: dict[str, list[int]] = {}
    for numbers, kind in markdown_blocks(_LINE_END.sub("\n", text)):
        if kind:
            lines.setdefault(kind, []).extend(numbers)
    return "; ".join(f"{kind} in lines {_ranges(found)}" for kind, found in lines.items())


def _ranges(numbers: list[int]) -> str:
    """Line numbers as an editor counts them, neighbours together; blank lines between them count."""
    parts: list[list[int]] = []
    for number in numbers:
        if parts and number - parts[-1][1] <= 2:
            parts[-1][1] = number
        else:
            parts.append([number, number])
    shown = [str(a + 1) if a == b else f"{a + 1}-{b + 1}" for a, b in parts[:_MOST_RANGES]]
    return ", ".join(shown) + (f" and {len(parts) - _MOST_RANGES} more" if len(parts) > _MOST_RANGES else "")


def whole_file(
    stream: Stream, item: Input, options: ReadOptions, extract: Callable[[bytes], tuple[str, str | None]]
) -> Row:
    """A file that is one document; `extract` gives its text and a warning, or raises InputError.

    Whatever else it raises is this document's failure, too, never the batch's.
    """
    data = stream.read(options.max_bytes + 1)
    row = Row(item.id, item.source, language=options.language)
    if len(data) > options.max_bytes:
        row.problem = f"is larger than {megabytes(options.max_bytes)}; {SPLIT}"
        return row
    row.text, row.warning, row.problem = extracted(data, extract)
    return row


def extracted(
    data: bytes, extract: Callable[[bytes], tuple[str, str | None]]
) -> tuple[str, str | None, str | None]:
    """A text, a warning about it, and the problem where there is no text."""
    try:
        return *extract(data), None
    except InputError as error:
        return "", None, str(error)
    except Exception as error:
        said = " ".join(str(error).split())
        told = f"cannot be read: {type(error).__name__}: {said}"
        return "", None, f"{told}; save its text in a file of its own, or leave it out"


def megabytes(size: int) -> str:
    """A size in bytes as people say it."""
    return f"{size / (1 << 20):.4g} MB"

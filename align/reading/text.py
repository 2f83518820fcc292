"""Plain text and Markdown: one file, one document."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from align.errors import InputError
from align.reading.compression import Stream
from align.reading.encoding import decode
from align.reading.inputs import Input
from align.reading.options import ReadOptions
from align.reading.rows import Row

SPLIT = "split it, or raise --max-document"


def read_text(stream: Stream, item: Input, options: ReadOptions) -> Iterator[Row]:
    """The one document of a text file."""
    yield whole_file(stream, item, options, lambda data: decode(data, options.encoding, options.language))


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

"""Archives of the web (WARC, WET, ARC): a document a record, the main text of pages."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from align.errors import InputError
from align.reading.columns import fill
from align.reading.compression import DECOMPRESSION_ERRORS, Stream
from align.reading.encoding import decode
from align.reading.html import main_text
from align.reading.inputs import Input
from align.reading.labels import declared_encoding
from align.reading.options import ReadOptions
from align.reading.rows import Row
from align.reading.text import extracted, megabytes

_CHARSET = re.compile(r"charset\s*=\s*[\"']?([A-Za-z0-9_.:-]+)", re.IGNORECASE)
_PAGES = ("text/html", "application/xhtml+xml")
_KINDS = ("response", "resource", "conversion")


def read_warc(stream: Stream, item: Input, options: ReadOptions) -> Iterator[Row]:
    """The documents of an archive: pages and texts that were found; requests, redirects, images are none.

    The id is the address and the date, so that one address may come at several times.

    Raises:
        InputError: the archive is cut or damaged; the records before that are kept.
    """
    ids: set[str] = set()
    for number, (record, kind) in enumerate(_texts(stream)):
        yield _row(record, kind, number, item, options, ids)


def _texts(stream: Stream) -> Iterator[tuple[Any, str]]:
    """The records that hold a page or a text, each with its type of content."""
    from warcio.archiveiterator import ArchiveIterator
    from warcio.exceptions import ArchiveLoadFailed

    class Records(ArchiveIterator):  # type: ignore[misc] # it has no types
        INC_RECORD = ""  # what it would write to stderr of a record that is longer than it says

    source = _Source(stream)
    try:
        records = Records(source, arc2warc=True)
        for record in records:
            if record.rec_type in _KINDS and (kind := _content_type(record)):
                yield record, kind
        if source.damage:
            raise source.damage
    except (ArchiveLoadFailed, EOFError, ValueError) as error:
        reason = " ".join(str(error).split())[:200]
        raise InputError(
            f"is damaged: {reason}; the records before that are kept, fetch the file again"
        ) from error
    if records.err_count:
        raise InputError(
            f"is damaged: after {records.err_count} of its records stands something that belongs to none "
            "(their Content-Length is wrong) and was left out; all records are kept, fetch the file again"
        )


class _Source:
    """The bytes of an archive as they come: all of those before a damage, which the library takes for the end."""

    def __init__(self, stream: Stream) -> None:
        self._stream = stream
        self.damage: Exception | None = None

    def read(self, size: int) -> bytes:
        try:
            return self._stream.read1(size)
        except DECOMPRESSION_ERRORS as error:
            self.damage = error
            return b""


def _content_type(record: Any) -> str | None:
    """``text/html; charset=...`` of a record that was found and holds text; None for others."""
    http = record.http_headers
    if http is not None and (http.get_statuscode() or "200") not in ("200", "203", "206"):
        return None
    kind = (http.get_header("Content-Type") if http is not None else None) or (
        record.rec_headers.get_header("Content-Type") or ""
    )
    name = kind.partition(";")[0].strip().lower()
    return kind if name in (*_PAGES, "text/plain") or (http is not None and not name) else None


def _row(record: Any, kind: str, number: int, item: Input, options: ReadOptions, ids: set[str]) -> Row:
    headers = dict(record.rec_headers.headers)
    address, date = headers.get("WARC-Target-URI", "").strip("<>"), headers.get("WARC-Date", "")
    row = Row(f"{item.id}:{number + 1}", item.source, number, options.language)
    name = f"{address} {date}".strip() or row.id
    name = name if name not in ids else f"{name} {number + 1}"
    ids.add(name)
    data = record.content_stream().read(options.max_bytes + 1)
    if len(data) > options.max_bytes or record.raw_stream.limit:
        large = f"holds more than {megabytes(options.max_bytes)}; raise --max-document"
        cut = "is cut: the archive ends in it; fetch the archive again"
        row.id, row.problem = name, large if len(data) > options.max_bytes else cut
        return row
    text, warning, problem = extracted(data, lambda page: _text(page, kind, options))
    fields = {"id": name, "url": address, "date": date, **headers}
    fill(row, {options.id_field or "id": fields.get(options.id_field or "id"), **fields, options.text_field: text},
         options, "record", warning)  # fmt: skip
    row.about = row.about or address or None
    row.problem = problem or row.problem
    return row


def _text(data: bytes, kind: str, options: ReadOptions) -> tuple[str, str | None]:
    """The text of a payload by its type; what it says of its encoding goes before what the page says."""
    stated = _CHARSET.search(kind)
    encoding = options.encoding or (declared_encoding(stated[1]) if stated else None)
    if encoding and not options.encoding:
        try:
            data.decode(encoding)
        except UnicodeDecodeError:
            encoding = None
    if kind.partition(";")[0].strip().lower() == "text/plain":
        return decode(data, encoding)
    return main_text(data, encoding)

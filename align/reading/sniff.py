"""What a file is, by its first bytes, its name and the text in it."""

from __future__ import annotations

import csv
import re

from align.errors import InputError
from align.reading.compression import HEAD, Stream, plain_name
from align.reading.options import Format, ReadOptions

_ENDINGS: dict[str, Format] = {
    **dict.fromkeys((".jsonl", ".ndjson", ".jsonlines", ".jl", ".json"), "jsonl"),
    **dict.fromkeys((".csv", ".tsv", ".tab"), "csv"),
    **dict.fromkeys((".parquet", ".pq"), "parquet"),
    **dict.fromkeys((".arrow", ".feather", ".ipc"), "arrow"),
    **dict.fromkeys((".html", ".htm", ".xhtml"), "html"),
    **dict.fromkeys((".warc", ".wet"), "warc"),
    **dict.fromkeys((".srt", ".vtt"), "subtitles"),
    ".docx": "docx",
    ".odt": "odt",
    ".epub": "epub",
}
_BYTES: tuple[tuple[bytes, Format], ...] = (
    (rb"PAR1", "parquet"),
    (rb"ARROW1|\xff\xff\xff\xff.{2}[\x00-\x03]\x00", "arrow"),
    (rb"WARC/[01]\.|filedesc://", "warc"),
    (rb"PK\x03\x04.{26}mimetypeapplication/epub\+zip", "epub"),
    (rb"PK\x03\x04.{26}mimetypeapplication/vnd\.oasis\.opendocument\.text", "odt"),
    (rb"PK\x03\x04.{26}(?:\[Content_Types\]\.xml|_rels/|docProps/|word/).*PK\x03\x04.{26}word/", "docx"),
)
_SIGNATURES = tuple((re.compile(pattern, re.DOTALL), format) for pattern, format in _BYTES)
_OBJECT = re.compile(rb'\{\s*("(?:[^"\\]|\\.)*"\s*:|\})', re.DOTALL)
_ARRAY = re.compile(rb"\[\s*\{\s*\"", re.DOTALL)
_SUBTITLES = re.compile(
    rb"WEBVTT(?:[ \t\r\n]|$)|(?:\d+[ \t]*\r?\n)?(?:\d+:)?\d\d:\d\d[,.]\d{1,3}[ \t]+-->[ \t]"
)
_PAGE = re.compile(
    rb"(?:<\?xml[^>]*>|<!--.*?-->|\s)*(?:<!doctype\s+html|<html|<head\b|<body\b)", re.IGNORECASE | re.DOTALL
)
_XML = re.compile(rb"<\?xml\s")
_RICH = re.compile(rb"\{\\rtf\d")


def input_format(path: str, stream: Stream, options: ReadOptions) -> Format:
    """How a file is to be read: as the user says, else by bytes that only one format begins with, its name, its text.

    Raises:
        InputError: it is in a format that is known but not read.
    """
    if options.format != "auto":
        return options.format
    head = stream.peek(HEAD)[:HEAD]
    name = plain_name(path)
    by_name = next((format for ending, format in _ENDINGS.items() if name.endswith(ending)), None)
    signature = (format for pattern, format in _SIGNATURES if pattern.match(head))
    return next(signature, None) or by_name or _by_text(head, name, options)


def begins_as_json(head: bytes) -> bool:
    """Whether the first bytes are those of JSON objects, one by one or in an array, in whichever Unicode."""
    text = _plain(head)
    return bool(_OBJECT.match(text) or _ARRAY.match(text))


def _plain(head: bytes) -> bytes:
    """The first bytes of a text less what UTF-16 and byte order marks put between its ASCII characters."""
    return head.translate(None, b"\x00\xef\xbb\xbf\xff\xfe").lstrip() if _is_wide(head) else _unmarked(head)


def _is_wide(head: bytes) -> bool:
    return b"\x00" in head[:4] or head.startswith((b"\xff\xfe", b"\xfe\xff"))


def _unmarked(head: bytes) -> bytes:
    return head.removeprefix(b"\xef\xbb\xbf").lstrip()


def _by_text(head: bytes, name: str, options: ReadOptions) -> Format:
    text = _plain(head)
    if begins_as_json(head):
        return "jsonl"
    if _PAGE.match(text):
        return "html"
    if _SUBTITLES.match(text):
        return "subtitles"
    if _XML.match(text) or _RICH.match(text):
        what = "XML" if _XML.match(text) else "rich text (RTF)"
        raise InputError(f"is {what}, whose markup is no text; convert it, or add --input-format text")
    return "csv" if not name.endswith(".md") and _is_table(text, options) else "text"


def _is_table(text: bytes, options: ReadOptions) -> bool:
    """Whether the first line names the columns of the ids and of the texts."""
    line = re.split(rb"[\r\n]", text[:1000], maxsplit=1)[0].decode("utf-8", "replace").strip()
    return any(
        {options.text_field, options.id_field or "id"} <= set(next(csv.reader([line], delimiter=mark), []))
        for mark in ",;\t|"
    )

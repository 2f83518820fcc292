"""The title of a document, and what its front matter and its links say in every language.

Pages of one site share their template and differ in their subject: the title names it. Names of files, addresses, code
and identifiers are the same in all languages, and few pages have the same ones.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from zlib import crc32

import numpy as np

from align._internal.arrays import UInts32

_FENCES = ("---", "+++")  # around front matter: YAML and TOML
_FRONT = 60  # lines among which front matter ends
_TITLE = re.compile(r"""\btitle["']?\s*[:=]\s*(["']?)(.+?)\1\s*(?:$|\s[a-z_]{2,20}\s*[:=]\s)""")
_HEADING = re.compile(r"#{1,3}\s+(.+?)\s*#*$")
_LETTER = re.compile(r"[^\W\d_]")
_LONGEST = 120  # characters of a title
# What is written alike in all languages: addresses and paths, code, identifiers with a mark inside. Each part has a
# longest length, so that no text takes more than linear time.
_MARK = re.compile(
    r"(?<![\w/])(?P<path>(?:https?://)?[A-Za-z0-9.~-]{0,80}/[A-Za-z0-9._~/#-]{3,200})"
    r"|`(?P<code>[^`\n]{2,60})`"
    r"|(?<![\w-])(?P<identifier>[A-Za-z][A-Za-z0-9]{0,40}(?:[_:.-][A-Za-z0-9]{1,40}){1,6})(?![\w-])"
)
_LANGUAGE_IN_PATH = re.compile(r"/[a-z]{2,3}(?:[-_][A-Za-z]{2,4})?(?=/)")
_MOST = 100_000  # characters of a document that are searched


def title_of(texts: Sequence[str]) -> str:
    """The title that the front matter names, else the first heading, else how the text begins."""
    body = list(_without_front_matter(texts))
    front = texts[: len(texts) - len(body)]
    for text in front:
        if found := _TITLE.search(text[:2000]):
            return found[2][:_LONGEST].strip()
    for text in body[:5]:
        if found := _HEADING.match(text[:500]):
            return found[1][:_LONGEST]
    first = next((text for text in body if _LETTER.search(text)), "")
    return first[:_LONGEST]


def body_of(texts: Sequence[str]) -> list[str]:
    """The texts less front matter and those with hardly a letter; all of them where nothing else is there."""
    body = list(_without_front_matter(texts))
    return [text for text in body if len(_LETTER.findall(text[:200])) >= 20] or body or list(texts)


def _without_front_matter(texts: Sequence[str]) -> Iterator[str]:
    start = 0
    if texts and texts[0].startswith(_FENCES):
        fence = texts[0][:3]
        if texts[0].rstrip().endswith(fence) and len(texts[0]) > 6:
            start = 1
        else:
            ends = (k for k, text in enumerate(texts[1:_FRONT], 1) if text.rstrip().endswith(fence))
            start = next(ends, -1) + 1
    yield from texts[start:]


def marks_of(texts: Sequence[str]) -> UInts32:
    """The distinct addresses, pieces of code and identifiers of a document, as sorted hashes."""
    text = unicodedata.normalize("NFKC", "\n".join(texts)[:_MOST])
    found = {_folded(match) for match in _MARK.finditer(text)}
    hashes = {crc32(mark.encode("utf-8", "replace")) for mark in found if len(mark) > 2}
    return np.array(sorted(hashes), np.uint32)


def _folded(match: re.Match[str]) -> str:
    """The mark in lower case; an address without the language that it names."""
    text = match.group(match.lastgroup or 0).casefold().strip(" ./#")
    return _LANGUAGE_IN_PATH.sub("", f"/{text}") if match.lastgroup == "path" else text

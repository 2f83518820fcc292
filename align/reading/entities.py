"""HTML entities left in text by a program that did not decode them: ``&nbsp;``, ``&amp;quot;``, ``&#8217;``."""

from __future__ import annotations

import html
import re
from collections import Counter
from html.entities import html5

import pyarrow as pa
import pyarrow.compute as pc

from align.text.clean import clean

_PATTERN = r"&(?:amp;)?(?:#\d{1,6}|#[xX][0-9a-fA-F]{2,5}|[a-zA-Z]{2,8}\d{0,2});"  # the same for Arrow
_ENTITY = re.compile(_PATTERN)
# What somebody writes who explains HTML, or an address that holds a field; the others nobody types.
_MAY_BE_MEANT = frozenset(["&amp;", "&lt;", "&gt;"])
_BARE = re.compile(r"&(?=\s)")
_CODE = re.compile(r"`[^`\n]+`|https?://\S+")


def decode_entities(text: str) -> tuple[str, int]:
    """The text with its entities decoded, and how many there were; as it is where it does not clearly carry them.

    It does where there are some that nobody types, or several of any kind, none of them named as code, and hardly an
    ampersand stands by itself: a program that escapes a text escapes all of them.
    """
    known = Counter(match for match in _ENTITY.findall(text) if _is_known(match))
    total = known.total()
    if not total or any(_ENTITY.search(code) for code in _CODE.findall(text) if code.startswith("`")):
        return text, 0
    typed_by_nobody = total - sum(known[name] for name in _MAY_BE_MEANT)
    bare = len(_BARE.findall(text))
    if (typed_by_nobody or total > 1) and bare < total:
        return clean(_ENTITY.sub(_decoded, text)), total
    return text, 0


def entities_decoded(batch: pa.RecordBatch) -> dict[int, tuple[str, str]]:
    """The rows whose text carries entities: by number, the decoded text and a warning."""
    places = pc.indices_nonzero(pc.match_substring_regex(batch["text"], _PATTERN))
    found: dict[int, tuple[str, str]] = {}
    for row, text in zip(places.to_pylist(), batch["text"].take(places).to_pylist(), strict=True):
        decoded, count = decode_entities(text)
        if count:
            found[row] = (
                decoded,
                f"{count:,} HTML {'entity' if count == 1 else 'entities'} left in the text: decoded",
            )
    return found


def _is_known(entity: str) -> bool:
    name = entity.replace("&amp;", "&", 1) if entity != "&amp;" else entity
    return name.startswith("&#") or name[1:] in html5


def _decoded(match: re.Match[str]) -> str:
    """What an entity stands for, escaped twice or once; a line end is a space: lines are never added."""
    entity = match.group()
    if not _is_known(entity):
        return entity
    text = html.unescape(html.unescape(entity) if entity != "&amp;" else entity)
    return " " if text in ("\r", "\n") else text

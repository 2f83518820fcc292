"""Names of encodings: those that pages may declare (WHATWG's Encoding Standard), and those that people give."""

from __future__ import annotations

import codecs

from align.errors import UsageError

# Codecs of Python that are no encodings of texts, or that pages cannot be in.
_NO_TEXT = frozenset({"idna", "punycode", "undefined", "unicode_escape", "raw_unicode_escape", "mbcs", "oem"})

# Where browsers read a superset; what declares UTF-16 in ASCII is not in it.
_AS_BROWSERS = {
    "gbk": "gb18030", "gb18030": "gb18030", "shift_jis": "cp932", "euc-kr": "cp949", "big5": "big5hkscs",
    "utf-16le": "utf-8", "utf-16be": "utf-8",
}  # fmt: skip


def declared_encoding(label: str) -> str | None:
    """Python's codec for the encoding that a page declares by this label; None where no browser knows it."""
    import webencodings

    found = webencodings.lookup(label)
    if found is None or found.name in ("replacement", "x-user-defined"):
        return None
    return _AS_BROWSERS.get(found.name) or str(found.codec_info.name)


def known_encoding(label: str) -> str:
    """Python's name of an encoding.

    Raises:
        UsageError: there is none of that name.
    """
    try:
        found = codecs.lookup(label)
        if not found._is_text_encoding or found.name.replace("-", "_") in _NO_TEXT:
            raise LookupError
    except (LookupError, ValueError):
        raise UsageError(
            f"encoding {label!r} is not known; give one such as utf-8, cp1252, gb18030, shift_jis, koi8-r"
        ) from None
    return found.name

"""Text that any tokenizer can take."""

from __future__ import annotations


def readable(text: str, limit: int) -> str:
    """The text up to `limit` characters, with lone surrogates (which no UTF-8 can hold) replaced by U+FFFD."""
    text = text[:limit]
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return text

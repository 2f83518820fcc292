"""Text made fit: for any tokenizer, and the errors of libraries for one line."""

from __future__ import annotations


def readable(text: str, limit: int) -> str:
    """The text up to `limit` characters, with lone surrogates (which no UTF-8 can hold) replaced by U+FFFD."""
    text = text[:limit]
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return text


def first_line(error: Exception) -> str:
    """The first sentence of an error, 200 characters at most: torch goes on with advice that is none for this case."""
    lines = str(error).strip().splitlines()
    return lines[0].partition(". ")[0][:200] if lines else type(error).__name__

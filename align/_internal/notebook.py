"""Tables as notebooks show them: plain HTML, every text escaped."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape
from itertools import islice

SHOWN = 20  # rows; who wants more asks for a data frame
_LONGEST = 160  # characters of a cell


def table_html(said: str, columns: Sequence[str], rows: Iterable[Sequence[object]], total: int) -> str:
    """The first rows of a table below a line that says what it is; `total` is how many rows there are."""
    head = "".join(f"<th>{escape(name)}</th>" for name in columns)
    body = "".join(f"<tr>{''.join(map(_cell, row))}</tr>" for row in islice(rows, SHOWN))
    more = f"<p>and {total - SHOWN:,} more</p>" if total > SHOWN else ""
    table = f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>" if total else ""
    return f"<p>{escape(said)}</p>{table}{more}"


def _cell(value: object) -> str:
    if isinstance(value, float):
        return f"<td>{value:.4f}</td>"
    text = "" if value is None else str(value)
    short = text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1].rstrip()}…"
    return f'<td dir="auto" style="text-align: start">{escape(short)}</td>'

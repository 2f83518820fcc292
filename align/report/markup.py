"""HTML by small functions: everything that is data is escaped, and a page may load nothing.

A page is one file. Its content security policy allows exactly the style sheet and the script that are in it, by their
hashes, and pictures that are in it; so even a text that slipped through unescaped could not run or send anything.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Iterable, Iterator
from functools import cache
from html import escape as esc
from importlib.resources import files
from itertools import islice
from typing import Any
from urllib.parse import quote

from align.text.languages import canonical, right_to_left

__all__ = [
    "counted",
    "data_block",
    "esc",
    "href",
    "lang",
    "number",
    "page",
    "percent",
    "rounded",
    "two_digits",
]

_CHUNK = 40  # rows


@cache
def _asset(*names: str) -> tuple[str, str]:
    """Style sheets or scripts as one text, and its hash for the security policy."""
    folder = files("align.report") / "assets"
    text = "".join((folder / name).read_text("utf-8") for name in names)
    return text, "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


def page(*, title: str, body: Iterable[str], kind: str, script: str) -> str:
    """A whole page; `title` is escaped here, `body` is markup. `kind` names the page for the style sheet."""
    style, style_hash = _asset("report.css")
    code, code_hash = _asset("common.js", script)
    policy = (
        f"default-src 'none'; style-src '{style_hash}'; script-src '{code_hash}'; img-src data:; "
        "base-uri 'none'; form-action 'none'"
    )
    return "".join(
        (
            '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">',
            f'<meta http-equiv="Content-Security-Policy" content="{esc(policy)}">',
            '<meta name="viewport" content="width=device-width,initial-scale=1">',
            '<meta name="color-scheme" content="light dark"><meta name="referrer" content="no-referrer">',
            f'<title>{esc(title)}</title><link rel="icon" href="data:,"><style>{style}</style></head>\n',
            f'<body class="{kind}"><a class="skip" href="#main">Skip to the content</a>\n',
            *body,
            f"<script>{code}</script></body></html>\n",
        )
    )


def chunked(rows: Iterable[str]) -> Iterator[str]:
    """Rows in groups that the browser lays out as they come into view (the script's `arrange` makes the same)."""
    rows = iter(rows)
    while chunk := list(islice(rows, _CHUNK)):
        yield '<div role="rowgroup" class="chunk">\n'
        yield from chunk
        yield "</div>\n"


def data_block(id: str, data: Any) -> str:
    """Data for the page's script. Nothing in it can end the element: ``<`` is written as an escape."""
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":")).replace("<", "\\u003c")
    return f'<script type="application/json" id="{id}">{text}</script>\n'


def href(*parts: str) -> str:
    """A relative link to a file whose name may hold anything."""
    return esc("/".join(quote(part, safe="") if part != ".." else part for part in parts))


def lang(code: str) -> str:
    """The attributes of an element with text in this language."""
    tag = canonical(code)
    named = f' lang="{esc(tag)}"' if tag else ""
    return named + (' dir="rtl"' if right_to_left(tag) else ' dir="auto"')


def number(value: float) -> str:
    """1234 as ``1,234``."""
    return f"{value:,.0f}"


def counted(count: int, one: str, many: str | None = None) -> str:
    """``1 gap``, ``2 gaps``."""
    return f"{number(count)} {one if count == 1 else many or one + 's'}"


def percent(value: float) -> str:
    return f"{100 * value:.1f} %" if 0 < value < 0.1 or 0.99 < value < 1 else f"{100 * value:.0f} %"


def rounded(value: str) -> str:
    """A number of a table with three decimals, never rounded up to certainty; anything else as it stands."""
    try:
        number = float(value)
    except ValueError:
        return value
    return "> 0.999" if 0.9995 <= number < 1 else f"{number:.3f}"


def two_digits(value: float) -> str:
    """A confidence as ``.93``; certainty as ``1.0``."""
    return "1.0" if value >= 0.995 else f"{value:.2f}"[1:]

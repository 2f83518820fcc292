"""Pages from templates: the template engine escapes everything that is data, and a page may load nothing.

A page is one file. Its content security policy allows exactly the style sheet and the script that are in it, by their
hashes, and pictures that are in it; so even a text that slipped through unescaped could not run or send anything.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterable, Iterator
from functools import cache
from importlib.resources import files
from itertools import islice
from typing import TYPE_CHECKING, TypeVar
from urllib.parse import quote

from align._internal.wording import counted
from align.text.languages import canonical, right_to_left

if TYPE_CHECKING:
    from jinja2 import Environment

T = TypeVar("T")

_CHUNK = 40  # rows


@cache
def environment() -> Environment:
    """The templates of this room. A name that a page was not given is an error, not an empty place."""
    from jinja2 import Environment, PackageLoader, StrictUndefined

    found = Environment(
        loader=PackageLoader("align.report"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    found.policies["json.dumps_kwargs"] = {"ensure_ascii": False, "separators": (",", ":")}
    for filter in (chunked, counted, href, number, percent, rounded, two_digits):
        found.filters[filter.__name__] = filter
    return found


def page(template: str, *, script: str, **values: object) -> str:
    """A whole page: the template with these values, the style sheet, and the script of this name."""
    style, style_hash = _asset("report.css")
    code, code_hash = _asset("common.js", script)
    policy = (
        f"default-src 'none'; style-src '{style_hash}'; script-src '{code_hash}'; img-src data:; "
        "base-uri 'none'; form-action 'none'"
    )
    return environment().get_template(template).render(values, policy=policy, style=style, code=code)


@cache
def _asset(*names: str) -> tuple[str, str]:
    """Style sheets or scripts as one text, and its hash for the security policy."""
    folder = files("align.report") / "assets"
    text = "".join((folder / name).read_text("utf-8") for name in names)
    return text, "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


def chunked(rows: Iterable[T]) -> Iterator[list[T]]:
    """Rows in groups that the browser lays out as they come into view (the script's `arrange` makes the same)."""
    rows = iter(rows)
    while chunk := list(islice(rows, _CHUNK)):
        yield chunk


def href(*parts: str) -> str:
    """A relative link to a file whose name may hold anything."""
    return "/".join(quote(part, safe="") if part != ".." else part for part in parts)


def lang(code: str) -> dict[str, str]:
    """The attributes of an element with text in this language."""
    tag = canonical(code)
    named = {"lang": tag} if tag else {}
    return named | {"dir": "rtl" if right_to_left(tag) else "auto"}


def number(value: float) -> str:
    """1234 as ``1,234``."""
    return f"{value:,.0f}"


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

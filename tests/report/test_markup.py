from __future__ import annotations

import ast
import json
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jinja2 import UndefinedError
from lxml import html

import align.report
from align.report.markup import chunked, environment, href, lang, percent, rounded, two_digits

from ..formats.hostile import texts

ROOM = Path(align.report.__file__).parent


@given(st.lists(texts))
def test_data_cannot_leave_its_element(data: list[str]) -> None:
    template = environment().from_string('<script type="application/json">{{ data|tojson }}</script>')
    block = template.render(
        data=[text.encode("utf-8", "replace").decode() for text in [*data, "</script><!--"]]
    )
    assert block.count("</") == 1
    (element,) = html.fragments_fromstring(block)
    assert json.loads(element.text)[-1] == "</script><!--"


def test_what_a_page_was_not_given_is_an_error() -> None:
    with pytest.raises(UndefinedError, match="'word' is undefined"):
        environment().from_string("{{ word }}").render()


@pytest.mark.parametrize(
    ("value", "shown"),
    [("0.99971", "> 0.999"), ("1.0000", "1.000"), ("0.8714", "0.871"), ("", ""), ("exact", "exact")],
)
def test_nothing_is_rounded_up_to_certainty(value: str, shown: str) -> None:
    assert rounded(value) == shown


def test_small_words() -> None:
    assert (two_digits(0.934), two_digits(0.996), two_digits(0)) == (".93", "1.0", ".00")
    assert (percent(0.052), percent(0.5), percent(0)) == ("5.2 %", "50 %", "0 %")
    assert lang("ar") == {"lang": "ar", "dir": "rtl"}
    assert lang("fa-AF") == {"lang": "fa-AF", "dir": "rtl"}
    assert lang("pt_br") == {"lang": "pt-BR", "dir": "auto"}
    assert lang('"><script>') == {"dir": "auto"}
    assert lang("und") == {"dir": "auto"}
    assert href("a b?#%.html") == "a%20b%3F%23%25.html"
    assert list(map(len, chunked(range(81)))) == [40, 40, 1]


def literals(tree: ast.Module) -> list[str]:
    """The text constants of a module that are not docstrings."""
    docstrings = {
        id(node.body[0].value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef)
        and node.body
        and isinstance(node.body[0], ast.Expr)
    }
    return [
        node.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in docstrings
    ]


def test_only_templates_make_markup() -> None:
    """No tag is put together by hand, and nothing is escaped or declared safe by hand."""
    modules = sorted(ROOM.rglob("*.py"))
    assert len(modules) > 8
    for path in modules:
        tree = ast.parse(path.read_text("utf-8"))
        assert not [text for text in literals(tree) if re.search(r"</?[a-zA-Z!]|&\w+;", text)], path.name
        names = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
        names |= {
            name.name for node in ast.walk(tree) if isinstance(node, ast.ImportFrom) for name in node.names
        }
        assert not names & {"escape", "esc", "Markup", "html", "markupsafe"}, path.name


def test_only_the_own_style_sheet_and_script_are_trusted() -> None:
    trusted = [
        match
        for path in sorted((ROOM / "templates").iterdir())
        for match in re.findall(r"{{[^}]*\bsafe\b[^}]*}}|{%\s*autoescape.*?%}", path.read_text("utf-8"))
    ]
    assert trusted == ["{{ style|safe }}", "{{ code|safe }}"]
    assert environment().autoescape is True

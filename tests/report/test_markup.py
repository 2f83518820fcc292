from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import html

from align.report.markup import counted, data_block, href, lang, percent, rounded, two_digits

from ..formats.hostile import texts


@given(st.lists(texts))
def test_data_cannot_leave_its_element(data: list[str]) -> None:
    block = data_block("x", [text.encode("utf-8", "replace").decode() for text in [*data, "</script><!--"]])
    assert block.count("</") == 1
    (element,) = html.fragments_fromstring(block.strip())
    assert json.loads(element.text)[-1] == "</script><!--"


@pytest.mark.parametrize(
    ("value", "shown"),
    [("0.99971", "> 0.999"), ("1.0000", "1.000"), ("0.8714", "0.871"), ("", ""), ("exact", "exact")],
)
def test_nothing_is_rounded_up_to_certainty(value: str, shown: str) -> None:
    assert rounded(value) == shown


def test_small_words() -> None:
    assert [counted(n, "gap") for n in (0, 1, 1234)] == ["0 gaps", "1 gap", "1,234 gaps"]
    assert (two_digits(0.934), two_digits(0.996), two_digits(0)) == (".93", "1.0", ".00")
    assert (percent(0.052), percent(0.5), percent(0)) == ("5.2 %", "50 %", "0 %")
    assert lang("ar") == ' lang="ar" dir="rtl"'
    assert lang("fa-AF") == ' lang="fa-AF" dir="rtl"'
    assert lang("pt_br") == ' lang="pt-BR" dir="auto"'
    assert lang('"><script>') == ' dir="auto"'
    assert lang("und") == ' dir="auto"'
    assert href("a b?#%.html") == "a%20b%3F%23%25.html"

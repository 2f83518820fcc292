from __future__ import annotations

import unicodedata

from hypothesis import given
from hypothesis import strategies as st

from align.text.clean import clean, fold


def test_line_ends_and_controls() -> None:
    assert clean("a\r\nb\rc\x00d\x0be\tf\ufeff") == "a\nb\ncd e\tf"


def test_lone_surrogates_become_replacement_characters() -> None:
    assert clean("a\ud800b").encode("utf-8") == "a\ufffdb".encode()


def test_shown_text_keeps_compatibility_characters_but_comparison_does_not() -> None:
    assert clean("e\u0301 ABC①") == "é ABC①"
    assert fold("  ABC①\u3000Straße ") == "abc1 strasse"


@given(st.text())
def test_clean_is_idempotent_and_encodable(text: str) -> None:
    once = clean(text)
    assert clean(once) == once
    assert once.encode("utf-8").decode("utf-8") == once
    assert unicodedata.is_normalized("NFC", once)


@given(st.text(alphabet=st.characters(exclude_characters="\r")))
def test_clean_never_adds_or_removes_lines(text: str) -> None:
    assert clean(text).count("\n") == text.count("\n")

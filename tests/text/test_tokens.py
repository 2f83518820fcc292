"""Tokens: what counts as one, whatever form the text is in."""

from __future__ import annotations

import re
import unicodedata
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from align.text.tokens import token_ends, token_table, tokens

SEEDS = sorted((Path(__file__).parents[2] / "seeds").glob("*.txt"))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Hello, WORLD! don't under_score 3.14", ["hello", "world", "don", "t", "under_score", "3", "14"]),
        ("人工智能AI模型", ["人", "工", "智", "能", "ai", "模", "型"]),
        ("カタカナーひらがな", ["カ", "タ", "カ", "ナ", "ー", "ひ", "ら", "か\u3099", "な"]),
        ("ｶﾞ①㎏ﬁ", ["カ\u3099", "1kgfi"]),
        ("สวัสดี", ["ส", "วั", "ส", "ดี"]),
        ("ສະບາຍ ភាសា", ["ສ", "ະ", "ບ", "າ", "ຍ", "ភា", "សា"]),
        ("हिन्दी में", ["हिन्दी", "में"]),
        ("𐐀𐐨 𠮷野", ["𐐨𐐨", "𠮷", "野"]),
        ("ΟΔΟΣ οδος", ["οδοσ", "οδοσ"]),
        ("so\u00adft zero\u200dwidth", ["soft", "zerowidth"]),
        ("a\ud800b \ufffd \x00", ["a", "b"]),
        ("", []),
        ("?! … —", []),
    ],
)
def test_tokens_by_script(text: str, expected: list[str]) -> None:
    assert tokens(text) == expected


def test_hangul_syllables_are_single_in_either_form() -> None:
    assert len(tokens("한국어")) == 3
    assert tokens("한국어") == tokens(unicodedata.normalize("NFD", "한국어"))


def test_marks_in_any_order_are_one_token() -> None:
    assert tokens("e\u0302\u0323") == tokens("e\u0323\u0302") == tokens("ệ")


@given(st.text(st.characters(max_codepoint=0x2FFFF)))
def test_normal_forms_give_the_same_tokens(text: str) -> None:
    assigned = "".join(c for c in text if unicodedata.category(c) not in ("Cn", "Cs"))
    for form in ("NFC", "NFD", "NFKC", "NFKD"):
        assert tokens(unicodedata.normalize(form, assigned)) == tokens(assigned)


@given(st.text(st.sampled_from("abcXYZ019_ ,.-\n人工が")))
def test_plain_text_agrees_with_a_regular_expression(text: str) -> None:
    found = re.findall(r"[人工が]|(?:(?![人工が])\w)+", text.lower())
    assert tokens(text) == [unicodedata.normalize("NFKD", token) for token in found]


@pytest.mark.parametrize("path", SEEDS, ids=lambda path: path.name[:3])
def test_seeds_agree_with_a_regular_expression(path: Path) -> None:
    text = unicodedata.normalize("NFKC", path.read_text(encoding="utf-8")).lower()
    found = re.findall(r"[\u3040-\u30ff\u3400-\u9fff]|(?:(?![\u3040-\u30ff\u3400-\u9fff])\w)+", text)
    assert tokens(text) == [unicodedata.normalize("NFKD", token) for token in found]


def test_ends_are_behind_the_last_character() -> None:
    assert list(token_ends("ab, c人 ")) == [("ab", 2), ("c", 5), ("人", 6)]


@pytest.mark.slow
def test_table_agrees_with_python_where_both_know_a_character() -> None:
    """Letters and numbers are tokens, separators are not; the table's Unicode is 15.0, Python's another."""
    assert token_table().version == "15.0.0+1"
    for code in range(0x110000):
        character = chr(code)
        normal = unicodedata.normalize("NFKC", character)
        if any(part.isalnum() for part in normal) and code not in FILLERS and code not in NEWER:
            assert tokens("a" + character) != ["a"], hex(code)
        if unicodedata.category(character)[0] in "PSZ" and not any(
            part.isalnum() or part == "_" for part in normal
        ):
            assert tokens("a" + character + "b") == ["a", "b"], hex(code)


NEWER = range(0x2EBF0, 0x2EE5E)  # the letters that Unicode 15.1, and so Python 3.13, has beyond the table
# Letters without a shape; the stroke that stretches a word, alone and with marks.
FILLERS = {0x115F, 0x1160, 0x3164, 0xFFA0, 0x640, *range(0xFCF2, 0xFCF5), *range(0xFE71, 0xFE80)}


@pytest.mark.parametrize(
    ("pointed", "plain"),
    [
        ("كِتَابٌ", "كتاب"),
        ("الـــسلام عليكم", "السلام عليكم"),
        ("هٰذَا", "هذا"),
        ("שָׁלוֹם", "שלום"),
        ("בְּרֵאשִׁ֖ית", "בראשית"),
    ],
)
def test_marks_that_are_optional_do_not_count(pointed: str, plain: str) -> None:
    assert tokens(pointed) == tokens(plain)


@pytest.mark.parametrize(("one", "other"), [("سأل", "سال"), ("آن", "ان"), ("café", "cafe"), ("йод", "иод")])
def test_marks_that_are_part_of_a_letter_count(one: str, other: str) -> None:
    assert tokens(one) != tokens(other)

"""Sentences of many languages: `segmented.txt` has a text a line, its language before it, ¦ where a sentence ends."""

from __future__ import annotations

from pathlib import Path

import pytest

from align.text.abbreviations import abbreviations
from align.text.sentences import split_sentences

_LINES = Path(__file__).with_name("segmented.txt").read_text("utf-8").splitlines()
_INVISIBLE = {r"\u200b": "\u200b", r"\u00ad": "\u00ad", r"\u200f": "\u200f"}


@pytest.mark.parametrize("line", _LINES)
def test_sentences_end_where_a_reader_says(line: str) -> None:
    language, marked = line.split("|", 1)
    for name, character in _INVISIBLE.items():
        marked = marked.replace(name, character)
    text = marked.replace("¦", "")
    assert [text[a:b] for a, b in split_sentences(text, language)] == [s.strip() for s in marked.split("¦")]


def test_invisible_characters_stay_in_the_sentence_before_them() -> None:
    text = "One sentence.\u200bAnother one.\u200f A third."
    assert [text[a:b] for a, b in split_sentences(text, "en")] == [
        "One sentence.\u200b", "Another one.\u200f", "A third.",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("language", "before", "following", "joined"),
    [
        ("en", "It is by Mr.", "Brown", True),
        ("en", "apples etc.", "and", True),
        ("en", "apples etc.", "Then", False),
        ("de", "im 2.", "Stock", True),
        ("de", "es waren 12.", "Danach", False),
        ("cs", "v 2.", "patře", True),
        ("en", "there were 12.", "all", False),
        ("en", "vitamin C.", "It", False),
        ("fr", "avec A.", "Hieber", True),
        ("nb", "det er f.eks.", "mange", True),  # listed for Danish
        ("sw", "alisema Dr.", "Juma", True),  # of all languages
        ("de", "z.\u00adB.", "das", True),
    ],
)
def test_abbreviations(language: str, before: str, following: str, joined: bool) -> None:
    assert abbreviations(language).joins(before, following) is joined


def test_what_stands_in_our_table_wins_over_the_lists_of_others() -> None:
    assert "etc" not in abbreviations("es").always
    assert "etc" in abbreviations("es").closing

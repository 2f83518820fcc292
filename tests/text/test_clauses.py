"""Where a sentence may be cut."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from align.text.clauses import clause_ends, word_ends


@pytest.mark.parametrize(
    ("text", "clauses"),
    [
        ("He came, saw and won; then he left.", ["He came,", " saw and won;", " then he left."]),
        ("It costs 3,000 or 3.5 % of 12:30.", ["It costs 3,000 or 3.5 % of 12:30."]),
        ("船来了，人们笑；“好！”他说。", ["船来了，", "人们笑；", "“好！”", "他说。"]),
        ("ตลาดน้ำ เปิดแต่เช้า", ["ตลาดน้ำ", " เปิดแต่เช้า"]),
        ("قال، ثم ذهب", ["قال،", " ثم ذهب"]),
        ("a well-known fact – and more", ["a well-known fact –", " and more"]),
        ("", [""]),
        (", , one, – , two", [", , one,", " – , two"]),
        (", , , , ...", [", , , , ..."]),
        ("only words", ["only words"]),
    ],
)
def test_clauses(text: str, clauses: list[str]) -> None:
    ends = [0, *clause_ends(text), len(text)]
    assert [text[a:b] for a, b in pairwise(ends)] == clauses


def test_words_end_where_white_space_follows() -> None:
    assert word_ends(" a bc  d ") == [2, 5]
    assert word_ends("- a - - b") == [3]


@given(st.text(st.sampled_from("ab ,.;，。ก“”\n")))
def test_every_clause_says_something(text: str) -> None:
    for ends in (clause_ends(text), word_ends(text)):
        assert ends == sorted(set(ends))
        edges = [0, *ends, len(text)]
        assert not ends or all(text[a:b].strip() for a, b in pairwise(edges))

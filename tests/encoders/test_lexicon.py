from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from align.encoders.lexicon import get_lexicon


def row(word: str) -> np.ndarray:
    lexicon = get_lexicon()
    return lexicon.rows(lexicon.ids([word])[0])[-1]


@pytest.mark.parametrize(
    ("left", "right"), [("water", "的水"), ("president", "的总统"), ("market", "的市场"), ("house", "maison")]
)
def test_translations_are_near(left: str, right: str) -> None:
    assert row(left) @ row(right) > 0.65
    assert abs(row(left) @ row("的天气")) < 0.3


def test_rows_are_unit_or_zero() -> None:
    lexicon = get_lexicon()
    rows = lexicon.rows(np.array([0, 1, 2, 6, 500, 127_999]))
    np.testing.assert_allclose(np.linalg.norm(rows, axis=1), [0, 0, 0, 0, 1, 1], atol=1e-5)
    assert lexicon.size == 128_000
    assert lexicon.rows(np.array([], np.int32)).shape == (0, lexicon.dimension)


def test_tokens_point_into_the_text_and_make_words() -> None:
    lexicon = get_lexicon()
    text = "Hello, 中国的市场 isn't"
    tokens = lexicon.tokenise(text)
    surfaces = [text[a:b] for a, b in zip(tokens.starts, tokens.ends, strict=True)]
    assert surfaces == ["Hello", ",", " ", "中国的", "市场", " is", "n", "'", "t"]
    assert tokens.words.tolist() == [0, 1, 2, 3, 4, 5, 5, 6, 6]
    assert lexicon.is_word(tokens.ids).tolist() == [True, False, False, True, True, True, True, False, True]
    assert lexicon.piece(tokens.ids[0]) == "▁Hello"


@settings(max_examples=150, deadline=None)
@given(st.text(max_size=60))
def test_tokenise_anything(text: str) -> None:
    tokens = get_lexicon().tokenise(text)
    assert len(tokens.ids) == len(tokens.starts) == len(tokens.ends) == len(tokens.words)
    assert (tokens.starts <= tokens.ends).all()
    assert (tokens.starts[1:] >= tokens.ends[:-1]).all()
    assert not len(tokens.ends) or tokens.ends[-1] <= len(text)
    assert not len(tokens.words) or (tokens.words[0] == 0 and (np.diff(tokens.words) <= 1).all())

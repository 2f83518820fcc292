"""Pairs that the quick comparison leaves open are aligned before they are accepted."""

from __future__ import annotations

import pytest

from align.document import Document
from align.pairing import find_pairs, proof

ENGLISH = Document.from_text(
    "a", "The water in the harbour is cold today.\nThe ships wait for the tide.", language="en"
)
GERMAN = Document.from_text(
    "b", "Das Wasser im Hafen ist heute kalt.\nDie Schiffe warten auf die Flut.", language="de"
)


def test_a_pair_that_aligns_is_kept() -> None:
    assert proof._answers(ENGLISH, GERMAN)
    assert len(find_pairs([ENGLISH, GERMAN])) == 1


def test_a_pair_whose_texts_do_not_answer_each_other_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(proof, "_answers", lambda source, target: False)
    found = find_pairs([ENGLISH, GERMAN])
    assert found.pairs == ()
    assert set(found.unpaired) == {"a", "b"}
    assert len(find_pairs([ENGLISH, GERMAN], given=[("a", "b")])) == 1


def test_other_texts_on_the_same_subject_do_not_answer() -> None:
    other = Document.from_text(
        "c", "Im Hafen gibt es ein neues Museum.\nEs zeigt, wie man früher gefischt hat.", language="de"
    )
    assert not proof._answers(ENGLISH, other)


def test_languages_that_the_encoder_does_not_know_are_not_judged() -> None:
    assert proof._known("en")
    assert proof._known("id")
    assert not proof._known("sw")
    assert not proof._known(None)

"""What the last mark of a sentence says depends on its language."""

from __future__ import annotations

import pytest

from align.text.marks import CLAUSE, COLON, ELLIPSIS, EXCLAMATION, QUESTION, STOP, final_mark, mark_profile


@pytest.mark.parametrize(
    ("text", "language", "mark"),
    [
        ("What is this?", "en", QUESTION),
        ("Τι είναι αυτό;", "el", QUESTION),
        ("First this;", "en", CLAUSE),
        ("ما هذا؟", "ar", QUESTION),
        ("یہ کیا ہے۔", "ur", STOP),
        ("यह क्या है।", "hi", STOP),
        ("इति॥", "sa", STOP),
        ("Սա ի՞նչ է։", "hy", STOP),
        ("Սա գիրք է:", "hy", STOP),
        ("ይህ ምንድን ነው፧", "am", QUESTION),
        ("ይህ ነው።", "am", STOP),
        ("នេះ។", "km", STOP),
        ("ဒါပါ။", "my", STOP),
        ("འདི་ཡིན།", "bo", STOP),
        ("「何？」", "ja", QUESTION),
        ("Wait...", "en", ELLIPSIS),
        ("He said: “Go!”", "en", EXCLAMATION),
        ("Namely:", "de", COLON),
        ("Heading", None, 0),
        ("", None, 0),
    ],
)
def test_final_mark(text: str, language: str | None, mark: int) -> None:
    assert final_mark(text, language) == mark


def test_marks_inside_a_unit_are_counted_by_what_they_say() -> None:
    assert (
        mark_profile("Who? He (the other), yes!", "en")
        == mark_profile("من؟ هو (الآخر)، نعم!", "ar")
        == (1, 1, 0, 2, 1)
    )

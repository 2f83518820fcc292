"""A declared language against the text."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from align.document import Document
from align.text.declared import contradicted, settle_document, settle_texts
from tests.several_encoders import CHINESE, ENGLISH, ICELANDIC, INDONESIAN

NORWEGIAN = "Regjeringen la i dag fram et nytt forslag til statsbudsjett for neste år. " * 4
SERBIAN = "Vlada Srbije je danas usvojila nacrt zakona o radu i zapošljavanju mladih ljudi. " * 4
YIDDISH = "די ביבליאָטעק עפֿנט זיך ניין אַ זייגער אין דער פֿרי און איז אָפֿן ביז שפּעט אין אָוונט. " * 4
GALICIAN = "Galicia é unha comunidade autónoma situada no noroeste da península ibérica. " * 4


@pytest.mark.parametrize(
    ("text", "declared", "found"),
    [
        (ENGLISH, "de", "en"),
        (ENGLISH, "zh-Hant", "en"),
        (CHINESE, "en-GB", "zh"),
        (ICELANDIC, "da", "is"),
        (ENGLISH, "en-US", None),
        (CHINESE, "zh-TW", None),
        (INDONESIAN, "ms", None),
        (NORWEGIAN, "nn", None),
        (NORWEGIAN, "da", None),
        (SERBIAN, "sr", None),
        (SERBIAN, "bs", None),
        (YIDDISH, "yi", None),
        (GALICIAN, "gl", None),
        (ENGLISH, "xh", None),  # which detection never learned
        ("The cat sleeps on the warm roof.", "de", None),
        ("猫在温暖的屋顶上睡觉，今天城里下雨。", "de", "zh"),
        ("12 34", "de", None),
    ],
)
def test_the_text_decides_where_it_is_beyond_doubt(text: str, declared: str, found: str | None) -> None:
    assert contradicted(text.split("\n"), declared) == found
    settled, warnings = settle_document(Document.from_text("a", text, language=declared))
    if found is None:
        assert (settled.language, warnings) == (declared, ())
    else:
        assert settled.language == found
        assert warnings == (f"declared to be in {declared}, but the text is in {found}; taken as {found}",)
        assert {p.language for p in settled.paragraphs} == {found}


def test_half_a_text_contradicts_nothing_but_is_named() -> None:
    settled, warnings = settle_document(Document.from_text("a", f"{ENGLISH}\n{ICELANDIC}", language="en"))
    assert settled.language == "en"
    (warning,) = warnings
    assert warning.endswith("% of the text is in is; taken as en")


def test_the_samples_are_what_they_are(seeds: Path) -> None:
    for path in seeds.glob("*.txt"):
        assert settle_document(Document.from_text(path.name, path.read_text("utf-8")))[1] == ()


@pytest.mark.parametrize(
    ("texts", "declared", "language", "doubts"),
    [
        (ENGLISH.split("\n"), None, "en", 0),
        (ICELANDIC.split("\n"), None, "is", 0),
        (ICELANDIC.split("\n"), "de", "is", 1),
        (["猫在温暖的屋顶上睡觉。", ""], None, "zh", 0),
        (["Hello"], None, None, 0),
        (["Hello"], "de", "de", 0),
        (["1 2 3", "4,5"], None, None, 0),
        ([], None, None, 0),
    ],
)
def test_lists_of_texts(texts: list[str], declared: str | None, language: str | None, doubts: int) -> None:
    found, warnings = settle_texts(texts, declared)
    assert (found, len(warnings)) == (language, doubts)


@settings(deadline=None, max_examples=60)
@given(
    st.lists(
        st.sampled_from([ENGLISH, ICELANDIC, "漢字の文です。", "12", "Ok.", "Это русский текст о погоде."]),
        max_size=4,
    ),
    st.sampled_from([None, "en", "is", "ja", "zh", "ru", "sr-Latn"]),
)
def test_what_is_settled_stays_so(texts: list[str], declared: str | None) -> None:
    """Documents that were settled on reading are paired as they are."""
    settled, _ = settle_document(Document.from_text("a", "\n".join(texts), language=declared))
    assert settle_document(settled)[0] == settled

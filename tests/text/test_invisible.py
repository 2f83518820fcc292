"""Characters that nobody sees count nowhere when texts are compared, and stay where they are."""

from __future__ import annotations

from pathlib import Path

import pytest

from align.alignment.aligner import align_texts
from align.document import Document
from align.pairing import find_pairs
from align.text.clean import comparable, fold
from align.text.detection import detect

ENGLISH = (
    "The library opens at nine. Readers need a card. On Sunday the doors stay closed. "
    "A new wing is being built. It will hold maps and old letters."
)
GERMAN = (
    "Die Bibliothek öffnet um neun. Leser brauchen einen Ausweis. Am Sonntag bleiben die Türen geschlossen. "
    "Ein neuer Flügel wird gebaut. Er wird Karten und alte Briefe aufnehmen."
)


def with_spaces(text: str) -> str:
    return text.replace(" ", "\u200b ")


def with_hyphens(text: str) -> str:
    return "".join(c + "\u00ad" if c.isalpha() and i % 2 else c for i, c in enumerate(text))


def with_marks(text: str) -> str:
    return "\u200e" + text.replace(". ", ".\u200f ")


@pytest.mark.parametrize("hide", [with_spaces, with_hyphens, with_marks])
def test_beads_are_those_of_the_plain_text(hide: object) -> None:
    assert callable(hide)
    plain, hidden = align_texts(ENGLISH, GERMAN), align_texts(hide(ENGLISH), hide(GERMAN))
    assert [bead.type for bead in hidden.beads] == [bead.type for bead in plain.beads] == ["1-1"] * 5
    assert all(
        a.confidence == pytest.approx(b.confidence, abs=0.01)
        for a, b in zip(plain.beads, hidden.beads, strict=True)
    )
    for bead in hidden.beads:
        source, target = hidden.texts(bead)
        assert source in hide(ENGLISH)
        assert target in hide(GERMAN)


@pytest.mark.parametrize("hide", [with_spaces, with_hyphens])
def test_pairs_and_languages_are_those_of_the_plain_text(hide: object) -> None:
    assert callable(hide)
    assert detect(hide(GERMAN)) == "de"
    documents = [Document.from_text("a", hide(ENGLISH)), Document.from_text("b", hide(GERMAN))]
    (pair,) = find_pairs(documents).pairs
    assert {pair.source, pair.target} == {"a", "b"}


def test_comparison() -> None:
    assert comparable("so\u00adft \u200bly") == "soft ly"
    assert fold("So\u00adft\u200b LY\u200f") == "soft ly"
    assert comparable("می\u200cروم") == "می\u200cروم"  # a letter joiner tells Persian words apart


def test_words_of_a_text_stay_as_they_were(tmp_path: Path) -> None:
    text = "so\u00adft \u200bly"
    assert Document.from_text("x", text).paragraphs[0].text == text

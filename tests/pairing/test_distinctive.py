"""Which words tell a text from others of its kind, and which of them are translated."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from align.document import Document, Paragraph
from align.encoders import get_encoder
from align.encoders.lexicon import get_lexicon
from align.pairing.blocks import document_frequencies
from align.pairing.distinctive import Vocabulary
from align.pairing.profiles import Profile, encode, make_profiles
from align.pairing.verify import Verification, verify_pairs

SUBJECTS = {
    "trains": "Züge",
    "horses": "Pferde",
    "apples": "Äpfel",
    "windows": "Fenster",
    "bridges": "Brücken",
}


def english(subject: str, number: int) -> list[str]:
    return [
        "This page is part of the collection of the city archive.",
        f"It tells what became of the {subject} of the city in the year {number}.",
        "For an explanation of the terms used here, see the page on our methods.",
        "Please report mistakes to the address at the end of the page.",
    ]


def german(subject: str, number: int) -> list[str]:
    return [
        "Diese Seite ist Teil der Sammlung des Stadtarchivs.",
        f"Sie erzählt, was im Jahr {number} aus den {SUBJECTS[subject]} der Stadt wurde.",
        "Eine Erklärung der hier verwendeten Begriffe steht auf der Seite über unsere Methoden.",
        "Bitte melden Sie Fehler an die Adresse am Ende der Seite.",
    ]


def document(id: str, language: str, texts: Sequence[str]) -> Document:
    return Document(id, tuple(Paragraph(t, i, i, i, language) for i, t in enumerate(texts)), language)


@pytest.fixture(scope="module")
def profiles() -> list[Profile]:
    """Five pages of one template, in two languages."""
    batch = [document(f"{s}.en", "en", english(s, 1900 + 7 * k)) for k, s in enumerate(SUBJECTS)]
    batch += [document(f"{s}.de", "de", german(s, 1900 + 7 * k)) for k, s in enumerate(SUBJECTS)]
    found = list(make_profiles(batch, document_frequencies(batch)))
    encode(found, get_encoder("use"), lambda done: None)
    return found


def pieces(text: str) -> np.ndarray:
    return get_lexicon().ids([text])[0]


def test_what_many_documents_have_says_less(profiles: list[Profile]) -> None:
    words = Vocabulary.of(profiles)
    common, own = (words.weights(pieces(text), "en")[0] for text in ("archive", "horses"))
    assert common < 0.5 * own
    alone = Vocabulary.of([profile for profile in profiles if profile.id == "horses.en"])
    assert alone.weights(pieces("archive"), "en")[0] > 2 * common


def test_words_are_matched_with_their_translations(profiles: list[Profile]) -> None:
    forth, back = Vocabulary.of(profiles).translated(pieces("horses"), pieces("Pferde"))
    assert forth.max() > 0.5
    assert back.max() > 0.5
    forth, back = Vocabulary.of(profiles).translated(pieces("horses"), pieces("Brücken"))
    assert max(forth.max(), back.max()) < 0.2


def test_a_number_is_translated_by_itself_alone(profiles: list[Profile]) -> None:
    words = Vocabulary.of(profiles)
    assert words.translated(pieces("1907"), pieces("1907"))[0].min() == 1
    number, other = (
        pieces(text)[[get_lexicon().piece(i).strip("▁").isdigit() for i in pieces(text)]]
        for text in ("1907", "842")
    )
    assert len(number)
    assert words.translated(number, other)[0].max() == 0


def test_nothing_translates_nothing(profiles: list[Profile]) -> None:
    nothing = np.zeros(0, np.int32)
    forth, back = Vocabulary.of(profiles).translated(nothing, pieces("horses"))
    assert len(forth) == 0
    assert not back.any()


def test_pages_of_one_template_are_told_apart_by_what_is_their_own(profiles: list[Profile]) -> None:
    place = {profile.id: i for i, profile in enumerate(profiles)}
    right = [(place[f"{s}.en"], place[f"{s}.de"]) for s in SUBJECTS]
    wrong = [(place["trains.en"], place["horses.de"]), (place["apples.en"], place["bridges.de"])]
    found: dict[tuple[int, int], Verification] = dict(
        verify_pairs([*right, *wrong], profiles, get_encoder("use"), lambda done: None)
    )
    least = min(found[edge].word_coverage for edge in right)
    assert least > 0.1 + max(found[edge].word_coverage for edge in wrong)


def test_near_duplicates_share_what_tells_them_from_others_and_articles_on_one_subject_do_not(
    seeds: Path,
) -> None:
    files = sorted(seeds.glob("*.txt"))
    two, three = (
        Document.from_text(files[k].name, files[k].read_text("utf-8"), language="en") for k in (2, 3)
    )
    shorter = Document("shorter", two.paragraphs[4:], "en")
    profiles = list(make_profiles([two, three, shorter], {}))
    words = Vocabulary.of(profiles)
    assert words.shared(profiles[0], profiles[2]) > 0.95
    assert words.shared(profiles[0], profiles[1]) < 0.7

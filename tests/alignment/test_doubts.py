"""The encoder and the weights of each pair, and what is said where they know too little."""

from __future__ import annotations

import json
from importlib import resources
from typing import get_args

import pytest

from align.alignment import Alignment, align_texts, align_versions
from align.alignment.model import Weights, load_model, weights_of
from align.document import LEVELS
from align.encoders import get_encoder
from tests.several_encoders import CHINESE, ENGLISH, ICELANDIC, INDONESIAN, Broad


def used(found: Alignment) -> tuple[str, str]:
    return found.encoder, found.weights


def test_each_pair_has_the_encoder_for_its_languages(broad: Broad) -> None:
    assert used(align_texts(ENGLISH, CHINESE)) == ("use", "use")
    assert used(align_texts(ENGLISH, INDONESIAN)) == ("use", "use")
    assert broad.asked == 0
    found = align_texts(ENGLISH, ICELANDIC)
    assert used(found) == ("e5", "e5")
    assert broad.asked > 0
    assert found.signature["encoder"] == "broad-1"
    assert found.paragraphs is not None
    assert used(found.paragraphs) == ("e5", "e5")
    assert not any("trained" in warning for warning in found.warnings)


@pytest.mark.usefixtures("broad")
def test_a_text_with_two_versions_has_vectors_of_both_encoders() -> None:
    versions = {"zh": CHINESE, "is": ICELANDIC}
    found = align_versions(ENGLISH, versions)
    assert [used(found[name]) for name in versions] == [("use", "use"), ("e5", "e5")]
    assert found == {name: align_texts(ENGLISH, text) for name, text in versions.items()}


def test_lists_have_the_language_of_their_texts(broad: Broad) -> None:
    sides = [text.split("\n") for text in (ENGLISH, ICELANDIC, CHINESE)]
    found = align_texts(sides[0], sides[1])
    assert used(found) == ("e5", "e5")
    assert found.signature["target_language"] == "is"
    assert used(align_texts(sides[0], sides[2])) == ("use", "use")
    asked = broad.asked
    numbers = ["1 2 3", "17.5", "2024"]
    assert used(align_texts(sides[0], numbers)) == ("use", "use")
    assert broad.asked == asked
    assert used(align_texts(sides[1], numbers)) == ("e5", "e5")


def test_the_text_decides_which_encoder_where_it_is_declared_wrongly(broad: Broad) -> None:
    for texts in ((ENGLISH, CHINESE), (ENGLISH.split("\n"), CHINESE.split("\n"))):
        found = align_texts(*texts, source_language="is", target_language="zh-CN")
        assert used(found) == ("use", "use")
        assert found.signature["source_language"] == "en"
        assert found.signature["target_language"] == "zh-CN"
        assert found.warnings == ("source: declared to be in is, but the text is in en; taken as en",)
    assert broad.asked == 0


@pytest.mark.usefixtures("no_broad")
def test_without_an_encoder_that_knows_a_language_the_remedy_is_named() -> None:
    found = align_texts(ENGLISH, ICELANDIC)
    assert used(found) == ("use", "blind")
    assert "the encoder 'use' was not trained for 'is'" in found.warnings[0]
    assert "pip install" in found.warnings[0]


@pytest.mark.usefixtures("broad")
def test_a_language_that_no_encoder_knows_is_named_with_what_is_used() -> None:
    found = align_texts(["Molo."], ["Hello."], source_language="xh", target_language="en")
    assert used(found) == ("e5", "blind")
    (warning,) = [line for line in found.warnings if "xh" in line]
    assert "the encoder 'e5' was not trained for 'xh'" in warning
    assert "pip install" not in warning


def test_sets_of_weights() -> None:
    use = get_encoder("use")
    assert weights_of(use, ["en", "zh-TW"]) == weights_of(use, [None, "id"]) == "use"
    assert weights_of(use, ["en", "is"]) == "other"
    assert weights_of(Broad(), ["en", "is"]) == "e5"
    assert weights_of(Broad(), ["en", "xh"]) == "other"
    assert weights_of(get_encoder("laser"), ["en", "de"]) == "other"


@pytest.mark.parametrize("level", LEVELS)
def test_all_sets_have_beads_of_one_size(level: str) -> None:
    """So that what is prepared for one pair serves the next, whatever weights it has."""
    sizes = {
        load_model("paragraph" if level == "paragraph" else "sentence", w).max_size for w in get_args(Weights)
    }
    assert len(sizes) == 1


def test_what_a_set_is_called_is_what_is_in_its_file() -> None:
    for file in (resources.files("align.alignment") / "data").iterdir():
        level, weights, ending = file.name.split(".")
        assert (weights in get_args(Weights), ending) == (True, "json")
        assert json.loads(file.read_text(encoding="utf-8"))["level"] == level


HINDI = (
    "पुस्तकालय सुबह नौ बजे खुलता है और देर शाम तक खुला रहता है।\n"
    "दस वर्ष से कम आयु के बच्चों को वाचनालय में किसी वयस्क के साथ आना होगा।\n"
    "किताबें तीन सप्ताह तक रखी जा सकती हैं।"
)

ABOUT_TRAINS = (
    "हैम्बर्ग जाने वाली रेलगाड़ी आज सातवें प्लेटफ़ॉर्म से छूटेगी, इसलिए यात्रियों से अनुरोध है कि वे समय से पहले पहुँचें।\n"
    "सरकार ने बजट पारित किया।\n"
    "दक्षिण में दोपहर बाद आँधी और भारी वर्षा की संभावना है, मछुआरों को समुद्र में न जाने की सलाह दी गई है।\n"
    "विपक्ष ने इसका विरोध किया।"
)


@pytest.mark.usefixtures("no_broad")
def test_where_nothing_is_coherent_in_an_unknown_language_no_gap_is_certain() -> None:
    found = align_texts(ENGLISH, ABOUT_TRAINS)
    assert found.coverage.target < 0.15
    assert max((bead.confidence for bead in found.beads if not bead.is_gap), default=0) <= 0.5
    assert max((bead.confidence for bead in found.gaps), default=0) < 0.1
    assert "no gap with more than 0.0" in found.warnings[-1]


@pytest.mark.usefixtures("no_broad")
def test_a_translation_in_an_unknown_language_is_found_without_an_encoder() -> None:
    found = align_texts(ENGLISH, HINDI)
    assert found.weights == "blind"
    assert sum(not bead.is_gap for bead in found.beads) == 3
    assert max(bead.confidence for bead in found.beads) <= 0.5, "too short to be sure of by lengths"


def test_units_of_which_the_encoder_makes_nothing_are_compared_as_they_are() -> None:
    emoji = ["😀😀", "🎉", "🚀🌍", "🐈", "❤️❤️❤️"]
    found = align_texts(emoji, emoji, source_language="en", target_language="de")
    assert [(bead.source, bead.target) for bead in found.beads] == [((k,), (k,)) for k in range(5)]


def test_texts_that_are_no_translations_are_gaps_that_a_person_should_look_at() -> None:
    english = ENGLISH.split("\n")
    german = [
        "Der Zug nach Hamburg fährt heute von Gleis sieben ab.",
        "Die Regierung hat den Haushalt für das nächste Jahr beschlossen.",
        "Im Süden werden am Nachmittag Gewitter erwartet.",
    ]
    found = align_texts(english, german)
    assert found.coverage.source < 0.15
    assert max(bead.confidence for bead in found.gaps) == 0.5
    assert "may be no translations of each other" in found.warnings[-1]


def test_a_gap_between_answered_units_is_as_sure_as_before() -> None:
    english = ENGLISH.split("\n")
    english.insert(2, "Advertisement: buy two sofas and get the third for free until Friday.")
    found = align_texts(english, CHINESE.split("\n"))
    (gap,) = found.gaps
    assert gap.source == (2,)
    assert gap.confidence > 0.5


def test_an_empty_side_is_a_fact() -> None:
    found = align_texts(["One sentence.", "Another."], [])
    assert {bead.confidence for bead in found.beads} == {1.0}

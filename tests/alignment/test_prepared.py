"""What is known of a document is made once, however many pairs it stands in."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

import pytest

from align.alignment import align_texts, align_versions
from align.alignment.options import AlignOptions
from align.alignment.prepared import Preparer
from align.document import Document, Paragraph
from align.encoders import lexicon
from align.encoders.use import encoder as use
from align.text import sentences

EN = "It rained in the town all day. Nobody came to the market.\nThe next day was dry. Everybody bought apples."
VERSIONS = {
    "de": "Es regnete den ganzen Tag in der Stadt. Niemand kam auf den Markt.\n"
    "Der nächste Tag war trocken. Alle kauften Äpfel.",
    "fr": "Il a plu toute la journée en ville. Personne n'est venu au marché.\n"
    "Le jour suivant fut beau. Tout le monde a acheté des pommes.",
    "es": "Llovió todo el día en la ciudad. Nadie vino al mercado.\n"
    "El día siguiente fue seco. Todos compraron manzanas.",
}


@pytest.fixture
def work(monkeypatch: pytest.MonkeyPatch) -> dict[str, Counter[str]]:
    """How often each text was segmented, and tokenised for the encoder and for the word evidence."""
    done: dict[str, Counter[str]] = {name: Counter() for name in ("segmented", "encoder", "words")}

    def counting(name: str, function: Any) -> Any:
        def counted(texts: Sequence[str]) -> Any:
            done[name].update(texts)
            return function(texts)

        return counted

    segment = sentences.segment

    def segmented(paragraph: Paragraph, language: str | None = None) -> Any:
        done["segmented"][paragraph.text] += 1
        return segment(paragraph, language)

    monkeypatch.setattr(sentences, "segment", segmented)
    monkeypatch.setattr(use, "piece_ids", counting("encoder", use.piece_ids))
    monkeypatch.setattr(lexicon, "piece_ids", counting("words", lexicon.piece_ids))
    return done


def test_versions_of_a_text_share_what_is_known_of_it(work: dict[str, Counter[str]]) -> None:
    found = align_versions(EN, VERSIONS)
    paragraphs = {line for text in (EN, *VERSIONS.values()) for line in text.split("\n")}
    assert work["segmented"] == Counter(paragraphs)
    for purpose in ("encoder", "words"):
        assert paragraphs < set(work[purpose])  # and their sentences
        assert max(work[purpose].values()) == 1
    assert found == {name: align_texts(EN, target) for name, target in VERSIONS.items()}
    assert work["segmented"][EN.split("\n")[0]] == 1 + len(VERSIONS)


def test_the_language_of_the_source_is_folded_for_versions_too() -> None:
    source, target = ["It rained all day."], ["Es regnete."]
    found = align_versions(source, {"de": target}, source_language="en_us")
    assert found == {"de": align_texts(source, target, source_language="en_us")}
    assert not found["de"].warnings


def test_lists_of_units_share_what_is_known_of_them(work: dict[str, Counter[str]]) -> None:
    source = ["It rained all day.", "", "Nobody came to the market."]
    targets = {"a": ["Es regnete.", "Niemand kam."], "b": ["Il a plu.", "Personne n'est venu.", ""]}
    found = align_versions(source, targets)
    assert work["encoder"]["It rained all day."] == 1
    assert found == {name: align_texts(source, target) for name, target in targets.items()}


def test_a_document_is_kept_as_long_as_there_is_room() -> None:
    documents = [Document.from_text(name, EN + f"\n{name}") for name in "abc"]
    prepare = Preparer(AlignOptions(), room=2 * 8)  # three paragraphs and five sentences each
    first = prepare(documents[0])
    assert len(first.sentences.units) == 5
    assert prepare(Document.from_text("a", EN + "\na")) is first  # the same text, read again
    second = prepare(documents[1])
    assert (second.units, len(second.sentences.units), second.units) == (3, 5, 8)
    assert prepare(documents[0]) is first
    third = prepare(documents[2])  # no room for the one that was not asked for the longest time
    assert prepare(documents[0]) is first
    assert prepare(documents[2]) is third
    assert prepare(documents[1]) is not second

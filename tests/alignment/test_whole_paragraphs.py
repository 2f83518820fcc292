"""A sure paragraph bead whose sentences cannot be aligned is the answer itself, cut where that can be done."""

from __future__ import annotations

import pytest

from align.alignment import cuts
from align.alignment.aligner import align_texts

GERMAN = (
    "Heute möchte ich Ihnen zeigen, wie wir alte Stühle reparieren. Zuerst nehmen wir den Sitz ab. Dann sehen wir uns "
    "die Verbindungen an. Meistens ist der Leim trocken. Die Beine sind dann locker. Danach reinigen wir das Holz mit "
    "warmem Wasser. Wir lassen es einen Tag trocknen. Dann geben wir neuen Leim in jede Verbindung. Wir halten den "
    "Stuhl mit einem Seil zusammen. Am nächsten Morgen schleifen wir die Oberfläche. Wir streichen sie mit Öl."
)
TRANSCRIPT = (
    "so today i want to show you how we repair old chairs first we take off the seat and we look at the joints most of "
    "the time the glue is dry and the legs are loose then we clean the wood with warm water and we let it dry for one "
    "day after that we put new glue into every joint and we hold the chair together with a rope the next morning we "
    "sand the surface and we paint it with oil"
)
CLAUSES = (
    "市场很早就开门。船从村子里来，它们运来甜瓜和鲜花，女人们煮面条，游客坐在台阶上，孩子们在运河里游泳，一个和尚在化缘，"
    "卖家大声报价，老人们下棋，狗在树荫下睡觉，太阳从屋顶上升起，船在中午回家。星期一没有市场。"
)
SENTENCES = (
    "The market opens early. The boats come from the villages. They bring melons and flowers. The women cook noodles. "
    "Tourists sit on the steps. Children swim in the canal. A monk collects rice. The sellers call out their prices. "
    "Old men play chess. Dogs sleep in the shade. The sun rises over the roofs. The boats go home at noon. "
    "There is no market on Monday."
)


def test_a_transcript_is_cut_where_the_sentences_of_its_answer_end() -> None:
    found = align_texts(TRANSCRIPT, GERMAN)
    (paragraph,) = found.paragraphs.beads if found.paragraphs else ()
    assert len(found.beads) >= 5
    assert found.texts(found.beads[1]) == ("first we take off the seat", "Zuerst nehmen wir den Sitz ab.")
    assert found.source[1].position == "p0s0:53-79"
    assert all(0.5 < bead.confidence <= paragraph.confidence for bead in found.beads)
    assert " ".join(unit.text for unit in found.source) == TRANSCRIPT
    assert found.warnings == ()


def test_a_transcript_answers_many_paragraphs() -> None:
    lines = GERMAN.replace(". ", ".\n\n")
    found = align_texts(TRANSCRIPT, lines)
    assert not found.gaps
    assert found.texts(found.beads[1]) == ("first we take off the seat", "Zuerst nehmen wir den Sitz ab.")


def test_a_transcript_of_something_else_answers_nothing() -> None:
    other = (
        "Das Parlament stimmte gestern ab. Die Abgeordneten lehnten den Entwurf ab. Der Minister war enttäuscht. Er "
        "kündigte einen neuen Vorschlag an. Die Opposition forderte Wahlen. Im Herbst wird wieder gewählt. Die "
        "Parteien suchen Kandidaten. Umfragen sehen die Grünen vorn. Niemand erwartet eine "
        "Mehrheit. Der Präsident schweigt."
    )
    assert len(align_texts(TRANSCRIPT, other.replace(". ", ".\n\n")).gaps) == 11


def test_a_transcript_that_is_too_long_to_be_cut_answers_its_paragraph(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(cuts, "_ROOM", 10)
    found = align_texts(TRANSCRIPT, GERMAN)
    (bead,) = found.beads
    (paragraph,) = found.paragraphs.beads if found.paragraphs else ()
    assert bead.type == "1-11"
    assert bead.confidence == paragraph.confidence > 0.9
    assert found.texts(bead) == (TRANSCRIPT, GERMAN)


def test_a_chain_of_clauses_is_cut_at_its_clauses() -> None:
    found = align_texts(SENTENCES, CLAUSES)
    assert [bead.type for bead in found.beads] == ["1-1"] * 13
    assert found.texts(found.beads[6]) == ("A monk collects rice.", "一个和尚在化缘，")
    assert found.target[6].position == "p0s1:42-50"
    assert "".join(unit.text for unit in found.target) == CLAUSES
    assert found.beads[6].confidence < found.beads[0].confidence
    turned = align_texts(CLAUSES, SENTENCES)
    assert [(b.target, b.source) for b in turned.beads] == [(b.source, b.target) for b in found.beads]


def test_what_a_translation_adds_stays_an_insertion() -> None:
    added = "Der Hafen ist neu. Die Fähre fährt stündlich. Ein Kaffee kostet zwei Euro."
    found = align_texts(f"{GERMAN}\n\nA short note.", f"{GERMAN} {added}\n\nEine kurze Notiz.")
    assert {found.target[j].text for bead in found.gaps for j in bead.target} == {
        "Der Hafen ist neu.", "Die Fähre fährt stündlich.", "Ein Kaffee kostet zwei Euro.",
    }  # fmt: skip

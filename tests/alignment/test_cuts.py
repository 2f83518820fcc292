"""Sentences cut where the other text's sentences end."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from align.alignment import cuts
from align.alignment.bead import Bead
from align.alignment.cuts import cut, with_parts
from align.document import Paragraph, Sentence
from align.encoders import get_encoder
from align.text.sentences import segment

SAMPLE = "ab. c, d;  é，“中文”。ไทย \u200b"


class Letters:
    """An encoder that counts letters."""

    name = signature = "letters"
    dimension = 16
    languages = None

    def encode(self, texts: list[str]) -> np.ndarray:
        found = np.zeros((len(texts), self.dimension), np.float32)
        for row, text in zip(found, texts, strict=True):
            for letter in text:
                row[ord(letter) % self.dimension] += 1
        return found / np.maximum(np.linalg.norm(found, axis=1, keepdims=True), 1)


def sentences(texts: list[str]) -> tuple[Sentence, ...]:
    return tuple(
        unit
        for number, text in enumerate(texts)
        for unit in segment(Paragraph(text, number, number, number), "en")
    )


said = st.lists(
    st.text(st.sampled_from(SAMPLE), min_size=1).filter(lambda text: text == text.strip()),
    min_size=1,
    max_size=6,
)


@given(said, said)
def test_nothing_is_lost_and_every_unit_is_in_one_bead(one: list[str], other: list[str]) -> None:
    left, right = sentences(one), sentences(other)
    if not (left and right):
        return
    bead = Bead(tuple(range(len(left))), tuple(range(len(right))), 0.95)
    beads, *sides = with_parts([bead], {bead: cut(left, right, Letters(), (None, None))}, left, right)
    for units, whole, used in zip(
        sides, (left, right), ([b.source for b in beads], [b.target for b in beads]), strict=True
    ):
        assert sorted(index for bead in used for index in bead) == list(range(len(units)))
        for sentence in whole:
            parts = [u for u in units if (u.paragraph, u.index) == (sentence.paragraph, sentence.index)]
            text = parts[0].text + "".join(part.space + part.text for part in parts[1:])
            assert (parts[0].space, text) == (sentence.space, sentence.text)
            for part in parts:
                start, end = part.part or (0, len(sentence.text))
                assert part.text == sentence.text[start:end]
                assert (part.start - sentence.start, part.end - sentence.start) == (start, end)
    assert all(0 < bead.confidence <= 0.95 for bead in beads)


def test_two_sentences_that_answer_many_are_cut_across_their_end() -> None:
    left = sentences(
        [
            "The boats come early, they bring fruit. The women cook, tourists sit down, children swim, a monk walks by."
        ]
    )
    right = sentences(
        [
            "Die Boote kommen früh.",
            "Sie bringen Obst.",
            "Die Frauen kochen.",
            "Touristen setzen sich.",
            "Kinder schwimmen.",
            "Ein Mönch geht vorbei.",
        ]
    )
    bead = Bead((0, 1), tuple(range(6)), 1.0)
    beads, units, _ = with_parts(
        [bead], {bead: cut(left, right, get_encoder("use"), ("en", "de"))}, left, right
    )
    assert [unit.position for unit in units][:2] == ["p0s0:0-21", "p0s0:22-39"]
    assert len(beads) == 6


def test_what_nothing_answers_in_the_first_window_is_looked_at_no_further(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    left, right = sentences(["aaaaa " * 199 + "aaaaa"]), sentences(["z" * 20 + "."] * 60)
    windows = []
    between = cuts._cuts_between

    def counted(*given: Any, **options: Any) -> list[Any]:
        windows.append(given[:2])
        return between(*given, **options)

    monkeypatch.setattr(cuts, "_cuts_between", counted)
    monkeypatch.setattr(cuts, "_ROOM", 50 * 12)
    assert cut(left, right, Letters(), (None, None)) == [(left, right, 1.0)]
    assert len(windows) == 1


def test_invisible_sentences_cut_nothing() -> None:
    for one, other in ((["a, b, c"], ["\u200b", "\u200b"]), (["\u200b"], ["a", "b"])):
        assert len(cut(sentences(one), sentences(other), Letters(), (None, None))) == 1

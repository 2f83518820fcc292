"""The text of a bead is cut from the document: never a character more or less than was read."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from align.alignment.aligner import align_texts
from align.document import Document, Paragraph, joined
from align.review.bead import ReviewBead, ReviewUnit, from_json, to_json
from align.text.sentences import segment

_LETTERS = list("aB .!?。！？”“\"',、)(«»\t\u3000\u200b—世界あДक।؟")


@given(st.text(st.sampled_from(_LETTERS), max_size=80), st.sampled_from(["en", "zh", "ja", "hi", "ar"]))
def test_sentences_of_a_paragraph_join_to_what_stands_there(text: str, language: str) -> None:
    sentences = segment(Paragraph(text, 0, 0, 0), language)
    for first in range(len(sentences)):
        for last in range(first, len(sentences)):
            run = sentences[first : last + 1]
            assert joined(run) == text[run[0].start : run[-1].end]
            units = [ReviewUnit(s.position, s.text, s.space) for s in run]
            assert joined(units) == joined(run)


def test_other_units_are_joined_as_lines_are() -> None:
    document = Document.from_text("a", "First.\n第二。\n第三。\nFourth. Fifth.")
    sentences = [s for p in document.paragraphs for s in segment(p)]
    assert joined(sentences) == "First. 第二。第三。 Fourth. Fifth."
    assert joined(sentences[:1] + sentences[4:]) == "First. Fifth."


@pytest.mark.parametrize(
    ("source", "target"),
    [
        ("“It is late,” he said. She left.", "“太晚了。”他说。她走了……“好吧。”"),
        ("Open the valve. Wait.  Close it.", "1.打开阀门。2.等待十秒。3.再关上。"),
        ("The battery lasts. iPhone users like it.", "电池很耐用。iPhone用户喜欢。\u3000再见。"),
        ("He left. She stayed.", "वह गया।वह रुकी। क्यों?"),
    ],
)
def test_beads_are_pieces_of_the_texts(source: str, target: str) -> None:
    alignment = align_texts(source, target)
    for row in alignment.to_arrow().to_pylist():
        assert row["source"] in source
        assert row["target"] in target


def test_units_of_a_review_are_compared_without_the_space_before_them() -> None:
    with_space, without = ReviewUnit("p0s1", "他说。", ""), ReviewUnit("p0s1", "他说。")
    assert with_space == without
    assert len({with_space, without}) == 1
    assert with_space != ReviewUnit("p0s1", "她说。", "")
    bead = ReviewBead((ReviewUnit("p0s0", "“走。”", ""), with_space), ())
    again = from_json({"source": [], "target": [], **to_json(bead)})
    assert again.source_text == bead.source_text == "“走。”他说。"
    old = from_json({"source": [["p0s0", "“走。”"], ["p0s1", "他说。"]], "target": []})
    assert old.key == bead.key
    assert old.source_text == "“走。” 他说。"  # decisions taken before know no more

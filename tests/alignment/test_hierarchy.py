"""Paragraphs guide sentences: a sentence bead that leaves a sure paragraph bead has to overcome it."""

from __future__ import annotations

import numpy as np
import pytest

from align.alignment import Alignment, Bead, align_texts
from align.alignment.candidates import Candidates
from align.alignment.hierarchy import paragraph_prior
from align.document import Document
from align.text.sentences import segment


def candidates(*beads: tuple[int, int, int, int]) -> Candidates:
    """Beads (first of the source, first of the target, how many of each) as candidates."""
    columns = [np.array(column, np.int64) for column in zip(*beads, strict=True)]
    return Candidates(*columns, np.zeros(len(beads), np.float32))


@pytest.mark.parametrize(("confidence", "cost"), [(0.9999, 5.0), (0.95, np.log(19)), (0.5, 0.5)])
def test_leaving_a_paragraph_costs_as_much_as_it_is_trusted(confidence: float, cost: float) -> None:
    text = Document.from_text("a", "One thing is this. Another is that.\nA third is here. A fourth is there.")
    sentences = [sentence for paragraph in text.paragraphs for sentence in segment(paragraph, "en")]
    beads = (Bead((0,), (0,), confidence), Bead((1,), (1,), confidence))
    prior = paragraph_prior(
        Alignment("paragraph", text.paragraphs, text.paragraphs, beads), sentences, sentences
    )
    assert prior is not None
    inside, across, astride, gap = prior(
        candidates((0, 0, 1, 1), (0, 2, 1, 1), (1, 1, 2, 2), (1, 1, 1, 0))
    ).tolist()
    assert inside == gap == 0
    assert across == astride == pytest.approx(-cost)


def test_sentences_stay_in_the_paragraphs_that_answer_each_other(
    english_german: tuple[list[str], list[str]],
) -> None:
    """What stands in the neighbouring paragraph is no answer, however like it is: here it is the same sentence."""
    english, german = english_german
    again = english[3]
    source = "\n".join(
        [" ".join([*english[0:3], again]), " ".join([again, *english[4:8]]), " ".join(english[8:12])]
    )
    target = "\n".join([" ".join(german[0:3]), " ".join([german[3], *german[4:8]]), " ".join(german[8:12])])
    found = align_texts(source, target, source_language="en", target_language="de")
    assert found.paragraphs is not None
    assert [(b.source, b.target) for b in found.paragraphs.beads] == [((k,), (k,)) for k in range(3)]
    assert ((3,), ()) in {(b.source, b.target) for b in found.beads}
    assert ((4,), (3,)) in {(b.source, b.target) for b in found.beads}

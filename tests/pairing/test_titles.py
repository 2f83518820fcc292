"""Titles, front matter, and what is written alike in all languages."""

from __future__ import annotations

import numpy as np
import pytest

from align.pairing.siblings import Side, distinction
from align.pairing.titles import body_of, marks_of, title_of


@pytest.mark.parametrize(
    ("texts", "title"),
    [
        (["---", 'title: "Gestion des nœuds"', "weight: 10", "---", "Le texte."], "Gestion des nœuds"),
        (["--- title: Knoten id: node ---", "Der Text steht hier."], "Knoten"),
        (["+++", "title = 'Queues'", "+++", "# Another"], "Queues"),
        (["# The heading #", "The text."], "The heading"),
        (["The text begins with this sentence."], "The text begins with this sentence."),
        (["---", "No front matter, for it never ends."], "No front matter, for it never ends."),
        ([], ""),
    ],
)
def test_titles(texts: list[str], title: str) -> None:
    assert title_of(texts) == title


def test_the_body_is_what_stands_behind_the_front_matter() -> None:
    texts = ["---", "title: A", "---", "A sentence that says something.", "***"]
    assert body_of(texts) == ["A sentence that says something."]
    assert body_of(["1.2"]) == ["1.2"]


def test_marks_are_the_same_in_all_languages() -> None:
    english = marks_of(
        ["See [nodes](https://example.org/en/docs/nodes/) and run `queue --list` with max_size."]
    )
    hindi = marks_of(["[नोड](https://example.org/hi/docs/nodes/) देखें, max_size के साथ `queue --list` चलाएँ।"])
    assert len(english) == 3
    assert english.tolist() == hindi.tolist()
    assert not len(marks_of(["Plain words, and/or a date."]))


def test_a_translation_leads_over_siblings() -> None:
    """Three blocks, the first of one subject, the others of the template that all pages share."""
    page, partner, sibling = (np.eye(6, dtype=np.float32)[rows] for rows in ([0, 4, 5], [0, 4, 5], [1, 4, 5]))
    weights = np.ones(3, np.float32)
    right = distinction(Side(page, weights, [sibling]), Side(partner, weights, [sibling]), 0.3)
    wrong = distinction(Side(page, weights, [sibling]), Side(sibling, weights, [partner]), 0.3)
    assert right.distinctive == pytest.approx((1, 1))
    assert wrong.distinctive == (0, 0)
    assert right.leads[0] > 0 > wrong.leads[0]

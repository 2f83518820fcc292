"""Texts of one template, filled in differently each time: reports, notices, tables."""

from __future__ import annotations

import random

import pytest

from align.document import Document
from align.pairing import find_pairs

Values = tuple[int, int, int, int]
TEMPLATES = {
    "en": (
        "Today the sky will be partly cloudy with some sunshine in the afternoon.\n"
        "The highest temperature reaches {} degrees, and at night it falls to {} degrees.\n"
        "The wind blows from the west at {} kilometres an hour.\n"
        "The humidity is {} percent."
    ),
    "de": (
        "Heute ist der Himmel teilweise bewölkt, am Nachmittag scheint zeitweise die Sonne.\n"
        "Die Höchsttemperatur erreicht {} Grad, in der Nacht sinkt sie auf {} Grad.\n"
        "Der Wind weht mit {} Kilometern pro Stunde aus Westen.\n"
        "Die Luftfeuchtigkeit beträgt {} Prozent."
    ),
}
VALUES: list[Values] = [(20 + k, 10 + 7 * k % 11, 30 + 5 * k, 95 - 4 * k) for k in range(8)]


def report(id: str, language: str, values: Values) -> Document:
    return Document.from_text(id, TEMPLATES[language].format(*values), language=language)


@pytest.fixture(scope="module")
def batch() -> list[Document]:
    return [
        report(f"{(5 * k + 3 * (code == 'de')) % 8}{code}", code, v)
        for k, v in enumerate(VALUES)
        for code in TEMPLATES
    ]


def test_each_report_finds_its_own_translation(batch: list[Document]) -> None:
    found = {(p.source, p.target) for p in find_pairs(batch)}
    own = zip(batch[::2], batch[1::2], strict=True)
    assert found == {(min(a.id, b.id), max(a.id, b.id)) for a, b in own}


def test_the_order_of_the_batch_does_not_matter(batch: list[Document]) -> None:
    shuffled = random.Random(1).sample(batch, len(batch))
    first, again = find_pairs(batch), find_pairs(shuffled)
    assert again.pairs == first.pairs
    lonely = batch[:4] + [d for d in batch[8:] if d.language == "en"]
    unpaired = find_pairs(lonely[::-1]).unpaired
    assert list(unpaired) == [d.id for d in lonely[::-1] if d.id in unpaired] != []
    assert unpaired == find_pairs(lonely).unpaired


def test_a_report_with_other_numbers_is_not_taken_without_a_warning() -> None:
    (pair,) = find_pairs([report("a", "en", VALUES[0]), report("b", "de", VALUES[5])])
    assert pair.warning == "only 0 of 4 numbers agree"
    (pair,) = find_pairs([report("a", "en", VALUES[0]), report("b", "de", VALUES[0])])
    assert pair.warning == ""

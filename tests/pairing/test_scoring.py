"""Comparing candidate pairs: who is whose rival."""

from __future__ import annotations

from dataclasses import replace

import pytest

from align.document import Document
from align.encoders import get_encoder
from align.pairing.blocks import document_frequencies
from align.pairing.options import PairOptions
from align.pairing.profiles import encode, make_profiles
from align.pairing.scoring import Comparison
from align.pairing.verify import Verification

ENGLISH = "The library opens at nine in the morning.\nIt is closed on Sundays."
CHINESE = "图书馆上午九点开门。\n星期日闭馆。"
TRADITIONAL = "圖書館上午九點開門。\n星期日休館。"


def compared(*tags: str) -> Comparison:
    documents = [
        Document.from_text(str(i), text, language=tag)
        for i, (text, tag) in enumerate(zip((ENGLISH, CHINESE, TRADITIONAL), tags, strict=True))
    ]
    profiles = list(make_profiles(documents, document_frequencies(documents)))
    encode(profiles, get_encoder("use"), lambda done: None)
    comparison = Comparison(profiles, PairOptions())
    comparison.compare([(0, 1), (0, 2)], lambda done: None)
    return comparison


@pytest.mark.parametrize(
    ("one", "other", "rivals"),
    [
        ("zh", "zh", True),
        ("zh-CN", "zh-Hans", True),
        ("zh", "zh-CN", True),
        ("zh-CN", "zh-TW", False),
        ("zh", "zh-Hant", False),
        ("zh", "yue", False),
    ],
)
def test_documents_of_one_variant_are_rivals(one: str, other: str, rivals: bool) -> None:
    comparison = compared("en", one, other)
    found = comparison.rival(0, 1), comparison.rival(0, 2)
    assert [rival and rival.document for rival in found] == ([2, 1] if rivals else [None, None])
    assert not comparison.whole.single_language


def test_variants_of_one_language_are_one_language() -> None:
    assert compared("zh-CN", "zh-TW", "zh").whole.single_language


def test_a_paragraph_recurs_within_a_variant() -> None:
    document = Document.from_text("a", "Contacto", language="pt")
    batch = [replace(document, id=tag, language=tag) for tag in ("pt", "pt-BR", "pt-PT")]
    assert {key: count for (key, _), count in document_frequencies(batch).items()} == {
        "pt": 2,
        "pt-Latn-PT": 1,
    }


def test_a_verification_counts_for_the_pair_and_its_verified_rivals() -> None:
    comparison = compared("en", "zh", "zh-CN")
    verified = Verification((0.9, 0.9), (0.8, 0.8), 2.0)
    for edge, better in (((0, 1), 1.0), ((0, 2), 1.2)):
        before = {pair: comparison.judge(*pair) for pair in ((0, 1), (0, 2))}
        words = 0.7 * better, 0.7 * better
        comparison.add_verification(edge, replace(verified, word_coverages=words))
        after = {pair: comparison.judge(*pair) for pair in before}
        assert after[edge] != before[edge]
        comparison.forget()
        assert {pair: comparison.judge(*pair) for pair in before} == after
    comparison.weigh()
    shown = {pair: comparison.judge(*pair) for pair in before}
    comparison.forget()
    assert {pair: comparison.judge(*pair) for pair in before} == shown != after

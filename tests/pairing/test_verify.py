"""Verification: sentences are aligned where the quick comparison leaves a pair open."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from align.document import Document, Paragraph
from align.encoders import get_encoder
from align.encoders.lexicon import get_lexicon
from align.pairing import PairOptions, find, find_pairs, verify
from align.pairing.blocks import document_frequencies
from align.pairing.profiles import encode, make_profiles
from align.text.detection import without_addresses

ENGLISH = [
    "The water in the harbour is cold today.",
    "Three ships wait for the tide.",
    "The pilot comes on board at six.",
    "Nobody knows when the fog will lift.",
]
GERMAN = [
    "Das Wasser im Hafen ist heute kalt.",
    "Drei Schiffe warten auf die Flut.",
    "Der Lotse kommt um sechs an Bord.",
    "Niemand weiß, wann sich der Nebel lichtet.",
]
OTHER = [
    "Im Hafen gibt es ein neues Museum.",
    "Es zeigt, wie man hier früher gefischt hat.",
]


def document(id: str, language: str, texts: Sequence[str]) -> Document:
    return Document(id, tuple(Paragraph(t, i, i, i, language) for i, t in enumerate(texts)), language)


def verifications(*documents: Document) -> list[verify.Verification]:
    profiles = list(make_profiles(documents, document_frequencies(documents)))
    encode(profiles, get_encoder("use"), lambda done: None)
    return [
        found for _, found in verify.verify_pairs([(0, 1)], profiles, get_encoder("use"), lambda done: None)
    ]


def verified(*documents: Document) -> verify.Verification:
    (found,) = verifications(*documents)
    return found


@pytest.mark.slow
def test_a_translation_is_covered_and_another_article_on_the_subject_is_not(seeds: Path) -> None:
    texts = [path.read_text("utf-8") for path in sorted(seeds.glob("*.txt"))]
    english, chinese, other = (Document.from_text(str(k), texts[k]) for k in (0, 1, 2))
    right, wrong = verified(english, chinese), verified(other, chinese)
    assert min(right.coverage) > 0.7
    assert min(right.word_coverages) > 0.2
    assert right.sentences > 30
    assert max(wrong.coverage) < 0.2
    assert max(wrong.word_coverages) < 0.02


def test_where_paragraphs_end_does_not_matter() -> None:
    right = verified(document("a", "en", ENGLISH), document("b", "de", GERMAN))
    joined = verified(document("a", "en", [" ".join(ENGLISH)]), document("b", "de", GERMAN))
    assert joined.coverage == pytest.approx(right.coverage, abs=0.01)


def test_the_order_of_the_batch_does_not_matter() -> None:
    part = document("b", "de", GERMAN[1:3])
    forth, back = verified(document("a", "en", ENGLISH), part), verified(part, document("a", "en", ENGLISH))
    assert forth == back.swapped
    assert forth.coverage[1] > forth.coverage[0]


def test_documents_without_text_are_passed_over() -> None:
    assert verifications(document("a", "en", ENGLISH), document("b", "de", [])) == []
    assert len(verifications(document("a", "en", ENGLISH), document("b", "de", GERMAN))) == 1


def test_of_a_long_document_the_part_is_aligned_that_the_other_answers(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    book = document(
        "a", "en", [f"Chapter {k} is about cattle and grain in the north." for k in range(6)] + ENGLISH
    )
    part = document("b", "de", GERMAN)
    whole = verified(book, part)
    monkeypatch.setattr(verify, "_MAX_SENTENCES", 5)
    found = verified(book, part)
    assert found.coverage[1] > 0.9
    assert found.coverage[0] == pytest.approx(whole.coverage[0], abs=0.15)
    assert found.word_coverages[1] > 0.3
    assert verified(part, book) == found.swapped


def test_two_long_editions_are_compared_in_the_middle(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(verify, "_MAX_SENTENCES", 2)
    found = verified(document("a", "en", ENGLISH), document("b", "de", GERMAN))
    assert found.sentences == pytest.approx(2, abs=0.1)
    assert min(found.coverage) > 0.8


def test_what_stands_in_both_as_it_is_makes_no_translation() -> None:
    licence = [
        "Permission is granted to copy and distribute this document under the terms of its licence.",
        "There is no warranty of any kind, to the extent that the law permits it.",
        "You should have received a copy of the licence along with it.",
    ]
    taxes = ["Wer Steuern hinterzieht, wird bestraft.", "Auch der Versuch ist strafbar, sagt das Gesetz."]
    found = verified(document("a", "en", ENGLISH + licence), document("b", "de", taxes + licence))
    assert max(found.coverage) < 0.3
    assert max(found.word_coverages) < 0.05
    kept = verified(document("a", "en", ENGLISH + licence), document("b", "de", GERMAN + licence))
    assert min(kept.coverage) > 0.8
    assert min(kept.word_coverages) > 0.3


def test_an_address_that_a_translation_keeps_does_not_make_it_the_same_text() -> None:
    address = "https://www.example.org/doc/user-manuals/quick-reference-2024.html"
    found = verified(
        document("a", "en", [f"Copies of this are at {address}", *ENGLISH[:1]]),
        document("b", "de", [f"Kopien davon liegen unter {address}", *GERMAN[:1]]),
    )
    assert min(found.coverage) > 0.8
    alone = verified(document("a", "en", [address]), document("b", "de", [address]))
    assert max(alone.coverage) == 0


@given(st.integers(1, 9), st.integers(0, 8), st.integers(1, 5))
def test_sums_are_those_of_the_runs(count: int, start: int, size: int) -> None:
    random = np.random.default_rng(count)
    singles = random.normal(size=(count, 3)).astype(np.float32)
    lengths = random.integers(1, 9, count).astype(np.float32)
    start = min(start, count - 1)
    found = verify.SummedOverlaps(singles, lengths).vectors(start, count, size)
    for before in range(size):
        for end in range(start, count):
            own = slice(end - before, end + 1)
            run = (singles[own] * np.sqrt(lengths[own])[:, None]).sum(0) if end >= before else np.zeros(3)
            expected = run / max(np.linalg.norm(run), 1e-9)
            np.testing.assert_allclose(found[before, end - start], expected, atol=1e-5)


@given(st.sets(st.tuples(st.integers(0, 20), st.integers(21, 40)), max_size=60))
def test_every_pair_is_verified_once_few_documents_at_a_time(edges: set[tuple[int, int]]) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(verify, "_AT_ONCE", 5)
        chunks = list(verify._chunks(edges))
    assert sorted(edge for chunk in chunks for edge in chunk) == sorted(edges)
    assert all(len({i for edge in chunk for i in edge}) <= 5 for chunk in chunks)


def test_an_index_remembers_verifications(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[int] = []

    def counted(edges, *rest):
        asked.append(len(edges))
        return verify.verify_pairs(edges, *rest)

    monkeypatch.setattr(find, "verify_pairs", counted)
    batch = [document("a", "en", ENGLISH), document("b", "de", GERMAN), document("c", "de", OTHER)]
    options = PairOptions(index=tmp_path)
    first = find_pairs(batch, options=options)
    assert asked[0] > 0
    assert find_pairs(batch, options=options) == first
    monkeypatch.setattr("align.pairing.index.verifier_signature", lambda: "other weights")
    assert find_pairs(batch, options=options) == first
    assert asked == [asked[0], 0, asked[0]]


@pytest.mark.slow
def test_what_verification_found_decides(seeds: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    texts = [path.read_text("utf-8") for path in sorted(seeds.glob("*.txt"))[:2]]
    batch = [Document.from_text(str(k), text) for k, text in enumerate(texts)]
    monkeypatch.setattr("align.pairing.scoring._SURE", 99.0)
    (pair,) = find_pairs(batch)
    assert pair.evidence == "text+sentences"
    monkeypatch.setattr(
        verify,
        "_verify",
        lambda source, target, vocabulary, weights: verify.Verification((0.0, 0.0), (0.0, 0.0), 0.0),
    )
    doubted = find_pairs(batch, min_probability=0.0).pairs[0]
    assert doubted.probability < pair.probability


@pytest.mark.slow
def test_a_sure_pair_is_verified_only_where_it_has_a_rival(
    seeds: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        "align.pairing.scoring._SURE", 5.0
    )  # whatever the weights of the day say of the samples
    english, chinese, *_ = (
        Document.from_text(path.name, path.read_text("utf-8")) for path in sorted(seeds.glob("*.txt"))
    )
    (alone,) = find_pairs([english, chinese])
    assert alone.evidence == "text"
    (rivalled,) = find_pairs([english, chinese, Document("zzz", chinese.paragraphs, "zh")])
    assert rivalled.evidence == "text+sentences"


def test_addresses_and_numbers_are_no_words() -> None:
    """A licence that is told by its address in every language would else be nearly the same in all."""
    texts = ["Three ships wait.", "See https://example.org/tide/7 for 1,200 more.", "", "12"]
    found = verify._words(texts, get_lexicon().ids(texts))
    wanted = get_lexicon().ids([without_addresses(text) for text in texts])
    assert [ids.tolist() for ids in found] == [ids.tolist() for ids in wanted]
    assert len(found[1]) < len(get_lexicon().ids(texts)[1])

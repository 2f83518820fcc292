"""Documents inside longer ones."""

from __future__ import annotations

import itertools

import pytest

from align.dedup import DedupOptions, find_duplicates
from align.dedup.containment import PROBES, least_hits

from .conftest import article, edited
from .test_find import shingles


def test_contained_documents_are_found_exactly() -> None:
    shorts = [(f"s{n:02}", article(n, 60 + n)) for n in range(40)]
    longs = [
        (f"x{n:02}", f"{article(100 + n, 300)}\n{edited(shorts[n][1], n / 400, n)}\n{article(200 + n, 400)}")
        for n in range(40)
    ]
    documents = [*shorts, *longs]
    result = find_duplicates(documents, options=DedupOptions(containment=0.8))
    sets = {id: shingles(text) for id, text in documents}
    truth = {
        (a, b): len(sets[a] & sets[b]) / len(sets[a])
        for a, b in itertools.permutations(sets, 2)
        if len(sets[a]) < len(sets[b]) and len(sets[a] & sets[b]) >= 0.8 * len(sets[a])
    }
    found = {(pair.first, pair.second): pair.similarity for pair in result.pairs if pair.kind == "contained"}
    assert found == pytest.approx(truth)
    assert 10 < len(truth) < 40
    assert set(result.removed) == {short for short, _ in truth}


@pytest.mark.slow
def test_shared_frames_do_not_hide_a_contained_document() -> None:
    frame = article(0, 30)
    documents = [(f"d{n:04}", f"{frame}\n{article(n, 40)}") for n in range(1, 2_501)]
    documents.append(("page", f"{article(9_000, 200)}\n{documents[7][1]}\n{article(9_001, 200)}"))
    result = find_duplicates(documents, options=DedupOptions(containment=0.9))
    assert [(pair.first, pair.second) for pair in result.pairs] == [(documents[7][0], "page")]


def test_number_of_hits_asked_for() -> None:
    assert least_hits(PROBES, 1.0) == PROBES
    assert 1 <= least_hits(PROBES, 0.5) < least_hits(PROBES, 0.9) < PROBES
    assert least_hits(1, 0.9) == 1


def test_of_two_documents_of_one_size_the_longer_holds_the_other() -> None:
    """Equal numbers of shingles, nine in ten in common: one of the two goes, never both and never neither."""
    words = [f"w{k}" for k in range(404)]
    documents = [("a", " ".join(words[:204])), ("b", " ".join(words[10:214]))]
    assert len({len(shingles(text)) for _, text in documents}) == 1
    result = find_duplicates(documents, options=DedupOptions(threshold=0.98, containment=0.9))
    assert [(pair.first, pair.second, pair.kind) for pair in result.pairs] == [("a", "b", "contained")]
    assert {id: removal.kept for id, removal in result.removed.items()} == {"a": "b"}


def test_nothing_is_removed_for_a_document_that_goes_itself() -> None:
    """P stands inside q and has more bytes than it; x is near p and not inside q."""
    words = [f"w{k}" for k in range(200)]
    documents = {
        "p": " ".join(words[:100]) + "." * 4000,
        "q": " ".join(words),
        "x": " ".join([*words[:86], *(f"v{k}" for k in range(10))]),
    }
    assert len(documents["p"]) > len(documents["q"])
    found = find_duplicates(documents, options=DedupOptions(threshold=0.7, containment=0.95))
    assert {(pair.first, pair.second, pair.kind) for pair in found.pairs} >= {
        ("p", "q", "contained"),
        ("p", "x", "near"),
    }
    assert {id: removal.kept for id, removal in found.removed.items()} == {"p": "q"}
    assert set(found.kept) == {"q", "x"}

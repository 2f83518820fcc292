"""Candidates: what brute force over everything would give, whatever the blocks."""

from __future__ import annotations

import numpy as np
import pytest

from align.pairing import candidates as module
from align.pairing.candidates import LanguageDirections, candidate_pairs, similarity
from align.pairing.profiles import Profile
from align.pairing.vectors import DIMENSION, SECTIONS, normalised


def profile(number: int, language: str, vectors: np.ndarray) -> Profile:
    empty = np.zeros(0, np.float32)
    return Profile(
        str(number),
        language,
        vectors.astype(np.float16),
        empty,
        empty.astype(np.uint32),
        empty.astype(np.uint64),
        empty.astype(np.int32),
        "",
        (),
        empty.astype(np.uint8),
    )


@pytest.fixture
def batch() -> list[Profile]:
    random = np.random.default_rng(3)
    content = random.standard_normal((60, 1 + SECTIONS, DIMENSION)).astype(np.float32)
    accent = {code: 2 * random.standard_normal(DIMENSION).astype(np.float32) for code in ("en", "zh", "id")}
    codes = [("en", "zh", "id")[i % 3] for i in range(180)]
    return [profile(i, code, normalised(content[i // 3] + accent[code])) for i, code in enumerate(codes)]


def slowly(profiles: list[Profile], neighbours: int) -> set[tuple[int, int]]:
    languages = [p.language for p in profiles]
    vectors = np.array([p.vectors for p in profiles], np.float32)
    means = [vectors[np.array(languages) == code, 0].mean(0) for code in sorted(set(languages))]
    vectors = LanguageDirections(np.array(means)).taken_off(vectors)
    found = set()
    for i, language in enumerate(languages):
        for other in set(languages) - {language}:
            near = [j for j, code in enumerate(languages) if code == other]
            scores = similarity(vectors[[i]], vectors[near])[0]
            for k in np.argsort(-scores, kind="stable")[:neighbours]:
                found.add((min(i, near[k]), max(i, near[k])))
    return found


def test_blocks_change_nothing(batch: list[Profile], monkeypatch: pytest.MonkeyPatch) -> None:
    expected = slowly(batch, 4)
    assert candidate_pairs(batch, 4) == expected
    monkeypatch.setattr(module, "_ROWS", 7)
    monkeypatch.setattr(module, "_COLUMNS", 13)
    assert candidate_pairs(batch, 4) == expected


def test_versions_are_each_others_nearest_whatever_their_language(batch: list[Profile]) -> None:
    found = candidate_pairs(batch, 1)
    assert {(i, i + 1) for i in range(0, 180, 3)} <= found


def test_only_pairs_with_a_fresh_document_where_asked(batch: list[Profile]) -> None:
    """Those that are found if all are fresh: an earlier document has its nearest among the earlier ones, too."""
    assert candidate_pairs(batch, 4, 10) == {(a, b) for a, b in candidate_pairs(batch, 4) if a < 10}


def test_earlier_documents_that_are_not_all_there_are_not_asked(batch: list[Profile]) -> None:
    """So a fresh document has so many candidates in each language, however many earlier ones there are."""
    found = candidate_pairs(batch, 4, 10, every=False)
    assert found
    assert set(found) < set(candidate_pairs(batch, 4, 10))
    languages = {profile.language for profile in batch}
    assert len(found) <= 10 * 4 * (len(languages) - 1)
    assert {(i, j) for i, j in candidate_pairs(batch, 1) if i // 3 == j // 3 and i < 10} <= set(found)


def test_documents_without_language_have_no_candidates(batch: list[Profile]) -> None:
    batch[0].language = ""
    assert not any(0 in pair for pair in candidate_pairs(batch, 4))


def test_the_approximate_search_finds_nearly_what_the_exact_one_does(
    batch: list[Profile], monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("faiss")
    exact = candidate_pairs(batch, 4)
    monkeypatch.setattr(module, "_EXACT", 0)
    monkeypatch.setattr(module.approximate, "_PROBED", 12)
    found = candidate_pairs(batch, 4)
    assert len(found & exact) >= 0.7 * len(exact)  # random vectors: the hardest case there is
    assert {(i, i + 1) for i in range(0, 180, 3)} <= found
    assert candidate_pairs(batch, 4) == found

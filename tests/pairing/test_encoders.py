"""Candidates are found with one encoder, pairs verified each with its own."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from align.alignment import model
from align.alignment.model import Model
from align.document import Document, Level
from align.encoders import get_encoder
from align.pairing import PairOptions, Pairs, find_pairs, verify
from align.pairing.index import PairIndex
from align.pairing.scoring import Comparison
from align.pairing.verify import Verification
from tests.several_encoders import CHINESE, ENGLISH, ICELANDIC, Broad

TEXTS = {"en": ENGLISH, "zh": CHINESE, "is": ICELANDIC}


def pairs(languages: Sequence[str], options: PairOptions | None = None) -> Pairs:
    """What is found among versions whose names say that they are ones, so that all are compared."""
    documents = [Document.from_text(f"lib.{code}.txt", TEXTS[code]) for code in languages]
    return find_pairs(documents, options=options)


@pytest.fixture(autouse=True)
def _all_are_open(monkeypatch: pytest.MonkeyPatch) -> None:
    """The quick comparison leaves every pair open."""
    monkeypatch.setattr(Comparison, "to_verify", lambda self: sorted(self._quick))


def test_each_pair_is_verified_with_its_encoder_and_weights(
    broad: Broad, monkeypatch: pytest.MonkeyPatch
) -> None:
    used: list[tuple[str, str, str]] = []
    own = verify._verify

    def noted(source, target, vocabulary, weights) -> Verification:
        used.append((source.language, target.language, weights))
        return own(source, target, vocabulary, weights)

    monkeypatch.setattr(verify, "_verify", noted)
    pairs(["en", "zh"])
    assert broad.asked == 0
    pairs(["en", "zh", "is"])
    assert broad.asked > 0
    assert set(used) >= {("en", "zh", "use"), ("en", "is", "e5")}


def test_the_encoder_of_the_profiles_is_that_of_the_index(tmp_path: Path, broad: Broad) -> None:
    by_name = pairs(["en", "zh"], PairOptions(encoder="use", index=tmp_path))
    assert len(by_name) == 1
    again = pairs(["en", "zh"], PairOptions(index=tmp_path))  # which is not refused
    assert again.pairs == by_name.pairs
    assert get_encoder("use").signature in str(again.signature["encoder"])
    assert broad.asked == 0


def test_an_index_holds_no_verification_of_another_encoder(
    tmp_path: Path, broad: Broad, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept: list[tuple[str, str]] = []
    own = PairIndex.remember
    monkeypatch.setattr(
        PairIndex,
        "remember",
        lambda self, a, b, found: kept.append((a.language, b.language)) or own(self, a, b, found),
    )
    pairs(["en", "zh", "is"], PairOptions(index=tmp_path))
    assert broad.asked > 0
    assert {frozenset(pair) for pair in kept} == {frozenset({"en", "zh"})}


@pytest.mark.usefixtures("broad")
def test_the_aligner_asks_for_the_weights_of_the_encoder(monkeypatch: pytest.MonkeyPatch) -> None:
    from align.alignment import align_texts, aligner

    asked: set[tuple[Level, str]] = set()

    def noted(level: Level, weights: model.Weights) -> Model:
        asked.add((level, weights))
        return model.load_model(level, weights)

    monkeypatch.setattr(aligner, "load_model", noted)
    align_texts(ENGLISH, ICELANDIC)
    assert asked == {("paragraph", "e5"), ("sentence", "e5")}

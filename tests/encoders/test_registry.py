from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest

from align.encoders import Encoder, encode_overlaps, get_encoder
from align.encoders.registry import LIMIT_VARIABLE, default_cache
from align.errors import EncoderError, UnknownEncoderError, UsageError

MODULE = """
import numpy as np
def good(texts): return np.array([[len(t), 1.0, -1.0] for t in texts])
def lists(texts): return [[1.0, len(t)] for t in texts]
def nan(texts): return np.array([[float("nan") if t == "bad" else 1.0] for t in texts])
def few(texts): return np.ones((1, 3))
def flat(texts): return np.ones(7)
def words(texts): return ["a"]
def raises(texts): raise KeyError("no such word")
def lines(texts): raise ValueError("first line\\nsecond line")
def ragged(texts): return [[1.0] * (n + 1) for n in range(len(texts))]
def turned(texts): return np.ones((len(texts), 3)) * 1j
def objects(texts): return [[None, None] for t in texts]
def nothing(texts): return None
def thin(texts): return np.ones((len(texts), 0))
def huge(texts): return np.array([[3e300, 4e300] for t in texts])
good.signature = "good 1"
good.languages = ("de", "fr")
"""


@pytest.fixture(autouse=True)
def _folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ALIGN_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("ALIGN_MODELS", str(tmp_path / "models"))
    get_encoder.cache_clear()
    default_cache.cache_clear()
    yield
    get_encoder.cache_clear()
    default_cache.cache_clear()
    sys.modules.pop("my_vectors", None)


@pytest.fixture
def module(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "my_vectors.py").write_text(MODULE, encoding="utf-8")
    monkeypatch.chdir(tmp_path)


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("us", "did you mean use"),
        ("lasser", "did you mean laser"),
        ("LaBSE", "did you mean st:LaBSE"),
        ("st:", "unknown encoder 'st:'"),
        ("laser:", "unknown encoder 'laser:'"),
        ("laser:wolf", "did you mean laser:wol"),
        ("", "unknown encoder ''"),
        ("USE", r"did you mean use\? \(there"),
        ("labse", "did you mean st:LaBSE"),
        ("BAAI/bge-m3", r"did you mean st:BGE-M3\?"),
        ("minilm", "did you mean st:paraphrase-multilingual-MiniLM-L12-v2"),
        ("file:", r"unknown encoder 'file:' \(there"),
        ("laser:de", "LASER2 was trained for it: laser"),
        ("python:numpy", "expected python:module:function"),
        ("file:,", "expected file:TEXTS"),
    ],
)
def test_wrong_names_are_told(name: str, message: str) -> None:
    with pytest.raises(UsageError, match=message) as caught:
        get_encoder(name)
    assert caught.value.exit_code == 2


def test_unknown_encoder_is_both_errors() -> None:
    with pytest.raises(EncoderError):
        get_encoder("nothing")
    assert UnknownEncoderError.exit_code == 2


def test_one_object_for_the_process() -> None:
    assert get_encoder("use") is get_encoder("use")
    assert isinstance(get_encoder("use"), Encoder)


@pytest.mark.usefixtures("module")
def test_a_function_of_ones_own(tmp_path: Path) -> None:
    encoder = get_encoder("python:my_vectors:good")
    assert encoder.dimension == 3
    assert encoder.languages == {"de", "fr"}
    assert encoder.signature == "python:my_vectors:good+good 1"
    vectors = encoder.encode(["four", "", "four"])
    np.testing.assert_allclose(vectors[0], np.array([4, 1, -1]) / np.sqrt(18), rtol=1e-6)
    assert not vectors[1].any()
    (runs,) = encode_overlaps(encoder, [["a", "bb", "ccc"]], 2)
    assert runs.shape == (2, 3, 3)
    np.testing.assert_array_equal(runs[1, 2], encoder.encode(["bb ccc"])[0])
    assert (tmp_path / "cache").exists()  # it has a signature


@pytest.mark.usefixtures("module")
def test_without_a_signature_nothing_is_cached(tmp_path: Path) -> None:
    encoder = get_encoder("python:my_vectors:lists")
    assert encoder.encode(["a", "b"]).shape == (2, 2)
    assert not (tmp_path / "cache").exists()
    before = encoder.signature
    (tmp_path / "my_vectors.py").write_text(MODULE + "# changed\n", encoding="utf-8")
    get_encoder.cache_clear()
    assert get_encoder("python:my_vectors:lists").signature != before


@pytest.mark.usefixtures("module")
@pytest.mark.parametrize(
    ("function", "message"),
    [
        ("nan", "NaN or infinite numbers for 1 of 2 texts, for example 'bad'"),
        ("lines", "failed: ValueError: first line second line"),
        ("ragged", "different lengths"),
        ("turned", "gave ndarray of complex128 instead of an array of numbers"),
        ("objects", "gave list of object instead"),
        ("nothing", "gave NoneType of object instead"),
        ("thin", r"shape \(texts, dimension\), not \(1, 0\)"),
        ("few", r"shape \(1, 3\) for 2 texts; expected \(2, 3\)"),
        ("flat", r"must return an array of shape \(texts, dimension\), not \(7,\)"),
        ("words", r"gave list of str\d+ instead of an array of numbers"),
        ("raises", "failed: KeyError: 'no such word'"),
        ("godo", "has no function 'godo'; did you mean good"),
    ],
)
def test_unusable_vectors_are_told(function: str, message: str) -> None:
    with pytest.raises(EncoderError, match=message) as caught:
        get_encoder(f"python:my_vectors:{function}").encode(["bad", "good"])
    assert "\n" not in str(caught.value)


@pytest.mark.usefixtures("module")
def test_numbers_beyond_single_precision_have_a_direction_all_the_same() -> None:
    np.testing.assert_allclose(get_encoder("python:my_vectors:huge").encode(["a"]), [[0.6, 0.8]])


def test_a_missing_module_is_told(tmp_path: Path) -> None:
    with pytest.raises(EncoderError, match="cannot import 'no_such_module'"):
        get_encoder("python:no_such_module:f")


def test_the_cache_limit_is_a_number(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(LIMIT_VARIABLE, "0")
    assert default_cache() is None
    default_cache.cache_clear()
    monkeypatch.setenv(LIMIT_VARIABLE, "5")
    cache = default_cache()
    assert cache is not None
    assert cache.limit == 5 << 20
    default_cache.cache_clear()
    monkeypatch.setenv(LIMIT_VARIABLE, "much")
    with pytest.raises(UsageError, match="expected a number of megabytes"):
        default_cache()

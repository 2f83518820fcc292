"""LASER through its real loading and encoding path, with a small random checkpoint in the layout of the real one."""

from __future__ import annotations

import argparse
import importlib.machinery
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest

from align.alignment import align_texts
from align.encoders import encode_overlaps, for_language, get_encoder
from align.encoders.catalogue import check
from align.encoders.embedder import EmbedderEncoder
from align.encoders.laser.encoder import LaserEmbedder, _tell_of_laser3, laser3_code, laser_files
from align.encoders.laser.languages import LASER2, LASER3, LASER3_CODES, OWN_TOKENIZER
from align.encoders.registry import default_cache
from align.errors import EncoderError

from .conftest import SEEDS, TRICKY

torch = pytest.importorskip("torch")
pytest.importorskip("nano_laser")

pytestmark = pytest.mark.filterwarnings("ignore")  # torch's own, on import and on packing sequences

DIMENSION = 32


@pytest.fixture(scope="module")
def checkpoint(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """laser2.pt, laser2.spm and laser2.cvocab, small and random."""
    import sentencepiece

    folder = tmp_path_factory.mktemp("laser")
    text = folder / "text.txt"
    text.write_text(
        "\n".join(p.read_text(encoding="utf-8").lower() for p in SEEDS.glob("*.txt")), encoding="utf-8"
    )
    sentencepiece.SentencePieceTrainer.train(
        input=str(text),
        model_prefix=str(folder / "laser2"),
        vocab_size=400,
        character_coverage=0.98,
        minloglevel=2,
    )
    (folder / "laser2.model").rename(folder / "laser2.spm")
    pieces = [
        line.split("\t")[0] for line in (folder / "laser2.vocab").read_text(encoding="utf-8").splitlines()
    ][3:]
    (folder / "laser2.cvocab").write_text("".join(f"{piece} 1\n" for piece in pieces), encoding="utf-8")
    symbols = ["<s>", "<pad>", "</s>", "<unk>", *pieces]
    params = {
        "num_embeddings": len(symbols),
        "padding_idx": 1,
        "embed_dim": 16,
        "hidden_size": DIMENSION // 2,
        "num_layers": 2,
        "bidirectional": True,
        "left_pad": True,
        "padding_value": 0.0,
    }
    from nano_laser.models import LaserLstmEncoder

    torch.manual_seed(3)
    model = LaserLstmEncoder(**params).state_dict()
    dictionary = {symbol: index for index, symbol in enumerate(symbols)}
    torch.save({"params": params, "model": model, "dictionary": dictionary}, folder / "laser2.pt")
    _laser3(folder)
    return folder


def _laser3(folder: Path) -> None:
    """laser3-wol_Latn.v1.pt, a transformer with LASER2's tokenizer and vocabulary, as fairseq saves it."""
    settings = argparse.Namespace(
        encoder_embed_dim=DIMENSION,
        encoder_attention_heads=2,
        encoder_ffn_embed_dim=16,
        encoder_layers=1,
        encoder_normalize_before=True,
        activation_fn="relu",
        no_scale_embedding=False,
        max_source_positions=64,
        sentemb_criterion="maxpool",
        prepend_bos=False,
        left_pad_source="False",
    )
    vocabulary = len((folder / "laser2.cvocab").read_text(encoding="utf-8").splitlines()) + 4
    parts = {
        "embed_tokens": torch.nn.Embedding(vocabulary + 1, DIMENSION),  # and <mask>
        **{
            f"layers.0.self_attn.{name}_proj": torch.nn.Linear(DIMENSION, DIMENSION)
            for name in ("k", "v", "q", "out")
        },
        "layers.0.self_attn_layer_norm": torch.nn.LayerNorm(DIMENSION),
        "layers.0.fc1": torch.nn.Linear(DIMENSION, 16),
        "layers.0.fc2": torch.nn.Linear(16, DIMENSION),
        "layers.0.final_layer_norm": torch.nn.LayerNorm(DIMENSION),
        "layer_norm": torch.nn.LayerNorm(DIMENSION),
    }
    weights = {
        f"{part}.{key}": value for part, one in parts.items() for key, value in one.state_dict().items()
    }
    torch.save({"model": weights, "cfg": {"model": settings}}, folder / "laser3-wol_Latn.v1.pt")


@pytest.fixture
def models(checkpoint: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A models folder of the test's own with the checkpoints in it, and no cache."""
    folder = tmp_path / "models"
    folder.mkdir()
    for name in (*laser_files(None), "laser3-wol_Latn.v1.pt"):
        shutil.copy(checkpoint / name, folder)
    monkeypatch.setenv("ALIGN_MODELS", str(folder))
    monkeypatch.setenv("ALIGN_CACHE", str(tmp_path / "cache"))
    for remembered in (get_encoder, default_cache, _tell_of_laser3):
        remembered.cache_clear()
    yield folder
    for remembered in (get_encoder, default_cache):
        remembered.cache_clear()


@pytest.mark.slow
def test_it_encodes_what_the_library_encodes(models: Path) -> None:
    from nano_laser import LaserEncoderPipeline

    encoder = EmbedderEncoder(LaserEmbedder())
    texts = [text.strip() for text in TRICKY if text.strip()]
    mine = encoder.encode(texts)
    assert mine.shape == (len(texts), DIMENSION)
    reference = LaserEncoderPipeline(laser="laser2", model_dir=str(models)).encode_sentences(texts, True)
    np.testing.assert_allclose(mine, reference, atol=1e-5)
    (runs,) = encode_overlaps(encoder, [texts[:4]], 3)
    np.testing.assert_allclose(runs[2, 3], encoder.encode([" ".join(texts[1:4])])[0], atol=1e-5)


def test_hostile_texts(models: Path) -> None:
    vectors = EmbedderEncoder(LaserEmbedder()).encode(["", "\ud800", "\x00", "x" * 100_000, "\u200b"])
    assert np.isfinite(vectors).all()
    assert not vectors[0].any()


def test_the_signature_follows_the_files(models: Path) -> None:
    before = LaserEmbedder().signature
    assert before == LaserEmbedder().signature
    (models / "laser2.cvocab").write_text("a 1\n", encoding="utf-8")
    assert LaserEmbedder().signature != before


def test_a_laser3_checkpoint_is_encoded_with(models: Path) -> None:
    from nano_laser import LaserEncoderPipeline

    mine = EmbedderEncoder(LaserEmbedder("wol_Latn")).encode(["the market", "of the world"])
    library = LaserEncoderPipeline(laser="laser3", lang="wol_Latn", model_dir=str(models))
    np.testing.assert_allclose(
        mine, library.encode_sentences(["the market", "of the world"], True), atol=1e-5
    )
    assert not np.allclose(mine, EmbedderEncoder(LaserEmbedder()).encode(["the market", "of the world"]))


@pytest.mark.parametrize("file", ["laser2.pt", "laser2.spm", "laser3-wol_Latn.v1.pt", "laser2.cvocab"])
@pytest.mark.parametrize("share", [0.0, 0.02, 0.5])
def test_a_file_cut_in_half_is_told(share: float, file: str, models: Path) -> None:
    data = (models / file).read_bytes()
    (models / file).write_bytes(data[: int(len(data) * share)])
    language = None if file in ("laser2.pt", "laser2.spm") else "wol_Latn"  # LASER2 has its vocabulary inside
    with pytest.raises(
        EncoderError, match=rf"cannot load .*{file} \(.*align models fetch laser.* --overwrite"
    ) as caught:
        EmbedderEncoder(LaserEmbedder(language)).encode(["a"])
    assert "\n" not in str(caught.value)
    assert "weights_only" not in str(caught.value)  # torch's advice to load whatever it is


def test_a_graphics_processor_is_used_where_there_is_one(
    models: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With one, the weights and every batch are sent to it; a machine without has to pretend."""
    sent: list[str] = []

    def to_device(self: Any) -> Any:
        sent.append(type(self).__name__)
        return self

    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.nn.Module, "cuda", to_device)
    monkeypatch.setattr(torch.Tensor, "cuda", to_device)
    assert EmbedderEncoder(LaserEmbedder()).encode(["a", "b"]).shape == (2, DIMENSION)
    assert sent[0] == "LaserLstmEncoder"
    assert "Tensor" in sent


def test_laser_encoders_is_preferred_where_it_works(models: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Through a stand-in: the package itself cannot be imported on this Python."""

    class Pipeline:  # its arguments: batch sizes are not among them
        def __init__(self, lang: str | None = None, model_dir: str | None = None, laser: str | None = None):
            assert (lang, model_dir, laser) == (None, str(models), "laser2")

        def encode_sentences(self, sentences: list[str], normalize_embeddings: bool = False) -> np.ndarray:
            return np.full((len(sentences), 7), 2.0)

    module = ModuleType("laser_encoders")
    module.__spec__ = importlib.machinery.ModuleSpec("laser_encoders", None)
    module.LaserEncoderPipeline = Pipeline  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "laser_encoders", module)
    assert EmbedderEncoder(LaserEmbedder()).encode(["a"]).shape == (1, 7)


def test_a_file_that_is_not_as_fetched_is_told(models: Path) -> None:
    (models / "laser2.spm.sha256").write_text(f"{'0' * 64}  laser2.spm\n", encoding="utf-8")
    with pytest.raises(EncoderError, match=r"laser2\.spm is not as it was fetched"):
        EmbedderEncoder(LaserEmbedder()).encode(["a"])
    assert "not as it was fetched" in check("laser")


def test_missing_files_are_told_and_nothing_is_fetched(models: Path) -> None:
    (models / "laser2.pt").unlink()
    with pytest.raises(EncoderError, match=r"laser2\.pt not in .*align models fetch laser, or put there"):
        EmbedderEncoder(LaserEmbedder()).encode(["a"])
    with pytest.raises(EncoderError, match=r"laser3-xho_Latn\.v1\.pt"):
        EmbedderEncoder(LaserEmbedder("xho_Latn")).encode(["a"])


def test_without_a_library_the_command_is_told(models: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("align.encoders.laser.encoder._LIBRARIES", ("no_such_library",))
    (models / "laser2.pt").unlink()  # the library is told first: without it the files are no use
    for ask in (lambda: LaserEmbedder().signature, lambda: EmbedderEncoder(LaserEmbedder()).encode(["a"])):
        with pytest.raises(EncoderError, match=r"not installed: pip install .*\[laser\]'"):
            ask()


def test_a_library_that_cannot_be_imported_is_passed_over(
    models: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "broken_laser.py").write_text("raise ValueError('mutable default')\n", encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr("align.encoders.laser.encoder._LIBRARIES", ("broken_laser", "nano_laser"))
    assert EmbedderEncoder(LaserEmbedder()).encode(["a"]).shape == (1, DIMENSION)
    monkeypatch.setattr("align.encoders.laser.encoder._LIBRARIES", ("broken_laser",))
    with pytest.raises(EncoderError, match=r"broken_laser: mutable default"):
        EmbedderEncoder(LaserEmbedder()).encode(["a"])


def test_languages_choose_the_encoder(models: Path, caplog: pytest.LogCaptureFixture) -> None:
    laser = get_encoder("laser")
    assert for_language(laser, "de") is laser
    assert for_language(laser, "hi") is laser  # LASER2 knows it
    assert for_language(laser, "xx") is laser
    assert for_language(laser, None) is laser
    assert for_language(laser, "wo").name == "laser:wol_Latn"
    assert for_language(laser, "wo") is for_language(laser, "wol")  # loaded once for all documents
    assert {"wo", "wol"} == for_language(laser, "wo").languages
    assert not caplog.records
    assert for_language(laser, "xh") is for_language(laser, "xh") is laser  # its files are not here
    assert [record.getMessage() for record in caplog.records] == [
        "LASER2 was not trained for 'xh'; LASER3 has an encoder for it: align models fetch laser:xho_Latn"
    ]
    assert for_language(get_encoder("use"), "wo") is get_encoder("use")
    assert get_encoder("laser:wol").name == "laser:wol_Latn"
    assert get_encoder("laser:ace").languages == {"ace"}  # a language without a code of two letters


def test_the_aligner_takes_the_encoder_of_each_language(models: Path, tmp_path: Path) -> None:
    sides = (["the market", "of the world"], ["a market", "the world"])
    found = align_texts(*sides, source_language="en", target_language="wo", encoder="laser")
    assert (
        found.signature["encoder"] == f"{LaserEmbedder().signature} and {LaserEmbedder('wol_Latn').signature}"
    )
    assert not any("was not trained" in warning for warning in found.warnings)
    plain = align_texts(*sides, source_language="en", target_language="xh", encoder="laser")
    assert plain.signature["encoder"] == LaserEmbedder().signature
    assert any("'laser' was not trained for 'xh'" in warning for warning in plain.warnings)


def test_the_tables_agree_with_the_library() -> None:
    from nano_laser import language_list

    assert frozenset(language_list.LASER3_LANGUAGES_LIST) == LASER3_CODES
    assert frozenset(language_list.SPM_LANGUAGE) == OWN_TOKENIZER
    assert set(LASER3.values()) <= LASER3_CODES
    assert all(len(code) == 2 for code in LASER2 | set(LASER3))
    assert laser3_code("wo") == laser3_code("wol") == laser3_code("wol_Latn") == "wol_Latn"
    assert laser_files("wol_Latn") == ["laser3-wol_Latn.v1.pt", "laser2.spm", "laser2.cvocab"]
    assert laser_files("tir_Ethi")[1] == "laser3-tir_Ethi.v1.spm"

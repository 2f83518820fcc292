"""LASER through its real loading and encoding path, with a small random checkpoint in the layout of the real one."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest

from align.encoders import encode_overlaps, for_language, get_encoder
from align.encoders.catalogue import check
from align.encoders.embedder import EmbedderEncoder
from align.encoders.laser import LaserEmbedder, laser3_code, laser_files
from align.encoders.laser_languages import LASER2, LASER3, LASER3_CODES, OWN_TOKENIZER
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
    return folder


@pytest.fixture
def models(checkpoint: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A models folder of the test's own with the checkpoint in it."""
    folder = tmp_path / "models"
    folder.mkdir()
    for name in laser_files(None):
        shutil.copy(checkpoint / name, folder)
    monkeypatch.setenv("ALIGN_MODELS", str(folder))
    return folder


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


@pytest.mark.parametrize("size", [0, 100, 5000])
def test_a_checkpoint_cut_in_half_is_told(size: int, models: Path) -> None:
    data = (models / "laser2.pt").read_bytes()
    (models / "laser2.pt").write_bytes(data[:size])
    with pytest.raises(
        EncoderError, match=r"cannot load .*laser2\.pt .*align models fetch laser --overwrite"
    ):
        EmbedderEncoder(LaserEmbedder()).encode(["a"])


def test_a_file_that_is_not_as_fetched_is_told(models: Path) -> None:
    (models / "laser2.spm.sha256").write_text(f"{'0' * 64}  laser2.spm\n", encoding="utf-8")
    with pytest.raises(EncoderError, match=r"laser2\.spm is not as it was fetched"):
        EmbedderEncoder(LaserEmbedder()).encode(["a"])
    assert "not as it was fetched" in check("laser")


def test_missing_files_are_told_and_nothing_is_fetched(models: Path) -> None:
    (models / "laser2.pt").unlink()
    with pytest.raises(EncoderError, match=r"laser2\.pt not in .*align models fetch laser, or put there"):
        EmbedderEncoder(LaserEmbedder()).encode(["a"])
    with pytest.raises(EncoderError, match=r"laser3-wol_Latn\.v1\.pt"):
        EmbedderEncoder(LaserEmbedder("wol_Latn")).encode(["a"])


def test_without_a_library_the_command_is_told(models: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("align.encoders.laser._LIBRARIES", ("no_such_library",))
    with pytest.raises(EncoderError, match=r"not installed: pip install 'align-bitext\[laser\]'"):
        EmbedderEncoder(LaserEmbedder()).encode(["a"])


def test_a_library_that_cannot_be_imported_is_passed_over(
    models: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "broken_laser.py").write_text("raise ValueError('mutable default')\n", encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr("align.encoders.laser._LIBRARIES", ("broken_laser", "nano_laser"))
    assert EmbedderEncoder(LaserEmbedder()).encode(["a"]).shape == (1, DIMENSION)
    monkeypatch.setattr("align.encoders.laser._LIBRARIES", ("broken_laser",))
    with pytest.raises(EncoderError, match=r"broken_laser: mutable default"):
        EmbedderEncoder(LaserEmbedder()).encode(["a"])


def test_languages_choose_the_encoder() -> None:
    laser = get_encoder("laser")
    assert for_language(laser, "de") is laser
    assert for_language(laser, "hi") is laser  # LASER2 knows it
    assert for_language(laser, "xx") is laser
    assert for_language(laser, None) is laser
    assert for_language(laser, "wo").name == "laser:wol_Latn"
    assert for_language(get_encoder("use"), "wo") is get_encoder("use")
    assert get_encoder("laser:wol").name == "laser:wol_Latn"
    assert get_encoder("laser:wol").languages == {"wo"}


def test_the_tables_agree_with_the_library() -> None:
    from nano_laser import language_list

    assert frozenset(language_list.LASER3_LANGUAGES_LIST) == LASER3_CODES
    assert frozenset(language_list.SPM_LANGUAGE) == OWN_TOKENIZER
    assert set(LASER3.values()) <= LASER3_CODES
    assert all(len(code) == 2 for code in LASER2 | set(LASER3))
    assert laser3_code("wo") == laser3_code("wol") == laser3_code("wol_Latn") == "wol_Latn"
    assert laser_files("wol_Latn") == ["laser3-wol_Latn.v1.pt", "laser2.spm", "laser2.cvocab"]
    assert laser_files("tir_Ethi")[1] == "laser3-tir_Ethi.v1.spm"

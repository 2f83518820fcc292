"""sentence-transformers itself, with a small random model that the test makes; where the library is installed."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest

from align.encoders.embedder import EmbedderEncoder
from align.encoders.sentence_transformer import SentenceTransformerEmbedder
from align.errors import EncoderError

from .conftest import SEEDS, TRICKY

library = pytest.importorskip("sentence_transformers")

pytestmark = pytest.mark.filterwarnings("ignore")  # torch's and the library's own

DIMENSION = 32


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model as `SentenceTransformer.save` leaves it: two layers, the first token's vector, as LaBSE has it."""
    from sentence_transformers import models
    from tokenizers import BertWordPieceTokenizer
    from transformers import BertConfig, BertModel, BertTokenizerFast

    base = tmp_path_factory.mktemp("base")
    text = "".join(path.read_text(encoding="utf-8").lower() for path in SEEDS.glob("*.txt"))
    characters = sorted({c for c in text if not c.isspace()})
    vocabulary = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *characters, *(f"##{c}" for c in characters)]
    (base / "vocab.txt").write_text("\n".join(vocabulary), encoding="utf-8")
    pieces = BertWordPieceTokenizer(str(base / "vocab.txt"))
    BertTokenizerFast(tokenizer_object=pieces._tokenizer).save_pretrained(base)
    size = {
        "hidden_size": DIMENSION,
        "num_hidden_layers": 2,
        "num_attention_heads": 2,
        "intermediate_size": 32,
    }
    BertModel(BertConfig(vocab_size=len(vocabulary), **size)).save_pretrained(base)
    parts = [models.Transformer(str(base), max_seq_length=64), models.Pooling(DIMENSION, pooling_mode="cls")]
    made = tmp_path_factory.mktemp("model")
    library.SentenceTransformer(modules=parts, device="cpu").save(str(made))
    return made


def test_it_encodes_what_the_library_encodes(folder: Path) -> None:
    texts = [text.strip() for text in TRICKY if text.strip()]
    mine = EmbedderEncoder(SentenceTransformerEmbedder(str(folder))).encode(texts)
    assert mine.shape == (len(texts), DIMENSION)
    reference = library.SentenceTransformer(str(folder), device="cpu").encode(
        texts, normalize_embeddings=True
    )
    np.testing.assert_allclose(mine, reference, atol=1e-5)


def test_hostile_texts(folder: Path) -> None:
    vectors = EmbedderEncoder(SentenceTransformerEmbedder(str(folder))).encode(
        ["", "\ud800", "\x00", "x" * 100_000, "\u200b"]
    )
    assert np.isfinite(vectors).all()
    assert not vectors[0].any()


@pytest.mark.parametrize("file", ["model.safetensors", "config.json", "tokenizer.json", "modules.json"])
def test_a_model_cut_in_half_is_told(file: str, folder: Path, tmp_path: Path) -> None:
    broken = tmp_path / "model"
    shutil.copytree(folder, broken)
    (broken / file).write_bytes((folder / file).read_bytes()[: (folder / file).stat().st_size // 2])
    with pytest.raises(EncoderError, match=r"cannot load the model in .*cut off$") as caught:
        EmbedderEncoder(SentenceTransformerEmbedder(str(broken))).encode(["a"])
    assert "\n" not in str(caught.value)

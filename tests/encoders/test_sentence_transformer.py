"""sentence-transformers through a stand-in with the part of its interface that is used."""

from __future__ import annotations

import sys
from importlib import metadata
from importlib.machinery import ModuleSpec
from pathlib import Path
from types import ModuleType
from typing import Any, ClassVar

import numpy as np
import pytest

from align.encoders import sentence_transformer
from align.encoders.catalogue import fetch
from align.encoders.embedder import EmbedderEncoder
from align.encoders.sentence_transformer import SentenceTransformerEmbedder
from align.errors import EncoderError

ON_THE_HUB = "sentence-transformers/LaBSE"


class StandIn:
    """What `sentence_transformers.SentenceTransformer` does, less the network (and the model)."""

    fetched: ClassVar[set[str]] = set()

    def __init__(self, name: str, *, cache_folder: str | None = None, local_files_only: bool = False) -> None:
        if name == ON_THE_HUB and not local_files_only:
            self.fetched.add(name)
        if name not in self.fetched and not Path(name).is_dir():
            raise OSError(f"{name} is not a local folder and not a model\nsecond line")
        self.folder = cache_folder

    def encode(self, sentences: list[str], **options: Any) -> np.ndarray:
        assert options.keys() == {
            "batch_size",
            "convert_to_numpy",
            "normalize_embeddings",
            "show_progress_bar",
        }
        return np.array([[len(text), len(set(text)), 1.0] for text in sentences], np.float32)


@pytest.fixture(autouse=True)
def _library(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    module = ModuleType("sentence_transformers")
    module.__spec__ = ModuleSpec("sentence_transformers", None)
    module.SentenceTransformer = StandIn  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "sentence_transformers", module)
    monkeypatch.setattr(metadata, "version", lambda name: "9.9")
    monkeypatch.setattr(StandIn, "fetched", set())
    monkeypatch.setenv("ALIGN_MODELS", str(tmp_path))


def test_a_model_is_used_only_after_it_was_fetched(tmp_path: Path) -> None:
    with pytest.raises(
        EncoderError, match=r"not on this machine \(.*not a model\); align models fetch st:LaBSE"
    ):
        EmbedderEncoder(SentenceTransformerEmbedder("LaBSE")).encode(["a"])
    fetch("st:LaBSE")
    reference = tmp_path / "models--sentence-transformers--LaBSE" / "refs" / "main"
    reference.parent.mkdir(parents=True)
    reference.write_text("0123abcd\n", encoding="utf-8")
    encoder = EmbedderEncoder(SentenceTransformerEmbedder("LaBSE"))
    vectors = encoder.encode(["abc", "", "abc"])
    assert encoder.dimension == 3
    assert encoder.signature == f"st:{ON_THE_HUB}+sentence-transformers 9.9+0123abcd"
    np.testing.assert_allclose(vectors[0], np.array([3, 3, 1]) / np.sqrt(19), rtol=1e-6)
    assert not vectors[1].any()


def test_a_model_that_is_nowhere_is_told() -> None:
    with pytest.raises(EncoderError, match=r"cannot be fetched .*st:/path/to/folder") as caught:
        fetch("st:no/such-model")
    assert "\n" not in str(caught.value)


def test_a_folder_is_a_model_and_its_files_the_signature(tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text("{}", encoding="utf-8")
    name = str(tmp_path)
    first = EmbedderEncoder(SentenceTransformerEmbedder(name))
    assert first.encode(["a"]).shape == (1, 3)
    before = first.signature
    (tmp_path / "config.json").write_text("{ }", encoding="utf-8")
    assert SentenceTransformerEmbedder(name).signature != before


def test_without_the_library_the_command_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sentence_transformer, "find_spec", lambda name: None)
    encoder = EmbedderEncoder(SentenceTransformerEmbedder("LaBSE"))
    command = r"not installed: pip install 'align-bitext\[sentence-transformers\]'"
    with pytest.raises(EncoderError, match=command):
        encoder.encode(["a"])
    with pytest.raises(EncoderError, match=command):  # what every output asks for before any text is encoded
        _ = encoder.signature

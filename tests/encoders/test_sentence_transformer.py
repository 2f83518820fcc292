"""sentence-transformers through a stand-in with the part of its interface that is used."""

from __future__ import annotations

import hashlib
import sys
from importlib import metadata
from importlib.machinery import ModuleSpec
from pathlib import Path
from types import ModuleType
from typing import Any, ClassVar

import numpy as np
import pytest

from align.encoders import sentence_transformer
from align.encoders.catalogue import check, fetch
from align.encoders.embedder import EmbedderEncoder
from align.encoders.sentence_transformer import SentenceTransformerEmbedder
from align.errors import EncoderError

ON_THE_HUB = "sentence-transformers/LaBSE"


FILES = {"config.json": b"{}", "model.safetensors": b"weights" * 1000, "1_Pooling/config.json": b"{ }"}
COMMIT = "0123abcd"


def put_on_disk(folder: Path, name: str = ON_THE_HUB) -> Path:
    """A model in the layout of the hub's cache: small files named by Git's checksum, large ones by SHA-256."""
    home = folder / f"models--{name.replace('/', '--')}"
    for file, data in FILES.items():
        small = hashlib.sha1(b"blob %d\0" % len(data) + data).hexdigest()
        blob = home / "blobs" / (hashlib.sha256(data).hexdigest() if len(data) > 1000 else small)
        place = home / "snapshots" / COMMIT / file
        for path in (blob, place):
            path.parent.mkdir(parents=True, exist_ok=True)
        blob.write_bytes(data)
        place.unlink(missing_ok=True)
        place.symlink_to(blob)
    (home / "refs").mkdir(exist_ok=True)
    (home / "refs" / "main").write_text(COMMIT, encoding="utf-8")
    return home / "snapshots" / COMMIT


class StandIn:
    """What `sentence_transformers.SentenceTransformer` does, less the network (and the model)."""

    asked: ClassVar[list[str]] = []  # what was asked of the hub

    def __init__(self, name: str, *, cache_folder: str | None = None, local_files_only: bool = False) -> None:
        if not local_files_only:
            self.asked.append(name)
            if name != ON_THE_HUB:
                raise OSError(f"{name} is not a local folder and not a model\nsecond line")
            assert cache_folder is not None
            put_on_disk(Path(cache_folder))
        elif not (Path(name) / "config.json").exists():
            raise OSError(f"no config.json in {name}\nsecond line")

    def encode(self, sentences: list[str], **options: Any) -> np.ndarray:
        assert options == {
            "batch_size": 32,
            "convert_to_numpy": True,
            "normalize_embeddings": True,
            "show_progress_bar": False,
        }
        return np.array([[len(text), len(set(text)), 1.0] for text in sentences], np.float32)


@pytest.fixture(autouse=True)
def _library(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    module = ModuleType("sentence_transformers")
    module.__spec__ = ModuleSpec("sentence_transformers", None)
    module.SentenceTransformer = StandIn  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "sentence_transformers", module)
    monkeypatch.setattr(metadata, "version", lambda name: "9.9")
    monkeypatch.setattr(StandIn, "asked", [])
    monkeypatch.setenv("ALIGN_MODELS", str(tmp_path))


def test_a_model_is_used_only_after_it_was_fetched(tmp_path: Path) -> None:
    told = r"'st:LaBSE' is not on this machine; align models fetch st:LaBSE"
    with pytest.raises(EncoderError, match=told):
        EmbedderEncoder(SentenceTransformerEmbedder("LaBSE")).encode(["a"])
    with pytest.raises(EncoderError, match=told):  # what every output asks for before any text is read
        _ = SentenceTransformerEmbedder("LaBSE").signature
    assert StandIn.asked == []
    assert len(fetch("st:LaBSE")) == len(FILES)
    assert fetch("st:LaBSE") == []
    assert StandIn.asked == [ON_THE_HUB]  # what is there is not asked for again
    encoder = EmbedderEncoder(SentenceTransformerEmbedder("LaBSE"))
    vectors = encoder.encode(["abc", "", "abc"])
    assert encoder.dimension == 3
    assert encoder.signature == f"st:{ON_THE_HUB}+sentence-transformers 9.9+{COMMIT}"
    np.testing.assert_allclose(vectors[0], np.array([3, 3, 1]) / np.sqrt(19), rtol=1e-6)
    assert not vectors[1].any()


@pytest.mark.parametrize("file", FILES)
def test_a_file_that_is_not_as_fetched_is_told_and_fetched_again(file: str, tmp_path: Path) -> None:
    place = put_on_disk(tmp_path) / file
    place.resolve().write_bytes(FILES[file][: len(FILES[file]) // 2])
    with pytest.raises(EncoderError, match=rf"{file} is not as it was fetched; .*fetch st:LaBSE --overwrite"):
        EmbedderEncoder(SentenceTransformerEmbedder("LaBSE")).encode(["a"])
    with pytest.raises(EncoderError, match="not as it was fetched"):
        fetch("st:LaBSE")
    assert "not as it was fetched" in check("st:LaBSE")
    fetch("st:LaBSE", overwrite=True)
    assert place.read_bytes() == FILES[file]
    assert check("st:LaBSE") == ""


def test_overwriting_without_a_connection_keeps_what_is_good(tmp_path: Path) -> None:
    place = put_on_disk(tmp_path, "some/model")
    with pytest.raises(EncoderError, match="cannot be fetched"):
        fetch("st:some/model", overwrite=True)
    assert (place / "model.safetensors").read_bytes() == FILES["model.safetensors"]


def test_an_unfinished_fetch_is_gone_on_with(tmp_path: Path) -> None:
    (put_on_disk(tmp_path) / "config.json").unlink()
    with pytest.raises(EncoderError, match=r"cannot load .*no config\.json.*fetch st:LaBSE --overwrite"):
        EmbedderEncoder(SentenceTransformerEmbedder("LaBSE")).encode(["a"])
    assert len(fetch("st:LaBSE")) == len(FILES)


def test_a_folder_of_the_users_is_never_changed(tmp_path: Path) -> None:
    own = tmp_path / "own"
    own.mkdir()
    (own / "config.json").write_bytes(b"{}")
    (own / ("0" * 40)).write_bytes(b"named like a file of the hub, with other content")
    (own / "weights").symlink_to(tmp_path / "on a disk that is not there")
    before = sorted(own.iterdir())
    assert fetch(f"st:{own}", overwrite=True) == []
    assert sorted(own.iterdir()) == before
    assert check(f"st:{own}") == ""
    assert StandIn.asked == []


@pytest.mark.parametrize(
    ("variable", "below"),
    [("SENTENCE_TRANSFORMERS_HOME", ""), ("HF_HUB_CACHE", ""), ("HF_HOME", "hub")],
)
def test_the_librarys_own_folders_are_looked_in(
    variable: str, below: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = put_on_disk(tmp_path / "there" / below)
    monkeypatch.delenv("ALIGN_MODELS")
    monkeypatch.setenv(variable, str(tmp_path / "there"))
    assert SentenceTransformerEmbedder("LaBSE").folder == place


@pytest.mark.parametrize(
    ("model", "message"),
    [
        ("lbase", r"not on this machine \(did you mean st:LaBSE\?\); align models fetch st:lbase"),
        ("some/modle", r"\(did you mean st:some/model\?\)"),
        ("quite/different", r"not on this machine; align models fetch st:quite/different"),
        ("/no/such/folder", r"there is no folder /no/such/folder$"),
    ],
)
def test_a_wrong_name_is_told_with_its_nearest(model: str, message: str, tmp_path: Path) -> None:
    put_on_disk(tmp_path, "some/model")
    with pytest.raises(EncoderError, match=message):
        _ = SentenceTransformerEmbedder(model).signature


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
    command = r"not installed: pip install .*\[sentence-transformers\]'"
    with pytest.raises(EncoderError, match=command):
        encoder.encode(["a"])
    with pytest.raises(EncoderError, match=command):  # what every output asks for before any text is encoded
        _ = encoder.signature

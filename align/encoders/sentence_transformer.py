"""Any model of the sentence-transformers library: ``st:LaBSE``, ``st:BGE-M3``, ``st:owner/name``, ``st:/a/folder``."""

from __future__ import annotations

import hashlib
import os
from functools import cached_property
from importlib import metadata
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from numpy.typing import NDArray

from align.encoders.folders import MODELS_VARIABLE, hub_folder
from align.errors import EncoderError

INSTALL = "pip install 'align-bitext[sentence-transformers]'"

ALIASES = {
    "labse": "sentence-transformers/LaBSE",
    "bge-m3": "BAAI/bge-m3",
}
"""Short names, lower case; anything else is taken as the library takes it."""


def installed() -> bool:
    """Whether the library is there."""
    return find_spec("sentence_transformers") is not None


class SentenceTransformerEmbedder:
    """A sentence-transformers model from this machine; see `embedder.Embedder`. Nothing is downloaded unless fetched.

    Args:
        model: a short name, a name on the hub, or a folder.
    """

    languages: frozenset[str] | None = None
    max_characters = 10_000  # the model itself stops at its own number of pieces

    def __init__(self, model: str) -> None:
        self.name = f"st:{model}"
        self.model = ALIASES.get(model.lower(), model)

    @cached_property
    def signature(self) -> str:
        """Model, library version and the model's revision (a checksum of its files for a folder)."""
        self._require()
        version = metadata.version("sentence-transformers")
        return f"st:{self.model}+sentence-transformers {version}+{self._revision()}"

    @cached_property
    def dimension(self) -> int:
        """As the model's last layer has it."""
        return int(self.embed(["."]).shape[1])

    def embed(self, texts: list[str]) -> NDArray[Any]:
        """One vector for each text, on the graphics processor if there is one."""
        vectors: NDArray[Any] = self._loaded.encode(
            texts, batch_size=32, convert_to_numpy=True, normalize_embeddings=True, show_progress_bar=False
        )
        return vectors

    def fetch(self) -> None:
        """Download the model into the library's folder (or ``ALIGN_MODELS``); nothing where it is there already."""
        self._load(local_only=False)

    @cached_property
    def _loaded(self) -> Any:
        return self._load(local_only=True)

    def _load(self, *, local_only: bool) -> Any:
        self._require()
        try:
            from sentence_transformers import SentenceTransformer

            chosen = str(hub_folder()) if os.environ.get(MODELS_VARIABLE) else None
            return SentenceTransformer(self.model, cache_folder=chosen, local_files_only=local_only)
        except Exception as error:
            raise EncoderError(self._why(error, local_only=local_only)) from error

    def _require(self) -> None:
        if not installed():
            raise EncoderError(f"encoder '{self.name}' is not installed: {INSTALL}")

    def _why(self, error: Exception, *, local_only: bool) -> str:
        lines = str(error).strip().splitlines()
        reason = lines[0][:200] if lines else type(error).__name__
        if Path(self.model).exists():
            return f"encoder '{self.name}': cannot load the model in {self.model} ({reason})"
        if local_only:
            return (
                f"encoder '{self.name}' is not on this machine ({reason}); align models fetch {self.name}, "
                f"or copy the model's folder here and name it: st:/path/to/folder"
            )
        return (
            f"encoder '{self.name}' cannot be fetched ({reason}); offline, copy the model's folder here and name it: "
            f"st:/path/to/folder (folder of fetched models: {MODELS_VARIABLE})"
        )

    def _revision(self) -> str:
        """Checksum of a folder; of a model of the hub, the commit it was fetched at."""
        folder = Path(self.model)
        if folder.is_dir():
            return _folder_checksum(folder)
        for name in (self.model, f"sentence-transformers/{self.model}"):
            reference = hub_folder() / f"models--{name.replace('/', '--')}" / "refs" / "main"
            if reference.is_file():
                return reference.read_text(encoding="utf-8").strip()
        return "unknown revision"


def _folder_checksum(folder: Path) -> str:
    """Checksum of all files of a folder, by name."""
    digest = hashlib.sha256()
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        digest.update(path.relative_to(folder).as_posix().encode("utf-8", "surrogateescape"))
        with path.open("rb") as file:
            digest.update(hashlib.file_digest(file, "sha256").digest())
    return digest.hexdigest()[:16]

"""Any model of the sentence-transformers library: ``st:LaBSE``, ``st:BGE-M3``, ``st:owner/name``, ``st:/a/folder``."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from difflib import get_close_matches
from functools import cached_property
from importlib import metadata
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from numpy.typing import NDArray

from align._internal.hints import install_extra
from align.encoders.folders import MODELS_VARIABLE, hub_folder
from align.encoders.readable import first_line
from align.errors import EncoderError

INSTALL = install_extra("sentence-transformers")

ALIASES = {
    "labse": "sentence-transformers/LaBSE",
    "bge-m3": "BAAI/bge-m3",
}
"""Short names, lower case; anything else is taken as the library takes it."""

_OFFERED = (
    "LaBSE",
    "BGE-M3",
    "distiluse-base-multilingual-cased-v2",
    "paraphrase-multilingual-MiniLM-L12-v2",
    "paraphrase-multilingual-mpnet-base-v2",
)  # multilingual ones, offered where a name is not known


def installed() -> bool:
    """Whether the library is there."""
    return find_spec("sentence_transformers") is not None


def model_names() -> dict[str, str]:
    """What to type for the models that are offered or were fetched, by their names in lower case."""
    names = {name.lower(): f"st:{name}" for name in (*_fetched(), *_OFFERED)}
    return names | {full.lower(): names[short] for short, full in ALIASES.items()}


def nearest_names(word: str, names: dict[str, str]) -> str:
    """The names that a wrong one may have meant, as a question; "" where none is near."""
    low = word.strip().lower()
    near = get_close_matches(low, names, 3, 0.6) or (
        [key for key in names if low in key] if len(low) > 2 else []
    )
    found = list(dict.fromkeys(names[key] for key in near))[:2]
    return f"did you mean {' or '.join(found)}?" if found else ""


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
        place = self.require()
        version = metadata.version("sentence-transformers")
        revision = _folder_checksum(place) if place == self._own_folder() else place.name
        return f"st:{self.model}+sentence-transformers {version}+{revision}"

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

    @property
    def folder(self) -> Path | None:
        """Where the model lies: a folder of the user's, or the fetched revision; None where it is not here."""
        own = self._own_folder()
        return own if own.is_dir() else next(iter(self._snapshots()), None)

    def fetch(self, *, overwrite: bool = False) -> bool:
        """Download the model into the library's folder (or ``ALIGN_MODELS``), and compare it with its checksums.

        Returns False where it was there already and can be loaded; with `overwrite` the hub is asked all the same, and
        what is damaged is fetched again. A folder of the user's is tried, and never touched.
        """
        self._require_library()
        if (not overwrite or self._own_folder().is_dir()) and self._complete():
            return False
        for path in self.files():
            if not _as_fetched(path):
                for place in (path.resolve(), path):  # the library would take either again
                    place.unlink(missing_ok=True)
        try:
            from sentence_transformers import SentenceTransformer

            SentenceTransformer(self.model, cache_folder=str(hub_folder()))
        except Exception as error:
            raise EncoderError(
                f"encoder '{self.name}' cannot be fetched ({first_line(error)}){self._hint()}; offline, copy the "
                f"model's folder here and name it: st:/path/to/folder (folder of fetched models: {MODELS_VARIABLE})"
            ) from error
        self.check()
        return True

    def files(self) -> list[Path]:
        """The files of the model that are here."""
        place = self.folder
        return sorted(path for path in place.rglob("*") if not path.is_dir()) if place else []

    def check(self) -> None:
        """EncoderError where a fetched file is missing or not as it was on the hub; a folder has no checksums."""
        if self._own_folder().is_dir():
            return
        for path in self.files():
            if not _as_fetched(path):
                raise EncoderError(
                    f"encoder '{self.name}': {path} is not as it was fetched; align models fetch {self.name} "
                    "--overwrite"
                )

    def _complete(self) -> bool:
        """Whether the model is here; what was fetched in part cannot be loaded."""
        place = self.folder
        if place is None:
            return False
        self.check()
        try:
            return self._loaded is not None
        except EncoderError:
            if place == self._own_folder():
                raise
            return False

    @cached_property
    def _loaded(self) -> Any:
        place = self.require()
        self.check()
        try:
            from sentence_transformers import SentenceTransformer

            with _quiet_loading():
                return SentenceTransformer(str(place), local_files_only=True)
        except Exception as error:
            remedy = "" if place == self._own_folder() else f"; align models fetch {self.name} --overwrite"
            raise EncoderError(
                f"encoder '{self.name}': cannot load the model in {place} ({first_line(error)}); it may be incomplete "
                f"or cut off{remedy}"
            ) from error

    def require(self) -> Path:
        """The folder of the model; EncoderError where it, or the library, is not here."""
        self._require_library()
        place = self.folder
        if place is not None:
            return place
        if self.model.startswith(("/", ".", "~")) or self.model.count("/") > 1:
            raise EncoderError(f"encoder '{self.name}': there is no folder {self._own_folder()}")
        raise EncoderError(
            f"encoder '{self.name}' is not on this machine{self._hint()}; align models fetch {self.name}, "
            f"or copy the model's folder here and name it: st:/path/to/folder"
        )

    def _require_library(self) -> None:
        if not installed():
            raise EncoderError(f"encoder '{self.name}' is not installed: {INSTALL}")

    def _hint(self) -> str:
        near = "" if self.model in ALIASES.values() else nearest_names(self.model, model_names())
        return f" ({near})" if near else ""

    def _own_folder(self) -> Path:
        return Path(self.model).expanduser()

    def _snapshots(self) -> Iterator[Path]:
        """The revision that was fetched, in the layout of the hub's cache; the library has a default owner."""
        for name in (self.model, f"sentence-transformers/{self.model}"):
            home = hub_folder() / f"models--{name.replace('/', '--')}"
            reference = home / "refs" / "main"
            if reference.is_file():
                place = home / "snapshots" / reference.read_text(encoding="utf-8").strip()
                if place.is_dir():
                    yield place


def _fetched() -> list[str]:
    """Names of the models that were fetched."""
    return [path.name[8:].replace("--", "/") for path in sorted(hub_folder().glob("models--*"))]


def _as_fetched(path: Path) -> bool:
    """Whether a file of the hub's cache has the content it is named after: SHA-256 of a large file, Git's of others."""
    blob = path.resolve()
    if not blob.is_file():
        return False
    size, name = blob.stat().st_size, blob.name
    if len(name) not in (40, 64) or not set(name) <= set("0123456789abcdef"):
        return True
    digest = hashlib.sha256() if len(name) == 64 else hashlib.sha1(b"blob %d\0" % size, usedforsecurity=False)
    with blob.open("rb") as file:
        while piece := file.read(1 << 20):
            digest.update(piece)
    return digest.hexdigest() == name


def _folder_checksum(folder: Path) -> str:
    """Checksum of all files of a folder, by name."""
    digest = hashlib.sha256()
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        digest.update(path.relative_to(folder).as_posix().encode("utf-8", "surrogateescape"))
        with path.open("rb") as file:
            digest.update(hashlib.file_digest(file, "sha256").digest())
    return digest.hexdigest()[:16]


@contextmanager
def _quiet_loading() -> Iterator[None]:
    """No bar of the library's own while it reads a file."""
    try:
        from transformers.utils import logging
    except ImportError:
        yield
        return
    shown = logging.is_progress_bar_enabled()
    logging.disable_progress_bar()
    try:
        yield
    finally:
        if shown:
            logging.enable_progress_bar()

"""What encoders there are, what each needs, what of it is on this machine, and how to get the rest."""

from __future__ import annotations

import hashlib
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from http.client import HTTPException, HTTPResponse
from pathlib import Path
from typing import IO

from align._internal.files import atomic, pending
from align._internal.progress import Progress
from align.encoders import sentence_transformer
from align.encoders.auto import REMEDY, AutoEncoder
from align.encoders.e5 import files as e5_files
from align.encoders.folders import MODELS_VARIABLE, hub_folder, laser_folder
from align.encoders.laser import encoder as laser
from align.encoders.laser.encoder import laser3_code, laser_files
from align.encoders.laser.languages import LASER3_CODES
from align.encoders.registry import get_encoder
from align.encoders.sentence_transformer import SentenceTransformerEmbedder
from align.encoders.use import files as use_files
from align.errors import EncoderError, UsageError

"""Called with a file's name, bytes so far, and bytes in all (0 where not known)."""

_PIECE = 1 << 20
_BOTH = "use+e5"


@dataclass(frozen=True, slots=True)
class CatalogueEntry:
    """One line of ``align models list``.

    Attributes:
        name: what to type; upper case stands for a choice.
        languages: how many, or which.
        dimension: length of a vector, in words.
        size: download, in words.
        state: ``ready``, or what to do first.
    """

    name: str
    languages: str
    dimension: str
    size: str
    state: str


@dataclass(frozen=True, slots=True)
class File:
    """A file of a model: where it has to be and whether it is there."""

    path: Path
    present: bool
    source: str


def entries() -> list[CatalogueEntry]:
    """All encoders, the default first."""
    return [
        CatalogueEntry("auto", "use where it knows both, else e5", "", "", _auto_state()),
        CatalogueEntry(
            "use",
            "15: ar de en es fr it ja ko nl pl pt ru th tr zh",
            "512",
            "32 MB, with align",
            _use_state(),
        ),
        CatalogueEntry("e5", "93 (XLM-RoBERTa's)", "384", "91 MB, with align on Linux x86-64", _e5_state()),
        CatalogueEntry(_BOTH, "15, those of use", "896", "that of both", _both_state()),
        CatalogueEntry(
            "laser",
            "93 (LASER2), and LASER3 by language",
            "1024",
            "about 180 MB",
            _laser_state("laser", None),
        ),
        CatalogueEntry(
            "laser:LANGUAGE",
            f"{len(LASER3_CODES)} (LASER3), one each",
            "1024",
            "1 GB or less each",
            _need_laser(),
        ),
        CatalogueEntry("st:LaBSE", "109", "768", "1.9 GB", _st_state("LaBSE")),
        CatalogueEntry("st:BGE-M3", "100 and more", "1024", "2.3 GB", _st_state("BGE-M3")),
        CatalogueEntry("st:MODEL", "the model's", "the model's", "", _st_state("MODEL")),
        CatalogueEntry("python:MODULE:FUNCTION", "yours", "yours", "", "ready"),
        CatalogueEntry("file:TEXTS[,TEXTS]", "any", "the file's", "", "ready"),
    ]


def files(name: str) -> list[File]:
    """The files of an encoder; of a model of sentence-transformers those that are there."""
    if name == "use":
        place = use_files.resource_folder()
        return [File(place / one, (place / one).is_file(), use_files.PACKAGE) for one in use_files.SHA256]
    if name == "e5":
        path = e5_files.file_path()
        return [File(path, path.is_file(), e5_files.PACKAGE)]
    if name == _BOTH:
        return [*files("use"), *files("e5")]
    if model := _st_model(name):
        return [File(path, path.is_file(), f"align models fetch {name}") for path in model.files()]
    return [
        File(laser_folder() / one, (laser_folder() / one).is_file(), f"{laser.BASE_URL}/{one}")
        for one in laser_files(_laser_language(name))
    ]


def folder(name: str) -> str:
    """Where the files of an encoder are, or would be put."""
    if name == "use":
        return str(use_files.resource_folder())
    if name == "e5":
        return str(e5_files.file_path().parent)
    if name == _BOTH:
        return f"{folder('use')} and {folder('e5')}"
    if model := _st_model(name):
        return str(model.folder or hub_folder())
    _laser_language(name)
    return str(laser_folder())


def check(name: str) -> str:
    """What is the matter with an encoder's files: "" when all are there and as they were fetched."""
    if name == _BOTH:
        return check("use") or check("e5")
    try:
        if model := _st_model(name):
            model.require()
            model.check()
            return ""
        for file in files(name):
            if not file.present:
                return f"missing: {file.path}"
            if name == "use":
                use_files.read_checked(file.path.parent, file.path.name)
            elif name == "e5":
                e5_files.check_file(file.path)
            else:
                laser.check_file(file.path, name)
    except EncoderError as error:
        return str(error)
    return ""


def fetch(name: str, *, overwrite: bool = False, progress: Progress | None = None) -> list[Path]:
    """Get what an encoder needs; files that are there stay, unless `overwrite`. Returns the files fetched.

    Raises:
        EncoderError: when there is no connection: says which file to put where.
    """
    if name in ("use", "e5", _BOTH):
        return []
    if model := _st_model(name):
        return model.files() if model.fetch(overwrite=overwrite) else []
    wanted = [file for file in files(name) if overwrite or not file.present]
    laser_folder().mkdir(parents=True, exist_ok=True)
    for file in wanted:
        _download(name, file, progress or (lambda _name, _done, _total: None))
    return [file.path for file in wanted]


def _st_model(name: str) -> SentenceTransformerEmbedder | None:
    kind, _, model = name.partition(":")
    return SentenceTransformerEmbedder(model) if kind == "st" and model else None


def _laser_language(name: str) -> str | None:
    kind, _, language = name.partition(":")
    get_encoder(name)  # a wrong name raises with its nearest
    if kind != "laser":
        raise UsageError(
            f"'{name}' has no files to fetch or find; there are: use, e5, laser, laser:LANGUAGE, st:MODEL"
        )
    return laser3_code(language) if language else None


def _download(name: str, file: File, progress: Progress) -> None:
    """One file, put in its place when complete, with its checksum noted beside it."""
    note = file.path.with_name(file.path.name + ".sha256")
    try:
        with pending(file.path, binary=True) as part:
            with urllib.request.urlopen(file.source, timeout=60) as answer:
                checksum = _copy(answer, part.stream, file.path.name, progress)
            note.unlink(missing_ok=True)
            part.place()
        with atomic(note) as stream:
            stream.write(f"{checksum}  {file.path.name}\n")
    except (urllib.error.URLError, HTTPException, OSError) as error:
        reason = getattr(error, "reason", None) or error
        raise EncoderError(
            f"encoder '{name}': cannot fetch {file.source} ({reason}); without a connection, bring the file here by "
            f"other means and put it at {file.path} (another folder: {MODELS_VARIABLE})"
        ) from error


def _copy(answer: HTTPResponse, target: IO[bytes], name: str, progress: Progress) -> str:
    digest = hashlib.sha256()
    total = int(answer.headers.get("Content-Length") or 0)
    done = 0
    for piece in _pieces(answer):
        target.write(piece)
        digest.update(piece)
        done += len(piece)
        progress(name, done, total)
    if total and done != total:
        raise OSError(f"the connection ended after {done} of {total} bytes")
    return digest.hexdigest()


def _pieces(answer: HTTPResponse) -> Iterator[bytes]:
    while piece := answer.read(_PIECE):
        yield piece


def _use_state() -> str:
    return check("use") or "ready"


def _e5_state() -> str:
    return check("e5") or "ready"


def _both_state() -> str:
    return check(_BOTH) or "ready"


def _need_laser() -> str:
    return "align models fetch laser:LANGUAGE" if laser.installed() else laser.INSTALL


def _laser_state(name: str, language: str | None) -> str:
    if not laser.installed():
        return laser.INSTALL
    present = all((laser_folder() / one).is_file() for one in laser_files(language))
    return "ready" if present else f"align models fetch {name}"


def _st_state(model: str) -> str:
    if not sentence_transformer.installed():
        return sentence_transformer.INSTALL
    here = SentenceTransformerEmbedder(model).folder is not None
    return "ready" if here else f"align models fetch st:{model}"


def _auto_state() -> str:
    return "ready" if len(AutoEncoder().choices) > 1 else REMEDY

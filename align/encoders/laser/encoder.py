"""LASER2 (93 languages) and the LASER3 encoders of single languages, which share its space.

Through whichever of ``laser_encoders`` and its drop-in ``nano_laser`` can be imported; both read the same checkpoints
from the same folder. Artetxe and Schwenk 2019, "Massively Multilingual Sentence Embeddings for Zero-Shot
Cross-Lingual Transfer and Beyond"; Heffernan, Çelebi and Schwenk 2022, "Bitext Mining Using Distilled Sentence
Representations for Low-Resource Languages".
"""

from __future__ import annotations

import hashlib
import logging
from functools import cached_property, lru_cache
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from numpy.typing import NDArray

from align._internal.hints import install_extra
from align.encoders.folders import MODELS_VARIABLE, laser_folder
from align.encoders.laser.languages import LASER2, LASER3, LASER3_CODES, OWN_TOKENIZER
from align.encoders.readable import first_line
from align.errors import EncoderError

BASE_URL = "https://dl.fbaipublicfiles.com/nllb/laser"
INSTALL = install_extra("laser")

_LIBRARIES = ("laser_encoders", "nano_laser")
_log = logging.getLogger("align")
_ROOM = {"max_tokens": 8_000, "max_sentences": 128}  # of a batch; laser_encoders takes sentences one by one


def laser_files(language: str | None) -> list[str]:
    """The files that LASER2 (no language) or the LASER3 encoder of a language needs."""
    if language is None:
        return ["laser2.pt", "laser2.spm", "laser2.cvocab"]
    own = f"laser3-{language}.v1"
    tokenizer = own if language in OWN_TOKENIZER else "laser2"
    return [f"{own}.pt", f"{tokenizer}.spm", f"{tokenizer}.cvocab"]


def laser3_code(language: str) -> str | None:
    """The LASER3 encoder of a language (``wo``, ``wol`` or ``wol_Latn``); None where there is none."""
    if language in LASER3:
        return LASER3[language]
    return next((code for code in sorted(LASER3_CODES) if language in (code, code.partition("_")[0])), None)


def installed() -> bool:
    """Whether one of the two libraries is there (it may still fail to import)."""
    return any(find_spec(name) is not None for name in _LIBRARIES)


class LaserEmbedder:
    """LASER2, or the LASER3 encoder of one language; see `embedder.Embedder`.

    Args:
        language: code of a LASER3 encoder such as ``wol_Latn``; None for LASER2.
    """

    max_characters = 3_000  # about 1,000 pieces: a recurrent network forgets the rest anyway

    def __init__(self, language: str | None = None) -> None:
        self.name = f"laser:{language}" if language else "laser"
        self.languages: frozenset[str] | None = LASER2
        if language:
            short = {short for short, code in LASER3.items() if code == language}
            self.languages = frozenset(short | {language.partition("_")[0]})
        self._language = language

    def for_language(self, language: str) -> LaserEmbedder | None:
        """The LASER3 encoder of a language that LASER2 was not trained for; None where this one will do.

        Or has to: where the other's files are not there, the remedy is named.
        """
        code = laser3_code(language)
        if self._language or code is None or language in LASER2:
            return None
        if not all((laser_folder() / name).is_file() for name in laser_files(code)):
            _tell_of_laser3(language, code)
            return None
        return LaserEmbedder(code)

    @cached_property
    def signature(self) -> str:
        """Checksum of the files."""
        if not installed():
            raise EncoderError(f"encoder '{self.name}' is not installed: {INSTALL}")
        digest = hashlib.sha256()
        for path in self._files():
            digest.update(check_file(path, self.name).encode())
        return f"{self.name}+{digest.hexdigest()[:16]}, {self.max_characters} characters"

    @cached_property
    def dimension(self) -> int:
        """1,024 for the published checkpoints."""
        return int(self.embed(["."]).shape[1])

    def embed(self, texts: list[str]) -> NDArray[Any]:
        """One vector for each text, on the graphics processor if there is one."""
        vectors: NDArray[Any] = self._pipeline.encode_sentences(texts)
        return vectors

    @cached_property
    def _pipeline(self) -> Any:
        library = _library(self.name)
        paths = self._files()
        which = {"laser": "laser3", "lang": self._language} if self._language else {"laser": "laser2"}
        room = _ROOM if library.__name__ == "nano_laser" else {}
        for path in paths:
            check_file(path, self.name)
        _try_tokenizer(paths[1], self.name)
        try:
            return library.LaserEncoderPipeline(**which, model_dir=str(laser_folder()), **room)
        except Exception as error:  # whatever torch and pickle make of a damaged file
            raise _damaged([paths[0], paths[2]], self.name, error) from error

    def _files(self) -> list[Path]:
        paths = [laser_folder() / name for name in laser_files(self._language)]
        missing = [path.name for path in paths if not path.is_file()]
        if missing:
            raise EncoderError(
                f"encoder '{self.name}': {', '.join(missing)} not in {laser_folder()}; align models fetch {self.name}, "
                f"or put there by hand what {BASE_URL} offers under these names (another folder: {MODELS_VARIABLE})"
            )
        return paths


def check_file(path: Path, name: str) -> str:
    """SHA-256 of a file; EncoderError where it differs from the one noted when it was fetched."""
    with path.open("rb") as file:
        found = hashlib.file_digest(file, "sha256").hexdigest()
    note = path.with_name(path.name + ".sha256")
    if note.is_file() and note.read_text(encoding="utf-8").split()[:1] != [found]:
        raise EncoderError(
            f"encoder '{name}': {path} is not as it was fetched (SHA-256 {found[:12]}…); "
            f"align models fetch {name} --overwrite"
        )
    return found


def _library(name: str) -> Any:
    """The first library that can be imported (laser_encoders cannot where fairseq cannot: Python 3.11 and later)."""
    reasons = []
    for library in _LIBRARIES:
        if find_spec(library) is None:
            continue
        try:
            return import_module(library)
        except Exception as error:
            reasons.append(f"{library}: {first_line(error)}")
    why = f" ({'; '.join(reasons)})" if reasons else ""
    raise EncoderError(f"encoder '{name}' is not installed{why}: {INSTALL}")


def _try_tokenizer(path: Path, name: str) -> None:
    """Loads the tokenizer alone, so that a damaged one is not taken for a damaged checkpoint."""
    from sentencepiece import SentencePieceProcessor

    try:
        SentencePieceProcessor(model_file=str(path))
    except Exception as error:
        raise _damaged([path], name, error) from error


def _damaged(paths: list[Path], name: str, error: Exception) -> EncoderError:
    files = " with ".join(f"{path} ({path.stat().st_size} bytes)" for path in paths)
    return EncoderError(
        f"encoder '{name}': cannot load {files}: {first_line(error)}; it may be cut off or damaged: "
        f"align models fetch {name} --overwrite"
    )


@lru_cache
def _tell_of_laser3(language: str, code: str) -> None:
    _log.warning(
        "LASER2 was not trained for '%s'; LASER3 has an encoder for it: align models fetch laser:%s",
        language,
        code,
    )

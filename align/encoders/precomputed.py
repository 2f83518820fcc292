"""Vectors made elsewhere: ``file:overlaps.de,overlaps.en``, as Vecalign's ``overlap.py`` and ``embed.py`` write them.

Beside each text file (a text a line; Vecalign's "overlaps") lies the file of its vectors: ``NAME.emb`` (float32 without
a header, as Vecalign reads them) or ``NAME.npy``.
"""

from __future__ import annotations

import hashlib
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from align.errors import EncoderError, UsageError


class PrecomputedEmbedder:
    """Vectors looked up by text; see `embedder.Embedder`. A text that is not there is an error, never a guess.

    Args:
        paths: the text files, separated by commas.
    """

    languages: frozenset[str] | None = None
    max_characters = 1 << 20

    def __init__(self, paths: str) -> None:
        self.name = f"file:{paths}"
        self._paths = [Path(path).expanduser() for path in paths.split(",") if path]
        if not self._paths:
            raise UsageError(
                "encoder 'file:': expected file:TEXTS or file:TEXTS,TEXTS (with TEXTS.emb beside each)"
            )

    @cached_property
    def signature(self) -> str:
        """Checksum of all files."""
        digest = hashlib.sha256()
        for texts in self._paths:
            for path in (texts, _vectors_file(self.name, texts)):
                with _opened(self.name, path) as file:
                    digest.update(hashlib.file_digest(file, "sha256").digest())
        return f"file+{digest.hexdigest()[:16]}"

    @property
    def dimension(self) -> int:
        """Length of the vectors in the files."""
        return int(self._tables[0].shape[1])

    def embed(self, texts: list[str]) -> NDArray[Any]:
        """The vectors of these texts; EncoderError, with an example, where some are not in the files."""
        missing = [text for text in texts if text not in self._places]
        if missing:
            raise EncoderError(
                f"encoder '{self.name}': no vector for {len(missing)} of {len(texts)} texts, for example "
                f"{_shortened(missing[0])!r}; every run of up to --max-size units must be there, joined by a space"
            )
        places = [self._places[text] for text in texts]
        return np.stack([self._tables[table][row] for table, row in places])

    @cached_property
    def _places(self) -> dict[str, tuple[int, int]]:
        found: dict[str, tuple[int, int]] = {}
        for table, path in enumerate(self._paths):
            for row, line in enumerate(_lines(self.name, path)):
                found.setdefault(line.strip(), (table, row))
        return found

    @cached_property
    def _tables(self) -> list[NDArray[Any]]:
        tables = [_read_vectors(self.name, path) for path in self._paths]
        sizes = {table.shape[1] for table in tables}
        if len(sizes) > 1:
            raise EncoderError(f"encoder '{self.name}': vectors of different lengths: {sorted(sizes)}")
        return tables


def _lines(name: str, path: Path) -> list[str]:
    with _opened(name, path) as file:
        text = file.read().decode("utf-8", "replace")
    lines: list[str] = text.removesuffix("\n").split("\n")
    return lines


def _opened(name: str, path: Path) -> Any:
    try:
        return path.open("rb")
    except OSError as error:
        raise EncoderError(f"encoder '{name}': cannot read {path} ({error.strerror})") from None


def _vectors_file(name: str, texts: Path) -> Path:
    candidates = [texts.with_name(texts.name + suffix) for suffix in (".emb", ".npy")]
    for path in candidates:
        if path.is_file():
            return path
    raise EncoderError(f"encoder '{name}': neither {candidates[0]} nor {candidates[1].name} is there")


def _read_vectors(name: str, texts: Path) -> NDArray[Any]:
    """The vectors of a text file, ``(lines, dimension)``, mapped into memory."""
    path = _vectors_file(name, texts)
    count = len(_lines(name, texts))
    try:
        if path.suffix == ".npy":
            table: NDArray[Any] = np.load(path, mmap_mode="r", allow_pickle=False)
        else:
            flat = np.memmap(path, np.float32, "r")
            table = flat.reshape(count, -1)
    except (OSError, ValueError):
        raise EncoderError(
            f"encoder '{name}': {path} ({path.stat().st_size} bytes) does not hold float32 vectors for "
            f"the {count} lines of {texts.name}; it may be cut off, or made from another file"
        ) from None
    if table.ndim != 2 or len(table) != count:
        raise EncoderError(
            f"encoder '{name}': {path} has shape {table.shape}, {texts.name} has {count} lines"
        )
    return table


def _shortened(text: str) -> str:
    return text if len(text) <= 60 else text[:57] + "..."

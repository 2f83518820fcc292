"""Vectors made elsewhere: ``file:overlaps.de,overlaps.en``, as Vecalign's ``overlap.py`` and ``embed.py`` write them.

Beside each text file (a text a line; Vecalign's "overlaps") lies the file of its vectors: ``NAME.emb`` (float32 without
a header, as Vecalign reads them) or ``NAME.npy``.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from align.encoders.embedder import shortened
from align.errors import EncoderError, UsageError


class PrecomputedEmbedder:
    """Vectors looked up by text; see `embedder.Embedder`. A text that is not there is an error, never a guess.

    Args:
        paths: the text files, separated by commas.
    """

    languages: frozenset[str] | None = None
    max_characters = 10_000  # where Vecalign's overlap.py cuts a line

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
        places = [self._places.get(_key(text)) for text in texts]
        for text, place in zip(texts, places, strict=True):
            if place is None:
                raise EncoderError(
                    f"encoder '{self.name}': no vector for {shortened(text)!r}; every run of up to --max-size units "
                    "must be there, joined by a space, and files made from prepared lines need --units lines"
                )
        return np.stack([self._tables[place[0]][place[1]] for place in places if place])

    @cached_property
    def _places(self) -> dict[bytes, tuple[int, int]]:
        """Table and row of each text, by a hash: runs of sentences are many times as long as the text itself."""
        found: dict[bytes, tuple[int, int]] = {}
        for table, path in enumerate(self._paths):
            for row, line in enumerate(_lines(self.name, path)):
                text = line.decode("utf-8", "replace").strip()[: self.max_characters].strip()
                found.setdefault(_key(text), (table, row))
        return found

    @cached_property
    def _tables(self) -> list[NDArray[Any]]:
        tables = [_read_vectors(self.name, path) for path in self._paths]
        sizes = {table.shape[1] for table in tables}
        if len(sizes) > 1:
            raise EncoderError(f"encoder '{self.name}': vectors of different lengths: {sorted(sizes)}")
        return tables


def _lines(name: str, path: Path) -> Iterator[bytes]:
    with _opened(name, path) as file:
        yield from file


def _key(text: str) -> bytes:
    return hashlib.blake2b(text.encode("utf-8"), digest_size=16).digest()


def _opened(name: str, path: Path) -> Any:
    try:
        return path.open("rb")
    except OSError as error:
        raise EncoderError(f"encoder '{name}': cannot read {path} ({error.strerror})") from None


def _vectors_file(name: str, texts: Path) -> Path:
    _opened(name, texts).close()  # the texts first: a mistyped name is what is missing most often
    candidates = [texts.with_name(texts.name + suffix) for suffix in (".emb", ".npy")]
    for path in candidates:
        if path.is_file():
            return path
    raise EncoderError(f"encoder '{name}': neither {candidates[0]} nor {candidates[1].name} is there")


def _read_vectors(name: str, texts: Path) -> NDArray[Any]:
    """The vectors of a text file, ``(lines, dimension)``, mapped into memory."""
    path = _vectors_file(name, texts)
    count = sum(1 for _ in _lines(name, texts))
    try:
        if path.suffix == ".npy":
            table: NDArray[Any] = np.load(path, mmap_mode="r", allow_pickle=False)
        else:
            flat = np.memmap(path, np.float32, "r")
            table = flat.reshape(count, -1)
    except Exception:  # whatever numpy makes of a damaged file, whose header it reads as Python
        raise EncoderError(
            f"encoder '{name}': {path} ({path.stat().st_size} bytes) does not hold float32 vectors for "
            f"the {count} lines of {texts.name}; it may be cut off, or made from another file"
        ) from None
    if table.dtype.kind not in "fiu":
        raise EncoderError(f"encoder '{name}': {path} holds {table.dtype}, which are no numbers")
    if table.ndim != 2 or len(table) != count:
        raise EncoderError(
            f"encoder '{name}': {path} has shape {table.shape}, {texts.name} has {count} lines"
        )
    return table

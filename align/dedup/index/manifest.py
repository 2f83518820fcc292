"""What an index of earlier documents says of itself: its settings, and the segments that count."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from align._internal.files import atomic
from align.dedup.options import DedupOptions
from align.errors import IndexFileError, SignatureError
from align.text.tokens import token_table

INDEX_FORMAT = 1
MANIFEST, LOCK = "index.json", "lock"


@dataclass(frozen=True, slots=True)
class IndexSettings:
    """What an index is bound to: hashes and bands made with other settings cannot be compared."""

    threshold: float
    ngram: int
    slots: int
    backend: str
    unicode: str

    @classmethod
    def of(cls, options: DedupOptions) -> IndexSettings:
        return cls(options.threshold, options.ngram, options.slots, options.backend, token_table().version)

    def check(self, other: IndexSettings, path: Path) -> None:
        """Raises SignatureError where the other settings are not these."""
        for name, value in asdict(self).items():
            wanted = getattr(other, name)
            if value != wanted:
                raise SignatureError(
                    f"{path}: was made with {name} {value}, not {wanted}; use --{name} {value} or another index"
                )


@dataclass(slots=True)
class Manifest:
    """The contents of ``index.json``."""

    settings: IndexSettings
    segments: list[dict[str, Any]] = field(default_factory=list)  # name, documents, removed (places)
    next: int = 1  # number of the next segment
    sequence: int = 0  # documents that were ever added

    def save(self, folder: Path) -> None:
        """Replaces the manifest of an index in one step."""
        text = {
            "format": INDEX_FORMAT,
            "settings": asdict(self.settings),
            "next": self.next,
            "sequence": self.sequence,
            "segments": self.segments,
        }
        with atomic(folder / MANIFEST) as stream:
            stream.write(json.dumps(text) + "\n")


def read_manifest(folder: Path) -> Manifest | None:
    """The manifest of an index; None where the folder holds nothing yet.

    Raises:
        IndexFileError: the folder holds other things, or the manifest is damaged or of another format.
    """
    try:
        data = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
        if data["format"] != INDEX_FORMAT:
            raise IndexFileError(
                f"{folder}: is of format {data['format']}, not {INDEX_FORMAT}; make a new index"
            )
        return Manifest(IndexSettings(**data["settings"]), data["segments"], data["next"], data["sequence"])
    except FileNotFoundError:
        if folder.is_dir() and any(path.name != LOCK and path.suffix != ".part" for path in folder.iterdir()):
            raise IndexFileError(f"{folder}: is a folder of other things; name another --index") from None
        return None
    except (OSError, ValueError, KeyError, TypeError, RecursionError) as error:
        raise IndexFileError(f"{folder / MANIFEST}: is damaged ({error}); make the index again") from error

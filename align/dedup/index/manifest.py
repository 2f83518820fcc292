"""What an index of earlier documents says of itself: its settings, and the segments that count."""

from __future__ import annotations

import json
import zlib
from bisect import bisect_right
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, cast

from align._internal.files import atomic
from align.dedup.options import SPARE, Backend, DedupOptions, Normalize
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
    normalize: str = ""  # its steps
    texts: bool = False  # whether the texts are there, which `spare` asks for

    @classmethod
    def of(cls, options: DedupOptions) -> IndexSettings:
        known = options.threshold, options.ngram, options.slots, options.backend, token_table().version
        return cls(*known, ",".join(options.normalize), bool(options.spare))

    @property
    def options(self) -> DedupOptions:
        """Options with which documents are compared as those of the index were."""
        steps = cast(tuple[Normalize, ...], tuple(filter(None, self.normalize.split(","))))
        return DedupOptions(
            self.threshold, self.ngram, self.slots, backend=cast(Backend, self.backend), normalize=steps,
            spare=SPARE if self.texts else (), differences=0,
        )  # fmt: skip

    def check(self, other: IndexSettings, path: Path) -> None:
        """Raises SignatureError where the other settings are not these."""
        for name, value in asdict(self).items():
            wanted = getattr(other, name)
            if value == wanted or (name == "texts" and value):
                continue
            if name == "texts":
                raise SignatureError(
                    f"{path}: was made without --spare and has no texts; make another index with it"
                )
            steps = " ".join(f"--normalize {step}" for step in str(value).split(",") if step)
            remedy = {
                "unicode": "make it again",
                "normalize": f"use {steps or 'no --normalize'}, or another index",
            }.get(name, f"use --{name} {value} or another index")
            raise SignatureError(
                f"{path}: was made with {name} {value or 'none'}, not {wanted or 'none'}; {remedy}"
            )


@dataclass(slots=True)
class Manifest:
    """The contents of ``index.json``."""

    settings: IndexSettings
    segments: list[dict[str, Any]] = field(default_factory=list)  # name, documents, removed, back (places)
    next: int = 1  # number of the next segment
    sequence: int = 0  # documents that were ever added
    batches: list[dict[str, Any]] = field(
        default_factory=list
    )  # key, sequence numbers: start, end (exclusive)

    def batch_of(self, sequence: int) -> str | None:
        """The key of the batch that a document came with; None where an older version of this program added it."""
        number = bisect_right(self.batches, sequence, key=lambda batch: batch["end"])
        if number == len(self.batches) or sequence < self.batches[number]["start"]:
            return None
        key: str = self.batches[number]["key"]
        return key

    def number_of(self, key: str | None) -> int:
        """The number of a batch, from 1; of one that is not here yet the next."""
        keys = list(dict.fromkeys(batch["key"] for batch in self.batches))
        return (keys.index(key) if key in keys else len(keys)) + 1

    def enter(self, key: str | None, documents: int) -> None:
        """Counts documents that are added, and notes with which batch they came."""
        start, self.sequence = self.sequence, self.sequence + documents
        known = any(batch["key"] == key for batch in self.batches)
        if key is not None and (documents or not known):
            self.batches.append({"key": key, "start": start, "end": self.sequence})

    def save(self, folder: Path) -> None:
        """Replaces the manifest of an index in one step."""
        text = {
            "format": INDEX_FORMAT,
            "settings": asdict(self.settings),
            "next": self.next,
            "sequence": self.sequence,
            "segments": self.segments,
            "batches": self.batches,
        }
        with atomic(folder / MANIFEST) as stream:
            stream.write(json.dumps(text | {"check": _check(text)}) + "\n")


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
        check = data.pop("check", None)  # older versions wrote none
        if check is not None and check != _check(data):
            raise ValueError("it does not match its checksum")
        settings, batches = IndexSettings(**data["settings"]), data.get("batches", [])
        return Manifest(settings, data["segments"], data["next"], data["sequence"], batches)
    except FileNotFoundError:
        if folder.is_dir() and any(path.name != LOCK and path.suffix != ".part" for path in folder.iterdir()):
            raise IndexFileError(f"{folder}: is a folder of other things; name another --index") from None
        return None
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise IndexFileError(f"{folder / MANIFEST}: is damaged ({error}); make the index again") from error


def _check(text: dict[str, Any]) -> int:
    """The checksum of a manifest."""
    return zlib.crc32(json.dumps(text, sort_keys=True).encode())

"""Sketches of earlier documents, kept beside an index of pairs, so that each is made once.

They follow from text, language and encoder alone, so those that a killed job left are as good as any.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence, Set
from hashlib import blake2b
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from align._internal.arrow import strings
from align._internal.files import clear_parts
from align.encoders.base import Encoder
from align.pairing.profiles import Profile
from align.pairing.segments import next_number, open_segment, write_segment

_SCHEMA = pa.schema([("digest", pa.string()), ("encoder", pa.string()), ("sketch", pa.large_binary())])
_AT_ONCE = 1_024  # rows of a record batch

Sketch = NDArray[np.float16]


class KeptSketches:
    """The sketches in a folder, by the digests of documents and the signatures of encoders."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._new: dict[tuple[str, str], Sketch] = {}

    def recall(self, profiles: Iterable[Profile], encoder: Encoder) -> None:
        """Gives documents the sketches that are there.

        Raises:
            IndexFileError: a file is damaged.
        """
        pending: dict[str, list[Profile]] = {}
        for profile in profiles:
            if encoder.name not in profile.sketches:
                pending.setdefault(profile.digest, []).append(profile)
        wanted = strings(sorted(pending))
        for batch in _read(self.folder):
            own = pc.equal(batch["encoder"], encoder.signature)
            rows = pc.indices_nonzero(pc.and_(own, pc.is_in(batch["digest"], value_set=wanted)))
            for row in rows.to_pylist():
                sketch = np.frombuffer(batch["sketch"][row].as_buffer(), np.float16)
                for profile in pending[batch["digest"][row].as_py()]:
                    profile.sketches[encoder.name] = sketch

    def note(self, profiles: Iterable[Profile], encoder: Encoder) -> None:
        """Remembers new sketches, to be written."""
        for profile in profiles:
            self._new[profile.digest, encoder.signature] = profile.sketches[encoder.name]

    def write(self) -> None:
        """Adds what was noted, as one file."""
        if self._new:
            rows = [(*key, np.ascontiguousarray(self._new[key]).tobytes()) for key in sorted(self._new)]
            columns = [
                pa.array(column, field.type)
                for column, field in zip(zip(*rows, strict=True), _SCHEMA, strict=True)
            ]
            _write(self.folder, [pa.record_batch(columns, schema=_SCHEMA)])
        self._new = {}


def compact_sketches(folder: Path, digests: Set[str]) -> None:
    """Makes one file of those in a folder, with the sketches of these documents."""
    paths = _paths(folder)
    wanted = strings(sorted(digests))
    left = [batch.filter(pc.is_in(batch["digest"], value_set=wanted)) for batch in _read(folder)]
    if paths:
        clear_parts(folder)
        _write(folder, [batch for batch in left if batch.num_rows])
    for path in paths:
        path.unlink(missing_ok=True)


def _write(folder: Path, batches: Sequence[pa.RecordBatch]) -> None:
    table = pa.Table.from_batches(batches, _SCHEMA).combine_chunks()
    mark = blake2b(repr(table["digest"].to_pylist()).encode(), digest_size=8).hexdigest()
    folder.mkdir(exist_ok=True)
    path = folder / f"{next_number(folder):06}-{mark}.arrow"
    write_segment(path, _SCHEMA, table.to_batches(max_chunksize=_AT_ONCE))


def _read(folder: Path) -> list[pa.RecordBatch]:
    return [batch for path in _paths(folder) for batch in open_segment(path, _SCHEMA)]


def _paths(folder: Path) -> list[Path]:
    return sorted(folder.glob("*.arrow"), key=lambda path: path.name)

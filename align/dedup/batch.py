"""A batch of documents as deduplication holds it: sorted shingle hashes, band keys, fingerprints; no text."""

from __future__ import annotations

import tempfile
import weakref
from collections.abc import Mapping, Sequence
from typing import IO

import numpy as np
import pyarrow as pa

from align._internal.arrays import Ints, UInts64
from align._internal.arrow import as_numpy, integers, strings
from align.dedup.lsh import Banding, choose_banding
from align.dedup.options import DedupOptions
from align.dedup.sketches import sketch
from align.errors import OutputError

_IN_MEMORY = 64 << 20
_COLUMNS = dict.fromkeys(
    ("id", "same_id", "source", "language", "prefer", "warning", "problem"), pa.string()
) | {"line": pa.int64()}


class HashStore:
    """Hashes of all documents one after the other: in memory while they are few, then in a temporary file."""

    def __init__(self, limit: int = _IN_MEMORY) -> None:
        self._limit = limit
        self._held: list[bytes] = []
        self._file: IO[bytes] | None = None
        self._length = 0

    def append(self, data: bytes) -> None:
        """Adds the bytes of uint64 hashes."""
        self._length += len(data)
        if self._file is None and self._length <= self._limit:
            self._held.append(data)
            return
        try:
            if self._file is None:
                self._file = tempfile.TemporaryFile(prefix="align-")  # noqa: SIM115
                weakref.finalize(self, self._file.close)
                self._file.writelines(self._held)
                self._held = []
            self._file.write(data)
        except OSError as error:
            raise OutputError(
                f"{tempfile.gettempdir()}: cannot hold the shingle hashes ({error.strerror}); "
                "free space there or name another folder in TMPDIR"
            ) from error

    def array(self) -> UInts64:
        """All hashes; memory-mapped where they are in a file."""
        if self._file is None:
            self._held = [b"".join(self._held)]
            return np.frombuffer(self._held[0], "<u8")
        self._file.flush()
        return np.asarray(np.memmap(self._file, "<u8", "r", shape=(self._length // 8,)))


class Collection:
    """What deduplication knows of the documents added so far, by their number in order of reading."""

    def __init__(self, options: DedupOptions) -> None:
        self.options = options
        self.banding: Banding = choose_banding(options.threshold, options.slots)
        self._hashes = HashStore()
        self._keys = bytearray()
        self._columns: dict[str, list[pa.Array]] = {name: [] for name in _COLUMNS}
        self._numbers: dict[str, list[Ints]] = {"counts": [], "totals": [], "lengths": []}
        self._fingerprints: list[UInts64] = []
        self._length = 0

    def add(self, batch: pa.RecordBatch) -> Ints:
        """Adds the documents of a batch; returns for each how many of its shingles repeat an earlier one of its own."""
        found = sketch(batch["text"], self.options, self.banding)
        rows = batch.num_rows
        self._hashes.append(found.hashes)
        self._keys += found.keys.tobytes()
        self._fingerprints.append(found.fingerprints)
        for name in self._numbers:
            self._numbers[name].append(getattr(found, name))
        self._length += rows
        for name, column in self._columns.items():
            present = name in batch.schema.names
            column.append(batch[name] if present else pa.nulls(rows, _COLUMNS[name]))
        return found.totals - found.counts

    @classmethod
    def of(cls, options: DedupOptions, documents: pa.Table) -> Collection:
        """What is known of some documents (columns as `column` and `numbers` name them), without their hashes.

        ``print1`` and ``print2`` are their fingerprints. It is enough to rank them and to decide about their ids.
        """
        made = cls(options)
        for name, column in made._columns.items():
            column += documents[name].chunks
        for name, numbers in made._numbers.items():
            numbers.append(as_numpy(documents[name].combine_chunks()))
        prints = [as_numpy(documents[name].combine_chunks()).view("<u8") for name in ("print1", "print2")]
        made._fingerprints = [np.stack(prints, axis=1)]
        made._length = documents.num_rows
        return made

    def __len__(self) -> int:
        return self._length

    @property
    def hashes(self) -> UInts64:
        """Sorted distinct shingle hashes of the documents, one after the other."""
        return self._hashes.array()

    @property
    def offsets(self) -> Ints:
        """Where the hashes of each document begin; one more than there are documents."""
        return np.concatenate(([0], np.cumsum(self.numbers("counts")))).astype("<i8")

    @property
    def keys(self) -> UInts64:
        """Band keys: (documents, bands)."""
        return np.frombuffer(self._keys, "<u8").reshape(-1, self.banding.bands)

    @property
    def fingerprints(self) -> UInts64:
        """Fingerprints of the texts: (documents, 2)."""
        return np.concatenate(self._fingerprints) if self._fingerprints else np.zeros((0, 2), np.uint64)

    def numbers(self, name: str) -> Ints:
        """``counts`` (distinct shingles), ``totals`` (shingles) or ``lengths`` (bytes of text)."""
        parts = self._numbers[name]
        return np.concatenate(parts) if parts else np.zeros(0, np.int64)

    def column(self, name: str) -> pa.ChunkedArray:
        """``id``, ``same_id``, ``source``, ``line``, ``language``, ``prefer``, ``warning`` or ``problem`` of all."""
        return pa.chunked_array(self._columns[name], _COLUMNS[name])

    def rename(self, names: Mapping[int, str]) -> None:
        """Gives these documents other ids."""
        self._replace("id", names)

    def warn(self, warnings: Mapping[int, str]) -> None:
        """Adds to what is to be known of these documents."""
        column = self.column("warning")
        before = {number: column[number].as_py() for number in warnings}
        self._replace("warning", {n: f"{b}; {warnings[n]}" if b else warnings[n] for n, b in before.items()})

    def warnings(self) -> dict[str, str]:
        """What is to be known of documents, by id."""
        column = self.column("warning")
        numbers = np.flatnonzero(as_numpy(column.is_valid().combine_chunks()))
        return dict(zip(self.names(numbers), column.take(integers(numbers)).to_pylist(), strict=True))

    def _replace(self, name: str, values: Mapping[int, str]) -> None:
        start = 0
        for chunk, column in enumerate(self._columns[name]):
            own = {n - start: value for n, value in values.items() if start <= n < start + len(column)}
            if own:
                held = column.to_pylist()
                for place, value in own.items():
                    held[place] = value
                self._columns[name][chunk] = strings(held, _COLUMNS[name])
            start += len(column)

    def names(self, numbers: Sequence[int] | Ints) -> list[str]:
        """The ids of these documents."""
        return list(self.column("id").take(integers(numbers)).to_pylist())

"""A batch of documents as deduplication holds it: sorted shingle hashes, band keys, fingerprints; no text."""

from __future__ import annotations

import mmap
import tempfile
import weakref
from collections.abc import Mapping, Sequence
from typing import IO

import numpy as np
import pyarrow as pa

from align._internal.arrays import Array, Ints, UInts64
from align._internal.arrow import as_numpy, integers, strings
from align.dedup.lsh import Banding, choose_banding
from align.dedup.options import DedupOptions
from align.dedup.sketches import sketch, text_buffers
from align.document import LineRange
from align.errors import OutputError

_IN_MEMORY = 64 << 20
_COLUMNS = dict.fromkeys(
    ("id", "same_id", "source", "language", "prefer", "warning", "problem"), pa.string()
) | {"line": pa.int64()}


class Store:
    """Bytes of all documents one after the other: in memory while they are few, then in a temporary file.

    `scattered`: they are read here and there, a document at a time, so that the system shall read nothing ahead: beyond
    what it can hold it would read megabytes for each of them, again and again.
    """

    def __init__(self, limit: int = _IN_MEMORY, *, scattered: bool = False) -> None:
        self._limit = limit
        self._scattered = scattered
        self._held: list[bytes] = []
        self._file: IO[bytes] | None = None
        self._length = 0
        self._joined: Array | None = None

    def append(self, data: bytes | memoryview) -> None:
        """Adds bytes behind those that are there."""
        self._length += len(data)
        self._joined = None
        if self._file is None and self._length <= self._limit:
            self._held.append(bytes(data))
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
                f"{tempfile.gettempdir()}: cannot hold what documents are compared by ({error.strerror}); "
                "free space there or name another folder in TMPDIR"
            ) from error

    def array(self, kind: str) -> Array:
        """Everything as numbers of this kind; memory-mapped where it is in a file."""
        if self._joined is None:
            if self._file is None:
                self._held = [b"".join(self._held)]
                self._joined = np.frombuffer(self._held[0], np.uint8)
            else:
                self._file.flush()
                mapped = mmap.mmap(self._file.fileno(), self._length, access=mmap.ACCESS_READ)
                if self._scattered and hasattr(mmap, "MADV_RANDOM"):
                    mapped.madvise(mmap.MADV_RANDOM)
                self._joined = np.frombuffer(mapped, np.uint8)
        return self._joined.view(kind)


class TextStore:
    """The texts of all documents, to be read again by their number in order of reading."""

    def __init__(self) -> None:
        self._bytes = Store()
        self._ends: list[Ints] = [np.zeros(1, np.int64)]

    def add(self, batch: pa.RecordBatch) -> None:
        """Adds the texts of a record batch."""
        data, offsets = text_buffers(batch["text"])
        if len(offsets) > 1:
            self._bytes.append(data[int(offsets[0]) : int(offsets[-1])])
        self._ends.append(offsets[1:] - offsets[0] + self._ends[-1][-1])

    def text(self, number: int) -> str:
        """The text of a document."""
        if len(self._ends) > 1:
            self._ends = [np.concatenate(self._ends)]
        start, end = self._ends[0][number : number + 2].tolist()
        return self._bytes.array("u1")[start:end].tobytes().decode("utf-8", "replace")


class Collection:
    """What deduplication knows of the documents added so far, by their number in order of reading.

    Attributes:
        texts: their texts, where the options ask what documents differ in.
    """

    def __init__(self, options: DedupOptions, *, texts: bool = False) -> None:
        self.options = options
        self.banding: Banding = choose_banding(options.threshold, options.slots)
        self._hashes = Store(scattered=True)
        self._keys = bytearray()
        self._columns: dict[str, list[pa.Array]] = {name: [] for name in _COLUMNS}
        self._numbers: dict[str, list[Ints]] = {
            "counts": [], "totals": [], "lengths": [], "repeated": []
        }  # fmt: skip
        self._fingerprints: list[UInts64] = []
        self._length = 0
        self.texts = (
            TextStore() if texts or options.differences or options.spare or options.passages else None
        )

    def add(self, batch: pa.RecordBatch, compared: pa.Array | None = None) -> Ints:
        """Adds the documents of a batch; returns for each how many of its shingles repeat an earlier one of its own.

        `compared` is what of the texts is compared, where it is not all of them.
        """
        found = sketch(batch["text"], self.options, self.banding, compared)
        rows = batch.num_rows
        if self.texts is not None:
            self.texts.add(batch)
        self._hashes.append(found.hashes)
        self._keys += found.keys.tobytes()
        self._fingerprints.append(found.fingerprints)
        for name in ("counts", "totals", "lengths"):
            self._numbers[name].append(getattr(found, name))
        self._numbers["repeated"].append(np.zeros(rows, np.int64))
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

    def note_repeats(self, row: int, length: int) -> None:
        """Says of a document of the last batch that no more than `length` bytes of it stand in it once."""
        whole = self._numbers["lengths"][-1][row]
        self._numbers["repeated"][-1][row] = max(whole - length, 1)

    def rebuilt(self, without: Mapping[int, Sequence[LineRange]]) -> Collection:
        """The same documents, compared without these lines, unless nothing with words would be left of one."""
        assert self.texts is not None
        made, start = Collection(self.options), 0
        made.texts = None
        for chunk, ids in enumerate(self._columns["id"]):
            numbers = range(start, start + len(ids))
            texts = [self.texts.text(number) for number in numbers]
            parts = [
                _without(text, without.get(number, ())) for number, text in zip(numbers, texts, strict=True)
            ]
            columns = {name: column[chunk] for name, column in self._columns.items()}
            columns["text"] = pa.array(texts, pa.large_string())
            made.add(pa.record_batch(columns), pa.array(parts, pa.large_string()))
            start += len(ids)
        made.texts = self.texts
        made._numbers["repeated"] = self._numbers["repeated"]
        return made

    def __len__(self) -> int:
        return self._length

    @property
    def hashes(self) -> UInts64:
        """Sorted distinct shingle hashes of the documents, one after the other."""
        return self._hashes.array("<u8")

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
        """``counts`` (distinct shingles), ``totals`` (shingles), ``lengths`` (bytes) or ``repeated`` (of these)."""
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


def _without(text: str, lines: Sequence[LineRange]) -> str:
    """A text less these lines."""
    if not lines:
        return text
    gone = {number for start, end in lines for number in range(start, end + 1)}
    left = "\n".join(line for number, line in enumerate(text.split("\n")) if number not in gone)
    return left if any(map(str.isalnum, left)) else text

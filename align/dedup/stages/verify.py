"""Verification: the shingles that candidate pairs have in common, and which of them are near-duplicates.

In cells, where documents that hang together come together, each with its hashes once; pair by pair, where too many hang
together; or along the stars of a crowded bucket.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa

from align._internal.arrays import Bools, Ints, UInts64
from align._internal.arrow import integers
from align._internal.runs import numbers_of, whole_runs
from align.dedup.kernel import KERNEL

# Of a document (`first` is its number) or of a pair of them.
CELLS = pa.schema(
    [("cell", pa.int64()), ("first", pa.int64()), ("second", pa.int64()), ("hashes", pa.binary())]
)
JOINED = pa.schema(
    [
        ("first", pa.int64()),
        ("second", pa.int64()),
        ("first_hashes", pa.binary()),
        ("second_hashes", pa.binary()),
    ]
)
# In the order in which documents are kept, bucket by bucket.
STARS = pa.schema(
    [("band", pa.int64()), ("key", pa.int64()), ("number", pa.int64()), ("hashes", pa.binary())]
)
# A near-duplicate and what both have in common; with `COMPARED` as `first`, how many pairs were compared (`shared`).
NEAR = pa.schema(
    [("first", pa.int64()), ("second", pa.int64()), ("shared", pa.int64()), ("size", pa.int64())]
)
COMPARED = -1
DOCUMENT = -1  # `second` of a row that is a document
_STEP = 64  # stars that a document is compared with at once, at first


def can_be_near(first: Ints, second: Ints, threshold: float) -> Bools:
    """Whether sets of these sizes can reach the threshold at all."""
    small, large = np.minimum(first, second), np.maximum(first, second)
    can: Bools = (small > 0) & (small / np.maximum(large, 1) >= threshold)
    return can


def verify_cells(batches: Iterable[pa.RecordBatch], threshold: float) -> Iterator[pa.RecordBatch]:
    """The near-duplicates among the candidates of each cell (`CELLS`, sorted by cell and `second`, to `NEAR`)."""
    for table in whole_runs(batches, "cell"):
        first, second = numbers_of(table, "first"), numbers_of(table, "second")
        documents = np.flatnonzero(second == DOCUMENT)
        documents = documents[np.argsort(first[documents], kind="stable")]
        hashes = _Hashes.of(table["hashes"].take(integers(documents)))
        pairs = np.flatnonzero(second != DOCUMENT)
        names = first[documents]
        left, right = (np.searchsorted(names, side[pairs]) for side in (first, second))
        yield from _verified(first[pairs], second[pairs], left, right, hashes, hashes, threshold)


def verify_joined(batches: Iterable[pa.RecordBatch], threshold: float) -> Iterator[pa.RecordBatch]:
    """The near-duplicates among pairs that come with the hashes of both (`JOINED` to `NEAR`).

    With a threshold of 0 every pair comes back, whatever its documents have in common.
    """
    for batch in batches:
        places = np.arange(batch.num_rows)
        left, right = (_Hashes.of(batch[name]) for name in ("first_hashes", "second_hashes"))
        first, second = numbers_of(batch, "first"), numbers_of(batch, "second")
        yield from _verified(first, second, places, places, left, right, threshold)


def star_pairs(batches: Iterable[pa.RecordBatch], threshold: float) -> Iterator[pa.RecordBatch]:
    """In each bucket (`STARS` to `NEAR`) each document with the first before it that it is near to, and that is a star.

    A star was near to none before it. Only stars are held.
    """
    at: tuple[int, int] | None = None
    bucket = _Bucket(threshold)
    for batch in batches:
        found: list[tuple[int, int, int, int]] = []
        before = bucket.compared
        columns = (numbers_of(batch, name).tolist() for name in ("band", "key", "number"))
        for band, key, number, hashes in zip(*columns, batch["hashes"].to_pylist(), strict=True):
            if at != (band, key):
                at, compared = (band, key), bucket.compared
                bucket = _Bucket(threshold, compared=compared)
            pair = bucket.add(number, np.frombuffer(hashes, "<u8"))
            if pair:
                found.append(pair)
        columns_of = [np.array(column, np.int64) for column in zip(*found, strict=True)] if found else []
        if columns_of:
            yield _batch(*columns_of)
        yield _count(bucket.compared - before)


@dataclass
class _Bucket:
    """The stars of a crowded bucket."""

    threshold: float
    compared: int = 0
    numbers: list[int] = field(default_factory=list)
    stars: list[UInts64] = field(default_factory=list)

    def add(self, number: int, hashes: UInts64) -> tuple[int, int, int, int] | None:
        """The pair that the next document makes with a star; it is one itself where there is none."""
        start, step, own = 0, _STEP, len(hashes)
        one = np.array([0, own], "<i8")
        while start < len(self.stars):
            block = self.stars[start : start + step]
            sizes = np.array([len(star) for star in block], np.int64)
            offsets = np.concatenate(([0], np.cumsum(sizes))).astype("<i8")
            zeros, places = np.zeros(len(block), "<i8"), np.arange(len(block)).astype("<i8")
            packed = KERNEL.shared(zeros, places, hashes, one, np.concatenate(block), offsets)
            shared = np.frombuffer(packed, "<i8")
            union = sizes + own - shared
            can = can_be_near(sizes, np.full(len(block), own), self.threshold)
            near = can & (shared / np.maximum(union, 1) >= self.threshold)
            if near.any():
                place = int(np.argmax(near))
                self.compared += int(can[: place + 1].sum())
                star = self.numbers[start + place]
                return min(star, number), max(star, number), int(shared[place]), int(union[place])
            self.compared += int(can.sum())
            start, step = start + step, step * 2
        self.numbers.append(number)
        self.stars.append(hashes)
        return None


@dataclass(frozen=True)
class _Hashes:
    """Sets of hashes one after the other, as the kernel takes them."""

    data: UInts64
    offsets: Ints

    @classmethod
    def of(cls, column: pa.Array | pa.ChunkedArray) -> _Hashes:
        parts = column.to_pylist()
        sizes = [len(part) // 8 for part in parts]
        offsets = np.concatenate(([0], np.cumsum(sizes))).astype("<i8")
        return cls(np.frombuffer(b"".join(parts), "<u8"), offsets)


def _verified(
    first: Ints, second: Ints, left: Ints, right: Ints, hashes: _Hashes, others: _Hashes, threshold: float
) -> Iterator[pa.RecordBatch]:
    """Of pairs (numbers, and their places among the hashes) those at the threshold; how many were compared."""
    p, q = np.diff(hashes.offsets)[left], np.diff(others.offsets)[right]
    asked = can_be_near(p, q, threshold) if threshold else np.ones(len(first), bool)
    first, second, p, q = first[asked], second[asked], p[asked], q[asked]
    packed = KERNEL.shared(
        left[asked].astype("<i8"), right[asked].astype("<i8"),
        hashes.data, hashes.offsets, others.data, others.offsets,
    )  # fmt: skip
    shared = np.frombuffer(packed, "<i8")
    union = p + q - shared
    near = shared / np.maximum(union, 1) >= threshold
    yield _batch(first[near], second[near], shared[near], union[near])
    yield _count(len(first))


def _batch(*columns: Ints) -> pa.RecordBatch:
    return pa.record_batch([integers(column) for column in columns], schema=NEAR)


def _count(compared: int) -> pa.RecordBatch:
    return _batch(*(np.array([value], np.int64) for value in (COMPARED, COMPARED, compared, 0)))

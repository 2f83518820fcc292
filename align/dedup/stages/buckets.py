"""Candidate pairs: documents that share the key of a band, bucket by bucket."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import numpy as np
import pyarrow as pa

from align._internal.arrays import Ints
from align._internal.arrow import integers
from align._internal.runs import changes, numbers_of
from align.dedup.kernel.reference import BANDS_TO_SPARE, OVERCROWDED

BANDS = pa.schema([("band", pa.int64()), ("key", pa.int64()), ("number", pa.int64())])
PAIR, CROWDED_BUCKET = 0, 1
# A pair of documents that share a key, or a bucket with more documents than `crowded` and their number as `first`.
BUCKETS = pa.schema(
    [
        ("kind", pa.int64()),
        ("band", pa.int64()),
        ("key", pa.int64()),
        ("first", pa.int64()),
        ("second", pa.int64()),
    ]
)
_TOGETHER = 1 << 18  # pairs in a record batch

_Rows = list[tuple[Ints, ...]]


def band_rows(batch: pa.RecordBatch) -> pa.RecordBatch:
    """A row (`BANDS`) for each band of each document (columns ``number`` and ``keys``)."""
    numbers = numbers_of(batch, "number")
    keys = np.array([np.frombuffer(part, "<i8") for part in batch["keys"].to_pylist()], np.int64)
    bands = keys.shape[1] if keys.size else 0
    columns = np.tile(np.arange(bands), len(numbers)), keys.ravel(), np.repeat(numbers, bands)
    return pa.record_batch([integers(column) for column in columns], schema=BANDS)


def bucket_pairs(batches: Iterable[pa.RecordBatch], crowded: int) -> Iterator[pa.RecordBatch]:
    """The pairs of each bucket (`BANDS`, sorted by all columns, to `BUCKETS`); crowded ones are only told.

    No more is held than a batch and as many documents of one bucket as make it crowded.
    """
    band, key, number = (np.zeros(0, np.int64) for _ in range(3))
    passed_over = 0  # documents of the bucket at hand that are no longer held
    for batch in batches:
        band, key, number = (
            np.concatenate((old, numbers_of(batch, name)))
            for old, name in zip((band, key, number), BANDS.names, strict=True)
        )
        starts = np.flatnonzero(changes(band, key))
        if not len(starts):
            continue
        last = int(starts[-1])
        if last:
            yield from _pairs(band[:last], key[:last], number[:last], starts[:-1], passed_over, crowded)
            passed_over = 0
        band, key, number = band[last:], key[last:], number[last:]
        passed_over += max(0, len(number) - crowded - 1)
        band, key, number = (column[: crowded + 1] for column in (band, key, number))
    if len(number):
        yield from _pairs(band, key, number, np.zeros(1, np.int64), passed_over, crowded)


def _pairs(
    band: Ints, key: Ints, number: Ints, starts: Ints, passed_over: int, crowded: int
) -> Iterator[pa.RecordBatch]:
    """The pairs of whole buckets; of the first, so many documents were passed over."""
    sizes = np.diff(np.append(starts, len(number)))
    sizes[0] += passed_over
    over = np.flatnonzero(sizes > crowded)
    if len(over):
        at = starts[over]
        yield _batch(CROWDED_BUCKET, band[at], key[at], sizes[over], np.full(len(over), -1))
    for size in np.unique(sizes[(sizes > 1) & (sizes <= crowded)]).tolist():
        left, right = np.triu_indices(size, 1)
        runs = starts[sizes == size]
        step = max(1, _TOGETHER // len(left))
        for at in (runs[k : k + step] for k in range(0, len(runs), step)):
            first, second = (number[at[:, None] + side].ravel() for side in (left, right))
            of_run = np.repeat(at, len(left))
            yield _batch(PAIR, band[of_run], key[of_run], first, second)


def _batch(kind: int, band: Ints, key: Ints, first: Ints, second: Ints) -> pa.RecordBatch:
    columns = np.full(len(band), kind), band, key, first, second
    return pa.record_batch([integers(column) for column in columns], schema=BUCKETS)


def spared_bands(bands: Iterable[int]) -> list[int]:
    """Of the bands with overcrowded buckets those in which these are passed over: other bands find their pairs too."""
    return sorted(bands)[:BANDS_TO_SPARE]


def overcrowded(crowded: int) -> int:
    """The number of documents beyond which a bucket is passed over in bands that can be spared."""
    return OVERCROWDED * crowded

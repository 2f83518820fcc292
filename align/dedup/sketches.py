"""Texts as deduplication sees them: sorted shingle hashes, a fingerprint, and band keys; no text any more."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pyarrow as pa

from align._internal.arrays import Ints, UInts64
from align.dedup.kernel import KERNEL
from align.dedup.lsh import Banding, band_keys
from align.dedup.normalization import folded_table, without_hyphens
from align.dedup.options import DedupOptions


class Sketches(NamedTuple):
    """What is known of some documents.

    Attributes:
        hashes: sorted distinct shingle hashes (uint64) of all documents, one after the other.
        counts: distinct shingles of each document.
        totals: shingles before repeated ones were dropped.
        lengths: bytes of the text.
        fingerprints: of the texts, (documents, 2).
        keys: band keys, (documents, bands).
    """

    hashes: bytes
    counts: Ints
    totals: Ints
    lengths: Ints
    fingerprints: UInts64
    keys: UInts64

    @property
    def offsets(self) -> Ints:
        """Where the hashes of each document begin; one more than there are documents."""
        return _ends(self.counts)


def sketch(
    text: pa.Array, options: DedupOptions, banding: Banding, compared: pa.Array | None = None
) -> Sketches:
    """The sketches of a column of texts; `compared` is what of them is compared, where it is not all of them."""
    table = folded_table(options.normalize).buffers
    part = text if compared is None else compared
    data, offsets = text_buffers(without_hyphens(part) if "hyphens" in options.normalize else part)
    rows = len(offsets) - 1
    hashes, counts, totals, fingerprints, signatures = KERNEL.sketch(
        data, offsets, table, options.ngram, options.slots
    )
    sizes = np.frombuffer(counts, "<i8")
    if compared is not None or "hyphens" in options.normalize:
        # Identical is what is identical as it was read.
        data, offsets = text_buffers(text)
        fingerprints = KERNEL.sketch(data, offsets, table, 1, 1)[3]
    signature = np.frombuffer(signatures, "<u4").reshape(rows, options.slots)
    if options.backend == "datasketch":
        from align.dedup.datasketch import datasketch_signatures

        signature = datasketch_signatures(np.frombuffer(hashes, "<u8"), _ends(sizes), options.slots)
    return Sketches(
        hashes,
        sizes,
        np.frombuffer(totals, "<i8"),
        np.diff(offsets),
        np.frombuffer(fingerprints, "<u8").reshape(rows, 2),
        band_keys(signature, banding),
    )


def _ends(counts: Ints) -> Ints:
    return np.concatenate(([0], np.cumsum(counts))).astype("<i8")


def text_buffers(text: pa.Array) -> tuple[memoryview, Ints]:
    """A column of texts as UTF-8 bytes and offsets, without copying; null is an empty text."""
    if text.null_count:
        text = text.fill_null("")
    if text.type != pa.large_string():
        text = text.cast(pa.large_string())
    _, offsets, data = text.buffers()
    at = np.frombuffer(offsets, "<i8", len(text) + 1, text.offset * 8) if len(text) else np.zeros(1, "<i8")
    return memoryview(data) if data is not None else memoryview(b""), at

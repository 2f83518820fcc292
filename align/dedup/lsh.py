"""Bands: how many rows of a signature make a key, and the keys.

Documents that share the key of a band are candidates. With b bands of r rows, a pair of Jaccard similarity s becomes a
candidate with probability 1 - (1 - s^r)^b (Leskovec, Rajaraman, Ullman: Mining of Massive Datasets, 3.4).
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from align._internal.arrays import UInts32, UInts64
from align.dedup.kernel.reference import SEED, mixed

RECALL = 0.9995  # of pairs exactly at the threshold; pairs above it are found more surely


class Banding(NamedTuple):
    """`bands` times `rows` slots of a signature."""

    bands: int
    rows: int

    def recall(self, similarity: float) -> float:
        """The probability that a pair of this similarity shares a band."""
        return float(1 - (1 - similarity**self.rows) ** self.bands)


def choose_banding(threshold: float, slots: int) -> Banding:
    """The longest rows, so the fewest candidates, with which recall at the threshold is at least `RECALL`."""
    options = [Banding(slots // rows, rows) for rows in range(1, slots + 1)]
    good = [banding for banding in options if banding.recall(threshold) >= RECALL]
    return good[-1] if good else options[0]


def band_keys(signatures: UInts32, banding: Banding) -> UInts64:
    """The 64-bit keys of each document: (documents, slots) to (documents, bands)."""
    used = signatures[:, : banding.bands * banding.rows].reshape(len(signatures), banding.bands, banding.rows)
    keys = np.full((len(signatures), banding.bands), SEED, np.uint64)
    for row in range(banding.rows):
        keys = mixed(keys + used[:, :, row])
    return keys

"""Documents that stand, whole or nearly, inside a longer one.

Jaccard similarity and its signatures cannot see them: an article inside a page ten times as long has a similarity of
0.1. Candidates are found from the side of the shorter document: its `PROBES` lowest shingle hashes are a uniform
sample of its shingles, each is looked up in every other document, and a document that holds enough of them is compared
exactly. With 32 probes a document contained to the threshold is missed with a probability below `MISS`.
"""

from __future__ import annotations

import math

import numpy as np

from align._internal.arrays import Ints, UInts64
from align.dedup.kernel import KERNEL
from align.dedup.result import CONTAINED, PairTable

PROBES = 32
MISS = 1e-4
# A probe found in more documents than this says nothing, unless all probes of a document are such.
CROWD = 2_000
_BLOCK = 1 << 22


def find_contained(
    hashes: UInts64, offsets: Ints, documents: Ints, threshold: float, rank: Ints
) -> PairTable:
    """Pairs (contained, container) among `documents` where the first has at least `threshold` of its shingles in the
    second, and fewer shingles than it; of two with as many, the one that `rank` has behind is contained in the other.
    """
    sizes = np.diff(offsets)
    documents = documents[sizes[documents] > 0]
    probes, owners = _probes(hashes, offsets, documents)
    found, holders = _held(hashes, offsets, documents, np.unique(probes))
    first, second = _candidates(probes, owners, found, holders, sizes, threshold, rank)
    shared = np.frombuffer(KERNEL.shared(first, second, hashes, offsets, hashes, offsets), "<i8")
    good = shared / np.maximum(sizes[first], 1) >= threshold
    kind = np.full(int(good.sum()), CONTAINED, np.uint8)
    return PairTable(first[good], second[good], shared[good], sizes[first[good]], kind)


def least_hits(probes: int, threshold: float) -> int:
    """How many of its probes a container holds at least, but for a probability of `MISS`."""
    missed = 0.0
    for hits in range(probes + 1):
        missed += math.comb(probes, hits) * threshold**hits * (1 - threshold) ** (probes - hits)
        if missed > MISS:
            return max(1, hits)
    return max(1, probes)


def _probes(hashes: UInts64, offsets: Ints, documents: Ints) -> tuple[UInts64, Ints]:
    """The lowest hashes of each document, and whose they are."""
    counts = np.minimum(np.diff(offsets)[documents], PROBES)
    owners = np.repeat(documents, counts)
    place = np.arange(len(owners)) - np.repeat(np.cumsum(counts) - counts, counts)
    return np.asarray(hashes[offsets[owners] + place]), owners


def _held(hashes: UInts64, offsets: Ints, documents: Ints, wanted: UInts64) -> tuple[UInts64, Ints]:
    """Every occurrence of the wanted hashes (sorted) in the documents, with its document."""
    chosen = np.zeros(len(offsets) - 1, bool)
    chosen[documents] = True
    # Most hashes are no probe: a table of their lowest 24 bits tells without a search.
    seen = np.zeros(1 << 24, bool)
    seen[wanted & np.uint64((1 << 24) - 1)] = True
    found, holders = [np.zeros(0, np.uint64)], [np.zeros(0, np.int64)]
    for start in range(0, len(hashes), _BLOCK):
        block = np.asarray(hashes[start : start + _BLOCK])
        places = np.flatnonzero(seen[block & np.uint64((1 << 24) - 1)])
        values = block[places]
        at = np.searchsorted(wanted, values)
        hit = wanted[np.minimum(at, len(wanted) - 1)] == values
        owner = np.searchsorted(offsets, start + places[hit], side="right") - 1
        used = chosen[owner]
        found.append(values[hit][used])
        holders.append(owner[used])
    return np.concatenate(found), np.concatenate(holders)


def _candidates(
    probes: UInts64, owners: Ints, found: UInts64, holders: Ints, sizes: Ints, threshold: float, rank: Ints
) -> tuple[Ints, Ints]:
    """(shorter, longer) for all pairs in which the longer holds enough of the shorter's probes."""
    order = np.argsort(found, kind="stable")
    found, holders = found[order], holders[order]
    start, stop = np.searchsorted(found, probes), np.searchsorted(found, probes, side="right")
    crowded = stop - start > CROWD
    first, second = [np.zeros(0, np.int64)], [np.zeros(0, np.int64)]
    borders = np.flatnonzero(np.diff(owners)) + 1
    for places in np.split(np.arange(len(owners)), borders):
        if not len(places):
            continue
        usable = places[~crowded[places]] if not crowded[places].all() else places
        document = int(owners[places[0]])
        every = np.concatenate([holders[start[i] : stop[i]] for i in usable])
        others, hits = np.unique(every, return_counts=True)
        larger = (sizes[others] > sizes[document]) | (
            (sizes[others] == sizes[document]) & (rank[others] < rank[document])
        )
        others = others[larger & (hits >= least_hits(len(usable), threshold)) & (others != document)]
        first.append(np.full(len(others), document))
        second.append(others)
    return np.concatenate(first).astype("<i8"), np.concatenate(second).astype("<i8")

"""The readable twin of the compiled kernel: the same functions, the same bytes, in numpy and plain Python.

It is used where the extension was not built, and by the tests that hold the two against each other. All hashes are
unsigned 64-bit numbers, byte strings hold little-endian arrays, and offsets are int64, one more than there are items.
"""

from __future__ import annotations

import itertools
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import numpy as np
import numpy.typing as npt

from align._internal.arrays import UInts32, UInts64
from align.text.tokens import TokenTable, token_ends
from align.text.tokens import tokens as words

TokenArrays = tuple[npt.NDArray[np.uint16], UInts32, UInts32]

MASK = 0xFFFFFFFFFFFFFFFF
SEED, M1, M2 = 0x9E3779B97F4A7C15, 0xBF58476D1CE4E5B9, 0x94D049BB133111EB
BASE = 0xD6E8FEB86659FD93
NO_HASH = np.uint64(MASK)
BANDS_TO_SPARE, OVERCROWDED = 2, 5


def sketch(
    data: Any, offsets: Any, table: TokenArrays, ngram: int, slots: int
) -> tuple[bytes, bytes, bytes, bytes, bytes]:
    """Documents (UTF-8, one after the other) as sets of shingles.

    Returns the sorted distinct shingle hashes of all documents, their number in each (int64), the number of shingles
    before repeated ones were dropped (int64), a 128-bit fingerprint of each text, and the signatures (uint32).
    """
    _check(ngram, slots)
    texts, used = list(_texts(data, offsets)), TokenTable("", *table)
    shingles = [
        _shingles([hash_token(token) for token in words(_decoded(text), used)], ngram) for text in texts
    ]
    unique = [np.unique(hashes) for hashes in shingles]
    return (
        b"".join(hashes.tobytes() for hashes in unique),
        np.array([len(hashes) for hashes in unique], "<i8").tobytes(),
        np.array([len(hashes) for hashes in shingles], "<i8").tobytes(),
        b"".join(fingerprint(text) for text in texts),
        b"".join(signature(hashes, slots).tobytes() for hashes in unique),
    )


def signatures(hashes: Any, offsets: Any, slots: int) -> bytes:
    """Signatures of sets of hashes made elsewhere, in any order."""
    _check(1, slots)
    array, at = np.frombuffer(hashes, "<u8"), np.frombuffer(offsets, "<i8").tolist()
    return b"".join(signature(array[i:j], slots).tobytes() for i, j in itertools.pairwise(at))


def tokens(text: Any, table: TokenArrays) -> tuple[bytes, bytes]:
    """Token hashes of one text, and the byte offset behind each token."""
    decoded = _decoded(bytes(text))
    found = list(token_ends(decoded, TokenTable("", *table)))
    sizes = np.fromiter((len(c.encode("utf-8", "surrogateescape")) for c in decoded), np.int64, len(decoded))
    ends = np.concatenate(([0], np.cumsum(sizes)))[[end for _, end in found]] if found else np.zeros(0)
    return _packed(hash_token(token) for token, _ in found), ends.astype("<u8").tobytes()


def lines(data: Any, offsets: Any, table: TokenArrays) -> tuple[bytes, bytes, bytes]:
    """For each document its number of lines, for each line a hash and its number of tokens; numbers are all alike."""
    counts, hashes, lengths = [], [], []
    used = TokenTable("", *table)
    for text in _texts(data, offsets):
        rows = text.split(b"\n")
        counts.append(len(rows))
        for row in rows:
            found = words(_decoded(row), used)
            lengths.append(len(found))
            state = SEED
            for token in found:
                state = step(state, 0 if _is_number(token) else hash_token(token))
            hashes.append(mix(state))
    return _packed(counts), _packed(hashes), _packed(lengths)


def near(
    keys: Any,
    bands: int,
    documents: Any,
    rank: Any,
    hashes: Any,
    offsets: Any,
    threshold: float,
    crowded: int,
) -> tuple[bytes, bytes, int, int]:
    """All pairs among `documents` (int64, rising) that share a band key and reach the threshold, as p << 32 | q.

    Also their common shingles, how many pairs were compared, and in how many buckets not all were. In a bucket of more
    than `crowded` documents only pairs with stars are compared, by rank; one several times as large is passed over in
    two bands at most: the others find its pairs too. A pair comes once, but for those with stars.
    """
    table, at = np.frombuffer(keys, "<u8").reshape(-1, bands), np.frombuffer(offsets, "<i8").tolist()
    array, order = np.frombuffer(hashes, "<u8"), np.frombuffer(rank, "<i8")
    used = [d for d in np.frombuffer(documents, "<i8").tolist() if at[d + 1] > at[d]]
    sparse: list[int] = []
    pairs: list[int] = []
    common: list[int] = []
    compared = spared = 0

    def shared_by(p: int, q: int) -> int | None:
        """Common hashes of two documents that are near each other; None where they are not."""
        nonlocal compared
        need = needed(at[p + 1] - at[p], at[q + 1] - at[q], threshold)
        if not need:
            return None
        compared += 1
        both = len(np.intersect1d(array[at[p] : at[p + 1]], array[at[q] : at[q + 1]], assume_unique=True))
        return both if both >= need else None

    for band in range(bands):
        passed_over = False
        for key, run in _buckets(table, used, band):
            if len(run) <= crowded:
                candidates: Iterable[tuple[int, int]] = _new_pairs(table, run, band, sparse)
                found = [(p, q, both) for p, q in candidates if (both := shared_by(p, q)) is not None]
            else:
                sparse.append(key)
                if len(run) > OVERCROWDED * crowded and spared < BANDS_TO_SPARE:
                    passed_over = True
                    continue
                found = _star_pairs(sorted(run, key=lambda d: int(order[d])), shared_by)
            pairs += [p << 32 | q for p, q, _ in found]
            common += [both for _, _, both in found]
        spared += passed_over
    return _packed(pairs), _packed(common), compared, len(sparse)


def shared(first: Any, second: Any, hashes: Any, offsets: Any, others: Any, other_offsets: Any) -> bytes:
    """For each pair (number in the first collection, number in the second) the number of common hashes."""
    x, ox = np.frombuffer(hashes, "<u8"), np.frombuffer(offsets, "<i8")
    y, oy = np.frombuffer(others, "<u8"), np.frombuffer(other_offsets, "<i8")
    pairs = zip(np.frombuffer(first, "<i8").tolist(), np.frombuffer(second, "<i8").tolist(), strict=True)
    return _packed(
        len(np.intersect1d(x[ox[p] : ox[p + 1]], y[oy[q] : oy[q + 1]], assume_unique=True)) for p, q in pairs
    )


# ---- hashes ----------------------------------------------------------------------------------------------------


def step(state: int, word: int) -> int:
    """One 8-byte word taken into a running hash."""
    state = (state ^ word) * M1 & MASK
    return state ^ state >> 32


def mix(x: int) -> int:
    """The finalizer of SplitMix64 (Steele, Lea, Flood 2014): every bit depends on every bit."""
    x = (x ^ x >> 30) * M1 & MASK
    x = (x ^ x >> 27) * M2 & MASK
    return x ^ x >> 31


def mixed(x: UInts64) -> UInts64:
    """`mix` for arrays."""
    x = (x ^ x >> np.uint64(30)) * np.uint64(M1)
    x = (x ^ x >> np.uint64(27)) * np.uint64(M2)
    return x ^ x >> np.uint64(31)


def hash_token(token: str) -> int:
    """The hash of a normalised token: its UTF-8 bytes, 8 at a time, the last word filled up with zeros."""
    data, state = token.encode("utf-8"), SEED
    for at in range(0, len(data) // 8 * 8 + 1, 8):
        state = step(state, int.from_bytes(data[at : at + 8], "little"))
    return state


def fingerprint(text: bytes) -> bytes:
    """128 bits of a text's bytes, to find identical texts: two lanes that take turns."""
    a, b = SEED ^ len(text), M2
    for at in range(0, len(text) // 16 * 16 + 1, 16):
        a = step(a, int.from_bytes(text[at : at + 8], "little"))
        b = step(b, int.from_bytes(text[at + 8 : at + 16], "little"))
    return _packed((mix(a + b * BASE & MASK), mix(b ^ (a << 32 | a >> 32) & MASK)))


def _shingles(hashes: list[int], ngram: int) -> UInts64:
    """Hashes of all runs of `ngram` tokens; of all tokens where there are fewer; none where there is none."""
    n = min(ngram, len(hashes))
    if not n:
        return np.zeros(0, np.uint64)
    array, count = np.array(hashes, np.uint64), len(hashes) - n + 1
    rolling = np.zeros(count, np.uint64)
    for place in range(n):
        rolling = rolling * np.uint64(BASE) + array[place : place + count]
    return mixed(rolling + np.uint64(n * SEED & MASK))


# ---- signatures ------------------------------------------------------------------------------------------------


def signature(hashes: UInts64, slots: int) -> UInts32:
    """Fast similarity sketching (Dahlgaard, Knudsen, Thorup, FOCS 2017).

    In round r each hash draws a slot and a value; a slot keeps the lowest value of the first round that reaches it.
    After `slots` rounds the slots still empty are filled one by one. Two sets agree in a slot with a probability equal
    to their Jaccard similarity.
    """
    lowest = np.full(slots, NO_HASH)
    empty = np.ones(slots, bool)
    for r in range(2 * slots if len(hashes) else 0):
        values = mixed(hashes + np.uint64(r * SEED & MASK)) if r else hashes
        if r < slots:
            drawn = ((values >> np.uint64(32)) * np.uint64(slots) >> np.uint64(32)).astype(np.int64)
        else:
            drawn = np.full(len(values), r - slots)
        reached = empty[drawn]
        np.minimum.at(lowest, drawn[reached], values[reached])
        empty[drawn] = False
        if not empty.any():
            break
    return lowest.astype("<u4")


# ---- pairs -----------------------------------------------------------------------------------------------------


def needed(p: int, q: int, threshold: float) -> int:
    """The least number of common hashes with which sets of these sizes reach the threshold; 0: they cannot."""
    need = max(1, int(threshold / (1 + threshold) * (p + q)) - 1)
    while need <= min(p, q) and need / (p + q - need) < threshold:
        need += 1
    return need if need <= min(p, q) else 0


def _buckets(keys: UInts64, used: list[int], band: int) -> Iterator[tuple[int, list[int]]]:
    """The keys of a band in order, each with its documents."""
    runs: dict[int, list[int]] = defaultdict(list)
    for document in used:
        runs[int(keys[document, band])].append(document)
    for key in sorted(runs):
        yield key, runs[key]


def _new_pairs(keys: UInts64, run: list[int], band: int, sparse: list[int]) -> Iterator[tuple[int, int]]:
    """The pairs of a bucket that no earlier band has brought together."""
    for i, p in enumerate(run):
        for q in run[i + 1 :]:
            earlier = keys[p, :band][keys[p, :band] == keys[q, :band]]
            if np.isin(earlier, sparse).all():
                yield p, q


def _star_pairs(run: list[int], shared_by: Callable[[int, int], int | None]) -> list[tuple[int, int, int]]:
    """Each document with the first before it that it is near to and that was near to none itself."""
    stars: list[int] = []
    found = []
    for document in run:
        for star in stars:
            both = shared_by(star, document)
            if both is not None:
                found.append((min(star, document), max(star, document), both))
                break
        else:
            stars.append(document)
    return found


# ---- small things ----------------------------------------------------------------------------------------------


def _check(ngram: int, slots: int) -> None:
    if ngram < 1 or not 1 <= slots <= 4096:
        raise ValueError("ngram must be at least 1, slots 1 to 4096")


def _texts(data: Any, offsets: Any) -> Iterator[bytes]:
    view, at = memoryview(data).cast("B"), np.frombuffer(offsets, "<i8").tolist()
    if any(i > j for i, j in itertools.pairwise(at)) or at[0] < 0 or at[-1] > len(view):
        raise ValueError("offsets must be int64, rising, and end inside the data")
    for start, end in itertools.pairwise(at):
        yield bytes(view[start:end])


def _decoded(text: bytes) -> str:
    """What is not UTF-8 becomes lone surrogates, one a byte, which separate tokens and keep the offsets right."""
    return text.decode("utf-8", "surrogateescape")


def _is_number(token: str) -> bool:
    return len(token) < 8 and token.isascii() and token.isdigit()


def _packed(numbers: Iterable[int]) -> bytes:
    return np.fromiter(numbers, "<u8").tobytes()


__all__ = ["TokenTable", "lines", "near", "shared", "signatures", "sketch", "tokens"]

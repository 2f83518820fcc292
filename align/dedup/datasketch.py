"""To and from datasketch: its signatures as a backend, ours as its objects."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from align._internal.arrays import Ints, UInts32, UInts64

if TYPE_CHECKING:
    from datasketch import LeanMinHash, MinHash

SCHEME = 0x5EED  # datasketch refuses to compare signatures of different seeds: this one stands for our scheme


def to_minhash(hashes: UInts64, slots: int = 128, seed: int = 1) -> MinHash:
    """A datasketch MinHash (k permutations) of a document's shingle hashes, to be put into a shared index."""
    from datasketch import MinHash

    made = MinHash(num_perm=slots, seed=seed, hashfunc=_low_bits)
    if len(hashes):
        made.update_batch(hashes.tolist())
    return made


def to_lean_minhash(signature: UInts32) -> LeanMinHash:
    """One of our signatures as a datasketch LeanMinHash.

    `jaccard` and datasketch's LSH work among such objects, because two sets agree in a slot as often as theirs would;
    `merge` does not, because a slot is not a plain minimum. Its seed keeps it apart from k-permutation signatures.
    """
    from datasketch import LeanMinHash

    return LeanMinHash(seed=SCHEME, hashvalues=signature.astype(np.uint64), scheme="legacy")


def datasketch_signatures(hashes: UInts64, offsets: Ints, slots: int) -> UInts32:
    """Signatures of several documents by datasketch, the readable reference: (documents, slots)."""
    if len(offsets) < 2:
        return np.zeros((0, slots), np.uint32)
    documents = np.split(hashes, offsets[1:-1])
    return np.array([to_minhash(document, slots).hashvalues for document in documents]).astype(np.uint32)


def _low_bits(value: Any) -> int:
    return int(value) & 0xFFFFFFFF

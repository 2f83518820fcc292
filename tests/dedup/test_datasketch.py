"""datasketch as a backend, and as a receiver of signatures."""

from __future__ import annotations

import numpy as np
import pytest

from align.dedup import DedupOptions, find_duplicates
from align.dedup.datasketch import to_lean_minhash, to_minhash
from align.dedup.kernel import KERNEL
from align.text.tokens import token_table

from .conftest import article, buffers, edited
from .test_find import jaccard, near_copies

TEXTS = [article(1, 400), edited(article(1, 400), 0.03)]


def sketched() -> tuple[list[np.ndarray], np.ndarray]:
    data, offsets = buffers(TEXTS)
    hashes, counts, _, _, signatures = KERNEL.sketch(data, offsets, token_table().buffers, 5, 128)
    sizes = np.frombuffer(counts, "<i8")
    return np.split(np.frombuffer(hashes, "<u8"), [sizes[0]]), np.frombuffer(signatures, "<u4").reshape(2, -1)


def test_the_datasketch_backend_finds_the_same() -> None:
    documents = near_copies(40)
    ours = find_duplicates(documents)
    assert find_duplicates(documents, options=DedupOptions(backend="datasketch")).pairs == ours.pairs


def test_signatures_as_datasketch_objects() -> None:
    hashes, signatures = sketched()
    truth = jaccard(*TEXTS)
    lean = [to_lean_minhash(signature) for signature in signatures]
    full = [to_minhash(part) for part in hashes]
    assert lean[0].jaccard(lean[1]) == pytest.approx(truth, abs=0.15)
    assert full[0].jaccard(full[1]) == pytest.approx(truth, abs=0.15)
    with pytest.raises(ValueError, match=r"scheme|seed"):
        lean[0].jaccard(full[0])

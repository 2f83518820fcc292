"""Nearest documents where comparing all with all would take too long: an inverted file over coarse clusters (faiss).

Exact comparison grows with the square of the batch; this searches only the clusters nearest to each document. The
clusters are trained on an evenly spaced sample with a fixed seed, so the same batch gives the same candidates.
"""

from __future__ import annotations

from collections.abc import Iterator
from importlib.util import find_spec
from typing import Any

import numpy as np

from align.encoders.base import Vectors

_LISTS = 4.0  # clusters, in square roots of the number of vectors
_PROBED = 32  # clusters that are searched
_SAMPLE = 40  # training vectors for each cluster


def available() -> bool:
    """Whether faiss is installed (``pip install 'align-bitext[large]'``)."""
    return find_spec("faiss") is not None


def nearest(left: Vectors, right: Vectors, neighbours: int) -> Iterator[tuple[int, int]]:
    """Pairs (row of `left`, row of `right`) of which one is probably among the other's nearest."""
    yield from _search(left[:, 0], right, neighbours)
    for j, i in _search(right[:, 0], left, neighbours):
        yield i, j


def _search(queries: Vectors, rows: Vectors, neighbours: int) -> Iterator[tuple[int, int]]:
    """For each query the documents whose whole or section is nearest."""
    count, sections, dimension = rows.shape
    index = _index(rows.reshape(count * sections, dimension))
    _, found = index.search(np.ascontiguousarray(queries), min(2 * neighbours, count * sections))
    for i, places in enumerate(found):
        documents = dict.fromkeys(int(place) // sections for place in places if place >= 0)
        yield from ((i, j) for j in list(documents)[:neighbours])


def _index(vectors: Vectors) -> Any:
    import faiss

    dimension = vectors.shape[1]
    lists = max(1, int(_LISTS * np.sqrt(len(vectors))))
    quantizer = faiss.IndexFlatIP(dimension)
    index = faiss.IndexIVFFlat(quantizer, dimension, lists, faiss.METRIC_INNER_PRODUCT)
    index.cp.seed = 1
    index.cp.min_points_per_centroid = 1
    sample = vectors[:: max(1, len(vectors) // (lists * _SAMPLE))]
    index.train(np.ascontiguousarray(sample))
    index.add(np.ascontiguousarray(vectors))
    index.nprobe = min(_PROBED, lists)
    return index

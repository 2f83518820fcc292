"""The network of the embedded encoder, arranged so that nothing is computed twice.

The model (multilingual Universal Sentence Encoder v3, convolutional): each piece is embedded, projected and normalised;
three branches of two residual convolutions (widths 2, 3 and 5) look at its neighbours; embedding and branches are
normalised together into the piece's *features* (1280). A text's vector is
``head(projection(sum of features) / sqrt(number of pieces))``.

- The embedding, its projection, the first normalisation and the first convolution's products depend on the piece
  alone: `PieceTable` holds them for each distinct piece.
- Features depend on four pieces to either side at most: `Network.features` computes them over a *stream* of pieces, in
  which a row 0 (`PADDING`) stands for "nothing here".
- A row of a `product` depends neither on the others nor on its place, so a text's vector is the same bytes whatever
  it was batched with.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from align._internal.arrays import Places
from align._internal.parallel import one_blas_thread
from align._internal.products import UNIT, Factor, product, summed_product
from align.encoders.base import Vectors
from align.encoders.use.files import NetworkWeights, embedding_rows, network_weights, vocabulary_size

DIMENSION = 512
BRANCH = 256
ORDERS = (
    (2, 0),
    (3, 1),
    (5, 2),
)  # width of a branch's convolutions, and how many of its slots lie to the left
FEATURES = DIMENSION + len(ORDERS) * BRANCH
REACH = 4  # pieces to either side that a piece's features depend on
PADDING = 0
BLOCK = 8_192  # most pieces, context aside, whose rows may be asked for at once
CAPACITY = BLOCK + 256  # distinct pieces kept between calls (13 KB each)


def normalise(x: Vectors, eps: float) -> Vectors:
    """Rows less their mean, divided by their standard deviation, in place."""
    x -= x.mean(axis=1, keepdims=True)
    variance = np.einsum("ij,ij->i", x, x)
    variance /= x.shape[1]
    x *= np.reciprocal(np.sqrt(variance + np.float32(eps)))[:, None]
    return x


def _taken(rows: Vectors, places: Places, out: Vectors | None = None) -> Vectors:
    """Some rows; written straight into `out`, for no place is beyond them."""
    if out is None:
        out = np.empty((len(places), rows.shape[1]), np.float32)
    return np.take(rows, places, axis=0, out=out, mode="clip")


class PieceTable:
    """What depends on a piece alone, for each distinct piece met; row 0 is padding, all zero.

    Attributes:
        embedding: ``(rows, 512)``.
        projected: one ``(rows, 256)`` array for each branch.
        products: for each branch and slot, the piece's part of the first convolution (the bias with the piece's own).
    """

    def __init__(self, weights: NetworkWeights) -> None:
        widths = [width for width, _ in ORDERS]
        self._eps = float(weights["eps"])
        self._projection = Factor(np.hstack([weights[f"proj{width}"] for width in widths]))
        self._projection_bias = np.hstack([weights[f"proj_b{width}"] for width in widths])
        self._scale = np.hstack([weights[f"ln_g{width}"] for width in widths])
        self._shift = np.hstack([weights[f"ln_b{width}"] for width in widths])
        self._kernels = [Factor(np.hstack(np.split(weights[f"w1_{width}"], width))) for width in widths]
        self._biases = [weights[f"b1_{width}"] for width in widths]
        self._row_of = np.zeros(vocabulary_size(), np.int32)
        self._used = 1
        # Memory is only taken as rows are written.
        self.embedding = np.zeros((CAPACITY, DIMENSION), np.float32)
        self.projected = [np.zeros((CAPACITY, BRANCH), np.float32) for _ in ORDERS]
        self.products = [
            [np.zeros((CAPACITY, BRANCH), np.float32) for _ in range(width)] for width, _ in ORDERS
        ]

    def rows(self, pieces: NDArray[np.integer[Any]]) -> Places:
        """The rows of these pieces, computing those not met before; a full table starts again, with new rows."""
        new = np.unique(pieces[self._row_of[pieces] == 0])
        if self._used + len(new) > CAPACITY:
            self._row_of[:] = 0
            self._used = 1
            new = np.unique(pieces)
        for start in range(0, len(new), 512):
            self._fill(new[start : start + 512])
        rows: Places = self._row_of[pieces].astype(np.intp)
        return rows

    def _fill(self, pieces: NDArray[np.integer[Any]]) -> None:
        span = slice(self._used, self._used + len(pieces))
        embedding = self.embedding[span] = embedding_rows(pieces)
        projected = product(embedding, self._projection)
        projected += self._projection_bias
        normalise(projected, self._eps)
        projected *= self._scale
        projected += self._shift
        for branch, (width, left) in enumerate(ORDERS):
            mine = self.projected[branch][span] = projected[:, branch * BRANCH : (branch + 1) * BRANCH]
            parts = product(mine, self._kernels[branch])
            parts[:, left * BRANCH : (left + 1) * BRANCH] += self._biases[branch]
            for slot in range(width):
                self.products[branch][slot][span] = parts[:, slot * BRANCH : (slot + 1) * BRANCH]
        self._row_of[pieces] = np.arange(self._used, self._used + len(pieces))
        self._used += len(pieces)


class Network:
    """Features of a stream of pieces, and the head that turns their sums into vectors."""

    def __init__(self) -> None:
        weights = network_weights()
        self._eps = float(weights["eps"])
        self._second = [Factor(weights[f"w2_{width}"]) for width, _ in ORDERS]
        self._second_bias = [weights[f"b2_{width}"] for width, _ in ORDERS]
        self._project = Factor(weights["ln_g"][:, None] * weights["cnn_W"])
        with one_blas_thread():
            self._per_piece = weights["ln_b"] @ weights["cnn_W"] + weights["cnn_b"]
        self._hidden_size = weights["d0"].shape[1]
        self._first = Factor(np.hstack([weights["d0"], weights["p1"]]))
        self._head = {name: Factor(weights[name]) for name in ("d1", "d2", "d3", "p3")}
        self.table = PieceTable(weights)

    def features(self, stream: Places, at: Places | slice) -> Vectors:
        """Features (before the last scale and shift, which `vectors` applies to sums) of some places of a stream.

        Args:
            stream: rows of the table, with at least `REACH` rows (of context or padding) around every place asked.
            at: the places, counted from ``stream[REACH]``.
        """
        pieces = stream[REACH:-REACH][at]
        out = np.empty((len(pieces), FEATURES), np.float32)
        out[:, :DIMENSION] = _taken(self.table.embedding, pieces)
        for branch in range(len(ORDERS)):
            place = DIMENSION + branch * BRANCH
            self._convolve(branch, self._hidden(branch, stream), at, out[:, place : place + BRANCH])
        return normalise(out, self._eps)

    def _hidden(self, branch: int, stream: Places) -> Vectors:
        """Output of a branch's first convolution for ``stream[2:-2]``, zero at padding, and `UNIT` rows of zeros."""
        width, left = ORDERS[branch]
        stop = len(stream) - 2
        products = self.table.products[branch]
        room = np.zeros((len(stream) - 4 + UNIT, BRANCH), np.float32)
        hidden = _taken(products[left], stream[2:stop], room[:-UNIT])
        more = np.empty_like(hidden)
        for slot in range(width):
            if slot != left:
                shift = slot - left
                hidden += _taken(products[slot], stream[2 + shift : stop + shift], more)
        np.maximum(hidden, 0, out=hidden)
        hidden += _taken(self.table.projected[branch], stream[2:stop], more)
        hidden[stream[2:stop] == PADDING] = 0
        return room

    def _convolve(self, branch: int, hidden: Vectors, at: Places | slice, out: Vectors) -> None:
        """The second convolution of a branch at some places of the stream."""
        width, left = ORDERS[branch]
        count = len(hidden) - 4
        # What each slot sees: views of one array, where all places are asked for.
        seen = [hidden[2 - left + slot : 2 - left + slot + count][at] for slot in range(width)]
        summed_product(seen, self._second[branch], out)
        out += self._second_bias[branch]
        np.maximum(out, 0, out=out)
        out += seen[left][: len(out)]

    def project(self, sums: Vectors) -> Vectors:
        """Sums of features, ``(n, 1280)``, in the space where they are added: ``(n, 512)``."""
        return product(sums, self._project)

    def vectors(self, sums: Vectors, pieces: NDArray[np.integer[Any]]) -> Vectors:
        """Unit vectors from projected sums and numbers of pieces, ``(n, 512)``; `sums` is overwritten."""
        head = self._head
        count = pieces.astype(np.float32)[:, None]
        sums += count * self._per_piece
        sums *= np.reciprocal(np.sqrt(np.maximum(count, 1)))
        both = product(sums, self._first)
        y0 = np.maximum(both[:, : self._hidden_size], 0)
        y1 = both[:, self._hidden_size :] + product(y0, head["d1"])
        np.maximum(y1, 0, out=y1)
        y2 = product(y1, head["d2"])
        np.maximum(y2, 0, out=y2)
        z = product(y1, head["p3"])
        z += product(y2, head["d3"])
        np.tanh(z, out=z)
        length = np.einsum("ij,ij->i", z, z)
        z *= np.reciprocal(np.sqrt(np.maximum(length, np.float32(self._eps))))[:, None]
        return z

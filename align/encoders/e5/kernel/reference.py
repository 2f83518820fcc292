"""The network of the encoder `e5` in numpy: the readable twin of the compiled kernel, which gives the same bytes.

Multilingual-e5-small is a BERT of twelve layers (Devlin et al. 2019; Wang et al. 2024). So that a text's vector is the
same bytes on every processor, and whatever it is batched with, nothing is left to the order in which somebody adds:

- Products with weights are sums of whole numbers: features are rounded to -127 to 127, with a scale for each token and
  each `GROUP` of features. Such a sum stays below 2²⁴, where float32 is exact.
- All other sums have one order: that of `lane_sum` inside a token, from first to last over tokens and over the
  features of a head.
- The exponential is a polynomial written here; nothing is taken from a library but `+ - * /` and the square root, which
  IEEE 754 defines to the last bit. No product is added without being rounded first.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

import numpy as np

from align._internal.arrays import Floats32, Ints
from align.encoders.e5.files import DIMENSION, EPSILON, HEADS
from align.encoders.e5.weights import LEVELS, Layer, Linear, Norm

GROUP = 128  # features that share a scale
LANES = 16
HEAD = DIMENSION // HEADS
_F = np.float32
_LEAST = _F(1e-30)  # the largest feature of a group of zeros
_SHARE = _F(1 / np.sqrt(HEAD))


class Network:
    """The layers, for texts already embedded."""

    def __init__(self, norm: Norm, layers: list[Layer]) -> None:
        self._norm = norm
        self._layers = layers
        self._matrices: dict[int, Floats32] = {}

    def sums(self, embedded: Floats32, bounds: Ints) -> Floats32:
        """Sum of the last states of each text's tokens, ``(texts, 384)``.

        Args:
            embedded: embeddings of the tokens of all texts one behind the other, ``(tokens, 384)``.
            bounds: where each text begins, and the number of tokens.
        """
        state = normalised(embedded, self._norm)
        for layer in self._layers:
            context = attention(self._product(state, layer.attention), bounds)
            state = normalised(state + self._product(context, layer.attended), layer.attention_norm)
            inner = gelu(self._product(state, layer.inner))
            state = normalised(state + self._product(inner, layer.outer), layer.outer_norm)
        return token_sums(state, bounds)

    def _product(self, features: Floats32, linear: Linear) -> Floats32:
        """``features @ weights + bias``, with features rounded group by group."""
        matrix = self._matrices.setdefault(id(linear), linear.levels.astype(_F).T.copy())
        groups = features.reshape(len(features), -1, GROUP)
        largest = np.maximum(np.abs(groups).max(axis=2), _LEAST)
        levels = np.rint(groups * (LEVELS / largest)[:, :, None])
        scales = largest / LEVELS
        out = np.zeros((len(features), matrix.shape[1]), _F)
        for group in range(groups.shape[1]):
            whole = levels[:, group] @ matrix[group * GROUP : (group + 1) * GROUP]
            out += whole * scales[:, group, None]
        out *= linear.scales
        out += linear.bias
        return out


def normalised(state: Floats32, norm: Norm) -> Floats32:
    """Layer normalisation of each token."""
    size = _F(DIMENSION)
    centred = state - (lane_sum(state) / size)[:, None]
    variance = lane_sum(centred * centred) / size
    out: Floats32 = centred * (_F(1) / np.sqrt(variance + EPSILON))[:, None] * norm.gain + norm.shift
    return out


def attention(joined: Floats32, bounds: Ints) -> Floats32:
    """What each token takes from the tokens of its text; `joined`: queries, keys and values, ``(tokens, 3 * 384)``."""
    out = np.empty((len(joined), DIMENSION), _F)
    for start, stop in pairwise(bounds.tolist()):
        heads = joined[start:stop].reshape(stop - start, 3, HEADS, HEAD).transpose(1, 2, 0, 3)
        out[start:stop] = _attend(*heads).transpose(1, 0, 2).reshape(stop - start, DIMENSION)
    return out


def _attend(queries: Floats32, keys: Floats32, values: Floats32) -> Floats32:
    """``(heads, tokens, 32)`` each."""
    scores = np.zeros((HEADS, queries.shape[1], keys.shape[1]), _F)
    for feature in range(HEAD):
        scores += queries[:, :, feature, None] * keys[:, None, :, feature]
    scores *= _SHARE
    weights = exponential(scores - scores.max(axis=2, keepdims=True))
    total = np.zeros(weights.shape[:2], _F)
    out = np.zeros(queries.shape, _F)
    for token in range(keys.shape[1]):
        total += weights[:, :, token]
        out += weights[:, :, token, None] * values[:, token, None, :]
    out /= total[:, :, None]
    return out


_LOG2_E = _F(1.44269504)
_LN2_HIGH, _LN2_LOW = _F(0.693359375), _F(-2.12194440e-4)
_SMALLEST = _F(-87)
_FACTORIALS = tuple(_F(1 / n) for n in (720, 120, 24, 6, 2, 1, 1))


def exponential(x: Floats32) -> Floats32:
    """``exp(x)`` for x ≤ 0, to 2 units in the last place; below -87 that of -87."""
    x = np.maximum(x, _SMALLEST)
    power = np.rint(x * _LOG2_E)
    rest = x - power * _LN2_HIGH - power * _LN2_LOW
    out = np.full_like(rest, _FACTORIALS[0])
    for coefficient in _FACTORIALS[1:]:
        out = out * rest + coefficient
    return out * ((power.astype(np.int32) + 127) << 23).view(_F)


_SLOPE = _F(0.3275911 / np.sqrt(2))
_ERF = tuple(map(_F, (1.061405429, -1.453152027, 1.421413741, -0.284496736, 0.254829592)))


def gelu(x: Floats32) -> Floats32:
    """``x Φ(x)``, with the error function of Abramowitz and Stegun 7.1.26 (to 1.5e-7)."""
    size = np.abs(x)
    t = _F(1) / (_F(1) + _SLOPE * size)
    tail = np.full_like(x, _ERF[0])
    for coefficient in _ERF[1:]:
        tail = tail * t + coefficient
    tail = tail * t * exponential(size * size * _F(-0.5)) * _F(0.5)
    out: Floats32 = np.maximum(x, _F(0)) - size * tail
    return out


def token_sums(state: Floats32, bounds: Ints) -> Floats32:
    """Sum over the tokens of each text, from the first to the last."""
    out = np.zeros((len(bounds) - 1, state.shape[1]), _F)
    for rows, texts in _by_place(bounds):
        out[texts] += state[rows]
    return out


def _by_place(bounds: Ints) -> Iterator[tuple[Ints, Ints]]:
    """The first token of every text, then the second of those that have one, and so on: rows and texts."""
    lengths = np.diff(bounds)
    for place in range(int(lengths.max(initial=0))):
        texts = np.flatnonzero(lengths > place)
        yield bounds[texts] + place, texts


def lane_sum(x: Floats32) -> Floats32:
    """Sum of each row: in 16 lanes from left to right, then halves onto halves."""
    lanes = x.reshape(len(x), -1, LANES)
    total = lanes[:, 0].copy()
    for step in range(1, lanes.shape[1]):
        total += lanes[:, step]
    width = LANES
    while width > 1:
        width //= 2
        total = total[:, :width] + total[:, width:]
    found: Floats32 = total[:, 0]
    return found

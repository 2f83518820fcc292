"""The weights of the encoder `e5`, made ready for whole numbers: eight bits a weight and one scale a row.

The file has four bits a weight and a scale for every 32 (`files`). With one scale a row the sums of products are whole
numbers, which every processor adds to the same result in whatever order; the cosine with the vectors of the file's own
weights is 0.9999 or more.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from align._internal.arrays import Floats32, Ints8
from align.encoders.e5.files import DIMENSION, INNER, LAYERS, ModelFile

LEVELS = np.float32(127)  # the largest whole number that stands for a weight or a feature


@dataclass(frozen=True, slots=True)
class Linear:
    """A matrix and what is added behind it.

    Attributes:
        levels: weights in units of `scales`, -127 to 127, ``(outputs, inputs)``.
        scales, bias: of each output.
    """

    levels: Ints8
    scales: Floats32
    bias: Floats32


@dataclass(frozen=True, slots=True)
class Norm:
    """What a layer normalisation multiplies with and adds, ``(384,)`` each."""

    gain: Floats32
    shift: Floats32


@dataclass(frozen=True, slots=True)
class Layer:
    """One layer: attention (queries, keys and values in one matrix), then two matrices with GELU between them."""

    attention: Linear
    attended: Linear
    attention_norm: Norm
    inner: Linear
    outer: Linear
    outer_norm: Norm


def read_layer(file: ModelFile, number: int) -> Layer:
    """The layer of that number."""
    name = f"l{number}."
    return Layer(
        attention=_linear(file, [name + part for part in "qkv"], DIMENSION),
        attended=_linear(file, [name + "ao"], DIMENSION),
        attention_norm=_norm(file, name + "aln"),
        inner=_linear(file, [name + "fi"], DIMENSION),
        outer=_linear(file, [name + "fo"], INNER),
        outer_norm=_norm(file, name + "oln"),
    )


def read_layers(file: ModelFile) -> list[Layer]:
    """All layers, the first first."""
    return [read_layer(file, number) for number in range(LAYERS)]


def embedding_norm(file: ModelFile) -> Norm:
    """The normalisation before the first layer."""
    return _norm(file, "emb.ln")


def _linear(file: ModelFile, names: list[str], inputs: int) -> Linear:
    weights = np.vstack([file.weights(f"{name}.w", inputs) for name in names])
    scales = np.abs(weights).max(axis=1) / LEVELS
    levels = np.rint(weights / scales[:, None]).astype(np.int8)
    return Linear(levels, scales, np.concatenate([file.floats(f"{name}.b") for name in names]))


def _norm(file: ModelFile, name: str) -> Norm:
    return Norm(file.floats(f"{name}.w"), file.floats(f"{name}.b"))

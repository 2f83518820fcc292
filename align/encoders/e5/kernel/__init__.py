"""The network in use: the compiled extension, or its numpy twin where it was not built; both give the same bytes.

``ALIGN_KERNEL=reference`` in the environment chooses the twin.
"""

from __future__ import annotations

from typing import Any, Protocol

import numpy as np

from align._internal.arrays import Floats32, Ints, Ints8
from align._internal.native import compiled
from align.encoders.e5.kernel import reference
from align.encoders.e5.weights import Layer, Linear, Norm

_INTERFACE = 1  # as the compiled network has it; raised there whenever a function changes
COMPILED: Any = compiled("align.encoders.e5.kernel._network", interface=_INTERFACE)

_TILE = 32  # outputs whose weights lie together
_STEP = 4  # inputs of an output that lie side by side


class Network(Protocol):
    """The layers, for texts already embedded; see `reference.Network`."""

    def sums(self, embedded: Floats32, bounds: Ints) -> Floats32: ...


class CompiledNetwork:
    """The layers in the compiled extension."""

    def __init__(self, norm: Norm, layers: list[Layer]) -> None:
        linears = [one for layer in layers for one in _linears(layer)]
        self._levels = np.concatenate([_tiles(one.levels) for one in linears])
        self._numbers = np.concatenate([norm.gain, norm.shift, *map(_numbers, layers)])

    def sums(self, embedded: Floats32, bounds: Ints) -> Floats32:
        """Sum of the last states of each text's tokens, ``(texts, 384)``; see `reference.Network.sums`."""
        found = COMPILED.sums(embedded, bounds, self._levels, self._numbers)
        return np.frombuffer(found, np.float32).reshape(len(bounds) - 1, -1)


def network(norm: Norm, layers: list[Layer]) -> Network:
    """The faster network there is."""
    return CompiledNetwork(norm, layers) if COMPILED else reference.Network(norm, layers)


def _linears(layer: Layer) -> tuple[Linear, ...]:
    return layer.attention, layer.attended, layer.inner, layer.outer


def _numbers(layer: Layer) -> Floats32:
    """What a layer has besides its levels, in the order in which the extension reads it."""
    parts = (
        layer.attention,
        layer.attended,
        layer.attention_norm,
        layer.inner,
        layer.outer,
        layer.outer_norm,
    )
    return np.concatenate(
        [
            number
            for part in parts
            for number in ((part.gain, part.shift) if isinstance(part, Norm) else (part.scales, part.bias))
        ]
    )


def _tiles(levels: Ints8) -> Ints8:
    """Levels as the extension reads them: tiles of 32 outputs, in them four inputs of each output side by side."""
    outputs, inputs = levels.shape
    tiles = levels.reshape(outputs // _TILE, _TILE, inputs // _STEP, _STEP).transpose(0, 2, 1, 3)
    return np.ascontiguousarray(tiles).reshape(-1)

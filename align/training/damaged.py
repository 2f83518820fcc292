"""Encoders that are worse than those at hand: weights for any encoder learn from good vectors and from bad ones."""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import blake2b

import numpy as np

from align.encoders import Encoder, overlaps
from align.encoders.base import EncoderProxy, Overlaps, Vectors


class DamagedEncoder(EncoderProxy):
    """Another encoder's vectors with noise, and drawn towards one direction as those of many encoders are.

    Args:
        encoder: the one whose vectors are damaged.
        noise: length of what is added to a vector of unit length; infinite where nothing is left of it.
        cone: length of what is added to all vectors alike.
    """

    def __init__(self, encoder: Encoder, noise: float, cone: float = 0.0) -> None:
        self._encoder, self.noise, self.cone = encoder, noise, cone

    def overlaps(self, documents: Sequence[Sequence[str]], max_size: int) -> list[Overlaps]:
        """For each document the damaged vectors of its runs."""
        found = overlaps(self._encoder, documents, max_size)
        return [
            DamagedOverlaps(self, vectors, document)
            for vectors, document in zip(found, documents, strict=True)
        ]


class DamagedOverlaps:
    """`Overlaps` with noise: that of a run is the sum of its sentences' noise, as its vector is of theirs."""

    def __init__(self, encoder: DamagedEncoder, vectors: Overlaps, sentences: Sequence[str]) -> None:
        self.max_size, self.dimension = vectors.max_size, vectors.dimension
        self._encoder, self._vectors = encoder, vectors
        noise = [_noise(sentence, self.dimension) for sentence in sentences]
        self._sums = np.cumsum([np.zeros(self.dimension), *noise], axis=0)
        self._cone = encoder.cone * _noise("", self.dimension)

    def __len__(self) -> int:
        return len(self._vectors)

    def singles(self) -> Vectors:
        """The vectors of the single sentences, ``(n, dimension)``."""
        first: Vectors = self.vectors(0, len(self), 1)[0]
        return first

    def vectors(self, start: int, stop: int, max_size: int | None = None) -> Vectors:
        """The runs that end at the sentences `start` to ``stop - 1``: ``(max_size, stop - start, dimension)``."""
        out = self._vectors.vectors(start, stop, max_size).astype(float)
        for before in range(len(out)):
            first = max(start, before)
            ends = np.arange(first, max(stop, first))
            noise = self._sums[ends + 1] - self._sums[ends - before]
            noise /= np.maximum(np.linalg.norm(noise, axis=1, keepdims=True), 1e-9)
            runs = out[before, first - start :]
            if np.isinf(self._encoder.noise):
                runs[:] = noise
            else:
                runs += self._encoder.noise * noise
            runs += self._cone
            runs /= np.maximum(np.linalg.norm(runs, axis=1, keepdims=True), 1e-9)
        return out.astype(np.float32)


def _noise(text: str, dimension: int) -> Vectors:
    """A direction that depends on the text alone."""
    seed = int.from_bytes(blake2b(text.encode("utf-8", "replace"), digest_size=8).digest(), "little")
    vector = np.random.default_rng(seed).standard_normal(dimension)
    unit: Vectors = (vector / np.linalg.norm(vector)).astype(np.float32)
    return unit

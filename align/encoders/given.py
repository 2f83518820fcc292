"""An encoder that the caller made: whatever it gives is checked before it is believed."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from align.encoders.base import Encoder, EncoderProxy, Vectors
from align.encoders.embedder import checked_vectors
from align.errors import EncoderError


class GivenEncoder(EncoderProxy):
    """An `Encoder` whose vectors have unit length and the right shape; whatever else it can do is left as it is."""

    def __init__(self, encoder: Encoder) -> None:
        self._encoder = encoder

    def __repr__(self) -> str:
        return f"<encoder {self._encoder.name!r}>"

    def encode(self, texts: Sequence[str]) -> Vectors:
        """One unit vector for each text, ``(len(texts), dimension)``, float32.

        Raises:
            EncoderError: the encoder fails or gives unusable vectors.
        """
        encoder = self._encoder
        if not texts:
            return np.zeros((0, encoder.dimension), np.float32)
        try:
            vectors = encoder.encode(list(texts))
        except Exception as error:
            why = f"{type(error).__name__}: {' '.join(str(error).split())[:300]}"
            raise EncoderError(f"encoder '{encoder.name}' failed: {why}") from error
        return checked_vectors(vectors, texts, encoder.dimension, encoder.name)

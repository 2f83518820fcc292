"""An encoder that knows nothing: what is aligned with it is aligned by the evidence beyond vectors alone."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from align.encoders.base import Vectors


class BlindEncoder:
    """Zero vectors for all texts, as of an encoder that knows no word of their languages."""

    name = "blind"
    signature = "blind"
    dimension = 1
    languages: frozenset[str] | None = frozenset()

    def encode(self, texts: Sequence[str]) -> Vectors:
        """Zeros, ``(len(texts), 1)``."""
        return np.zeros((len(texts), self.dimension), np.float32)

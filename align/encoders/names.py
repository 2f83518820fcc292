"""From the name a user types to an encoder."""

from __future__ import annotations

from functools import lru_cache

from align.encoders.base import Encoder
from align.errors import EncoderError


@lru_cache(maxsize=8)
def get_encoder(name: str = "use") -> Encoder:
    """The encoder of that name, the same object for the whole process; nothing is loaded before its first use."""
    if name == "use":
        from align.encoders.use import UseEncoder

        return UseEncoder()
    raise EncoderError(f"unknown encoder '{name}'; there is: use")

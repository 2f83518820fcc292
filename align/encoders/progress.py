"""What a slow encoder does meanwhile, logged on "align"."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator, Sequence

BATCH = 64
"""Texts handed over together: what a killed run loses, and what passes between two signs of life."""

_EVERY = 10.0  # seconds between two lines
_log = logging.getLogger("align")


def batches(texts: Sequence[str], encoder: str) -> Iterator[Sequence[str]]:
    """The texts in batches; every ten seconds or batch a line of level INFO says how many of them are done."""
    started = said = time.monotonic()
    for start in range(0, len(texts), BATCH):
        yield texts[start : start + BATCH]
        done, now = start + BATCH, time.monotonic()
        if done < len(texts) and now - said >= _EVERY:
            said = now
            rate = done / (now - started)
            _log.info("encoder '%s': %d of %d texts, %.3g a second", encoder, done, len(texts), rate)

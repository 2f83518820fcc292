"""The options of the pairing."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from align.encoders.base import Encoder


@dataclass(frozen=True, slots=True)
class PairOptions:
    """How translations are found; the defaults suit articles."""

    encoder: str | Encoder = "use"  # the sentence encoder that decides, or its name
    min_probability: float = 0.5  # pairs below it are not accepted
    neighbours: int = 16  # documents of each other language that are compared with a document
    given: tuple[tuple[str, str], ...] = ()  # pairs of ids that are known to be translations
    exclude: tuple[tuple[str, str], ...] = ()  # pairs of ids that are known not to be
    index: str | Path | None = None  # folder that keeps the vectors of earlier batches
    keep: bool = True  # whether the batch is added to the index
    names: bool = True  # whether language codes in ids and file names count as evidence

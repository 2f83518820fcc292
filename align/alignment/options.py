"""How to align."""

from __future__ import annotations

from dataclasses import dataclass

from align._internal.options import check_kinds
from align.alignment.model import load_model
from align.document import LEVELS, Level
from align.encoders.base import Encoder
from align.errors import UsageError


@dataclass(frozen=True, slots=True)
class AlignOptions:
    """How to align.

    Attributes:
        level: "sentence" aligns paragraphs first and sentences inside them; "paragraph" stops there.
        max_size: most units on one side of a bead, 1 to 9; None for what was best for the level.
        encoder: the encoder, or its name; "auto" takes for each pair the one that knows both languages.

    Raises:
        UsageError: `max_size` is out of range.
    """

    level: Level = "sentence"
    max_size: int | None = None
    encoder: str | Encoder = "auto"

    def __post_init__(self) -> None:
        check_kinds(self)
        if self.level not in LEVELS:
            raise UsageError(f"level {self.level!r}: choose sentence or paragraph")
        if self.max_size is not None and not 1 <= self.max_size <= 9:
            raise UsageError(f"max_size is {self.max_size}; beads have 1 to 9 units on a side")

    @property
    def of_paragraphs(self) -> AlignOptions:
        """The options for the paragraphs of a document; `max_size` is about the units of `level`."""
        return self if self.level == "paragraph" else AlignOptions("paragraph", None, self.encoder)

    @property
    def size(self) -> int:
        """Most units on one side of a bead: `max_size`, or what was best for the level (the same in every set)."""
        return load_model(self.level).max_size if self.max_size is None else self.max_size

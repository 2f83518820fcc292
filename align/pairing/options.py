"""The options of the pairing."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from align._internal.options import check_kinds
from align.encoders.base import Encoder
from align.errors import UsageError
from align.text.languages import parse


@dataclass(frozen=True, slots=True)
class PairOptions:
    """How translations are found; the defaults suit articles.

    Raises:
        UsageError: an option is out of its range.
    """

    encoder: str | Encoder = (
        "auto"  # the sentence encoder that decides, or its name; auto goes by the languages
    )
    min_probability: float = 0.5  # pairs below it are not accepted
    neighbours: int = 16  # documents of each other language that are compared with a document
    given: tuple[tuple[str, str], ...] = ()  # pairs of ids that are known to be translations
    exclude: tuple[tuple[str, str], ...] = ()  # pairs of ids that are known not to be
    index: str | Path | None = None  # folder that keeps the vectors of earlier batches
    keep: bool = True  # whether the batch is added to the index
    source_language: str | None = None  # the source of all pairs that have it; None: the id that sorts first
    names: bool = True  # whether language codes in ids and file names count as evidence

    def __post_init__(self) -> None:
        check_kinds(self)
        if not 0 <= self.min_probability <= 1:
            raise UsageError(f"min_probability {self.min_probability:g}: give a probability between 0 and 1")
        if self.neighbours < 1:
            raise UsageError(f"neighbours {self.neighbours}: give at least 1")
        if self.source_language is not None:
            object.__setattr__(self, "source_language", parse(self.source_language))
        for name in ("given", "exclude"):
            object.__setattr__(self, name, id_pairs(getattr(self, name), name))


def id_pairs(pairs: Iterable[tuple[str, str]], name: str) -> tuple[tuple[str, str], ...]:
    """Pairs of document ids, checked; `name` is what they are called in a message.

    Raises:
        UsageError: they are no pairs of texts.
    """
    remedy = "give pairs of ids, such as [('a', 'b')]; a file of them is read by align.read_given(path)"
    if isinstance(pairs, str | bytes | Path) or not isinstance(pairs, Iterable):
        raise UsageError(f"{name}: {pairs!r} is no list of pairs; {remedy}")
    found = []
    for number, pair in enumerate(pairs):
        if not isinstance(pair, tuple | list) or [type(id) for id in pair] != [str, str]:
            raise UsageError(f"{name}[{number}]: {pair!r} is no pair; {remedy}")
        found.append((pair[0], pair[1]))
    return tuple(found)

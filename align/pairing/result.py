"""What the pairing found: pairs, sets of versions, and what stayed without a partner."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from align._internal.tables import write_table

COLUMNS = (
    "source",
    "target",
    "source_language",
    "target_language",
    "probability",
    "source_coverage",
    "target_coverage",
    "runner_up",
    "margin",
    "set",
    "evidence",
    "warning",
)


@dataclass(frozen=True, slots=True)
class DocumentPair:
    """Two documents that are translations of each other.

    Attributes:
        source, target: ids; the source is the one that sorts first.
        source_language, target_language: tags (BCP 47) as declared, or codes as detected.
        probability: calibrated probability that they are translations, wholly or in part; 1 for given ones.
        source_coverage, target_coverage: share of each text that the other accounts for.
        runner_up: the next best partner in the same variant of a language, of the source or of the target, or "".
        margin: mean score of this pair less that of the runner-up's; None without a runner-up.
        set: number of the set of versions that both belong to.
        evidence: ``text``, with ``sentences`` where they were aligned to be sure, ``names`` where ids agree, ``set``
            where other versions vouch for it; or ``given``.
        warning: what a person should look at, or "".
    """

    source: str
    target: str
    source_language: str
    target_language: str
    probability: float
    source_coverage: float
    target_coverage: float
    runner_up: str = ""
    margin: float | None = None
    set: int = 0
    evidence: str = "text"
    warning: str = ""

    def cells(self) -> list[object]:
        """The values of `COLUMNS`."""
        return [getattr(self, name) for name in COLUMNS]


@dataclass(frozen=True)
class Pairs:
    """All translation pairs of a batch.

    Attributes:
        pairs: sorted by source, then target.
        unpaired: the ids of the documents without a partner, in input order, and why each has none.
        sets: for each number its documents, sorted; at least two each.
        warnings: what the user should know about the batch as a whole.
        signature: encoder, weights and options that decided.
    """

    pairs: tuple[DocumentPair, ...]
    unpaired: dict[str, str]
    sets: tuple[tuple[str, ...], ...]
    warnings: tuple[str, ...] = ()
    signature: dict[str, object] = field(default_factory=dict)

    @property
    def columns(self) -> tuple[str, ...]:
        """The names of what `DocumentPair.cells` gives."""
        return COLUMNS

    def __len__(self) -> int:
        return len(self.pairs)

    def __iter__(self) -> Iterator[DocumentPair]:
        return iter(self.pairs)

    @cached_property
    def _by_id(self) -> dict[str, list[DocumentPair]]:
        found: dict[str, list[DocumentPair]] = {}
        for pair in self.pairs:
            found.setdefault(pair.source, []).append(pair)
            found.setdefault(pair.target, []).append(pair)
        return found

    def of(self, id: str) -> list[DocumentPair]:
        """The pairs of one document."""
        return self._by_id.get(id, [])

    def worst(self, count: int = 20) -> list[DocumentPair]:
        """The pairs to look at first: the least probable, then the smallest margin."""
        return sorted(
            self.pairs,
            key=lambda p: (p.probability, 2.0 if p.margin is None else p.margin, p.source, p.target),
        )[:count]

    def write(self, path: str | Path) -> int:
        """Writes the pairs as TSV (columns `COLUMNS`; ``-`` is standard output); returns their number."""
        return write_table(path, COLUMNS, (pair.cells() for pair in self.pairs))

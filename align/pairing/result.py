"""What the pairing found: pairs, sets of versions, and what stayed without a partner."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from align._internal.files import IN_PYTHON, refuse_existing
from align._internal.tables import cell, write_table
from align._internal.wording import counted

if TYPE_CHECKING:
    import pyarrow as pa

PAIR_COLUMNS = (
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
PAIR_TYPES = dict.fromkeys(("probability", "source_coverage", "target_coverage", "margin"), float) | {
    "set": int
}


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
            where other versions support it; or ``given``.
        warning: what a person should check, or "".
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

    def __repr__(self) -> str:
        languages = f"{self.source_language or '?'}-{self.target_language or '?'}"
        warning = f", warning {self.warning!r}" if self.warning else ""
        return (
            f"DocumentPair({self.source!r}, {self.target!r}: {languages}, probability {self.probability:.3f}, "
            f"{self.source_coverage:.0%} and {self.target_coverage:.0%} covered{warning})"
        )

    def cells(self) -> list[object]:
        """The values of `PAIR_COLUMNS`."""
        return [getattr(self, name) for name in PAIR_COLUMNS]


@dataclass(frozen=True)
class Pairs:
    """All translation pairs of a batch.

    Attributes:
        pairs: sorted by source, then target.
        unpaired: the ids of the documents without a partner, in input order, and why each has none.
        sets: for each number its documents, sorted; at least two each.
        warnings: what the user should know about the batch as a whole.
        signature: encoder, weights and options that decided.
        rivals: for pairs of earlier batches (sorted ids) the runner-up that this one brings, and the margin.
    """

    pairs: tuple[DocumentPair, ...]
    unpaired: dict[str, str]
    sets: tuple[tuple[str, ...], ...]
    warnings: tuple[str, ...] = ()
    signature: dict[str, object] = field(default_factory=dict)
    rivals: dict[tuple[str, str], tuple[str, float]] = field(default_factory=dict)

    def __repr__(self) -> str:
        warnings = f"; {counted(len(self.warnings), 'warning')}" if self.warnings else ""
        return (
            f"Pairs: {counted(len(self.pairs), 'pair of translations')} in {counted(len(self.sets), 'set')}, "
            f"{counted(len(self.unpaired), 'document')} without a partner{warnings}\n"
            ".pairs .worst() .of(id) .unpaired .sets .warnings .to_pandas() .to_arrow() .write(path)"
        )

    def _repr_html_(self) -> str:
        from align._internal.notebook import table_html

        rows = (pair.cells() for pair in self.pairs)
        return table_html(repr(self).split("\n")[0], PAIR_COLUMNS, rows, len(self.pairs))

    @property
    def columns(self) -> tuple[str, ...]:
        """The names of what `DocumentPair.cells` gives."""
        return PAIR_COLUMNS

    def with_rival(self, row: dict[str, str]) -> dict[str, str]:
        """The row of an earlier pair in a table, with the runner-up and the margin that it has since this batch."""
        a, b = sorted((row["source"], row["target"]))
        id, margin = self.rivals.get((a, b), ("", math.inf))
        if margin >= float(row.get("margin") or math.inf):
            return row
        return {**row, "runner_up": id, "margin": str(cell(margin))}

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

    def of(self, id: str) -> tuple[DocumentPair, ...]:
        """The pairs of one document."""
        return tuple(self._by_id.get(id, ()))

    def worst(self, count: int = 20) -> tuple[DocumentPair, ...]:
        """The pairs to check first: the least probable, then the smallest margin."""
        doubt = sorted(
            self.pairs,
            key=lambda p: (p.probability, 2.0 if p.margin is None else p.margin, p.source, p.target),
        )
        return tuple(doubt[:count])

    def to_arrow(self) -> pa.Table:
        """The pairs as a table (columns `PAIR_COLUMNS`)."""
        from align._internal.arrow import table_of

        return table_of(PAIR_COLUMNS, (pair.cells() for pair in self.pairs), PAIR_TYPES)

    def to_pandas(self) -> Any:
        """`to_arrow` as a data frame.

        Raises:
            UsageError: pandas is not installed.
        """
        from align._internal.arrow import to_pandas

        return to_pandas(self.to_arrow())

    def write(self, path: str | Path, *, overwrite: bool = False) -> int:
        """Writes the pairs as TSV (columns `PAIR_COLUMNS`; ``-`` is standard output); returns their number.

        Raises:
            OutputError: the file exists already, or cannot be written.
        """
        if not overwrite:
            refuse_existing(path, remedy=IN_PYTHON)
        return write_table(path, PAIR_COLUMNS, (pair.cells() for pair in self.pairs))

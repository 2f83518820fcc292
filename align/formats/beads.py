"""A bead as it stands in a file: positions and texts in place of indices; and TSV, which carries all of it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from align._internal.tables import read_table, write_table
from align.errors import InputError, OutputError

COLUMNS = ("bead", "type", "source_positions", "target_positions", "confidence", "source", "target")
KINDS = {"bead": int, "confidence": float}  # of the columns that are no texts


@dataclass(frozen=True, slots=True)
class BeadRow:
    """One bead with its number in the alignment, the positions of its units and their joined texts.

    `review` (accepted, or open where nobody decided), `reviewer` and `reviewed` (UTC, ISO 8601) are not part of a
    bead file: they come from the review of a run and go with its exports.
    """

    bead: int
    type: str
    source_positions: tuple[str, ...]
    target_positions: tuple[str, ...]
    confidence: float
    source: str
    target: str
    review: str = "open"
    reviewer: str = ""
    reviewed: str = ""

    @property
    def is_gap(self) -> bool:
        return not (self.source_positions and self.target_positions)


def write_tsv(path: str | Path, rows: Iterable[BeadRow]) -> int:
    """Writes beads as TSV (columns `COLUMNS`), gaps included; returns their number."""
    return write_table(path, COLUMNS, map(row_cells, rows))


def row_cells(row: BeadRow) -> tuple[object, ...]:
    """A bead as the cells of `COLUMNS`."""
    return (
        row.bead,
        row.type,
        " ".join(row.source_positions),
        " ".join(row.target_positions),
        row.confidence,
        row.source,
        row.target,
    )


def read_tsv(path: str | Path) -> Iterator[BeadRow]:
    """The beads of a file that `write_tsv` wrote.

    Raises:
        InputError: the file is missing, altered or of another kind; names the line.
    """
    try:
        for number, row in enumerate(read_table(path), 2):
            try:
                yield BeadRow(
                    int(row["bead"]),
                    row["type"],
                    tuple(row["source_positions"].split()),
                    tuple(row["target_positions"].split()),
                    float(row["confidence"]),
                    row["source"],
                    row["target"],
                )
            except (KeyError, ValueError) as error:
                raise InputError(
                    f"{path}, line {number}: not a bead ({error}); expected columns {', '.join(COLUMNS)}"
                ) from None
    except OutputError as error:
        raise InputError(str(error)) from None

"""A bead as it stands in a file: positions and texts in place of indices; and TSV, which carries all of it."""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from align._internal.tables import SAVE_AGAIN, cell, read_table, table_writer, write_table
from align.document import parse_position
from align.errors import InputError, OutputError

BEAD_COLUMNS = (
    "bead",
    "type",
    "source_positions",
    "target_positions",
    "confidence",
    "source",
    "target",
    "reordered",
)
BEAD_TYPES = {"bead": int, "confidence": float, "reordered": bool}  # of the columns that are no texts
DOUBTFUL = 0.7  # a bead or gap of lower confidence is doubtful, until somebody has decided on it
_FLAGS = {"yes": True, "true": True, "no": False, "false": False, "": False}
_REMEDY = f"expected columns {', '.join(BEAD_COLUMNS)}; {SAVE_AGAIN}"


@dataclass(frozen=True, slots=True)
class BeadRow:
    """One bead with its number in the alignment, the positions of its units and their joined texts.

    `reordered`: the two sides stand in another order than their neighbours; the aligner says so, or a reviewer.
    `review` (accepted, or open where nobody decided), `reviewer` and `reviewed` (UTC, ISO 8601) are not part of a
    bead file: they come from the review of a run and go with its exports. So do `checks`, the names of those that it
    fails (`align.checks`), where an export was asked for them.
    """

    bead: int
    type: str
    source_positions: tuple[str, ...]
    target_positions: tuple[str, ...]
    confidence: float
    source: str
    target: str
    reordered: bool = False
    review: str = "open"
    reviewer: str = ""
    reviewed: str = ""
    checks: tuple[str, ...] = ()

    @property
    def is_gap(self) -> bool:
        return not (self.source_positions and self.target_positions)

    @property
    def is_doubtful(self) -> bool:
        """Nobody has decided on it, and its confidence is below `DOUBTFUL`; gaps included."""
        return self.review == "open" and self.confidence < DOUBTFUL


def write_tsv(path: str | Path, rows: Iterable[BeadRow]) -> int:
    """Writes beads as TSV (columns `BEAD_COLUMNS`), gaps included; returns their number."""
    return write_table(path, BEAD_COLUMNS, map(row_cells, rows))


def tsv_bytes(rows: Iterable[BeadRow]) -> bytes:
    """What `write_tsv` writes."""
    stream = io.StringIO(newline="")
    writer = table_writer(stream)
    writer.writerow(BEAD_COLUMNS)
    writer.writerows([cell(value) for value in row_cells(row)] for row in rows)
    return stream.getvalue().encode()


def row_cells(row: BeadRow) -> tuple[object, ...]:
    """A bead as the cells of `BEAD_COLUMNS`."""
    return (
        row.bead,
        row.type,
        " ".join(row.source_positions),
        " ".join(row.target_positions),
        row.confidence,
        row.source,
        row.target,
        row.reordered,
    )


def read_tsv(path: str | Path) -> Iterator[BeadRow]:
    """The beads of a file that `write_tsv` wrote; without a column `reordered` none of them is.

    Raises:
        InputError: the file is missing, altered or of another kind; names the line.
    """
    try:
        for number, row in enumerate(read_table(path, BEAD_COLUMNS[:-1], remedy=_REMEDY), 2):
            try:
                yield BeadRow(
                    int(row["bead"]),
                    row["type"],
                    _positions(row["source_positions"]),
                    _positions(row["target_positions"]),
                    float(row["confidence"].replace(",", ".")),
                    row["source"],
                    row["target"],
                    _FLAGS[row.get("reordered", "").lower()],
                )
            except (KeyError, ValueError) as error:
                raise InputError(
                    f"{path}, line {number}: not a bead ({error}); expected columns {', '.join(BEAD_COLUMNS)}"
                ) from None
    except OutputError as error:
        raise InputError(str(error)) from None


def _positions(named: str) -> tuple[str, ...]:
    positions = tuple(named.split())
    for position in positions:
        parse_position(position)  # whoever sorts by positions may rely on them
    return positions

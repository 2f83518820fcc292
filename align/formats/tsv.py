"""The TSV of a whole corpus: the columns of a bead file after those that say which documents a bead is from."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from align._internal.tables import write_table
from align.formats.beads import BEAD_COLUMNS, row_cells, write_tsv
from align.formats.bitext import Bitext, Written

# Stable: a column keeps its name, place and meaning; new ones are appended.
CORPUS_COLUMNS = (
    "source_document", "target_document", "source_language", "target_language",
    *BEAD_COLUMNS[:-1],
    "review", "reviewer", "reviewed", BEAD_COLUMNS[-1],
)  # fmt: skip
CHECKS = "checks"  # behind them, where an export was asked for it: the names of the checks that a bead fails


def write_bitexts_tsv(
    path: str | Path, bitexts: Sequence[Bitext], *, spreadsheet_safe: bool = False
) -> Written:
    """A bead file where one pair of texts has no ids; `CORPUS_COLUMNS` otherwise. Gaps are kept.

    `spreadsheet_safe`: no text is taken for a formula by a spreadsheet, see `align._internal.tables`.
    """
    if len(bitexts) == 1 and not (bitexts[0].source_document or bitexts[0].target_document):
        return Written(write_tsv(path, bitexts[0].rows), 0, (str(path),))
    columns = (*CORPUS_COLUMNS, CHECKS) if any(b.checked for b in bitexts) else CORPUS_COLUMNS
    count = write_table(path, columns, _cells(bitexts), spreadsheet_safe=spreadsheet_safe)
    return Written(count, 0, (str(path),))


def _cells(bitexts: Sequence[Bitext]) -> Iterator[tuple[object, ...]]:
    for b in bitexts:
        origin = (b.source_document, b.target_document, b.source_language, b.target_language)
        for row in b.rows:
            *cells, reordered = row_cells(row)
            checks = (" ".join(row.checks),) if b.checked else ()
            yield (*origin, *cells, row.review, row.reviewer, row.reviewed, reordered, *checks)

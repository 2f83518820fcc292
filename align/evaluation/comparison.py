"""Bead files of either kind, Vecalign's lines or our TSV, made comparable."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from align._internal.tables import read_header
from align.document import parse_position
from align.errors import InputError, UsageError
from align.evaluation.gold import read_bead_lines
from align.evaluation.metrics import BeadIndices, Reliability, Scores, bead_set, reliability, score_beads

_Positions = tuple[tuple[int, ...], ...]  # as `parse_position` gives them
_Row = tuple[_Positions, _Positions, float | None]


@dataclass(frozen=True, slots=True)
class FileScores:
    """A file of beads compared with gold.

    Attributes:
        reliability: of the confidences of the file, None where it has none (or where they are costs, beyond 0 to 1).
    """

    scores: Scores
    reliability: Reliability | None


def compare_files(gold: str | Path, test: str | Path) -> FileScores:
    """Scores the beads of one file against those of another.

    Raises:
        InputError: a file is missing or malformed; names the line.
        UsageError: one file numbers its units by line, the other by paragraph and sentence.
    """
    wanted, given = read_rows(Path(gold)), read_rows(Path(test))
    if not wanted:
        raise InputError(f"{gold}: holds no beads to score against; name a file of gold")
    if given and _has_sentences(wanted) != _has_sentences(given):
        raise UsageError(
            f"{gold} and {test} number their units differently (p7 and p7s2); "
            "align ready-made lines (--units lines) to compare with line numbers"
        )
    number = {p: k for k, p in enumerate(sorted({p for row in wanted + given for p in row[0] + row[1]}))}

    def as_set(rows: Sequence[_Row]) -> set[BeadIndices]:
        return bead_set(
            ([number[p] for p in source], [number[p] for p in target]) for source, target, _ in rows
        )

    right = as_set(wanted)
    judged = [(c, as_set([(s, t, c)]) <= right) for s, t, c in given if c is not None]
    usable = bool(judged) and all(0 <= c <= 1 for c, _ in judged)
    return FileScores(score_beads(right, as_set(given)), reliability(judged) if usable else None)


def read_rows(path: Path) -> list[_Row]:
    """Positions of both sides and the confidence of every bead of a file.

    Raises:
        InputError: as `compare_files`.
    """
    if not path.is_file():
        raise InputError(f"{path}: no such file; give a file of beads, Vecalign's lines or TSV")
    if _is_table(path):
        from align.formats.beads import read_tsv

        return [
            (_parsed(row.source_positions), _parsed(row.target_positions), row.confidence)
            for row in read_tsv(path)
        ]
    return [(tuple((i,) for i in s), tuple((j,) for j in t), c) for s, t, c in read_bead_lines(path)]


def _is_table(path: Path) -> bool:
    try:
        return "source_positions" in read_header(path)
    except (UnicodeError, csv.Error):
        return False


def _parsed(positions: Sequence[str]) -> _Positions:
    return tuple(map(parse_position, positions))


def _has_sentences(rows: Sequence[_Row]) -> bool:
    return any(len(position) > 1 for row in rows for position in row[0] + row[1])

"""Pairs that the user gives: a table whose first two columns are document ids."""

from __future__ import annotations

import csv
from pathlib import Path

from align._internal.tables import SAVE_AGAIN, read_rows
from align.errors import InputError

_HEADERS = frozenset(["source", "id1", "doc1", "document", "src", "left", "a"])


def read_given(path: str | Path) -> tuple[tuple[str, str], ...]:
    """The pairs of a table: ids in the first two columns, a header line or none, lines that begin with # skipped.

    Tabs, semicolons or commas part the cells, as the first line shows; UTF-8 or UTF-16.

    Raises:
        InputError: the file cannot be read, or a line has fewer than two ids; names the line.
    """
    try:
        return tuple(_pairs(path, list(read_rows(path))))
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({error.strerror}); check the path") from error
    except (UnicodeError, csv.Error) as error:
        raise InputError(
            f"{path}: is not a table of text ({error}); expected two ids a line; {SAVE_AGAIN}"
        ) from error


def _pairs(path: str | Path, rows: list[tuple[int, list[str]]]) -> list[tuple[str, str]]:
    pairs = []
    for at, (number, row) in enumerate(rows):
        if not any(row) or row[0].startswith("#"):
            continue
        if at == 0 and row[0].strip().casefold() in _HEADERS:
            continue
        if len(row) < 2 or not row[0].strip() or not row[1].strip():
            raise InputError(
                f"{path}, line {number}: two ids separated by a tab are expected; found {row[0]!r}"
            )
        pairs.append((row[0].strip(), row[1].strip()))
    return pairs

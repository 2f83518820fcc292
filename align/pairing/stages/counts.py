"""Sums over a batch: how many of its documents have each paragraph, number or name, mark and word.

They are written once, sorted, and mapped into the memory of whoever asks: no process holds all of them.
"""

from __future__ import annotations

import os
import socket
from collections.abc import Iterable, Iterator, Mapping
from itertools import groupby
from pathlib import Path
from typing import BinaryIO

import numpy as np
import pyarrow as pa

from align._internal.arrays import Array, Ints
from align._internal.arrow import integers, strings
from align._internal.runs import numbers_of
from align.errors import InputError
from align.text.languages import variant

COUNTED = pa.schema(
    [
        ("kind", pa.string()),
        ("scope", pa.string()),  # the language, or the variant of one, among whose documents it is counted
        ("value", pa.int64()),
        ("count", pa.int64()),
    ]
)
PARAGRAPHS, KEYS, MARKS, PIECES = "paragraphs", "keys", "marks", "pieces"

Tables = Mapping[tuple[str, str], str]
"""The files of what was counted (a path without its ending), by kind and scope."""


def counted(kind: str, scope: str, values: Iterable[Array]) -> pa.RecordBatch:
    """How many of these documents, whose values are distinct, have each value."""
    everything = np.concatenate(
        [*(np.asarray(own).astype(np.int64) for own in values), np.zeros(0, np.int64)]
    )
    found, counts = np.unique(everything, return_counts=True)
    named = [strings([text] * len(found)) for text in (kind, scope)]
    return pa.record_batch([*named, integers(found), integers(counts)], schema=COUNTED)


def count_paragraphs(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """The paragraphs (`COUNTED`) of documents (``tag``, and ``paragraph_marks``: their distinct fingerprints)."""
    for batch in batches:
        by_variant: dict[str, list[Ints]] = {}
        for tag, marks in zip(batch["tag"].to_pylist(), batch["paragraph_marks"].to_pylist(), strict=True):
            if marks:
                by_variant.setdefault(variant(tag) or "", []).append(np.array(marks, np.int64))
        for scope, marks in by_variant.items():
            yield counted(PARAGRAPHS, scope, marks)


def write_counts(batches: Iterable[pa.RecordBatch], folder: Path) -> Tables:
    """Writes sums (`COUNTED`, sorted by kind, scope and value) below a folder, and names the files of each scope."""
    folder.mkdir(parents=True, exist_ok=True)
    tables: dict[tuple[str, str], str] = {}
    for batch in batches:
        names = zip(batch["kind"].to_pylist(), batch["scope"].to_pylist(), strict=True)
        start = 0
        for table, rows in groupby(names):
            size = sum(1 for _ in rows)
            path = tables.setdefault(table, str(folder / str(len(tables))))
            part = batch.slice(start, size)
            for name in ("value", "count"):
                with Path(f"{path}.{name}").open("ab") as stream:
                    _append(stream, numbers_of(part, name))
            start += size
    return tables


def _append(stream: BinaryIO, numbers: Ints) -> None:
    stream.write(np.ascontiguousarray(numbers, np.int64).tobytes())


class Counts:
    """How many documents have each of some values; none where nothing was counted (no `path`)."""

    def __init__(self, path: str | None) -> None:
        self.values, self.counts = (_mapped(path and f"{path}.{name}") for name in ("value", "count"))

    def __call__(self, values: Array) -> Ints:
        """The count of each value, 0 where it is not there."""
        wanted = np.asarray(values).astype(np.int64)
        if not len(self.values):
            return np.zeros(len(wanted), np.int64)
        at = np.minimum(np.searchsorted(self.values, wanted), len(self.values) - 1)
        found: Ints = np.where(self.values[at] == wanted, self.counts[at], 0)
        return found


class ParagraphCounts:
    """`align.pairing.blocks.Frequencies` of a batch, as far as a paragraph stands on several documents."""

    def __init__(self, tables: Tables) -> None:
        self._tables = tables
        self._of: dict[str, Counts] = {}

    def get(self, key: tuple[str, int], default: int, /) -> int:
        """On how many documents of a variant a paragraph stands."""
        scope, mark = key
        if scope not in self._of:
            self._of[scope] = Counts(self._tables.get((PARAGRAPHS, scope)))
        return int(self._of[scope](np.array([mark], np.uint64))[0]) or default


def _mapped(path: str | None) -> Ints:
    if path is None:
        return np.zeros(0, np.int64)
    require_here(path)
    return np.memmap(path, np.int64, "r")


def require_here(path: str) -> None:
    """Raises InputError where this machine does not see what another one wrote."""
    if not os.path.lexists(path):
        where = socket.gethostname()
        raise InputError(
            f"{path}: is not there on {where}; what is made on the way must lie where all machines see it"
        )

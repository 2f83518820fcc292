"""Sets of versions, component by component of the probable pairs, and why the other documents have no partner."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import pyarrow as pa

from align._internal.runs import whole_runs
from align.pairing.assemble import assemble_pairs
from align.pairing.grouping import Edge
from align.pairing.result import PAIR_COLUMNS, PAIR_TYPES
from align.pairing.stages.compared import JUDGED, edge_of, runs_of, take
from align.pairing.stages.whole import Batch

# A document of a component (``number``), or a pair that one of its documents belongs to (``number`` is null).
COMPONENTS = pa.schema([("cell", pa.int64()), ("number", pa.int64()), *JUDGED])
PAIR, UNPAIRED, SET = "pair", "unpaired", "set"
_OF_A_PAIR = [
    (name, pa.float64() if PAIR_TYPES.get(name) is float else pa.string())
    for name in PAIR_COLUMNS
    if name != "set"
]
GROUPED = pa.schema(
    [
        ("row", pa.string()),  # a pair, a document without a partner (`source_number`), or a set
        ("first", pa.string()),  # the document of the set, or of the pair's set, that sorts first
        ("source_number", pa.int64()),
        ("target_number", pa.int64()),
        ("reason", pa.string()),
        *_OF_A_PAIR,
    ]
)


@dataclass(frozen=True)
class Wishes:
    """The pairs that the user gives and excludes, by numbers; `named`, as by their names, those of the latter."""

    given: frozenset[Edge] = frozenset()
    excluded: frozenset[Edge] = frozenset()
    named: frozenset[Edge] = frozenset()


def group(batches: Iterable[pa.RecordBatch], batch: Batch, wishes: Wishes) -> Iterator[pa.RecordBatch]:
    """What becomes (`GROUPED`) of the documents of components (`COMPONENTS`, sorted by cell)."""
    for table in whole_runs(batches, "cell"):
        found = [row for rows in runs_of(table, "cell") for row in _grouped(rows, batch, wishes)]
        yield pa.RecordBatch.from_pylist(found, schema=GROUPED)


def _grouped(rows: list[dict[str, Any]], batch: Batch, wishes: Wishes) -> Iterator[dict[str, Any]]:
    members = sorted(row["number"] for row in rows if row["number"] is not None)
    edges = sorted((row for row in rows if row["number"] is None), key=edge_of)
    comparison = batch.naming(wishes.named | {edge_of(row) for row in edges if row["named"]})
    for row in edges:
        take(comparison, row)
        if row["copy"]:
            comparison.note_copy(*edge_of(row))
    comparison.rank_partners()
    inside = frozenset(members)
    given = {edge for edge in wishes.given if inside.issuperset(edge)}
    found = assemble_pairs(
        comparison, given, set(wishes.excluded), batch.options, (), {}, dict.fromkeys(members)
    )
    numbers = {comparison.profiles[number].id: number for number in members}
    for pair in found:
        ends = {"source_number": numbers[pair.source], "target_number": numbers[pair.target]}
        told = {name: getattr(pair, name) for name, _ in _OF_A_PAIR}
        yield {"row": PAIR, "first": found.sets[pair.set][0], **ends, **told}
    for id, reason in found.unpaired.items():
        yield {"row": UNPAIRED, "source_number": numbers[id], "reason": reason}
    for ids in found.sets:
        yield {"row": SET, "first": ids[0]}

"""What a pairing on Spark leaves: tables whose lines executors make, and counts."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from align.corpus.status import DOCUMENT_COLUMNS, Entries, with_partner
from align.engines.spark.checkpoints import Checkpoints
from align.engines.spark.frames import dense, told_by_spark
from align.engines.spark.outcome import lines
from align.engines.spark.pairs import Found
from align.pairing.result import PAIR_COLUMNS, DocumentPair, Pairs
from align.pairing.stages.grouped import PAIR, SET, UNPAIRED

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

Row = dict[str, Any]


def pairs_of(stages: Checkpoints, found: Found) -> DataFrame:
    """The pairs, with the numbers of their sets: those by the documents of each that sort first."""
    from pyspark.sql import functions as f

    def sets() -> DataFrame:
        firsts = found.grouped.where(f"row = '{SET}'").select("first").sort("first")
        return firsts.withColumn("at", f.monotonically_increasing_id())

    numbered = stages.stage("sets", sets)
    of_sets = dense(numbered, "`set`").select("first", "set")
    pairs = found.grouped.where(f"row = '{PAIR}'").join(of_sets, "first")
    return pairs.select("source_number", "target_number", *PAIR_COLUMNS)


def documents_of(found: Found, pairs: DataFrame) -> DataFrame:
    """Each document (`align.pairing.stages.documents.DOCUMENTS`) with its ``reason`` or ``partners``."""
    from pyspark.sql import functions as f

    sides = pairs.selectExpr(
        "source_number as number", "struct(source, target, target as partner, probability) as partner"
    ).union(
        pairs.selectExpr(
            "target_number as number", "struct(source, target, source as partner, probability) as partner"
        )
    )
    partners = sides.groupBy("number").agg(f.sort_array(f.collect_list("partner")).alias("partners"))
    alone = found.grouped.where(f"row = '{UNPAIRED}'").selectExpr("source_number as number", "reason")
    facts = found.facts.selectExpr("number", "place", "problem as killed")
    known = facts.join(partners, "number", "left").join(alone, "number", "left").drop("number")
    columns = ("place", "id", "source", "line", "language", "warning", "tag", "said", "paragraphs")
    documents = found.documents.select(*columns, "problem").join(known, "place", "left")
    return documents.withColumn("problem", f.coalesce("problem", "killed")).drop("killed")


def document_row(row: Row) -> Iterator[list[object]]:
    """The line of a table of documents that says what became of one."""
    entries = Entries()
    entry = entries.add(row)
    if entry.status != "failed":
        entries.note(row["id"], language=row["tag"], paragraphs=row["paragraphs"], reason=row["reason"])
        entries.warn(row["id"], row["said"] or [])
        entry = entries[row["id"]]
        for partner in row["partners"] or []:
            entry = with_partner(replace(entry, reason=None), partner["partner"], partner["probability"])
    yield [getattr(entry, name) for name in DOCUMENT_COLUMNS]


def pair_row(row: Row) -> Iterator[list[object]]:
    """The line of a pair."""
    yield [row[name] for name in PAIR_COLUMNS]


def lines_of_pairs(stages: Checkpoints, pairs: DataFrame) -> Iterator[pa.RecordBatch]:
    """The pairs as lines of their table, sorted by their documents."""
    stages.stage("pair lines", lambda: lines(pairs.sort("source", "target"), pair_row))
    return stages.batches("pair lines")


def doubts_of(found: Found) -> list[str]:
    """What the user should know of the languages of documents, in the order of reading."""
    with told_by_spark("looking for doubts"):
        doubts = found.documents.selectExpr("place", "explode(doubts) as doubt").sort("place").collect()
    return [row.doubt for row in doubts]


def result_of(stages: Checkpoints, found: Found) -> Pairs:
    """The pairs, and the reasons why other documents have no partner; the sets are left out."""
    stages.stage("pairs", lambda: pairs_of(stages, found).sort("source", "target"))
    names = found.facts.select("number", "id")
    alone = found.grouped.where(f"row = '{UNPAIRED}'").selectExpr("source_number as number", "reason")
    stages.stage("alone", lambda: alone.join(names, "number").select("id", "reason"))
    return Pairs(
        tuple(DocumentPair(**row) for row in _rows(stages, "pairs", PAIR_COLUMNS)),
        {row["id"]: row["reason"] for row in _rows(stages, "alone", ("id", "reason"))},
        (),
        (*doubts_of(found), *found.warnings),
    )


def languages_of(stages: Checkpoints, found: Found) -> Iterator[Row]:
    """Of each document its ``id``, language (``tag``), what is ``said`` of that, ``paragraphs``, or the ``problem``."""
    with told_by_spark("looking for documents that cannot be used"):
        killed = found.facts.where("problem is not null").select("id", "problem").collect()
    problems = {row.id: row.problem for row in killed}
    for row in _rows(stages, "documents", ("id", "tag", "said", "paragraphs", "problem")):
        yield {**row, "problem": problems.get(row["id"], row["problem"])}


def _rows(stages: Checkpoints, name: str, columns: Sequence[str]) -> Iterator[Row]:
    for batch in stages.batches(name, list(columns)):
        yield from batch.to_pylist()


def lines_of_documents(stages: Checkpoints, documents: DataFrame) -> Iterator[pa.RecordBatch]:
    """What became of each document as lines of a table, in the order of reading."""
    stages.stage("document lines", lambda: lines(documents.sort("place"), document_row))
    return stages.batches("document lines")

"""What a deduplication on Spark leaves: tables whose lines executors make, kept documents, and counts."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from align._internal.files import atomic
from align._internal.tables import cell, table_writer
from align.corpus.rewrite import WHOLE
from align.corpus.status import DOCUMENT_COLUMNS, deduplicated
from align.dedup.find import note_of
from align.dedup.options import Cut
from align.dedup.result import Removal
from align.dedup.stages.documents import repeat_of
from align.dedup.tables import (
    BOILERPLATE_COLUMNS,
    CLUSTER_COLUMNS,
    DUPLICATE_COLUMNS,
    REPEAT_COLUMNS,
    rows_of_repeats,
)
from align.engines.spark.checkpoints import Checkpoints
from align.engines.spark.dedup import Found, few
from align.engines.spark.files import KEPT_ROWS, WRITTEN, Source, check_written, write_kept_rows
from align.engines.spark.frames import Batches, mapped, together, told_by_spark
from align.pairing.stages.documents import READ
from align.reading import ReadOptions

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

Row = dict[str, Any]
_LINES = pa.schema([("lines", pa.binary())])
_STAYS = "problem is null and refused is null"
_OUTCOME = "similarity", "kind", "class", "first", "second"


def identity(stages: Checkpoints, documents: DataFrame) -> Iterator[pa.RecordBatch]:
    """What tells this batch from others, in order of reading: fingerprints, ids, languages, preferences, problems."""
    columns = ("print1", "print2", "rank_id", "language", "prefer", "problem")
    stages.stage("identity", lambda: documents.select("number", *columns).sort("number").drop("number"))
    return stages.batches("identity")


def write_tables(
    stages: Checkpoints,
    found: Found,
    sketches: DataFrame,
    folder: Path,
    names: dict[str, str],
    cut: Cut,
    ngram: int,
    boilerplate: DataFrame | None,
) -> None:
    """Writes those of documents, duplicates, clusters, repeats and boilerplate that have `names`, below `folder`."""
    documents = with_outcome(found)
    parts: dict[str, tuple[Sequence[str], Callable[[], DataFrame]]] = {
        "documents": (
            DOCUMENT_COLUMNS,
            lambda: lines(documents.sort("number"), document_row, ngram),
        ),
        "duplicates": (DUPLICATE_COLUMNS, lambda: lines(found.pairs.sort("id1", "id2"), pair_row)),
        "clusters": (
            CLUSTER_COLUMNS,
            lambda: lines(
                documents.where("kept is not null").sort("kept", "class", "first", "second"), cluster_row
            ),
        ),
        "repeats": (REPEAT_COLUMNS, lambda: lines(_repeats(documents, sketches), repeat_rows, cut)),
    }
    if boilerplate is not None:
        parts["boilerplate"] = (
            BOILERPLATE_COLUMNS,
            lambda: lines(_boilerplate(boilerplate, found.documents), boilerplate_row),
        )
    for name in names:
        columns, make = parts[name]
        stages.stage(f"{name} lines", make)
        write_lines(folder / names[name], columns, stages.batches(f"{name} lines"))


def with_outcome(found: Found) -> DataFrame:
    """The documents with what is kept for each that is removed, by number and by id."""
    names = found.documents.selectExpr("number as kept", "id as kept_id")
    removed = found.removed.select("number", "kept", *_OUTCOME).join(names, "kept")
    return found.documents.join(removed, "number", "left")


def _boilerplate(runs: DataFrame, documents: DataFrame) -> DataFrame:
    """The runs of boilerplate in order of reading, with the ids of their documents."""
    names = documents.select("number", "id")
    first = names.selectExpr("number as first_number", "id as first_id")
    return runs.join(names, "number").join(first, "first_number").sort("number", "start")


def _repeats(documents: DataFrame, sketches: DataFrame) -> DataFrame:
    """Documents with repeats, in order of reading; behind them those that got the name of another version."""
    repeats = sketches.where("repeats is not null").select("number", "repeats")
    read = documents.where("problem is null").select("number", "id", "kept", "moved", "moved_group")
    order = "moved is not null", "if(moved is null, number, moved_group)", "coalesce(moved, 0L)"
    keyed = read.join(repeats, "number").selectExpr(
        "id", "kept", "repeats", *(f"{value} as o{n}" for n, value in enumerate(order))
    )
    return keyed.sort("o0", "o1", "o2")


# ---- lines -----------------------------------------------------------------------------------------------------


def lines(rows: DataFrame, form: Callable[..., Iterable[Sequence[object]]], *args: Any) -> DataFrame:
    """Rows as lines of a table, which executors make; `form` as in `lines_of`."""
    return mapped(rows, lines_of, _LINES, form, args)


def lines_of(
    batches: Batches, form: Callable[..., Iterable[Sequence[object]]], args: tuple[Any, ...]
) -> Iterator[pa.RecordBatch]:
    """The lines of a table, a block for each batch; `form` makes the rows of a table of one row."""
    for batch in batches:
        stream = io.StringIO(newline="")
        writer = table_writer(stream)
        for row in batch.to_pylist():
            writer.writerows([cell(value) for value in line] for line in form(row, *args))
        yield pa.record_batch([pa.array([stream.getvalue().encode()], pa.binary())], schema=_LINES)


def write_lines(path: Path, columns: Sequence[str], blocks: Iterable[pa.RecordBatch]) -> None:
    """Writes a table of these columns, whose lines are made."""
    with atomic(path, binary=True) as out:
        head = io.StringIO(newline="")
        table_writer(head).writerow(columns)
        out.write(head.getvalue().encode())
        for batch in blocks:
            for block in batch["lines"].to_pylist():
                out.write(block)


def document_row(row: Row, ngram: int) -> Iterator[Sequence[object]]:
    """The line of ``documents.tsv`` that says what became of a document."""
    removal = None
    if row["kept"] is not None:
        removal = Removal(row["id"], row["kept_id"], row["similarity"], row["kind"])
    entry = deduplicated(row, row["problem"] or row["refused"], removal, note_of(row["totals"], ngram))
    yield [getattr(entry, name) for name in DOCUMENT_COLUMNS]


def pair_row(row: Row) -> Iterator[Sequence[object]]:
    """The line of ``duplicates.tsv`` of a pair."""
    yield row["id1"], row["id2"], f"{row['similarity']:.6f}", row["kind"], False, "", ""


def cluster_row(row: Row) -> Iterator[Sequence[object]]:
    """The line of ``clusters.tsv`` of a removed document."""
    yield row["kept_id"], row["id"], f"{row['similarity']:.6f}", row["kind"], False


def repeat_rows(row: Row, cut: Cut) -> Iterator[Sequence[object]]:
    """The lines of ``repeats.tsv`` of a document."""
    repeats = map(repeat_of, row["repeats"])
    yield from rows_of_repeats(row["id"], repeats, removed=row["kept"] is not None, cut=cut)


def boilerplate_row(row: Row) -> Iterator[Sequence[object]]:
    """The line of ``boilerplate.tsv`` of a run of lines, which is never cut here."""
    start, end, first = row["start"], row["end"], row["first_line"]
    yield row["id"], start, end, row["documents"], row["first_id"], first, first + end - start, "listed"


# ---- kept documents and counts ---------------------------------------------------------------------------------


def write_kept(
    stages: Checkpoints,
    found: Found,
    sketches: DataFrame,
    sources: Sequence[Source],
    folder: Path,
    reading: ReadOptions,
    cut: Cut,
) -> list[str]:
    """Has executors write what stays of each source below `folder`; returns the names of the files.

    Raises:
        EngineError: they wrote to another folder than the driver sees.
    """
    kept = with_cuts(kept_documents(found).select("number", "line"), sketches, cut)
    rows = kept.selectExpr("shiftright(number, 32) as file", f"coalesce(line, {WHOLE}L) as line", "cuts")
    places = {n: (s.item.path, s.item.source, s.kept_as) for n, s in enumerate(sources)}
    make = together(rows.select(*KEPT_ROWS.names), "file")
    stages.stage(
        "kept", lambda: mapped(make, write_kept_rows, WRITTEN, str(folder.absolute()), reading, places)
    )
    written = [tuple(row.values()) for batch in stages.batches("kept") for row in batch.to_pylist()]
    names = [name for _, name in sorted(written)]
    check_written(folder, names)
    return names


def with_cuts(documents: DataFrame, sketches: DataFrame, cut: Cut) -> DataFrame:
    """Documents by ``number`` with the lines that are cut from each (start, end, start, end ...), or null."""
    if cut != "repeats":
        return documents.selectExpr("*", "cast(null as array<bigint>) as cuts")
    repeats = sketches.where("repeats is not null").select("number", "repeats")
    lines = "flatten(transform(repeats, r -> array(r.line_second_start, r.line_second_end))) as cuts"
    return documents.join(repeats, "number", "left").selectExpr(*documents.columns, lines)


def kept_texts(rows: DataFrame, found: Found, sketches: DataFrame, cut: Cut) -> DataFrame:
    """The documents that stay (`align.pairing.stages.documents.READ`) of those that were read, with what is cut."""
    kept = kept_documents(found).selectExpr("number as place", "number", "id")
    named = few(with_cuts(kept, sketches, cut).drop("number"))
    return rows.drop("id", "cuts").join(named, "place").select(*READ.names)


def told(stages: Checkpoints, found: Found) -> Iterator[dict[str, Any]]:
    """What became of each document, in the order of reading, as `Entries.note_outcomes` takes it."""
    columns = ("id", "warning", "problem", "refused", "kept_id", "similarity", "kind")
    rows = with_outcome(found).select("number", *columns).sort("number").drop("number")
    stages.stage("outcome", lambda: rows)
    for batch in stages.batches("outcome"):
        yield from batch.to_pylist()


def kept_documents(found: Found) -> DataFrame:
    """The documents that stay."""
    removed = found.removed.select("number")
    return found.documents.where(_STAYS).join(removed, "number", "left_anti")


def counts(found: Found, sketches: DataFrame, boilerplate: DataFrame | None) -> dict[str, int]:
    """What `align dedup` says of its outcome."""
    from pyspark.sql import functions as f

    with told_by_spark("counting"):
        kinds = {row["kind"]: row["count"] for row in found.removed.groupBy("kind").count().collect()}
        documents = found.documents.count()
        failed = documents - found.documents.where(_STAYS).count()
        read = found.documents.where("problem is null").select("number")
        passages = sketches.where("repeats is not null").join(read, "number", "left_semi")
        repeats = passages.agg(f.sum(f.size("repeats"))).first()[0] or 0
        pairs = found.pairs.count()
        runs = boilerplate.count() if boilerplate is not None else 0
    return {
        "documents": documents,
        "kept": documents - failed - sum(kinds.values()),
        **{kind: kinds.get(kind, 0) for kind in ("identical", "near", "contained")},
        **({"version": kinds["version"]} if "version" in kinds else {}),
        "failed": failed,
        "pairs": pairs,
        "repeats": int(repeats),
        "boilerplate": runs,
        "compared": found.compared,
        "crowded": found.crowded,
    }

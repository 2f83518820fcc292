"""Deduplication on Spark: the order of the stages, and the shuffles between them.

No table of documents or pairs ever comes to the driver; what does is a count, or a handful of bands.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from align._internal.runs import combined, whole_runs
from align.dedup.dates import NO_FIELD
from align.dedup.find import CROWDED
from align.dedup.options import DedupOptions
from align.dedup.stages.buckets import (
    BANDS,
    BUCKETS,
    CROWDED_BUCKET,
    PAIR,
    band_rows,
    bucket_pairs,
    overcrowded,
    spared_bands,
)
from align.dedup.stages.documents import DOCUMENTS, READ, settle_documents
from align.dedup.stages.removals import REMOVALS, removals_of_cells
from align.dedup.stages.verify import CELLS, NEAR, star_pairs, verify_cells, verify_joined
from align.engines.spark import components
from align.engines.spark.checkpoints import Checkpoints
from align.engines.spark.frames import Batches, mapped, together, told_by_spark
from align.engines.spark.large import linked_rows, removals_of_large_cells
from align.engines.spark.lookup import hashes_of_cells
from align.errors import InputError, UsageError

if TYPE_CHECKING:
    from pyspark.sql import Column, DataFrame

# The part of an id that names made from it share: behind the last colon, without the numbers at its end.
_ROOT = r"regexp_replace(regexp_replace(id, '(?s)^.*:', ''), '(#[0-9]+)+$', '')"
_USABLE = "problem is null and refused is null"


FEW = 2_000_000  # rows of two numbers that go to every executor, with some 100 MB, rather than texts' hashes to them


@dataclass(frozen=True, slots=True)
class Limits:
    """From where on things are done in another way; the outcome is the same."""

    crowded: int = CROWDED  # documents in a bucket
    cell: int = 50_000  # documents that are verified together
    in_one_task: int = components.IN_ONE_TASK  # pairs whose components one task finds


@dataclass(frozen=True, slots=True)
class Found:
    """What was found, as data frames.

    Attributes:
        documents: `align.dedup.stages.documents.DOCUMENTS`.
        pairs: ``number1, number2, id1, id2, similarity, kind``.
        removed: ``number, kept`` (numbers), ``similarity, kind``, and ``class, first, second``: the order of telling.
        compared: pairs of documents that were verified.
        crowded: buckets in which not all pairs were compared.
    """

    documents: DataFrame
    pairs: DataFrame
    removed: DataFrame
    compared: int
    crowded: int


def check_options(options: DedupOptions) -> None:
    """Raises UsageError for what Spark cannot do."""
    if options.containment is not None:
        raise UsageError("containment is not looked for on Spark; leave it out, or take the local engine")
    if options.spare or options.passages:
        name = "spare" if options.spare else "passages"
        raise UsageError(f"{name} is not there on Spark; leave it out, or take the local engine")
    if options.differences:
        raise UsageError(
            "differences are not told on Spark; say so with --differences 0 (on this machine, too, for the same bytes)"
        )


# ---- documents -------------------------------------------------------------------------------------------------


def settled_documents(
    stages: Checkpoints, sketches: DataFrame, options: DedupOptions, field: str | None
) -> DataFrame:
    """What is known of each document once the ids of all are known (`DOCUMENTS`).

    Raises:
        InputError: no usable document has the field by which duplicates are chosen.
    """
    rows = sketches.select(*READ.names)
    documents = stages.stage("documents", lambda: _settled(rows, options, field))
    if field is not None:
        with told_by_spark("looking for the preferred field"):
            usable = documents.where("problem is null")
            if usable.limit(1).count() and not usable.where("prefer is not null").limit(1).count():
                raise InputError(NO_FIELD.format(field))
    return documents


def _settled(rows: DataFrame, options: DedupOptions, field: str | None) -> DataFrame:
    usable = rows.where("problem is null")
    if usable.groupBy("id").count().where("count > 1").limit(1).count():
        rows = together(rows.selectExpr("*", f"{_ROOT} as root"), "root")
        return mapped(rows, settle_by_root, DOCUMENTS, options, field)
    return mapped(rows, settle_apart, DOCUMENTS, options, field)


def settle_by_root(batches: Batches, options: DedupOptions, field: str | None) -> Iterator[pa.RecordBatch]:
    """`settle_documents` where ids repeat: those that can get each other's names come together."""
    for table in whole_runs(batches, "root"):
        yield from settle_documents(table.select(READ.names), options, field).to_batches()


def settle_apart(batches: Batches, options: DedupOptions, field: str | None) -> Iterator[pa.RecordBatch]:
    """`settle_documents` where all ids differ."""
    for batch in batches:
        yield from settle_documents(combined([batch]), options, field).to_batches()


# ---- pairs -----------------------------------------------------------------------------------------------------


def find_pairs(
    stages: Checkpoints, sketches: DataFrame, documents: DataFrame, options: DedupOptions, limits: Limits
) -> Found:
    """All verified pairs, and what is removed for which document."""
    from pyspark.sql import functions as f

    texts = stages.stage("texts", lambda: _texts(documents, options))
    unique = texts.where("leader is null")
    buckets = stages.stage("buckets", lambda: _buckets(sketches, unique, limits))
    dense = buckets.where(f"kind = {PAIR}").select("first", "second")
    crowded = _crowded(buckets)
    starry = _starry(stages, sketches, unique, buckets, options, limits) if crowded else None
    dense = stages.stage("candidates", dense.distinct)
    linked = dense.union(_pairs_of(starry)) if starry is not None else dense
    cells = components.cells(stages, linked, in_one_task=limits.in_one_task)
    sizes = cells.groupBy("cell").count().where(f"count > {limits.cell}").select("cell")
    large = stages.stage("large cells", lambda: sizes)
    verified = stages.stage("near", lambda: _verified(stages, sketches, dense, cells, large, options))
    every = verified.union(starry) if starry is not None else verified
    near = every.where("first >= 0").distinct()
    with told_by_spark("counting comparisons"):
        compared = every.where("first < 0").agg(f.sum("shared")).first()[0] or 0
    removals = stages.stage("removals", lambda: _removals(stages, near, cells, large, texts, options))
    versions = stages.stage("versions", lambda: _versions(sketches, documents))
    pairs = stages.stage("pairs", lambda: _named(_all_pairs(near, texts, versions), documents))
    removed = stages.stage("removed", lambda: _removed(removals, texts, versions, documents))
    return Found(documents, pairs, removed, int(compared), crowded)


def order_columns(options: DedupOptions) -> list[Column]:
    """What documents are kept by, the first to be kept first."""
    from pyspark.sql import functions as f

    if options.keep == "first":
        return [f.col("number")]
    return [f.col("precedence"), -f.col("lengths"), f.col("again"), f.col("rank_id"), f.col("number")]


def _texts(documents: DataFrame, options: DedupOptions) -> DataFrame:
    """The documents that are compared; those with a text that one before them has, with that one as `leader`.

    The same shingles make sure: of one fingerprint for two texts nothing would come.
    """
    from pyspark.sql import Window
    from pyspark.sql import functions as f

    same = Window.partitionBy("print1", "print2").orderBy(*order_columns(options))
    once = documents.where("compared").withColumn("again", f.expr("cast(repeated > 0 as bigint)"))
    first = once.withColumn("lengths", f.expr("lengths - repeated")).select(
        "number", "counts", "lengths", "again", "precedence", "rank_id", "digest",
        f.first("number").over(same).alias("of"), f.first("digest").over(same).alias("of_digest"),
    )  # fmt: skip
    leader = f.when((f.col("of") != f.col("number")) & (f.col("digest") == f.col("of_digest")), f.col("of"))
    return first.withColumn("leader", leader).drop("of", "of_digest", "digest")


def _band_rows(sketches: DataFrame, unique: DataFrame) -> DataFrame:
    keys = sketches.select("number", "keys").join(few(unique.select("number")), "number", "left_semi")
    return mapped(keys, band_rows_of, BANDS)


def band_rows_of(batches: Batches) -> Iterator[pa.RecordBatch]:
    """`band_rows` of every batch."""
    yield from map(band_rows, batches)


def _buckets(sketches: DataFrame, unique: DataFrame, limits: Limits) -> DataFrame:
    rows = together(_band_rows(sketches, unique), "band", "key", then=("number",))
    return mapped(rows, bucket_pairs, BUCKETS, limits.crowded)


def _crowded(buckets: DataFrame) -> int:
    with told_by_spark("counting crowded buckets"):
        return int(buckets.where(f"kind = {CROWDED_BUCKET}").count())


def _starry(
    stages: Checkpoints,
    sketches: DataFrame,
    unique: DataFrame,
    buckets: DataFrame,
    options: DedupOptions,
    limits: Limits,
) -> DataFrame:
    """The near-duplicates (`NEAR`) in crowded buckets, along their stars."""
    crowded = buckets.where(f"kind = {CROWDED_BUCKET}").selectExpr("band", "key", "first as size")
    over = f"size > {overcrowded(limits.crowded)}"
    with told_by_spark("looking for overcrowded buckets"):
        spared = spared_bands(row.band for row in crowded.where(over).select("band").distinct().collect())
    if spared:
        crowded = crowded.where(f"not ({over} and band in ({', '.join(map(str, spared))}))")
    return stages.stage("stars", lambda: _star_pairs(sketches, unique, crowded, options))


def _star_pairs(
    sketches: DataFrame, unique: DataFrame, crowded: DataFrame, options: DedupOptions
) -> DataFrame:
    inside = _band_rows(sketches, unique).join(crowded.select("band", "key"), ["band", "key"], "left_semi")
    hashes = sketches.select("number", "hashes")
    rows = inside.join(unique, "number").join(hashes, "number")
    ordered = together(rows, "band", "key", then=tuple(order_columns(options)))
    return mapped(ordered.select("band", "key", "number", "hashes"), star_pairs, NEAR, options.threshold)


def _pairs_of(near: DataFrame) -> DataFrame:
    return near.where("first >= 0").select("first", "second")


def _verified(
    stages: Checkpoints,
    sketches: DataFrame,
    dense: DataFrame,
    cells: DataFrame,
    large: DataFrame,
    options: DedupOptions,
) -> DataFrame:
    """The near-duplicates among the candidates: in cells, and pair by pair where a cell is large.

    Of all hashes only those of documents with candidates are moved, each once.
    """
    hashes = sketches.select("number", "hashes")
    any_large = bool(large.limit(1).count())
    small = cells.join(large, "cell", "left_anti") if any_large else cells
    own = stages.stage("small cells", lambda: small.sort("number"))
    pairs = dense.join(own.withColumnRenamed("number", "first"), "first").select("cell", "first", "second")
    documents = mapped(hashes, hashes_of_cells, CELLS, str(stages.folder_of("small cells")))
    rows = documents.union(pairs.selectExpr("*", "cast(null as binary) as hashes"))
    in_cells = mapped(together(rows, "cell"), verify_cells, NEAR, options.threshold)
    if not any_large:
        return in_cells
    rest = cells.join(large, "cell", "left_semi").selectExpr("number as first")
    apart = dense.join(rest, "first", "left_semi")
    return in_cells.union(compared_apart(apart, hashes, options.threshold))


def few(rows: DataFrame) -> DataFrame:
    """The rows, to be sent to every executor where they are few: what they are joined with then stays where it is."""
    from pyspark.sql import functions as f

    return f.broadcast(rows) if rows.limit(FEW + 1).count() <= FEW else rows


def compared_apart(pairs: DataFrame, hashes: DataFrame, threshold: float) -> DataFrame:
    """Pairs (first, second), each verified by itself (`NEAR`); with a threshold of 0 all come back."""
    involved = pairs.selectExpr("first as number").union(pairs.selectExpr("second as number")).distinct()
    own = hashes.join(few(involved), "number", "left_semi")
    first = own.selectExpr("number as first", "hashes as first_hashes")
    second = own.selectExpr("number as second", "hashes as second_hashes")
    joined = pairs.join(first, "first").join(second, "second")
    rows = joined.select("first", "second", "first_hashes", "second_hashes")
    return mapped(rows, verify_joined, NEAR, threshold)


# ---- what is removed -------------------------------------------------------------------------------------------


def _removals(
    stages: Checkpoints,
    near: DataFrame,
    cells: DataFrame,
    large: DataFrame,
    texts: DataFrame,
    options: DedupOptions,
) -> DataFrame:
    """The documents that go for the sake of a near one (`REMOVALS`)."""
    small = cells.join(large, "cell", "left_anti")
    inside = near.join(small.withColumnRenamed("number", "first"), "first")
    rows = together(linked_rows(inside, small, texts), "cell")
    found = mapped(rows, removals_of_cells, REMOVALS, options.keep == "first")
    with told_by_spark("looking for large cells"):
        if not large.limit(1).count():
            return found
    rest = cells.join(large, "cell", "left_semi")
    return found.union(removals_of_large_cells(stages, near, rest, texts, order_columns(options), options))


def _versions(sketches: DataFrame, documents: DataFrame) -> DataFrame:
    """Each version that does not stay (`second`) with the one that does, and what both have in common."""
    hashes = sketches.select("number", "hashes")
    superseded = documents.where("winner is not null").selectExpr("winner as first", "number as second")
    return compared_apart(superseded, hashes, 0.0).where("first >= 0")


_REMOVED = ("number", "kept", "similarity", "kind", "class", "first", "second")
_SIMILARITY = "shared / greatest(size, 1L) as similarity"


def _removed(removals: DataFrame, texts: DataFrame, versions: DataFrame, documents: DataFrame) -> DataFrame:
    """What is removed for which kept document; what holds for a text holds for its copies, and for a version's."""
    near = removals.selectExpr(
        "number", "kept", _SIMILARITY, "'near' as kind", "0 as class", "number as first", "0L as second"
    )
    of_leader = near.selectExpr("number as leader", "kept", "similarity", "kind")
    copies = texts.where("leader is not null").join(of_leader, "leader", "left")
    same = copies.selectExpr(
        "number", "coalesce(kept, leader) as kept", "coalesce(similarity, 1D) as similarity",
        "coalesce(kind, 'identical') as kind", "1 as class", "number as first", "0L as second",
    )  # fmt: skip
    gone = near.union(same)
    of_winner = gone.selectExpr("number as winner", "kept")
    order = documents.where("winner is not null").selectExpr("number", "winner", "`group`", "place")
    similarity = versions.selectExpr("second as number", _SIMILARITY)
    superseded = order.join(similarity, "number").join(of_winner, "winner", "left")
    return gone.union(
        superseded.selectExpr(
            "number", "coalesce(kept, winner) as kept", "similarity", "'version' as kind", "2 as class",
            "`group` as first", "place as second",
        )
    )  # fmt: skip


# ---- the table of pairs ----------------------------------------------------------------------------------------


def _all_pairs(near: DataFrame, texts: DataFrame, versions: DataFrame) -> DataFrame:
    """Pairs of all kinds by numbers; those of a text once more for its second copy."""
    from pyspark.sql import functions as f

    copies = texts.where("leader is not null")
    second = copies.groupBy("leader").agg(f.min("number").alias("copy"))
    firsts, seconds = (
        second.selectExpr(f"leader as {side}", f"copy as copy_{side}") for side in ("first", "second")
    )
    wide = near.join(firsts, "first", "left").join(seconds, "second", "left")
    sides = (
        "array(struct(first as p, second as q), struct(copy_first as p, second as q), "
        "struct(first as p, copy_second as q), struct(copy_first as p, copy_second as q))"
    )
    every = wide.selectExpr(f"explode({sides}) as pair", _SIMILARITY).where(
        "pair.p is not null and pair.q is not null"
    )
    parts = [
        every.selectExpr("pair.p as first", "pair.q as second", "similarity", "'near' as kind"),
        copies.selectExpr("leader as first", "number as second", "1D as similarity", "'identical' as kind"),
        versions.selectExpr("first", "second", _SIMILARITY, "'version' as kind"),
    ]
    return parts[0].union(parts[1]).union(parts[2])


def _named(pairs: DataFrame, documents: DataFrame) -> DataFrame:
    """The pairs with the ids of their documents, sorted by them; what is symmetric has the lower id first."""
    names = documents.select("number", "id")
    first, second = (
        names.selectExpr(f"number as {side}", f"id as {side}_id") for side in ("first", "second")
    )
    named = pairs.join(first, "first").join(second, "second")
    swapped = "(kind != 'identical' and second_id < first_id)"
    columns = {
        "number1": f"if({swapped}, second, first)",
        "number2": f"if({swapped}, first, second)",
        "id1": f"if({swapped}, second_id, first_id)",
        "id2": f"if({swapped}, first_id, second_id)",
        "similarity": "similarity",
        "kind": "kind",
    }
    return named.selectExpr(*(f"{value} as {name}" for name, value in columns.items())).sort("id1", "id2")


def limits_as_json(limits: Limits) -> dict[str, Any]:
    """The limits by name."""
    return {field.name: getattr(limits, field.name) for field in fields(limits)}

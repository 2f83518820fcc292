"""Pairing on Spark: the order of the stages, and the shuffles between them.

Profiles lie in files below the folder of the job and are never shuffled: whoever compares two documents maps what it
needs of them. What is shuffled are rows of numbers. To the driver come counts, names of files, the sums of the vectors
of each language, and what the user gave; the sums over the batch pass through it into files.
"""

from __future__ import annotations

import math
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from align._internal.arrow import in_parts
from align._internal.runs import whole_runs
from align.document import ParagraphMode
from align.engines.spark import components
from align.engines.spark.careful import carefully, partition
from align.engines.spark.checkpoints import Checkpoints
from align.engines.spark.frames import Batches, dense, in_order, mapped, spread, together, told_by_spark
from align.engines.spark.options import name_on_executors
from align.errors import UsageError
from align.pairing.find import given_and_excluded
from align.pairing.grouping import Edge
from align.pairing.options import PairOptions
from align.pairing.scoring import NEAREST
from align.pairing.segments import write_segment
from align.pairing.stages import compared, grouped, neighbours
from align.pairing.stages.counts import (
    COUNTED,
    PARAGRAPHS,
    ParagraphCounts,
    Tables,
    count_paragraphs,
    write_counts,
)
from align.pairing.stages.documents import DOCUMENTS, READ, documents_of, failed, settle_languages
from align.pairing.stages.profiles import STORED, Encoders, Segment, count_said, encoded_profiles, stored
from align.pairing.stages.whole import Batch
from align.reading.apart import settle_ids
from align.reading.rows import Ids
from align.text.languages import base, variant

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

_ROOT = r"regexp_replace(regexp_replace(id, '(?s)^.*:', ''), '(#[0-9]+)+$', '')"
_AT_ONCE = 256  # documents whose languages are settled, or that are encoded, together
# What is known of a document by its number in the order of ids; of one that could not be encoded the problem.
FACTS = pa.schema(
    [
        ("number", pa.int64()),
        ("place", pa.int64()),
        ("id", pa.string()),
        ("language", pa.string()),
        ("variant", pa.string()),
        ("names", pa.list_(pa.string())),
        ("segment", pa.string()),
        ("problem", pa.string()),
    ]
)
_SEGMENTS = pa.schema([("path", pa.string()), ("first", pa.int64()), ("count", pa.int64())])
_NAMED = neighbours.EDGES.append(pa.field("named", pa.bool_()))


@dataclass(frozen=True)
class Found:
    """What was found, as data frames.

    Attributes:
        documents: `align.pairing.stages.documents.DOCUMENTS`.
        facts: `FACTS`.
        grouped: `align.pairing.stages.grouped.GROUPED`.
        warnings: what the user should know of the given and excluded pairs.
    """

    documents: DataFrame
    facts: DataFrame
    grouped: DataFrame
    warnings: list[str]


def checked_options(options: PairOptions) -> PairOptions:
    """The options, the encoder by its name.

    Raises:
        UsageError: an index, or an encoder that executors have not, or that is measured on a whole batch.
    """
    if options.index is not None:
        raise UsageError("an index is not asked on Spark; leave it out, or take the local engine")
    name = name_on_executors(options.encoder)
    Encoders(name, ())
    return replace(options, encoder=name)


def find_pairs(
    stages: Checkpoints,
    read: Callable[[], DataFrame],
    options: PairOptions,
    paragraphs: ParagraphMode,
    *,
    numbered: bool = False,
    in_one_task: int = components.IN_ONE_TASK,
) -> Found:
    """Which of the documents that `read` gives (`READ`) are translations of each other.

    Raises:
        UsageError: an encoder that Spark has not, or a pair that is both given and excluded.
    """
    rows = stages.stage("read", read)
    named = stages.stage("ids", lambda: _with_ids(rows, numbered))
    documents = stages.stage("documents", lambda: mapped(named, settle_rows, DOCUMENTS, paragraphs))
    encoders = Encoders(str(options.encoder), _languages(documents))
    facts = _profiles(stages, documents, encoders, paragraphs)
    segments = _segments(facts)
    batch = Batch(segments, _said(stages, segments, encoders), encoders, options)
    candidates, wishes, warnings = _candidates(stages, facts, batch)
    judged = _judged(stages, candidates, batch, in_one_task)
    cells = _versions(stages, judged, batch.options.min_probability, wishes, in_one_task)
    found = stages.stage("grouped", lambda: _grouped(judged, cells, facts, batch, wishes))
    return Found(documents, facts, found, warnings)


# ---- documents and their profiles ------------------------------------------------------------------------------


def _with_ids(rows: DataFrame, numbered: bool) -> DataFrame:
    """The documents under the names that they have in the batch; where ids repeat, those that can clash together."""
    usable = rows.where("problem is null")
    with told_by_spark("comparing ids"):
        apart = not usable.groupBy("id").count().where("count > 1").limit(1).count()
    if apart:
        return mapped(rows, ids_apart, READ, numbered)
    rooted = together(rows.selectExpr("*", f"{_ROOT} as root"), "root", then=("place",))
    return mapped(rooted, ids_by_root, READ, numbered)


def ids_apart(batches: Batches, numbered: bool) -> Iterator[pa.RecordBatch]:
    """`settle_ids` where all differ."""
    for batch in batches:
        found = settle_ids(pa.Table.from_batches([batch]), Ids(numbered))
        yield from found.select(READ.names).to_batches()


def ids_by_root(batches: Batches, numbered: bool) -> Iterator[pa.RecordBatch]:
    """`settle_ids` where some repeat: those that can get each other's names come together."""
    for table in whole_runs(batches, "root"):
        found = settle_ids(table.sort_by("place"), Ids(numbered))
        yield from found.select(READ.names).to_batches()


def settle_rows(batches: Batches, paragraphs: ParagraphMode) -> Iterator[pa.RecordBatch]:
    """`settle_languages` of every batch."""
    for part in _parts(batches):
        yield from carefully(settle_languages, part, (paragraphs,), failed)


def _parts(batches: Batches) -> Iterator[pa.RecordBatch]:
    for batch in batches:
        yield from in_parts(batch, _AT_ONCE)


def _languages(documents: DataFrame) -> tuple[str, ...]:
    """The languages of the batch, sorted."""
    with told_by_spark("looking for languages"):
        tags = documents.where("problem is null").select("tag").distinct().collect()
    return tuple(sorted({code for row in tags if (code := base(row.tag))}))


def _profiles(
    stages: Checkpoints, documents: DataFrame, encoders: Encoders, paragraphs: ParagraphMode
) -> DataFrame:
    """What is known of each document (`FACTS`); the profiles are written beside the stage."""
    from pyspark.sql import functions as f

    usable = documents.where("problem is null")
    marked = usable.select("tag", "paragraph_marks")
    tables = _summed(stages, PARAGRAPHS, lambda: mapped(marked, count_paragraphs, COUNTED), least=2)
    numbers = stages.stage(
        "numbers",
        lambda: usable.select("place", "id").sort("id").withColumn("at", f.monotonically_increasing_id()),
    )
    rows = usable.join(dense(numbers, "number").select("place", "number"), "place")
    ordered = in_order(rows, "number")

    def made() -> DataFrame:
        return mapped(ordered, store_profiles, FACTS, str(stages.beside), tables, encoders, paragraphs)

    return stages.stage("profiles", made)


def store_profiles(
    batches: Batches, folder: str, tables: Tables, encoders: Encoders, paragraphs: ParagraphMode
) -> Iterator[pa.RecordBatch]:
    """Writes the profiles of documents (`DOCUMENTS` and ``number``, in its order) into one file, and tells of them."""
    Path(folder).mkdir(parents=True, exist_ok=True)
    path = Path(folder) / f"{partition():06}-{uuid.uuid4().hex[:12]}.arrow"
    facts: list[dict[str, Any]] = []

    def parts() -> Iterator[pa.RecordBatch]:
        for part in _parts(batches):
            problems: dict[int, str] = {}

            def without(row: pa.RecordBatch, problem: str, gone: dict[int, str] = problems) -> pa.RecordBatch:
                gone[row["number"][0].as_py()] = problem
                return row.slice(0, 0)

            yield from carefully(profile_rows, part, (tables, encoders, paragraphs), without)
            facts.extend(_facts(part, str(path), problems))

    first = next(made := parts(), None)
    if first is None:
        return
    write_segment(path, STORED, chain([first], made))
    yield pa.RecordBatch.from_pylist(facts, schema=FACTS)


def profile_rows(
    batch: pa.RecordBatch, tables: Tables, encoders: Encoders, paragraphs: ParagraphMode
) -> pa.RecordBatch:
    """The profiles (`STORED`) of documents (`DOCUMENTS` and ``number``)."""
    documents = list(documents_of(batch, paragraphs))
    made = encoded_profiles(documents, ParagraphCounts(tables), encoders)
    return stored(made, batch["number"].to_pylist())


def _facts(batch: pa.RecordBatch, path: str, problems: dict[int, str]) -> Iterator[dict[str, Any]]:
    from align.pairing.evidence import name_keys

    columns = ("number", "place", "id", "tag", "about")
    for row in batch.select(columns).to_pylist():
        known = {name: row[name] for name in ("number", "place", "id")}
        if problem := problems.get(row["number"]):
            yield {**known, "problem": problem}
        else:
            yield {
                **known,
                "language": base(row["tag"]) or "",
                "variant": variant(row["tag"]) or "",
                "names": list(name_keys(row["id"], row["about"] or "", row["tag"])),
                "segment": path,
            }


def _segments(facts: DataFrame) -> list[Segment]:
    """The files of profiles, by the numbers in them."""
    from pyspark.sql import functions as f

    with told_by_spark("listing profiles"):
        usable = facts.where("problem is null")
        found = (
            usable.groupBy("segment")
            .agg(f.min("number").alias("first"), f.count("*").alias("rows"))
            .collect()
        )
    return sorted((Segment(row.segment, row.first, row.rows) for row in found), key=lambda one: one.first)


# ---- sums over the batch ---------------------------------------------------------------------------------------


def _summed(stages: Checkpoints, name: str, counted: Callable[[], DataFrame], least: int = 1) -> Tables:
    """What was counted by tasks (`COUNTED`), summed, as far as it is as much; in files that executors map."""
    from pyspark.sql import functions as f

    def summed() -> DataFrame:
        total = counted().groupBy("kind", "scope", "value").agg(f.sum("count").alias("count"))
        return total.where(f"count >= {least}").sort("kind", "scope", "value")

    stages.stage(name, summed)
    return write_counts(stages.batches(name), stages.scratch(name))


def _said(stages: Checkpoints, segments: list[Segment], encoders: Encoders) -> Tables:
    """How many documents have each number or name, mark and word."""
    return _summed(
        stages, "said", lambda: mapped(_listed(stages, segments), count_segments, COUNTED, encoders)
    )


def _listed(stages: Checkpoints, segments: list[Segment]) -> DataFrame:
    rows = [(segment.path, segment.first, segment.count) for segment in segments]
    return _rows(stages, rows, "path string, first long, count long")


def _rows(stages: Checkpoints, rows: list[Any], columns: str) -> DataFrame:
    """Rows of the driver's, a task each."""
    return stages.session.sparkContext.parallelize(rows, max(1, len(rows))).toDF(columns)


def count_segments(batches: Batches, encoders: Encoders) -> Iterator[pa.RecordBatch]:
    """What is said in files of profiles (`COUNTED`)."""
    for batch in batches:
        for row in batch.to_pylist():
            for part in Segment(**row).batches():
                yield from count_said(part, encoders)


def sum_segments(batches: Batches, encoders: Encoders) -> Iterator[pa.RecordBatch]:
    """The sums of the vectors in files of profiles (`align.pairing.stages.neighbours.SUMS`)."""
    for batch in batches:
        for row in batch.to_pylist():
            for part in Segment(**row).batches():
                yield from neighbours.sum_vectors(part, encoders)


# ---- candidates ------------------------------------------------------------------------------------------------


def _candidates(
    stages: Checkpoints, facts: DataFrame, batch: Batch
) -> tuple[DataFrame, grouped.Wishes, list[str]]:
    """The pairs to compare (``first``, ``second``, ``named``), the user's wishes, and what to say of these."""
    options = batch.options
    asked = sorted({id for pair in (*options.given, *options.exclude) for id in pair})
    with told_by_spark("looking for given pairs"):
        there = facts.where("problem is null").select("id", "number")
        ids = _rows(stages, [(id,) for id in asked], "id string")
        place = {row.id: row.number for row in there.join(ids, "id").collect()} if asked else {}
    given, excluded, warnings = given_and_excluded(place, options)
    names = stages.stage("names", lambda: _same_names(stages, facts, options.names))
    spaces = _spaces(stages, batch)
    near = stages.stage("candidates", lambda: _near(stages, spaces, names, batch, given, excluded))
    gone = _edges(stages, excluded)
    with told_by_spark("looking for excluded pairs"):
        wished = {(row.first, row.second) for row in names.join(gone, ["first", "second"]).collect()}
    return near, grouped.Wishes(frozenset(given), frozenset(excluded), frozenset(wished)), warnings


def _edges(stages: Checkpoints, edges: set[Edge]) -> DataFrame:
    return stages.session.createDataFrame(sorted(edges), "first long, second long")


def _same_names(stages: Checkpoints, facts: DataFrame, names: bool) -> DataFrame:
    """The pairs in two languages whose ids or addresses differ in nothing but the language they name."""
    if not names:
        return _edges(stages, set())
    each = facts.where("problem is null").selectExpr(
        "number", "language", "variant", "explode(names) as name"
    )
    own = each.groupBy("variant", "name").count().where("count = 1").select("variant", "name")
    told = each.join(own, ["variant", "name"]).select("name", "number", "language")
    first, second = (
        told.selectExpr("name", f"number as {side}", f"language as {side}_language")
        for side in ("first", "second")
    )
    both = first.join(second, "name").where("first < second and first_language != second_language")
    return both.select("first", "second").distinct()


def _spaces(stages: Checkpoints, batch: Batch) -> list[neighbours.Space]:
    """The vectors by which documents of two languages are compared."""
    listed = _listed(stages, list(batch.segments))
    stages.stage("sums", lambda: mapped(listed, sum_segments, neighbours.SUMS, batch.encoders))
    return neighbours.spaces(stages.batches("sums"), batch.encoders)


def _near(
    stages: Checkpoints,
    spaces: list[neighbours.Space],
    names: DataFrame,
    batch: Batch,
    given: set[Edge],
    excluded: set[Edge],
) -> DataFrame:
    """The nearest of each document, and what has one name or is given, less what is excluded."""
    chunks = _rows(stages, neighbours.chunks_of(batch.segments), "segment long, start long, stop long")
    near = mapped(
        chunks,
        neighbours.nearest_documents,
        neighbours.EDGES,
        batch.segments,
        spaces,
        batch.options.neighbours,
    )
    every = near.union(names).union(_edges(stages, given)).distinct()
    left = every.join(_edges(stages, excluded), ["first", "second"], "left_anti") if excluded else every
    flagged = left.join(names.selectExpr("*", "true as named"), ["first", "second"], "left")
    return flagged.selectExpr("first", "second", "coalesce(named, false) as named")


# ---- comparison ------------------------------------------------------------------------------------------------


def _judged(stages: Checkpoints, candidates: DataFrame, batch: Batch, in_one_task: int) -> DataFrame:
    """What is held of each candidate pair in the end (`align.pairing.stages.compared.JUDGED`)."""
    pairs = spread(candidates, "first", "second")
    found = stages.stage("compared", lambda: mapped(pairs, compared.compare, compared.COMPARED, batch))
    ranked = stages.stage("ranked", lambda: mapped(_with_rivals(found), compared.rank, compared.RANKED))
    live = ranked.where(f"rank >= {NEAREST}")
    edges = live.select("first", "second")
    cells = components.cells(stages, edges, name="live", in_one_task=in_one_task)
    chosen = stages.stage("chosen", lambda: _chosen(live, cells, batch))
    verified = stages.stage(
        "verified",
        lambda: mapped(spread(chosen, "first", "second"), compared.verify, compared.VERIFIED, batch),
    )
    known = ranked.join(verified, ["first", "second"], "left").select(*ranked.columns, "verified")
    sides = stages.stage("beside", lambda: _beside(known, batch))
    return stages.stage("judged", lambda: _with_sides(known, sides, batch))


def _with_rivals(found: DataFrame) -> DataFrame:
    """The pairs with the mean score of the next best partner of either side in the variant of the other."""
    from pyspark.sql import Window
    from pyspark.sql import functions as f

    sides = found.selectExpr(
        "first as document", "second as other", "second_variant as variant", "mean"
    ).union(found.selectExpr("second as document", "first as other", "first_variant as variant", "mean"))
    best = Window.partitionBy("document", "variant").orderBy(f.desc("mean"), "other")
    every = best.rowsBetween(Window.unboundedPreceding, Window.unboundedFollowing)
    scores = sides.select(
        "document", "other", f.row_number().over(best).alias("at"),
        f.nth_value("mean", 1).over(every).alias("best"), f.nth_value("mean", 2).over(every).alias("next"),
    )  # fmt: skip
    rivals = scores.selectExpr("document", "other", "coalesce(if(at = 1, next, best), 0D) as rival")
    forth = rivals.selectExpr("document as first", "other as second", "rival as first_rival")
    back = rivals.selectExpr("other as first", "document as second", "rival as second_rival")
    edge = ["first", "second"]
    return found.join(forth, edge).join(back, edge).select(*found.columns, "first_rival", "second_rival")


def _chosen(live: DataFrame, cells: DataFrame, batch: Batch) -> DataFrame:
    """The pairs to verify."""
    columns = ("first", "second", "first_variant", "second_variant", "common", "logit", "rank")
    rows = live.select(*columns).join(cells.withColumnRenamed("number", "first"), "first")
    return mapped(together(rows, "cell"), compared.pairs_to_verify, neighbours.EDGES, batch)


def _beside(known: DataFrame, batch: Batch) -> DataFrame:
    twice = known.selectExpr("*", "first as document", "second as other").union(
        known.selectExpr("*", "second as document", "first as other")
    )
    return mapped(spread(twice, "document"), compared.look_beside, compared.SIDES, batch)


def _with_sides(known: DataFrame, sides: DataFrame, batch: Batch) -> DataFrame:
    forth = sides.selectExpr(
        "document as first", "other as second", "cover as first_cover", "siblings as first_siblings"
    )
    back = sides.selectExpr(
        "other as first", "document as second", "cover as second_cover", "siblings as second_siblings"
    )
    rows = known.join(forth, ["first", "second"], "left").join(back, ["first", "second"], "left")
    return mapped(spread(rows, "first", "second"), compared.judge, compared.JUDGED, batch)


# ---- sets of versions ------------------------------------------------------------------------------------------


def _versions(
    stages: Checkpoints, judged: DataFrame, least: float, wishes: grouped.Wishes, in_one_task: int
) -> DataFrame:
    """What hangs together by pairs that may be accepted."""
    probable = judged.where(f"logit >= {_least_logit(least)}").select("first", "second")
    edges = probable.union(_edges(stages, set(wishes.given))).distinct()
    return components.cells(stages, edges, name="versions", in_one_task=in_one_task)


def _grouped(
    judged: DataFrame, cells: DataFrame, facts: DataFrame, batch: Batch, wishes: grouped.Wishes
) -> DataFrame:
    """What becomes of each document (`align.pairing.stages.grouped.GROUPED`), by what hangs together."""
    numbers = facts.where("problem is null").select("number")
    own = numbers.join(cells, "number", "left").selectExpr("coalesce(cell, number) as cell", "number")
    nothing = [f"cast(null as {kind}) as {name}" for name, kind in judged.dtypes]
    members = own.selectExpr("cell", "number", *nothing)
    ends = [own.selectExpr("number as " + end, f"cell as {end}_cell") for end in ("first", "second")]
    placed = judged.join(ends[0], "first").join(ends[1], "second")
    cell = "explode(array_distinct(array(first_cell, second_cell))) as cell"
    pairs = placed.selectExpr(cell, "cast(null as bigint) as number", *judged.columns)
    rows = members.union(pairs).select(*grouped.COMPONENTS.names)
    return mapped(together(rows, "cell"), grouped.group, grouped.GROUPED, batch, wishes)


def _least_logit(probability: float) -> float:
    """Log-odds that no pair of at least this probability is below: a little less than its own."""
    if probability <= 0:
        return -1e9
    return math.log(probability / (1 - probability)) - 1e-6 if probability < 1 else 30.0

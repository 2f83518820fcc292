"""Stars among documents too many to be looked at together: in rounds over all, then what is left part by part.

A document that nothing undecided goes before is kept, and whatever it claims is removed; a round decides all of these
at once. Few rounds are needed on random graphs, but a chain in the order of keeping needs half its length: after some
rounds the rest is decided component by component.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from align.dedup.options import DedupOptions
from align.dedup.stages.removals import DOCUMENT, REMOVALS, removals_of_cells
from align.engines.spark.checkpoints import Checkpoints
from align.engines.spark.frames import mapped, together

if TYPE_CHECKING:
    from pyspark.sql import Column, DataFrame

ROUNDS = 7
_RANK = ("precedence", "lengths", "again", "rank_id")


def removals_of_large_cells(
    stages: Checkpoints,
    near: DataFrame,
    cells: DataFrame,
    texts: DataFrame,
    order: list[Column],
    options: DedupOptions,
) -> DataFrame:
    """The documents of these cells (number, cell) that go, and what is kept for each (`REMOVALS`)."""
    links = stages.stage("links", lambda: _links(near, cells, texts, order))
    left, removed = links, links.selectExpr("loser as number").limit(0)
    for number in range(ROUNDS):
        gone, left = _round(stages, left, number)
        removed = removed.union(gone)
        if not left.limit(1).count():
            break
    else:
        removed = removed.union(_rest(left, texts, options).select("number"))
    return _claims(links, removed.distinct())


def _links(near: DataFrame, cells: DataFrame, texts: DataFrame, order: list[Column]) -> DataFrame:
    """Each pair as winner and loser: which of the two is kept before the other."""
    from pyspark.sql import functions as f

    key = f.struct(*(column.alias(f"k{place}") for place, column in enumerate(order)))
    ranked = texts.select("number", key.alias("rank"))
    inside = cells.withColumnRenamed("number", "first")
    pairs = near.join(inside, "first").select("cell", "first", "second", "shared", "size")
    first, second = (
        ranked.selectExpr(f"number as {side}", f"rank as {side}_rank") for side in ("first", "second")
    )
    both = pairs.join(first, "first").join(second, "second")
    return both.selectExpr(
        "cell", "if(first_rank < second_rank, first, second) as winner",
        "if(first_rank < second_rank, second, first) as loser",
        "least(first_rank, second_rank) as rank", "shared", "size",
    )  # fmt: skip


def _round(stages: Checkpoints, left: DataFrame, number: int) -> tuple[DataFrame, DataFrame]:
    """The documents removed in this round, and the links that are left undecided."""
    losers = left.selectExpr("loser as winner").distinct()
    kept = stages.stage(
        f"kept {number}", lambda: left.select("winner").distinct().join(losers, "winner", "left_anti")
    )
    gone = stages.stage(
        f"gone {number}",
        lambda: left.join(kept, "winner", "left_semi").selectExpr("loser as number").distinct(),
    )
    as_winner, as_loser = (gone.selectExpr(f"number as {side}") for side in ("winner", "loser"))

    def undecided() -> DataFrame:
        # A kept document's links are decided: all their losers are gone.
        return left.join(as_winner, "winner", "left_anti").join(as_loser, "loser", "left_anti")

    return gone, stages.stage(f"left {number}", undecided)


def linked_rows(pairs: DataFrame, members: DataFrame, texts: DataFrame) -> DataFrame:
    """Pairs (cell, first, second, shared, size) and documents (cell, number) as `removals_of_cells` takes them."""
    unranked = "0D as precedence", "0L as lengths", "0L as again", "cast(null as string) as rank_id"
    ranked = members.join(texts.select(*_RANK, "number"), "number").selectExpr(
        "cell", "number as first", f"{DOCUMENT}L as second", "0L as shared", "0L as size", *_RANK
    )
    return ranked.union(pairs.selectExpr("cell", "first", "second", "shared", "size", *unranked))


def _rest(left: DataFrame, texts: DataFrame, options: DedupOptions) -> DataFrame:
    """What is removed among the links that the rounds have left, cell by cell."""
    pairs = left.selectExpr("cell", "winner as first", "loser as second", "shared", "size")
    numbers = left.selectExpr("cell", "winner as number").union(left.selectExpr("cell", "loser as number"))
    rows = together(linked_rows(pairs, numbers.distinct(), texts), "cell")
    return mapped(rows, removals_of_cells, REMOVALS, options.keep == "first")


def _claims(links: DataFrame, removed: DataFrame) -> DataFrame:
    """For each removed document the most similar of the kept ones that claim it, then the first to be kept."""
    from pyspark.sql import functions as f

    gone = removed.selectExpr("number as winner")
    claims = links.join(gone, "winner", "left_anti")
    best = f.struct(
        (-(f.col("shared") / f.greatest(f.col("size"), f.lit(1)))).alias("by"),
        "rank",
        "winner",
        "shared",
        "size",
    )
    found = claims.groupBy("loser").agg(f.min(best).alias("best"))
    return found.selectExpr(
        "loser as number", "best.winner as kept", "best.shared as shared", "best.size as size"
    )

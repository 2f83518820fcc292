"""Connected components of pairs of documents, and stars among those of one, where a component is large."""

from __future__ import annotations

from typing import TYPE_CHECKING

from align.dedup.stages.cells import CELLS_OF, cells_of_pairs
from align.engines.spark.checkpoints import Checkpoints
from align.engines.spark.frames import mapped, told_by_spark
from align.errors import EngineError

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

IN_ONE_TASK = 8_000_000  # pairs that one task goes through, with some hundred megabytes
_ROUNDS = 60  # far more than n documents need: the rounds grow with log² n


def cells(
    stages: Checkpoints, pairs: DataFrame, *, name: str = "cells", in_one_task: int = IN_ONE_TASK
) -> DataFrame:
    """Each document of the pairs (first < second) and the lowest number that it hangs together with.

    Many pairs go through rounds of large-star and small-star (Kiveris et al., Connected Components in MapReduce and
    Beyond, 2014), in which no group is ever held. `name` is that of the stage.
    """
    with told_by_spark("counting pairs"):
        few = pairs.limit(in_one_task + 1).count() <= in_one_task
    if few:
        return stages.stage(name, lambda: mapped(pairs.coalesce(1), cells_of_pairs, CELLS_OF))
    edges = pairs.selectExpr("second as u", "first as v")
    for number in range(_ROUNDS):
        edges = _round(stages, edges, f"{name}, round {number}")
        if _are_stars(edges):
            break
    else:
        raise EngineError(f"components did not settle in {_ROUNDS} rounds; report this")
    return stages.stage(name, lambda: _of_stars(edges))


def _round(stages: Checkpoints, edges: DataFrame, name: str) -> DataFrame:
    return stages.stage(name, lambda: _small_star(_large_star(edges)))


def _large_star(edges: DataFrame) -> DataFrame:
    """Each node's larger neighbours, linked to the lowest of it and its neighbours."""
    both = edges.union(edges.selectExpr("v as u", "u as v"))
    lowest = both.groupBy("u").agg({"v": "min"}).selectExpr("u", "least(u, `min(v)`) as m")
    return both.where("v > u").join(lowest, "u").selectExpr("v as u", "m as v").distinct()


def _small_star(edges: DataFrame) -> DataFrame:
    """Each node and its smaller neighbours, linked to the lowest of these."""
    lowest = edges.groupBy("u").agg({"v": "min"}).selectExpr("u", "`min(v)` as m")
    others = edges.join(lowest, "u").where("v != m").selectExpr("v as u", "m as v")
    return others.union(lowest.selectExpr("u", "m as v")).distinct()


def _are_stars(edges: DataFrame) -> bool:
    """Whether each node has one link, to a node that has none."""
    with told_by_spark("looking at components"):
        several = edges.groupBy("u").count().where("count > 1").limit(1).count()
        return not several and not edges.join(edges.selectExpr("u as v"), "v", "left_semi").limit(1).count()


def _of_stars(edges: DataFrame) -> DataFrame:
    centres = edges.selectExpr("v as number", "v as cell").distinct()
    return edges.selectExpr("u as number", "v as cell").union(centres)

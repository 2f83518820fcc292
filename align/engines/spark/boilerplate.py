"""Lines that recur across the documents that are kept."""

from __future__ import annotations

from typing import TYPE_CHECKING

from align.dedup.stages.lines import DOCUMENT, LINES, RECURRING, RUNS, line_rows, runs_of_lines
from align.engines.spark.frames import mapped, together

if TYPE_CHECKING:
    from pyspark.sql import DataFrame


def find_boilerplate(sketches: DataFrame, kept: DataFrame, least: int) -> DataFrame:
    """The runs (`RUNS`) of lines that at least so many of the kept documents (``number``) hold."""
    from pyspark.sql import functions as f

    held = sketches.select("number", "line_hashes", "line_lengths").join(
        kept.select("number"), "number", "left_semi"
    )
    lines = mapped(held, line_rows, LINES)
    first = f.min(f.struct("number", "line")).alias("first")
    common = lines.groupBy("hash").agg(f.countDistinct("number").alias("spread"), first)
    recurring = lines.join(common.where(f"spread >= {least}"), "hash").selectExpr(
        "number", "line", "spread", "first.number as first_number", "first.line as first_line",
        "cast(null as binary) as line_lengths",
    )  # fmt: skip
    inside = held.join(recurring.select("number").distinct(), "number", "left_semi")
    documents = inside.selectExpr(
        "number",
        f"{DOCUMENT}L as line",
        "0L as spread",
        "0L as first_number",
        "0L as first_line",
        "line_lengths",
    )
    rows = together(documents.union(recurring).select(*RECURRING.names), "number")
    return mapped(rows, runs_of_lines, RUNS)

"""The stages on a Spark cluster, with the outcome of one machine: data frames in, data frames out.

For batches that outgrow one machine, never for speed below that. ``align dedup --engine spark`` is the same for files.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

    from align.alignment.options import AlignOptions
    from align.dedup.options import DedupOptions
    from align.pairing.options import PairOptions


class SparkDuplicates(NamedTuple):
    """The outcome of `find_duplicates`.

    Attributes:
        documents: a row for each: ``id``, ``status`` (kept or duplicate), ``kept`` (the id of the document that is kept
            for it), ``similarity``, ``kind``, ``note``, and ``repeats``, the passages that it holds twice.
        pairs: every verified pair, sorted: ``id1``, ``id2``, ``similarity``, ``kind``.
    """

    documents: DataFrame
    pairs: DataFrame


def find_duplicates(
    documents: DataFrame,
    *,
    id: str = "id",
    text: str = "text",
    folder: str | Path | None = None,
    options: DedupOptions | None = None,
) -> SparkDuplicates:
    """The near-duplicates in a data frame of Spark, those that `align.find_duplicates` finds; nothing is collected.

    `id` and `text` are columns of texts; a column ``prefer`` or ``source`` counts where `options` go by it. What is
    made on the way lies below `folder`, which driver and executors share, as long as the outcome is read; on a local
    master it may be left out, and goes with this process.

    Raises:
        UsageError: there is no such column, two documents have one id, or an option that Spark has not.
        EngineError: Spark fails, or executors lack this program.
    """
    from align.engines.spark.dataframes import find_duplicates_in

    return find_duplicates_in(documents, id, text, folder, options)


class SparkPairs(NamedTuple):
    """The outcome of `find_pairs`.

    Attributes:
        documents: a row for each: ``id``, ``status`` (paired, unpaired or failed), ``reason``, ``language`` as it was
            settled, and ``partners``, the ids of its translations.
        pairs: every pair, with the columns of ``pairs.tsv``.
    """

    documents: DataFrame
    pairs: DataFrame


def find_pairs(
    documents: DataFrame,
    *,
    id: str = "id",
    text: str = "text",
    folder: str | Path | None = None,
    options: PairOptions | None = None,
) -> SparkPairs:
    """The translations in a data frame of Spark, those that `align.find_pairs` finds; no table of them is collected.

    `id` and `text` are columns of texts; a column ``language`` (a tag) is used where there is one. What is made on the
    way lies below `folder`, which driver and executors share, as long as the outcome is read; on a local master it may
    be left out, and goes with this process.

    Raises:
        UsageError: there is no such column, two documents have one id, or an option that Spark has not.
        EngineError: Spark fails, or executors lack this program.
    """
    from align.engines.spark.dataframes import find_pairs_in

    return find_pairs_in(documents, id, text, folder, options)


def align_pairs(pairs: DataFrame, *, options: AlignOptions | None = None) -> DataFrame:
    """The beads of pairs of texts in a data frame of Spark, those that `align.align_texts` gives; nothing is collected.

    Columns: ``source`` and ``target`` (ids), ``source_text`` and ``target_text``, and, where they are known,
    ``source_language`` and ``target_language``. The outcome has a row for each bead: the ids and the columns of a bead
    file; a pair that cannot be aligned is a row with a ``problem``. It is computed anew whenever it is asked for.

    Raises:
        UsageError: a column is missing, or the encoder is an object, which executors have not.
        EngineError: executors lack this program.
    """
    from align.engines.spark.dataframes import align_pairs_in

    return align_pairs_in(pairs, options)


__all__ = ["SparkDuplicates", "SparkPairs", "align_pairs", "find_duplicates", "find_pairs"]

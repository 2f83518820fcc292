"""Pairs of documents of a corpus folder, aligned on Spark."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow as pa

from align._internal.arrow import in_parts, with_texts
from align.alignment.options import AlignOptions
from align.alignment.stage import ALIGNED, align_documents_of
from align.document import LineRange, ParagraphMode
from align.engines.spark.careful import carefully
from align.engines.spark.checkpoints import parquet_at
from align.engines.spark.frames import Batches, in_order, mapped

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

_TOGETHER = 8  # pairs: what is known of a document is made once for those of them that it is in
_GONE = "its text is not there any more; run with --overwrite to make the corpus anew"
_COLUMNS = ("id", "source", "language", "text", "about", "cuts")


def aligned(
    session: SparkSession,
    texts: Path,
    pairs: Sequence[tuple[str, str, str]],
    cuts: Mapping[str, Iterable[LineRange]],
    options: AlignOptions,
    paragraphs: ParagraphMode,
) -> DataFrame:
    """The beads (`align.alignment.stage.ALIGNED`) of pairs: the name of their files, and the ids of two documents.

    Texts are read by executors from the file `texts`, less the lines that are cut. What is known of a document serves
    for several pairs where these follow each other.
    """
    from pyspark.sql import functions as f

    rows = session.createDataFrame(
        [(at, *pair) for at, pair in enumerate(pairs)],
        "at long, file string, source string, target string",
    )
    ids = sorted({id for _, *both in pairs for id in both})
    lines = [(id, list(chain.from_iterable(cuts[id])) if id in cuts else None) for id in ids]
    wanted = session.createDataFrame(lines, "id string, cuts array<bigint>")
    own = parquet_at(session, texts).join(f.broadcast(wanted), "id")
    sides = own.select("id", f.struct(*_COLUMNS).alias("document"))
    joined = rows
    for side in ("source", "target"):
        named = sides.withColumnsRenamed({"id": side, "document": f"{side}_document"})
        joined = joined.join(named, side, "left")
    ordered = in_order(joined, "at")
    columns = ("file", "source_document as source", "target_document as target")
    gone = "source_document is null or target_document is null"
    read = ordered.selectExpr(*columns, f"if({gone}, '{_GONE}', null) as problem")
    return mapped(read, align_parts, ALIGNED, options, paragraphs)


def align_parts(
    batches: Batches, options: AlignOptions, paragraphs: ParagraphMode
) -> Iterator[pa.RecordBatch]:
    """`align_documents_of` of some pairs at a time; one that kills the process that aligns it has a problem."""
    for batch in batches:
        for part in in_parts(batch, _TOGETHER):
            yield from carefully(align_documents_of, part, (options, paragraphs), _failed)


def _failed(batch: pa.RecordBatch, problem: str) -> pa.RecordBatch:
    return with_texts(batch, problem=problem)

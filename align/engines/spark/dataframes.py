"""Data frames in, data frames out: what `align.engines.spark` offers."""

from __future__ import annotations

import atexit
import shutil
import tempfile
import uuid
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from align._internal.options import chosen
from align.dedup.find import NO_WORDS, SHORT
from align.dedup.options import DedupOptions
from align.dedup.stages.documents import SKETCHES
from align.engines.spark import SparkDuplicates, SparkPairs
from align.engines.spark.careful import Sketcher, partition
from align.engines.spark.checkpoints import Checkpoints
from align.engines.spark.dedup import Found, Limits, check_options, find_pairs, settled_documents
from align.engines.spark.frames import Batches, mapped, told_by_spark
from align.engines.spark.options import name_on_executors
from align.engines.spark.outcome import with_outcome
from align.engines.spark.session import check_executors
from align.errors import EngineError, UsageError
from align.reading.documents import to_batches

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

    from align.alignment.options import AlignOptions
    from align.pairing.options import PairOptions

_FURTHER = ("source", "prefer")  # columns that count where the keep policy goes by them
_A_PARTITION = 40  # bits of a number that count the rows of a partition


def find_duplicates_in(
    documents: DataFrame, id: str, text: str, folder: str | Path | None, options: DedupOptions | None
) -> SparkDuplicates:
    """As `align.engines.spark.find_duplicates`."""
    options = replace(chosen(options, DedupOptions), differences=0)  # which are told by texts
    options = _checked(options, documents, id, text)
    session = _session(documents)
    rows = _rows(documents, id, text)
    stages = Checkpoints(session, _folder(session, folder), {})
    sketches = stages.stage("sketches", lambda: mapped(rows, sketch_rows, SKETCHES, options))
    _check_ids(sketches)
    field = "prefer" if options.keep in ("newest", "prefer") and "prefer" in documents.columns else None
    known = settled_documents(stages, sketches, options, field)
    found = find_pairs(stages, sketches, known, options, Limits())
    outcome = stages.stage("outcome", lambda: _outcome(found, sketches, options))
    return SparkDuplicates(outcome, found.pairs.select("id1", "id2", "similarity", "kind"))


def find_pairs_in(
    documents: DataFrame, id: str, text: str, folder: str | Path | None, options: PairOptions | None
) -> SparkPairs:
    """As `align.engines.spark.find_pairs`."""
    from align.engines.spark.paired import documents_of, pairs_of
    from align.engines.spark.pairs import checked_options, find_pairs
    from align.pairing.options import PairOptions
    from align.pairing.result import PAIR_COLUMNS
    from align.pairing.stages.documents import READ

    options = checked_options(chosen(options, PairOptions))
    _check_columns(documents, id, text)
    session = _session(documents)
    stages = Checkpoints(session, _folder(session, folder), {})
    rows = _rows(documents, id, text, ("language", "about"))
    read = stages.stage("read", lambda: mapped(rows, read_rows, READ))
    _check_ids(read)
    found = find_pairs(stages, lambda: read, options, "auto")
    pairs = stages.stage("pairs", lambda: pairs_of(stages, found))
    status = "if(partners is null, 'unpaired', 'paired')"
    told = documents_of(found, pairs).selectExpr(
        "id",
        f"if(problem is null, {status}, 'failed') as status",
        "coalesce(problem, reason) as reason",
        "tag as language",
        "transform(partners, p -> p.partner) as partners",
    )
    return SparkPairs(stages.stage("told", lambda: told), pairs.select(*PAIR_COLUMNS))


def read_rows(batches: Batches) -> Iterator[pa.RecordBatch]:
    """Rows (id, text) as they are read from files; their numbers rise in each partition."""
    from align.pairing.stages.documents import as_read

    start = partition() << _A_PARTITION
    for batch in batches:
        for part in to_batches(batch) if batch.num_rows else ():
            yield as_read(part, np.arange(start, start + part.num_rows), [""] * part.num_rows)
            start += part.num_rows


def align_pairs_in(pairs: DataFrame, options: AlignOptions | None) -> DataFrame:
    """As `align.engines.spark.align_pairs`."""
    from align.alignment.options import AlignOptions
    from align.alignment.stage import BEADS, PAIRS, align_batches

    options = chosen(options, AlignOptions)
    name = name_on_executors(options.encoder)
    missing = [column for column in PAIRS.names[:4] if column not in pairs.columns]
    if missing:
        raise UsageError(f"no column {', '.join(missing)}; there are {', '.join(pairs.columns)}")
    _session(pairs)
    columns = [
        f"cast({name if name in pairs.columns else 'null'} as string) as {name}" for name in PAIRS.names
    ]
    return mapped(pairs.selectExpr(*columns), align_batches, BEADS, replace(options, encoder=name))


def _session(frame: DataFrame) -> SparkSession:
    """The session of a data frame, whose executors have this program.

    Raises:
        EngineError: they have not, or the session is one of Spark Connect, which has no executors to ask.
    """
    session = frame.sparkSession
    if "connect" in type(session).__module__:
        raise EngineError(
            "the data frame is one of Spark Connect, whose executors cannot be asked for this program; take a classic "
            "session (SparkSession.builder.master(...))"
        )
    check_executors(session)
    return session


def _checked(options: DedupOptions, documents: DataFrame, id: str, text: str) -> DedupOptions:
    check_options(options)
    if options.keep == "first":
        raise UsageError(
            "keep 'first': the rows of a data frame have no order; take longest, newest or prefer"
        )
    _check_columns(documents, id, text)
    return options


def _check_columns(documents: DataFrame, id: str, text: str) -> None:
    for name in (id, text):
        if name not in documents.columns:
            raise UsageError(f"no column {name!r}; there are {', '.join(documents.columns)}")


def _folder(session: SparkSession, folder: str | Path | None) -> Path:
    """A new folder below the one that was named."""
    if folder is not None:
        return Path(folder) / f"align-{uuid.uuid4().hex[:12]}"
    if not session.sparkContext.master.startswith("local"):
        raise UsageError("folder: name one that driver and executors share, for what is made on the way")
    made = tempfile.mkdtemp(prefix="align-")
    atexit.register(shutil.rmtree, made, ignore_errors=True)
    return Path(made)


def _rows(documents: DataFrame, id: str, text: str, further: tuple[str, ...] = _FURTHER) -> DataFrame:
    more = [name for name in further if name in documents.columns and name not in (id, text)]
    named = [documents[id].cast("string").alias("id"), documents[text].cast("string").alias("text")]
    return documents.select(*named, *(documents[name].cast("string").alias(name) for name in more))


def sketch_rows(batches: Batches, options: DedupOptions) -> Iterator[pa.RecordBatch]:
    """The sketches of rows (id, text); their numbers rise in each partition."""
    sketcher, start = Sketcher(options), partition() << _A_PARTITION
    for batch in batches:
        for part in to_batches(batch) if batch.num_rows else ():
            numbers = np.arange(start, start + part.num_rows)
            start += part.num_rows
            yield from sketcher(part, numbers, [""] * part.num_rows)


def _check_ids(sketches: DataFrame) -> None:
    with told_by_spark("comparing ids"):
        again = sketches.groupBy("id").count().where("count > 1").select("id").limit(1).collect()
    if again:
        raise UsageError(f"documents: two have the id {again[0].id!r}; give ids that differ")


def _outcome(found: Found, sketches: DataFrame, options: DedupOptions) -> DataFrame:
    whole = with_outcome(found).drop("kept").join(sketches.select("number", "repeats"), "number")
    short = f"when totals = 1 then '{SHORT}'" if options.ngram > 1 else ""
    note = f"case when kept_id is not null then null when totals = 0 then '{NO_WORDS}' {short} end as note"
    status = "if(kept_id is null, 'kept', 'duplicate') as status"
    return whole.selectExpr("id", status, "kept_id as kept", "similarity", "kind", note, "repeats")

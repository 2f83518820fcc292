"""The main job on Spark: the corpus folder that `align.jobs.run` makes, table for table and bead for bead.

Executors read, compare, pair and align. The driver goes through what comes of that in order: texts, which it writes on
without holding them, then a line for each document and pair, which it holds as the job on one machine does.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

from align._internal.files import atomic
from align._internal.progress import Progress
from align.corpus.cuts import cut_lines
from align.corpus.folder import STAGES, TEXTS, PairEntry, bead_file
from align.corpus.prepare import CorpusWriter, writing
from align.corpus.texts import rename_texts
from align.corpus.warnings import WarningLog
from align.document import LEVELS
from align.engines.local import in_sets
from align.engines.spark.options import SparkOptions, name_on_executors
from align.jobs.options import RunOptions, less
from align.jobs.run import Job, RunResult, inputs_of, signature_of
from align.jobs.spark import boilerplate_of, refuse_what_spark_has_not, table_names
from align.reading.inputs import Paths, path_of

if TYPE_CHECKING:
    import pyarrow as pa
    from pyspark.sql import DataFrame, SparkSession

    from align._internal.shelf import Pickles
    from align.document import Document
    from align.engines.spark.files import Source
    from align.pairing import Pairs
    from align.reading import ReadOptions

_TEXTS = 512  # that the driver goes through together
_BEADS = 64  # pairs whose beads it writes together
_ALIGNED = "aligned"  # the stage with beads that are to be written
_A_STAGE = 100_000  # pairs that are aligned between two checkpoints


def run_on_spark(
    inputs: Paths,
    out: str | Path,
    options: RunOptions,
    spark: SparkOptions,
    *,
    progress: Progress | None = None,
) -> RunResult:
    """As `align.jobs.run.run`; what is made on the way lies in the folder, and goes when the run is finished.

    Raises:
        UsageError: an option that Spark has not.
        EngineError: Spark is not there, or fails.
        SignatureError, OutputError, InputError: as `align.jobs.run.run`.
    """
    from align.engines.spark.files import list_sources
    from align.engines.spark.session import session_for

    options = _checked(out, options)
    named, out = inputs_of(inputs), path_of(out, "out")
    signature = signature_of(options)
    with writing(out, "run", overwrite=options.overwrite) as writer:
        writer.check(signature)
        sources = list_sources(named, less(options.reading, out))
        with session_for(spark) as session:
            job = SparkJob(writer, options, signature, progress, session, sources)
            result = job.run(named)
        shutil.rmtree(out / STAGES, ignore_errors=True)  # of a run that had nothing left to do
    return result


def _checked(out: str | Path, options: RunOptions) -> RunOptions:
    """The options, encoders by their names, where everything that is asked for is there on Spark."""
    from align.engines.spark.dedup import check_options
    from align.engines.spark.pairs import checked_options

    check_options(options.dedup)
    refuse_what_spark_has_not(out, options)
    name = name_on_executors(options.alignment.encoder)
    pairing = checked_options(options.pairing)
    return replace(options, pairing=pairing, alignment=replace(options.alignment, encoder=name))


class SparkJob(Job):
    """A run whose stages are those of Spark; what deduplication and pairing made is kept apart, by folder."""

    def __init__(
        self,
        writer: CorpusWriter,
        options: RunOptions,
        signature: dict[str, Any],
        progress: Progress | None,
        session: SparkSession,
        sources: Sequence[Source],
    ) -> None:
        from align.engines.spark.checkpoints import Checkpoints
        from align.engines.spark.files import signature_of as signature_of_inputs

        super().__init__(writer, options, signature, progress)
        self._session, self._sources = session, sources
        self._reading = less(options.reading, writer.path)
        inputs = signature_of_inputs(sources)
        decides = {**signature, "reading": str(options.reading), "inputs": inputs}
        self._dedup, self._pairs = (
            Checkpoints(session, writer.path / STAGES / name, decides, progress)
            for name in ("dedup", "pairs")
        )

    def batches(self, inputs: Sequence[str], reading: ReadOptions) -> Iterator[pa.RecordBatch]:
        """The documents in order, which executors have read, under the names they have in the batch."""
        from align.engines.spark.files import in_batch

        self._read()
        return in_batch(self._dedup.batches("read", rows=_TEXTS))

    def find_duplicates(self) -> None:
        """As on one machine; what stays is the stage ``kept`` then."""
        from align.engines.spark.dedup import Limits, find_pairs, settled_documents
        from align.engines.spark.files import sketches_of
        from align.engines.spark.outcome import kept_texts, told, write_tables

        stages, options, cut, rows = self._dedup, self.options.dedup, self.options.cut, self._read()
        sketches = stages.stage("sketches", lambda: sketches_of(rows, options))
        documents = settled_documents(stages, sketches, options, self.options.reading.prefer)
        found = find_pairs(stages, sketches, documents, options, Limits())
        boilerplate = boilerplate_of(stages, sketches, found, options.boilerplate)
        names = table_names(boilerplate)
        write_tables(stages, found, sketches, self.out, names, cut, options.ngram, boilerplate)
        rename_texts(self.out, *self.entries.note_outcomes(told(stages, found)))
        self._kept = kept_texts(rows, found, sketches, cut)

    def find_translations(self) -> tuple[Pairs, Pickles[Document] | None]:
        """As on one machine, but for the documents, which executors keep."""
        from align.engines.spark.paired import languages_of, result_of
        from align.engines.spark.pairs import find_pairs

        options = self.options
        found = find_pairs(self._pairs, lambda: self._kept, options.pairing, options.paragraphs)
        for row in languages_of(self._pairs, found):
            id = row["id"]
            if row["problem"]:
                self.entries.note(id, status="failed", reason=row["problem"])
            else:
                self.entries.note(id, language=row["tag"], paragraphs=row["paragraphs"])
                self.entries.warn(id, row["said"] or ())
        return result_of(self._pairs, found), None

    def align_left(
        self, left: Sequence[PairEntry], documents: Pickles[Document] | None, log: WarningLog
    ) -> None:
        """As on one machine; executors align some pairs at a time, and the driver writes what comes of them.

        What an earlier process has had aligned, and not written, comes first.
        """
        ids = {id for pair in left for id in (pair.source, pair.target)}
        self.refuse_unknown({id for id in ids if not self._goes_on(id)})
        problems: dict[str, str | None] = {}
        todo = {pair.file: pair for together in in_sets(left) for pair in together}
        while todo:
            self.progress("aligning", len(left) - len(todo), len(left))
            written = dict(self._write_beads(list(islice(todo.values(), _A_STAGE)), log))
            todo = {file: pair for file, pair in todo.items() if file not in written}
            problems |= written
            self._pairs.forget(_ALIGNED)
        self.progress("aligning", len(left), len(left))
        for pair in (pair for together in in_sets(left) for pair in together):
            self.note_outcome(pair, problems[pair.file])

    def _write_beads(self, pairs: Sequence[PairEntry], log: WarningLog) -> Iterator[tuple[str, str | None]]:
        """Writes the beads of pairs, their warnings first; yields the names of their files, or why there are none."""
        from align.engines.spark.aligned import aligned

        options = self.options
        named = [(pair.file, pair.source, pair.target) for pair in pairs]
        cuts = cut_lines(self.out, options.cut)
        self._pairs.stage(
            _ALIGNED,
            lambda: aligned(
                self._session, self.out / TEXTS, named, cuts, options.alignment, options.paragraphs
            ),
        )
        for batch in self._pairs.batches(_ALIGNED, rows=_BEADS):
            for row in batch.to_pylist():
                if not row["problem"]:
                    if row["warnings"]:
                        log.add(row["file"], row["warnings"])
                    for level in LEVELS:
                        with atomic(bead_file(self.out, row["file"], level), binary=True) as out:
                            out.write(row[f"{level}s"])
                yield row["file"], row["problem"]

    def _read(self) -> DataFrame:
        from align.engines.spark.files import read_rows

        return self._dedup.stage("read", lambda: read_rows(self._session, self._sources, self._reading))

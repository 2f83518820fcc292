"""The pairing job on Spark: the tables that `align.jobs.pairs` writes, byte for byte."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from align import __version__
from align._internal.files import refuse_existing, unwritable
from align._internal.locks import held
from align._internal.progress import Progress
from align.engines.spark.options import SparkOptions
from align.errors import OutputError, UsageError
from align.jobs.options import PairJobOptions, less
from align.pairing.find import pair_signature
from align.reading.inputs import Paths, paths_of
from align.reading.remote import is_url

if TYPE_CHECKING:
    from align.engines.spark.checkpoints import Checkpoints
    from align.engines.spark.files import Source

_FAILED = 20  # documents that could not be used of which the driver is told


@dataclass(frozen=True, slots=True)
class PairCounts:
    """What a job found: counts, the first of the documents that could not be used (where, and why), and warnings."""

    pairs: int
    sets: int
    paired: int
    unpaired: int
    failed: int
    first_failed: tuple[tuple[str, str], ...]
    warnings: tuple[str, ...]


def pair_on_spark(
    inputs: Paths,
    output: str | Path,
    options: PairJobOptions,
    spark: SparkOptions,
    *,
    progress: Progress | None = None,
) -> PairCounts:
    """As `align.jobs.pairs.pair`; what is made on the way lies beside the table, and goes when that is written.

    Raises:
        UsageError: an option that Spark has not.
        EngineError: Spark is not there, or fails.
        OutputError, InputError: as `align.jobs.pairs.pair`, or another job writes the table.
    """
    from align.engines.spark.checkpoints import Checkpoints
    from align.engines.spark.files import list_sources
    from align.engines.spark.pairs import checked_options
    from align.engines.spark.session import session_for

    table = _checked(output, options)
    options = replace(options, pairing=checked_options(options.pairing))
    if not options.overwrite:
        refuse_existing(table, *([options.documents] if options.documents else []))
    folder = table.with_name(f"{table.name}.spark")
    options = replace(options, reading=less(options.reading, folder))
    sources = list_sources(paths_of(inputs), options.reading)

    def busy(process: str) -> None:
        raise OutputError(
            f"{table}: process {process} is making it on Spark; wait for that, or write elsewhere"
        )

    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise unwritable(folder, error) from error
    with held(folder / "lock", busy), session_for(spark) as session:
        stages = Checkpoints(session, folder, _signature(sources, options), progress)
        found = _pair(stages, sources, options, table)
        stages.remove()
    return found


def _checked(output: str | Path, options: PairJobOptions) -> Path:
    """The table to write, where everything that is asked for is there on Spark."""
    for name in ("append", "dry_run"):
        if getattr(options, name):
            raise UsageError(f"{name} is not there on Spark; leave it out, or take the local engine")
    if str(output) == "-" or is_url(str(output)):
        raise UsageError(
            f"{output}: the table lies in a folder that driver and executors share; name a file there"
        )
    return Path(output).absolute()


def _signature(sources: list[Source], options: PairJobOptions) -> dict[str, Any]:
    """What decides the rows of the stages."""
    from align.engines.spark.files import signature_of

    pairing = options.pairing
    asked = {"given": pairing.given, "exclude": pairing.exclude, "source_language": pairing.source_language}
    return {
        "version": __version__,
        "inputs": signature_of(sources),
        "reading": str(options.reading),
        "paragraphs": options.paragraphs,
        **pair_signature(pairing),
        **asked,
    }


def _pair(stages: Checkpoints, sources: list[Source], options: PairJobOptions, table: Path) -> PairCounts:
    from align.corpus.status import DOCUMENT_COLUMNS
    from align.engines.spark.files import read_documents
    from align.engines.spark.outcome import write_lines
    from align.engines.spark.paired import documents_of, lines_of_documents, lines_of_pairs, pairs_of
    from align.engines.spark.pairs import find_pairs
    from align.pairing.result import PAIR_COLUMNS

    found = find_pairs(
        stages,
        lambda: read_documents(stages.session, sources, options.reading),
        options.pairing,
        options.paragraphs,
        numbered=options.reading.repeated == "name",
    )
    pairs = pairs_of(stages, found)
    documents = documents_of(found, pairs)
    counts = _counts(found, pairs, documents)
    of_pairs = lines_of_pairs(stages, pairs)
    if options.documents:
        write_lines(options.documents, DOCUMENT_COLUMNS, lines_of_documents(stages, documents))
    write_lines(table, PAIR_COLUMNS, of_pairs)
    return counts


def _counts(found: Any, pairs: Any, documents: Any) -> PairCounts:
    from align.corpus.status import where_read
    from align.engines.spark.frames import told_by_spark
    from align.engines.spark.paired import doubts_of
    from align.pairing.stages.grouped import SET

    with told_by_spark("counting"):
        sets = found.grouped.where(f"row = '{SET}'").count()
        failed = documents.where("problem is not null")
        first = failed.sort("place").select("source", "line", "problem").limit(_FAILED).collect()
        read = documents.count()
        paired = documents.where("partners is not null").count()
        lost = failed.count()
        return PairCounts(
            pairs.count(),
            sets,
            paired,
            read - paired - lost,
            lost,
            tuple((where_read(row.source, row.line), row.problem) for row in first),
            (*doubts_of(found), *found.warnings),
        )

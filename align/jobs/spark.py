"""The deduplication job on Spark: the folder that `align.jobs.dedup` writes, byte for byte."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from align import __version__
from align._internal.progress import Progress
from align.corpus.folder import BOILERPLATE, CLUSTERS, DOCUMENTS, DUPLICATES, KEPT, REPEATS, STAGES
from align.corpus.prepare import CorpusWriter, writing
from align.errors import UsageError
from align.jobs.options import DedupJobOptions, RunOptions, less
from align.reading.inputs import Paths, path_of, paths_of
from align.reading.remote import is_url

if TYPE_CHECKING:
    from align.engines.spark.checkpoints import Checkpoints
    from align.engines.spark.dedup import Limits
    from align.engines.spark.files import Source

_TABLES = {"duplicates": DUPLICATES, "clusters": CLUSTERS, "repeats": REPEATS}


def deduplicate_on_spark(
    inputs: Paths,
    out: str | Path,
    options: DedupJobOptions,
    *,
    limits: Limits | None = None,
    progress: Progress | None = None,
) -> tuple[dict[str, int], bool]:
    """As `align.jobs.dedup.deduplicate`; returns the counts, and whether an earlier job had done all of it.

    Raises:
        UsageError: an option that Spark has not.
        EngineError: Spark is not there, or fails.
        OutputError, SignatureError, InputError: as `align.jobs.dedup.deduplicate`.
    """
    from align.engines.spark.checkpoints import Checkpoints
    from align.engines.spark.dedup import Limits, check_options
    from align.engines.spark.files import list_sources
    from align.engines.spark.options import SparkOptions
    from align.engines.spark.session import session_for

    limits = limits or Limits()
    check_options(options.dedup)
    if options.index is not None:
        raise UsageError("an index is not asked on Spark; leave it out, or take the local engine")
    refuse_what_spark_has_not(out, options)
    out, paths = path_of(out, "out"), paths_of(inputs)
    about = {"options": options.as_json(), "inputs": list(paths)}
    options = replace(options, reading=less(options.reading, out))
    with writing(out, "dedup", overwrite=options.overwrite) as writer:
        writer.check({"version": __version__, **options.stages})
        sources = list_sources(paths, options.reading)
        with session_for(options.spark or SparkOptions()) as session:
            signature = _signature(sources, options, limits)
            stages = Checkpoints(session, writer.path / STAGES, signature, progress)
            return _deduplicate(writer, stages, sources, options, limits, about)


def refuse_what_spark_has_not(out: str | Path, options: DedupJobOptions | RunOptions) -> None:
    """Raises UsageError for what no job on Spark does with a corpus folder."""
    if options.append or options.cut == "boilerplate":
        what = "append" if options.append else "cut 'boilerplate'"
        raise UsageError(f"{what} is not there on Spark; leave it out, or take the local engine")
    if is_url(str(out)):
        raise UsageError(
            f"{out}: the output is a folder that driver and executors share; name one, and copy it then"
        )


def _deduplicate(
    writer: CorpusWriter,
    stages: Checkpoints,
    sources: list[Source],
    options: DedupJobOptions,
    limits: Limits,
    about: dict[str, Any],
) -> tuple[dict[str, int], bool]:
    from align.engines.spark.dedup import find_pairs, settled_documents
    from align.engines.spark.files import read_sketches
    from align.engines.spark.outcome import counts

    sketches = stages.stage(
        "sketches", lambda: read_sketches(stages.session, sources, options.reading, options.dedup)
    )
    documents = settled_documents(stages, sketches, options.dedup, options.reading.prefer)
    signature = {"version": __version__, **options.stages}
    signature["inputs"] = f"blake2b:{_digest(stages, documents)}"
    if writer.begin(signature, **about):
        if writer.complete:
            stages.remove()
            return writer.record["summary"], True
        writer.clear()
    stages.forget("kept")  # the folder may have been emptied since
    found = find_pairs(stages, sketches, documents, options.dedup, limits)
    boilerplate = boilerplate_of(stages, sketches, found, options.dedup.boilerplate)
    files = _write(writer, stages, found, sketches, sources, options, boilerplate)
    summary = counts(found, sketches, boilerplate)
    writer.finish(files, summary=summary)
    stages.remove()
    return summary, False


def _signature(sources: list[Source], options: DedupJobOptions, limits: Limits) -> dict[str, Any]:
    """What decides the rows of the stages."""
    from align.engines.spark.dedup import limits_as_json
    from align.engines.spark.files import signature_of

    inputs = {"inputs": signature_of(sources)}
    return {"version": __version__, **options.stages, **limits_as_json(limits), **inputs}


def _digest(stages: Checkpoints, documents: Any) -> str:
    """As the local job's: a hash of all texts, ids, languages, preferences and problems, in order."""
    from align.engines.spark.outcome import identity
    from align.jobs.dedup import digest

    def prints() -> Iterator[bytes]:
        import numpy as np

        from align._internal.runs import numbers_of

        for batch in identity(stages, documents):
            yield np.stack([numbers_of(batch, name) for name in ("print1", "print2")], axis=1).tobytes()

    def column(name: str) -> Iterator[str | None]:
        for batch in identity(stages, documents):
            yield from batch[name].to_pylist()

    return digest(prints(), (column(name) for name in ("rank_id", "language", "prefer", "problem")))


def boilerplate_of(stages: Checkpoints, sketches: Any, found: Any, least: int | None) -> Any:
    """The runs of boilerplate in at least so many documents; None where there are none, or none are looked for."""
    from align.engines.spark.boilerplate import find_boilerplate
    from align.engines.spark.outcome import kept_documents

    if not least:
        return None
    runs = stages.stage("boilerplate", lambda: find_boilerplate(sketches, kept_documents(found), least))
    return runs if runs.limit(1).count() else None


def table_names(boilerplate: Any) -> dict[str, str]:
    """The tables of duplicates and their files; that of boilerplate where there is any."""
    return _TABLES | ({"boilerplate": BOILERPLATE} if boilerplate is not None else {})


def _write(
    writer: CorpusWriter,
    stages: Checkpoints,
    found: Any,
    sketches: Any,
    sources: list[Source],
    options: DedupJobOptions,
    boilerplate: Any,
) -> list[str]:
    """Writes everything but the record; returns the names of the files."""
    from align.engines.spark.outcome import write_kept, write_tables

    folder, reading = writer.path / KEPT, options.reading
    kept = write_kept(stages, found, sketches, sources, folder, reading, options.cut)
    names = {"documents": DOCUMENTS, **table_names(boilerplate)}
    write_tables(stages, found, sketches, writer.path, names, options.cut, options.dedup.ngram, boilerplate)
    return [*names.values(), *(f"{KEPT}/{name}" for name in kept)]

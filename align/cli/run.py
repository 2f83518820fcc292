"""``align run``: the whole job, from a batch of articles to aligned files."""

from __future__ import annotations

import shlex
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from align.cli.console import (
    counted,
    say,
    say_came_back,
    say_details,
    say_failed,
    say_passed_over,
    summary,
    table,
    waiting,
)
from align.cli.options import (
    dedup_options,
    encoder_option,
    folder_option,
    max_size_option,
    overwrite_option,
    pairing_options,
    read_options,
    spark_options,
)
from align.cli.progress import duration, steps

if TYPE_CHECKING:
    from align._internal.progress import Progress
    from align.corpus.status import Entry
    from align.engines.spark.options import SparkOptions
    from align.jobs.run import RunResult
    from align.report.statistics import Figures

_MOST_WARNINGS = 10


@click.command()
@click.argument("inputs", nargs=-1, required=True, metavar="INPUT...")
@folder_option(required=True)
@read_options
@dedup_options(cut="repeats", cut_help="What is left out of pairing and alignment.")
@pairing_options
@max_size_option
@encoder_option
@click.option(
    "--report/--no-report", default=True, show_default=True, help="Write the HTML report at the end."
)
@click.option(
    "--workers",
    type=click.IntRange(1, 256),
    help="Processes that align pairs; a large encoder is loaded by one only. The result is the same with "
    "any number.  [default: one for each core]",
)
@spark_options
@overwrite_option
@click.option("--append", is_flag=True, help="Add the batch to the corpus in DIR; the first one makes it.")
@click.option("--dry-run", is_flag=True, help="List the documents that would be read; write nothing.")
def run(
    inputs: tuple[str, ...],
    out: Path,
    max_size: int | None,
    report: bool,
    dry_run: bool,
    workers: int | None,
    spark: SparkOptions | None,
    **options: Any,
) -> int:
    """Find duplicates and translations in a batch of articles, and align the translations.

    INPUT is a file, a folder, a glob, a URL or - for standard input: text, Markdown, HTML, JSON lines and arrays, CSV,
    Parquet, Arrow, WARC and WET, DOCX, ODT, EPUB, SubRip and WebVTT, compressed or not. Files that only describe a data
    set (_SUCCESS, *.crc, dataset cards) are passed over.

    A run that was interrupted goes on where it stopped when the same command is given again. With --append the batch
    is compared, paired and aligned with all that came before, and the same batch again changes nothing.
    """
    from align._internal.parallel import cores
    from align.alignment.options import AlignOptions
    from align.corpus.folder import DOCUMENTS
    from align.jobs.options import less
    from align.jobs.run import RunOptions, plan
    from align.jobs.run import run as run_job
    from align.jobs.spark_run import run_on_spark

    began = time.monotonic()
    settings = RunOptions(alignment=AlignOptions(max_size=max_size), workers=workers or cores(), **options)
    if dry_run:
        if spark:
            raise click.UsageError("--dry-run works on this machine alone: leave out --engine spark.")
        return _plan(plan(inputs, options=settings))
    with steps() as progress:
        if spark:
            result = run_on_spark(inputs, out, settings, spark, progress=progress)
        else:
            result = run_job(inputs, out, options=settings, progress=progress, waiting=waiting)
        figures = _report(result, write=report, progress=progress)
    _say_warnings(result.folder.info.get("warnings", []))
    say_came_back([entry.document for entry in result.came_back])
    _summary(result, out, figures, time.monotonic() - began)
    say_passed_over(inputs, less(settings.reading, out))
    say_failed(((entry.source, entry.reason or "") for entry in result.failed), out / DOCUMENTS)
    return 1 if result.failed or result.left_out else 0


def _report(result: RunResult, *, write: bool, progress: Progress) -> Figures:
    """Writes the report where it is wanted and not there; the figures of all beads."""
    from align.report.build import figures_of, write_report

    if write and not (result.unchanged and result.folder.has_report):
        return write_report(result.folder, progress=progress).figures
    return figures_of(result.folder)


def _plan(entries: tuple[Entry, ...]) -> int:
    from align._internal.tables import write_table

    rows = [(entry.document, entry.source, entry.status == "failed", entry.reason) for entry in entries]
    write_table("-", ("document", "source", "failed", "reason"), rows)
    return int(any(entry.status == "failed" for entry in entries))


def _say_warnings(warnings: list[dict[str, str | None]]) -> None:
    """Each warning once, with what it is about: a language the encoder does not know concerns many pairs."""
    from align.corpus.folder import RECORD

    about: dict[str, list[str]] = {}
    for entry in warnings:
        about.setdefault(str(entry["warning"]), []).append(entry["about"] or "")
    for warning, places in list(about.items())[:_MOST_WARNINGS]:
        first = f"{places[0]}: " if places[0] else ""
        more = f" (and {len(places) - 1} more)" if len(places) > 1 else ""
        say(f"align: warning: {first}{warning}{more}")
    if len(about) > _MOST_WARNINGS:
        say(f"align: warning: {len(about) - _MOST_WARNINGS} more in {RECORD}")


def _closing(result: RunResult, out: Path, figures: Figures) -> list[tuple[str, str]]:
    """How many beads there are, how many of them are in doubt, where to read them, and what to do now."""
    from align.corpus.folder import REPORT_INDEX

    rows = []
    if figures.total:
        rows.append(
            ("beads", f"{figures.beads:,}, and {counted(figures.gaps, 'gap')}; {figures.doubtful:,} doubtful")
        )
    if result.folder.has_report:
        rows.append(("report", str(out / REPORT_INDEX)))
    if figures.total:
        folder = shlex.quote(str(out))
        review = f"align review {folder} --open, " if figures.doubtful else ""
        rows.append(("next", f"{review}align export {folder} -o corpus.tsv"))
    return rows


def _only_reason(result: RunResult) -> str | None:
    """Why documents have no partner, where it is the same for all of them."""
    reasons = {entry.reason for entry in result.with_status("unpaired")}
    return reasons.pop() if len(reasons) == 1 else None


def _summary(result: RunResult, out: Path, figures: Figures, seconds: float) -> None:
    from align.corpus.details import removed_for_details
    from align.corpus.folder import DUPLICATES, PAIRS, REPEATS, REPORT_INDEX

    count = result.folder.info["summary"]
    rows = [
        ("documents", f"{count['documents']}, of which {count['failed']} could not be used"),
        ("duplicates", f"{count['duplicate']} left out, see {DUPLICATES}"),
        ("repeated passages", f"{count['repeats']}, see {REPEATS}"),
        ("translation pairs", str(count["pairs"])),
    ]
    rows += [("", f"{pair.source} = {pair.target}") for pair in result.folder.pairs[:10]]
    if len(result.folder.pairs) > 10:
        rows.append(("", f"and {len(result.folder.pairs) - 10} more, see {PAIRS}"))
    rows.append(("without a partner", str(count["unpaired"])))
    if reason := _only_reason(result):
        rows.append(("", reason))
    rows += _closing(result, out, figures)
    done = (
        "nothing to do, it was finished already"
        if result.continued and result.unchanged
        else f"done in {duration(seconds)}"
    )
    table(f"{out}: {done}", rows)
    say_details(*removed_for_details(result.folder), DUPLICATES)
    summary(
        out,
        **count,
        beads=figures.beads,
        gaps=figures.gaps,
        doubtful=figures.doubtful,
        report=str(out / REPORT_INDEX) if result.folder.has_report else None,
        unchanged=result.unchanged,
        came_back=len(result.came_back) or None,
        seconds=round(seconds, 1),
    )

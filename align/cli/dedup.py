"""``align dedup``: near-duplicates, repeated passages and boilerplate of a batch."""

from __future__ import annotations

import shlex
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from align.cli.console import (
    counted,
    refuse_json,
    say,
    say_details,
    say_failed,
    say_passed_over,
    summary,
    tell,
    waiting,
)
from align.cli.options import dedup_options, folder_option, overwrite_option, read_options, spark_options
from align.cli.progress import steps

if TYPE_CHECKING:
    from align.jobs.dedup import DedupJobOptions

_SHORT = 10.0  # seconds: a job that is done by then has told nothing of its progress


@click.command()
@click.argument("inputs", nargs=-1, required=True, metavar="INPUT...")
@folder_option()
@read_options
@dedup_options(cut="none", cut_help="What is cut from the kept texts.")
@click.option(
    "--index", metavar="DIR", help="Compare with this index of earlier documents, then add the kept ones."
)
@click.option(
    "--explain", nargs=2, metavar="ID1 ID2", help="Say why two documents are duplicates or not, and stop."
)
@spark_options
@click.option(
    "--append",
    is_flag=True,
    help="Add the batch to the folder, which later batches are compared with; the first one makes it.",
)
@overwrite_option
@click.option("--dry-run", is_flag=True, help="Print the duplicates and write nothing.")
def dedup(
    inputs: tuple[str, ...],
    out: Path | None,
    explain: tuple[str, str] | None,
    dry_run: bool,
    **options: Any,
) -> None:
    """Find near-duplicates, repeated passages and boilerplate.

    INPUT is a file, a folder, a glob, a URL, or - for standard input; what is read: see align run. DIR gets the
    kept documents in the format they came in (kept/), documents.tsv, duplicates.tsv, clusters.tsv and repeats.tsv.
    """
    from align.jobs.dedup import DedupJobOptions, explain_pair

    settings = DedupJobOptions(**options)
    if settings.spark and (explain or dry_run):
        option = "--explain" if explain else "--dry-run"
        raise click.UsageError(f"{option} works on this machine alone: leave out --engine spark.")
    if explain:
        for line in explain_pair(inputs, *explain, settings).lines():
            click.echo(line)
    elif dry_run:
        refuse_json("-")
        _dry_run(inputs, settings)
    elif out is None:
        raise click.UsageError("Missing option '-o': name a folder for the results, or add --dry-run.")
    else:
        _run(inputs, out, settings)


def _run(inputs: tuple[str, ...], output: Path, options: DedupJobOptions) -> None:
    from align.corpus.folder import DOCUMENTS
    from align.jobs.dedup import deduplicate
    from align.jobs.options import less

    start = time.monotonic()
    with steps(after=_SHORT) as progress:
        result = deduplicate(inputs, output, options, progress=progress, waiting=waiting)
    seconds = time.monotonic() - start
    if result.unchanged:
        tell(f"{output} is up to date.")
    _say(result.summary, seconds)
    _closing(output, result.summary)
    say_passed_over(inputs, less(options.reading, output, options.index))
    summary(output, **result.summary, unchanged=result.unchanged, seconds=round(seconds, 1))
    if result.summary["failed"]:
        say_failed(_failed(output), output / DOCUMENTS)
    for name, damage in result.damaged.items():
        say(f"align: segment {name} was not compared with: {damage}")
    if result.summary["failed"] or result.damaged:
        click.get_current_context().exit(1)


def _closing(output: Path, found: dict[str, int]) -> None:
    """Where what stays and what went can be read, and what to do now."""
    from align.corpus.folder import DUPLICATES, KEPT

    went = (
        f", what went in {output / DUPLICATES}"
        if found["documents"] > found["kept"] + found["failed"]
        else ""
    )
    tell(f"what stays is in {output / KEPT}{went}")
    if found["kept"] > 1:
        tell(f"next: align pairs {shlex.quote(str(output / KEPT))} -o translations.tsv")


def _failed(output: Path) -> Iterator[tuple[str, str]]:
    """The documents that could not be used, as the job's table has them: where they were read, and why."""
    from align.corpus.folder import CorpusFolder

    for entry in CorpusFolder(output).documents:
        if entry.status == "failed":
            yield entry.source, entry.reason or ""


def _dry_run(inputs: tuple[str, ...], options: DedupJobOptions) -> None:
    from align._internal.tables import write_table
    from align.dedup.tables import DUPLICATE_COLUMNS, pair_rows
    from align.jobs.dedup import compare_only, summarise

    start = time.monotonic()
    with steps(after=_SHORT) as progress:
        duplicates = compare_only(inputs, options, progress=progress)
    write_table("-", DUPLICATE_COLUMNS, pair_rows(duplicates))
    _say(summarise(duplicates), time.monotonic() - start)
    say_passed_over(inputs, options.reading)
    for id, problem in duplicates.problems.items():
        say(f"align: {id}: {problem}")
    if duplicates.problems:
        click.get_current_context().exit(1)


def _say(summary: dict[str, int], seconds: float) -> None:
    """The outcome in two lines."""
    from align.corpus.folder import DUPLICATES

    removed = {
        kind: summary[kind] for kind in ("identical", "near", "contained", "version") if summary.get(kind)
    }
    why = f" ({', '.join(f'{count:,} {kind}' for kind, count in removed.items())})" if removed else ""
    tell(
        f"{counted(summary['documents'], 'document')}: {summary['kept']:,} kept, "
        f"{sum(removed.values()):,} removed{why}, {summary['failed']:,} failed, in {seconds:.1f} s"
    )
    found = [f"{counted(summary['spared'], 'pair')} spared"] if summary.get("spared") else []
    found += [counted(summary["repeats"], "repeated passage")] if summary["repeats"] else []
    found += [counted(summary["boilerplate"], "run of boilerplate")] if summary["boilerplate"] else []
    found += (
        [f"{counted(summary['passages'], 'passage')} in two documents"] if summary.get("passages") else []
    )
    if found:
        tell(", ".join(found))
    say_details(summary.get("differ_in_details", 0), summary.get("differences_told", 0), DUPLICATES)
    if summary["crowded"]:
        tell(
            f"{counted(summary['crowded'], 'crowded bucket')}: pairs in them are listed with kept documents only"
        )

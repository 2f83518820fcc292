"""``align dedup``: near-duplicates, repeated passages and boilerplate of a batch."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from align.cli.console import counted, say_failed
from align.cli.options import no_dash, overwrite_option, paragraphs_option, read_options
from align.cli.progress import steps

if TYPE_CHECKING:
    from align.jobs.dedup import JobOptions
    from align.reading.options import ReadOptions

_SHORT = 10.0  # seconds: a job that is done by then has told nothing of its progress


@click.command()
@click.argument("inputs", nargs=-1, required=True, metavar="INPUT...")
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path),
    metavar="DIR",
    callback=no_dash,
    help="Folder for the results.",
)
@click.option(
    "--threshold", type=float, default=0.7, show_default=True, help="Least Jaccard similarity of a duplicate."
)
@click.option("--ngram", type=int, default=5, show_default=True, help="Tokens in a shingle.")
@click.option("--slots", type=int, default=128, show_default=True, help="Numbers in a signature.")
@click.option(
    "--backend",
    type=click.Choice(["kernel", "datasketch"]),
    default="kernel",
    show_default=True,
    help="What makes the signatures; datasketch is the slow reference.",
)
@click.option(
    "--keep",
    type=click.Choice(["longest", "first", "newest", "prefer"]),
    default="longest",
    show_default=True,
    help="Which document of a cluster stays; newest and prefer go by --keep-field.",
)
@click.option("--keep-field", metavar="NAME", help="Field with the date (newest) or the source (prefer).")
@click.option(
    "--prefer", multiple=True, metavar="VALUE", help="With --keep prefer: best first; may hold * and ?."
)
@click.option(
    "--containment",
    type=float,
    metavar="SHARE",
    help="Also remove documents of which this share is in a longer one.",
)
@click.option("--repeats/--no-repeats", default=True, help="Look for repeated passages inside documents.")
@click.option(
    "--boilerplate",
    type=int,
    default=None,
    metavar="N",
    help="Look for lines that recur in at least N kept documents.  [default: 5 with --cut boilerplate]",
)
@click.option(
    "--cut",
    type=click.Choice(["repeats", "boilerplate", "none"]),
    default="none",
    show_default=True,
    help="What the kept texts are relieved of.",
)
@click.option(
    "--index", metavar="DIR", help="Compare with this index of earlier documents, then add the kept ones."
)
@click.option(
    "--explain", nargs=2, metavar="ID1 ID2", help="Say why two documents are duplicates or not, and stop."
)
@click.option("--dry-run", is_flag=True, help="Print the duplicates and write nothing.")
@click.option("-q", "--quiet", is_flag=True, help="No progress and no summary on stderr.")
@paragraphs_option
@read_options
@overwrite_option
def dedup(inputs: tuple[str, ...], reading: ReadOptions, **given: Any) -> None:
    """Find near-duplicates, repeated passages and boilerplate.

    INPUT is a file, a folder, a glob, or - for standard input. DIR gets the kept documents in the format they
    came in (kept/), documents.tsv, duplicates.tsv, clusters.tsv and repeats.tsv.
    """
    from align.jobs.dedup import explain_pair

    options = _options(reading, given)
    if given["explain"]:
        first, second = given["explain"]
        for line in explain_pair(inputs, first, second, options).lines():
            click.echo(line)
        return
    if given["dry_run"]:
        _dry_run(inputs, options, quiet=given["quiet"])
    elif given["output"] is None:
        raise click.UsageError("Missing option '-o': name a folder for the results, or add --dry-run.")
    else:
        _run(inputs, given["output"], options, quiet=given["quiet"])


def _options(reading: ReadOptions, given: dict[str, Any]) -> JobOptions:
    from dataclasses import replace

    from align.dedup.options import DedupOptions
    from align.jobs.dedup import JobOptions

    if given["keep"] == "newest" and not given["keep_field"]:
        raise click.UsageError("--keep newest goes by a date: name its field with --keep-field.")
    boilerplate = given["boilerplate"]
    return JobOptions(
        dedup=DedupOptions(
            threshold=given["threshold"],
            ngram=given["ngram"],
            slots=given["slots"],
            backend=given["backend"],
            keep=given["keep"],
            prefer=given["prefer"],
            containment=given["containment"],
            repeats=given["repeats"],
            boilerplate=(5 if given["cut"] == "boilerplate" else 0) if boilerplate is None else boilerplate,
            paragraphs=given["paragraphs"],
        ),
        reading=replace(reading, prefer=given["keep_field"]),
        cut=given["cut"],
        index=given["index"],
        overwrite=given["overwrite"],
    )


def _run(inputs: tuple[str, ...], output: Path, options: JobOptions, *, quiet: bool) -> None:
    from align.jobs.dedup import deduplicate

    start = time.monotonic()
    with steps(quiet=quiet, after=_SHORT) as progress:
        result = deduplicate(inputs, output, options, progress=progress, waiting=_waiting)
    if not quiet:
        if result.duplicates is None:
            click.echo(f"{output} is up to date.", err=True)
        _say(result.summary, time.monotonic() - start)
    if result.summary["failed"]:
        say_failed(_failed(output), output / "documents.tsv")
    for name, damage in result.damaged.items():
        click.echo(f"align: segment {name} was not compared with: {damage}", err=True)
    if result.summary["failed"] or result.damaged:
        click.get_current_context().exit(1)


def _failed(output: Path) -> Iterator[tuple[str, str]]:
    """The documents that could not be used, as the job's table has them: where they were read, and why."""
    from align._internal.tables import read_table

    for row in read_table(output / "documents.tsv"):
        if row["status"] == "failed":
            place = f"{row['source']}:{int(row['line']) + 1}" if row["line"] else row["source"]
            yield place, row["reason"]


def _dry_run(inputs: tuple[str, ...], options: JobOptions, *, quiet: bool) -> None:
    from align._internal.tables import write_table
    from align.dedup.tables import DUPLICATES, pair_rows
    from align.jobs.dedup import compare_only, summarise

    start = time.monotonic()
    with steps(quiet=quiet, after=_SHORT) as progress:
        duplicates = compare_only(inputs, options, progress=progress)
    write_table("-", DUPLICATES, pair_rows(duplicates))
    if not quiet:
        _say(summarise(duplicates), time.monotonic() - start)
    for id, problem in duplicates.problems.items():
        click.echo(f"align: {id}: {problem}", err=True)
    if duplicates.problems:
        click.get_current_context().exit(1)


def _waiting(message: str) -> None:
    click.echo(f"align: {message}", err=True)


def _say(summary: dict[str, int], seconds: float) -> None:
    """The outcome in two lines."""
    removed = {kind: summary[kind] for kind in ("identical", "near", "contained") if summary[kind]}
    why = f" ({', '.join(f'{count:,} {kind}' for kind, count in removed.items())})" if removed else ""
    click.echo(
        f"{counted(summary['documents'], 'document')}: {summary['kept']:,} kept, "
        f"{sum(removed.values()):,} removed{why}, {summary['failed']:,} failed, in {seconds:.1f} s",
        err=True,
    )
    found = [counted(summary["repeats"], "repeated passage")] if summary["repeats"] else []
    found += [counted(summary["boilerplate"], "run of boilerplate")] if summary["boilerplate"] else []
    if found:
        click.echo(", ".join(found), err=True)
    if summary["crowded"]:
        click.echo(
            f"{counted(summary['crowded'], 'crowded bucket')}: pairs in them are listed with kept documents only",
            err=True,
        )

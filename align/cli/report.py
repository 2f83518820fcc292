"""``align report``: a run as pages to read."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

import click

from align.cli.console import JSON, counted, is_set, say, summary, tell
from align.cli.options import batch_option
from align.cli.progress import steps

if TYPE_CHECKING:
    from align.corpus.folder import CorpusFolder
    from align.report import Report


@click.command()
@click.argument("out", metavar="RUN")
@click.option(
    "--words/--no-words", default=True, show_default=True,
    help="Show which word answers which, and shade the picture of the path by similarity.",
)  # fmt: skip
@click.option(
    "--max-duplicates", type=click.IntRange(min=0), default=1000, show_default=True, metavar="N",
    help="Most near-duplicates with a page that compares them, the least similar first.",
)  # fmt: skip
@click.option(
    "--compare", "other", metavar="OTHER",
    help="Hold RUN against another run of the same texts instead: RUN/report/compare/index.html.",
)  # fmt: skip
@batch_option
def report(out: str, words: bool, max_duplicates: int, other: str | None, batch: int | None) -> int:
    """Write RUN/report/index.html and a page for every pair of the run in RUN; of batch N into RUN/report/batch-N.

    The pages are complete in themselves: they open from disk, load nothing, and can be sent to somebody.
    """
    from align.corpus.folder import CorpusFolder
    from align.report import ReportOptions, write_report

    run = CorpusFolder(out, job="run", batch=batch)
    if other is not None:
        return _compare(run, CorpusFolder(other, job="run"))
    options = ReportOptions(words=words, max_duplicates=max_duplicates)
    with steps() as progress:
        written = write_report(run, options, progress=progress)
    if not is_set(JSON):
        click.echo(written.index)
    tell(f"pages: {written.pairs:,} of pairs, {written.duplicates:,} of near-duplicates")
    for note in written.notes:
        say(f"align: {note}")
    for pair in written.not_aligned:
        say(f"align: {pair.source} and {pair.target}: not aligned, so without a page")
    for pair, level in written.incomplete:
        missing = run.bead_file(pair, level)
        say(f"align: {missing}: is missing, so its {level}s are not shown; align run again makes it")
    if not run.finished:
        say(f"align: {out}: this run is not finished; run it again to go on")
    _closing(out, written)
    return 1 if written.not_aligned or written.incomplete or not run.finished else 0


def _compare(here: CorpusFolder, there: CorpusFolder) -> int:
    from align.report import write_comparison

    written = write_comparison(here, there)
    pairs = written.comparison.pairs
    if not is_set(JSON):
        click.echo(written.index)
    same, differ = sum(pair.same for pair in pairs), sum(len(pair.differences) for pair in pairs)
    decided = sum(pair.decided for pair in pairs)
    only = len(written.comparison.only_here), len(written.comparison.only_there)
    tell(
        f"{counted(len(pairs), 'pair')} in both, {only[0]:,} only in {here.path}, {only[1]:,} only in {there.path}; "
        f"{counted(same, 'bead')} the same, {counted(differ, 'place')} where they differ, {decided:,} decided"
    )
    summary(
        written.index,
        pairs=len(pairs),
        only_here=only[0],
        only_there=only[1],
        same=same,
        differ=differ,
        decided=decided,
    )
    return 0


def _closing(out: str, written: Report) -> None:
    found = written.figures
    if found.total:
        beads, gaps = counted(found.beads, "bead"), counted(found.gaps, "gap")
        tell(f"{beads} and {gaps}; {found.doubtful:,} doubtful")
    if found.doubtful:
        tell(f"next: align review {shlex.quote(out)} --open")
    summary(
        written.index,
        pairs=written.pairs,
        duplicates=written.duplicates,
        beads=found.beads,
        gaps=found.gaps,
        doubtful=found.doubtful,
        not_aligned=len(written.not_aligned),
    )

"""``align terms``: the terms of a finished run with their translations."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from align import __version__
from align.cli.console import counted as number_of
from align.cli.console import refuse_json, say, summary, tell
from align.cli.export import say_unfinished, two_languages
from align.cli.options import (
    TERM_FORMATS,
    batch_option,
    language_tag,
    overwrite_option,
    spreadsheet_safe_option,
)
from align.cli.progress import steps
from align.document import LEVELS, Level
from align.errors import UsageError
from align.formats.beads import DOUBTFUL

if TYPE_CHECKING:
    from align.corpus.folder import CorpusFolder
    from align.terms import Terms

_SHORT = 10.0  # seconds: a count that is done by then has told nothing of its progress


@click.command()
@click.argument("run", metavar="RUN")
@click.option(
    "-o",
    "--output",
    default="-",
    show_default=True,
    metavar="FILE",
    help="File to write, or - for standard output.",
)
@click.option(
    "--format", "form", type=click.Choice(TERM_FORMATS),
    help="TBX-Basic of ISO 30042:2019 or, for tools that do not read it yet, of 2008.  [default: by the ending of "
    "FILE, else tsv]",
)  # fmt: skip
@click.option(
    "--level",
    type=click.Choice(LEVELS),
    default="sentence",
    show_default=True,
    help="Which beads to count in.",
)
@click.option(
    "--min-confidence", type=click.FloatRange(0, 1), default=DOUBTFUL, show_default=True, metavar="P",
    help="Count in beads from this confidence on, and in those that a reviewer accepted.",
)  # fmt: skip
@click.option(
    "--min-count", type=click.IntRange(min=2), default=2, show_default=True, metavar="N",
    help="Fewest beads in which a term and its translation answer each other.",
)  # fmt: skip
@click.option(
    "--languages", metavar="en-zh", help="Only pairs of these two languages, the first one as the source."
)
@click.option(
    "--source-language", metavar="CODE", callback=language_tag,
    help="Source of all pairs that have this language.",
)  # fmt: skip
@batch_option
@spreadsheet_safe_option
@overwrite_option
def terms(
    run: str,
    output: str,
    form: str | None,
    batch: int | None,
    spreadsheet_safe: bool,
    overwrite: bool,
    **counted: Any,
) -> int:
    """Write the terms of the finished run RUN with their translations and counts.

    Terms are words and runs of up to four words that answer each other in several beads and are more frequent here
    than in the language; function words are none. They are counted in the first 100,000 beads of two languages.
    """
    from align._internal.files import refuse_existing
    from align.corpus.folder import CorpusFolder
    from align.terms import term_format, write_terms

    refuse_json(output)
    format = form or term_format(output)
    if spreadsheet_safe and format != "tsv":
        raise UsageError(f"--spreadsheet-safe goes with TSV; {format} is not read by spreadsheets as a table")
    folder = CorpusFolder(run, job="run", batch=batch)
    if not overwrite:
        refuse_existing(output)
    found = _counted(folder, **counted)
    if found:
        about = f"Terms of {folder.path.resolve().name}, found by align {__version__}"
        write_terms(output, found, format, about=about, spreadsheet_safe=spreadsheet_safe)
    if not folder.pairs:
        say(f"align: {folder.path}: the run found no pairs, so there are no terms")
    else:
        _say(output, found)
    say_unfinished(folder)
    return 0 if found and folder.finished else 1


def _counted(
    folder: CorpusFolder,
    *,
    level: Level,
    min_confidence: float,
    min_count: int,
    languages: str | None,
    source_language: str | None,
) -> Terms:
    from functools import partial

    from align.review.terms import TermCounter, run_terms

    two = two_languages(languages)
    if two and source_language:
        raise UsageError(
            "--languages and --source-language both say which side is the source; give one of them"
        )
    counter = partial(
        TermCounter, min_confidence=min_confidence, source_language=two[0] if two else source_language
    )
    with steps(after=_SHORT) as progress:
        return run_terms(
            folder, level=level, languages=two, fewest=min_count, counter=counter, progress=progress
        )


def _say(output: str, found: Terms) -> None:
    number = sum(map(len, found.values()))
    if not found:
        say("align: no terms: too few beads are sure enough, or no word is more frequent here than elsewhere")
    for (source, target), terms in found.items():
        tell(
            f"{source or 'unknown'}–{target or 'unknown'}: {number_of(len(terms), 'term')} with a translation"
        )
    summary(output, terms=number, languages={"-".join(key): len(terms) for key, terms in found.items()})

"""``align pairs``: which documents of a batch are translations of each other."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from align.cli.console import counted, say_failed
from align.cli.options import encoder_option, overwrite_option, paragraphs_option, read_options
from align.cli.progress import steps

if TYPE_CHECKING:
    from align.corpus.status import Entry
    from align.document import Document, ParagraphMode
    from align.pairing import Pairs
    from align.reading.options import ReadOptions

_DOUBTFUL = 0.9  # accepted pairs below this probability are named
_SHOWN = 5  # of those that a person should look at


@click.command()
@click.argument("inputs", nargs=-1, required=True, metavar="INPUT...")
@click.option(
    "-o", "--output", default="-", show_default=True, metavar="FILE", help="Table of pairs; - is stdout."
)
@click.option(
    "--documents", type=click.Path(path_type=Path), metavar="TSV",
    help="Also write what became of each document, and why one has no partner.",
)  # fmt: skip
@click.option("--given", type=click.Path(path_type=Path), metavar="TSV", help="Pairs that are known.")
@click.option(
    "--exclude", type=click.Path(path_type=Path), metavar="TSV", help="Pairs that are known not to be any."
)
@click.option(
    "--min-probability", type=click.FloatRange(0, 1), default=0.5, show_default=True, metavar="P",
    help="Accept pairs of at least this probability.",
)  # fmt: skip
@click.option(
    "--neighbours", type=click.IntRange(min=1), default=16, show_default=True, metavar="N",
    help="Documents of each other language that a document is compared with.",
)  # fmt: skip
@click.option(
    "--names/--no-names", default=True, show_default=True,
    help="Count ids that differ only in a language code (a.en.txt, a.zh.txt) as evidence.",
)  # fmt: skip
@click.option(
    "--index",
    type=click.Path(path_type=Path),
    metavar="DIR",
    help="Keep the documents' vectors here, and look for partners in earlier batches.",
)
@click.option("--dry-run", is_flag=True, help="Find the pairs and say how many; write nothing.")
@click.option("-q", "--quiet", is_flag=True, help="No progress and no summary on stderr.")
@read_options
@paragraphs_option
@encoder_option
@overwrite_option
def pairs(
    inputs: tuple[str, ...],
    output: str,
    documents: Path | None,
    given: Path | None,
    exclude: Path | None,
    min_probability: float,
    neighbours: int,
    names: bool,
    index: Path | None,
    dry_run: bool,
    quiet: bool,
    reading: ReadOptions,
    paragraphs: ParagraphMode,
    encoder: str,
    overwrite: bool,
) -> int:
    """Find which documents of a batch are translations of each other.

    INPUT is a file, a folder, a glob, or - for standard input. FILE gets one line for each pair: both ids, their
    languages, the probability, how much of each text the other accounts for, and the next best partner.

    \b
    align pairs articles/ -o pairs.tsv
    align pairs new/ -o pairs.tsv --documents documents.tsv --given known.tsv --index vectors/
    """
    from align._internal.files import refuse_existing
    from align.corpus.status import write_documents
    from align.pairing import PairOptions, find_pairs, read_given

    if not overwrite and not dry_run:
        refuse_existing(output, *([documents] if documents else []))
    options = PairOptions(
        encoder=encoder,
        min_probability=min_probability,
        neighbours=neighbours,
        given=read_given(given) if given else (),
        exclude=read_given(exclude) if exclude else (),
        names=names,
        index=index,
        keep=not dry_run,
    )
    entries: list[Entry] = []
    with steps(quiet=quiet) as progress:
        found = find_pairs(
            _documents(inputs, reading, paragraphs, entries), options=options, progress=progress
        )
    failed = [(entry.source, entry.reason or "") for entry in entries if entry.status == "failed"]
    say_failed(failed, documents)
    for line in found.warnings:
        click.echo(f"align: {line}", err=True)
    if not dry_run:
        if documents:
            write_documents(documents, _told(entries, found))
        found.write(output, overwrite=True)
    if not quiet:
        _say(found)
    return 1 if failed or found.warnings else 0


def _documents(
    inputs: tuple[str, ...], reading: ReadOptions, paragraphs: ParagraphMode, entries: list[Entry]
) -> Iterator[Document]:
    """The usable documents; of each, and of what cannot be used, an entry is added to `entries`."""
    from align.corpus.status import entry_of
    from align.reading import read_batch
    from align.reading.documents import document_of
    from align.text.detection import detect_document

    for batch in read_batch(inputs, options=reading):
        for row in batch.to_pylist():
            entry = entry_of(row)
            if entry.status == "failed":
                entries.append(entry)
                continue
            document = detect_document(document_of(row, paragraphs))
            language, count = document.language, len(document.paragraphs)
            entries.append(replace(entry, language=language, paragraphs=count))
            yield document


def _told(entries: Iterable[Entry], found: Pairs) -> Iterator[Entry]:
    """The entries with the partners that were found, or why there are none."""
    from align.corpus.status import with_partner

    for entry in entries:
        if entry.status != "failed":
            for pair in found.of(entry.document):
                partner = pair.target if pair.source == entry.document else pair.source
                entry = with_partner(entry, partner, pair.probability)
            if entry.status != "paired":
                entry = replace(entry, reason=found.unpaired[entry.document])
        yield entry


def _say(found: Pairs) -> None:
    documents = len({id for pair in found for id in (pair.source, pair.target)})
    click.echo(
        f"{counted(len(found), 'pair')} in {counted(len(found.sets), 'set')} of versions; "
        f"{counted(documents, 'document')} paired, {len(found.unpaired)} without a partner",
        err=True,
    )
    for reason, number in Counter(found.unpaired.values()).most_common() if not found.pairs else ():
        click.echo(f"  {number}: {reason}", err=True)
    doubtful = [pair for pair in found.worst(len(found)) if pair.warning or pair.probability < _DOUBTFUL]
    for pair in doubtful[:_SHOWN]:
        why = pair.warning or f"probability {pair.probability:.2f}"
        click.echo(f"  look at {pair.source} - {pair.target}: {why}", err=True)
    if (more := len(doubtful) - _SHOWN) > 0:
        click.echo(f"  and at {counted(more, 'other')}: see the columns warning and probability", err=True)

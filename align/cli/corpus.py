"""``align corpus``: look after a corpus that grows batch by batch."""

from __future__ import annotations

import click

from align.cli.console import counted

_CORPUS = click.argument("corpus", metavar="DIR")


@click.group()
def corpus() -> None:
    """Look after a corpus that align run --append made."""


@corpus.command()
@_CORPUS
def info(corpus: str) -> None:
    """Print the batches: documents, what became of them, and where they were read."""
    from align._internal.tables import write_table
    from align.jobs.corpus import corpus_info

    columns = ("paired", "unpaired", "duplicate", "failed")
    rows = [
        (
            b.number,
            sum(b.statuses.values()),
            *(b.statuses.get(name, 0) for name in columns),
            " ".join(b.inputs),
        )
        for b in corpus_info(corpus)
    ]
    write_table("-", ("batch", "documents", *columns, "inputs"), rows)


@corpus.command()
@_CORPUS
@click.argument("ids", nargs=-1, required=True, metavar="ID...")
def remove(corpus: str, ids: tuple[str, ...]) -> int:
    """Take documents out: their texts, their pairs, and what later batches are compared with.

    What was removed as a duplicate of one of them stays removed; documents.tsv goes on naming them.
    """
    from align.jobs.corpus import remove_documents

    missing = remove_documents(corpus, ids, _waiting)
    click.echo(f"{counted(len(set(ids)) - len(set(missing)), 'document')} removed", err=True)
    for id in missing:
        click.echo(f"align: {corpus}: holds no document {id!r}", err=True)
    return int(bool(missing))


@corpus.command()
@_CORPUS
def compact(corpus: str) -> None:
    """Make one piece of each store, without what was taken out."""
    from align.jobs.corpus import compact

    compact(corpus, _waiting)


def _waiting(message: str) -> None:
    click.echo(f"align: {message}", err=True)

"""``align corpus``: look after a corpus that grows batch by batch."""

from __future__ import annotations

import click

from align.cli.console import counted, say, say_came_back, summary, tell, waiting
from align.cli.shared import Group

_CORPUS = click.argument("corpus", metavar="DIR")


@click.group(cls=Group)
def corpus() -> None:
    """Look after a corpus that align run --append made."""


@corpus.command()
@_CORPUS
def info(corpus: str) -> None:
    """Print the batches: documents, what became of them, and where they were read.

    DIR is also a folder of align dedup --append, or the table of align pairs --append.
    """
    from align._internal.tables import write_table
    from align.jobs.corpus import corpus_info

    batches = corpus_info(corpus)
    columns = tuple(batches[0].statuses)
    rows = [(b.number, sum(b.statuses.values()), *b.statuses.values(), " ".join(b.inputs)) for b in batches]
    write_table("-", ("batch", "documents", *columns, "inputs"), rows)


@corpus.command()
@_CORPUS
@click.argument("ids", nargs=-1, required=True, metavar="ID...")
def remove(corpus: str, ids: tuple[str, ...]) -> int:
    """Take documents out: their texts, their pairs, and what later batches are compared with.

    What was removed as a duplicate of one of them comes back, paired and aligned, unless another document stands for
    it; documents.tsv goes on naming all of them.
    """
    from align.jobs.corpus import remove_documents

    found = remove_documents(corpus, ids, waiting)
    missing = found.missing
    removed = len(set(ids)) - len(set(missing))
    tell(f"{counted(removed, 'document')} removed")
    say_came_back(found.came_back)
    if found.waiting:
        say(
            f"align: {corpus}: the next align run --append sees to {counted(found.waiting, 'document')} that went "
            "as duplicates of these: it knows the encoder that the corpus is made with"
        )
    for id in missing:
        say(f"align: {corpus}: holds no document {id!r}")
    summary(corpus, removed=removed, missing=len(set(missing)), came_back=len(found.came_back) or None)
    return int(bool(missing))


@corpus.command()
@_CORPUS
def compact(corpus: str) -> None:
    """Make one piece of each store, without what was taken out.

    DIR is also a folder of align dedup --append.
    """
    from align.jobs.corpus import compact

    compact(corpus, waiting)
    tell(f"{corpus}: one piece of each store now")
    summary(corpus)

"""``align models``: which encoders there are, where their files are, and fetching them."""

from __future__ import annotations

import click

from align._internal.progress import MEGABYTE
from align.cli.console import JSON, is_set, say, summary, tell
from align.cli.progress import steps
from align.cli.shared import Group


@click.group(cls=Group)
def models() -> None:
    """List, fetch and find the models of the optional encoders.

    The default encoder needs nothing, nor do e5 and use+e5 on Linux x86-64. LASER checkpoints go where laser_encoders
    keeps them, models of sentence-transformers where that library does; ALIGN_MODELS names another folder for both.
    """


@models.command("list")
@click.option("--format", "form", type=click.Choice(["text", "tsv"]), default="text", show_default=True)
def list_(form: str) -> None:
    """Every encoder: its name, languages, vector length, size, and what is still needed to use it."""
    from align.encoders.catalogue import entries

    rows = [("encoder", "languages", "dimension", "size", "state")]
    rows += [(entry.name, entry.languages, entry.dimension, entry.size, entry.state) for entry in entries()]
    if form == "tsv":
        click.echo("\n".join("\t".join(row) for row in rows))
        return
    widths = [max(len(row[column]) for row in rows) for column in range(4)]
    for row in rows:
        click.echo(
            "  ".join(
                [*(cell.ljust(width) for cell, width in zip(row, widths, strict=False)), row[4]]
            ).rstrip()
        )


@models.command()
@click.argument("name")
@click.option("--overwrite", is_flag=True, help="Fetch again what is there already.")
def fetch(name: str, overwrite: bool) -> None:
    """Fetch what the encoder NAME needs (laser, laser:LANGUAGE, st:MODEL)."""
    from align.encoders.catalogue import fetch as fetch_files
    from align.encoders.catalogue import folder

    with steps() as progress:
        fetched = fetch_files(
            name,
            overwrite=overwrite,
            progress=lambda file, done, total: progress(f"{file}, MB", done // MEGABYTE, total // MEGABYTE),
        )
    for path in fetched:
        if not is_set(JSON):
            click.echo(str(path))
    if not fetched:
        tell(f"{name}: all there, in {folder(name)}")
    summary(folder(name), encoder=name, fetched=[str(path) for path in fetched])


@models.command()
@click.argument("name")
def where(name: str) -> None:
    """Print the folder of the encoder NAME on the first line, then its files and whether each is there."""
    from align.encoders.catalogue import check, files, folder

    place = folder(name)
    click.echo(place)
    for file in files(name):
        click.echo(
            f"{file.path.relative_to(place)}\t{'there' if file.present else f'missing: {file.source}'}"
        )
    problem = check(name)
    if problem:
        say(f"align: {problem}")
        raise SystemExit(1)

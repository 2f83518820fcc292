"""``align texts``: two files that the user knows to be translations."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from align._internal.files import refuse_existing
from align.cli.console import counted, refuse_json, say, summary, tell
from align.cli.options import (
    FORMATS,
    encoder_option,
    language_tag,
    max_size_option,
    overwrite_option,
    paragraphs_option,
)
from align.cli.progress import duration, steps
from align.document import LEVELS
from align.errors import UsageError

if TYPE_CHECKING:
    from align.alignment.result import Alignment
    from align.document import Document, ParagraphMode

_SHORT = 10.0  # seconds: where lines stay, an alignment that is done by then says nothing meanwhile


@click.command()
@click.argument("source")
@click.argument("target")
@click.option(
    "-o", "--output", "out", default="-", show_default=True, metavar="FILE", help="File, or - for stdout."
)
@click.option(
    "--format",
    "form",
    type=click.Choice(FORMATS),
    help="Format of the output; beads is Vecalign's.  [default: by the ending of FILE, else tsv]",
)
@click.option(
    "--units",
    type=click.Choice(["auto", "lines"]),
    default="auto",
    show_default=True,
    help="lines: every line is one unit as it stands, and its position is its line number.",
)
@click.option(
    "--level",
    type=click.Choice(LEVELS),
    default="sentence",
    show_default=True,
    help="What is aligned; with --units lines: what the lines are.",
)
@click.option(
    "--source-language",
    metavar="CODE",
    callback=language_tag,
    help="Language of SOURCE.  [default: detected]",
)
@click.option(
    "--target-language",
    metavar="CODE",
    callback=language_tag,
    help="Language of TARGET.  [default: detected]",
)
@paragraphs_option
@max_size_option
@click.option(
    "--min-confidence", type=click.FloatRange(0, 1), default=0.0, help="Leave out beads below this."
)
@encoder_option
@overwrite_option
def texts(
    source: str,
    target: str,
    out: str,
    form: str | None,
    units: str,
    paragraphs: ParagraphMode,
    min_confidence: float,
    overwrite: bool,
    **how: Any,
) -> int:
    """Align two texts that are translations of each other.

    Writes one line for each bead: its positions in both texts, a confidence, and the texts.
    """
    from align.alignment.aligner import align_texts
    from align.formats.registry import format_of
    from align.reading import read_lines

    began = time.monotonic()
    refuse_json(out)
    _check(source, target, out, overwrite)
    form = form or format_of(out)

    left: list[str] | Document
    right: list[str] | Document
    if units == "lines":
        left, right = read_lines(source), read_lines(target)
    else:
        languages = how["source_language"], how["target_language"]
        left, right = _documents((source, target), languages, paragraphs)
    with steps(after=_SHORT) as progress:
        progress("aligning", 0, 0)
        alignment = align_texts(left, right, **how)
    for warning in alignment.warnings:
        say(f"align: warning: {warning}")
    if form == "moses" and not overwrite:
        refuse_existing(*_moses_files(alignment, out))
    _write(alignment, out, form, min_confidence, (source, target))
    _say(alignment, out, time.monotonic() - began)
    return 0


def _documents(
    paths: tuple[str, str], languages: tuple[str | None, str | None], paragraphs: ParagraphMode
) -> list[Document]:
    from align.document import Document
    from align.reading import read_with_warning
    from align.text.paragraphs import common_mode

    texts = []
    for path in paths:
        text, warning = read_with_warning(path)
        texts.append(text)
        if warning:
            say(f"align: warning: {path}: {warning}")
    mode = common_mode(*texts) if paragraphs == "auto" else paragraphs
    return [
        Document.from_text(Path(path).name, text, language=language, paragraphs=mode)
        for path, text, language in zip(paths, texts, languages, strict=True)
    ]


def _say(alignment: Alignment, out: str, seconds: float) -> None:
    covered, gaps = alignment.coverage, len(alignment.gaps)
    found = f"{counted(len(alignment.beads) - gaps, 'bead')} and {counted(gaps, 'gap')}"
    tell(
        f"align: {found}; {covered.source:.0%} of the source and "
        f"{covered.target:.0%} of the target are answered with confidence (encoder {alignment.encoder}), "
        f"in {duration(seconds)}"
    )
    summary(
        out,
        beads=len(alignment.beads) - gaps,
        gaps=gaps,
        coverage={"source": round(covered.source, 4), "target": round(covered.target, 4)},
        encoder=alignment.encoder,
        seconds=round(seconds, 1),
    )


def _check(source: str, target: str, out: str, overwrite: bool) -> None:
    """What would only be found out after a long alignment, or too late."""
    if source == target == "-":
        raise UsageError("only one of the two texts can come from standard input; name a file for the other")
    if not overwrite:
        refuse_existing(out)


def _moses_files(alignment: Alignment, out: str) -> tuple[str, ...]:
    """Moses writes two files, named by languages that only the alignment knows."""
    from align.formats.bitext import Bitext
    from align.formats.registry import files_written
    from align.text.languages import output_tag

    source, target = (output_tag(alignment.signature[f"{side}_language"]) for side in ("source", "target"))
    return files_written(out, [Bitext((), source, target)], "moses")


def _write(alignment: Alignment, out: str, form: str, least: float, names: tuple[str, str]) -> None:
    from align.alignment.result import bead_rows
    from align.formats.registry import write_beads

    source, target = ("", "") if form == "tsv" else (Path(names[0]).name, Path(names[1]).name)
    rows = bead_rows(alignment.beads, alignment.source, alignment.target)
    written = write_beads(
        out,
        (row for row in rows if row.confidence >= least),
        format=form,
        source_language=alignment.signature["source_language"],
        target_language=alignment.signature["target_language"],
        source_document=source,
        target_document=target,
    )
    if written.gaps:
        left = counted(written.gaps, "gap")
        say(f"align: {left} left out of {out}: {form} has no place for gaps")

"""``align export``: a finished run as one corpus file."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import click

from align.cli.console import counted
from align.cli.options import (
    FORMATS,
    batch_option,
    language_tag,
    overwrite_option,
    skip_checks_option,
    spreadsheet_safe_option,
)
from align.document import LEVELS
from align.errors import UsageError
from align.text.languages import parse

if TYPE_CHECKING:
    from align.corpus.folder import CorpusFolder
    from align.jobs.export import Exported, Selection


@click.command()
@click.argument("run", metavar="RUN")
@click.option(
    "-o", "--output", required=True, metavar="FILE", help="File to write, or - for standard output."
)
@click.option("--format", type=click.Choice(FORMATS), help="Format.  [default: by the ending of FILE]")
@click.option(
    "--level", type=click.Choice(LEVELS), default="sentence", show_default=True,
    help="Which beads to write.",
)  # fmt: skip
@click.option(
    "--min-confidence", type=click.FloatRange(0, 1), default=0.0, metavar="P",
    help="Leave out beads below this confidence (recalibrated, after align review --calibrate); those a "
    "reviewer accepted stay.",
)  # fmt: skip
@click.option("--types", default="", metavar="1-1,1-2", help="Only beads of these types.")
@click.option(
    "--languages", metavar="en-zh",
    help="Only pairs of these two languages, all turned so that the first is the source; pt takes pt-BR and pt-PT. "
    "More than two (en,zh,id): a column for each, one row for what answers each other through the first.",
)  # fmt: skip
@click.option(
    "--source-language", metavar="CODE", callback=language_tag,
    help="Turn all pairs that have this language so that it is the source; others stay as they are.",
)  # fmt: skip
@click.option(
    "--max-length-ratio", type=click.FloatRange(min=1, min_open=True), metavar="N",
    help="Leave out beads with one side over N times longer than is usual for the two languages.",
)  # fmt: skip
@click.option("--skip-identical", is_flag=True, help="Leave out beads with the same text on both sides.")
@click.option(
    "--unique", is_flag=True, help="Leave out beads whose texts came before, in whichever document."
)
@click.option(
    "--checks", is_flag=True,
    help="Add a column checks: what a translator would look at, such as numbers or brackets that differ (TSV, JSONL, "
    "Parquet).",
)  # fmt: skip
@skip_checks_option
@click.option("--reviewed-only", is_flag=True, help="Only beads that a reviewer accepted.")
@batch_option
@click.option("--dry-run", is_flag=True, help="Say what would be written; write nothing.")
@spreadsheet_safe_option
@overwrite_option
def export(
    run: str,
    output: str,
    format: str | None,
    level: str,
    min_confidence: float,
    types: str,
    languages: str | None,
    batch: int | None,
    dry_run: bool,
    spreadsheet_safe: bool,
    overwrite: bool,
    **filters: Any,
) -> int:
    """Write the beads of the finished run RUN as one corpus.

    TSV, JSONL and Parquet keep gaps; TMX, XLIFF and Moses (FILE.en-zh.en and FILE.en-zh.zh) have no place for them
    and leave them out. Format beads (Vecalign's) holds the paragraphs of a run of one pair. Beads that a reviewer
    corrected go out as corrected, rejected ones never.

    \b
    align export out -o corpus.tmx --level sentence --min-confidence 0.5
    align export out -o corpus --format moses --languages en-zh --types 1-1,1-2,2-1 --unique
    """
    from align.corpus.folder import CorpusFolder
    from align.jobs.export import export_run
    from align.jobs.multilingual import export_multilingual

    selection = _selection(level, min_confidence, types, languages, filters)
    folder = CorpusFolder(run, job="run", batch=batch)
    how: dict[str, Any] = {"format": format, "overwrite": overwrite, "dry_run": dry_run}
    if several := _several(languages):
        _refuse(selection.checks, "--checks is for two languages, not for several in --languages")
        _refuse(spreadsheet_safe, "--spreadsheet-safe is for two languages, not for several in --languages")
        found = export_multilingual(folder, output, several, selection, **how)
    else:
        found = export_run(folder, output, selection, spreadsheet_safe=spreadsheet_safe, **how)
    _say(found, dry_run)
    _say_calibration(folder, found)
    _say_unfinished(folder)
    if dry_run:
        _say_precision(folder, selection)
    if not found.written.beads:
        _say_nothing(found, selection, dry_run)
    return 1 if found.missing or not folder.finished or not found.written.beads else 0


def _selection(
    level: str, min_confidence: float, types: str, languages: str | None, filters: dict[str, Any]
) -> Selection:
    from align.jobs.export import Selection

    return Selection(
        level="paragraph" if level == "paragraph" else "sentence",
        min_confidence=min_confidence,
        types=_types(types),
        languages=None if _several(languages) else _languages(languages),
        **filters,
    )


def _say_unfinished(folder: CorpusFolder) -> None:
    if not folder.finished:
        click.echo(f"align: {folder.path}: this run is not finished; run it again to go on", err=True)


def _say_precision(folder: CorpusFolder, selection: Selection) -> None:
    """How good the corpus is at this confidence, where a sample of it was judged."""
    from align.review.precision import quality

    found = quality(folder, selection.level)
    precision = found and found.at(selection.min_confidence)
    if found and precision:
        click.echo(f"precision of the whole corpus {precision.said}", err=True)
        click.echo(f"({found.note})", err=True)
    elif found:
        click.echo(f"precision: too few judged at this confidence ({found.note})", err=True)


def _refuse(asked: bool, why: str) -> None:
    if asked:
        raise UsageError(why)


def _say_nothing(found: Exported, selection: Selection, dry_run: bool) -> None:
    what = "no pairs of these languages are in the run" if selection.languages else "the run has no pairs"
    why = "every bead was left out" if found.pairs else what
    click.echo(f"align: nothing {'would be' if dry_run else 'was'} exported: {why}", err=True)


def _types(value: str) -> frozenset[str]:
    types = frozenset(part.strip() for part in value.split(",") if part.strip())
    for kind in sorted(types):
        if not re.fullmatch("[0-9]+-[0-9]+", kind):
            raise UsageError(f"--types {value}: {kind!r} is no bead type; give them as 1-1,1-2,2-1")
    return types


def _languages(value: str | None) -> tuple[str, str] | None:
    """``en-zh`` as two codes; codes with parts of their own are parted by a comma (``en,zh-Hant``)."""
    if value is None:
        return None
    parts = value.split("," if "," in value else "-")
    if len(parts) != 2:
        raise UsageError(f"--languages {value}: give two codes such as en-zh or en,zh-Hant")
    try:
        return parse(parts[0]), parse(parts[1])
    except UsageError as error:
        raise UsageError(f"--languages {value}: {error}") from None


def _several(value: str | None) -> list[str]:
    """More than two languages, parted by commas; none where there are no more."""
    parts = [part.strip() for part in (value or "").split(",")]
    return parts if len(parts) > 2 else []


def _say_calibration(folder: CorpusFolder, found: Exported) -> None:
    """Whose confidences these are, where a review was used to recalibrate them."""
    from align.corpus.folder import CALIBRATION

    file = folder.path / CALIBRATION
    if found.calibration:
        click.echo(f"confidences: {found.calibration}, see {file}", err=True)
    elif file.exists():
        click.echo(
            f"align: {file}: was fitted on beads of another encoder or other weights, so it is not used; fit it "
            "anew with align review --calibrate",
            err=True,
        )


def _say(found: Exported, dry_run: bool) -> None:
    """What went where and what did not, on stderr: standard output may carry the corpus itself."""
    written = found.written
    where = ", ".join("standard output" if name == "-" else name for name in written.files)
    verb = "would be written" if dry_run else f"in {where}" if where else "written, and no file"
    click.echo(f"{counted(written.beads, 'bead')} of {counted(found.pairs, 'pair')} {verb}", err=True)
    reasons = [f"{count:,} {reason}" for reason, count in found.left_out.items()]
    if written.gaps:
        reasons.append(f"{counted(written.gaps, 'gap')}, for which this format has no place")
    if reasons:
        click.echo(f"left out: {'; '.join(reasons)}", err=True)
    for pair in found.missing:
        click.echo(f"align: {pair.source} and {pair.target}: no beads of this level in the run", err=True)

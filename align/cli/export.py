"""``align export``: a finished run as one corpus file."""

from __future__ import annotations

import re
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from align.cli.console import counted, refuse_json, say, summary, tell
from align.cli.options import (
    FORMATS,
    batch_option,
    language_tag,
    overwrite_option,
    skip_checks_option,
    spreadsheet_safe_option,
)
from align.cli.progress import duration, steps
from align.document import LEVELS
from align.errors import UsageError
from align.text.languages import parse

if TYPE_CHECKING:
    from align.corpus.folder import CorpusFolder
    from align.jobs.export import Exported, Selection


_SHORT = 10.0  # seconds: an export that is done by then has told nothing of its progress


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
@click.option(
    "--card", is_flag=True,
    help="Also write README.md beside FILE, the data card that Hugging Face reads (TSV, JSONL and Parquet).",
)  # fmt: skip
@click.option("--dry-run", is_flag=True, help="Say what would be written; write nothing.")
@spreadsheet_safe_option
@overwrite_option
def export(
    run: str,
    output: str,
    format: str | None,
    languages: str | None,
    batch: int | None,
    card: bool,
    dry_run: bool,
    spreadsheet_safe: bool,
    overwrite: bool,
    **filters: Any,
) -> int:
    """Write the beads of the finished run RUN as one corpus.

    TSV, JSONL and Parquet keep gaps; TMX, XLIFF and Moses (FILE.en-zh.en and FILE.en-zh.zh) have no place for them
    and leave them out. Format beads (Vecalign's) holds the paragraphs of a run of one pair. Beads that a reviewer
    corrected go out as corrected, rejected ones never.
    """
    from align.corpus.folder import CorpusFolder
    from align.jobs.card import card_file, write_card
    from align.jobs.export import export_run
    from align.jobs.multilingual import export_multilingual

    selection = _selection(languages=None if _several(languages) else two_languages(languages), **filters)
    folder = CorpusFolder(run, job="run", batch=batch)
    how: dict[str, Any] = {"format": format, "overwrite": overwrite, "dry_run": dry_run}
    refuse_json(output)
    several = _several(languages)
    for name, given in {
        "card": card,
        "checks": selection.checks,
        "spreadsheet-safe": spreadsheet_safe,
    }.items():
        _refuse(bool(several and given), f"--{name} is for two languages, not for several in --languages")
    card_at = card_file(output, format, overwrite=overwrite or dry_run) if card else None
    began = time.monotonic()
    with steps(after=_SHORT) as how["progress"]:
        if several:
            found = export_multilingual(folder, output, several, selection, **how)
        else:
            found = export_run(folder, output, selection, spreadsheet_safe=spreadsheet_safe, **how)
    if card_at and found.written.beads and not dry_run:
        write_card(card_at, folder, Path(output), selection, found, format=format)
        tell(f"the card is {card_at}")
    _say(found, dry_run, time.monotonic() - began)
    _summary(output, found, dry_run)
    _say_about(folder, found, selection, dry_run)
    return 1 if found.missing or not folder.finished or not found.written.beads else 0


def _selection(*, level: str, types: str, **filters: Any) -> Selection:
    from align.jobs.export import Selection

    return Selection(
        level="paragraph" if level == "paragraph" else "sentence", types=_types(types), **filters
    )


def _say_about(folder: CorpusFolder, found: Exported, selection: Selection, dry_run: bool) -> None:
    """What else is to be known of what was exported, or would be."""
    _say_calibration(folder, found)
    say_unfinished(folder)
    if dry_run:
        _say_precision(folder, selection)
    if not found.written.beads:
        _say_nothing(found, selection, dry_run)


def _summary(output: str, found: Exported, dry_run: bool) -> None:
    written = found.written
    summary(
        output,
        files=list(written.files),
        pairs=found.pairs,
        beads=written.beads,
        gaps=written.gaps or None,
        left_out=found.left_out,
        missing=len(found.missing),
        dry_run=dry_run or None,
    )


def say_unfinished(folder: CorpusFolder) -> None:
    if not folder.finished:
        say(f"align: {folder.path}: this run is not finished; run it again to go on")


def _say_precision(folder: CorpusFolder, selection: Selection) -> None:
    """How good the corpus is at this confidence, where a sample of it was judged."""
    from align.review.precision import quality

    found = quality(folder, selection.level)
    precision = found and found.at(selection.min_confidence)
    if found and precision:
        tell(f"precision of the whole corpus {precision.said}")
        tell(f"({found.note})")
    elif found:
        tell(f"precision: too few judged at this confidence ({found.note})")


def _refuse(asked: bool, why: str) -> None:
    if asked:
        raise UsageError(why)


def _say_nothing(found: Exported, selection: Selection, dry_run: bool) -> None:
    what = "no pairs of these languages are in the run" if selection.languages else "the run has no pairs"
    why = "every bead was left out" if found.pairs else what
    say(f"align: nothing {'would be' if dry_run else 'was'} exported: {why}")


def _types(value: str) -> frozenset[str]:
    types = frozenset(part.strip() for part in value.split(",") if part.strip())
    for kind in sorted(types):
        if not re.fullmatch("[0-9]+-[0-9]+", kind):
            raise UsageError(f"--types {value}: {kind!r} is no bead type; give them as 1-1,1-2,2-1")
    return types


def two_languages(value: str | None) -> tuple[str, str] | None:
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
        tell(f"confidences: {found.calibration}, see {file}")
    elif file.exists():
        say(
            f"align: {file}: was fitted on beads of another encoder or other weights, so it is not used; fit it "
            "anew with align review --calibrate"
        )


def _say(found: Exported, dry_run: bool, seconds: float) -> None:
    """What went where and what did not, on stderr: standard output may carry the corpus itself."""
    written = found.written
    where = ", ".join("standard output" if name == "-" else name for name in written.files)
    verb = "would be written" if dry_run else f"in {where}" if where else "written, and no file"
    took = "" if dry_run else f", in {duration(seconds)}"
    tell(f"{counted(written.beads, 'bead')} of {counted(found.pairs, 'pair')} {verb}{took}")
    reasons = [f"{count:,} {reason}" for reason, count in found.left_out.items()]
    if written.gaps:
        reasons.append(f"{counted(written.gaps, 'gap')}, for which this format has no place")
    if reasons:
        tell(f"left out: {'; '.join(reasons)}")
    for pair in found.missing:
        say(f"align: {pair.source} and {pair.target}: no beads of this level in the run")

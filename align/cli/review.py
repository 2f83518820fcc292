"""`align review`: the page, and what can be done with decisions without it."""

from __future__ import annotations

import getpass
from contextlib import closing, suppress
from pathlib import Path
from typing import TYPE_CHECKING

import click

from align.cli.console import counted
from align.cli.options import batch_option, spreadsheet_safe_option
from align.errors import InputError, UsageError
from align.formats.beads import DOUBTFUL

if TYPE_CHECKING:
    from align.corpus.folder import CorpusFolder
    from align.review.session import Review


@click.command()
@click.argument("run", metavar="RUN", type=click.Path(path_type=Path))
@click.option("--reviewer", metavar="NAME", help="Who decides.  [default: your login name]")
@click.option(
    "--port", type=click.IntRange(0, 65535), help="Port of the page.  [default: the first free one from 8377]"
)
@click.option("--open", "open_browser", is_flag=True, help="Open the page in the browser.")
@click.option(
    "--doubtful",
    type=click.FloatRange(0, 1),
    default=DOUBTFUL,
    show_default=True,
    metavar="P",
    help="Undecided beads and gaps below this confidence are doubtful.",
)
@click.option(
    "--export", "export_to", metavar="FILE", help="Write the decisions as TSV (- for stdout) and stop."
)
@click.option("--overwrite", is_flag=True, help="With --export: replace the file if it is there.")
@spreadsheet_safe_option
@click.option("--all", "every", is_flag=True, help="With --export: undecided beads too, to be filled in.")
@click.option(
    "--apply",
    "apply_from",
    metavar="FILE",
    help="Take the decisions of such a file into the review and stop.",
)
@click.option(
    "--calibrate",
    is_flag=True,
    help="Fit the confidence to the decisions (RUN/calibration.json) and stop; pages, report and export use it.",
)
@click.option(
    "--gold", metavar="FOLDER", help="Write accepted beads as gold to learn weights from, and stop."
)
@batch_option
@click.pass_context
def review(
    context: click.Context,
    run: Path,
    reviewer: str | None,
    port: int | None,
    open_browser: bool,
    doubtful: float,
    export_to: str | None,
    overwrite: bool,
    spreadsheet_safe: bool,
    every: bool,
    apply_from: str | None,
    calibrate: bool,
    gold: str | None,
    batch: int | None,
) -> None:
    """Review the beads of a run in the browser, by keyboard, worst first or in order.

    The page is served on 127.0.0.1 only. Decisions are kept in RUN/review.sqlite, every one on disk before the
    page says so; the alignment itself stays as it is. They are applied again when the same texts are aligned anew.
    """
    from align._internal.files import refuse_existing
    from align.corpus.folder import CorpusFolder

    chosen = [name for name, given in _MODES.items() if context.params[given]]
    if len(chosen) > 1:
        raise UsageError(f"{' and '.join(chosen)} exclude each other: run one after the other")
    for name in ("every", "overwrite", "spreadsheet_safe"):
        if context.params[name] and not export_to:
            raise UsageError(f"--{'all' if name == 'every' else name.replace('_', '-')} goes with --export")
    folder = CorpusFolder(run, job="run", batch=batch)
    name = _reviewer(reviewer)
    if export_to:
        if not overwrite:
            # It may hold decisions that somebody filled in and has not applied yet.
            refuse_existing(export_to)
        _export(folder, export_to, every, spreadsheet_safe)
    elif apply_from:
        context.exit(_apply(folder, apply_from, name))
    elif calibrate:
        _calibrate(folder)
    elif gold:
        _gold(folder, gold)
    else:
        _serve(folder, name, port, doubtful, open_browser)


_MODES = {"--export": "export_to", "--apply": "apply_from", "--calibrate": "calibrate", "--gold": "gold"}


def _reviewer(given: str | None) -> str:
    from align.text.clean import clean

    try:
        name = given if given is not None else getpass.getuser()
    except (OSError, KeyError):  # no such user, as in some containers
        name = "reviewer"
    name = " ".join(clean(name).split())[:100]
    if not name:
        raise UsageError("--reviewer is empty: give a name that your colleagues know you by")
    return name


def _say(text: str) -> None:
    click.echo(text, err=True)


def _session(folder: CorpusFolder, reviewer: str, doubtful: float = DOUBTFUL) -> Review:
    from align.review.session import Review

    if not folder.finished:
        raise InputError(
            f"{folder.path}: this run was not finished; run the same align run again to complete it, then review"
        )
    return Review(folder, reviewer=reviewer, doubtful=doubtful)


def _serve(
    folder: CorpusFolder, reviewer: str, port: int | None, doubtful: float, open_browser: bool
) -> None:
    from align.corpus.folder import REVIEW
    from align.review.web.server import require_extra, serve

    require_extra()

    def started(address: str, page: Path | None) -> None:
        _say(f"Reviewing {folder.path} as {reviewer}. Decisions are kept in {folder.path / REVIEW}.")
        click.echo(address)
        _say("Open this address in a browser on this machine; Ctrl-C ends the review.")
        if page:
            click.launch(page.resolve().as_uri())

    with closing(_session(folder, reviewer, doubtful)) as session:
        if not session.pairs:
            raise InputError(f"{folder.path}: the run found no pairs: there is nothing to review")
        for lost in session.lost():
            _say(
                f"{counted(lost['accepted'] + lost['rejected'], 'decision')} on {lost['source']} – {lost['target']} "
                f"({lost['level']}s) are kept, but the run no longer has this pair; --export lists them"
            )
        with suppress(KeyboardInterrupt):  # the way to end it, not an interruption
            serve(session, port=port, started=started, page=open_browser)
    _say("The review has ended; every decision is kept.")


def _export(folder: CorpusFolder, path: str, every: bool, spreadsheet_safe: bool) -> None:
    from align.review.decisions import export_decisions
    from align.review.results import reading

    store = reading(folder)
    try:
        count = export_decisions(folder, store, path, every=every, spreadsheet_safe=spreadsheet_safe)
    finally:
        if store:
            store.close()
    _say(
        f"{count} {'beads' if every else 'decisions'} written to {'standard output' if path == '-' else path}"
    )


def _apply(folder: CorpusFolder, path: str, reviewer: str) -> int:
    from align.review.decisions import apply_decisions

    with closing(_session(folder, reviewer)) as session:
        result = apply_decisions(session, path)
    _say(
        f"{counted(result.applied, 'decision')} applied, {result.unchanged} said nothing new, "
        f"{len(result.problems)} left out"
    )
    for problem in result.problems:
        _say(f"left out: {problem}")
    return 1 if result.problems else 0


def _calibrate(folder: CorpusFolder) -> None:
    from align.review.calibration import fit_calibration, is_better
    from align.review.gold import run_labels

    about = {"version": folder.info.get("version"), "signature": folder.info.get("signature")}
    calibration = fit_calibration(run_labels(folder), run=about)
    signature = calibration.signature
    figures = (
        f"Brier score {signature['brier_before']:.4f} as it was, {signature['brier_after_5_fold']:.4f} recalibrated "
        f"({signature['method']}, {signature['beads']} reviewed beads, 5-fold)"
    )
    if not is_better(calibration):
        raise InputError(
            f"{folder.path}: the confidence is not improved by recalibration: {figures}; nothing written"
        )
    _say(f"{calibration.write(folder.path)}: {figures}")


def _gold(folder: CorpusFolder, path: str) -> None:
    from align.review.gold import ENOUGH_TO_TRAIN, FEWEST_BEADS, export_gold

    written = export_gold(folder, path)
    if not written:
        raise InputError(
            f"{folder.path}: no {FEWEST_BEADS} accepted beads follow each other at either level; "
            "accept the beads of a passage without leaving one out"
        )
    for gold in written:
        _say(f"{gold.folder}: {counted(gold.beads, 'accepted bead')} in {counted(gold.files, 'part')}")
    for level in sorted({gold.level for gold in written}):
        beads = sum(gold.beads for gold in written if gold.level == level)
        if beads >= ENOUGH_TO_TRAIN:
            _say(f"enough to learn from, beside other gold: scripts/train_weights {path} --level {level}")
        else:
            _say(
                f"{beads} {level} beads are few to learn from: {ENOUGH_TO_TRAIN} or more are worth a training"
            )

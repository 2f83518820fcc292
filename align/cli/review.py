"""`align review`: the page, and what can be done with decisions without it."""

from __future__ import annotations

import getpass
from collections.abc import Callable, Mapping
from contextlib import closing, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from align.cli.console import JSON, counted, is_set, refuse_json, summary, tell
from align.cli.options import batch_option, skip_checks_option, spreadsheet_safe_option
from align.document import LEVELS, Level
from align.errors import InputError, UsageError
from align.formats.beads import DOUBTFUL

if TYPE_CHECKING:
    from align.corpus.folder import CorpusFolder
    from align.review.judging import Judging
    from align.review.precision import Quality
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
@click.option(
    "--sample", type=click.IntRange(min=1), metavar="N",
    help="Judge a random sample of N beads, each as it stands and without seeing what others said: how good the "
    "corpus is at any confidence. The same run and N give the same sample.",
)  # fmt: skip
@click.option(
    "--settle",
    is_flag=True,
    help="Go through what the judges of the sample disagree on, and have the last word.",
)
@click.option(
    "--level", type=click.Choice(LEVELS), help="With --sample, --settle: which beads.  [default: sentence]"
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
@skip_checks_option
@batch_option
@click.pass_context
def review(
    context: click.Context, /, run: Path, reviewer: str | None, batch: int | None, **options: Any
) -> None:
    """Review the beads of a run in the browser, by keyboard, worst first or in order.

    The page is served on 127.0.0.1 only. Decisions are kept in RUN/review.sqlite, every one on disk before the
    page says so; the alignment itself stays as it is. They are applied again when the same texts are aligned anew.

    \b
    align review out --open
    align review out --sample 200 --reviewer Ana
    """
    from align.corpus.folder import CorpusFolder

    _check(options)
    folder = CorpusFolder(run, job="run", batch=batch)
    name = _reviewer(reviewer)
    if options["export_to"]:
        _export(folder, options)
    elif options["apply_from"]:
        context.exit(_apply(folder, options["apply_from"], name))
    elif options["calibrate"]:
        _calibrate(folder)
    elif options["gold"]:
        _gold(folder, options["gold"])
    elif options["sample"] or options["settle"]:
        _judge(folder, name, options)
    else:
        _serve(folder, name, options)


_MODES = {
    "--export": "export_to", "--apply": "apply_from", "--calibrate": "calibrate", "--gold": "gold",
    "--sample": "sample", "--settle": "settle",
}  # fmt: skip


def _check(options: Mapping[str, Any]) -> None:
    """Raises UsageError where options do not go together."""
    chosen = [name for name, given in _MODES.items() if options[given]]
    if len(chosen) > 1:
        raise UsageError(f"{' and '.join(chosen)} exclude each other: run one after the other")
    for name in ("every", "overwrite", "spreadsheet_safe"):
        if options[name] and not options["export_to"]:
            raise UsageError(f"--{'all' if name == 'every' else name.replace('_', '-')} goes with --export")
    if options["level"] and not (options["sample"] or options["settle"]):
        raise UsageError("--level goes with --sample and --settle; the page shows both levels")


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
    tell(text)


def _session(
    folder: CorpusFolder,
    reviewer: str,
    doubtful: float = DOUBTFUL,
    skip_checks: frozenset[str] = frozenset(),
) -> Review:
    from align.review.session import Review

    if not folder.finished:
        raise InputError(
            f"{folder.path}: this run was not finished; run the same align run again to complete it, then review"
        )
    return Review(folder, reviewer=reviewer, doubtful=doubtful, skip_checks=skip_checks)


def _serve(
    folder: CorpusFolder,
    reviewer: str,
    options: Mapping[str, Any],
    judging: Callable[[Review], Judging] | None = None,
) -> None:
    from align.corpus.folder import REVIEW
    from align.review.web.server import require_extra, serve

    require_extra()

    def started(address: str, page: Path | None) -> None:
        _say(f"Reviewing {folder.path} as {reviewer}. Decisions are kept in {folder.path / REVIEW}.")
        if is_set(JSON):
            summary(folder.path, address=address, reviewer=reviewer)
        else:
            click.echo(address)
        _say("Open this address in a browser on this machine; Ctrl-C ends the review.")
        if page:
            click.launch(page.resolve().as_uri())

    with closing(_session(folder, reviewer, options["doubtful"], options["skip_checks"])) as session:
        if not session.pairs:
            raise InputError(f"{folder.path}: the run found no pairs: there is nothing to review")
        for lost in session.lost():
            _say(
                f"{counted(lost['accepted'] + lost['rejected'], 'decision')} on {lost['source']} – {lost['target']} "
                f"({lost['level']}s) are kept, but the run no longer has this pair; --export lists them"
            )
        judged = judging(session) if judging else None
        with suppress(KeyboardInterrupt):  # the way to end it, not an interruption
            serve(
                session, port=options["port"], started=started, page=options["open_browser"], judging=judged
            )
        _say("The review has ended; every decision is kept.")
        if judged:
            _say_quality(judged.quality())
    if is_set(JSON):
        _summary(folder)


def _summary(folder: CorpusFolder) -> None:
    """How far the review is and what its samples tell, as JSON."""
    from align.review import progress
    from align.review.precision import qualities

    samples = [
        {
            "level": found.sample.level,
            "judged": found.judged,
            "precision": [
                {
                    "threshold": each.threshold,
                    "beads": each.beads,
                    "share": each.share,
                    "low": each.low,
                    "high": each.high,
                }
                for each in found.table
            ],
        }
        for found in qualities(folder)
    ]
    summary(folder.path, **progress(folder), samples=samples or None)


def _judge(folder: CorpusFolder, reviewer: str, options: Mapping[str, Any]) -> None:
    """The page on a sample, which is drawn where it is not there."""
    from align._internal.files import unwritable
    from align._internal.locks import held
    from align.review.judging import Judging

    level: Level = options["level"] or "sentence"

    def judging(session: Review) -> Judging:
        from align.review.drawing import check_reviewer, sample_of

        check_reviewer(session.store, reviewer)
        sample, said = sample_of(session, level, options["sample"])
        _say(said)
        return Judging(session, sample, settle=options["settle"])

    def busy(process: str) -> None:
        raise UsageError(
            f"somebody judges the sample as {reviewer} already (process {process}): verdicts are told apart by name; "
            "give another one with --reviewer, or end the other review"
        )

    file = folder.reviewer_lock(reviewer)
    try:
        with held(file, busy):
            try:
                _serve(folder, reviewer, options, judging)
            finally:
                with suppress(OSError):
                    file.unlink()
    except OSError as error:
        raise unwritable(file, error) from error


def _say_quality(found: Quality) -> None:
    """How good the corpus is, as far as the sample tells."""
    from align.review.precision import FEWEST_JUDGED

    for precision in found.table:
        _say(f"  {precision.said}")
    if not found.table:
        _say(f"{found.judged} judged; the precision is told from {FEWEST_JUDGED} on")
    for agreement in found.agreements:
        _say(agreement.said)
    _say(f"({found.note})")


def _export(folder: CorpusFolder, options: Mapping[str, Any]) -> None:
    from align._internal.files import refuse_existing
    from align.review.decisions import export_decisions
    from align.review.results import reading

    path, every = options["export_to"], options["every"]
    refuse_json(path)
    if not options["overwrite"]:
        # It may hold decisions that somebody filled in and has not applied yet.
        refuse_existing(path)
    store = reading(folder)
    try:
        count = export_decisions(
            folder, store, path, every=every, spreadsheet_safe=options["spreadsheet_safe"]
        )
    finally:
        if store:
            store.close()
    summary(path, **{"beads" if every else "decisions": count})
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
    summary(
        folder.path,
        applied=result.applied,
        unchanged=result.unchanged,
        left_out=list(map(str, result.problems)),
    )
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
    file = calibration.write(folder.path)
    _say(f"{file}: {figures}")
    summary(
        file,
        beads=signature["beads"],
        brier_before=signature["brier_before"],
        brier_after=signature["brier_after_5_fold"],
    )


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
    summary(path, folders=[str(gold.folder) for gold in written], beads=sum(gold.beads for gold in written))

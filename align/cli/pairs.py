"""``align pairs``: which documents of a batch are translations of each other."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from align.cli.console import (
    counted,
    named,
    refuse_json,
    say,
    say_failed,
    say_passed_over,
    summary,
    tell,
    waiting,
)
from align.cli.options import (
    encoder_option,
    overwrite_option,
    pairing_options,
    paragraphs_option,
    read_options,
    spark_options,
)
from align.cli.progress import duration, steps

if TYPE_CHECKING:
    from align.engines.spark.options import SparkOptions
    from align.jobs.options import PairJobOptions
    from align.pairing import PairOptions, Pairs

_UNSURE = 0.9  # accepted pairs below this probability are named
_SHOWN = 5  # of those that a person should check


@click.command()
@click.argument("inputs", nargs=-1, required=True, metavar="INPUT...")
@click.option(
    "-o", "--output", default="-", show_default=True, metavar="FILE", help="Table of pairs; - is stdout."
)
@click.option(
    "--documents", type=click.Path(path_type=Path), metavar="TSV",
    help="Also write what became of each document, and why one has no partner.",
)  # fmt: skip
@read_options
@paragraphs_option
@pairing_options
@encoder_option
@spark_options
@click.option(
    "--index",
    type=click.Path(path_type=Path),
    metavar="DIR",
    help="Keep the documents' vectors here, and look for partners in earlier batches.",
)
@click.option(
    "--append",
    is_flag=True,
    help="Add the batch to FILE, and look for partners in earlier batches; what these are paired by is kept in "
    "FILE.store. Another text with a known id replaces the earlier one.",
)
@overwrite_option
@click.option("--dry-run", is_flag=True, help="Find the pairs and say how many; write nothing.")
def pairs(
    inputs: tuple[str, ...],
    output: str,
    pairing: PairOptions,
    encoder: str,
    index: Path | None,
    spark: SparkOptions | None,
    **options: Any,
) -> int:
    """Find which documents of a batch are translations of each other.

    INPUT is a file, a folder, a glob, a URL, or - for standard input; what is read: see align run. FILE gets one
    line for each pair: both ids, their languages, the probability, how much of each text the other accounts for,
    and the next best partner.
    """
    from align.jobs.pairs import PairJobOptions, pair

    settings = PairJobOptions(pairing=replace(pairing, encoder=encoder, index=index), **options)
    refuse_json(output)
    if spark:
        return _on_spark(inputs, output, settings, spark)
    began = time.monotonic()
    with steps() as progress:
        found = pair(inputs, output, settings, progress=progress, waiting=waiting)
    if found.unchanged:
        tell(f"{output} is up to date.")
        summary(output, unchanged=True)
        return 0
    say_failed([(entry.source, entry.reason or "") for entry in found.failed], settings.documents)
    for line in found.pairs.warnings:
        say(f"align: {line}")
    _say_replaced(found.replaced)
    seconds = time.monotonic() - began
    _say(found.pairs, seconds)
    say_passed_over(inputs, settings.reading)
    summary(
        output,
        pairs=len(found.pairs),
        sets=len(found.pairs.sets),
        unpaired=len(found.pairs.unpaired),
        failed=len(found.failed),
        replaced=len(found.replaced) or None,
        seconds=round(seconds, 1),
    )
    return 1 if found.failed or found.pairs.warnings else 0


def _on_spark(inputs: tuple[str, ...], output: str, settings: PairJobOptions, spark: SparkOptions) -> int:
    from align.jobs.spark_pairs import pair_on_spark

    began = time.monotonic()
    with steps() as progress:
        found = pair_on_spark(inputs, output, settings, spark, progress=progress)
    seconds = time.monotonic() - began
    say_failed(found.first_failed)
    if (more := found.failed - len(found.first_failed)) > 0:
        say(
            f"align: and {more:,} more that could not be used{f', see {settings.documents}' * bool(settings.documents)}"
        )
    for line in found.warnings:
        say(f"align: {line}")
    _say_counts(found.pairs, found.sets, found.paired, found.unpaired, seconds)
    say_passed_over(inputs, settings.reading)
    counts = {name: getattr(found, name) for name in ("pairs", "sets", "unpaired", "failed")}
    summary(output, **counts, seconds=round(seconds, 1))
    return 1 if found.failed or found.warnings else 0


def _say_replaced(ids: Sequence[str]) -> None:
    """Names the documents whose earlier texts are paired no more."""
    if ids:
        say(
            f"align: {counted(len(ids), 'document')} of earlier batches replaced, pairs and all, by other texts with "
            f"their ids: {named(ids)}; to keep both give them ids that differ"
        )


def _say_counts(pairs: int, sets: int, paired: int, unpaired: int, seconds: float) -> None:
    tell(
        f"{counted(pairs, 'pair')} in {counted(sets, 'set')} of versions; {counted(paired, 'document')} paired, "
        f"{unpaired} without a partner, in {duration(seconds)}"
    )


def _say(found: Pairs, seconds: float) -> None:
    documents = len({id for pair in found for id in (pair.source, pair.target)})
    _say_counts(len(found), len(found.sets), documents, len(found.unpaired), seconds)
    for reason, number in Counter(found.unpaired.values()).most_common() if not found.pairs else ():
        tell(f"  {number}: {reason}")
    unsure = [pair for pair in found.worst(len(found)) if pair.warning or pair.probability < _UNSURE]
    for pair in unsure[:_SHOWN]:
        why = pair.warning or f"probability {pair.probability:.2f}"
        tell(f"  check {pair.source} - {pair.target}: {why}")
    if (more := len(unsure) - _SHOWN) > 0:
        tell(f"  and at {counted(more, 'other')}: see the columns warning and probability")

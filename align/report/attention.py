"""What a person should look at first in a run: where something failed, is missing, or might have gone the other way."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, NamedTuple

from align.corpus.folder import RECORD, CorpusFolder, PairEntry
from align.corpus.texts import read_texts
from align.errors import OutputError, UsageError
from align.formats.beads import BeadRow
from align.pairing.titles import title_of as title_in
from align.report.statistics import Missing, missing

LOW_COVERAGE = 0.6  # share of a text that its partner accounts for, below which a pair is to be looked at
LONG_GAP = 8  # units one after another without an answer: perhaps a chapter is missing
NEARLY = 0.1  # below the threshold of duplicates, what is told as nearly one
JUST = 0.05  # above it, what only just is one
MOST_COMPARED = 20_000  # kept documents that are compared once more for those below the threshold
_LONGEST_TITLE = 90  # characters
_FRONT = 4000  # characters of a text in which its title is looked for


class Nearly(NamedTuple):
    """Two kept documents that are nearly duplicates."""

    first: str
    second: str
    similarity: float


def long_gaps(rows: Sequence[BeadRow]) -> list[Missing]:
    """The runs of `LONG_GAP` units or more of either side without an answer, the longest first."""
    found = [gap for side in ("source", "target") for gap in missing(rows, side) if gap.units >= LONG_GAP]
    return sorted(found, key=lambda gap: -gap.units)


def least_coverage(pair: PairEntry) -> float | None:
    """The coverage of the side that is covered less; None where the table does not say."""
    try:
        return min(float(pair.row["source_coverage"]), float(pair.row["target_coverage"]))
    except (KeyError, ValueError):
        return None


def warnings_of(run: CorpusFolder) -> list[tuple[str, list[str]]]:
    """Each warning of the run with what it is about, the commonest first."""
    found: dict[str, list[str]] = {}
    for entry in run.info.get("warnings", ()):
        found.setdefault(str(entry["warning"]), []).append(str(entry["about"] or ""))
    return sorted(found.items(), key=lambda item: -len(item[1]))


def nearly_duplicates(run: CorpusFolder, kept: frozenset[str]) -> list[Nearly]:
    """Kept documents that are less similar than the threshold by at most `NEARLY`, the most similar first.

    Nothing where there are more than `MOST_COMPARED` documents, or where one batch alone is shown.
    """
    from align.dedup import DedupOptions, find_duplicates

    said: Mapping[str, Any] = run.info.get("options", {}).get("dedup", {})
    try:
        used = DedupOptions(**{name: said[name] for name in ("threshold", "ngram") if name in said})
    except UsageError as error:
        raise OutputError(
            f"{run.path / RECORD}: was altered ({error}); run with --overwrite to write it again"
        ) from None
    threshold = used.threshold
    if run.batch is not None or not 1 < len(kept) <= MOST_COMPARED or threshold <= NEARLY:
        return []
    options = replace(used, threshold=round(threshold - NEARLY, 4), repeats=False)
    found = find_duplicates(_rows(run, kept), options=options)
    below = [
        Nearly(pair.first, pair.second, pair.similarity)
        for pair in found.pairs
        if pair.similarity < threshold
    ]
    return sorted(below, key=lambda pair: (-pair.similarity, pair.first, pair.second))


def _rows(run: CorpusFolder, kept: frozenset[str]) -> Iterator[dict[str, str]]:
    stay = (entry for entry in run.documents if entry.status not in ("failed", "duplicate"))
    came = {entry.document: entry.batch for entry in stay if entry.document in kept}
    for batch in range(1, len(run.batches) + 1):
        for rows in read_texts(run.path, batch):
            for id, text in zip(rows["id"].to_pylist(), rows["text"].to_pylist(), strict=True):
                if came.get(id) == batch:  # an earlier text with this id was replaced
                    yield {"id": id, "text": text or ""}


def titles(run: CorpusFolder) -> dict[str, str]:
    """The title of each document, or how it begins."""
    found: dict[str, str] = {}
    numbers = range(1, len(run.batches) + 1) if run.batch is None else [run.batch]
    for number in numbers:
        for rows in read_texts(run.path, number):
            for id, text in zip(rows["id"].to_pylist(), rows["text"].to_pylist(), strict=True):
                found[id] = title_of(text or "")
    return found


def title_of(text: str) -> str:
    """The title of a text (`align.pairing.titles.title_of`) in one line, shortened."""
    lines = [line for line in map(str.strip, text[:_FRONT].split("\n")) if line]
    title = " ".join(title_in(lines).split())
    return title if len(title) <= _LONGEST_TITLE else f"{title[: _LONGEST_TITLE - 1].rstrip()}…"

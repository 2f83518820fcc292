"""What the first page says is to be looked at first, besides the doubtful beads: a list for each kind of it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice
from typing import TYPE_CHECKING, NamedTuple

from align._internal.wording import counted
from align.corpus.warnings import about_pair
from align.pairing.assemble import candidate_of
from align.report.attention import JUST, LOW_COVERAGE, Nearly, least_coverage
from align.report.markup import href, percent
from align.report.pages.duplicate import DuplicateEntry
from align.report.tables import link

if TYPE_CHECKING:
    from align.report.pages.index import Batch, PairLine

_UNLIKELY = 0.05  # probability of a candidate below which nobody need read it
_LISTED = 6  # of each kind; the tables below have them all


class Item(NamedTuple):
    """A line of a list: what it is about, the page where it can be read ("" for none), and what is to be said."""

    names: Sequence[str]
    page: str
    said: str


class Look(NamedTuple):
    """A kind of what is to be looked at, how many there are, what it means, and the first of them."""

    title: str
    number: int
    meaning: str
    items: Sequence[Item]


def looks(batch: Batch) -> list[Look]:
    """The kinds of which there is something, the gravest first."""
    every = (_failed, _warnings, _low_coverage, _long_gaps, _unpaired, _nearly, _just)
    return [found for found in (kind(batch) for kind in every) if found.number]


def _look(title: str, meaning: str, items: Iterator[Item] | Sequence[Item]) -> Look:
    every = list(items)
    return Look(title, len(every), meaning, every[:_LISTED])


def _failed(batch: Batch) -> Look:
    items = [Item([d["document"]], "", d["reason"]) for d in batch.documents if d["status"] == "failed"]
    return _look("Documents that could not be used", "Nothing of them is in the corpus.", items)


def _warnings(batch: Batch) -> Look:
    pages = {about_pair(line.pair): _page(line) for line in batch.pairs}

    def items() -> Iterator[Item]:
        for warning, about in batch.warnings:
            page = next((pages[name] for name in about if pages.get(name)), "")
            names = [name for name in islice(about, 1) if name]
            more = f" (and {len(about) - 1:,} more)" if len(about) > 1 else ""
            yield Item(names, page, f"{warning}{more}")

    return _look("Warnings", "Such as languages that the encoder does not know.", items())


def _low_coverage(batch: Batch) -> Look:
    found = [(share, line) for line in batch.pairs if (share := least_coverage(line.pair)) is not None]
    low = sorted((each for each in found if each[0] < LOW_COVERAGE), key=lambda each: each[0])
    items = [
        Item([line.pair.source, line.pair.target], _page(line), f"{percent(share)} of one side is answered")
        for share, line in low
    ]
    meaning = f"Less than {percent(LOW_COVERAGE)} of one of the two texts has an answer in the other."
    return _look("Pairs with low coverage", meaning, items)


def _long_gaps(batch: Batch) -> Look:
    found = [(bead, gap, line) for line in batch.pairs for bead, gap in line.gaps]
    found.sort(key=lambda each: -each[1].units)
    items = [
        Item(
            [line.pair.source, line.pair.target],
            f"{_page(line)}#{bead}",
            f"{counted(gap.units, 'unit')} of the {gap.side}, {gap.first} to {gap.last}",
        )
        for bead, gap, line in found
    ]
    return _look("Long stretches without an answer", "Perhaps a chapter is missing on the other side.", items)


def _unpaired(batch: Batch) -> Look:
    named = [
        (document["document"], candidate)
        for document in batch.documents
        if document["status"] == "unpaired" and (candidate := candidate_of(document["reason"]))
        if candidate.probability is None or candidate.probability >= _UNLIKELY
    ]
    named.sort(key=lambda each: -(1 if each[1].probability is None else each[1].probability))
    items = [
        Item(
            [id, candidate.document],
            batch.readings.get(id, ""),
            "others fit better"
            if candidate.probability is None
            else f"probability {candidate.probability:.3f}",
        )
        for id, candidate in named
    ]
    return _look(
        "Documents without a partner, and what came nearest", "Read both: is it a translation?", items
    )


def _nearly(batch: Batch) -> Look:
    items = [
        Item(
            [pair.first, pair.second],
            batch.readings.get(readings_key(pair), ""),
            f"similarity {pair.similarity:.3f}",
        )
        for pair in batch.nearly
    ]
    return _look("Nearly duplicates", "Just below the threshold: both were kept.", items)


def _just(batch: Batch) -> Look:
    near = [entry for entry in batch.duplicates if entry.kind == "near"]
    close = sorted((entry for entry in near if _above(entry) < batch.threshold + JUST), key=_above)
    items = [Item([e.first, e.second], link(e), f"similarity {_above(e):.3f}") for e in close]
    return _look("Only just duplicates", "Just above the threshold: one of the two was removed.", items)


def _above(entry: DuplicateEntry) -> float:
    return float(entry.similarity)


def readings_key(pair: Nearly) -> str:
    """Under what the page of two documents stands that are nearly duplicates."""
    return f"{pair.first}\n{pair.second}"


def _page(line: PairLine) -> str:
    return f"pairs/{href(line.page)}" if line.page else ""

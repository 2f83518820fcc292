"""The first page: what became of every document, how good the pairs are, and where to look."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Any, NamedTuple

from align._internal.wording import counted
from align.checks import CHECKS
from align.corpus.folder import PairEntry
from align.formats.beads import DOUBTFUL, BeadRow
from align.report.attention import Nearly
from align.report.chart import Strip, bar, histogram, strip
from align.report.markup import href, lang, number, page, rounded, two_digits
from align.report.pages.duplicate import DuplicateEntry
from align.report.pages.looks import looks
from align.report.published import LanguagePair, by_languages, shares
from align.report.statistics import Figures, Missing, confidence_class, total
from align.report.tables import Verified, clusters, link, repeats
from align.review.precision import Quality
from align.terms import Term

_STATES = (
    ("paired", "paired", "paired"),
    ("unpaired", "unpaired", "without a translation"),
    ("duplicate", "removed", "removed as duplicate"),
    ("failed", "failed", "failed"),
)  # status in documents.tsv, class of the style sheet, words
_ORDERS = (
    ("", "as found"),
    ("-doubtful", "most doubtful first"),
    ("-gaps", "most gaps first"),
    ("mean", "lowest confidence first"),
    ("probability", "least sure pair first"),
    ("-beads", "longest first"),
)  # keys of `_pair_keys`, a minus for descending
_KINDS = {
    "identical": "identical to",
    "near": "near-duplicate of",
    "contained": "contained in",
    "version": "another version of",
}
_DECISIONS = (
    ("accepted", "accepted"),
    ("rejected", "rejected"),
    ("by_hand", "put together anew"),
    ("edited", "edited"),
)
_LOOKS = 20  # doubtful beads that are listed to be looked at first
_SHOWN = 160  # characters of a text that are shown there
_FIGURES = ("Beads", "Confidence", "Doubtful", "Gaps")
_CLASS = {status: name for status, name, _ in _STATES}


class WorstBead(NamedTuple):
    """A doubtful bead or gap and its id on the page of its pair."""

    id: str
    row: BeadRow


@dataclass(frozen=True, slots=True)
class PairLine:
    """A pair with its figures, its page and its worst beads; they are missing where it was not aligned."""

    pair: PairEntry
    figures: Figures | None
    page: str | None
    worst: Sequence[WorstBead] = ()
    gaps: Sequence[tuple[str, Missing]] = ()
    published: LanguagePair | None = None


class TermLine(NamedTuple):
    """A term: in how many beads it stands, what answers it, and the page of a bead that holds both."""

    source: str
    beads: int
    translations: Sequence[Term]
    page: str


class LanguageTerms(NamedTuple):
    """The terms of two languages: how many there are, and those that are listed."""

    languages: tuple[str, str]
    number: int
    lines: Sequence[TermLine]


@dataclass(frozen=True, slots=True)
class Batch:
    """Everything the first page tells."""

    name: str
    finished: bool
    version: str
    signature: dict[str, Any]
    documents: Sequence[dict[str, str]]
    pairs: Sequence[PairLine]
    duplicates: Sequence[DuplicateEntry]
    clusters: Sequence[dict[str, str]]
    repeats: Sequence[dict[str, str]]
    review: dict[str, Any]
    titles: Mapping[str, str] = field(default_factory=dict)
    warnings: Sequence[tuple[str, Sequence[str]]] = ()
    nearly: Sequence[Nearly] = ()
    readings: Mapping[str, str] = field(default_factory=dict)
    threshold: float = 0.7
    samples: Sequence[Quality] = ()
    checks: Mapping[str, int] = field(default_factory=dict)
    terms: Sequence[LanguageTerms] = ()


class State(NamedTuple):
    """What can become of a document: class of the style sheet, words, and how many documents."""

    name: str
    words: str
    documents: int


class PairRow(NamedTuple):
    """A pair as a line of its table; `strip` is None and `figures` are empty where it was not aligned."""

    source: str
    source_language: str
    target: str
    target_language: str
    titles: Sequence[str]
    languages: str
    batch: int
    page: str
    strip: Strip | None
    said: str
    figures: Sequence[tuple[str, str]]


class LookLine(NamedTuple):
    """A doubtful bead as a line of the table of what to look at first.

    Attributes:
        page: the page of its pair, at the bead.
        kind: its class of the style sheet.
        sides: both texts, empty where there is none, each with the attributes of its language.
    """

    page: str
    pair: PairEntry
    kind: str
    confidence: str
    type: str
    sides: Sequence[tuple[str, dict[str, str]]]


class DocumentLine(NamedTuple):
    """A document as a line of its table.

    Attributes:
        name: its state's class of the style sheet.
        relation: what it is to the `others`, where that is to be said: "identical to".
        others: related documents, each with the page about both where there is one.
    """

    id: str
    title: str
    language: str
    batch: str
    status: str
    name: str
    reason: str
    relation: str
    others: Sequence[tuple[str, str]]
    warning: str
    score: str
    reading: str


def index_page(batch: Batch) -> str:
    """The whole page."""
    found = total(line.figures for line in batch.pairs if line.figures)
    pages = _pages(batch)
    batches = {row["document"]: int(row.get("batch") or 1) for row in batch.documents}
    return page(
        "index.html",
        script="index.js",
        title=batch.name,
        version=batch.version,
        facts=_facts(batch),
        banners=list(_banners(batch)),
        states=_states(batch.documents),
        found=found,
        confidences=histogram(found.histogram),
        review=_review(batch.review),
        samples=batch.samples,
        checks=[(number(count), name, CHECKS[name]) for name, count in batch.checks.items()],
        terms=[(found, *map(lang, found.languages)) for found in batch.terms],
        looks=list(islice(_looks(batch.pairs), _LOOKS)),
        looks_note=_looks_note(found.doubtful),
        kinds=looks(batch),
        titles=batch.titles,
        published=by_languages(line.published for line in batch.pairs if line.published),
        shares=shares(batch.documents),
        orders=_ORDERS,
        pairs=[_pair(line, batch, batches) for line in batch.pairs],
        documents=(_document(document, pages, batch) for document in batch.documents),
        pair_languages=sorted({_languages(line.pair) for line in batch.pairs}),
        document_languages=sorted({row["language"] for row in batch.documents} - {""}),
        batches=sorted(set(batches.values())),
        clusters=list(clusters(batch.clusters, batch.duplicates)),
        verified=[Verified(e.first, e.second, e.similarity, e.kind, link(e)) for e in batch.duplicates],
        repeats=list(map(repeats, batch.repeats)),
        signature=batch.signature.items(),
        pair_keys=_pair_keys(batch.pairs),
    )


def _facts(batch: Batch) -> list[str]:
    kept = len({row["kept"] for row in batch.clusters})
    return [
        counted(len(batch.documents), "document"),
        counted(len(batch.pairs), "pair of translations"),
        counted(kept, "cluster of duplicates"),
        counted(len(batch.repeats), "repeated passage"),
    ]


def _banners(batch: Batch) -> Iterator[str]:
    if not batch.finished:
        yield (
            "This run is not finished: what is missing here may still come. "
            "Run the same command again to go on."
        )
    without = sum(line.page is None for line in batch.pairs)
    if without and batch.finished:
        yield f"{counted(without, 'pair')} without beads: see the documents."


def _states(documents: Sequence[dict[str, str]]) -> dict[str, Any]:
    """How many documents there are of each state: as a bar, in words, and those that there are."""
    states = [
        State(name, words, sum(document["status"] == status for document in documents))
        for status, name, words in _STATES
    ]
    return {
        "bar": bar([(state.name, state.documents) for state in states]),
        "said": ", ".join(f"{state.documents} {state.words}" for state in states),
        "counted": [state for state in states if state.documents],
    }


def _review(found: dict[str, Any]) -> str:
    """How far a review is, in words; empty where there is none."""
    if not found:
        return ""
    facts = [f"{number(found[name])} {said}" for name, said in _DECISIONS if found.get(name)]
    who = ", ".join(found.get("reviewers", ()))
    return f"Review{f' by {who}' if who else ''}: {', '.join(facts) or 'no decisions'}"


def _looks(lines: Sequence[PairLine]) -> Iterator[LookLine]:
    """The worst beads of all pairs, the worst first; only a few of each, so that none hides the others."""
    found = [(bead, line) for line in lines for bead in line.worst]
    for bead, line in sorted(found, key=lambda each: each[0].row.confidence):
        row, pair = bead.row, line.pair
        sides = ((row.source, pair.source_language), (row.target, pair.target_language))
        yield LookLine(
            page=f"pairs/{href(line.page or '')}#{bead.id}",
            pair=pair,
            kind="g" if row.is_gap else f"k{confidence_class(row.confidence)}",
            confidence=two_digits(row.confidence),
            type=row.type,
            sides=[(_shortened(text), lang(language)) for text, language in sides],
        )


def _looks_note(doubtful: int) -> str:
    return (
        f"{number(doubtful)} beads and gaps are doubtful: below a confidence of {two_digits(DOUBTFUL)}, and nobody "
        "has decided on them. Here are the worst, a few of each pair."
    )


def _shortened(text: str) -> str:
    return text if len(text) <= _SHOWN else f"{text[: _SHOWN - 1].rstrip()}…"


def _languages(pair: PairEntry) -> str:
    """Two languages, whichever way the pair runs."""
    return "–".join(sorted((pair.source_language, pair.target_language)))


def _pair(line: PairLine, batch: Batch, batches: Mapping[str, int]) -> PairRow:
    pair, found = line.pair, line.figures
    cells, drawn, said, leads_to = ("", "", "", ""), None, "", ""
    if found is not None and line.page is not None:
        mean = two_digits(found.mean) if found.beads else ""
        cells = (number(found.beads), mean, number(found.doubtful), number(found.gaps))
        drawn = strip(found.strip)
        said = f"{found.gaps} gaps, {found.doubtful} doubtful of {found.total} beads and gaps"
        leads_to = f"pairs/{href(line.page)}"
    return PairRow(
        source=pair.source,
        source_language=pair.source_language,
        target=pair.target,
        target_language=pair.target_language,
        titles=[batch.titles.get(id, "") for id in (pair.source, pair.target)],
        languages=_languages(pair),
        batch=max(batches.get(id, 1) for id in (pair.source, pair.target)),
        page=leads_to,
        strip=drawn,
        said=said,
        figures=[("Pair", rounded(pair.row.get("probability", ""))), *zip(_FIGURES, cells, strict=True)],
    )


def _pair_keys(lines: Sequence[PairLine]) -> dict[str, list[float]]:
    """What the pairs can be put in order by; one that was not aligned counts as nothing."""
    return {
        "doubtful": [line.figures.doubtful if line.figures else 0 for line in lines],
        "gaps": [line.figures.gaps if line.figures else 0 for line in lines],
        "mean": [round(line.figures.mean, 4) if line.figures else 1 for line in lines],
        "beads": [line.figures.beads if line.figures else 0 for line in lines],
        "probability": [_float(line.pair.row.get("probability", "")) for line in lines],
    }


def _pages(batch: Batch) -> dict[tuple[str, str], str]:
    """The page about two documents, in whichever order they are named."""
    pages: dict[tuple[str, str], str] = {}
    for line in batch.pairs:
        if line.page:
            found = f"pairs/{href(line.page)}"
            pages[line.pair.source, line.pair.target] = pages[line.pair.target, line.pair.source] = found
    for entry in batch.duplicates:
        if entry.page:
            found = link(entry)
            pages[entry.first, entry.second] = pages[entry.second, entry.first] = found
    return pages


def _document(document: dict[str, str], pages: dict[tuple[str, str], str], batch: Batch) -> DocumentLine:
    id, status, reason = document["document"], document["status"], document["reason"]
    related = document["related"]
    known = [related] if (id, related) in pages or not related else related.split(" | ")
    is_duplicate = status == "duplicate"
    return DocumentLine(
        id=id,
        title=batch.titles.get(id, ""),
        language=document["language"],
        batch=document.get("batch") or "1",
        status=status,
        name=_CLASS.get(status, ""),
        reason="" if is_duplicate else reason,
        relation=_KINDS.get(reason, reason) if is_duplicate else "",
        others=[(other, pages.get((id, other), "")) for other in known if other],
        warning=document["warning"],
        score=document["score"],
        reading=batch.readings.get(id, "") if status == "unpaired" else "",
    )


def _float(value: str) -> float:
    try:
        return float(value)
    except ValueError:
        return 0.0

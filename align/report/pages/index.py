"""The first page: what became of every document, how good the pairs are, and where to look."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from align.corpus.folder import PairEntry
from align.report.chart import bar, histogram, strip
from align.report.markup import (
    chunked,
    counted,
    data_block,
    esc,
    href,
    number,
    page,
    percent,
    rounded,
    two_digits,
)
from align.report.pages.duplicate import DuplicateEntry
from align.report.statistics import Figures, total
from align.report.tables import duplicates_section, repeats_section, table_head

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
_KINDS = {"identical": "identical to", "near": "near-duplicate of", "contained": "contained in"}
_DECISIONS = (
    ("accepted", "accepted"),
    ("rejected", "rejected"),
    ("by_hand", "put together anew"),
    ("edited", "edited"),
)
_CLASS = {status: name for status, name, _ in _STATES}


@dataclass(frozen=True, slots=True)
class PairLine:
    """A pair with its figures, and its page; both are missing where it was not aligned."""

    pair: PairEntry
    figures: Figures | None
    page: str | None


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


def index_page(batch: Batch) -> str:
    """The whole page."""
    body = [
        f'<header class="top"><p class="facts">Report of align {esc(batch.version)}</p>'
        f"<h1><bdi>{esc(batch.name)}</bdi></h1>{_facts(batch)}</header>\n",
        *_banners(batch),
        '<main id="main" class="index">\n',
        *_outcome(batch),
        *_pairs(batch.pairs),
        *_documents(batch),
        *duplicates_section(batch.duplicates, batch.clusters),
        *repeats_section(batch.repeats),
        *_signature(batch.signature),
        "</main>\n",
        data_block("data-pairs", _pair_keys(batch.pairs)),
    ]
    return page(title=f"{batch.name} · align", body=body, kind="index-page", script="index.js")


def _facts(batch: Batch) -> str:
    facts = [
        counted(len(batch.documents), "document"),
        counted(len(batch.pairs), "pair of translations", "pairs of translations"),
        counted(
            len({row["kept"] for row in batch.clusters}), "cluster of duplicates", "clusters of duplicates"
        ),
        counted(len(batch.repeats), "repeated passage"),
    ]
    return f'<p class="facts">{" · ".join(facts)}</p>'


def _banners(batch: Batch) -> Iterator[str]:
    if not batch.finished:
        yield (
            '<p class="banner" role="status">This run is not finished: what is missing here may still come. '
            "Run the same command again to go on.</p>\n"
        )
    without = sum(line.page is None for line in batch.pairs)
    if without and batch.finished:
        yield f'<p class="banner" role="status">{counted(without, "pair")} without beads: see the documents.</p>\n'


def _outcome(batch: Batch) -> Iterator[str]:
    counts = {status: sum(d["status"] == status for d in batch.documents) for status, _, _ in _STATES}
    said = ", ".join(f"{counts[status]} {words}" for status, _, words in _STATES)
    keys = "".join(
        f'<li class="{name}">{number(counts[status])} {words}</li>'
        for status, name, words in _STATES
        if counts[status]
    )
    found = total(line.figures for line in batch.pairs if line.figures)
    yield (
        '<section class="outcome" aria-label="Overview"><div><h2>What became of the documents</h2>'
        f"{bar([(name, counts[status]) for status, name, _ in _STATES], said)}"
        f'<ul class="keys">{keys}</ul>{_totals(found)}{_review(batch.review)}<ul class="jump">'
    )
    for id, words in (
        ("pairs", "Pairs"),
        ("documents", "Documents"),
        ("duplicates", "Duplicates"),
        ("repeats", "Repeats"),
    ):
        yield f'<li><a href="#{id}">{words}</a></li>'
    yield "</ul></div>"
    if found.beads:
        spoken = f"Confidence of all {found.beads} beads, mean {found.mean:.2f}"
        yield f"<div><h2>Confidence of all beads</h2>{histogram(found.histogram, spoken)}</div>"
    yield "</section>\n"


def _totals(found: Figures) -> str:
    if not found.total:
        return ""
    return (
        f'<p class="facts">{number(found.beads)} beads, mean confidence {two_digits(found.mean)}; '
        f"{number(found.gaps)} gaps ({percent(found.gaps / found.total)}); "
        f"of both {number(found.doubtful)} doubtful ({percent(found.doubtful / found.total)})</p>"
    )


def _review(found: dict[str, Any]) -> str:
    if not found:
        return ""
    facts = [f"{number(found[name])} {said}" for name, said in _DECISIONS if found.get(name)]
    who = esc(", ".join(found.get("reviewers", ())))
    return f'<p class="facts">Review{f" by {who}" if who else ""}: {", ".join(facts) or "no decisions"}</p>'


def _pairs(lines: Sequence[PairLine]) -> Iterator[str]:
    yield '<section id="pairs"><h2>Pairs of translations</h2>'
    if not lines:
        yield '<p class="empty">No two documents were found to be translations of each other.</p></section>\n'
        return
    orders = "".join(f'<option value="{value}">{said}</option>' for value, said in _ORDERS)
    yield (
        '<div class="tools" role="search" aria-label="Pairs" data-for="pairs"><div class="line">'
        '<input type="search" placeholder="Search pairs" aria-label="Search pairs" autocomplete="off">'
        f'<label>Order <select>{orders}</select></label></div><p class="status" role="status"></p></div>'
    )
    yield from table_head(
        "pairs",
        "Pairs",
        ("Pair", "From beginning to end", "Pair prob.", "Beads", "Confid.", "Doubtful", "Gaps"),
    )
    yield from chunked(map(_pair, lines))
    yield "</div></div></section>\n"


def _pair(line: PairLine) -> str:
    pair, found = line.pair, line.figures
    names = (
        f"<bdi>{esc(pair.source)}</bdi> <small>{esc(pair.source_language)}–{esc(pair.target_language)}</small> "
        f"<bdi>{esc(pair.target)}</bdi>"
    )
    probability = rounded(pair.row.get("probability", ""))
    if found is None or line.page is None:
        return (
            f'<div role="row"><div role="rowheader">{names}</div><div role="cell" class="wide">not aligned</div>'
            f"{_figure('Pair', probability)}{''.join(_figure(name, '') for name in _FIGURES)}</div>\n"
        )
    drawn = strip(
        found.strip, f"{found.gaps} gaps, {found.doubtful} doubtful of {found.total} beads and gaps"
    )
    cells = (
        number(found.beads),
        two_digits(found.mean) if found.beads else "",
        number(found.doubtful),
        number(found.gaps),
    )
    figures = "".join(_figure(name, value) for name, value in zip(_FIGURES, cells, strict=True))
    return (
        f'<div role="row"><div role="rowheader"><a href="pairs/{href(line.page)}">{names}</a></div>'
        f'<div role="cell" class="wide">{drawn}</div>{_figure("Pair", probability)}{figures}</div>\n'
    )


_FIGURES = ("Beads", "Confidence", "Doubtful", "Gaps")


def _figure(name: str, value: str) -> str:
    return f'<div role="cell" class="n" data-name="{name}">{value or "–"}</div>'


def _pair_keys(lines: Sequence[PairLine]) -> dict[str, list[float]]:
    """What the pairs can be put in order by; one that was not aligned counts as nothing."""
    return {
        "doubtful": [line.figures.doubtful if line.figures else 0 for line in lines],
        "gaps": [line.figures.gaps if line.figures else 0 for line in lines],
        "mean": [round(line.figures.mean, 4) if line.figures else 1 for line in lines],
        "beads": [line.figures.beads if line.figures else 0 for line in lines],
        "probability": [_float(line.pair.row.get("probability", "")) for line in lines],
    }


def _documents(batch: Batch) -> Iterator[str]:
    yield (
        '<section id="documents"><h2>Documents</h2>'
        '<div class="tools" role="search" aria-label="Documents" data-for="documents"><div class="line">'
        '<input type="search" placeholder="Search documents" aria-label="Search documents" autocomplete="off">'
        '<div class="chips" role="group" aria-label="What became of them">'
    )
    for status, name, words in _STATES:
        count = sum(d["status"] == status for d in batch.documents)
        if count:
            yield (
                f'<button type="button" data-only="{name}" aria-pressed="false">{words} '
                f"<small>{number(count)}</small></button>"
            )
    yield '</div></div><p class="status" role="status"></p></div>'
    yield from table_head(
        "documents", "Documents", ("Document", "Language", "Outcome", "Why, and with which", "Score")
    )
    pages = _pages(batch)
    yield from chunked(_document(document, pages) for document in batch.documents)
    yield "</div></div></section>\n"


def _pages(batch: Batch) -> dict[tuple[str, str], str]:
    """The page about two documents, in whichever order they are named."""
    pages: dict[tuple[str, str], str] = {}
    for line in batch.pairs:
        if line.page:
            found = f"pairs/{href(line.page)}"
            pages[line.pair.source, line.pair.target] = pages[line.pair.target, line.pair.source] = found
    for entry in batch.duplicates:
        if entry.page:
            found = f"duplicates/{href(entry.page)}"
            pages[entry.first, entry.second] = pages[entry.second, entry.first] = found
    return pages


def _document(document: dict[str, str], pages: dict[tuple[str, str], str]) -> str:
    id, status = document["document"], document["status"]
    name = _CLASS.get(status, "")
    related = document["related"]
    known = [related] if (id, related) in pages or not related else related.split(" | ")
    others = ", ".join(_link(other, pages.get((id, other))) for other in known if other)
    if status == "duplicate":
        others = f"{_KINDS.get(document['reason'], esc(document['reason']))} {others}"
    reason = "" if status == "duplicate" else esc(document["reason"])
    why = [part for part in (reason, others, _warning(document["warning"])) if part]
    return (
        f'<div role="row" data-tag="{name}"><div role="rowheader"><bdi>{esc(id)}</bdi></div>'
        f'<div role="cell">{esc(document["language"])}</div>'
        f'<div role="cell"><span class="state {name}">{esc(status)}</span></div>'
        f'<div role="cell" class="wide">{" · ".join(why)}</div>'
        f'<div role="cell" class="n">{esc(rounded(document["score"]))}</div></div>\n'
    )


def _link(id: str, found: str | None) -> str:
    return f'<a href="{found}"><bdi>{esc(id)}</bdi></a>' if found else f"<bdi>{esc(id)}</bdi>"


def _warning(text: str) -> str:
    return f"<small>{esc(text)}</small>" if text else ""


def _signature(signature: dict[str, Any]) -> Iterator[str]:
    rows = "".join(
        f"<dt>{esc(str(name))}</dt><dd>{esc(str(value))}</dd>" for name, value in signature.items()
    )
    yield f'<details class="signature"><summary>How these figures came about</summary><dl>{rows}</dl></details>\n'


def _float(value: str) -> float:
    try:
        return float(value)
    except ValueError:
        return 0.0

"""The page of one pair: its beads side by side, what is doubtful, what is missing, and the path as a picture."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from align.corpus.folder import Level, PairEntry
from align.document import parse_position
from align.formats.beads import BeadRow
from align.report.chart import histogram
from align.report.dotplot import Layout, layout, picture
from align.report.evidence import Evidence
from align.report.markup import (
    chunked,
    data_block,
    esc,
    href,
    lang,
    number,
    page,
    percent,
    rounded,
    two_digits,
)
from align.report.markup import counted as plural
from align.report.statistics import Figures, confidence_class, figures, missing

_PREFIX: dict[Level, str] = {"sentence": "s", "paragraph": "p"}
_MOST_MISSING = 8  # stretches that are listed; the rest is counted
_MOST_TYPES = 7  # bead types with a button of their own
_MARKS = {
    "accepted": ("ok", "accepted by a reviewer"),
    "rejected": ("no", "rejected by a reviewer"),
    "reordered": ("reordered", "stands in another order on the other side"),
}


@dataclass(frozen=True, slots=True)
class Neighbours:
    """File names of the pages before and after, where there are any."""

    before: str | None = None
    after: str | None = None


def pair_page(
    pair: PairEntry,
    levels: Mapping[Level, Sequence[BeadRow]],
    *,
    neighbours: Neighbours,
    words: bool,
) -> str:
    """The whole page; `levels` has the beads of each level there is, the one to show first at the front.

    Word evidence is for the first level only: the other one would double the page and says the same.
    """
    first = next(iter(levels))
    evidence = (
        Evidence([row.source for row in levels[first]], [row.target for row in levels[first]])
        if words
        else None
    )
    places = {level: layout(rows) for level, rows in levels.items()}
    counted = {level: figures(rows) for level, rows in levels.items()}
    body = [
        *_header(pair, counted[first], first, neighbours),
        '<main id="main" class="pair">\n',
        _overview(pair, levels[first], places[first], counted[first], evidence, first),
        '<div class="reading">',
        *_toolbar(levels, counted),
        *(part for level, rows in levels.items() for part in _panel(pair, level, rows)),
        "</div></main>\n",
        _help(),
        *(
            data_block(f"data-{level}", _data(rows, places[level], evidence if level == first else None))
            for level, rows in levels.items()
        ),
    ]
    return page(
        title=f"{pair.source} and {pair.target} · align", body=body, kind="pair-page", script="pair.js"
    )


def _header(pair: PairEntry, counted: Figures, level: Level, neighbours: Neighbours) -> Iterator[str]:
    yield '<header class="top"><nav aria-label="Pages"><a href="../index.html">All documents</a>'
    if neighbours.before:
        yield f'<a rel="prev" href="{href(neighbours.before)}">Previous pair</a>'
    if neighbours.after:
        yield f'<a rel="next" href="{href(neighbours.after)}">Next pair</a>'
    probability = pair.row.get("probability", "")
    facts = [plural(counted.beads, f"{level} bead"), plural(counted.gaps, "gap")]
    if counted.beads:
        facts.append(f"mean confidence {two_digits(counted.mean)}")
        facts.append(f"{number(counted.doubtful)} doubtful")
    if probability:
        facts.append(f"translations with probability {esc(rounded(probability))}")
    yield (
        f'</nav>\n<h1><bdi>{esc(pair.source)}</bdi> <span class="and">{esc(pair.source_language or "?")} – '
        f"{esc(pair.target_language or '?')}</span> <bdi>{esc(pair.target)}</bdi></h1>"
        f'<p class="facts">{" · ".join(facts)}</p></header>\n'
    )


def _overview(
    pair: PairEntry,
    rows: Sequence[BeadRow],
    where: Layout,
    counted: Figures,
    evidence: Evidence | None,
    level: Level,
) -> str:
    stretches = sorted(
        missing(rows, "source") + missing(rows, "target"), key=lambda stretch: (-stretch.units, stretch.bead)
    )
    described = (
        f"Path of the alignment: {where.source_units} {level}s of the source against {where.target_units} of the "
        f"target, {counted.gaps} gaps, {len(stretches)} longer stretches without an answer."
    )
    listed = "".join(
        f'<li><a href="#{_PREFIX[level]}{s.bead}">{number(s.units)} {level}s</a> of the {s.side}, '
        f"{esc(s.first)} to {esc(s.last)}</li>"
        for s in stretches[:_MOST_MISSING]
    )
    more = len(stretches) - _MOST_MISSING
    rest = f"<p>and {number(more)} shorter ones</p>" if more > 0 else ""
    found = f"<h2>Without an answer</h2><ul>{listed}</ul>{rest}" if listed else ""
    return (
        '<details class="overview" open><summary>Overview</summary>\n'
        f'<figure class="path"><div class="frame">{picture(rows, where, evidence, described)}</div>'
        f"<figcaption><span>source ↓ {number(where.source_units)}</span>"
        f"<span>target → {number(where.target_units)}</span></figcaption></figure>\n"
        f"{found}<h2>Confidence</h2>{histogram(counted.histogram, _spoken(counted))}{_legend()}</details>\n"
    )


def _spoken(counted: Figures) -> str:
    return (
        f"Confidence of {counted.beads} beads: mean {counted.mean:.2f}. Doubtful, gaps included: {counted.doubtful} "
        f"({percent(counted.doubtful / max(counted.total, 1))})."
    )


def _legend() -> str:
    names = ("under .3", ".3", ".5", ".7", ".9 and over")
    keys = "".join(f'<li class="k{i}">{name}</li>' for i, name in enumerate(names))
    return f'<ul class="legend" aria-label="Colours">{keys}<li class="g">gap</li></ul>'


def _toolbar(levels: Mapping[Level, Sequence[BeadRow]], counted: Mapping[Level, Figures]) -> Iterator[str]:
    """Everything that needs the script; hidden without it."""
    yield '<div class="tools" role="search" aria-label="Beads"><div class="line">'
    if len(levels) > 1:
        yield '<div class="switch" role="group" aria-label="Level">'
        for i, level in enumerate(levels):
            pressed = "true" if not i else "false"
            yield f'<button type="button" data-level="{level}" aria-pressed="{pressed}">{level.title()}s</button>'
        yield "</div>"
    yield (
        '<input type="search" id="search" placeholder="Search both texts" aria-label="Search both texts" '
        'autocomplete="off" spellcheck="false">'
        '<label>Order <select id="order"><option value="reading">as in the text</option>'
        '<option value="worst">worst first</option></select></label>'
        '<label class="range">Confidence at most <input type="range" id="most" min="0" max="100" value="100">'
        '<output id="most-value">1</output></label>'
        '<button type="button" id="help-button" class="quiet" aria-haspopup="dialog">Keys</button></div>'
        '<div class="line types">'
    )
    for i, (level, found) in enumerate(counted.items()):
        hidden = "" if not i else " hidden"
        yield f'<div class="chips" role="group" aria-label="Bead types" data-types="{level}"{hidden}>'
        for name, types, count in _choices(found):
            yield (
                f'<button type="button" data-type="{esc(" ".join(types))}" aria-pressed="false">{esc(name)} '
                f"<small>{number(count)}</small></button>"
            )
        yield "</div>"
    yield '</div><p id="status" role="status"></p></div>\n'


def _choices(found: Figures) -> list[tuple[str, list[str], int]]:
    """The types to choose from: gaps together, the frequent ones each, the rest together."""
    gaps = [(name, count) for name, count in found.types if name.startswith("0-") or name.endswith("-0")]
    others = [item for item in found.types if item not in gaps]
    rest = others[_MOST_TYPES:]
    choices = [(name, [name], count) for name, count in others[:_MOST_TYPES]]
    for name, together in (("other", rest), ("gaps", gaps)):
        if together:
            choices.append((name, [kind for kind, _ in together], sum(count for _, count in together)))
    return choices


def _panel(pair: PairEntry, level: Level, rows: Sequence[BeadRow]) -> Iterator[str]:
    yield (
        f'<section data-panel="{level}" aria-label="{level.title()} beads">'
        f'<div class="rows beads" role="table" aria-label="{level.title()}s side by side" '
        f'aria-rowcount="{len(rows) + 1}"><div role="rowgroup"><div role="row" class="head">'
        '<div role="columnheader">Bead</div>'
        f'<div role="columnheader"><bdi>{esc(pair.source)}</bdi></div>'
        f'<div role="columnheader"><bdi>{esc(pair.target)}</bdi></div></div></div><div class="list">\n'
    )
    yield from chunked(_rows(pair, level, rows))
    yield "</div></div></section>\n"


def _rows(pair: PairEntry, level: Level, rows: Sequence[BeadRow]) -> Iterator[str]:
    languages = lang(pair.source_language), lang(pair.target_language)
    paragraph = -1
    for i, row in enumerate(rows):
        positions = row.source_positions or row.target_positions
        begins = parse_position(positions[0])[0] if positions else paragraph
        new = level == "sentence" and i > 0 and begins != paragraph
        yield _row(row, f"{_PREFIX[level]}{i}", languages, new=new)
        paragraph = begins


def _row(row: BeadRow, id: str, languages: tuple[str, str], *, new: bool) -> str:
    kind = "g" if row.is_gap else f"k{confidence_class(row.confidence)}"
    plain = " class=one" if row.type == "1-1" else ""
    marks = [_MARKS[name] for name in (row.review, "reordered" if row.reordered else "") if name in _MARKS]
    drawn = "".join(
        f'<span class="{name}" title="{said}" role="img" aria-label="{said}"></span>' for name, said in marks
    )
    return (
        f'<div role="row" class="b {kind}{" new" if new else ""}" id="{id}"><div role="rowheader" class="m">'
        f'<a href="#{id}">{row.bead}</a><b{plain}>{esc(row.type)}</b><i>{two_digits(row.confidence)}</i>{drawn}</div>'
        f"{_cell(row.source_positions, row.source, languages[0])}"
        f"{_cell(row.target_positions, row.target, languages[1])}</div>\n"
    )


def _cell(positions: tuple[str, ...], text: str, language: str) -> str:
    if not positions:
        return '<div role="cell" class="none">no counterpart</div>'
    place = positions[0] if len(positions) == 1 else f"{positions[0]}–{positions[-1]}"
    return f'<div role="cell"><small>{esc(place)}</small><p{language}>{esc(text)}</p></div>'


def _data(rows: Sequence[BeadRow], where: Layout, evidence: Evidence | None) -> dict[str, object]:
    """What the script needs: confidences in percent, types, boxes, and the words of each bead, flat."""
    types = sorted({row.type for row in rows})
    return {
        "confidence": [round(row.confidence * 100) for row in rows],
        "types": types,
        "type": [types.index(row.type) for row in rows],
        "gap": [i for i, row in enumerate(rows) if row.is_gap],
        "doubtful": [i for i, row in enumerate(rows) if row.is_doubtful],
        "boxes": where.boxes.ravel().tolist(),
        "units": [where.source_units, where.target_units],
        "words": None if evidence is None else [_words(evidence, i) for i in range(len(rows))],
    }


def _words(evidence: Evidence, bead: int) -> list[list[int]] | int:
    found = evidence.words(bead)
    if not (found.links or found.source_numbers or found.target_numbers):
        return 0
    return [
        [value for link in found.links for value in link],
        [value for span in found.source_numbers for value in span],
        [value for span in found.target_numbers for value in span],
    ]


_KEYS = (
    ("j", "next bead"),
    ("k", "previous bead"),
    ("n / N", "next, previous doubtful bead or gap"),
    ("← →", "from word to word with a counterpart, in the current bead"),
    ("o", "order: as in the text, worst first"),
    ("l", "level: sentences, paragraphs"),
    ("/", "search"),
    ("Esc", "clear search and filters"),
    ("?", "this list"),
)


def _help() -> str:
    keys = "".join(f"<dt><kbd>{esc(key)}</kbd></dt><dd>{esc(what)}</dd>" for key, what in _KEYS)
    return (
        '<dialog id="help" aria-labelledby="help-title"><h2 id="help-title">Keys</h2>'
        f'<dl>{keys}</dl><button type="button" id="help-close">Close</button></dialog>\n'
        '<div id="said" class="unseen" role="status" aria-live="polite"></div>\n'
    )

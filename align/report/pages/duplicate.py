"""The page of a pair of near-duplicates: both texts side by side with what differs marked."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

from align.report.diff import Line, Part, diff
from align.report.markup import counted, esc, lang, number, page

_CONTEXT = 2  # equal lines that stay in view on either side of a change
_WORTH_FOLDING = 4


@dataclass(frozen=True, slots=True)
class DuplicateEntry:
    """A line of ``duplicates.tsv``, and the name of its page where it has one."""

    first: str
    second: str
    similarity: str
    kind: str
    page: str | None = None


def duplicate_page(entry: DuplicateEntry, texts: tuple[str, str], language: str) -> str:
    """The whole page; long stretches of equal lines are folded."""
    lines = list(diff(*texts))
    changed = sum(not line.same for line in lines)
    said = {"identical": "identical", "near": "near-duplicates", "contained": "one contains the other"}
    body = [
        '<header class="top"><nav aria-label="Pages"><a href="../index.html#duplicates">All documents</a></nav>',
        f'<h1><bdi>{esc(entry.first)}</bdi> <span class="and">and</span> <bdi>{esc(entry.second)}</bdi></h1>',
        f'<p class="facts">{esc(said.get(entry.kind, entry.kind))} · similarity {esc(entry.similarity)} · '
        f"{number(changed)} of {counted(len(lines), 'line')} {'differs' if changed == 1 else 'differ'}</p></header>\n",
        '<main id="main" class="duplicate"><h2>What differs</h2>',
        '<div class="rows diff" role="table" aria-label="Both texts, line by line"><div role="rowgroup">'
        f'<div role="row" class="head"><div role="columnheader"><bdi>{esc(entry.first)}</bdi></div>'
        f'<div role="columnheader"><bdi>{esc(entry.second)}</bdi></div></div></div><div role="rowgroup">\n',
        *_lines(lines, lang(language)),
        "</div></div></main>\n",
    ]
    return page(
        title=f"{entry.first} and {entry.second} · align", body=body, kind="duplicate-page", script="index.js"
    )


def _lines(lines: Sequence[Line], language: str) -> Iterator[str]:
    at = 0
    for same, group in groupby(lines, key=lambda line: line.same):
        run = list(group)
        head = _CONTEXT if at else 0
        tail = _CONTEXT if at + len(run) < len(lines) else 0
        at += len(run)
        if not same or len(run) - head - tail < _WORTH_FOLDING:
            yield from (_row(line, language) for line in run)
            continue
        yield from (_row(line, language) for line in run[:head])
        folded = run[head : len(run) - tail]
        yield f"<details><summary>{number(len(folded))} equal lines</summary>\n"
        yield from (_row(line, language) for line in folded)
        yield "</details>\n"
        yield from (_row(line, language) for line in run[len(run) - tail :])


def _row(line: Line, language: str) -> str:
    kind = ' class="same"' if line.same else ""
    left, right = _cell(line.left, "del", language), _cell(line.right, "ins", language)
    return f'<div role="row"{kind}>{left}{right}</div>\n'


def _cell(parts: tuple[Part, ...] | None, tag: str, language: str) -> str:
    if parts is None:
        return '<div role="cell" class="away"><span class="unseen">nothing</span></div>'
    text = "".join(f"<{tag}>{esc(p.text)}</{tag}>" if p.changed else esc(p.text) for p in parts)
    return f'<div role="cell"><p{language}>{text}</p></div>'

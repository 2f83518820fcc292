"""The tables of the first page about duplicates and repeats, and the head that all its tables share."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby

from align.report.markup import chunked, counted, esc, href, rounded
from align.report.pages.duplicate import DuplicateEntry

_NUMBERS = frozenset({"Pair prob.", "Beads", "Confid.", "Doubtful", "Gaps", "Score"})

Entries = Mapping[tuple[str, str], DuplicateEntry]


def table_head(name: str, label: str, columns: Sequence[str]) -> Iterator[str]:
    """The beginning of a table: rows in chunks follow, then the end of three elements."""
    cells = "".join(
        f'<div role="columnheader"{" class=n" if column in _NUMBERS else ""}>{esc(column)}</div>'
        for column in columns
    )
    yield (
        f'<div class="rows table {name}" role="table" aria-label="{label}"><div role="rowgroup">'
        f'<div role="row" class="head">{cells}</div></div><div class="list" id="list-{name}">\n'
    )


def duplicates_section(
    entries: Sequence[DuplicateEntry], clusters: Sequence[dict[str, str]]
) -> Iterator[str]:
    """Each kept document with those removed for it; behind it, to be unfolded, all verified pairs."""
    yield '<section id="duplicates"><h2>Duplicates</h2>'
    if not entries and not clusters:
        yield '<p class="empty">No two documents are near-duplicates of each other.</p></section>\n'
        return
    known = {(e.first, e.second): e for e in entries} | {(e.second, e.first): e for e in entries}
    yield from table_head("clusters", "Clusters of duplicates", ("Kept", "Removed for it"))
    by_kept = groupby(clusters, key=lambda row: row["kept"])
    yield from chunked(_cluster(kept, list(rows), known) for kept, rows in by_kept)
    yield (
        f"</div></div><details class=more><summary>All {counted(len(entries), 'verified pair')}</summary>\n"
    )
    yield from table_head("verified", "Verified pairs", ("Document", "and", "Similarity", "Kind", ""))
    yield from chunked(map(_verified, entries))
    yield "</div></div></details></section>\n"


def _cluster(kept: str, rows: Sequence[dict[str, str]], known: Entries) -> str:
    removed = "".join(
        f"<li><bdi>{esc(row['document'])}</bdi> <small>{esc(row['kind'])} {esc(rounded(row['similarity']))}</small> "
        f"{_compare(known.get((kept, row['document'])))}</li>"
        for row in rows
    )
    return (
        f'<div role="row"><div role="rowheader"><bdi>{esc(kept)}</bdi></div>'
        f'<div role="cell" class="wide"><ul>{removed}</ul></div></div>\n'
    )


def _verified(entry: DuplicateEntry) -> str:
    return (
        f'<div role="row"><div role="rowheader"><bdi>{esc(entry.first)}</bdi></div>'
        f'<div role="cell" class="wide"><bdi>{esc(entry.second)}</bdi></div>'
        f'<div role="cell">{esc(rounded(entry.similarity))}</div><div role="cell">{esc(entry.kind)}</div>'
        f'<div role="cell">{_compare(entry)}</div></div>\n'
    )


def _compare(entry: DuplicateEntry | None) -> str:
    if entry is None or entry.page is None:
        return ""
    return f'<a href="duplicates/{href(entry.page)}">compare</a>'


def repeats_section(rows: Sequence[dict[str, str]]) -> Iterator[str]:
    """Passages that stand twice in one document, and what was done about them."""
    yield '<section id="repeats"><h2>Passages that a document repeats</h2>'
    if not rows:
        yield '<p class="empty">No document repeats a passage of its own.</p></section>\n'
        return
    columns = ("Document", "First, lines", "Again, lines", "Paragraphs", "Similarity", "Action")
    yield from table_head("repeats", "Repeats", columns)
    yield from chunked(map(_repeat, rows))
    yield "</div></div></section>\n"


def _repeat(row: dict[str, str]) -> str:
    cells = (
        ("First, lines", f"{row['first_start_line']}–{row['first_end_line']}"),
        ("Again, lines", f"{row['second_start_line']}–{row['second_end_line']}"),
        ("Paragraphs", row["paragraphs"]),
        ("Similarity", rounded(row["similarity"])),
        ("Action", row["action"]),
    )
    drawn = "".join(f'<div role="cell" data-name="{name}">{esc(value)}</div>' for name, value in cells)
    return f'<div role="row"><div role="rowheader"><bdi>{esc(row["document"])}</bdi></div>{drawn}</div>\n'

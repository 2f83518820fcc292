"""Markdown as its parser reads it: which lines make a paragraph, an item or a row, and which are code or front matter.

Only lines are told apart: a text keeps every character and line, so that positions are those of the file. Source:
CommonMark 0.31 with tables, by markdown-it-py; front matter as static site generators have it.
"""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from markdown_it import MarkdownIt

Kind = Literal["", "code", "front matter"]

_LARGEST = 1 << 20  # characters; what is longer is no article somebody wrote in Markdown
# Marks that hardly stand in a text that is no Markdown: a fence, the rule below the head of a table, front matter.
_FENCE = re.compile(r"^ {0,3}(?:```|~~~)", re.MULTILINE)
_TABLE = re.compile(r"^ {0,3}\|?[ \t]*:?-{3,}:?[ \t]*(?:\|[ \t]*:?-{3,}:?[ \t]*)+\|?[ \t]*$", re.MULTILINE)
_FRONT = re.compile(r"---[ \t]*\n(?:[ \t]*[\w.-]+[ \t]*:.*\n)(?:.*\n){0,200}?(?:---|\.\.\.)[ \t]*(?:\n|$)")
_HEADING = re.compile(r"^#{1,6} +\S.*\n[ \t]*\n", re.MULTILINE)
_HEADINGS = 2


def is_markdown(text: str) -> bool:
    """Whether a text carries marks of Markdown that leave no doubt."""
    if len(text) > _LARGEST:
        return False
    return (
        len(_FENCE.findall(text)) >= 2
        or _TABLE.search(text) is not None
        or _FRONT.match(text) is not None
        or len(_HEADING.findall(text)) >= _HEADINGS
    )


def markdown_blocks(text: str) -> list[tuple[list[int], Kind]]:
    """The lines of each block, by number, with its kind; blank lines are in none, code is a block a line."""
    front = _FRONT.match(text)
    skipped = text[: front.end()].count("\n") if front else 0
    lines = text.split("\n")
    kinds: dict[int, Kind] = dict.fromkeys(range(skipped), "front matter")
    starts = set(range(skipped + 1))
    for token in _parser().parse("\n".join(lines[skipped:])):
        if token.map is None or token.nesting < 0:
            continue
        first, last = (number + skipped for number in token.map)
        starts |= {first, last}
        if token.type in ("fence", "code_block"):
            kinds.update(dict.fromkeys(range(first, last), "code"))
        if token.type in ("fence", "code_block", "html_block"):
            starts.update(range(first, last))
        elif token.type == "inline" and token.children:
            starts.update(_after_hard_breaks(token.children, first))
        elif token.type == "table_open":
            starts.add(first + 1)  # the rule below the head has no token
    return _blocks(lines, starts, kinds)


def _after_hard_breaks(children: list, first: int) -> list[int]:  # type: ignore[type-arg]
    found, line = [], first
    for child in children:
        if child.type in ("softbreak", "hardbreak"):
            line += 1
            if child.type == "hardbreak":
                found.append(line)
    return found


def _blocks(lines: list[str], starts: set[int], kinds: dict[int, Kind]) -> list[tuple[list[int], Kind]]:
    blocks: list[tuple[list[int], Kind]] = []
    new = True
    for number, line in enumerate(lines):
        new = new or number in starts
        if not line.strip():
            new = True
        elif new:
            blocks.append(([number], kinds.get(number, "")))
            new = False
        else:
            blocks[-1][0].append(number)
    return blocks


@cache
def _parser() -> MarkdownIt:
    from markdown_it import MarkdownIt

    return MarkdownIt("commonmark").enable("table")

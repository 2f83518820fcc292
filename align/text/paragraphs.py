"""Where paragraphs begin and end: lines, or blocks of lines that somebody wrapped.

Text is wrapped where lines end because the next word had no room. That is asked of every block: a table, a list, an
address or a stanza between wrapped paragraphs keeps its lines. Markdown is read by a parser (`align.text.markdown`).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from itertools import pairwise
from typing import Literal

from align.text.markdown import Kind, is_markdown, markdown_blocks

ParagraphMode = Literal["auto", "line", "blank"]
PARAGRAPH_MODES: tuple[ParagraphMode, ...] = ("auto", "line", "blank")

_WIDEST = 200  # columns at which nobody wraps: long lines are paragraphs of their own
_NARROWEST = 30  # columns below which nobody wraps either: verse, names, menus
_FULL = 0.8  # of the width that a line has at least reached with the first word of the next
_MOST = 0.5  # share of the breaks of a wrapped text that fall where there was no room
_VERSE_ENDS = 0.5  # share of lines that end with a mark: lines of thought, not of a width
_VERSE_CAPITALS = 0.8
_VERSE_BREAKS = 2  # of one break little can be said

# Lines that begin a unit of their own whatever stands before: rows of a table, items, headings, numbered clauses,
# fields with a name.
_STARTS = re.compile(
    r"\s*(?:\||[-*+•●▪◦‣·–—]\s|#{1,6}\s|\d{1,3}(?:\.\d{1,3})*[.)、．]\s|\d{1,3}[、．]|\d{1,3}(?:\.\d{1,3})+\s"
    r"|[(（](?:\d{1,3}|[a-zA-Z]|[ivxIVX]{1,4}|[一二三四五六七八九十]{1,3})[)）]|[一二三四五六七八九十]{1,3}、"
    r"|第[一二三四五六七八九十百零〇\d]{1,5}[条條章节節款项項]|[①-⑳]|[a-zA-Z]\)\s|[A-Z][A-Za-z-]{2,20}:\s)"
)
_ROW = re.compile(r"\s*(?:\||#{1,6}\s)")  # rows and headings do not go on in the next line
_ENDS_WITH_MARK = re.compile(r"[.,;:!?…。，、；：！？।۔؟—–-][”’\"')」』»]*$")
_GOES_ON = re.compile(r"[,;:][”’\"')]*$")  # and yet a capital follows
_WORD = re.compile(r"\S+")
_WIDE = re.compile(r"[\u2e80-\u9fff\uac00-\ud7a3\uf900-\ufaff\uff00-\uff60\U00020000-\U0003ffff]")
_NEVER_FIRST = re.compile(
    r"[、。，．：；！？”’」』）》】〉々ー]*"
)  # marks that go with the character before them

Block = list[int]


def paragraph_mode(lines: list[str]) -> Literal["line", "blank"]:
    """Whether blank lines separate the paragraphs of a text, or every line is one.

    Blank lines separate paragraphs where text is hard-wrapped (see the module). Anything else (no blank line; one line
    a block; blocks of short lines; verse) is read line by line, which never glues two paragraphs together.
    """
    return "line" if _wrapped_width(lines, list(_blocks(lines))) is None else "blank"


def paragraph_blocks(text: str, mode: ParagraphMode) -> Iterator[tuple[Block, Kind]]:
    """The lines of each paragraph, by number, and what it is; blank lines are in none."""
    lines = text.split("\n")
    blocks: list[tuple[Block, Kind]]
    if mode == "auto" and is_markdown(text):
        blocks = markdown_blocks(text)
    else:
        blocks = [(block, "") for block in _blocks(lines)]
    if mode == "blank":
        yield from blocks
        return
    width = _wrapped_width(lines, [block for block, kind in blocks if not kind]) if mode == "auto" else None
    for block, kind in blocks:
        if width is None or kind:
            yield from (([number], kind) for number in block)
        else:
            yield from ((unit, kind) for unit in _units(lines, block, width))


def common_mode(source: str, target: str) -> ParagraphMode:
    """How two translations of each other are read: line by line where they have the same lines in the same blocks.

    A stanza, a table or an address whose width looks wrapped on one side is none where the other has as many lines.
    """
    first, second = ([len(block) for block in _blocks(text.split("\n"))] for text in (source, target))
    return "line" if first == second and max(first, default=0) > 1 else "auto"


def _blocks(lines: list[str]) -> Iterator[Block]:
    block: Block = []
    for number, line in enumerate(lines):
        if line.strip():
            block.append(number)
        elif block:
            yield block
            block = []
    if block:
        yield block


def _wrapped_width(lines: list[str], blocks: list[Block]) -> int | None:
    """The columns at which a text is wrapped; None where it is not."""
    if len(blocks) < 2:
        return None
    breaks = [pair for block in blocks for part in _parts(lines, block) for pair in pairwise(part)]
    if not breaks or max(map(len, lines)) > _WIDEST:
        return None
    width = max(_columns(lines[number]) for pair in breaks for number in pair)
    inner = [number for number, _ in breaks]
    if width < _NARROWEST or _is_verse(lines, breaks):
        return None
    full = sum(_is_full(lines[a], lines[b], width) for a, b in breaks)
    return width if full >= _MOST * len(inner) else None


def _units(lines: list[str], block: Block, width: int) -> Iterator[Block]:
    """The paragraphs of a block of a text that is wrapped at this width."""
    for part in _parts(lines, block):
        if _hangs(lines, part):
            yield part
            continue
        if _is_verse(lines, list(pairwise(part))):
            yield from ([number] for number in part)
            continue
        for run in _runs(lines, part, width):
            if _is_verse(lines, list(pairwise(run))):
                yield from ([number] for number in run)
            else:
                yield run


def _runs(lines: list[str], part: Block, width: int) -> Iterator[Block]:
    """Lines that go on: the next word had no room, or the sentence is not over."""
    run = part[:1]
    for number in part[1:]:
        last, line = lines[run[-1]].rstrip(), lines[number].lstrip()
        if _is_full(last, line, width) or (line[:1].islower() and not _ENDS_WITH_MARK.search(last)):
            run.append(number)
        else:
            yield run
            run = [number]
    yield run


def _hangs(lines: list[str], part: Block) -> bool:
    """Whether a part is an item with its further lines indented below it."""
    first, *others = part
    return bool(others and _STARTS.match(lines[first])) and all(
        _indent(lines[number]) > _indent(lines[first]) for number in others
    )


def _parts(lines: list[str], block: Block) -> Iterator[Block]:
    """A block parted before each line that begins a unit of its own, and behind rows and headings."""
    part: Block = []
    for number in block:
        if part and (_STARTS.match(lines[number]) or _ROW.match(lines[part[-1]])):
            yield part
            part = []
        part.append(number)
    yield part


def _is_full(line: str, following: str, width: int) -> bool:
    """Whether the first word of the next line had no room any more."""
    return _columns(line) + _first_word(following) > _FULL * width


def _first_word(line: str) -> int:
    """The columns of the first word and the space before it; in Chinese and Japanese of a character and its marks."""
    text = line.lstrip()
    if _WIDE.match(text):
        marks = _NEVER_FIRST.match(text, 1)
        return _columns(text[: marks.end() if marks else 1])
    word = _WORD.match(text)
    return 1 + _columns(word.group()) if word else 0


def _is_verse(lines: list[str], breaks: list[tuple[int, int]]) -> bool:
    """Whether lines end where a thought ends, or all begin with a capital: verse, addresses, a sentence a line."""
    if len(breaks) < _VERSE_BREAKS:
        return any(_GOES_ON.search(lines[a].rstrip()) and lines[b].lstrip()[:1].isupper() for a, b in breaks)
    ends = sum(_ENDS_WITH_MARK.search(lines[a].rstrip()) is not None for a, _ in breaks)
    capitals = sum(lines[b].lstrip()[:1].isupper() and not lines[b].isupper() for _, b in breaks)
    return ends > _VERSE_ENDS * len(breaks) or capitals >= _VERSE_CAPITALS * len(breaks)


def _columns(line: str) -> int:
    """How wide a line is where Chinese, Japanese and Korean characters take two columns."""
    text = line.rstrip()
    if text.isascii():
        return len(text)
    return len(text) + len(_WIDE.findall(text)) - sum(unicodedata.combining(c) != 0 for c in text)


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip())

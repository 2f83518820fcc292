"""Documents, their paragraphs and sentences, and the positions that name them.

A position is 0-based: a paragraph is ``p7``, its third sentence ``p7s2``, which no spreadsheet takes for a number
(``7.10`` and ``7.1`` are one and the same to it). Positions are those of the text as it was read and stay with a
unit whatever is cut around it.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Literal, Protocol

from align.text.languages import canonical
from align.text.markdown import Kind
from align.text.paragraphs import PARAGRAPH_MODES, ParagraphMode, paragraph_blocks, paragraph_mode

__all__ = [
    "LEVELS", "PARAGRAPH_MODES", "Document", "Level", "LineRange", "Paragraph", "ParagraphMode", "Sentence", "Unit",
    "format_position", "join_texts", "joined", "line_ranges", "paragraph_mode", "parse_position", "split_paragraphs",
    "unit_position", "without_lines",
]  # fmt: skip

LineRange = tuple[int, int]  # 0-based, inclusive

Level = Literal["paragraph", "sentence"]
LEVELS: tuple[Level, ...] = ("paragraph", "sentence")

# The second half is the form that earlier tables and decisions have, and line numbers: 7 and 7.2.
_POSITION = re.compile(r"p([0-9]+)(?:s([0-9]+))?(?::([0-9]+)-([0-9]+))?|([0-9]+)(?:\.([0-9]+))?")


def format_position(paragraph: int, sentence: int | None = None) -> str:
    """The position of a paragraph, ``p7``, or of a sentence in it, ``p7s2``; both 0-based."""
    return f"p{paragraph}" if sentence is None else f"p{paragraph}s{sentence}"


def parse_position(position: str) -> tuple[int, ...]:
    """A position as numbers, to sort by: (7,) for paragraph ``p7`` or line ``7``, (7, 2) for sentence ``p7s2``.

    A part of a unit, ``p7s2:12-58``, has where it begins and ends behind them: (7, 2, 12, 58). The
    earlier form ``7.2`` means the same as ``p7s2``.

    Raises:
        ValueError: it is no position.
    """
    found = _POSITION.fullmatch(position)
    if found is None:
        raise ValueError(f"{position!r} is no position, such as p7 or p7s2")
    return tuple(int(number) for number in found.groups() if number is not None)


def unit_position(position: str) -> str:
    """The position of the unit that a part is of: ``p7s2`` of ``p7s2:12-58``; any other as it is."""
    return position.partition(":")[0]


class Unit(Protocol):
    """What can be aligned: a text with a position; `Paragraph` and `Sentence` both are units."""

    @property
    def text(self) -> str: ...
    @property
    def position(self) -> str: ...


@dataclass(frozen=True, slots=True)
class Sentence:
    """One sentence: `text` is ``paragraph.text[start:end]``, character offsets.

    `space` is the white space between it and the sentence before, nothing where the script has none. `part` says from
    and to which character of the sentence it goes, where it is only a part of one.
    """

    text: str
    paragraph: int
    index: int
    start: int
    end: int
    space: str = ""
    part: tuple[int, int] | None = None

    @property
    def position(self) -> str:
        position = format_position(self.paragraph, self.index)
        return f"{position}:{self.part[0]}-{self.part[1]}" if self.part else position

    def cut(self, start: int, end: int) -> Sentence:
        """The part between two of its characters, behind the white space before it; itself if that is all of it."""
        if (start, end) == (0, len(self.text)):
            return self
        before = self.text[:start]
        space = before[len(before.rstrip()) :] if start else self.space
        first = self.part[0] if self.part else 0
        return Sentence(
            self.text[start:end], self.paragraph, self.index, self.start + start, self.start + end,
            space, (first + start, first + end),
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Paragraph:
    """One paragraph of a document, with the 0-based inclusive lines it was read from.

    `kind` says what is no prose in Markdown: ``code`` or ``front matter``.
    """

    text: str
    index: int
    start_line: int
    end_line: int
    language: str | None = None
    kind: Kind = ""

    @property
    def position(self) -> str:
        return format_position(self.index)


@dataclass(frozen=True, slots=True)
class Document:
    """One article: an id that is unique in its batch, and its paragraphs in reading order.

    `language` is the declared tag as BCP 47 writes it (``de_de`` becomes ``de-DE``; what names no language, None), or
    what was detected; what is computed in a language asks for its base (`align.text.languages`). `about` is what its
    source tells besides its text: its address and the names of its images, a line each.
    """

    id: str
    paragraphs: tuple[Paragraph, ...]
    language: str | None = None
    source: str = ""
    about: str = ""

    def __post_init__(self) -> None:
        object.__setattr__(self, "language", canonical(self.language))

    @classmethod
    def from_text(
        cls,
        id: str,
        text: str,
        *,
        language: str | None = None,
        source: str = "",
        paragraphs: ParagraphMode = "auto",
        about: str = "",
    ) -> Document:
        """A document from clean text, split into paragraphs by line or by blank line."""
        return cls(id, tuple(split_paragraphs(text, paragraphs)), language, source, about)

    def __repr__(self) -> str:
        characters = sum(len(paragraph.text) for paragraph in self.paragraphs)
        language = f", language {self.language!r}" if self.language else ""
        return (
            f"Document({self.id!r}: {len(self.paragraphs):,} paragraphs, {characters:,} characters{language})"
        )

    @property
    def text(self) -> str:
        """The paragraphs, a line each."""
        return "\n".join(paragraph.text for paragraph in self.paragraphs)

    def without(self, positions: Collection[int]) -> Document:
        """The document less the paragraphs at these positions; the others keep their positions."""
        cut = frozenset(positions)
        if not cut:
            return self
        return replace(self, paragraphs=tuple(p for p in self.paragraphs if p.index not in cut))


def without_lines(document: Document, cuts: Iterable[LineRange]) -> Document:
    """The document less the paragraphs that lie within these lines."""
    ranges = list(cuts)
    return document.without(
        [
            p.index
            for p in document.paragraphs
            if any(a <= p.start_line and p.end_line <= b for a, b in ranges)
        ]
    )


def line_ranges(ends: Sequence[int] | None) -> tuple[LineRange, ...]:
    """Ranges of lines from a flat list of their first and last ones; none from None."""
    flat = ends or ()
    return tuple(zip(flat[::2], flat[1::2], strict=True))


def split_paragraphs(text: str, mode: ParagraphMode = "auto") -> Iterator[Paragraph]:
    """The non-empty paragraphs of a text; lines joined into one paragraph keep a space between them."""
    lines = text.split("\n")
    index = 0
    for block, kind in paragraph_blocks(text, mode):
        paragraph = join_texts([lines[i].strip() for i in block])
        if paragraph:
            yield Paragraph(paragraph, index, block[0], block[-1], kind=kind)
            index += 1


def joined(units: Iterable[Unit]) -> str:
    """Units as one text, cut from the document: what stands between two sentences of a paragraph, and nothing else.

    What was parted by lines, and units without a document, are joined as `join_texts` does.
    """
    text = ""
    last: tuple[int, ...] = ()
    for unit in units:
        space: str | None = getattr(unit, "space", None)
        place = () if space is None else parse_position(unit.position.split(" ")[0])
        if space is not None and last and _follows(last, place):
            text += space + unit.text
        else:
            text = join_texts((text, unit.text))
        last = place
    return text


def _follows(last: tuple[int, ...], place: tuple[int, ...]) -> bool:
    """Whether a sentence is the next one of the same paragraph, or a part goes on where the one before ends."""
    if len(place) > 2 and len(last) == len(place) and place[:-2] == last[:-2]:
        return place[-2] >= last[-1]
    one, here = last[:2], place[:2]
    return len(here) > 1 and here == (*one[:-1], one[-1] + 1)


_UNSPACED = re.compile(r"[\u2e80-\u9fff\uf900-\ufaff\uff00-\uffef\u3000-\u30ff\U00020000-\U0003ffff]")


def join_texts(texts: Iterable[str]) -> str:
    """Lines or sentences as one text: a space between them, none inside Chinese or Japanese."""
    joined = ""
    for text in texts:
        spaced = joined and text and not (_UNSPACED.match(joined[-1]) and _UNSPACED.match(text[0]))
        joined += " " + text if spaced else text
    return joined

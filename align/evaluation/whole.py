"""The whole way scored: from texts through paragraphs and segmentation to beads, as `align run` takes it.

Gold is lines and their beads; the aligner is given texts. What it finds are stretches of characters, so both are laid
over the texts without their spaces: a bead is right where it begins and ends with the lines of a gold bead on both
sides, a line is a gap where all of it is left without an answer. What the segmenter cuts elsewhere than the gold
therefore counts as an error.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import accumulate

from align.alignment.aligner import align_documents
from align.alignment.options import AlignOptions
from align.alignment.result import Alignment
from align.document import Document, Level, Sentence, Unit, join_texts
from align.evaluation.gold import GoldDocument
from align.evaluation.metrics import BeadIndices, bead_set

_BEADS = 4  # beads of sentences that make a paragraph


@dataclass(frozen=True, slots=True)
class WholeAlignment:
    """What came of aligning two texts, in lines of the gold.

    Attributes:
        alignment: as the aligner gave it.
        beads: its beads as lines; what ends inside a line has a number that no line has besides.
        judged: confidence of every bead, and whether it is right; a gap is right inside a line that is one.
    """

    alignment: Alignment
    beads: frozenset[BeadIndices]
    judged: tuple[tuple[float, bool], ...]


def align_whole(gold: GoldDocument, options: AlignOptions) -> WholeAlignment:
    """Aligns the two texts of a gold document.

    Lines that are sentences are joined to paragraphs first, a few beads each; lines that are paragraphs stay.
    """
    level: Level = "paragraph" if gold.level == "paragraph" else "sentence"
    starts = (range(len(gold.source)), range(len(gold.target))) if level == "paragraph" else _cuts(gold)
    source, target = (
        _document(name, texts, firsts, language)
        for name, texts, firsts, language in zip(
            ("source", "target"), (gold.source, gold.target), starts, gold.languages, strict=True
        )
    )
    found = align_documents(source, target, options=replace(options, level=level))
    left, right = _Lines(gold.source, source), _Lines(gold.target, target)
    judged, two_sided = [], set()
    for bead in found.beads:
        sides = left.of(found.source[i] for i in bead.source), right.of(found.target[j] for j in bead.target)
        judged.append((bead.confidence, (left.inside(sides[0]), right.inside(sides[1])) in gold.beads))
        if not bead.is_gap:
            two_sided.add(sides)
    gaps = (
        left.filled(found.source[i] for bead in found.gaps for i in bead.source),
        right.filled(found.target[j] for bead in found.gaps for j in bead.target),
    )
    return WholeAlignment(
        found, frozenset(two_sided | bead_set([(gaps[0], ()), ((), gaps[1])])), tuple(judged)
    )


def _cuts(gold: GoldDocument) -> tuple[list[int], list[int]]:
    """First lines of the paragraphs of both sides: after every few beads, where nothing crosses."""
    starts: tuple[list[int], list[int]] = ([0], [0])
    ends = [0, 0]  # behind the lines that were met
    inside = 0
    for bead in _ordered(gold):
        clean = all(side and side[0] >= end for side, end in zip(bead, ends, strict=True))
        if inside >= _BEADS and clean:
            for side, firsts in zip(bead, starts, strict=True):
                firsts.append(side[0])
            inside = 0
        inside += 1
        ends = [max([end, *(line + 1 for line in side)]) for end, side in zip(ends, bead, strict=True)]
    return starts


def _ordered(gold: GoldDocument) -> Iterator[BeadIndices]:
    """The gold beads by where they stand in the source; an insertion stands with the target line before it."""
    place = {j: source[0] for source, target in gold.beads if source for j in target}
    for j in range(len(gold.target)):
        place.setdefault(j, place.get(j - 1, 0))
    yield from sorted(
        gold.beads, key=lambda bead: (bead[0][0] if bead[0] else place[bead[1][0]], not bead[0], bead[1])
    )


def _document(name: str, texts: Sequence[str], starts: Sequence[int], language: str) -> Document:
    """The lines as a document whose paragraphs begin at `starts`."""
    ends = [*starts[1:], len(texts)]
    paragraphs = [join_texts(texts[a:b]) for a, b in zip(starts, ends, strict=True)]
    return Document.from_text(name, "\n".join(paragraphs), language=language, paragraphs="line")


class _Lines:
    """Where the lines of one side of the gold begin and end, in characters of its text that are no spaces."""

    def __init__(self, texts: Sequence[str], document: Document) -> None:
        self._ends = list(accumulate(map(_visible, texts)))
        firsts = [0, *accumulate(_visible(paragraph.text) for paragraph in document.paragraphs)]
        self._first = {p.index: first for p, first in zip(document.paragraphs, firsts, strict=False)}
        self._text = {p.index: p.text for p in document.paragraphs}
        assert firsts[-1] == [0, *self._ends][-1], "the text is not what the lines say"

    def of(self, units: Iterable[Unit]) -> tuple[int, ...]:
        """The lines that these units cover, and a number behind those of all lines where they cut through one."""
        spans = [self._span(unit) for unit in units]
        found = {line for start, end in spans for line in self._between(start, end)}
        if spans and not {spans[0][0], spans[-1][1]} <= {0, *self._ends}:
            found.add(len(self._ends) + spans[0][0])
        return tuple(sorted(found))

    def inside(self, lines: tuple[int, ...]) -> tuple[int, ...]:
        """A single line of which only a part is meant, as the whole line: part of a gap is a gap."""
        known = tuple(line for line in lines if line < len(self._ends))
        return known if len(known) == 1 else lines

    def filled(self, units: Iterable[Unit]) -> tuple[int, ...]:
        """The lines of which these units leave nothing, and a number behind those of all lines for each torn one."""
        covered = dict.fromkeys(range(len(self._ends)), 0)
        for start, end in map(self._span, units):
            for line in self._between(start, end):
                first = self._ends[line - 1] if line else 0
                covered[line] += min(end, self._ends[line]) - max(start, first)
        sizes = [end - start for start, end in zip([0, *self._ends], self._ends, strict=False)]
        return tuple(
            line if size == covered[line] else len(sizes) + line
            for line, size in enumerate(sizes)
            if covered[line]
        )

    def _between(self, start: int, end: int) -> range:
        return range(bisect_right(self._ends, start), bisect_right(self._ends, end - 1) + 1)

    def _span(self, unit: Unit) -> tuple[int, int]:
        """First character and end of a unit."""
        if isinstance(unit, Sentence):
            start = self._first[unit.paragraph] + _visible(self._text[unit.paragraph][: unit.start])
        else:
            start = self._first[unit.index]  # type: ignore[attr-defined]
        return start, start + _visible(unit.text)


def _visible(text: str) -> int:
    return sum(not character.isspace() for character in text)

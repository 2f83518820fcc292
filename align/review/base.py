"""The machine's beads of a pair, unit by unit, as the review starts from them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import cached_property
from pathlib import Path

from align.corpus.folder import CorpusFolder, PairEntry
from align.corpus.texts import texts_of
from align.document import Document, Level, Paragraph, Sentence, join_texts, joined
from align.errors import InputError
from align.review.bead import ReviewBead, ReviewUnit, position_key
from align.review.parts import is_part


class Base:
    """The beads of one level of a pair, in the order of their file.

    A side of several units stands as one unit with all their positions until somebody needs them one by one
    (`resolved`), and what stands before a part is not known until then: segmenting a long text takes seconds, and few
    beads are looked at closely.
    """

    def __init__(self, run: CorpusFolder, pair: PairEntry, level: Level) -> None:
        self._sides = (
            _Texts(run, pair.source, level, pair.source_language),
            _Texts(run, pair.target, level, pair.target_language),
        )
        self.beads = [
            ReviewBead(
                _together(row.source_positions, row.source),
                _together(row.target_positions, row.target),
                confidence=row.confidence,
                found_reordered=row.reordered,
            )
            for row in run.beads(pair, level)
        ]

    def resolved(self, bead: ReviewBead) -> ReviewBead:
        """The bead with its units one by one; as it is where its text is not that of the units."""
        source, target = (
            text.units(units) for text, units in zip(self._sides, (bead.source, bead.target), strict=True)
        )
        return replace(bead, source=source, target=target)


def load_base(run: CorpusFolder, pair: PairEntry, level: Level) -> Base:
    """The beads of a pair as the run left them.

    Raises:
        InputError: the file is missing or altered.
    """
    return Base(run, pair, level)


def is_unresolved(bead: ReviewBead) -> bool:
    """Whether several units stand as one, or nobody has looked what stands before a part."""
    return any(map(_is_open, (*bead.source, *bead.target)))


def _is_open(unit: ReviewUnit) -> bool:
    return " " in unit.position or (is_part(unit) and unit.space is None)


def _together(positions: Sequence[str], text: str) -> tuple[ReviewUnit, ...]:
    return (ReviewUnit(" ".join(positions), text),) if positions else ()


class _Texts:
    """The texts of a document's units, made only where somebody asks for them."""

    def __init__(self, run: CorpusFolder, id: str, level: Level, language: str) -> None:
        self.run, self.id, self.level, self.language = run, id, level, language
        self.sentences: dict[int, list[Sentence]] = {}

    def units(self, units: tuple[ReviewUnit, ...]) -> tuple[ReviewUnit, ...]:
        if len(units) != 1 or not _is_open(units[0]):
            return units
        positions, text = units[0].position.split(" "), units[0].text
        found = tuple(self._unit(position) for position in positions)
        if not all(unit.text for unit in found):
            return units
        if joined(found) == text:
            return found
        # Tables that were written before have a space between any two sentences.
        if join_texts(unit.text for unit in found) == text:
            return tuple(unit._replace(space=None) for unit in found)
        return units

    def _unit(self, position: str) -> ReviewUnit:
        """A unit with its text, empty where there is none."""
        from align.text.sentences import segment

        number, *rest = position_key(position)
        paragraph = self.paragraphs.get(number)
        if paragraph is None:
            return ReviewUnit(position, "")
        if self.level == "paragraph":
            return ReviewUnit(position, paragraph.text)
        if number not in self.sentences:
            self.sentences[number] = segment(paragraph, self.language or None)
        index, *part = rest or [-1]
        if not 0 <= index < len(self.sentences[number]):
            return ReviewUnit(position, "")
        sentence = self.sentences[number][index]
        unit = sentence.cut(*part) if part else sentence
        return ReviewUnit(position, unit.text, unit.space)

    @cached_property
    def paragraphs(self) -> dict[int, Paragraph]:
        text = _text(self.run.path, self.id)
        document = Document.from_text(self.id, text, paragraphs=self.run.paragraphs)
        return {p.index: p for p in document.paragraphs}


def _text(folder: Path, id: str) -> str:
    """The cleaned text of a document of a run, empty where it is not kept."""
    try:
        return texts_of(folder, [id]).get(id, ("", ""))[0]
    except InputError:
        return ""

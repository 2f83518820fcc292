"""The result of an alignment, an object that can be asked."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from align._internal.wording import counted
from align.alignment.bead import Bead
from align.document import Level, Unit, joined
from align.formats.beads import BEAD_COLUMNS, BEAD_TYPES, BeadRow, row_cells

if TYPE_CHECKING:
    import pyarrow as pa


@dataclass(frozen=True, slots=True)
class TextUnit:
    """A ready-made unit: one text of a list, with its number as position."""

    text: str
    index: int

    @property
    def position(self) -> str:
        return str(self.index)


@dataclass(frozen=True, slots=True)
class Covered:
    """Share of each side's characters in two-sided beads, every bead counted as far as it is trusted."""

    source: float
    target: float


@dataclass(frozen=True, slots=True)
class WordLink:
    """A word of one side and the word of the other side that answers it best.

    Attributes:
        source, target: ``(unit, start, end)``: the unit's index in the alignment and character offsets in its text.
        source_word, target_word: the words as they stand there.
        similarity: cosine of the two, 1 for equal words.
    """

    source: tuple[int, int, int]
    target: tuple[int, int, int]
    source_word: str
    target_word: str
    similarity: float


@dataclass(frozen=True, slots=True)
class Alignment:
    """Beads of two texts at one level; every unit of both is in exactly one bead.

    Attributes:
        level: what a unit is.
        source, target: the units, with their texts and original positions.
        beads: in reading order; `reordered` ones stand where their source stands.
        paragraphs: the alignment of paragraphs that one of sentences was guided by.
        signature: versions, weights and options that decided the beads.
        warnings: what the reader of the beads should know, a sentence each.
    """

    level: Level
    source: tuple[Unit, ...]
    target: tuple[Unit, ...]
    beads: tuple[Bead, ...]
    paragraphs: Alignment | None = None
    signature: dict[str, Any] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()

    def __repr__(self) -> str:
        covered = self.coverage
        by = f", encoder {self.encoder}" if self.encoder else ""
        parts = [f"{len(self.beads) - len(self.gaps):,} beads", counted(len(self.gaps), "gap")]
        parts += [f"{len(self.reordered):,} reordered"] if self.reordered else []
        parts += [counted(len(self.warnings), "warning")] if self.warnings else []
        return (
            f"Alignment of {len(self.source):,} and {counted(len(self.target), self.level)}: {', '.join(parts)}; "
            f"{covered.source:.0%} of the source and {covered.target:.0%} of the target answered{by}\n"
            ".worst() .texts(bead) .explain(bead) .gaps .paragraphs .warnings .to_pandas() .to_arrow() .write(path)"
        )

    def _repr_html_(self) -> str:
        from align._internal.notebook import table_html

        rows = map(row_cells, bead_rows(self.beads, self.source, self.target))
        return table_html(repr(self).split("\n")[0], BEAD_COLUMNS, rows, len(self.beads))

    @property
    def encoder(self) -> str:
        """The encoder that was used; `auto` chooses it by the languages. Its version is in the signature."""
        return str(self.signature.get("encoder_name", ""))

    @property
    def weights(self) -> str:
        """The set of weights that was used: that of the encoder, or "other" where a language is not known to it."""
        return str(self.signature.get("weights", {}).get("set", ""))

    @property
    def gaps(self) -> tuple[Bead, ...]:
        """Deletions and insertions."""
        return tuple(bead for bead in self.beads if bead.is_gap)

    @property
    def reordered(self) -> tuple[Bead, ...]:
        """Beads whose two sides stand in another order than their neighbours."""
        return tuple(bead for bead in self.beads if bead.reordered)

    @property
    def coverage(self) -> Covered:
        """How much of each text has an answer in the other; near 0 for texts that are no translations."""
        return Covered(
            _covered(self.source, self.beads, lambda bead: bead.source),
            _covered(self.target, self.beads, lambda bead: bead.target),
        )

    def worst(self, count: int = 20) -> tuple[Bead, ...]:
        """The least trusted beads, gaps included, least trusted first."""
        return tuple(sorted(self.beads, key=lambda bead: bead.confidence)[:count])

    def confident(self, threshold: float) -> tuple[Bead, ...]:
        """The two-sided beads that are trusted at least so much."""
        return tuple(bead for bead in self.beads if not bead.is_gap and bead.confidence >= threshold)

    def texts(self, bead: Bead) -> tuple[str, str]:
        """The two sides of a bead as texts."""
        return (
            joined(self.source[i] for i in bead.source),
            joined(self.target[j] for j in bead.target),
        )

    def explain(self, bead: Bead) -> tuple[WordLink, ...]:
        """Which words of the bead answer which, best first."""
        from align.alignment.word_links import word_links

        return word_links(self.source, self.target, bead)

    def to_arrow(self) -> pa.Table:
        """The beads as a table, with the columns of their TSV; several positions are separated by a space."""
        from align._internal.arrow import table_of

        rows = bead_rows(self.beads, self.source, self.target)
        return table_of(BEAD_COLUMNS, map(row_cells, rows), BEAD_TYPES)

    def to_pandas(self) -> Any:
        """`to_arrow` as a data frame.

        Raises:
            UsageError: pandas is not installed.
        """
        from align._internal.arrow import to_pandas

        return to_pandas(self.to_arrow())

    def write(self, path: str | Path, *, format: str | None = None, overwrite: bool = False) -> int:
        """Writes the beads to a file; the format goes by its name unless given. Returns the number of beads.

        Raises:
            UsageError: no such format.
            OutputError: the file exists already, or cannot be written.
        """
        from align._internal.files import IN_PYTHON, refuse_existing
        from align.formats.bitext import Bitext
        from align.formats.registry import files_written, format_of, write_bitexts
        from align.text.languages import output_tag

        bitext = Bitext(
            bead_rows(self.beads, self.source, self.target),
            output_tag(self.signature.get("source_language")),
            output_tag(self.signature.get("target_language")),
            segments="line" if self.source and isinstance(self.source[0], TextUnit) else self.level,
        )
        format = format or format_of(path)
        if not overwrite:
            refuse_existing(*files_written(path, [bitext], format), remedy=IN_PYTHON)
        return write_bitexts(path, [bitext], format=format).beads


def _covered(units: Sequence[Unit], beads: Sequence[Bead], side: Callable[[Bead], tuple[int, ...]]) -> float:
    lengths = [len(unit.text) for unit in units]
    covered = sum(b.confidence * sum(lengths[i] for i in side(b)) for b in beads if not b.is_gap)
    return covered / sum(lengths) if sum(lengths) else 0.0


def bead_rows(beads: Iterable[Bead], source: Sequence[Unit], target: Sequence[Unit]) -> Iterator[BeadRow]:
    """The beads of an alignment of these units, numbered from 0 in their order."""
    for number, bead in enumerate(beads):
        left, right = [source[i] for i in bead.source], [target[j] for j in bead.target]
        yield BeadRow(
            bead=number,
            type=bead.type,
            source_positions=tuple(unit.position for unit in left),
            target_positions=tuple(unit.position for unit in right),
            confidence=bead.confidence,
            source=joined(left),
            target=joined(right),
            reordered=bead.reordered,
        )

"""A corpus in the figures that people publish: documents, pairs, sentences and words of each pair of languages."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from align.formats.beads import BeadRow

# A word, or one character of a script that is written without spaces.
_WORD = re.compile(
    "[\u0e00-\u0eff\u0f00-\u0fff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]"
    "|[^\\W\u0e00-\u0eff\u0f00-\u0fff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff"
    "\U00020000-\U0003ffff]+"
)


@dataclass(frozen=True, slots=True)
class LanguagePair:
    """What a corpus holds of two languages, the one that sorts first on the left.

    Attributes:
        pairs: pairs of documents.
        beads: with both sides.
        gaps: with one.
        units: sentences (or paragraphs, where the pairs have those alone) of each side, gaps included.
        words: of each side; characters in scripts that are written without spaces.
    """

    languages: tuple[str, str]
    pairs: int
    beads: int
    gaps: int
    units: tuple[int, int]
    words: tuple[int, int]

    def __add__(self, other: LanguagePair) -> LanguagePair:
        return LanguagePair(
            self.languages,
            self.pairs + other.pairs,
            self.beads + other.beads,
            self.gaps + other.gaps,
            (self.units[0] + other.units[0], self.units[1] + other.units[1]),
            (self.words[0] + other.words[0], self.words[1] + other.words[1]),
        )

    @property
    def mean_lengths(self) -> tuple[float, float]:
        """Words of a unit of each side."""
        return self.words[0] / max(self.units[0], 1), self.words[1] / max(self.units[1], 1)


def word_count(text: str) -> int:
    """Words, and characters of scripts that are written without spaces."""
    return len(_WORD.findall(text))


def counted_pair(languages: tuple[str, str], rows: Iterable[BeadRow]) -> LanguagePair:
    """One pair of documents."""
    beads = gaps = 0
    units, words = [0, 0], [0, 0]
    for row in rows:
        gaps += row.is_gap
        beads += not row.is_gap
        units[0] += len(row.source_positions)
        units[1] += len(row.target_positions)
        words[0] += word_count(row.source)
        words[1] += word_count(row.target)
    turn = -1 if languages[0] > languages[1] else 1
    first, second = languages[::turn]
    return LanguagePair(
        (first, second),
        1,
        beads,
        gaps,
        (units[::turn][0], units[::turn][1]),
        (words[::turn][0], words[::turn][1]),
    )


def by_languages(pairs: Iterable[LanguagePair]) -> list[LanguagePair]:
    """The pairs of each two languages together, most beads first."""
    found: dict[tuple[str, str], LanguagePair] = {}
    for pair in pairs:
        found[pair.languages] = found[pair.languages] + pair if pair.languages in found else pair
    return sorted(found.values(), key=lambda pair: (-pair.beads, pair.languages))


def shares(documents: Iterable[Mapping[str, str]]) -> list[tuple[str, int, float]]:
    """What became of the documents: state, number and share, in the order of a document's way."""
    counts: dict[str, int] = {}
    for document in documents:
        counts[document["status"]] = counts.get(document["status"], 0) + 1
    whole = max(sum(counts.values()), 1)
    states = ("failed", "duplicate", "unpaired", "paired", "kept")
    return [(state, counts[state], counts[state] / whole) for state in states if counts.get(state)]

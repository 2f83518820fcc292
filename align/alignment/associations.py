"""How often words of two languages stand opposite each other: counted in texts, merged, kept.

Words count by their stems (`align.text.words.stems`), once for each pair of units they stand in.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from align._internal.tables import read_table, write_table
from align.errors import InputError
from align.text.words import stems, words_in

_COLUMNS = ("source", "target", "count")
_DIGITS = 4


@dataclass(slots=True)
class WordAssociations:
    """Counts of stems in pairs of texts that answer each other.

    Attributes:
        source, target: in how many pairs of texts each stem stood on its side.
        together: in how many of them two stems stood opposite each other; only what was worth keeping.
        pairs: how many pairs of texts were counted.
    """

    source: Counter[str] = field(default_factory=Counter)
    target: Counter[str] = field(default_factory=Counter)
    together: Counter[tuple[str, str]] = field(default_factory=Counter)
    pairs: float = 0.0

    @classmethod
    def counted(cls, texts: Iterable[tuple[str, str, float]]) -> WordAssociations:
        """Counted in pairs of texts, each with the probability that the two answer each other."""
        found = cls()
        for source, target, weight in texts:
            left, right = (sorted(stems(words_in(text))) for text in (source, target))
            found.pairs += weight
            for side, counts in ((left, found.source), (right, found.target)):
                for stem in side:
                    counts[stem] += weight  # type: ignore[assignment]  # a Counter holds floats as well
            for one in left:
                for other in right:
                    found.together[one, other] += weight  # type: ignore[assignment]
        return found

    def merged(self, other: WordAssociations) -> WordAssociations:
        """The counts of both."""
        return WordAssociations(
            self.source + other.source,
            self.target + other.target,
            self.together + other.together,
            self.pairs + other.pairs,
        )

    def strongest(self, least: float = 0.1, count: float = 2.0) -> WordAssociations:
        """Only words that met at least `count` times and whose Dice coefficient is at least `least`."""
        kept = Counter(
            {
                (one, other): n
                for (one, other), n in self.together.items()
                if n >= count and 2 * n >= least * (self.source[one] + self.target[other])
            }
        )
        left, right = ({pair[side] for pair in kept} for side in (0, 1))
        return WordAssociations(
            Counter({stem: n for stem, n in self.source.items() if stem in left}),
            Counter({stem: n for stem, n in self.target.items() if stem in right}),
            kept,
            self.pairs,
        )

    def swapped(self) -> WordAssociations:
        """The same with source and target changed."""
        turned = Counter({(other, one): n for (one, other), n in self.together.items()})
        return WordAssociations(self.target, self.source, turned, self.pairs)

    def write(self, path: str | Path) -> None:
        """As a table of `source`, `target` and `count`: one side is empty for the count of a word, both for all."""
        rows: list[tuple[str, str, float]] = [("", "", self.pairs)]
        rows += [(stem, "", n) for stem, n in sorted(self.source.items())]
        rows += [("", stem, n) for stem, n in sorted(self.target.items())]
        rows += [(one, other, n) for (one, other), n in sorted(self.together.items())]
        write_table(path, _COLUMNS, [(one, other, f"{n:.{_DIGITS}f}") for one, other, n in rows])

    @classmethod
    def read(cls, path: str | Path) -> WordAssociations:
        """What `write` wrote.

        Raises:
            InputError: a column is missing, or a count is no number.
        """
        found = cls()
        for line, row in enumerate(read_table(path, _COLUMNS), 2):
            try:
                count = float(row["count"])
            except ValueError:
                raise InputError(
                    f"{path}, line {line}: the count {row['count']!r} is no number; write the table anew"
                ) from None
            one, other = row["source"], row["target"]
            if one and other:
                found.together[one, other] += count  # type: ignore[assignment]
            elif one or other:
                (found.source if one else found.target)[one or other] += count  # type: ignore[assignment]
            else:
                found.pairs += count
        return found

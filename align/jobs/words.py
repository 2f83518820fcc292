"""What reviewed beads teach about words, for the pairs of later batches in languages that no encoder knows.

Only beads that a reviewer accepted teach: what the aligner was sure of by itself helped and hurt by turns, as did any
lexicon where the encoder knows the languages (docs/corpus.md has the figures). How many beads are counted is bounded,
so that the cost does not grow with the corpus.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from functools import cached_property

from align.alignment.associations import WordAssociations
from align.corpus.folder import CorpusFolder, PairEntry
from align.review.results import reading, reviewed_rows

_ENOUGH = 4_000  # beads of two languages that are counted

_Languages = tuple[str, str]


class ReviewedWords:
    """The words of a corpus, counted for two languages when a pair of them is to be aligned.

    Attributes:
        taught: in how many beads the words of two languages were counted, ``{"en-is": 812}``.
    """

    def __init__(self, corpus: CorpusFolder) -> None:
        self.corpus = corpus
        self.taught: dict[str, int] = {}
        self._found: dict[_Languages, WordAssociations] = {}

    def of(self, pair: PairEntry) -> WordAssociations | None:
        """What is known of the words of the two languages of a new pair; None where the languages are not known."""
        languages = pair.source_language, pair.target_language
        if not all(languages):
            return None
        if languages not in self._found:
            first, second = sorted(languages)
            found = WordAssociations.counted(self._texts(first, second))
            self._found |= {(second, first): found.swapped(), (first, second): found}
            if found.pairs:
                self.taught[f"{first}-{second}"] = found.pairs
        return self._found[languages]

    def _texts(self, first: str, second: str) -> Iterator[tuple[str, str]]:
        """Texts of accepted beads of two languages, those of the latest batch first."""
        left = _ENOUGH
        for pair in self._reviewed.get((first, second), ()):
            for source, target in _accepted(self.corpus, pair):
                yield (source, target) if pair.source_language == first else (target, source)
                left -= 1
                if not left:
                    return

    @cached_property
    def _reviewed(self) -> dict[_Languages, list[PairEntry]]:
        """The pairs that somebody has decided about by their languages, those of the latest batch first."""
        store = reading(self.corpus)
        if store is None:
            return {}
        with closing(store):
            places = {(place.first, place.second) for place in store.places() if place.level == "sentence"}
        batch = {entry.document: entry.batch for entry in self.corpus.documents}
        pairs = [pair for pair in self.corpus.pairs if tuple(sorted((pair.source, pair.target))) in places]
        found: dict[_Languages, list[PairEntry]] = {}
        for pair in sorted(
            pairs, key=lambda pair: -max(batch.get(id, 1) for id in (pair.source, pair.target))
        ):
            first, second = sorted((pair.source_language, pair.target_language))
            found.setdefault((first, second), []).append(pair)
        return found


def _accepted(corpus: CorpusFolder, pair: PairEntry) -> Iterator[tuple[str, str]]:
    """The texts of the beads of a pair that a reviewer accepted, as they were or put right."""
    if not corpus.bead_file(pair, "sentence").exists():
        return  # the pair could not be aligned
    for found in reviewed_rows(corpus, pair, "sentence"):
        if found.status == "accepted" and not found.row.is_gap:
            yield found.row.source, found.row.target

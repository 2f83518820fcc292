"""The terms of a run: what its beads, as they stand after review, say of words that answer each other."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial

from align._internal.progress import Progress, silent
from align.corpus.folder import CorpusFolder, PairEntry
from align.document import Level
from align.errors import EncoderError
from align.formats.beads import DOUBTFUL, BeadRow
from align.review.actions import RefusedError
from align.review.results import present_beads
from align.terms import Finder, Term
from align.text.languages import is_turned, within

_MOST_BEADS = 100_000  # of two languages that are looked at; each takes about half a millisecond
_MOST_ON_PAGE = 20_000  # somebody waits


class TermCounter:
    """Counts words in the beads of a run, pair by pair; `terms` then tells what answers what.

    Only beads with two sides count that a reviewer accepted, or that nobody rejected and whose confidence is
    `min_confidence` or more.

    Args:
        most: beads of two languages that are looked at, the first ones.
        source_language: the source of all pairs that have it; without it, pairs that run the other way than the
            first of their languages are turned.

    Raises:
        EncoderError, ImportError: the lexicon is not installed.
    """

    def __init__(
        self, *, min_confidence: float = DOUBTFUL, most: int = _MOST_BEADS, source_language: str | None = None
    ) -> None:
        self._finders: dict[tuple[str, str], Finder] = {}
        self._places: dict[tuple[str, str], list[tuple[PairEntry, int]]] = {}
        self._least, self._most, self._source = min_confidence, most, source_language

    def add(self, pair: PairEntry, row: BeadRow, place: int) -> None:
        """A bead of a pair as it stands, and its place among all of them."""
        sure = row.review == "accepted" or (row.review == "open" and row.confidence >= self._least)
        if row.is_gap or not sure:
            return
        languages = pair.source_language, pair.target_language
        turned = self._turned(languages)
        languages = languages[::-1] if turned else languages
        if languages not in self._finders:
            self._finders[languages], self._places[languages] = Finder(languages), []
        finder = self._finders[languages]
        if len(finder) < self._most:
            finder.add(*((row.target, row.source) if turned else (row.source, row.target)))
            self._places[languages].append((pair, place))

    def _turned(self, languages: tuple[str, str]) -> bool:
        if self._source:
            return is_turned(*languages, self._source)
        return languages not in self._finders and languages[::-1] in self._finders

    def example(self, languages: tuple[str, str], term: Term) -> tuple[PairEntry, int]:
        """The first bead in which a term and its translation answer each other: its pair, and its place there."""
        return self._places[languages][term.first]

    def terms(self, fewest: int = 2) -> dict[tuple[str, str], list[Term]]:
        """The terms by languages that have any, those that tell most of the corpus first."""
        found = {languages: finder.terms(fewest) for languages, finder in self._finders.items()}
        return {languages: terms for languages, terms in found.items() if terms}


def run_terms(
    run: CorpusFolder,
    *,
    level: Level = "sentence",
    languages: tuple[str, str] | None = None,
    fewest: int = 2,
    counter: Callable[[], TermCounter] = TermCounter,
    progress: Progress = silent,
) -> dict[tuple[str, str], list[Term]]:
    """The terms of a run by their languages; `languages` takes only pairs of these two, whichever way they run.

    Raises:
        EncoderError, ImportError: the lexicon is not installed.
        InputError: a bead file was altered, or the review is damaged.
    """
    counting = counter()
    wanted = [pair for pair in run.pairs if _wanted(pair, languages) and run.bead_file(pair, level).exists()]
    for number, pair in enumerate(wanted, 1):
        progress("counting words: pairs", number, len(wanted))
        for place, row in enumerate(present_beads(run, pair, level)):
            counting.add(pair, row, place)
    return counting.terms(fewest)


def _wanted(pair: PairEntry, languages: tuple[str, str] | None) -> bool:
    if languages is None:
        return True
    found = pair.source_language, pair.target_language
    return any(all(map(within, way, languages)) for way in (found, found[::-1]))


class Counting:
    """The terms of a run for its review page: counted when they are first asked for, and kept."""

    def __init__(self) -> None:
        self._known: dict[Level, dict[tuple[str, str], list[Term]]] = {}

    def terms(self, run: CorpusFolder, pair: PairEntry, level: Level, *, anew: bool = False) -> list[Term]:
        """The terms of the two languages of a pair, its source as theirs; `anew` counts what was decided since.

        Raises:
            RefusedError: the table of words that tells is not installed.
        """
        if anew or level not in self._known:
            try:
                self._known[level] = run_terms(
                    run, level=level, counter=partial(TermCounter, most=_MOST_ON_PAGE)
                )
            except (EncoderError, ImportError) as error:
                raise RefusedError(f"Terms cannot be shown: {error}") from None
        known, languages = self._known[level], (pair.source_language, pair.target_language)
        return known.get(languages) or list(map(_turned, known.get(languages[::-1], ())))


def _turned(term: Term) -> Term:
    return replace(
        term,
        source=term.target,
        target=term.source,
        source_count=term.target_count,
        target_count=term.source_count,
    )

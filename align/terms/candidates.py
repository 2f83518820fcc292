"""The words and runs of words of some texts that may be terms.

What a run may be is found level by level (Agrawal and Srikant 1994): one of n words occurs as often as is asked for
only if both its runs of n - 1 words do. So pieces of words that a tokenizer cut too finely come together again.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from align._internal.arrays import Bools, Floats, Ints
from align.terms.words import TELLING, Cut, texts_with

_LONGEST = 4  # words of a term
_FEWEST_OF_RUN = 3  # texts that hold a run of words
# A run is one of words where it holds at least so much of the texts with its rarest telling word,
_TOGETHER = 0.25
_MOSTLY = 0.5  # or so much where it begins or ends with a character that tells nothing by itself
_INSIDE = 0.8  # what stands inside one longer run in so much of its texts is no term of its own


@dataclass(frozen=True, slots=True)
class Candidates:
    """What may be a term of one language.

    Attributes:
        spellings: of each, as it is most often written.
        counts: in how many texts each stands.
        telling: how much more frequent each is here than in the language, as a logarithm.
        text, start, end, number: of each occurrence, in the order of the texts: its text, its first word, the word
            behind its last (both counted over all texts), and which candidate it is.
    """

    spellings: list[str]
    counts: Ints
    telling: Floats
    text: Ints
    start: Ints
    end: Ints
    number: Ints


def candidates(cut: Cut, fewest: int) -> Candidates:
    """The words and runs of words that stand in at least `fewest` texts and may be terms."""
    found = _without_parts(list(_runs(cut, fewest)), cut.text)
    start, end, number, first = _together(found)
    edges = np.stack([cut.telling[cut.word[start[first]]], cut.telling[cut.word[end[first] - 1]]])
    telling = np.where(edges.min(axis=0) < TELLING, edges.max(axis=0), edges.min(axis=0))
    counts = texts_with(number, cut.text[start], len(first))
    spellings = _spelt(cut, start, end, number, len(first))
    order = np.lexsort((end, start))
    start, end, number = start[order], end[order], number[order]
    return Candidates(spellings, counts, telling, cut.text[start], start, end, number)


@dataclass(frozen=True, slots=True)
class _Runs:
    """Runs of one length that occur often enough.

    Attributes:
        start, number: first word of each occurrence, and which run it is.
        counts: texts with each run, by its number.
        good: which occurrences are of a run that may be a term.
    """

    length: int
    start: Ints
    number: Ints
    counts: Ints
    good: Bools

    def only(self, chosen: Bools) -> _Runs:
        """Some of the occurrences."""
        return replace(self, start=self.start[chosen], number=self.number[chosen], good=self.good[chosen])


def _runs(cut: Cut, fewest: int) -> Iterator[_Runs]:
    """The words, the runs of two, of three ... that occur often enough."""
    start, number = np.arange(len(cut.word)), cut.word
    held = counts = texts_with(number, cut.text, len(cut.telling))
    for length in range(1, _LONGEST + 1):
        often = counts[number] >= (fewest if length == 1 else max(fewest, _FEWEST_OF_RUN))
        start, number = start[often], number[often]
        if not len(start):
            return
        good = _may_be(start, length, counts[number], held, cut)
        yield _Runs(length, start, number, counts, good)
        longer, behind = _with_next(start, length, cut.joined)
        pairs = number[longer] * (int(number.max()) + 1) + number[behind]
        start, (known, number) = start[longer], np.unique(pairs, return_inverse=True)
        counts = texts_with(number, cut.text[start], len(known))


def _with_next(start: Ints, length: int, joined: Bools) -> tuple[Ints, Ints]:
    """Which runs make one a word longer with the run that begins at their second word, and which run that is."""
    behind, there = _found(start, start + 1)
    longer = np.flatnonzero(there)
    longer = longer[joined[start[longer] + length]]
    return longer, behind[longer]


def _found(start: Ints, wanted: Ints) -> tuple[Ints, Bools]:
    """Where words stand among first words in their order, and whether they do."""
    place = np.searchsorted(start, wanted)
    there = place < len(start)
    there[there] = start[place[there]] == wanted[there]
    return place, there


def _may_be(start: Ints, length: int, counts: Ints, held: Ints, cut: Cut) -> Bools:
    """Which runs may be terms: they begin and end with telling words, hold none twice, and these stand together.

    At an edge a character of a script without spaces may tell nothing by itself, as those of names do, where the run
    is what the others mostly stand in.
    """
    inside = cut.word[start[:, None] + np.arange(length)]
    telling, character = cut.telling[inside] >= TELLING, cut.character[inside]
    if length == 1:
        alone: Bools = telling[:, 0] & ~character[:, 0]
        return alone
    ordered = np.sort(inside, axis=1)
    rarest = np.where(telling, held[inside], np.iinfo(np.int64).max // 2).min(axis=1)
    good: Bools = (ordered[:, 1:] != ordered[:, :-1]).all(axis=1) & (counts >= _TOGETHER * rarest)
    edge = telling | (character & (counts >= _MOSTLY * rarest)[:, None])
    good &= edge[:, 0] & edge[:, -1]
    return good


def _without_parts(levels: Sequence[_Runs], texts: Ints) -> list[_Runs]:
    """The runs that may be terms, without those that nearly always stand inside one longer run that may be one."""
    kept: list[_Runs] = []
    for runs in reversed(levels):
        runs = runs.only(runs.good)
        inside = np.zeros(len(runs.counts), np.bool_)
        for longer in kept:
            part, whole, text = _parts(runs, longer, texts)
            pairs, number = np.unique(part * len(longer.counts) + whole, return_inverse=True)
            shorter = pairs // len(longer.counts)
            often = texts_with(number, text, len(pairs)) >= _INSIDE * runs.counts[shorter]
            inside[shorter[often]] = True
        kept.append(runs.only(~inside[runs.number]))
    return kept


def _parts(runs: _Runs, longer: _Runs, texts: Ints) -> tuple[Ints, Ints, Ints]:
    """Where a run stands inside a longer one: the number of either, and the text."""
    part, whole, text = [], [], []
    for offset in range(longer.length - runs.length + 1):
        wanted = longer.start + offset
        place, there = _found(runs.start, wanted)
        part.append(runs.number[place[there]])
        whole.append(longer.number[there])
        text.append(texts[wanted[there]])
    return np.concatenate(part), np.concatenate(whole), np.concatenate(text)


def _together(levels: Sequence[_Runs]) -> tuple[Ints, Ints, Ints, Ints]:
    """First word, word behind the last, and number of each occurrence; and the first occurrence of each number."""
    none = np.zeros(0, np.int64)
    start = np.concatenate([none, *(runs.start for runs in levels)])
    length = np.concatenate([none, *(np.full(len(runs.start), runs.length) for runs in levels)])
    known = np.concatenate([none, *(runs.number for runs in levels)]) * (_LONGEST + 1) + length
    _, first, number = np.unique(known, return_index=True, return_inverse=True)
    return start, start + length, number, first


def _spelt(cut: Cut, start: Ints, end: Ints, number: Ints, count: int) -> list[str]:
    """How each candidate is most often written."""
    seen: list[Counter[str]] = [Counter() for _ in range(count)]
    places = (cut.text[start], cut.start[start], cut.end[end - 1], number)
    for text, first, last, candidate in zip(*(place.tolist() for place in places), strict=True):
        seen[candidate][cut.texts[text][first:last]] += 1
    return [max(found, key=lambda spelling: (found[spelling], spelling)) for found in seen]

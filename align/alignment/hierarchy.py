"""Paragraphs and sentences that agree: what the paragraph beads say about the sentence beads inside them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby

import numpy as np

from align._internal.arrays import Floats, Ints
from align.alignment.bead import Bead
from align.alignment.candidates import Candidates
from align.alignment.result import Alignment
from align.alignment.search import Prior
from align.document import Sentence, format_position

_STRONGEST = 5.0  # log odds that a sentence bead across paragraph beads must overcome, at most
_WEAKEST = 0.5
_OF_A_PART = 0.8  # confidence of what a paragraph bead leaves over, as a share of its own
_ALIKE = 1.6  # two stretches whose lengths differ by no more than this factor from what is usual may be one
_SURE_PARAGRAPH = (
    0.9  # confidence of a paragraph bead that stands for its sentences where they have no answer
)
_MANY = 3  # sentences for each of the other side from which on a passage may have lost its marks
_LIKE = 3.0  # two stretches whose shares of their texts differ by no more than this factor may be one passage


def paragraph_prior(
    paragraphs: Alignment, source: Sequence[Sentence], target: Sequence[Sentence]
) -> Prior | None:
    """A cost for sentence beads that leave their paragraph bead, higher the surer that bead is."""
    trust = np.array([_odds(bead.confidence) for bead in paragraphs.beads])
    joined = np.arange(len(trust))
    for stretch in _open_stretches(paragraphs, int(paragraphs.signature.get("max_size", 1))):
        joined[stretch] = stretch[0]
        trust[stretch] = _WEAKEST
    left, right = (joined[owner] for owner in _owners(paragraphs, source, target))
    if not len(left) or not len(right):
        return None

    def prior(c: Candidates) -> Floats:
        cost = np.zeros(len(c))
        two = (c.m > 0) & (c.n > 0)
        first, last = left[c.i[two]], left[(c.i + c.m - 1)[two]]
        start, end = right[c.j[two]], right[(c.j + c.n - 1)[two]]
        inside = (first == last) & (first == start) & (start == end)
        cost[two] = np.where(inside, 0.0, -(trust[first] + trust[last] + trust[start] + trust[end]) / 4)
        return cost

    return prior


def whole_paragraphs(
    beads: Sequence[Bead], paragraphs: Alignment, source: Sequence[Sentence], target: Sequence[Sentence]
) -> list[Bead]:
    """Beads in place of gaps, one for what each paragraph bead leaves without an answer.

    A transcript without a full stop, or a chain of clauses, is one sentence, which no bead pairs with twenty; that its
    paragraph is answered is known all the same. So where none of the sentences of a sure paragraph bead has an answer,
    and where one of one side is left with more of the other than any bead can hold, of about its length, these are a
    bead, as sure as that of the paragraphs, or less where it is only a part of it.
    """
    most = int(paragraphs.signature.get("max_size", 1))
    left = _left_over(beads, paragraphs, source, target)
    ratio = _characters(target, range(len(target))) / max(1, _characters(source, range(len(source))))
    whole = []
    for number, (mine, theirs, complete) in left.items():
        bead = paragraphs.beads[number]
        few, many = sorted(map(len, (mine, theirs)))
        expected = ratio * _characters(source, mine)
        alike = expected / _ALIKE <= _characters(target, theirs) <= expected * _ALIKE
        if few and (complete or (few == 1 and many > most and alike)):
            confidence = bead.confidence * (1.0 if complete else _OF_A_PART)
            whole.append(Bead(mine, theirs, confidence, reordered=bead.reordered))
    return whole


def open_passages(
    beads: Sequence[Bead], paragraphs: Alignment, source: Sequence[Sentence], target: Sequence[Sentence]
) -> list[Bead]:
    """Beads in place of gaps, one for each run of paragraphs that may be one passage; nothing says that it is one."""
    stretches = list(_open_stretches(paragraphs, 1))
    if not stretches:
        return []
    gaps = {(bead.source, bead.target) for bead in beads if bead.is_gap}
    owners = _owners(paragraphs, source, target)
    found = []
    for stretch in stretches:
        mine, theirs = (tuple(np.flatnonzero(np.isin(owner, stretch)).tolist()) for owner in owners)
        alone = {((i,), ()) for i in mine} | {((), (j,)) for j in theirs}
        few, many = sorted(map(len, (mine, theirs)))
        if few and many >= _MANY * few and alone <= gaps:
            found.append(Bead(mine, theirs, 1.0))
    return found


def _owners(
    paragraphs: Alignment, source: Sequence[Sentence], target: Sequence[Sentence]
) -> tuple[Ints, Ints]:
    """The paragraph bead of each sentence of both sides."""
    left = _bead_of(
        source, {p.position: k for k, p in enumerate(paragraphs.source)}, _owner(paragraphs, True)
    )
    right = _bead_of(
        target, {p.position: k for k, p in enumerate(paragraphs.target)}, _owner(paragraphs, False)
    )
    return left, right


def _left_over(
    beads: Sequence[Bead], paragraphs: Alignment, source: Sequence[Sentence], target: Sequence[Sentence]
) -> dict[int, tuple[tuple[int, ...], tuple[int, ...], bool]]:
    """For each sure paragraph bead its sentences without an answer, one stretch a side, and whether they are all."""
    owners = _owners(paragraphs, source, target)
    free = [np.ones(len(owner), bool) for owner in owners]
    for bead in beads:
        if not bead.is_gap:
            free[0][list(bead.source)] = False
            free[1][list(bead.target)] = False
    found = {}
    for number, bead in enumerate(paragraphs.beads):
        if bead.is_gap or bead.confidence < _SURE_PARAGRAPH:
            continue
        inside = [np.flatnonzero(owner == number) for owner in owners]
        left = [units[open_[units]] for units, open_ in zip(inside, free, strict=True)]
        if all(len(units) and units[-1] - units[0] + 1 == len(units) for units in left):
            complete = all(len(a) == len(b) for a, b in zip(left, inside, strict=True))
            found[number] = tuple(left[0].tolist()), tuple(left[1].tolist()), complete
    return found


def _characters(units: Sequence[Sentence], places: Iterable[int]) -> int:
    return sum(len(units[place].text) for place in places)


def _open_stretches(paragraphs: Alignment, most: int) -> Iterator[list[int]]:
    """Runs of gaps that may be one passage whose paragraphs were lost in one version.

    One paragraph that answers fifty is no bead; so that all are gaps says nothing about their sentences. There are more
    than `most` paragraphs of one side for each of the other.
    """
    lengths = [np.array([len(unit.text) for unit in side]) for side in (paragraphs.source, paragraphs.target)]
    totals = [max(1, int(side.sum())) for side in lengths]
    for is_gap, run in groupby(range(len(paragraphs.beads)), lambda k: paragraphs.beads[k].is_gap):
        numbers = list(run)
        if not is_gap:
            continue
        inside = (
            [i for k in numbers for i in paragraphs.beads[k].source],
            [j for k in numbers for j in paragraphs.beads[k].target],
        )
        few, many = sorted(map(len, inside))
        if not few or many <= most * few:
            continue
        shares = zip(lengths, inside, totals, strict=True)
        small, large = sorted(float(side[units].sum()) / total for side, units, total in shares)
        if large <= _LIKE * small:
            yield numbers


def _odds(confidence: float) -> float:
    p = min(max(confidence, 1e-4), 1 - 1e-4)
    return float(np.clip(np.log(p / (1 - p)), _WEAKEST, _STRONGEST))


def _owner(paragraphs: Alignment, of_source: bool) -> Ints:
    """The bead of each paragraph."""
    owner = np.zeros(len(paragraphs.source if of_source else paragraphs.target), np.int64)
    for number, bead in enumerate(paragraphs.beads):
        owner[list(bead.source if of_source else bead.target)] = number
    return owner


def _bead_of(sentences: Sequence[Sentence], index: dict[str, int], owner: Ints) -> Ints:
    return np.array([owner[index[format_position(s.paragraph)]] for s in sentences], np.int64)

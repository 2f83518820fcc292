"""Reordered passages: deletions and insertions that answer each other out of order.

The path is monotone, so a passage that stands elsewhere in the other text comes out as a run of deletions in one place
and a run of insertions in another. All gaps of both texts are searched at once: units that are each other's nearest
form passages, in whatever order these stand; a passage is aligned with its surroundings that have no answer either,
the strongest first, and what is left is searched again until nothing more is found.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

import numpy as np

from align._internal.arrays import Floats, Ints
from align._internal.products import Factor, product
from align.alignment.bead import Bead
from align.alignment.candidates import Candidates
from align.alignment.model import Model
from align.alignment.search import solve
from align.alignment.windows import TextPair
from align.encoders.base import Vectors

_NEAR = 0.5  # cosine of two gap units from which they may be the same passage
_SHORTEST = 8  # subwords of a unit that can witness a reordered passage alone
_DOUBT = 3.0  # log odds against a passage out of order, shared by the units that witness it
_SURE = 0.7  # confidence from which a reordered bead replaces its gaps
_STEP = 2  # units that the other text may have for one of a passage, and as many more
_SEARCHES = 12  # each finds passages that the one before left; texts of this many layers are no translations

_Span = tuple[int, int]  # first unit and end


@dataclass(frozen=True, slots=True)
class _Passage:
    """Units without an answer that are near each other in the same order.

    Attributes:
        source, target: the stretches that are witnessed.
        weight: sum of the cosines of the witnesses.
        witnesses: how many there are.
    """

    source: _Span
    target: _Span
    weight: float
    witnesses: int


class _Gaps:
    """The units of both sides that have no answer, in runs of neighbours."""

    def __init__(self, beads: list[Bead]) -> None:
        self.units = (
            np.array(sorted(i for b in beads if not b.target for i in b.source), np.int64),
            np.array(sorted(j for b in beads if not b.source for j in b.target), np.int64),
        )

    def __bool__(self) -> bool:
        return all(map(len, self.units))

    def run(self, side: int) -> Ints:
        """The number of the run that each unit is in."""
        units = self.units[side]
        return np.cumsum(np.diff(units, prepend=units[0]) > 1)


def with_reordered(beads: list[Bead], texts: TextPair, model: Model) -> list[Bead]:
    """The beads with reordered passages in place of the gaps they were; each stands where its source stands.

    A gap that may have an answer elsewhere, though no sure one, is claimed with what that leaves.
    """
    possible: dict[tuple[bool, int], float] = {}
    for _ in range(_SEARCHES):
        gaps = _Gaps(beads)
        found = [bead for part in _searched(gaps, texts, model) for bead in part] if gaps else []
        for bead in found:
            for key in _gap_keys(bead):
                possible[key] = max(possible.get(key, 0.0), bead.confidence)
        sure = [bead for bead in found if bead.confidence >= _SURE]
        if not sure:
            break
        beads = in_place_of_gaps(beads, sure)
    return [_doubted(bead, possible) for bead in beads]


def _gap_keys(bead: Bead) -> Iterator[tuple[bool, int]]:
    yield from ((True, i) for i in bead.source)
    yield from ((False, j) for j in bead.target)


def _doubted(bead: Bead, possible: dict[tuple[bool, int], float]) -> Bead:
    """A gap less sure where another bead, out of order, may hold its unit."""
    if not bead.is_gap:
        return bead
    most = 1 - max(possible.get(key, 0.0) for key in _gap_keys(bead))
    return replace(bead, confidence=most) if bead.confidence > most else bead


def _searched(gaps: _Gaps, texts: TextPair, model: Model) -> Iterator[list[Bead]]:
    """The beads of one search; passages do not share units, the stronger one has them."""
    passages = _passages(gaps, texts)
    free = [set(units.tolist()) for units in gaps.units]
    for passage in passages:
        others = [p for p in passages if p is not passage]
        source = _extended(passage.source, free[0], [p.source for p in others])
        target = _extended(passage.target, free[1], [p.target for p in others])
        if source is None or target is None:
            continue
        found = _aligned(source, target, texts, model, _doubt(passage.witnesses))
        for bead in found:
            if bead.confidence >= _SURE:
                free[0].difference_update(bead.source)
                free[1].difference_update(bead.target)
        yield found


def _extended(span: _Span, free: set[int], others: list[_Span]) -> _Span | None:
    """A stretch with its neighbours that are free, up to the stretches of others; None where it is not free itself."""
    first, end = span
    if not free.issuperset(range(first, end)):
        return None
    low = max((stop for _, stop in others if stop <= first), default=0)
    high = min((start for start, _ in others if start >= end), default=1 << 60)
    while first - 1 >= low and first - 1 in free:
        first -= 1
    while end < high and end in free:
        end += 1
    return first, end


def _passages(gaps: _Gaps, texts: TextPair) -> list[_Passage]:
    """Chains of gap units that are each other's nearest, the heaviest first."""
    rows, columns = gaps.units
    nearest, cosine = _mutual(texts.source.singles[rows], texts.target.singles[columns])
    length = np.minimum(texts.source.length[rows], texts.target.length[columns[nearest]])
    seeds = np.flatnonzero((cosine >= _NEAR) & (length >= _SHORTEST))
    row_run, column_run = gaps.run(0), gaps.run(1)
    chains: list[list[int]] = []
    for k in seeds.tolist():
        if chains and _goes_on(chains[-1][-1], k, rows, columns[nearest], row_run, column_run[nearest]):
            chains[-1].append(k)
        else:
            chains.append([k])
    found = [
        _Passage(
            (int(rows[c[0]]), int(rows[c[-1]]) + 1),
            (int(columns[nearest[c[0]]]), int(columns[nearest[c[-1]]]) + 1),
            float(cosine[c].sum()),
            len(c),
        )
        for c in chains
    ]
    return sorted(found, key=lambda p: (-p.weight, p.source))


def _goes_on(last: int, k: int, rows: Ints, columns: Ints, row_run: Ints, column_run: Ints) -> bool:
    """Whether a pair of units goes on in the passage of the last one."""
    across, down = int(columns[k] - columns[last]), int(rows[k] - rows[last])
    same = row_run[k] == row_run[last] and column_run[k] == column_run[last]
    return bool(same and 0 < across <= _STEP * down + _STEP and down <= _STEP * across + _STEP)


def _mutual(source: Vectors, target: Vectors) -> tuple[Ints, Vectors]:
    """For each row the nearest column, and their cosine where they are each other's nearest, else 0; in blocks."""
    nearest = np.zeros(len(source), np.int64)
    cosine = np.zeros(len(source), np.float32)
    best = np.full(len(target), -2.0, np.float32)
    best_row = np.zeros(len(target), np.int64)
    columns = Factor(target.T)
    for block in range(0, len(source), 1024):
        found = product(source[block : block + 1024], columns)
        part = slice(block, block + len(found))
        nearest[part] = found.argmax(1)
        cosine[part] = found[np.arange(len(found)), nearest[part]]
        top = found.argmax(0)
        value = found[top, np.arange(len(target))]
        higher = value > best
        best[higher], best_row[higher] = value[higher], top[higher] + block
    return nearest, np.where(best_row[nearest] == np.arange(len(source)), cosine, np.float32(0.0))


def _aligned(
    source: _Span, target: _Span, texts: TextPair, model: Model, doubt: Callable[[Candidates], Floats]
) -> list[Bead]:
    """The two-sided beads between two stretches."""
    (i0, i1), (j0, j1) = source, target
    pair, corridor = texts.window((i0, j0), (i1, j1))
    found = solve(pair, corridor, model, texts.max_size, texts.lexicon, doubt).shift(i0, j0)
    columns = (found.i, found.j, found.m, found.n, found.confidence)
    return [
        Bead(tuple(range(i, i + m)), tuple(range(j, j + n)), p, reordered=True)
        for i, j, m, n, p in zip(*(c.tolist() for c in columns), strict=True)
        if m and n
    ]


def _doubt(witnesses: int) -> Callable[[Candidates], Floats]:
    """Log odds against a bead out of order: a passage is doubted once, not each of its units."""
    return lambda c: np.where((c.m > 0) & (c.n > 0), -_DOUBT / witnesses, 0.0)


def in_place_of_gaps(beads: list[Bead], found: list[Bead]) -> list[Bead]:
    """The beads with these in place of gaps; each before the first bead whose source comes after its own."""
    taken = {key for bead in found for key in _gap_keys(bead)}
    kept = [bead for bead in beads if not (bead.is_gap and taken.intersection(_gap_keys(bead)))]
    out: list[Bead] = []
    waiting = sorted(found, key=lambda b: b.source)
    for bead in kept:
        while bead.source and waiting and waiting[0].source < bead.source:
            out.append(waiting.pop(0))
        out.append(bead)
    return out + waiting

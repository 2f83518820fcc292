"""Reordered passages: deletions and insertions that answer each other out of order.

The path is monotone, so a passage that stands elsewhere in the other text comes out as a run of deletions in one place
and a run of insertions in another. Such runs are aligned with each other when their units are clearly near.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from align._internal.arrays import Floats, Ints
from align.alignment.bead import Bead
from align.alignment.candidates import Candidates
from align.alignment.model import Model
from align.alignment.search import solve
from align.alignment.windows import TextPair

_NEAR = 0.6  # cosine of two gap units from which they may be the same passage
_SHORTEST = 8  # subwords of a unit that can witness a reordered passage alone
_DOUBT = 3.0  # log odds against a bead out of order
_SURE = 0.7  # confidence from which a reordered bead replaces its gaps


@dataclass(frozen=True, slots=True)
class _Run:
    """Consecutive units of one side without an answer."""

    first: int
    last: int

    def __len__(self) -> int:
        return self.last - self.first


def with_reordered(beads: list[Bead], texts: TextPair, model: Model) -> list[Bead]:
    """The beads with reordered passages in place of the gaps they were; each stands where its source stands."""
    left = _runs([b.source[0] for b in beads if not b.target])
    right = _runs([b.target[0] for b in beads if not b.source])
    if not left or not right:
        return beads
    found: list[Bead] = []
    for one, other in _partners(left, right, texts):
        found += _aligned(one, other, texts, model)
    if not found:
        return beads
    taken = {i for b in found for i in b.source}, {j for b in found for j in b.target}
    kept = [
        b
        for b in beads
        if not (
            b.is_gap and ((b.source and b.source[0] in taken[0]) or (b.target and b.target[0] in taken[1]))
        )
    ]
    return _placed(kept, found)


def _runs(units: list[int]) -> list[_Run]:
    runs: list[_Run] = []
    for unit in sorted(units):
        if runs and runs[-1].last == unit:
            runs[-1] = _Run(runs[-1].first, unit + 1)
        else:
            runs.append(_Run(unit, unit + 1))
    return runs


def _partners(left: list[_Run], right: list[_Run], texts: TextPair) -> list[tuple[_Run, _Run]]:
    """Pairs of runs, best first, each run in one pair at most, that hold units clearly near each other."""
    rows = np.concatenate([np.arange(r.first, r.last) for r in left])
    columns = np.concatenate([np.arange(r.first, r.last) for r in right])
    row_run = np.repeat(np.arange(len(left)), [len(r) for r in left])
    column_run = np.repeat(np.arange(len(right)), [len(r) for r in right])
    weight: dict[tuple[int, int], float] = {}
    for k, (j, cosine) in enumerate(zip(*_nearest(texts, rows, columns), strict=True)):
        long = min(texts.source.length[rows[k]], texts.target.length[columns[j]]) >= _SHORTEST
        if cosine >= _NEAR and long:
            pair = int(row_run[k]), int(column_run[j])
            weight[pair] = weight.get(pair, 0.0) + float(cosine)
    chosen: list[tuple[_Run, _Run]] = []
    used: tuple[set[int], set[int]] = (set(), set())
    for (a, b), _ in sorted(weight.items(), key=lambda item: (-item[1], item[0])):
        if a not in used[0] and b not in used[1]:
            used[0].add(a)
            used[1].add(b)
            chosen.append((left[a], right[b]))
    return chosen


def _nearest(texts: TextPair, rows: Ints, columns: Ints) -> tuple[list[int], list[float]]:
    """For each gap unit of the source the nearest of the target, in blocks so that memory stays small."""
    source, target = texts.source.singles[rows], texts.target.singles[columns]
    nearest: list[int] = []
    cosines: list[float] = []
    for block in range(0, len(rows), 1024):
        cosine = source[block : block + 1024] @ target.T
        best = cosine.argmax(1)
        nearest += best.tolist()
        cosines += cosine[np.arange(len(best)), best].tolist()
    return nearest, cosines


def _aligned(one: _Run, other: _Run, texts: TextPair, model: Model) -> list[Bead]:
    """The two-sided beads between two runs that are trusted."""
    pair, corridor = texts.window((one.first, other.first), (one.last, other.last))
    found = solve(pair, corridor, model, texts.max_size, texts.lexicon, _doubt).shift(one.first, other.first)
    return [
        Bead(tuple(range(i, i + m)), tuple(range(j, j + n)), p, reordered=True)
        for i, j, m, n, p in zip(
            *(c.tolist() for c in (found.i, found.j, found.m, found.n, found.confidence)), strict=True
        )
        if m and n and p >= _SURE
    ]


def _doubt(c: Candidates) -> Floats:
    return np.where((c.m > 0) & (c.n > 0), -_DOUBT, 0.0)


def _placed(kept: list[Bead], reordered: list[Bead]) -> list[Bead]:
    """Reordered beads before the first bead whose source comes after theirs."""
    out: list[Bead] = []
    waiting = sorted(reordered, key=lambda b: b.source)
    for bead in kept:
        while bead.source and waiting and waiting[0].source < bead.source:
            out.append(waiting.pop(0))
        out.append(bead)
    return out + waiting

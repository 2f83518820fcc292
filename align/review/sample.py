"""A sample of a run's beads to judge the whole by: random within strata, and the same for the same run and size.

Every bead has a number that a hash of its documents and positions gives it, as good as drawn by lot and the same for
ever (permanent random numbers: Ohlsson 1995, "Coordination of samples using permanent random numbers"). A stratum's
sample are its beads with the lowest numbers. So a larger sample contains the smaller one, but for strata that become
finer, and what was judged counts on when a corpus has grown and the sample is drawn again.

Strata are classes of confidence, within these pairs of languages, within these types of beads, each as fine as its part
of the sample carries (`FEWEST` beads). The sample is shared out by the square roots of their sizes (power allocation:
Bankier 1988, "Power allocations: determining sample sizes for subnational areas"), since both the whole and its smaller
parts are asked about. Gaps are not drawn: precision is of beads that have two sides.
"""

from __future__ import annotations

import math
from bisect import bisect_right
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from heapq import nsmallest
from typing import Any, NamedTuple

from align.corpus.folder import CorpusFolder, PairEntry
from align.document import Level
from align.errors import InputError
from align.formats.beads import BeadRow
from align.review.patch import swapped_id
from align.review.store import Place
from align.text.languages import UNDETERMINED, base

BOUNDS = (0.5, 0.7, 0.8, 0.9, 0.95, 0.99)  # where the classes of confidence begin, above the lowest
FEWEST = 5  # beads of a stratum in the sample; a finer stratum is joined with its neighbour


class Cell(NamedTuple):
    """The finest part of a corpus that is told apart: class of confidence, pair of languages, type of bead."""

    confidence: int
    languages: str
    type: str


@dataclass(frozen=True, slots=True)
class Stratum:
    """A part of the corpus that is sampled for itself.

    Attributes:
        name: what is in it, for a person.
        beads: how many there are of each confidence, as the tables have it.
    """

    name: str
    beads: Mapping[float, int]


class Drawn(NamedTuple):
    """A bead of the sample: its place, its id in the order of the place, its confidence, the number of its stratum."""

    place: Place
    id: str
    confidence: float
    stratum: int


@dataclass(frozen=True, slots=True)
class Frame:
    """What a sample was drawn from."""

    pairs: int
    beads: int
    digest: str


@dataclass(frozen=True, slots=True)
class Sample:
    """A drawn sample, in an order in which every beginning of it is a sample, too.

    Attributes:
        asked: how many beads were asked for; a smaller corpus is sampled whole.
    """

    level: Level
    asked: int
    frame: Frame
    strata: tuple[Stratum, ...]
    beads: tuple[Drawn, ...]

    def fits(self, run: CorpusFolder) -> bool:
        """Whether the run has the beads that it was drawn from, no more and no others."""
        return frame_digest(run, self.level) == self.frame.digest

    def to_json(self) -> dict[str, Any]:
        return {
            "asked": self.asked,
            "frame": [self.frame.pairs, self.frame.beads, self.frame.digest],
            "strata": [[s.name, [[c, n] for c, n in sorted(s.beads.items())]] for s in self.strata],
            "beads": [
                [d.place.first, d.place.second, d.id, round(d.confidence, 4), d.stratum] for d in self.beads
            ],
        }

    @classmethod
    def from_json(cls, level: Level, values: dict[str, Any]) -> Sample:
        """Raises ValueError, LookupError or TypeError where it is not as `to_json` makes it."""
        strata = tuple(
            Stratum("" + name, {float(c): int(n) for c, n in beads}) for name, beads in values["strata"]
        )
        drawn = tuple(
            Drawn(Place("" + first, "" + second, level), "" + id, float(confidence), range(len(strata))[at])
            for first, second, id, confidence, at in values["beads"]
        )
        return cls(level, int(values["asked"]), Frame(*values["frame"]), strata, drawn)


def draw(run: CorpusFolder, size: int, level: Level = "sentence") -> Sample:
    """The sample of this size of a run's beads that have two sides; all of them where there are no more.

    Raises:
        InputError: the run has no such beads, or a bead file was altered.
    """
    counts: dict[Cell, Counter[float]] = defaultdict(Counter)
    for cell, _, row in _beads(run, level):
        counts[cell][round(row.confidence, 4)] += 1
    if not counts:
        raise InputError(f"{run.path}: has no {level} beads with two sides; there is nothing to sample")
    groups = list(_strata({cell: found.total() for cell, found in counts.items()}, size))
    number = {cell: at for at, (cells, _) in enumerate(groups) for cell in cells}
    strata = tuple(_stratum(cells, counts) for cells, _ in groups)
    frame = Frame(len(run.pairs), sum(s.total() for s in counts.values()), frame_digest(run, level))
    return Sample(level, size, frame, strata, _lowest(run, level, number, [share for _, share in groups]))


def frame_digest(run: CorpusFolder, level: Level) -> str:
    """Changes when the bead files of a run are others, or have become more."""
    found = blake2b(digest_size=16)
    for pair in sorted(run.pairs, key=lambda pair: (pair.source, pair.target)):
        file = run.bead_file(pair, level)
        if file.exists():
            found.update(repr((pair.source, pair.target, file.stat().st_size)).encode("utf-8", "replace"))
    return found.hexdigest()


def _beads(run: CorpusFolder, level: Level) -> Iterator[tuple[Cell, PairEntry, BeadRow]]:
    """The beads with two sides, each with the finest part of the corpus that it is of."""
    for pair in run.pairs:
        if not run.bead_file(pair, level).exists():
            continue
        languages = _languages(pair)
        for row in run.beads(pair, level):
            if not row.is_gap:
                yield Cell(bisect_right(BOUNDS, row.confidence), languages, _kind(row)), pair, row


def _languages(pair: PairEntry) -> str:
    """The two languages, whichever is the source."""
    tags = pair.source_language, pair.target_language
    return "-".join(sorted(base(tag) or UNDETERMINED for tag in tags))


def _kind(row: BeadRow) -> str:
    m, n = len(row.source_positions), len(row.target_positions)
    return "1-1" if m == n == 1 else "1-n" if min(m, n) == 1 else "m-n"


def _lowest(
    run: CorpusFolder, level: Level, stratum: Mapping[Cell, int], shares: Sequence[int]
) -> tuple[Drawn, ...]:
    """Of each stratum the beads with the lowest numbers, so many as it has a share; in the order of the sample."""
    found: list[list[tuple[bytes, Drawn]]] = [[] for _ in shares]
    for cell, pair, row in _beads(run, level):
        at = stratum[cell]
        place = Place.of(pair.source, pair.target, level)
        id = f"{' '.join(row.source_positions)}|{' '.join(row.target_positions)}"
        drawn = Drawn(place, id if pair.source == place.first else swapped_id(id), row.confidence, at)
        found[at].append((_lot(drawn), drawn))
        if len(found[at]) > 4 * shares[at] + 1000:
            found[at] = nsmallest(shares[at], found[at])
    order: list[tuple[float, bytes, Drawn]] = []
    for share, each in zip(shares, found, strict=True):
        lowest = nsmallest(share, each)
        order += [((k + 0.5) / len(lowest), lot, drawn) for k, (lot, drawn) in enumerate(lowest)]
    return tuple(drawn for _, _, drawn in sorted(order))


def _lot(bead: Drawn) -> bytes:
    """The random number of a bead: the same for ever."""
    said = repr((bead.place.first, bead.place.second, bead.place.level, bead.id))
    return blake2b(said.encode("utf-8", "replace"), digest_size=8).digest()


# Strata


def _strata(sizes: Mapping[Cell, int], size: int) -> Iterator[tuple[list[Cell], int]]:
    """The parts that are sampled for themselves, as lists of cells, and how many beads each gives."""
    for by_confidence, share in _parts(sizes, lambda cell: (cell.confidence,), size):
        for by_languages, its in _parts(by_confidence, lambda cell: (cell.languages,), share):
            for by_type, least in _parts(by_languages, lambda cell: (cell.type,), its):
                yield sorted(by_type), least


def _parts(
    sizes: Mapping[Cell, int], kind: Callable[[Cell], tuple[Any, ...]], size: int
) -> Iterator[tuple[dict[Cell, int], int]]:
    """Cells by kind, with their shares of a sample; a kind whose share is too small is joined with a neighbour."""
    groups: dict[tuple[Any, ...], dict[Cell, int]] = defaultdict(dict)
    for cell in sorted(sizes):
        groups[kind(cell)][cell] = sizes[cell]
    parts = list(groups.values())
    while True:
        beads = [sum(part.values()) for part in parts]
        shares = allocation(beads, size)
        small = (k for k, n in enumerate(shares) if n < min(FEWEST, beads[k]))
        at = next(small, None)
        if at is None or len(parts) == 1:
            break
        near = [k for k in (at - 1, at + 1) if 0 <= k < len(parts)]
        other = min(near, key=lambda k: beads[k])
        parts[min(at, other)] |= parts.pop(max(at, other))
    yield from zip(parts, shares, strict=True)


def allocation(beads: Sequence[int], size: int) -> list[int]:
    """A sample shared out by the square roots of the sizes, none above its size."""
    whole: set[int] = set()  # what is sampled to the last bead
    while True:
        rest = size - sum(beads[k] for k in whole)
        roots = {k: math.sqrt(n) for k, n in enumerate(beads) if k not in whole}
        total = sum(roots.values())
        over = {k for k, root in roots.items() if rest * root / total >= beads[k]}
        if not over:
            break
        whole |= over
    exact = {k: rest * root / total for k, root in roots.items()}
    shares = [beads[k] if k in whole else math.floor(exact[k]) for k in range(len(beads))]
    more = size - sum(shares) if exact else 0
    for k in sorted(exact, key=lambda k: (shares[k] - exact[k], k))[: max(0, more)]:
        shares[k] += 1
    return shares


def _stratum(cells: Sequence[Cell], counts: Mapping[Cell, Counter[float]]) -> Stratum:
    bounds = (0.0, *BOUNDS, 1.0)
    first, last = (pick(cell.confidence for cell in cells) for pick in (min, max))
    languages, types = ({getattr(cell, name) for cell in cells} for name in ("languages", "type"))
    beads: Counter[float] = sum((counts[cell] for cell in cells), Counter())
    name = f"{bounds[first]:g} to {bounds[last + 1]:g}, {_several(languages)}, {_several(types)}"
    return Stratum(name, beads)


def _several(names: set[str]) -> str:
    return " ".join(sorted(names)) if len(names) <= 3 else f"{len(names)} kinds"

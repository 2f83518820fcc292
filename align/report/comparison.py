"""Two runs of the same texts: which beads differ, which of those a person has decided on, what only one of them has."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from align._internal.unions import Unions
from align.corpus.folder import CorpusFolder, PairEntry
from align.corpus.texts import texts_of
from align.document import Level, parse_position
from align.errors import UsageError
from align.formats.beads import BeadRow
from align.formats.bitext import Bitext, turned
from align.review.results import present_beads

Unit = tuple[int, str]  # side (0 is the source) and position
_Key = tuple[tuple[str, ...], tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Difference:
    """Beads of both runs that share units and are not the same, each list in the order of the text."""

    here: Sequence[BeadRow]
    there: Sequence[BeadRow]

    @property
    def decided(self) -> bool:
        """Whether a person has decided on one of them."""
        return any(row.review != "open" for row in (*self.here, *self.there))


@dataclass(frozen=True, slots=True)
class ComparedPair:
    """A pair that both runs have.

    Attributes:
        same: beads that both have.
        differences: what is not the same, in the order of the text.
        only_here, only_there: units that one run has and the other does not, such as a cut of sentences or a repeat.
    """

    pair: PairEntry
    level: Level
    same: int
    differences: Sequence[Difference]
    only_here: Sequence[Unit]
    only_there: Sequence[Unit]

    @property
    def decided(self) -> int:
        """Differences that a person has decided on, in either run."""
        return sum(difference.decided for difference in self.differences)


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two runs held against each other; pairs that one of them does not have are named by their two documents."""

    pairs: Sequence[ComparedPair]
    only_here: Sequence[tuple[str, str]]
    only_there: Sequence[tuple[str, str]]


def compare_runs(here: CorpusFolder, there: CorpusFolder) -> Comparison:
    """Compares the beads of two runs of the same texts, as they stand after review.

    Raises:
        UsageError: the runs have no document in common, or different texts under one id.
    """
    _check_texts(here, there)
    others = {frozenset((pair.source, pair.target)): pair for pair in there.pairs}
    found, only_here = [], []
    for pair in here.pairs:
        other = others.pop(frozenset((pair.source, pair.target)), None)
        level = _common_level(here, pair, there, other) if other else None
        if other and level:
            found.append(_compared(here, pair, there, other, level))
        else:
            only_here.append((pair.source, pair.target))
    return Comparison(found, only_here, [(pair.source, pair.target) for pair in others.values()])


def _check_texts(here: CorpusFolder, there: CorpusFolder) -> None:
    """Refuses runs of different texts: positions would mean different things."""
    ids = [{entry.document for entry in run.documents if entry.status != "failed"} for run in (here, there)]
    common = ids[0] & ids[1]
    if not common:
        raise UsageError(
            f"{here.path} and {there.path}: have no document in common; compare two runs of the same texts"
        )
    paired = {id for run in (here, there) for pair in run.pairs for id in (pair.source, pair.target)} & common
    left, right = texts_of(here.path, paired), texts_of(there.path, paired)
    differ = sorted(id for id in paired if left.get(id, ("", ""))[0] != right.get(id, ("", ""))[0])
    if differ:
        more = f" (and {len(differ) - 1:,} more)" if len(differ) > 1 else ""
        raise UsageError(
            f"{there.path}: the text of {differ[0]!r}{more} is another one than in {here.path}; "
            "compare two runs of the same texts"
        )


def _common_level(here: CorpusFolder, pair: PairEntry, there: CorpusFolder, other: PairEntry) -> Level | None:
    levels: tuple[Level, ...] = ("sentence", "paragraph")
    both = ((here, pair), (there, other))
    return next(
        (level for level in levels if all(run.bead_file(one, level).exists() for run, one in both)), None
    )


def _compared(
    here: CorpusFolder, pair: PairEntry, there: CorpusFolder, other: PairEntry, level: Level
) -> ComparedPair:
    own = list(present_beads(here, pair, level))
    bitext = Bitext(present_beads(there, other, level))
    foreign = list((bitext if other.source == pair.source else turned(bitext)).rows)
    return compare_beads(pair, level, own, foreign)


def compare_beads(
    pair: PairEntry, level: Level, own: Sequence[BeadRow], foreign: Sequence[BeadRow]
) -> ComparedPair:
    """Compares two lists of beads of one pair."""
    here, there = {_key(row): row for row in own}, {_key(row): row for row in foreign}
    same = here.keys() & there.keys()
    units = [{unit for row in rows for unit in _units(row)} for rows in (own, foreign)]
    differing = (
        [row for row in own if _key(row) not in same],
        [row for row in foreign if _key(row) not in same],
    )
    return ComparedPair(
        pair,
        level,
        len(same),
        list(_differences(*differing)),
        sorted(units[0] - units[1], key=_place),
        sorted(units[1] - units[0], key=_place),
    )


def _differences(own: Sequence[BeadRow], foreign: Sequence[BeadRow]) -> Iterator[Difference]:
    """The beads that share units, directly or through others, together."""
    together: Unions[Unit] = Unions()
    for row in (*own, *foreign):
        first, *others = _units(row)
        together.leading(first)
        for unit in others:
            together.join(first, unit)
    sides: dict[Unit, tuple[list[BeadRow], list[BeadRow]]] = {}
    for side, rows in enumerate((own, foreign)):
        for row in rows:
            sides.setdefault(together.leading(_units(row)[0]), ([], []))[side].append(row)
    ordered = sorted(sides.values(), key=_first)
    return (Difference(here, there) for here, there in ordered)


def _first(sides: tuple[list[BeadRow], list[BeadRow]]) -> tuple[bool, tuple[int, ...]]:
    """Where beads begin: by the first unit of the source, what has none of these behind, by that of the target."""
    places = [_place(unit) for rows in sides for row in rows for unit in _units(row)]
    side, *position = min(places)
    return bool(side), tuple(position)


def _key(row: BeadRow) -> _Key:
    return row.source_positions, row.target_positions


def _units(row: BeadRow) -> list[Unit]:
    return [
        *((0, position) for position in row.source_positions),
        *((1, position) for position in row.target_positions),
    ]


def _place(unit: Unit) -> tuple[int, ...]:
    """The order of units: side, paragraph, sentence, beginning of a cut."""
    side, position = unit
    return (side, *parse_position(position))

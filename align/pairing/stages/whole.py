"""What all of a batch says together, where its profiles lie in files."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache

import numpy as np

from align._internal.arrays import Ints, UInts32
from align.encoders.lexicon import get_lexicon
from align.pairing.distinctive import Vocabulary
from align.pairing.evidence import Rarity
from align.pairing.grouping import Edge
from align.pairing.options import PairOptions
from align.pairing.scoring import Comparison
from align.pairing.stages.counts import KEYS, MARKS, PIECES, Counts, Tables
from align.pairing.stages.profiles import Encoders, Segment, StoredProfiles
from align.pairing.titles import marks_of

_MARKS_AT_HAND = 16_384  # documents


class CountedWhole:
    """The sums over a batch (`align.pairing.whole.Whole`) by what was counted; `named` are the pairs with one name."""

    def __init__(self, batch: Batch, profiles: StoredProfiles) -> None:
        self._profiles = profiles
        self._tables = batch.tables
        self.keys, self.marks = (
            Rarity.counted(Counts(batch.tables.get((kind, ""))), len(profiles)) for kind in (KEYS, MARKS)
        )
        self.single_language = len(batch.encoders.languages) < 2
        self.named: Collection[Edge] = frozenset()
        self.marks_of = lru_cache(_MARKS_AT_HAND)(self._marks_of)

    @cached_property
    def vocabulary(self) -> Vocabulary:
        counts: dict[str, Ints] = {}
        for (kind, language), path in self._tables.items():
            if kind == PIECES:
                found = Counts(path)
                counts[language] = np.zeros(get_lexicon().size, np.int64)
                counts[language][found.values] = found.counts
        return Vocabulary(counts)

    def same_names(self, a: int, b: int) -> bool:
        return ((a, b) if a < b else (b, a)) in self.named

    def _marks_of(self, document: int) -> UInts32:
        return marks_of(self._profiles[document].texts)


@dataclass(frozen=True)
class Batch:
    """Where the profiles of a batch and the sums over it lie; what a task needs to compare some of its documents."""

    segments: Sequence[Segment]
    tables: Tables
    encoders: Encoders
    options: PairOptions

    def comparison(self) -> Comparison:
        """Its documents, of which nothing is compared yet; of one task those made later share what is at hand."""
        return self.naming(frozenset())

    def naming(self, named: Collection[Edge]) -> Comparison:
        """`comparison` where these pairs have ids that differ in nothing but the language they name."""
        profiles, whole = _at_hand(self)
        whole.named = named
        return Comparison(profiles, self.options, whole=whole)


_last: list[tuple[Batch, StoredProfiles, CountedWhole]] = []


def _at_hand(batch: Batch) -> tuple[StoredProfiles, CountedWhole]:
    if not _last or _last[0][0] is not batch:
        profiles = StoredProfiles(batch.segments, batch.encoders)
        _last[:] = [(batch, profiles, CountedWhole(batch, profiles))]
    return _last[0][1], _last[0][2]

"""Pairs of documents by the millions: eight bytes each."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Set
from typing import Any

import numpy as np

from align._internal.arrays import Ints
from align.pairing.grouping import Edge

_BITS = 32
_SECOND = (1 << _BITS) - 1
_AT_ONCE = 65_536  # pairs that are objects at the same time


def code_of(edge: Edge) -> int:
    """A pair as one number."""
    return edge[0] << _BITS | edge[1]


def edges_of(codes: Ints) -> Iterator[Edge]:
    """The pairs of which these are the codes."""
    for start in range(0, len(codes), _AT_ONCE):
        part = codes[start : start + _AT_ONCE]
        yield from zip((part >> _BITS).tolist(), (part & _SECOND).tolist(), strict=True)


class Edges(Set[Edge]):
    """A set of pairs, in their order; the lower number of each comes first.

    Attributes:
        codes: those of the pairs, sorted and distinct.
    """

    def __init__(self, codes: Ints) -> None:
        self.codes = codes

    @classmethod
    def of(cls, first: Ints, second: Ints) -> Edges:
        """The pairs of the numbers at the same places of two arrays, whichever of the two is the lower one."""
        return cls(np.unique(np.minimum(first, second) << _BITS | np.maximum(first, second)))

    @classmethod
    def _from_iterable(cls, it: Iterable[Any]) -> Any:  # what the operations of a set are made with
        return cls(np.unique(np.fromiter(map(code_of, it), np.int64)))

    def united(self, *others: Iterable[Edge]) -> Edges:
        """These pairs and others."""
        codes = [o.codes if isinstance(o, Edges) else self._from_iterable(o).codes for o in others]
        return Edges(np.unique(np.concatenate([self.codes, *codes])))

    def without(self, others: Iterable[Edge]) -> Edges:
        """These pairs less others."""
        return Edges(np.setdiff1d(self.codes, self._from_iterable(others).codes, assume_unique=True))

    @property
    def sides(self) -> tuple[Ints, Ints]:
        """The first and the second document of each pair."""
        return self.codes >> _BITS, self.codes & _SECOND

    @property
    def documents(self) -> list[int]:
        """Whatever stands in a pair."""
        found: list[int] = np.unique(np.concatenate(self.sides)).tolist()
        return found

    def __len__(self) -> int:
        return len(self.codes)

    def __iter__(self) -> Iterator[Edge]:
        return edges_of(self.codes)

    def __contains__(self, edge: object) -> bool:
        if not isinstance(edge, tuple):
            return False
        at = int(np.searchsorted(self.codes, code_of(edge)))
        return at < len(self.codes) and int(self.codes[at]) == code_of(edge)

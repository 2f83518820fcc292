"""What hangs together: sets that grow as pairs of their members are named."""

from __future__ import annotations

from collections.abc import Hashable
from typing import Generic, TypeVar

_Item = TypeVar("_Item", bound=Hashable)


class Unions(Generic[_Item]):
    """Disjoint sets of items (Galler and Fischer 1964, with path halving); an item that is asked for is in one."""

    def __init__(self) -> None:
        self._leader: dict[_Item, _Item] = {}

    def leading(self, item: _Item) -> _Item:
        """The item that stands for the set of this one."""
        leader = self._leader
        leader.setdefault(item, item)
        while leader[item] != item:
            leader[item] = item = leader[leader[item]]
        return item

    def join(self, first: _Item, second: _Item) -> None:
        """Makes one set of the sets of both; what stood for the first stands for it."""
        self._leader[self.leading(second)] = self.leading(first)

    def items(self) -> list[_Item]:
        """Everything that was asked for or joined, in that order."""
        return list(self._leader)

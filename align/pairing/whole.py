"""What all documents of a batch say together, by which each pair of them is judged."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import Protocol

from align._internal.arrays import UInts32
from align.pairing.distinctive import Vocabulary
from align.pairing.evidence import Rarity
from align.pairing.profiles import Profile, distinctive_names
from align.pairing.titles import marks_of


class Whole(Protocol):
    """The sums over a batch; documents are numbers.

    Attributes:
        keys, marks: how distinctive each number or name, and each address or piece of code is.
        vocabulary: how much each word says.
        single_language: whether all that have a language have the same one.
    """

    @property
    def keys(self) -> Rarity: ...

    @property
    def marks(self) -> Rarity: ...

    @property
    def vocabulary(self) -> Vocabulary: ...

    @property
    def single_language(self) -> bool: ...

    def marks_of(self, document: int) -> UInts32:
        """The addresses, pieces of code and identifiers of a document."""
        ...

    def same_names(self, a: int, b: int) -> bool:
        """Whether their ids or addresses differ in nothing but the language they name."""
        ...


class WholeBatch:
    """The sums over a batch whose profiles are all here; `names` says whether ids count."""

    def __init__(self, profiles: Sequence[Profile], names: bool) -> None:
        self._profiles = profiles
        self._names = distinctive_names(profiles) if names else [frozenset()] * len(profiles)
        self.keys = Rarity.among([profile.keys for profile in profiles])
        self.single_language = len({profile.language for profile in profiles if profile.language}) < 2

    @cached_property
    def vocabulary(self) -> Vocabulary:
        return Vocabulary.of(self._profiles)

    @cached_property
    def marks(self) -> Rarity:
        return Rarity.among(self._marks)

    def marks_of(self, document: int) -> UInts32:
        return self._marks[document]

    def same_names(self, a: int, b: int) -> bool:
        return not self._names[a].isdisjoint(self._names[b])

    @cached_property
    def _marks(self) -> list[UInts32]:
        return [marks_of(profile.texts) for profile in self._profiles]

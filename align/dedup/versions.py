"""Documents whose id is taken, by an earlier one of their batch or by one of the index: what becomes of them.

Of the versions of a document (the documents that came with one id) one stays, whatever their texts have in common; the
policy says which. The others are listed with their exact similarity to it, and named anew: ``ID#2`` is the second that
came with an id in its batch, ``ID@3`` came in batch 3 with an id that an earlier batch has.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from collections.abc import Collection as Some
from dataclasses import dataclass, field
from itertools import chain, count
from typing import NamedTuple, Protocol

import numpy as np

from align._internal.arrays import Ints
from align._internal.arrow import as_numpy, integers
from align.dedup.batch import Collection
from align.dedup.options import DedupOptions
from align.reading.rows import DIFFER, TAKEN, is_made_up

_OTHER_TEXT = (
    "its id is in the index with another text; give it another id, "
    "or the batch again with --on-known-id and what becomes of it"
)


def is_refused(problem: str | None) -> bool:
    """Whether this is why a document was not taken: its id had another text, and nobody said what becomes of it."""
    return (problem or "").startswith((TAKEN, _OTHER_TEXT[: _OTHER_TEXT.index(";")]))


_NAMED_ANEW = re.compile(r"(.*)[#@]\d+(?:\.\d+)?", re.DOTALL)


def version_of(name: str) -> str | None:
    """The id that a version came with that was named anew; None where the name is not of that form."""
    found = _NAMED_ANEW.fullmatch(name)
    return found[1] if found else None


class Known(NamedTuple):
    """A document of a batch whose id an index has, and where."""

    number: int
    segment: str
    place: int
    same: bool  # with the same text
    own: bool  # from this very batch: a job was killed before it could say so


class KnownIds(Protocol):
    """What knows the ids of earlier batches."""

    @property
    def batch_number(self) -> int: ...

    @property
    def listed(self) -> Callable[[], Some[str]]:
        """Gives names that are taken beside those of the documents that are known."""
        ...

    def known(self, collection: Collection) -> list[Known]:
        """The documents of a batch whose id is taken."""
        ...


@dataclass(slots=True)
class Versions:
    """What was decided.

    Attributes:
        problems: documents that are refused, and why.
        superseded: documents that do not stay, and the one of the batch that does.
        passed: those that do not stay for the sake of a document of the index.
        replaced: documents of the index that do not stay; they are known by the document that comes in their stead.
        own: documents of the index from this very batch.
        names: the new name of each document that has one.
        former: the name that each of these came with.
        decided: how many were superseded, and how many named anew, once each group was decided.
    """

    problems: dict[int, str] = field(default_factory=dict)
    superseded: dict[int, int] = field(default_factory=dict)
    passed: list[Known] = field(default_factory=list)
    replaced: list[Known] = field(default_factory=list)
    own: list[Known] = field(default_factory=list)
    names: dict[int, str] = field(default_factory=dict)
    former: dict[int, str] = field(default_factory=dict)
    decided: list[tuple[int, int]] = field(default_factory=list)

    @property
    def left_out(self) -> list[int]:
        """The documents that are compared with nothing more."""
        return [*self.problems, *self.superseded, *(known.number for known in self.passed)]


def decide_in_batch(collection: Collection, rank: Ints) -> Versions:
    """What becomes of documents that came with an id that another one of their batch has."""
    found = Versions()
    for members in groups_of_versions(collection).values():
        _decide(found, members, collection.names(members), collection, rank)
        found.decided.append((len(found.superseded), len(found.names)))
    _rename(collection, found.names, found)
    return found


def decide_with_index(collection: Collection, earlier: KnownIds, found: Versions) -> None:
    """Adds what becomes of documents that came with an id of an earlier batch; names them in the collection."""
    out = set(found.left_out)
    policy = collection.options.on_known_id
    anew: list[int] = []
    lines, sources = collection.column("line"), collection.column("source")
    for known in earlier.known(collection):
        number = known.number
        if number in out or known.own:
            found.own += [known] if known.own else []
            continue
        if known.same:
            anew.append(number)
            continue
        made_up = is_made_up(collection.names([number])[0], sources[number].as_py(), lines[number].as_py())
        match policy or ("rename" if made_up else "fail"):
            case "fail":
                found.problems[number] = _OTHER_TEXT
            case "update":
                found.replaced.append(known)
            case "skip":
                found.passed.append(known)
                anew.append(number)
            case _:
                anew.append(number)
    taken = _of_other_documents(collection, earlier, found)
    _name_anew(collection, earlier, dict.fromkeys([*anew, *taken]), found)


def _of_other_documents(collection: Collection, earlier: KnownIds, found: Versions) -> list[int]:
    """Documents with a name that an earlier version was given, which is not kept and so not known by it."""
    ids, usable = collection.column("id").to_pylist(), collection.column("problem").is_null().to_pylist()
    out = {*found.problems, *(known.number for known in (*found.replaced, *found.own))}
    named = [n for n, id in enumerate(ids) if usable[n] and n not in out and version_of(id) is not None]
    listed = set(earlier.listed()) if named else set()
    return [number for number in named if ids[number] in listed]


def _name_anew(collection: Collection, earlier: KnownIds, numbers: Iterable[int], found: Versions) -> None:
    """Names documents by the number of their batch; where the job was killed before, the index has these names."""
    own = {known.number for known in found.own}
    anew = [number for number in numbers if number not in own]
    taken = {*collection.column("id").to_pylist(), *earlier.listed()} if anew else set()
    # Of what went for another of its batch the name tells the id that it came with, also after a second renaming.
    came = {
        number: (version_of(id) or id) if number in found.superseded else id
        for number, id in zip(anew, collection.names(anew), strict=True)
    }
    stems = {number: f"{id}@{earlier.batch_number}" for number, id in came.items()}
    while anew:
        names = {number: free_name(stems[number], taken) for number in anew}
        _rename(collection, names, found)
        known = [known for known in earlier.known(collection) if known.number in names]
        found.own += [known for known in known if known.own]
        anew = [known.number for known in known if not known.own]  # documents that came with such a name


def free_name(stem: str, taken: set[str]) -> str:
    """The stem, or with the first number that makes it differ from what is taken; it is taken from now on."""
    name = next(name for name in chain([stem], (f"{stem}.{n}" for n in count(2))) if name not in taken)
    taken.add(name)
    return name


def _rename(collection: Collection, names: dict[int, str], found: Versions) -> None:
    for number, id in zip(names, collection.names(list(names)), strict=True):
        found.former.setdefault(number, id)
    collection.rename(names)
    found.names.update(names)


def groups_of_versions(collection: Collection) -> dict[str, list[int]]:
    """By id the numbers of the usable documents that came with it, in order of reading, where there are several."""
    same = collection.column("same_id")
    numbers = np.flatnonzero(as_numpy(same.combine_chunks().is_valid())).tolist()
    if not numbers:
        return {}
    groups: dict[str, list[int]] = {}
    for number, id in zip(numbers, same.take(integers(numbers)).to_pylist(), strict=True):
        groups.setdefault(id, []).append(number)
    usable = collection.column("problem").is_null().to_pylist()
    for number, id in enumerate(collection.column("id").to_pylist()):
        if id in groups and usable[number]:
            groups[id].insert(0, number)
    return groups


def _decide(
    found: Versions, members: Sequence[int], names: Sequence[str], collection: Collection, rank: Ints
) -> None:
    """Decides about the versions of one document."""
    options, first = collection.options, members[0]
    policy = _policy(options)
    if policy == "rename":
        return
    if policy == "fail":
        _refuse(found, members, names, collection)
        return
    winner = {"skip": first, "update": members[-1]}.get(policy, min(members, key=lambda n: int(rank[n])))
    found.superseded |= {number: winner for number in members if number != winner}
    if winner != first:
        found.names |= {winner: names[0], first: names[members.index(winner)]}


def _policy(options: DedupOptions) -> str:
    """Which version stays, unless it was said: where dates or sources decide on duplicates, they do so here, too."""
    return options.on_known_id or ("keep" if options.keep in ("newest", "prefer") else "fail")


def _refuse(found: Versions, members: Sequence[int], names: Sequence[str], collection: Collection) -> None:
    """Refuses other texts under the id of the first; the same text again is a duplicate."""
    first, prints, words = members[0], collection.fingerprints, collection.numbers("counts")
    for number, name in zip(members[1:], names[1:], strict=True):
        if not name.startswith(f"{names[0]}#"):
            continue  # named by its file
        if words[first] and (prints[number] == prints[first]).all():
            found.superseded[number] = first
        else:
            found.problems[number] = TAKEN + DIFFER

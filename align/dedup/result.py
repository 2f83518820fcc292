"""What deduplication found: an object that can be asked."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import numpy.typing as npt

from align._internal.arrays import Bools, Floats, Ints
from align._internal.wording import counted, listed
from align.dedup.boilerplate import Boilerplate
from align.dedup.clusters import stars
from align.dedup.differences import Comparison, Differences
from align.dedup.passages import Passage
from align.dedup.repeats import Repeat
from align.dedup.versions import Versions
from align.errors import UsageError

if TYPE_CHECKING:
    import pyarrow as pa

Kind = Literal["identical", "near", "contained", "version", "spared"]
KINDS: tuple[Kind, ...] = ("identical", "near", "contained", "version", "spared")
IDENTICAL, NEAR, CONTAINED, VERSION, SPARED = range(5)


@dataclass(frozen=True, slots=True)
class DuplicatePair:
    """Two documents verified to be duplicates.

    `similarity` is the exact Jaccard similarity of their shingles, or, where `kind` is "contained", the share of the
    first document's shingles that the second holds. Of a "version" (`align.dedup.versions`), which came with the id of
    the other, it may be any. What is "spared" is near, but differs only in what the options spare: neither is removed
    for the other. `indexed`: the second stands in the index, not in this batch. `differences` are told of
    near-duplicates, the least similar first (`align.DedupOptions`).
    """

    first: str
    second: str
    similarity: float
    kind: Kind
    indexed: bool = False
    differences: Differences | None = None


@dataclass(frozen=True, slots=True)
class Removal:
    """Why a document is not kept: the document kept for it, and how similar the two are.

    A "version" that went where what came with its id went as well has the document that is kept for that one, and the
    similarity to the version that was to stay.
    """

    document: str
    kept: str
    similarity: float
    kind: Kind
    indexed: bool = False


@dataclass(frozen=True, slots=True)
class Cluster:
    """A kept document with everything that was removed for it."""

    kept: str
    removed: tuple[Removal, ...]
    indexed: bool = False


@dataclass(frozen=True, slots=True)
class PairTable:
    """Verified pairs as columns: document numbers, shared shingles, the union (or the smaller set), the kind."""

    first: Ints
    second: Ints
    shared: Ints
    size: Ints
    kind: npt.NDArray[np.uint8]

    @property
    def similarity(self) -> Floats:
        return self.shared / np.maximum(self.size, 1)

    def __len__(self) -> int:
        return len(self.first)

    def take(self, chosen: Bools | Ints) -> PairTable:
        """The pairs at these places."""
        return PairTable(
            self.first[chosen], self.second[chosen], self.shared[chosen], self.size[chosen], self.kind[chosen]
        )

    @classmethod
    def joined(cls, tables: Sequence[PairTable]) -> PairTable:
        """Several tables as one."""
        return cls(
            np.concatenate([table.first for table in tables]),
            np.concatenate([table.second for table in tables]),
            np.concatenate([table.shared for table in tables]),
            np.concatenate([table.size for table in tables]),
            np.concatenate([table.kind for table in tables]),
        )

    @classmethod
    def empty(cls) -> PairTable:
        nothing = np.zeros(0, np.int64)
        return cls(nothing, nothing, nothing, nothing, np.zeros(0, np.uint8))


@dataclass(frozen=True, slots=True)
class Matches:
    """Documents of a batch that an index has duplicates of.

    The second number of a pair counts on from the length of the batch, into `names`.

    Attributes:
        table: verified pairs.
        passed: versions that documents of the index supersede.
        names: the ids of the documents of the index, in order of arrival.
        settled: numbers of those that were removed when they came: nothing is removed for their sake.
        texts: the texts of those documents, by number, where the index has them.
    """

    table: PairTable
    passed: PairTable
    names: list[str]
    settled: frozenset[int] = frozenset()
    texts: Mapping[int, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Duplicates:
    """The outcome of deduplicating a batch; documents are numbered in order of reading, indexed ones follow."""

    ids: Sequence[str]  # of the batch, in order of reading, then of the index where one was asked
    count: int  # documents of the batch
    table: PairTable
    rank: Ints  # place of each document in the order of the keep policy; documents of the index come first
    threshold: float
    problems: dict[str, str]  # unusable documents and why
    notes: dict[str, str]  # usable documents that were compared with nothing or only as a whole, and why
    repeats: dict[str, tuple[Repeat, ...]] = field(default_factory=dict)
    boilerplate: dict[str, tuple[Boilerplate, ...]] = field(default_factory=dict)
    passages: tuple[Passage, ...] = ()  # what two kept documents have in common
    compared: int = 0  # pairs of documents that were verified
    sparse: int = 0  # buckets so crowded that not all pairs in them were compared, only those with stars
    unusable: frozenset[int] = frozenset()  # numbers of the documents with a problem
    versions: Versions = field(default_factory=Versions)  # what became of documents whose id was taken
    settled: frozenset[int] = (
        frozenset()
    )  # numbers of documents of the index that were removed when they came
    comparison: Comparison | None = None  # tells what documents differ in

    def __repr__(self) -> str:
        kinds = Counter(removal.kind for removal in self.removed.values())
        why = listed({kind: kinds[kind] for kind in KINDS})
        removed = f"{len(self.removed):,} removed" + (f" ({why})" if why else "")
        repeats = sum(map(len, self.repeats.values()))
        parts = [f"{len(self.kept):,} kept", removed]
        parts += [f"{len(self.unusable):,} unusable"] if self.unusable else []
        return (
            f"Duplicates in {counted(self.count, 'document')}: {', '.join(parts)}; "
            f"{counted(len(self), 'pair')} verified at a similarity of {self.threshold:g} or more, "
            f"{counted(repeats, 'repeated passage')}\n"
            ".kept .removed .clusters .pairs .worst() .repeats .rethreshold(0.8)\n"
            ".to_pandas() .to_arrow() .write(folder)"
        )

    def _repr_html_(self) -> str:
        from align._internal.notebook import table_html
        from align.dedup.tables import DUPLICATE_COLUMNS, pair_rows

        return table_html(repr(self).split("\n")[0], DUPLICATE_COLUMNS, pair_rows(self), len(self))

    @cached_property
    def pairs(self) -> tuple[DuplicatePair, ...]:
        """Every verified pair, ordered by ids; identical texts beyond the second once, against the one that is kept."""
        return self._objects(self.table)

    @cached_property
    def clusters(self) -> tuple[Cluster, ...]:
        """Each kept document that something was removed for, in order of reading."""
        members: dict[int, list[Removal]] = {}
        for document, (kept, _) in self._removals.items():
            members.setdefault(kept, []).append(self.removed[self.ids[document]])
        return tuple(
            Cluster(self.ids[kept], tuple(members[kept]), kept >= self.count) for kept in sorted(members)
        )

    @cached_property
    def kept(self) -> tuple[str, ...]:
        """Ids of the documents that stay, in order of reading."""
        return tuple(self.ids[number] for number in self.kept_numbers)

    @cached_property
    def kept_numbers(self) -> tuple[int, ...]:
        """Numbers, in order of reading, of the documents that stay."""
        gone = self._removals
        return tuple(n for n in range(self.count) if n not in gone and n not in self.unusable)

    @cached_property
    def removed(self) -> dict[str, Removal]:
        """For each document that does not stay, why; in order of reading."""
        similarity = self.table.similarity
        return {
            self.ids[document]: Removal(
                self.ids[document],
                self.ids[kept],
                float(similarity[pair]),
                KINDS[self.table.kind[pair]],
                kept >= self.count,
            )
            for document, (kept, pair) in sorted(self._removals.items())
        }

    def rethreshold(self, threshold: float) -> Duplicates:
        """The outcome at a higher threshold, without comparing anything again.

        Raises:
            UsageError: the threshold is lower than the one the documents were compared with.
        """
        if not self.threshold <= threshold <= 1:
            raise UsageError(
                f"threshold {threshold:g}: pairs were looked for at {self.threshold:g} and above; run again to go lower"
            )
        stays = np.isin(self.table.kind, (CONTAINED, VERSION)) | (self.table.similarity >= threshold)
        return replace(self, table=self.table.take(stays), threshold=threshold)

    def worst(self, count: int = 20) -> tuple[DuplicatePair, ...]:
        """The least similar of the verified pairs: what to look at first."""
        order = np.argsort(self.table.similarity, kind="stable")[:count]
        return self._objects(self.table.take(order), ordered=False)

    def to_arrow(self) -> pa.Table:
        """The verified pairs as a table, with the columns of ``duplicates.tsv``."""
        from align._internal.arrow import table_of
        from align.dedup.tables import DUPLICATE_COLUMNS, DUPLICATE_TYPES, pair_rows

        rows = (
            (row[0], row[1], pair.similarity, *row[3:])
            for pair, row in zip(self.pairs, pair_rows(self), strict=True)
        )
        return table_of(DUPLICATE_COLUMNS, rows, DUPLICATE_TYPES)

    def to_pandas(self) -> Any:
        """`to_arrow` as a data frame.

        Raises:
            UsageError: pandas is not installed.
        """
        from align._internal.arrow import to_pandas

        return to_pandas(self.to_arrow())

    def write(self, folder: str | Path, *, cut: str = "none", overwrite: bool = False) -> None:
        """Writes duplicates.tsv, clusters.tsv, repeats.tsv (and boilerplate.tsv, where any was found).

        `cut` says what was cut from the kept texts: "repeats", "boilerplate" or "none".

        Raises:
            OutputError: one of the tables exists already, or cannot be written.
        """
        from align.dedup.tables import write_tables

        write_tables(self, Path(folder), cut, overwrite=overwrite)

    @cached_property
    def differences(self) -> dict[tuple[int, int], Differences]:
        """By the numbers of two near-duplicates what they differ in, of as many as the options say."""
        if self.comparison is None:
            return {}
        table = self.table
        near = np.flatnonzero(np.isin(table.kind, (NEAR, SPARED)))
        least = near[np.argsort(table.similarity[near], kind="stable")]
        return self.comparison.of(zip(table.first[least].tolist(), table.second[least].tolist(), strict=True))

    def alike_but_for(self, kinds: Sequence[str]) -> tuple[int, int]:
        """How many removed near-duplicates differ from what is kept in nothing else, and of how many it is known."""
        found = []
        for kept, pair in self._removals.values():
            ends = int(self.table.first[pair]), int(self.table.second[pair])
            if self.table.kind[pair] == NEAR and kept in ends and ends in self.differences:
                found.append(self.differences[ends].only(kinds))
        return sum(found), len(found)

    def __len__(self) -> int:
        return len(self.table)

    @cached_property
    def _removals(self) -> dict[int, tuple[int, int]]:
        """For each removed document the kept one and the place of the pair that says so."""
        table = self.table
        copies = (table.kind == IDENTICAL) & (table.second < self.count)
        versions = table.kind == VERSION
        gone = np.zeros(len(self.ids), bool)
        gone[table.second[copies]] = True
        gone[list(self.settled)] = True
        spared = table.kind == SPARED
        compared = np.flatnonzero(~copies & ~versions & ~spared & ~gone[table.first] & ~gone[table.second])
        pairs = table.take(compared)
        places = stars(pairs.first, pairs.second, pairs.similarity, pairs.kind == CONTAINED, self.rank)
        found = {
            document: (_other(pairs, place, document), int(compared[place]))
            for document, place in places.items()
        }
        for place in np.flatnonzero(copies).tolist():
            original, other = int(table.first[place]), int(table.second[place])
            # What holds for a text holds for its copies.
            found[other] = found.get(original, (original, place))
        # First those that went for a document of the index: versions of their batch went for these.
        for place in sorted(np.flatnonzero(versions).tolist(), key=lambda p: table.second[p] < self.count):
            stays, other = int(table.first[place]), int(table.second[place])
            if other >= self.count:
                stays, other = other, stays
            found[other] = found[stays][0] if stays in found else stays, place
        return found

    def _objects(self, table: PairTable, *, ordered: bool = True) -> tuple[DuplicatePair, ...]:
        rows = zip(
            table.first.tolist(),
            table.second.tolist(),
            table.similarity.tolist(),
            table.kind.tolist(),
            strict=True,
        )
        pairs = []
        for p, q, similarity, kind in rows:
            first, second = self.ids[p], self.ids[q]
            differences = self.differences.get((p, q))
            if kind in (NEAR, VERSION, SPARED) and q < self.count and second < first:
                first, second = second, first
                differences = differences.turned if differences else None
            pairs.append(DuplicatePair(first, second, similarity, KINDS[kind], q >= self.count, differences))
        return tuple(sorted(pairs, key=lambda pair: (pair.first, pair.second)) if ordered else pairs)


def _other(pairs: PairTable, place: int, document: int) -> int:
    first, second = int(pairs.first[place]), int(pairs.second[place])
    return second if first == document else first

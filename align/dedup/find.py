"""Near-duplicates of a batch, from texts to verified pairs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Protocol

import numpy as np
import pyarrow as pa

from align._internal.arrays import Ints
from align._internal.arrow import as_numpy, integers
from align._internal.options import chosen
from align._internal.progress import Progress
from align.dedup.batch import Collection
from align.dedup.boilerplate import Boilerplate, LineCollection, Run
from align.dedup.clusters import ranks, stars
from align.dedup.containment import find_contained
from align.dedup.differences import Comparison
from align.dedup.kernel import KERNEL
from align.dedup.options import Cut, DedupOptions
from align.dedup.passages import Passage, find_passages
from align.dedup.repeats import Repeat, find_repeats
from align.dedup.result import IDENTICAL, NEAR, SPARED, VERSION, Duplicates, Matches, PairTable
from align.dedup.versions import KnownIds, Versions, decide_in_batch, decide_with_index
from align.document import Document
from align.reading.documents import Documents, to_batches

CROWDED = 1_000  # documents in a bucket beyond which only pairs with kept documents are looked for
SUSPICIOUS = 8  # repeated shingles from which a document is searched for repeated passages
# Shingles of a document beside the lines that it has in common with others: an article of its own.
LEAST_OWN = 15
NO_WORDS = "has no words: compared with nothing"
SHORT = "is no longer than a shingle: compared as a whole"


def find_duplicates(
    documents: Documents,
    *,
    threshold: float | None = None,
    options: DedupOptions | None = None,
    progress: Progress | None = None,
) -> Duplicates:
    """The near-duplicates of a batch, each pair verified by exact Jaccard similarity of shingles.

    Documents come in any form of `align.reading.documents`; they are read once and their texts are not kept. What is
    given directly wins over `options`.

    Raises:
        UsageError: an option is out of its range, or what was given are no documents.
        OutputError: the temporary folder is full.
    """
    options = chosen(options, DedupOptions)
    if threshold is not None:
        options = replace(options, threshold=threshold)
    deduplication = Deduplication(options)
    for batch in to_batches(documents):
        deduplication.add(batch)
        if progress:
            progress("finding duplicates", len(deduplication.collection), 0)
    return deduplication.result()


class Deduplication:
    """A batch that is being read: `add` record batches, then ask for the `result`.

    Documents are compared without their boilerplate where that is what is to be `cut`.
    """

    def __init__(self, options: DedupOptions, cut: Cut = "none") -> None:
        options.check_cut(cut)
        self.options = options
        self.collection = Collection(options, texts=cut == "boilerplate")
        self._runs: dict[int, list[Run]] | None = None  # of lines that documents are compared without
        self._cut = cut
        self.repeats: dict[str, tuple[Repeat, ...]] = {}
        self._lines = LineCollection() if options.boilerplate else None

    def add(self, batch: pa.RecordBatch) -> None:
        """Adds the documents of a record batch."""
        repeated = self.collection.add(batch)
        if self._lines:
            self._lines.add(batch)
        if self.options.repeats:
            for row in np.flatnonzero(repeated >= SUSPICIOUS).tolist():
                self._look_for_repeats(row, batch["id"][row].as_py(), batch["text"][row].as_py())

    def _look_for_repeats(self, row: int, id: str, text: str) -> None:
        document = Document.from_text(id, text, paragraphs=self.options.paragraphs)
        found = find_repeats(document)
        if found:
            self.repeats[id] = tuple(found)
            self.collection.note_repeats(row, length_once(document, found))

    def result(self, earlier: Earlier | None = None) -> Duplicates:
        """Everything found, in the batch and among the `earlier` documents of an index."""
        if self._cut == "boilerplate" and self._lines and self._runs is None:
            self._runs = frames(self.collection, self._lines)
            lines = {number: [run[0] for run in runs] for number, runs in self._runs.items()}
            self.collection = self.collection.rebuilt(lines)
        collection = self.collection
        count = len(collection)
        rank = ranks(collection)
        versions = self._versions(earlier, rank)
        unusable = _problems(collection) | versions.problems
        copies, unique = identical_texts(collection, rank, leave_out=[*unusable, *versions.left_out])
        near, compared, sparse = near_pairs(collection, unique, rank)
        tables = [near]
        if self.options.containment is not None:
            tables.append(_contained(collection, unique, near, self.options.containment, rank))
        ids: list[str] = collection.column("id").to_pylist()
        old = Matches(PairTable.empty(), PairTable.empty(), [])
        if earlier is not None:
            old = earlier.match(collection, unique, versions)
            tables.append(old.table)
        comparison = self._comparison(old)
        if self.options.spare and comparison:
            tables = [spared(table, comparison, self.options.spare) for table in tables]
        names, rank = [*ids, *old.names], np.concatenate((rank, np.arange(-len(old.names), 0)))
        tables = [copies, *(with_second_copies(table, copies, count) for table in tables)]
        table = PairTable.joined([*tables, version_pairs(collection, versions.superseded), old.passed])
        duplicates = Duplicates(
            ids=names,
            count=count,
            table=table,
            rank=rank,
            threshold=self.options.threshold,
            problems={ids[number]: problem for number, problem in unusable.items()},
            notes={ids[number]: note for number, note in _notes(collection) if number not in unusable},
            repeats=self.repeats,
            compared=compared,
            sparse=sparse,
            unusable=frozenset(unusable),
            versions=versions,
            settled=old.settled,
            comparison=comparison,
        )
        if self._lines:
            duplicates = replace(duplicates, boilerplate=self._boilerplate(duplicates))
        return (
            replace(duplicates, passages=self._passages(duplicates)) if self.options.passages else duplicates
        )

    def _passages(self, duplicates: Duplicates) -> tuple[Passage, ...]:
        """Passages that two documents which stay have in common, but for those that are near each other as a whole."""
        texts, table, ids = self.collection.texts, duplicates.table, duplicates.ids
        assert texts is not None
        kept = np.array(duplicates.kept_numbers, np.int64)
        low, high = np.minimum(table.first, table.second), np.maximum(table.first, table.second)
        near = set(zip(low.tolist(), high.tolist(), strict=True))
        found = find_passages(kept, texts.text, self.options.passages, near)
        return tuple(Passage(ids[p], one, ids[q], other, *rest) for p, one, q, other, rest in found)

    def _versions(self, earlier: Earlier | None, rank: Ints) -> Versions:
        """What becomes of documents whose id is taken; what is known of documents goes by their new names."""
        collection = self.collection
        found = decide_in_batch(collection, rank)
        if earlier is not None:
            decide_with_index(collection, earlier, found)
        former = {number: id for number, id in found.former.items() if id in self.repeats}
        moved = {found.names[number]: self.repeats.pop(id) for number, id in former.items()}
        self.repeats |= moved
        return found

    def _comparison(self, old: Matches) -> Comparison | None:
        """What tells what documents of the batch, and of the index where it has their texts, differ in."""
        texts, count = self.collection.texts, len(self.collection)
        if texts is None:
            return None
        return Comparison(
            lambda number: texts.text(number) if number < count else old.texts.get(number),
            self.options.differences,
        )

    def _boilerplate(self, duplicates: Duplicates) -> dict[str, tuple[Boilerplate, ...]]:
        assert self._lines is not None
        kept = np.array(duplicates.kept_numbers, np.int64)
        name = duplicates.ids.__getitem__
        found = self._runs
        if found is None:
            found = self._lines.find(kept, self.options.boilerplate)
        return {
            name(document): tuple(
                Boilerplate(lines, documents, name(first), (line, line + lines[1] - lines[0]))
                for lines, documents, first, line in runs
            )
            for document, runs in ((d, found[d]) for d in kept.tolist() if d in found)
        }


def length_once(document: Document, repeats: Sequence[Repeat]) -> int:
    """The bytes of a document without what stands in it a second time."""
    once = document.without(frozenset().union(*(repeat.cut for repeat in repeats)))
    return len(once.text.encode("utf-8", "replace"))


def frames(collection: Collection, lines: LineCollection) -> dict[int, list[Run]]:
    """The lines that each document has in common with enough other articles.

    Copies of an article have its lines in common, too, and count as one; but two that are near each other for their
    common lines alone, with articles of their own inside, count as two.
    """
    options, rank = collection.options, ranks(collection)
    _, unique = identical_texts(collection, rank, leave_out=[*_problems(collection)])
    common = lines.find(unique, options.boilerplate, of=unique)
    own = collection.rebuilt({number: [run[0] for run in runs] for number, runs in common.items()})
    near = near_pairs(collection, unique, rank)[0]
    hashes, offsets, counts = own.hashes, own.offsets, own.numbers("counts")
    shared = np.frombuffer(KERNEL.shared(near.first, near.second, hashes, offsets, hashes, offsets), "<i8")
    union = np.maximum(counts[near.first] + counts[near.second] - shared, 1)
    framed = np.isin(near.first, list(common)) & np.isin(near.second, list(common))
    least = np.minimum(counts[near.first], counts[near.second])
    copies = near.take(~(framed & (least >= LEAST_OWN) & (shared / union < options.threshold / 2)))
    directed = np.zeros(len(copies), bool)
    gone = stars(copies.first, copies.second, copies.similarity, directed, rank)
    kept = np.setdiff1d(unique, np.array(list(gone), np.int64))
    usable = np.flatnonzero(collection.numbers("counts"))
    return lines.find(kept, options.boilerplate, of=usable)


def spared(table: PairTable, comparison: Comparison, kinds: Sequence[str]) -> PairTable:
    """The pairs, of which those that differ in nothing but these kinds are told from other near-duplicates."""
    kind = table.kind.copy()
    for place in np.flatnonzero(kind == NEAR).tolist():
        told = comparison.tell(int(table.first[place]), int(table.second[place]))
        if told is not None and told.only(kinds):
            kind[place] = SPARED
    return replace(table, kind=kind)


class Earlier(KnownIds, Protocol):
    """Documents of earlier batches that new ones can be compared with."""

    def match(self, collection: Collection, documents: Ints, versions: Versions) -> Matches:
        """Verified pairs of these documents with earlier ones, and those of versions that earlier ones supersede.

        Documents that are replaced, and those of this very batch, are left out.
        """
        ...


def identical_texts(
    collection: Collection, rank: Ints, leave_out: Sequence[int] = ()
) -> tuple[PairTable, Ints]:
    """Each text beyond its first document paired with that document, and the numbers of the documents left."""
    counts = collection.numbers("counts")
    worded = np.setdiff1d(np.flatnonzero(counts), np.array(leave_out, np.int64))
    order = worded[np.lexsort((rank[worded], *collection.fingerprints[worded].T))]
    fingerprints = collection.fingerprints[order]
    new = np.concatenate(([True], (fingerprints[1:] != fingerprints[:-1]).any(axis=1)))[: len(order)]
    leaders = order[np.flatnonzero(new)[np.cumsum(new) - 1]] if len(order) else order
    first, second = leaders[~new], order[~new]
    packed = KERNEL.shared(
        first, second, collection.hashes, collection.offsets, collection.hashes, collection.offsets
    )
    same = np.frombuffer(packed, "<i8") == counts[first]  # one fingerprint for two texts would show here
    first, second = first[same], second[same]
    by = np.argsort(second, kind="stable")
    first, second = first[by], second[by]
    kind = np.full(len(first), IDENTICAL, np.uint8)
    return PairTable(first, second, counts[first], counts[first], kind), np.setdiff1d(worded, second)


def version_pairs(collection: Collection, superseded: Mapping[int, int]) -> PairTable:
    """Each version that does not stay with the one that does, and what the two have in common."""
    second, first = (np.array(list(part), np.int64) for part in (superseded.keys(), superseded.values()))
    hashes, offsets, counts = collection.hashes, collection.offsets, collection.numbers("counts")
    shared = np.frombuffer(KERNEL.shared(first, second, hashes, offsets, hashes, offsets), "<i8")
    union = counts[first] + counts[second] - shared
    return PairTable(first, second, shared, union, np.full(len(first), VERSION, np.uint8))


def with_second_copies(table: PairTable, copies: PairTable, count: int) -> PairTable:
    """The pairs of a text once more for its second document; what holds for a text holds for its copies.

    Copies beyond the second are only listed once, against their representative: nothing grows with their square.
    """
    second = np.full(count + int(table.second.max(initial=0)) + 1, -1, np.int64)
    second[copies.first[::-1]] = copies.second[::-1]
    left, right = second[table.first], second[table.second]
    parts = [table]
    for first, other in ((left, table.second), (table.first, right), (left, right)):
        there = (first >= 0) & (other >= 0)
        parts.append(replace(table.take(there), first=first[there], second=other[there]))
    return PairTable.joined(parts)


def near_pairs(collection: Collection, documents: Ints, rank: Ints) -> tuple[PairTable, int, int]:
    """All pairs among `documents` at the threshold, how many were compared, in how many buckets not all were."""
    offsets = collection.offsets
    packed, shared, compared, sparse = KERNEL.near(
        collection.keys,
        collection.banding.bands,
        documents.astype("<i8"),
        rank.astype("<i8"),
        collection.hashes,
        offsets,
        collection.options.threshold,
        CROWDED,
    )
    pairs, order = np.unique(np.frombuffer(packed, "<u8"), return_index=True)
    common = np.frombuffer(shared, "<i8")[order]
    first, second = (
        (pairs >> np.uint64(32)).astype("<i8"),
        (pairs & np.uint64(0xFFFFFFFF)).astype("<i8"),
    )
    sizes = np.diff(offsets)
    union = sizes[first] + sizes[second] - common
    return PairTable(first, second, common, union, np.full(len(first), NEAR, np.uint8)), compared, sparse


def _contained(
    collection: Collection, documents: Ints, near: PairTable, threshold: float, rank: Ints
) -> PairTable:
    """Contained documents, less the pairs that are near-duplicates already."""
    table = find_contained(collection.hashes, collection.offsets, documents, threshold, rank)
    count = np.int64(len(collection))
    known = near.first * count + near.second
    low, high = np.minimum(table.first, table.second), np.maximum(table.first, table.second)
    return table.take(~np.isin(low * count + high, known))


def _problems(collection: Collection) -> dict[int, str]:
    column = collection.column("problem")
    numbers = np.flatnonzero(as_numpy(column.combine_chunks().is_valid()))
    return dict(zip(numbers.tolist(), column.take(integers(numbers)).to_pylist(), strict=True))


def _notes(collection: Collection) -> Iterator[tuple[int, str]]:
    """Documents too short to be compared as others are."""
    totals, ngram = collection.numbers("totals"), collection.options.ngram
    for number in np.flatnonzero(totals <= 1).tolist():
        if note := note_of(int(totals[number]), ngram):
            yield number, note


def note_of(shingles: int, ngram: int) -> str | None:
    """What is to be said of a document with so few shingles, repeated ones counted."""
    if shingles == 0:
        return NO_WORDS
    return SHORT if shingles == 1 and ngram > 1 else None

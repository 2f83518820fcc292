"""The documents of earlier batches as an index holds them: columns of mapped files, profiles only of those needed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from functools import cached_property
from itertools import chain

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from align._internal.arrays import Array, Ints, UInts64
from align._internal.arrow import as_numpy, integers, strings
from align._internal.parallel import run_parallel
from align.encoders.base import Encoder, Vectors, encoder_for, for_profiles
from align.pairing.candidates import LanguageDirections, similarity, top
from align.pairing.profiles import Profile
from align.pairing.vectors import DIMENSION, SECTIONS
from align.text.languages import base, variant

ALL = 4_096  # earlier documents up to which every one is compared with a batch
_ENOUGH = 4  # documents of a language from which its mean says something about the language


class EarlierDocuments:
    """What the record batches of an index hold; a document is known by its place among all rows.

    Where an id comes more than once, the latest row counts; of those `without` none does.
    """

    def __init__(self, batches: Sequence[pa.RecordBatch], without: Collection[str] = ()) -> None:
        self.batches = batches
        self._starts = np.cumsum([0, *(batch.num_rows for batch in batches)])
        self.latest: dict[str, int] = {}
        self.superseded: dict[str, list[int]] = {}
        for place, id in enumerate(chain.from_iterable(batch["id"].to_pylist() for batch in batches)):
            if id in self.latest:
                self.superseded.setdefault(id, []).append(self.latest[id])
            self.latest[id] = place
        for id in self.latest.keys() & set(without):
            self.superseded.setdefault(id, []).append(self.latest.pop(id))

    def __len__(self) -> int:
        return len(self.latest)

    def rows_left(self, number: int, without: Collection[str]) -> Ints:
        """The rows of a record batch that count, or hold partners of documents that came again as they were."""
        batch, start = self.batches[number], int(self._starts[number])
        ids, digests = batch["id"].to_pylist(), batch["digest"].to_pylist()
        left = []
        for row, (id, digest) in enumerate(zip(ids, digests, strict=True)):
            last, at = self.row(self.latest[id])
            if id not in without and (start + row == self.latest[id] or last["digest"][at].as_py() == digest):
                left.append(row)
        return np.array(left, np.int64)

    def row(self, place: int) -> tuple[pa.RecordBatch, int]:
        """The record batch of a document, and its row there."""
        number = self.number(place)
        return self.batches[number], place - int(self._starts[number])

    def number(self, place: int) -> int:
        """The number of the record batch of a document."""
        return int(np.searchsorted(self._starts, place, side="right")) - 1

    def ids(self, places: Iterable[int]) -> list[str]:
        """The ids of the documents at these places."""
        return [batch["id"][row].as_py() for batch, row in map(self.row, places)]

    @cached_property
    def pairs(self) -> set[tuple[str, str]]:
        """The accepted pairs of present texts, each with the id that sorts first in front."""
        found, renewed = set(), self._renewed
        for batch, start in zip(self.batches, self._starts.tolist(), strict=False):
            partners = batch["partners"]
            rows = np.flatnonzero(as_numpy(pc.list_value_length(partners)) > 0)
            for row in rows.tolist():
                id = batch["id"][row].as_py()
                if renewed.get(id, 0) > start + row:
                    continue
                found |= {
                    (min(id, other), max(id, other))
                    for other in partners[row].as_py()
                    if renewed.get(other, 0) <= start + row
                }
        return {pair for pair in found if pair[0] in self.latest and pair[1] in self.latest}

    @cached_property
    def _renewed(self) -> dict[str, int]:
        """The place from which on rows are about the present text, of documents that came again with another one.

        What was paired with the former text is not paired with the present one.
        """
        found: dict[str, int] = {}
        for id, earlier in self.superseded.items():
            if id not in self.latest:
                continue
            since = self.latest[id]
            present = self._digest(since)
            for place in reversed(earlier):
                if self._digest(place) != present:
                    found[id] = since
                    break
                since = place
        return found

    def _digest(self, place: int) -> str:
        batch, row = self.row(place)
        digest: str = batch["digest"][row].as_py()
        return digest

    def left(self, number: int, without: Collection[str]) -> pa.RecordBatch:
        """The rows of a record batch that count, less the documents `without`, and less partners that are none now."""
        batch = self.batches[number].take(integers(self.rows_left(number, without)))
        held = zip(batch["id"].to_pylist(), batch["partners"].to_pylist(), strict=True)
        partners = [
            [o for o in others or () if o not in without and (min(id, o), max(id, o)) in self.pairs]
            for id, others in held
        ]
        place = batch.schema.get_field_index("partners")
        return batch.set_column(place, batch.schema.field(place), pa.array(partners, pa.list_(pa.string())))

    def partners(self, ids: Collection[str]) -> set[str]:
        """These documents and all that hang together with them by accepted pairs."""
        neighbours: dict[str, list[str]] = {}
        for a, b in self.pairs:
            neighbours.setdefault(a, []).append(b)
            neighbours.setdefault(b, []).append(a)
        found, left = set(ids), list(ids)
        while left:
            new = [other for other in neighbours.get(left.pop(), ()) if other not in found]
            found.update(new)
            left += new
        return found

    def frequencies(self, wanted: UInts64, without: Collection[str]) -> Counter[tuple[str, int]]:
        """On how many documents each of these (sorted) paragraphs stands, by variant of a language."""
        counts: Counter[tuple[str, int]] = Counter()
        if not len(wanted):
            return counts
        for batch, usable in zip(self.batches, self._usable(without), strict=True):
            marks, ends = _flat(batch["fingerprints"], np.uint64)
            at = np.minimum(np.searchsorted(wanted, marks), len(wanted) - 1)
            hits = np.flatnonzero(wanted[at] == marks)
            owners = np.searchsorted(ends, hits, side="right") - 1
            tags = batch["language"].to_pylist()
            for hit, owner in zip(hits.tolist(), owners.tolist(), strict=True):
                if usable[owner]:
                    counts[variant(tags[owner]) or "", int(marks[hit])] += 1
        return counts

    def named(self, names: Collection[str]) -> set[str]:
        """The documents that have one of these names."""
        found: set[str] = set()
        wanted = strings(sorted(names))
        for batch in self.batches if names else ():
            column = batch["names"]
            hits = pc.indices_nonzero(pc.is_in(column.flatten(), wanted))
            rows = column.value_parent_indices().take(hits) if len(hits) else []
            found.update(batch["id"][row].as_py() for row in sorted(set(map(int, rows))))
        return found

    def needing(self, encoder: Encoder, languages: Collection[str]) -> set[str]:
        """The documents that are compared with texts in these languages by another encoder than that of the vectors."""
        alone = for_profiles(encoder)
        found: set[str] = set()
        for batch in self.batches:
            codes = self._languages(batch)
            other = {
                code for code in set(codes) - {""}
                if any(encoder_for(encoder, code, new) is not alone for new in languages if new)
            }  # fmt: skip
            if other:
                found.update(
                    id for id, code in zip(batch["id"].to_pylist(), codes, strict=True) if code in other
                )
        return found

    def nearest(self, new: Sequence[Profile], neighbours: int, without: Collection[str]) -> set[str]:
        """For each new document its nearest in every other language, all together."""
        languages = [self._languages(batch) for batch in self.batches]
        own = np.array([profile.language for profile in new])
        directions = self._directions(languages, new)
        vectors = directions.taken_off(np.stack([p.vectors for p in new]).astype(np.float32))
        usable = self._usable(without)
        coded = [np.array(codes) for codes in languages]
        found: set[str] = set()
        for language in sorted(set(chain.from_iterable(languages)) - {""}):
            rows = np.flatnonzero((own != language) & (own != ""))
            places = [
                np.flatnonzero((codes == language) & here) for codes, here in zip(coded, usable, strict=True)
            ]
            parts = [(number, at) for number, at in enumerate(places) if len(at)]
            if not len(rows) or not parts:
                continue

            def best(part: tuple[int, Ints], rows: Ints = rows) -> tuple[Vectors, Ints]:
                number, at = part
                held = directions.taken_off(_vectors(self.batches[number])[at].astype(np.float32))
                near = similarity(vectors[rows], held).T
                who = np.broadcast_to((self._starts[number] + at)[:, None], near.shape)
                return top(near, who, neighbours)

            tops = run_parallel(best, parts)
            _, who = top(np.vstack([t[0] for t in tops]), np.vstack([t[1] for t in tops]), neighbours)
            found.update(self.ids(np.unique(who).tolist()))
        return found

    def _directions(self, languages: Sequence[Sequence[str]], new: Sequence[Profile]) -> LanguageDirections:
        """What tells the languages apart, over all documents."""
        sums: dict[str, Vectors] = {}
        counts: Counter[str] = Counter()
        for batch, codes in zip(self.batches, languages, strict=True):
            whole = _vectors(batch)[:, 0].astype(np.float32)
            for code in sorted(set(codes) - {""}):
                mine = np.array(codes) == code
                sums[code] = sums.get(code, np.zeros(DIMENSION, np.float32)) + whole[mine].sum(0)
                counts[code] += int(mine.sum())
        for profile in new:
            if profile.language:
                held = sums.get(profile.language, np.zeros(DIMENSION, np.float32))
                sums[profile.language] = held + profile.vectors[0].astype(np.float32)
                counts[profile.language] += 1
        means = [sums[code] / counts[code] for code in sorted(sums) if counts[code] >= _ENOUGH]
        return LanguageDirections(np.array(means, np.float32).reshape(-1, DIMENSION))

    def _usable(self, without: Collection[str]) -> list[NDArray[np.bool_]]:
        """Which rows of each record batch count."""
        gone = np.zeros(int(self._starts[-1]), bool)
        gone[list(chain.from_iterable(self.superseded.values()))] = True
        gone[[self.latest[id] for id in without if id in self.latest]] = True
        return [~gone[a:b] for a, b in zip(self._starts[:-1], self._starts[1:], strict=True)]

    @staticmethod
    def _languages(batch: pa.RecordBatch) -> list[str]:
        coded = batch["language"].dictionary_encode()
        codes = [base(tag) or "" for tag in coded.dictionary.to_pylist()]
        return [codes[place] for place in as_numpy(coded.indices).tolist()]


def _flat(column: pa.Array, kind: type) -> tuple[Array, Ints]:
    """The numbers of a column of large binary, one document after the other, and where those of each begin."""
    _, offsets, data = column.buffers()
    ends = np.frombuffer(offsets, np.int64, len(column) + 1, column.offset * 8)
    size = np.dtype(kind).itemsize
    values: Array = np.frombuffer(data or b"", kind, (int(ends[-1]) - int(ends[0])) // size, int(ends[0]))
    return values, (ends - ends[0]) // size


def _vectors(batch: pa.RecordBatch) -> NDArray[np.float16]:
    """The document vectors of a record batch, ``(rows, 1 + sections, d)``."""
    values, _ = _flat(batch["vectors"], np.float16)
    found: NDArray[np.float16] = values.reshape(-1, 1 + SECTIONS, DIMENSION)
    return found

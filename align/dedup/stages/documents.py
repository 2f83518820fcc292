"""The first stages: from texts to sketches, and from sketches to what is known of each document of the batch."""

from __future__ import annotations

import hashlib
import itertools
from collections.abc import Mapping, Sequence
from dataclasses import astuple
from typing import Any

import numpy as np
import pyarrow as pa

from align._internal.arrays import Ints
from align._internal.arrow import as_numpy, booleans, floats, integers, strings
from align.dedup.batch import Collection
from align.dedup.boilerplate import lines_of
from align.dedup.clusters import precedence, ranks
from align.dedup.dates import warn_of_dates
from align.dedup.find import SUSPICIOUS, length_once
from align.dedup.lsh import choose_banding
from align.dedup.options import DedupOptions
from align.dedup.repeats import Repeat, find_repeats
from align.dedup.sketches import Sketches, sketch
from align.dedup.versions import Versions, decide_in_batch, groups_of_versions
from align.document import Document, LineRange
from align.reading.apart import settle_ids
from align.reading.rows import Ids, is_empty

_AS_READ = [
    ("number", pa.int64()),
    ("file", pa.string()),  # the id of the input it came from
    ("id", pa.string()),
    ("source", pa.string()),
    ("line", pa.int64()),
    ("language", pa.string()),
    ("warning", pa.string()),
    ("problem", pa.string()),
    ("prefer", pa.string()),
    ("empty", pa.bool_()),
]
_SIZES = [
    ("counts", pa.int64()),
    ("totals", pa.int64()),
    ("lengths", pa.int64()),
    ("repeated", pa.int64()),  # bytes that stand in the text a second time
    ("print1", pa.int64()),  # the fingerprint of the text
    ("print2", pa.int64()),
    ("digest", pa.binary()),  # of its shingle hashes
]
_RANGES = ("first_start", "first_end", "second_start", "second_end")
REPEAT = pa.struct(
    [(f"{unit}_{name}", pa.int64()) for unit in ("paragraph", "line") for name in _RANGES]
    + [("paragraphs", pa.int64()), ("similarity", pa.float64())]
)
SKETCHES = pa.schema(
    [
        *_AS_READ,
        *_SIZES,
        ("keys", pa.binary()),
        ("hashes", pa.binary()),
        ("repeats", pa.list_(REPEAT)),
        ("line_hashes", pa.binary()),  # of every line, where boilerplate is looked for
        ("line_lengths", pa.binary()),
    ]
)
READ = pa.schema([*_AS_READ, *_SIZES])  # of these, what deciding about ids takes
DOCUMENTS = pa.schema(
    [
        *_AS_READ,
        *_SIZES,
        ("rank_id", pa.string()),  # the id before versions were named anew: what documents are ranked by
        ("same_id", pa.string()),
        ("precedence", pa.float64()),  # what the keep policy goes by before all else
        ("refused", pa.string()),  # why its version cannot be used
        ("winner", pa.int64()),  # the version that stays in its stead
        ("group", pa.int64()),  # the order of what happened to versions: by group, then by place
        ("place", pa.int64()),
        ("moved_group", pa.int64()),  # the same of documents named anew
        ("moved", pa.int64()),
        ("compared", pa.bool_()),
    ]
)


def sketch_documents(
    batch: pa.RecordBatch, numbers: Ints, files: Sequence[str], options: DedupOptions
) -> pa.RecordBatch:
    """The sketches (`SKETCHES`) of documents that `align.reading.read_apart` gave, with their numbers and inputs."""
    empty = is_empty(batch["text"])
    if empty.any():
        texts = batch["text"].to_pylist()
        held = strings(
            ["" if gone else text for text, gone in zip(texts, empty, strict=True)], pa.large_string()
        )
        batch = batch.set_column(batch.schema.get_field_index("text"), "text", held)
    found = sketch(batch["text"], options, choose_banding(options.threshold, options.slots))
    hashes = _parts(found.hashes, found.offsets * 8)
    repeats, repeated = _repeats(batch, found, options)
    known: dict[str, Any] = {
        "number": integers(numbers),
        "file": strings(files),
        "empty": booleans(empty),
        **_sizes(found),
        "repeated": integers(repeated),
        "digest": pa.array([hashlib.blake2b(part, digest_size=16).digest() for part in hashes], pa.binary()),
        "keys": _rows_of_bytes(found.keys),
        "hashes": pa.array(hashes, pa.binary()),
        "repeats": pa.array(repeats, pa.list_(REPEAT)),
        **(_lines(batch["text"]) if options.boilerplate else {}),
    }
    names = batch.schema.names
    nothing = pa.nulls(batch.num_rows, pa.string())
    columns = [known.get(name, batch[name] if name in names else nothing) for name in SKETCHES.names]
    return pa.record_batch(
        [column.cast(kind) for column, kind in zip(columns, SKETCHES.types, strict=True)], schema=SKETCHES
    )


def repeat_of(value: Mapping[str, Any]) -> Repeat:
    """A repeat as `sketch_documents` wrote it."""

    def ends(unit: str, side: str) -> LineRange:
        return value[f"{unit}_{side}_start"], value[f"{unit}_{side}_end"]

    sides = (
        ends("paragraph", "first"),
        ends("paragraph", "second"),
        ends("line", "first"),
        ends("line", "second"),
    )
    return Repeat(*sides, value["paragraphs"], value["similarity"])


def settle_documents(documents: pa.Table, options: DedupOptions, field: str | None) -> pa.Table:
    """What becomes of each document's id (`READ` to `DOCUMENTS`), by number; those that share an id come together.

    `field` is what documents are preferred by, where anything is.
    """
    documents = documents.sort_by("number")
    documents = _settled(documents)
    collection = Collection.of(options, documents)
    warn_of_dates(collection, field)
    rank = ranks(collection)
    first = precedence(collection) if options.keep in ("newest", "prefer") else np.zeros(len(rank))
    before, groups = documents["id"], list(groups_of_versions(collection))
    found = decide_in_batch(collection, rank)
    out = np.zeros(documents.num_rows, bool)
    out[found.left_out] = True
    usable = as_numpy(documents["problem"].is_null().combine_chunks())
    columns = {
        **{name: documents[name] for name in documents.schema.names},
        "id": collection.column("id"),
        "warning": collection.column("warning"),
        "rank_id": before,
        "precedence": floats(first + 0.0),  # no zero has a sign
        "refused": strings([found.problems.get(n) for n in range(documents.num_rows)]),
        **_of_versions(documents, groups, found),
        "compared": booleans(usable & ~out & (collection.numbers("counts") > 0)),
    }
    return pa.table([columns[name] for name in DOCUMENTS.names], schema=DOCUMENTS)


def _settled(documents: pa.Table) -> pa.Table:
    """The documents with their names in the batch, and why they cannot be used."""
    documents = settle_ids(documents, Ids(numbered=True))
    gone = [n for n, problem in enumerate(documents["problem"].to_pylist()) if problem is not None]
    return _without_text(documents, gone)


def _without_text(documents: pa.Table, places: list[int]) -> pa.Table:
    """The documents, those at these places as they would be without any text: nothing is read of what is refused."""
    if not places:
        return documents
    nothing = sketch(strings([""]), DedupOptions(), choose_banding(0.7, 128))
    for name, column in {**_sizes(nothing), "repeated": integers([0])}.items():
        values = as_numpy(documents[name].combine_chunks()).copy()
        values[places] = as_numpy(column)[0]
        documents = documents.set_column(documents.schema.get_field_index(name), name, integers(values))
    return documents


def _of_versions(documents: pa.Table, groups: list[str], found: Versions) -> dict[str, pa.Array]:
    """The versions that do not stay, and those that are named anew, in the order of what happened to them.

    Groups (by the id that their documents came with) are ordered by the first document that had to get another name.
    """
    numbers = as_numpy(documents["number"].combine_chunks()).tolist()
    first: dict[str | None, int] = {}
    for number, same in zip(numbers, documents["same_id"].to_pylist(), strict=True):
        first.setdefault(same, number)
    decided = np.array(found.decided, np.int64).reshape(-1, 2)
    names = ("winner", "group", "place", "moved_group", "moved")
    columns: dict[str, list[int | None]] = {name: [None] * len(numbers) for name in names}
    for place, (number, winner) in enumerate(found.superseded.items()):
        group = int(np.searchsorted(decided[:, 0], place, side="right"))
        columns["winner"][number], columns["place"][number] = numbers[winner], place
        columns["group"][number] = first[groups[group]]
    for place, number in enumerate(found.former):
        group = int(np.searchsorted(decided[:, 1], place, side="right"))
        columns["moved"][number], columns["moved_group"][number] = place, first[groups[group]]
    return {
        name: integers([value or 0 for value in values], [value is not None for value in values])
        for name, values in columns.items()
    }


def _sizes(found: Sketches) -> dict[str, pa.Array]:
    prints = np.ascontiguousarray(found.fingerprints).view("<i8")
    return {
        "counts": integers(found.counts),
        "totals": integers(found.totals),
        "lengths": integers(found.lengths),
        "print1": integers(prints[:, 0]),
        "print2": integers(prints[:, 1]),
    }


def _lines(text: pa.Array) -> dict[str, pa.Array]:
    counts, hashes, lengths = lines_of(text)
    ends = np.concatenate(([0], np.cumsum(counts)))
    return {
        name: pa.array(_parts(values.tobytes(), ends * values.itemsize), pa.binary())
        for name, values in (("line_hashes", hashes), ("line_lengths", lengths))
    }


def _parts(data: bytes, ends: Ints) -> list[bytes]:
    at = ends.tolist()
    return [data[i:j] for i, j in itertools.pairwise(at)]


def _rows_of_bytes(rows: Any) -> pa.Array:
    """Each row of a matrix as bytes."""
    held = np.ascontiguousarray(rows)
    return pa.array(_parts(held.tobytes(), np.arange(len(held) + 1) * held.strides[0]), pa.binary())


def _repeats(
    batch: pa.RecordBatch, found: Sketches, options: DedupOptions
) -> tuple[list[list[dict[str, Any]] | None], Ints]:
    """The passages that each document holds twice (None for one without any), and how many bytes come again."""
    repeats: list[list[dict[str, Any]] | None] = [None] * batch.num_rows
    repeated = np.zeros(batch.num_rows, np.int64)
    if not options.repeats:
        return repeats, repeated
    for row in np.flatnonzero(found.totals - found.counts >= SUSPICIOUS).tolist():
        id, text = batch["id"][row].as_py(), batch["text"][row].as_py()
        document = Document.from_text(id, text, paragraphs=options.paragraphs)
        passages = find_repeats(document)
        if passages:
            repeats[row] = [_as_columns(repeat) for repeat in passages]
            repeated[row] = max(int(found.lengths[row]) - length_once(document, passages), 1)
    return repeats, repeated


def _as_columns(repeat: Repeat) -> dict[str, Any]:
    *ranges, paragraphs, similarity = astuple(repeat)
    values = [value for pair in ranges for value in pair]
    return dict(zip([field.name for field in REPEAT], [*values, paragraphs, similarity], strict=True))

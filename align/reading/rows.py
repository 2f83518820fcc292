"""Rows on their way to record batches: cleaning, ids that stay unique, batches of a bounded size."""

from __future__ import annotations

import os
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import count, repeat
from typing import NamedTuple, TypeAlias

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from align._internal.arrays import Bools
from align._internal.arrow import as_numpy, booleans, integers, strings
from align.reading.entities import entities_decoded
from align.reading.options import SCHEMA, Repeated
from align.text.clean import UNWANTED_RE2, clean

_ROWS = 4_096
_FILES = 256  # of one document each in a batch: of pages that is some seconds' work
_CHARACTERS = 16 << 20


@dataclass(slots=True)
class Row:
    """One document on its way into a batch; the fields are the columns of `SCHEMA`."""

    id: str
    source: str
    line: int | None = None
    language: str | None = None
    text: str = ""
    warning: str | None = None
    problem: str | None = None
    prefer: str | None = None
    about: str | None = None
    same_id: str | None = None


Part: TypeAlias = "pa.RecordBatch | Row"
"""What a file comes to: one document, or many rows."""


def row_batches(rows: Iterable[Row]) -> Iterator[pa.RecordBatch]:
    """Rows gathered into record batches of at most some thousand rows and some megabytes.

    Rows that were read before something went wrong are handed out before that is raised.
    """
    held: list[Row] = []
    characters = 0
    try:
        for row in rows:
            row.text = "" if row.problem else clean(row.text)
            held.append(row)
            characters += len(row.text)
            if len(held) >= _ROWS or characters >= _CHARACTERS:
                yield to_batch(held)
                held, characters = [], 0
    except Exception:
        if held:
            yield to_batch(held)
        raise
    if held:
        yield to_batch(held)


def gathered(parts: Iterable[tuple[str, Part]]) -> Iterator[tuple[Sequence[str], pa.RecordBatch]]:
    """Documents that came file by file, some hundred to a record batch; each part, and each row, has its file's id.

    A batch of one row takes as long as one of many.
    """
    held: list[tuple[str, Row]] = []
    characters = 0
    for file, part in parts:
        if isinstance(part, Row):
            part.text = "" if part.problem else clean(part.text)
            held.append((file, part))
            characters += len(part.text)
        if held and (not isinstance(part, Row) or len(held) >= _FILES or characters >= _CHARACTERS):
            yield [name for name, _ in held], to_batch([row for _, row in held])
            held, characters = [], 0
        if not isinstance(part, Row):
            yield [file], part
    if held:
        yield [name for name, _ in held], to_batch([row for _, row in held])


def to_batch(rows: list[Row]) -> pa.RecordBatch:
    """One record batch of these rows."""
    columns = {name: [getattr(row, name) for row in rows] for name in SCHEMA.names}
    lines = columns.pop("line")
    arrays = {name: strings(values, SCHEMA.field(name).type) for name, values in columns.items()}
    arrays["line"] = integers([line or 0 for line in lines], [line is not None for line in lines])
    return pa.record_batch([arrays[name] for name in SCHEMA.names], schema=SCHEMA)


def with_warning(stream: Iterable[pa.RecordBatch], warning: str | None) -> Iterator[pa.RecordBatch]:
    """The batches with a warning that concerns every document of a file, before what each has of its own."""
    for batch in stream:
        if warning is None:
            yield batch
            continue
        own = batch["warning"].to_pylist()
        said = strings([f"{warning}; {other}" if other else warning for other in own])
        yield batch.set_column(SCHEMA.get_field_index("warning"), SCHEMA.field("warning"), said)


def clean_column(text: pa.Array) -> pa.Array:
    """`clean` for a column of texts: only those that need it become Python strings."""
    unwanted = pc.match_substring_regex(text, UNWANTED_RE2)
    foreign = pc.and_(pc.invert(unwanted), pc.invert(pc.string_is_ascii(text)))
    changed = {i: clean(text[i].as_py()) for i in pc.indices_nonzero(unwanted).to_pylist()}
    places = pc.indices_nonzero(foreign)
    for i, value in zip(places.to_pylist(), text.take(places).to_pylist(), strict=True):
        if not unicodedata.is_normalized("NFC", value):
            changed[i] = clean(value)
    if not changed:
        return text
    mask = np.zeros(len(text), bool)
    mask[list(changed)] = True
    return pc.replace_with_mask(
        text, booleans(mask), strings([changed[i] for i in sorted(changed)], text.type)
    )


def mark_unusable(
    stream: Iterable[tuple[Sequence[str], pa.RecordBatch]], repeated: Repeated = "refuse"
) -> Iterator[pa.RecordBatch]:
    """Marks documents without text and ids that come twice; a batch comes with the ids of its rows' files, or of one.

    A row whose id a row of another file has is named by its file and its id; a second one in the same file, or a
    file with the id of another, is a problem, unless what is `repeated` shall be named: then it is read as ``ID#2``.
    """
    ids = Ids(repeated == "name")
    for files, batch in stream:
        yield _checked(batch, ids, files)


class Settled(NamedTuple):
    """What becomes of a document whose id will not do: its name from now on, or why it cannot be used."""

    name: str
    problem: str | None = None
    same: str | None = None  # the id it came with, where it has another name
    warning: str | None = None


class Ids:
    """The ids of a batch, as hashes: of all files, and of the one that is being read."""

    def __init__(self, numbered: bool) -> None:
        self._numbered = numbered
        self._last: dict[str, int] = {}
        self._seen: set[int] = set()
        self._own: set[int] = set()
        self._file = ""

    def settle(self, file: str, id: str, *, row: bool, empty: bool) -> Settled | None:
        """What becomes of the next document, which came from this file; `row`: as one of several. None: it goes on."""
        if file != self._file:
            self._file, self._own = file, set()
        name = self._take(id, row)
        if name is None:
            return Settled(id, TAKEN + (DIFFER if row else _FOLDER))
        if empty:
            return Settled(id, "is empty: there is no text in it")
        if name == id:
            return None
        numbered = name.startswith(f"{id}#")
        said = None if numbered else f"another file has the id {id!r} too: named by file and id"
        return Settled(name, same=id, warning=said)

    def _take(self, id: str, row: bool) -> str | None:
        """The id under which a document goes on; None where it cannot."""
        name, mark = id, hash(id)
        if mark in self._own:
            return self._number(id) if row else None
        self._own.add(mark)
        if mark in self._seen:
            name = f"{self._file}:{id}"
            mark = hash(name)
            if not row or mark in self._seen:
                return self._number(id) if row else None
        self._seen.add(mark)
        return name

    def _number(self, id: str) -> str | None:
        """The id with the first number that makes it differ, where what is repeated is named."""
        if not self._numbered:
            return None
        free = (
            number for number in count(self._last.get(id, 1) + 1) if hash(f"{id}#{number}") not in self._seen
        )
        self._last[id] = number = next(free)
        self._seen.add(hash(f"{id}#{number}"))
        return f"{id}#{number}"


def is_made_up(id: str, source: str | None, line: int | None) -> bool:
    """Whether a document is named by where it was read: a file by its name, a row by its file and line."""
    return bool(source) if line is None else id.endswith(f":{line + 1}")


TAKEN = "its id is taken by an earlier document; "
DIFFER = "give ids that differ"
_FOLDER = "name the folder that holds both files"


def _checked(batch: pa.RecordBatch, ids: Ids, files: Sequence[str]) -> pa.RecordBatch:
    batch = without_entities(batch)
    known = batch["problem"].is_valid().to_pylist()
    is_row = batch["line"].is_valid().to_pylist()
    empty = is_empty(batch["text"]).tolist()
    each = files if len(files) > 1 else repeat(files[0])
    rows = zip(batch["id"].to_pylist(), each, known, is_row, empty, strict=False)
    found = {
        i: settled
        for i, (id, file, failed, row, blank) in enumerate(rows)
        if not failed and (settled := ids.settle(file, id, row=row, empty=blank))
    }
    problems = {i: settled.problem for i, settled in found.items() if settled.problem}
    renamed = {i: settled for i, settled in found.items() if settled.same is not None}
    batch = _with(batch, "problem", problems)
    batch = _with(batch, "id", {i: settled.name for i, settled in renamed.items()})
    batch = _with(batch, "warning", {i: s.warning for i, s in renamed.items() if s.warning})
    batch = _with(batch, "same_id", {i: s.same for i, s in renamed.items() if s.same is not None})
    return _with(batch, "text", dict.fromkeys(problems, ""))


def without_entities(batch: pa.RecordBatch) -> pa.RecordBatch:
    """The batch with what the entities of HTML in plain texts stand for, and a warning that says so."""
    decoded = entities_decoded(batch)
    batch = _with(batch, "text", {row: text for row, (text, _) in decoded.items()})
    return _with(batch, "warning", {row: said for row, (_, said) in decoded.items()})


def is_empty(text: pa.Array) -> Bools:
    """Which texts hold nothing but spaces."""
    empty: Bools = as_numpy(pc.binary_length(pc.utf8_trim_whitespace(text))) == 0
    return empty


def _with(batch: pa.RecordBatch, name: str, found: Mapping[int, str]) -> pa.RecordBatch:
    """The batch with other values in some places of a column; a warning is added to what was warned of before."""
    if not found:
        return batch
    values = batch[name].to_pylist()
    for i, value in found.items():
        values[i] = f"{values[i]}; {value}" if name == "warning" and values[i] else value
    field = SCHEMA.field(name)
    return batch.set_column(SCHEMA.get_field_index(name), field, strings(values, field.type))


def reason(error: OSError) -> str:
    """What the system says of a file that cannot be read, and what to do."""
    text = error.strerror or str(error)
    return (
        f"cannot be read: {text}; check its permissions"
        if os.path.exists(error.filename or "")
        else f"cannot be read: {text}"
    )

"""Documents in whichever form a caller has them: the one place where they become record batches or `Document` objects.

::

    read_batch("articles/")                        record batches, or a table with the columns id and text
    [Document.from_text("a", "..."), ...]
    [("a", "..."), ("b", "...")]                   (id, text) tuples
    [{"id": "a", "text": "...", "language": "en"}, ...]
    {"a": "...", "b": "..."}                       texts by id

A table is anything that Arrow can read: an Arrow table, a data frame of pandas or polars. The id is a text, because
the results name documents by it: 7 would come back as "7" and no longer be found. What a form cannot be read as is a
`UsageError` that names the document by its place, as ``documents[3]``.
"""

from __future__ import annotations

import math
import os
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from inspect import GEN_CLOSED, getgeneratorstate, isgenerator
from itertools import islice
from typing import Any, Protocol, TypeAlias

import pyarrow as pa

from align.document import Document, LineRange, ParagraphMode, without_lines
from align.errors import UsageError
from align.reading.options import SCHEMA
from align.reading.rows import Row, clean_column, to_batch
from align.text.clean import clean


class Table(Protocol):
    """A table that Arrow can read (the PyCapsule interface): of pyarrow, pandas, polars, duckdb."""

    def __arrow_c_stream__(self, requested_schema: object | None = None, /) -> object: ...


DocumentRow: TypeAlias = tuple[str, str] | Mapping[str, Any]
Documents: TypeAlias = (
    pa.RecordBatch
    | Table
    | Mapping[str, str]
    | Iterable[pa.RecordBatch]
    | Iterable[Table]
    | Iterable[Document]
    | Iterable[tuple[str, str]]
    | Iterable[Mapping[str, Any]]
)
OneDocument: TypeAlias = str | Document | DocumentRow | pa.RecordBatch | Table

_FORMS = "give (id, text) tuples, dicts with id and text, {id: text}, Document objects, or record batches"
_READ = "to read files, give align.read_batch(path)"
_ROWS = 1_024  # in a record batch made of documents that came one by one


def to_batches(documents: Documents) -> Iterator[pa.RecordBatch]:
    """Documents in any form as record batches with some columns of `SCHEMA`, ``id`` and ``text`` among them.

    Raises:
        UsageError: what was given are no documents, or two of them have one id.
    """
    parts = _parts(documents)
    for first in parts:
        if isinstance(first, pa.RecordBatch):
            yield first
        else:
            rows = [first, *islice(parts, _ROWS - 1)]
            yield to_batch([_as_row(row) if isinstance(row, Document) else row for row in rows])


def to_documents(
    documents: Documents, *, paragraphs: ParagraphMode = "auto", problems: dict[str, str] | None = None
) -> Iterator[Document]:
    """Documents in any form as `Document` objects; what reading found unusable goes into `problems`, by id.

    Raises:
        UsageError: as `to_batches`.
    """
    for part in _parts(documents):
        if isinstance(part, Document):
            yield part
            continue
        for row in part.to_pylist() if isinstance(part, pa.RecordBatch) else [_plain(part)]:
            if not row.get("problem"):
                yield document_of(row, paragraphs)
            elif problems is not None:
                problems.setdefault(row["id"], row["problem"])


def to_document(
    given: OneDocument,
    *,
    name: str = "document",
    id: str = "",
    language: str | None = None,
    paragraphs: ParagraphMode = "auto",
) -> Document:
    """One document in any form, or a bare text, which gets this id; `language`, where given, is the document's.

    `paragraphs` is about what is a text as yet.

    Raises:
        UsageError: it is no document, or more than one; `name` says in the message which argument that was.
    """
    if isinstance(given, str):
        found = [Document.from_text(id, clean(given), paragraphs=paragraphs)]
    elif isinstance(given, Document):
        found = [given]
    elif isinstance(given, tuple) or _is_row(given):
        found = [document_of(_plain(_row(given, name)))]
    elif isinstance(given, pa.RecordBatch) or hasattr(given, "__arrow_c_stream__"):
        found = list(to_documents(given))
        if len(found) != 1:
            raise UsageError(f"{name}: {len(found)} documents in a table; give one text, or one row")
    else:
        remedy = "give a text, a Document, an (id, text) tuple or a dict with id and text"
        raise UsageError(f"{name}: {_what(given)} is no document; {_remedy(given) or remedy}")
    document = found[0]
    return replace(document, language=language) if language else document


def to_document_or_units(
    given: OneDocument | Iterable[str],
    *,
    name: str,
    language: str | None = None,
    paragraphs: ParagraphMode = "auto",
) -> Document | list[str]:
    """One document as `to_document` takes it, or a list of ready-made units; a tuple is always (id, text).

    Raises:
        UsageError: it is neither.
    """
    if isinstance(given, str | bytes | tuple | Document | Mapping | pa.RecordBatch) or not isinstance(
        given, Iterable
    ):
        return to_document(given, name=name, id=name, language=language, paragraphs=paragraphs)
    units = _column_values(given)
    if units is None:
        return to_document(given, name=name, language=language)
    for number, unit in enumerate(units):
        if not isinstance(unit, str):
            remedy = _remedy(unit) or "a list holds the units of one text, each a str"
            raise UsageError(f"{name}[{number}]: {_what(unit)} is no unit; {remedy}")
    return units


def _column_values(given: Iterable[Any]) -> list[Any] | None:
    """The texts of a list, or of a column (of Arrow, or a series of a data frame); None for a table."""
    if isinstance(given, pa.Array | pa.ChunkedArray):
        return given.to_pylist()  # type: ignore[no-any-return]
    if not hasattr(given, "__arrow_c_stream__"):
        return list(given)
    if isinstance(given, pa.Table | pa.RecordBatchReader) or hasattr(given, "columns"):
        return None
    return list(given)


def document_of(row: Mapping[str, Any], paragraphs: ParagraphMode = "auto") -> Document:
    """The document that a usable row of `SCHEMA` stands for; columns that it lacks are as empty ones."""
    return Document.from_text(
        row["id"],
        row["text"],
        language=row.get("language"),
        source=row.get("source") or "",
        paragraphs=paragraphs,
        about=row.get("about") or "",
    )


def settled_document(
    row: Mapping[str, Any], paragraphs: ParagraphMode, cuts: Iterable[LineRange] = ()
) -> tuple[Document, int, tuple[str, ...]]:
    """The document of a row less what is cut from it, with its language.

    Also of how many paragraphs it was before the cuts, and what a reader should know of its language.
    """
    from align.text.declared import settle_document

    whole = document_of(row, paragraphs)
    document, warnings = settle_document(without_lines(whole, cuts))
    return document, len(whole.paragraphs), warnings


# ---- forms -----------------------------------------------------------------------------------------------------

_FORM = {pa.RecordBatch: "record batch", Document: "Document", tuple: "tuple", dict: "dict"}


def _parts(documents: Documents) -> Iterator[Any]:
    """Record batches, documents or rows, whichever was given, checked; no two with one id."""
    seen: set[int] = set()
    form, number = "", 0
    for where, item in _items(documents):
        for part in _told_apart(item, where or f"documents[{number}]"):
            kind = _FORM.get(type(item), "dict" if isinstance(item, Mapping) else "tuple")
            if form and kind != form:
                raise UsageError(
                    f"documents[{number}]: a {kind} behind a {form}; give all documents in one form"
                )
            form = kind
            if isinstance(part, pa.RecordBatch):
                part = _checked(part, number)
                _check_ids(part["id"].to_pylist(), _usable(part), number, seen)
                number += part.num_rows
            else:
                _check_ids([part.id], [not getattr(part, "problem", None)], number, seen)
                number += 1
            yield part


def _items(documents: Any) -> Iterator[tuple[str, Any]]:
    """What was given, one by one, each with its name in messages where that is not its place."""
    if isinstance(documents, pa.RecordBatch):
        yield "", documents
    elif isinstance(documents, Mapping):
        if {"id", "text"} <= documents.keys():
            raise UsageError("documents: a dict with the keys id and text is one row; put it in a list")
        yield from (
            (f"documents[{id!r}]", item) for id, item in zip(documents, documents.items(), strict=True)
        )
    elif hasattr(documents, "__arrow_c_stream__") and not isinstance(documents, pa.RecordBatchReader):
        yield from (("", batch) for batch in _table(documents, "documents"))
    elif isinstance(documents, Document):
        raise UsageError("documents: one Document; put it in a list")
    elif isinstance(documents, str | bytes | os.PathLike) or not isinstance(documents, Iterable):
        raise UsageError(
            f"documents: {_what(documents)} is no batch; {_remedy(documents) or _FORMS}; {_READ}"
        )
    elif isgenerator(documents) and getgeneratorstate(documents) == GEN_CLOSED:
        raise UsageError(
            "documents: a generator that was read to its end already; make it again, or keep list(...) of it"
        )
    else:
        yield from (("", item) for item in documents)


def _told_apart(item: Any, where: str) -> Iterable[Any]:
    """One item as record batches, a `Document` or a row."""
    if isinstance(item, pa.RecordBatch | Document):
        return [item]
    if hasattr(item, "__arrow_c_stream__"):
        return _table(item, where)
    return [_row(item, where)]


def _table(table: Any, where: str) -> Iterable[pa.RecordBatch]:
    try:
        batches: list[pa.RecordBatch] = pa.table(table).to_batches()
    except (pa.ArrowException, TypeError, ValueError) as error:
        why = " ".join(str(error).split())
        raise UsageError(f"{where}: not a table of texts ({why}); its columns id and text hold str") from None
    return batches


def _is_row(item: object) -> bool:
    return isinstance(item, Mapping) and {"id", "text"} <= item.keys()


def _row(item: Any, where: str) -> Row:
    """An (id, text) tuple, or a dict, as a row; its values are what they should be."""
    if isinstance(item, Mapping):
        missing = [name for name in ("id", "text") if name not in item]
        if missing:
            keys = ", ".join(map(repr, item)) or "none"
            raise UsageError(
                f"{where}: no key {' and '.join(missing)} (there: {keys}); name them id and text"
            )
        values = {name: item[name] for name in SCHEMA.names if name in item}
    elif isinstance(item, tuple | list):
        if len(item) != 2:
            raise UsageError(
                f"{where}: a {type(item).__name__} of {len(item)}; give (id, text), or a dict where there is more"
            )
        values = {"id": item[0], "text": item[1]}
    else:
        raise UsageError(f"{where}: {_what(item)} is no document; {_remedy(item) or _FORMS}")
    id = _id(values["id"], where)
    text = _text(values["text"], f"{where} ({id!r})") if not values.get("problem") else ""
    others = {
        name: _optional(name, value, where) for name, value in values.items() if name not in ("id", "text")
    }
    return Row(**{"source": "", **{k: v for k, v in others.items() if v is not None}, "id": id, "text": text})


def _id(value: object, where: str) -> str:
    if isinstance(value, str) and value:
        return value
    if value == "" or _missing(value):
        raise UsageError(f"{where}: it has no id ({value!r}); give each document a text of its own as id")
    if isinstance(value, bytes):
        raise UsageError(f"{where}: the id is bytes; decode it: id.decode('utf-8')")
    raise UsageError(
        f"{where}: the id is {value!r} ({type(value).__name__}); give it as text: {str(value)!r}"
    )


def _text(value: object, where: str) -> str:
    if isinstance(value, str):
        return clean(value)
    if _missing(value):
        raise UsageError(f"{where}: the text is {value!r}; leave the document out, or give an empty text")
    lines = "join its lines: '\\n'.join(lines)" if isinstance(value, list | tuple) else ""
    raise UsageError(f"{where}: the text is {_what(value)}; {lines or _remedy(value) or 'give a str'}")


def _optional(name: str, value: object, where: str) -> Any:
    """A further column of a row; data frames say NaN where there is nothing."""
    if _missing(value):
        return None
    kind = int if name == "line" else str
    if kind is int and isinstance(value, float) and value.is_integer():
        return int(value)  # what a data frame makes of whole numbers beside an empty cell
    if not isinstance(value, kind) or isinstance(value, bool):
        raise UsageError(f"{where}: {name} is {_what(value)}; give {kind.__name__}, or leave it out")
    return value


def _missing(value: object) -> bool:
    return value is None or (isinstance(value, float) and math.isnan(value))


def _what(value: object) -> str:
    """What a value is, for a message."""
    if isinstance(value, str):
        return f"the text {value[:40]!r}"
    if value is None or isinstance(value, bytes):
        return "None" if value is None else "bytes"
    kind = type(value).__name__
    return f"{'an' if kind[0] in 'aeiouAEIOU' else 'a'} {kind}"


def _remedy(value: object) -> str:
    if isinstance(value, os.PathLike):
        return "read it: align.read_batch(path)"
    return "decode it: text.decode('utf-8')" if isinstance(value, bytes) else ""


# ---- tables ----------------------------------------------------------------------------------------------------


def _checked(batch: pa.RecordBatch, before: int) -> pa.RecordBatch:
    """The columns of `SCHEMA` that a table has, in their types; what this package did not read itself is cleaned."""
    names = [name for name in SCHEMA.names if name in batch.schema.names]
    if not {"id", "text"} <= set(names):
        there = ", ".join(map(repr, batch.schema.names)) or "none"
        raise UsageError(f"documents: a table with the columns {there}; it needs the columns id and text")
    columns = {name: _cast(name, batch[name]) for name in names}
    if columns["text"].null_count:
        rows = zip(
            columns["id"].to_pylist(), columns["text"].is_valid().to_pylist(), _usable(batch), strict=True
        )
        for row, (id, there, usable) in enumerate(rows):
            if usable and not there:
                _text(None, f"documents[{before + row}] ({id!r})")
    if "problem" not in names:
        columns["text"] = clean_column(columns["text"])
    return pa.record_batch(list(columns.values()), schema=pa.schema([SCHEMA.field(name) for name in names]))


def _cast(name: str, column: pa.Array) -> pa.Array:
    wanted, found = SCHEMA.field(name).type, column.type
    if found == wanted:
        return column
    value = found.value_type if pa.types.is_dictionary(found) else found
    texts = pa.types.is_string(value) or pa.types.is_large_string(value) or pa.types.is_string_view(value)
    whole = pa.types.is_integer(value) or _whole_numbers(column)
    if pa.types.is_null(value):
        return pa.nulls(len(column), wanted)
    if not (whole if pa.types.is_integer(wanted) else texts):
        kind = "whole numbers (int)" if pa.types.is_integer(wanted) else "text (str)"
        decode = pa.types.is_binary(value) or pa.types.is_large_binary(value)
        remedy = "decode it (str)" if decode else f"make it {kind}"
        raise UsageError(f"documents: the column {name} holds {found}; {remedy}")
    return column.cast(wanted)


def _whole_numbers(column: pa.Array) -> bool:
    """Whether a column of floats holds whole numbers, as a data frame has it where some are missing."""
    if not pa.types.is_floating(column.type):
        return False
    return all(value is None or value.is_integer() for value in column.to_pylist())


def _usable(batch: pa.RecordBatch) -> list[bool]:
    if "problem" not in batch.schema.names:
        return [True] * batch.num_rows
    return list(batch["problem"].is_null().to_pylist())


def _check_ids(ids: list[str], usable: list[bool], before: int, seen: set[int]) -> None:
    """Ids are kept as hashes: of millions of documents the ids would take more than what is found among them."""
    for place, (id, used) in enumerate(zip(ids, usable, strict=True), before):
        if not id:
            _id(id, f"documents[{place}]")
        if used and hash(id) in seen:
            raise UsageError(f"documents[{place}]: two documents have the id {id!r}; give each its own")
        if used:
            seen.add(hash(id))


def _plain(row: Row) -> dict[str, Any]:
    return {name: getattr(row, name) for name in SCHEMA.names}


def _as_row(document: Document) -> Row:
    return Row(
        document.id,
        document.source,
        language=document.language,
        text=clean(document.text),
        about=document.about or None,
    )

"""Sources of rows (JSON lines, CSV, Parquet): which fields make a document, a column or a row at a time."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from align._internal.arrow import as_numpy, integers, strings
from align.reading.fields import as_text, column_of, field_of, has_field, outermost
from align.reading.inputs import Input
from align.reading.options import SCHEMA, ReadOptions
from align.reading.rows import NO_TEXT, Row, clean_column
from align.reading.text import SPLIT, megabytes
from align.text.clean import clean
from align.text.languages import canonical, says_nothing

ONE_MEANT = "of which one must be meant; rename the others"
_MOST = 5  # fields that are named


def from_columns(table: pa.Table, item: Input, options: ReadOptions, line: int) -> pa.RecordBatch | None:
    """Rows as a batch without making Python objects, or None where one of them must be looked at by itself."""
    text = column_of(table, options.text_field, pa.large_string())
    ids = column_of(table, options.id_field or "id", pa.string())
    if text.null_count or ids.null_count or _longest(text) > options.max_bytes:
        return None
    ids = pc.replace_substring(clean_column(ids), "\n", " ")
    if not as_numpy(pc.binary_length(ids)).all():
        return None
    count = table.num_rows
    languages, warnings = _languages(table, options)
    columns = {
        "id": ids,
        "source": strings([item.source] * count),
        "line": integers(np.arange(line, line + count)),
        "language": languages,
        "warning": warnings,
        "text": clean_column(text),
        "prefer": column_of(table, options.prefer, pa.string())
        if options.prefer
        else pa.nulls(count, pa.string()),
    }
    if has_field(table.schema, options.url_field):
        columns["about"] = clean_column(column_of(table, options.url_field, pa.string()))
    nothing = pa.nulls(count, pa.string())
    return pa.record_batch([columns.get(name, nothing) for name in SCHEMA.names], schema=SCHEMA)


def _languages(table: pa.Table, options: ReadOptions) -> tuple[pa.Array, pa.Array]:
    """The tag of each row and, where its field names no language, a warning."""
    given = strings([options.language] * table.num_rows)
    if not options.language_field:
        return given, pa.nulls(table.num_rows, pa.string())
    coded = column_of(table, options.language_field, pa.string()).dictionary_encode()
    found = [_language(value) for value in coded.dictionary.to_pylist()]
    places = coded.indices.cast(pa.int64())
    tags, warnings = (strings([entry[k] for entry in found]).take(places) for k in range(2))
    return pc.coalesce(tags, given), warnings


def _language(value: str) -> tuple[str | None, str | None]:
    """The tag of a field, and a warning where it is none."""
    if says_nothing(value):
        return None, None
    tag = canonical(value)
    return tag, None if tag else f"{clean(value)[:40]!r} is no language code: not used"


def _longest(text: pa.Array) -> int:
    return int(pc.max(pc.binary_length(text)).as_py() or 0)


def fill(
    row: Row, value: dict[str, Any], options: ReadOptions, unit: str = "line", warning: str | None = None
) -> None:
    """Fills a row from the fields of a record; what is missing or unusable becomes its problem."""
    where = f"{unit} {(row.line or 0) + 1}"
    warnings = [warning] if warning else []
    id = field_of(value, options.id_field or "id")
    if name := _name(id):
        row.id = name
    elif options.id_field or id is not None:
        row.problem = (
            f"{where} has no usable field {options.id_field or 'id'!r}; name the field with --id-field"
        )
    else:
        warnings.append("no field 'id': named by file and line")
    found = field_of(value, options.text_field)
    text = as_text(found)
    if text is None:
        row.problem = _no_text(found, value, options.text_field, where)
    elif len(text) > options.max_bytes or len(text.encode("utf-8", "replace")) > options.max_bytes:
        row.problem = f"{where} holds more than {megabytes(options.max_bytes)}; {SPLIT}"
    else:
        row.text = text
    _fill_about(row, value, options, warnings)
    row.warning = "; ".join(warnings) or None


def _no_text(found: object, value: Mapping[str, Any], name: str, where: str) -> str:
    """What is wrong with a field that holds no text."""
    if found is None and name in value:
        return NO_TEXT
    if isinstance(found, Mapping) and found:
        inner = ", ".join(f"{name}.{key}" for key in [*found][:_MOST])
        return f"{where} has fields inside field {name!r}; name one of them with --text-field: {inner}"
    if isinstance(found, bool | int | float):
        return f"{where} has a number or truth value in field {name!r}, no text; name the field with --text-field"
    return f"{where} has no text in field {name!r}; name the field with --text-field"


def used_fields(options: ReadOptions) -> list[str]:
    """The fields of a record that are read."""
    names = (
        options.language_field, options.prefer, options.url_field, options.id_field or "id", options.text_field
    )  # fmt: skip
    return [name for name in names if name]


def repeated(names: Sequence[str], options: ReadOptions) -> str | None:
    """The first name of a field that is read and comes twice, so that one of the two would be lost."""
    used = {outermost(name, names) for name in used_fields(options)}
    return next((name for name, times in Counter(names).items() if times > 1 and name in used), None)


def _fill_about(row: Row, value: dict[str, Any], options: ReadOptions, warnings: list[str]) -> None:
    language = field_of(value, options.language_field) if options.language_field else None
    if isinstance(language, str):
        tag, unknown = _language(language)
        row.language = tag or row.language
        warnings += [unknown] if unknown else []
    url = field_of(value, options.url_field)
    if isinstance(url, str):
        row.about = clean(url)
    prefer = field_of(value, options.prefer) if options.prefer else None
    if prefer is not None:
        row.prefer = str(prefer)


def _name(id: object) -> str:
    """What a document is called by this id; "" where it is none. A number that pandas made 1.0 of is 1."""
    if isinstance(id, float) and math.isfinite(id):
        return str(int(id)) if id.is_integer() else repr(id)
    if isinstance(id, str | int) and not isinstance(id, bool):
        return clean(str(id)).replace("\n", " ")
    return ""


def row_id(item: Input, line: int) -> str:
    """What a row without an id of its own is called."""
    return f"{item.id}:{line + 1}"

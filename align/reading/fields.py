"""Fields of a record by name, also those inside others: ``data.text`` is the field ``text`` of the field ``data``."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc


def field_of(value: Any, name: str) -> Any:
    """The field of a record; of a list of records, all of theirs. None where there is none.

    A field that is called ``data.text`` goes before the field ``text`` of ``data``.
    """
    if isinstance(value, list):
        return [found for part in value if (found := field_of(part, name)) is not None] or None
    if not isinstance(value, Mapping):
        return None
    if name in value:
        return value[name]
    outer, dot, inner = name.partition(".")
    return field_of(value.get(outer), inner) if dot else None


def set_field(value: dict[str, Any], name: str, text: str) -> None:
    """Puts a text where `field_of` found one; a list gets it by its lines."""
    outer, dot, inner = name.partition(".")
    if name not in value and dot and isinstance(value.get(outer), dict):
        set_field(value[outer], inner, text)
        return
    if name not in value and dot and isinstance(value.get(outer), list):
        name, value[outer] = outer, text
    value[name] = text.split("\n") if isinstance(value.get(name), list) else text


def as_text(value: Any) -> str | None:
    """A text, or the texts of a list line by line; None for what is neither."""
    if isinstance(value, str):
        return value
    if isinstance(value, list):
        texts = [as_text(part) for part in value if part is not None]
        if texts and None not in texts:
            return "\n".join(text for text in texts if text is not None)
    return None


def outermost(name: str, there: Iterable[str]) -> str:
    """The column that holds a field: itself, or the one that it is inside."""
    return name if name in there else name.partition(".")[0]


def has_field(schema: pa.Schema, name: str) -> bool:
    """Whether there is a column of this name, or a field inside a column."""
    if name in schema.names:
        return True
    outer, *inner = name.split(".")
    return outer in schema.names and _reaches(schema.field(outer).type, inner)


def _reaches(kind: pa.DataType, names: list[str]) -> bool:
    while _is_list(kind):
        kind = kind.value_type
    if not names:
        return True
    if not pa.types.is_struct(kind) or kind.get_field_index(names[0]) < 0:
        return False
    return _reaches(kind.field(names[0]).type, names[1:])


def column_of(table: pa.Table, name: str, kind: pa.DataType) -> pa.Array:
    """The column, or the field inside a column, as one array of `kind`; lists of texts are joined line by line.

    Raises:
        KeyError: there is no such field that could be had without looking at the rows.
        pa.ArrowInvalid, pa.ArrowNotImplementedError: it holds something else.
    """
    column = table[outermost(name, table.column_names)]
    array = column.chunk(0) if column.num_chunks == 1 else pa.concat_arrays(column.chunks)
    if name not in table.column_names:
        for part in name.split(".")[1:]:
            if not pa.types.is_struct(array.type) or array.type.get_field_index(part) < 0:
                raise KeyError(name)
            array = pc.struct_field(array, part)
    if _is_list(array.type):
        if not _is_text(array.type.value_type):
            raise KeyError(name)
        array = pc.binary_join(array.cast(pa.list_(kind)), pa.scalar("\n", kind))
    if pa.types.is_floating(array.type):
        raise KeyError(name)  # 1.0 is called 1, see `align.reading.columns.fill`
    return array.cast(kind)


def _is_list(kind: pa.DataType) -> bool:
    return bool(pa.types.is_list(kind) or pa.types.is_large_list(kind) or pa.types.is_fixed_size_list(kind))


def _is_text(kind: pa.DataType) -> bool:
    return bool(pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_string_view(kind))


def nested_schema(types: Mapping[str, pa.DataType]) -> pa.Schema:
    """A schema with these fields, those with a dot in their names inside others."""
    whole = {name: kind for name, kind in types.items() if "." not in name}
    inside: dict[str, dict[str, pa.DataType]] = {}
    for name, kind in types.items():
        outer, dot, inner = name.partition(".")
        if dot and outer not in whole:
            inside.setdefault(outer, {})[inner] = kind
    structs = {outer: pa.struct(list(nested_schema(fields))) for outer, fields in inside.items()}
    return pa.schema([*whole.items(), *structs.items()])

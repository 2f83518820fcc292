"""When a document was published, as feeds and tables write it: ISO 8601, RFC 822, seconds since 1970, and the like."""

from __future__ import annotations

import math
import re
import warnings
from datetime import UTC, datetime
from functools import lru_cache

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from align._internal.arrays import Bools, Floats
from align._internal.arrow import as_numpy, integers
from align.dedup.batch import Collection
from align.errors import InputError

_DAY_FIRST = re.compile(r"\d{1,2}\.\s*\d{1,2}\.")  # with full stops the day goes before the month
_NUMBER = re.compile(r"-?\d+(\.\d*)?")
_LENGTHS_OF_DATES = (4, 8, 14)  # digits of 2024, 20240109 and 20240109103000; other whole numbers are seconds
_UNITS = ((1e17, 1e9), (1e14, 1e6), (1e11, 1e3))  # nanoseconds, microseconds, milliseconds, by their size
# Two days that differ in everything: what a text leaves open comes out differently, and a date without a year is none.
_FIRST, _SECOND = datetime(1904, 1, 1), datetime(2008, 1, 1)
# Names of zones in mail (RFC 822, section 5.1), in seconds; others are read as UTC.
_ZONES = {"UT": 0, "Z": 0, "EST": -18000, "EDT": -14400, "CST": -21600, "CDT": -18000} | {
    "MST": -25200, "MDT": -21600, "PST": -28800, "PDT": -25200,
}  # fmt: skip


@lru_cache(maxsize=1 << 16)
def moment(value: str) -> float | None:
    """A date as seconds since 1970; without a zone it is UTC, 1/2/2024 is January, None is no date."""
    text = value.strip()
    if _NUMBER.fullmatch(text) and len(text) not in _LENGTHS_OF_DATES:
        return _seconds(float(text))
    found = _iso(text) or _parsed(text)
    if found is None:
        return _seconds(float(text)) if _NUMBER.fullmatch(text) else None
    return (found if found.tzinfo else found.replace(tzinfo=UTC)).timestamp()


def moments(column: pa.ChunkedArray) -> tuple[Floats, Bools]:
    """The date of each text, minus infinity where there is none, and where something is given that is no date."""
    coded = column.combine_chunks().dictionary_encode()
    read = [moment(text) for text in coded.dictionary.to_pylist()]
    values = np.array([-math.inf if date is None else date for date in read], float)
    values = np.append(values, -math.inf)
    given = as_numpy(coded.indices.is_valid()) & as_numpy(
        pc.not_equal(column, "").combine_chunks().fill_null(False)
    )
    places = np.where(given, as_numpy(coded.indices), len(read)) if len(given) else np.zeros(0, int)
    found: Floats = values[places]
    return found, given & np.isneginf(found)


NO_FIELD = "no document has a field {!r}; name another one with --keep-field"


def check_field(collection: Collection, field: str | None) -> None:
    """Sees that the field by which duplicates are chosen is there, and warns of documents whose date is none.

    Raises:
        InputError: no usable document has it.
    """
    if field is None or not len(collection):
        return
    column = collection.column("prefer")
    usable = collection.column("problem").is_null()
    if pc.any(usable).as_py() and not pc.any(pc.and_(usable, column.is_valid())).as_py():
        raise InputError(NO_FIELD.format(field))
    warn_of_dates(collection, field)


def warn_of_dates(collection: Collection, field: str | None) -> None:
    """Warns of documents whose date is none, where dates decide."""
    if field is not None and collection.options.keep == "newest":
        column = collection.column("prefer")
        wrong = np.flatnonzero(moments(column)[1])
        values = column.take(integers(wrong)).to_pylist()
        said = (f"{value[:40]!r} in field {field!r} is no date: taken for the oldest" for value in values)
        collection.warn(dict(zip(wrong.tolist(), said, strict=True)))


def _seconds(number: float) -> float:
    return next((number / unit for least, unit in _UNITS if abs(number) >= least), number)


def _iso(text: str) -> datetime | None:
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        return None


def _parsed(text: str) -> datetime | None:
    from dateutil.parser import UnknownTimezoneWarning, parse

    day_first = bool(_DAY_FIRST.match(text))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UnknownTimezoneWarning)
        try:
            first, second = (
                parse(text, dayfirst=day_first, default=day, tzinfos=_ZONES) for day in (_FIRST, _SECOND)
            )
        except (ValueError, OverflowError):
            return None
    return first if first.year == second.year else None

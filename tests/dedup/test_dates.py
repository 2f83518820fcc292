"""Dates as feeds and tables write them, and what is none."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from align.dedup import Deduplication, DedupOptions, find_duplicates
from align.dedup.dates import check_field, moment
from align.errors import InputError
from align.reading.documents import to_batches

from .conftest import article


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2024-1-9", datetime(2024, 1, 9)),
        ("2024-01-09T10:30:00Z", datetime(2024, 1, 9, 10, 30)),
        ("2024-05-06T23:30:00-05:00", datetime(2024, 5, 7, 4, 30)),
        ("Wed, 06 Mar 2024 10:00:00 GMT", datetime(2024, 3, 6, 10)),
        ("Mon, 6 May 2024 10:00:00 EST", datetime(2024, 5, 6, 15)),
        ("9 January 2024", datetime(2024, 1, 9)),
        ("06.03.2024", datetime(2024, 3, 6)),
        ("03/06/2024", datetime(2024, 3, 6)),
        ("20240109", datetime(2024, 1, 9)),
        ("2024", datetime(2024, 1, 1)),
        ("1714990000", datetime(2024, 5, 6, 10, 6, 40)),
        ("1714990000000", datetime(2024, 5, 6, 10, 6, 40)),
        ("999999999", datetime(2001, 9, 9, 1, 46, 39)),
    ],
)
def test_a_date_however_it_is_written(text: str, expected: datetime) -> None:
    assert moment(text) == expected.replace(tzinfo=UTC).timestamp()


@pytest.mark.parametrize("text", ["", "soon", "May", "12:30", "today", "2024-13-45", "n/a"])
def test_what_is_no_date(text: str) -> None:
    assert moment(text) is None


def dated(*dates: str | None) -> list[dict[str, str | None]]:
    return [{"id": f"d{n}", "text": article(1), "prefer": date} for n, date in enumerate(dates)]


@pytest.mark.parametrize(
    ("dates", "kept"),
    [
        (("2024-1-10", "2024-1-9"), "d0"),
        (("Mon, 06 May 2024 10:00:00 GMT", "Wed, 06 Mar 2024 10:00:00 GMT"), "d0"),
        (("999999999", "1714990000"), "d1"),
        (("2024-05-07T00:10:00+02:00", "2024-05-06T23:30:00-05:00"), "d1"),
        (("soon", "1999-01-01", None), "d1"),
    ],
)
def test_the_newest_stays(dates: tuple[str | None, ...], kept: str) -> None:
    assert find_duplicates(dated(*dates), options=DedupOptions(keep="newest")).kept == (kept,)


def batch(*dates: str | None) -> Deduplication:
    made = Deduplication(DedupOptions(keep="newest"))
    for part in to_batches(dated(*dates)):
        made.add(part)
    return made


def test_what_is_no_date_is_told() -> None:
    collection = batch("2024-01-09", "soon", None, "").collection
    check_field(collection, "date")
    assert collection.warnings() == {"d1": "'soon' in field 'date' is no date: taken for the oldest"}


def test_a_field_that_no_row_has_is_an_error() -> None:
    with pytest.raises(InputError, match=r"no document has a field 'date'.*--keep-field"):
        check_field(batch(None, None).collection, "date")

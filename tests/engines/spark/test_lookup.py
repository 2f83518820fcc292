"""Numbers are looked up in the ranges that hold them, however they come."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from align.engines.spark import lookup


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The even numbers below 400, in two files of several row groups, and an empty file."""
    numbers = np.arange(0, 400, 2)
    for name, part in (
        ("part-00000", numbers[:120]),
        ("part-00001", numbers[120:]),
        ("part-00002", numbers[:0]),
    ):
        table = pa.table({"number": part, "cell": part * 10})
        pq.write_table(table, tmp_path / f"{name}.parquet", row_group_size=30)
    return tmp_path


def test_what_is_there_is_found(folder: Path) -> None:
    draw = np.random.default_rng(2)
    found = lookup.Lookup(folder, "cell")
    for numbers in (draw.integers(-50, 500, 300), np.arange(0), np.array([399, 398, 0, -1])):
        places, values = found(numbers)
        order = np.argsort(places)
        wanted = np.flatnonzero((numbers % 2 == 0) & (numbers >= 0) & (numbers < 400))
        assert places[order].tolist() == wanted.tolist()
        assert values[order].tolist() == (numbers[wanted] * 10).tolist()
    assert len(found._at_hand) <= lookup._AT_HAND


def test_nothing_is_found_where_nothing_is(tmp_path: Path) -> None:
    pq.write_table(pa.table({"number": np.arange(0), "cell": np.arange(0)}), tmp_path / "part-0.parquet")
    places, values = lookup.Lookup(tmp_path, "cell")(np.arange(5))
    assert len(places) == len(values) == 0


def test_hashes_go_with_their_cells(folder: Path) -> None:
    batch = pa.record_batch({"number": pa.array([5, 6, 100], pa.int64()), "hashes": [b"a", b"b", b"c"]})
    (found,) = lookup.hashes_of_cells([batch], str(folder))
    assert [tuple(row.values()) for row in found.to_pylist()] == [(60, 6, -1, b"b"), (1_000, 100, -1, b"c")]

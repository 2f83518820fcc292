"""The stages find what the whole batch at once finds, however their rows are cut into record batches."""

from __future__ import annotations

import itertools
import random
from collections.abc import Iterable, Iterator

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from align._internal.runs import whole_runs
from align._internal.unions import Unions
from align.dedup.kernel import KERNEL
from align.dedup.stages import buckets, removals, verify
from align.dedup.stages.cells import CELLS_OF, cells_of_pairs, components

THRESHOLD = 0.4


def cut(table: pa.Table, size: int) -> list[pa.RecordBatch]:
    """The rows of a table in batches of this size, an empty one between them."""
    return [
        part
        for start in range(0, table.num_rows, size)
        for part in (
            *table.slice(start, size).combine_chunks().to_batches(),
            *table.slice(0, 0).to_batches(),
        )
    ]


def rows(batches: Iterable[pa.RecordBatch]) -> list[tuple[int, ...]]:
    return [tuple(row.values()) for batch in batches for row in batch.to_pylist()]


def sets(seed: int, count: int = 60) -> list[np.ndarray]:
    """Sets of hashes, some of them near others."""
    draw = np.random.default_rng(seed)
    made: list[np.ndarray] = []
    for _ in range(count):
        if made and draw.random() < 0.6:
            old = made[int(draw.integers(len(made)))]
            new = np.concatenate((old[draw.random(len(old)) < 0.85], draw.integers(0, 1 << 40, 4)))
        else:
            new = draw.integers(0, 1 << 40, 30)
        made.append(np.unique(new.astype("<u8")))
    return made


# ---- runs ------------------------------------------------------------------------------------------------------


@settings(deadline=None)
@given(st.lists(st.integers(0, 5), max_size=40), st.integers(1, 7), st.integers(0, 200))
def test_rows_of_a_key_stay_together(keys: list[int], size: int, budget: int) -> None:
    table = pa.table(
        {"key": pa.array(sorted(keys), pa.int64()), "place": pa.array(range(len(keys)), pa.int64())}
    )
    parts = list(whole_runs(cut(table, size), "key", budget))
    assert [row for part in parts for row in part.to_pylist()] == table.to_pylist()
    held = [set(part["key"].to_pylist()) for part in parts]
    assert all(not one & other for one, other in itertools.combinations(held, 2))


# ---- buckets ---------------------------------------------------------------------------------------------------


@settings(deadline=None)
@given(
    st.lists(st.tuples(st.integers(0, 1), st.integers(-3, 3)), max_size=40),
    st.integers(1, 9),
    st.integers(1, 6),
)
def test_buckets_give_the_pairs_that_share_a_key(
    drawn: list[tuple[int, int]], size: int, crowded: int
) -> None:
    given_rows = sorted((band, key, number) for number, (band, key) in enumerate(drawn))
    columns = list(zip(*given_rows, strict=True)) if given_rows else [(), (), ()]
    table = pa.table([pa.array(column, pa.int64()) for column in columns], schema=buckets.BANDS)
    found = sorted(rows(buckets.bucket_pairs(cut(table, size), crowded)))
    expected = []
    for (band, key), run in itertools.groupby(given_rows, key=lambda row: row[:2]):
        numbers = [number for _, _, number in run]
        if len(numbers) > crowded:
            expected.append((buckets.CROWDED_BUCKET, band, key, len(numbers), -1))
        else:
            expected += [(buckets.PAIR, band, key, p, q) for p, q in itertools.combinations(numbers, 2)]
    assert found == sorted(expected)


def test_bands_are_a_row_each() -> None:
    keys = np.arange(6, dtype="<u8").reshape(3, 2)
    batch = pa.record_batch(
        {"number": pa.array([4, 5, 9], pa.int64()), "keys": [row.tobytes() for row in keys]}
    )
    assert rows([buckets.band_rows(batch)]) == [
        (0, 0, 4), (1, 1, 4), (0, 2, 5), (1, 3, 5), (0, 4, 9), (1, 5, 9),
    ]  # fmt: skip
    assert rows([buckets.band_rows(batch.slice(0, 0))]) == []


def test_the_lowest_bands_are_spared() -> None:
    assert buckets.spared_bands([7, 3, 5]) == [3, 5]
    assert buckets.overcrowded(1_000) == 5_000


# ---- verification ----------------------------------------------------------------------------------------------


def near_by_kernel(made: list[np.ndarray], rank: list[int], crowded: int) -> tuple[set[tuple[int, ...]], int]:
    """The near pairs (first, second, shared, size) of documents that all share one key, and how many were compared."""
    sizes = [len(one) for one in made]
    offsets = np.concatenate(([0], np.cumsum(sizes))).astype("<i8")
    documents = np.arange(len(made)).astype("<i8")
    packed, shared, compared, _ = KERNEL.near(
        np.zeros(len(made), "<u8"), 1, documents, np.array(rank, "<i8"),
        np.concatenate(made), offsets, THRESHOLD, crowded,
    )  # fmt: skip
    pairs = np.frombuffer(packed, "<u8").tolist()
    common = np.frombuffer(shared, "<i8").tolist()
    found = set()
    for pair, both in zip(pairs, common, strict=True):
        p, q = pair >> 32, pair & 0xFFFFFFFF
        found.add((p, q, both, sizes[p] + sizes[q] - both))
    return found, compared


def split(batches: Iterator[pa.RecordBatch]) -> tuple[set[tuple[int, ...]], int]:
    found = rows(batches)
    pairs = [row for row in found if row[0] != verify.COMPARED]
    assert len(pairs) == len(set(pairs))
    return set(pairs), sum(row[2] for row in found if row[0] == verify.COMPARED)


@pytest.mark.parametrize("size", [1, 7, 1_000])
def test_cells_and_joined_pairs_verify_as_the_kernel_does(size: int) -> None:
    made = sets(size)
    pairs = list(itertools.combinations(range(len(made)), 2))
    documents = [(7, n, verify.DOCUMENT, one.tobytes()) for n, one in enumerate(made)]
    cell = [*documents, *((7, p, q, None) for p, q in pairs)]
    columns = [
        pa.array(column, kind)
        for column, kind in zip(zip(*cell, strict=True), verify.CELLS.types, strict=True)
    ]
    expected = near_by_kernel(made, list(range(len(made))), 1_000)
    assert expected[0]
    assert (
        split(verify.verify_cells(cut(pa.table(columns, schema=verify.CELLS), size), THRESHOLD)) == expected
    )
    joined = [(p, q, made[p].tobytes(), made[q].tobytes()) for p, q in pairs]
    columns = [
        pa.array(column, kind)
        for column, kind in zip(zip(*joined, strict=True), verify.JOINED.types, strict=True)
    ]
    table = pa.table(columns, schema=verify.JOINED)
    assert split(verify.verify_joined(cut(table, size), THRESHOLD)) == expected
    every, compared = split(verify.verify_joined(cut(table, size), 0.0))
    assert len(every) == compared == len(pairs)


@pytest.mark.parametrize("size", [1, 7, 1_000])
def test_stars_of_a_crowded_bucket_are_those_of_the_kernel(
    size: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(verify, "_STEP", 2)
    made = sets(size, 80)
    order = list(range(len(made)))
    random.Random(size).shuffle(order)
    rank = [order.index(n) for n in range(len(made))]
    bucket = [(band, 5, n, made[n].tobytes()) for band in range(2) for n in order]
    columns = [
        pa.array(column, kind)
        for column, kind in zip(zip(*bucket, strict=True), verify.STARS.types, strict=True)
    ]
    pairs, compared = near_by_kernel(made, rank, len(made) - 1)
    found = rows(verify.star_pairs(cut(pa.table(columns, schema=verify.STARS), size), THRESHOLD))
    near = [row for row in found if row[0] != verify.COMPARED]
    assert set(near) == pairs
    assert len(near) == 2 * len(pairs)
    assert sum(row[2] for row in found if row[0] == verify.COMPARED) == 2 * compared


# ---- what hangs together, and what goes ------------------------------------------------------------------------


@settings(deadline=None)
@given(st.lists(st.tuples(st.integers(0, 30), st.integers(0, 30)), max_size=40), st.integers(1, 9))
def test_components_are_what_hangs_together(pairs: list[tuple[int, int]], size: int) -> None:
    unions: Unions[int] = Unions()
    for p, q in pairs:
        unions.join(p, q)
    groups: dict[int, list[int]] = {}
    for item in unions.items():
        groups.setdefault(unions.leading(item), []).append(item)
    expected = sorted((item, min(group)) for group in groups.values() for item in group)
    columns = list(zip(*pairs, strict=True)) if pairs else [(), ()]
    table = pa.table(
        {
            name: pa.array(column, pa.int64())
            for name, column in zip(("first", "second"), columns, strict=True)
        }
    )
    assert rows(cells_of_pairs(cut(table, size))) == expected
    assert CELLS_OF.names == ["number", "cell"]


def test_a_long_chain_is_one_component() -> None:
    order = np.random.default_rng(1).permutation(5_000)
    assert not components(order[1:], order[:-1], 5_000).any()


def test_a_document_is_removed_for_one_that_is_kept() -> None:
    # A chain in the order of keeping: every second document stays.
    chain = [(1, n, n + 1, 8, 10, 0.0, 0, 0, None) for n in range(9)]
    documents = [(1, n, removals.DOCUMENT, 0, 0, 0.0, 100 - n, 0, f"d{n}") for n in range(10)]
    linked = [*documents, *chain]
    columns = [
        pa.array(column, kind)
        for column, kind in zip(zip(*linked, strict=True), removals.LINKED.types, strict=True)
    ]
    found = rows(
        removals.removals_of_cells(cut(pa.table(columns, schema=removals.LINKED), 4), by_order=False)
    )
    assert found == [(n, n - 1, 8, 10) for n in range(1, 10, 2)]

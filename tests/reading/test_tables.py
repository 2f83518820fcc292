"""Parquet and Arrow as programs write them: views, two columns of one name, damage inside lists, sizes."""

from __future__ import annotations

import gzip
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from align.reading import ReadOptions, read_batch
from align.reading.tables import SLICE_BYTES, slices


def rows(path: Path, **options: Any) -> list[dict[str, Any]]:
    return [row for batch in read_batch([path], options=ReadOptions(**options)) for row in batch.to_pylist()]


def write(table: pa.Table, path: Path) -> None:
    if path.suffix == ".parquet":
        pq.write_table(table, path)
    elif path.suffix == ".stream":
        with pa.ipc.new_stream(path, table.schema) as stream:
            stream.write_table(table)
    else:
        with pa.ipc.new_file(path, table.schema) as file:
            file.write_table(table)


FILES = ["x.parquet", "x.arrow", "x.stream"]


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize(
    "kind", [pa.string(), pa.large_string(), pa.string_view(), pa.dictionary(pa.int32(), pa.string())]
)
def test_every_kind_of_text(tmp_path: Path, name: str, kind: pa.DataType) -> None:
    table = pa.table({"id": pa.array(["a", "b"]).cast(kind), "text": pa.array(["one", "two"]).cast(kind)})
    write(table, tmp_path / name)
    assert [(row["id"], row["text"], row["line"]) for row in rows(tmp_path / name)] == [
        ("a", "one", 0),
        ("b", "two", 1),
    ]


@pytest.mark.parametrize("name", FILES)
def test_two_columns_of_one_name(tmp_path: Path, name: str) -> None:
    columns = [pa.array([1]), pa.array(["one"]), pa.array(["two"])]
    write(pa.Table.from_arrays(columns, ["id", "text", "text"]), tmp_path / name)
    (row,) = rows(tmp_path / name)
    assert row["problem"] == "has 2 columns 'text', of which one must be meant; rename the others"
    write(
        pa.Table.from_arrays(columns, ["text", "note", "note"]).set_column(0, "text", pa.array(["x"])),
        tmp_path / name,
    )
    assert rows(tmp_path / name)[0]["text"] == "x"


@pytest.mark.parametrize("name", FILES)
def test_in_a_compressed_file(tmp_path: Path, name: str) -> None:
    write(pa.table({"id": ["a"], "text": ["one"]}), tmp_path / name)
    (tmp_path / "packed.gz").write_bytes(gzip.compress((tmp_path / name).read_bytes()))
    assert [row["text"] for row in rows(tmp_path / "packed.gz")] == ["one"]


def test_bytes_inside_lists_and_records(tmp_path: Path) -> None:
    raw = pa.array(["Não há pão. A educação é boa.".encode("latin-1"), b"plain"])
    text = pa.StringArray.from_buffers(2, raw.buffers()[1], raw.buffers()[2])
    lists = pa.ListArray.from_arrays(pa.array([0, 1, 2], pa.int32()), text)
    records = pa.StructArray.from_arrays([text], ["body"])
    pq.write_table(pa.table({"id": ["a", "b"], "text": lists, "data": records}), tmp_path / "x.parquet")
    for field in ("text", "data.body"):
        found = rows(tmp_path / "x.parquet", text_field=field)
        assert [row["text"] for row in found] == ["Não há pão. A educação é boa.", "plain"]
        assert [row["warning"] for row in found] == ["not UTF-8: read as cp1252", None]


def test_times_that_python_does_not_know(tmp_path: Path) -> None:
    times = pa.array([2**60, 0, None], pa.timestamp("us"))
    pq.write_table(
        pa.table({"id": pa.array([2**60, 5, 7], pa.timestamp("us")), "text": ["one", "two", None]}),
        tmp_path / "x.parquet",
    )
    found = rows(tmp_path / "x.parquet")
    assert found[1]["id"].startswith("1970-01-01 00:00:00")
    assert [bool(row["problem"]) for row in found] == [False, False, True]
    pq.write_table(
        pa.table({"id": ["a", "b", "c"], "text": ["1", "2", "3"], "date": times}), tmp_path / "y.parquet"
    )
    assert [row["text"] for row in rows(tmp_path / "y.parquet", prefer="date")] == ["1", "2", "3"]


def test_ids_that_pandas_made_floats_of(tmp_path: Path) -> None:
    pq.write_table(pa.table({"id": [1.0, 2.0, None], "text": ["a", "b", "c"]}), tmp_path / "x.parquet")
    assert [row["id"] for row in rows(tmp_path / "x.parquet")] == ["1", "2", "x.parquet:3"]


def test_large_texts_come_a_few_at_a_time(tmp_path: Path) -> None:
    table = pa.table(
        {"id": [str(n) for n in range(40)], "text": [f"{n} " + "word " * 200_000 for n in range(40)]}
    )
    pq.write_table(table, tmp_path / "x.parquet")
    batches = list(read_batch([tmp_path / "x.parquet"]))
    assert max(batch.nbytes for batch in batches) < SLICE_BYTES + (2 << 20)
    assert [id for batch in batches for id in batch["id"].to_pylist()] == [str(n) for n in range(40)]


def test_slices_are_bounded_whatever_holds_the_text() -> None:
    text = pa.array(["x" * (9 << 20)] * 5 + [None, "y"])
    for column in (text, text.dictionary_encode(), text.cast(pa.string_view())):
        found = [part.num_rows for part in slices(pa.record_batch([column], ["text"]), "text")]
        assert sum(found) == 7
        assert found[:4] == [1, 1, 1, 1]

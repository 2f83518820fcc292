"""JSON arrays and objects over several lines, and fields inside others."""

from __future__ import annotations

import gzip
import io
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from align.reading import ReadOptions, read_batch
from align.reading.fields import as_text, field_of, set_field
from align.reading.json_values import _Flattener, json_rows

RECORDS = [
    {"id": "a", "text": 'One "quoted", {braced} [text].\n\\'},
    {"id": "b", "text": "Two.", "more": [1, {"x": []}]},
]
LAYOUTS = {
    "one line": json.dumps(RECORDS),
    "indented": json.dumps(RECORDS, indent=2),
    "a line each": "[\n" + ",\n".join(map(json.dumps, RECORDS)) + "\n]\n",
    "comma first": "[" + "\n,".join(map(json.dumps, RECORDS)) + "]",
    "lines that end in commas": ",\n".join(map(json.dumps, RECORDS)) + ",\n",
    "objects over lines": "\n".join(json.dumps(record, indent=1) for record in RECORDS),
    "carriage returns": json.dumps(RECORDS, indent=2).replace("\n", "\r\n"),
}


def rows(path: Path, **options: Any) -> list[dict[str, Any]]:
    return [row for batch in read_batch([path], options=ReadOptions(**options)) for row in batch.to_pylist()]


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_every_layout_gives_the_same_documents(tmp_path: Path, layout: str, encoding: str) -> None:
    (tmp_path / "x.json.gz").write_bytes(gzip.compress(LAYOUTS[layout].encode(encoding)))
    found = rows(tmp_path / "x.json.gz")
    assert [(row["id"], row["text"], row["line"], row["problem"]) for row in found] == [
        (record["id"], record["text"], number, None) for number, record in enumerate(RECORDS)
    ]


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=20,
)


@settings(deadline=None)
@given(
    st.lists(st.dictionaries(st.text(), VALUES), min_size=1),
    st.integers(1, 7),
    st.sampled_from([None, 2]),
    st.booleans(),
)
def test_a_value_comes_through_whatever_the_pieces(
    values: list[Any], size: int, indent: int | None, ascii_only: bool
) -> None:
    data = json.dumps(values, indent=indent, ensure_ascii=ascii_only).encode("utf-8", "replace")
    flattener = _Flattener()
    flat = b"".join(flattener.feed(data[at : at + size]) for at in range(0, len(data), size))
    assert [json.loads(line) for line in flat.splitlines()] == json.loads(data)


def test_what_is_broken_in_an_array_is_named_and_costs_nothing_else(tmp_path: Path) -> None:
    (tmp_path / "x.json").write_text(
        '[{"id": "a", "text": "1"}, {"id": "b" "text"}, 5, {"id": "c", "text": "3"}, {"id": "d", "te'
    )
    found = rows(tmp_path / "x.json")
    assert [row["id"] for row in found if not row["problem"]] == ["a", "c"]
    assert [row["problem"].split(" (")[0] for row in found if row["problem"]] == [
        "item 2 is not valid JSON",
        "item 3 is not a JSON object; write one object a line",
        "item 5 is not valid JSON",
    ]


@pytest.mark.slow
@pytest.mark.parametrize(
    "data", ["null\n", 'null\n{"id": "a", "text": "1"}\n', '[null, {"id": "a", "text": "1"}]', "null"]
)
def test_a_null_in_front_is_named_and_kills_nothing(data: str, tmp_path: Path) -> None:
    """Arrow's reader dies of it, so that this is looked at in another process."""
    (tmp_path / "x.jsonl").write_text(data)
    read = "import sys; from align.reading import read_batch; print(*(b.to_pylist() for b in read_batch(sys.argv[1:])))"
    done = subprocess.run([sys.executable, "-c", read, tmp_path / "x.jsonl"], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert " 1 is not a JSON object" in done.stdout
    assert ("'id': 'a'" in done.stdout) == ('"a"' in data)


def test_an_empty_array_holds_no_document(tmp_path: Path) -> None:
    (tmp_path / "x.json").write_text("[]\n")
    assert rows(tmp_path / "x.json")[0]["problem"] == "is empty: there is no document in it"


def test_an_array_in_another_encoding(tmp_path: Path) -> None:
    texts = ["これは表です。ソースを見てください。", "昨日は雨が降りましたが、今日は晴れています。"]
    records = [{"id": number, "text": text} for number, text in enumerate(texts)]
    (tmp_path / "x.json").write_bytes(json.dumps(records, indent=1, ensure_ascii=False).encode("shift_jis"))
    found = rows(tmp_path / "x.json")
    assert [row["text"] for row in found] == texts
    assert all(row["warning"].startswith("not UTF-8: read as ") for row in found)


def test_an_array_is_read_a_part_at_a_time() -> None:
    """A reader that waited for the end would never come to the first value of an endless array."""

    class Endless(io.RawIOBase):
        def readable(self) -> bool:
            return True

        def readinto(self, buffer: Any) -> int:
            part = (b'[{"id": 1},\n' + b'{"id": 2},\n' * 99)[: len(buffer)]
            buffer[: len(part)] = part
            return len(part)

    found = json_rows(io.BufferedReader(Endless()), ReadOptions())
    assert found.array
    assert found.stream.readline() == b'{"id": 1}\n'


# ---- fields inside others ------------------------------------------------------------------------------------------


def test_fields_inside_others(tmp_path: Path) -> None:
    records = [
        {"meta": {"id": n, "lang": "de", "url": f"https://x.org/{n}"}, "data": {"text": f"Text {n}"}}
        for n in range(3)
    ]
    options = {
        "text_field": "data.text",
        "id_field": "meta.id",
        "language_field": "meta.lang",
        "url_field": "meta.url",
    }
    (tmp_path / "fast.jsonl").write_text("".join(json.dumps(record) + "\n" for record in records))
    (tmp_path / "slow.jsonl").write_text("".join(json.dumps(record) + "\n" for record in records) + "{\n")
    pq.write_table(pa.Table.from_pylist(records), tmp_path / "x.parquet")
    for name in ("fast.jsonl", "slow.jsonl", "x.parquet"):
        found = rows(tmp_path / name, **options)[:3]
        assert [(row["id"], row["text"], row["language"], row["about"]) for row in found] == [
            (str(n), f"Text {n}", "de", f"https://x.org/{n}") for n in range(3)
        ], name


def test_a_name_with_a_dot_goes_before_a_field_inside(tmp_path: Path) -> None:
    (tmp_path / "x.jsonl").write_text('{"id": 1, "data.text": "flat", "data": {"text": "nested"}}\n')
    assert rows(tmp_path / "x.jsonl", text_field="data.text")[0]["text"] == "flat"
    pq.write_table(pa.table({"id": [1], "data.text": ["flat"]}), tmp_path / "x.parquet")
    assert rows(tmp_path / "x.parquet", text_field="data.text")[0]["text"] == "flat"


def test_lists_are_joined_by_line(tmp_path: Path) -> None:
    records = [
        {"id": 1, "text": ["One.", "Two."]},
        {"id": 2, "text": ["Three.", None]},
        {"id": 3, "text": []},
    ]
    (tmp_path / "x.jsonl").write_text("".join(json.dumps(record) + "\n" for record in records))
    pq.write_table(pa.Table.from_pylist(records), tmp_path / "x.parquet")
    for name in ("x.jsonl", "x.parquet"):
        found = rows(tmp_path / name)
        assert [row["text"] for row in found] == ["One.\nTwo.", "Three.", ""]
        assert found[2]["problem"]


def test_lists_of_records(tmp_path: Path) -> None:
    records = [{"id": n, "body": {"parts": [{"text": "One."}, {"text": f"{n}."}]}} for n in range(2)]
    (tmp_path / "x.jsonl").write_text("".join(json.dumps(record) + "\n" for record in records))
    pq.write_table(pa.Table.from_pylist(records), tmp_path / "x.parquet")
    for name in ("x.jsonl", "x.parquet"):
        assert [row["text"] for row in rows(tmp_path / name, text_field="body.parts.text")] == [
            "One.\n0.",
            "One.\n1.",
        ]


def test_a_missing_inner_field_is_named(tmp_path: Path) -> None:
    pq.write_table(pa.Table.from_pylist([{"id": 1, "data": {"body": "x"}}]), tmp_path / "x.parquet")
    assert (
        "has no column 'data.text' (but id, data)"
        in rows(tmp_path / "x.parquet", text_field="data.text")[0]["problem"]
    )


def test_setting_a_field_is_the_inverse_of_finding_it() -> None:
    for value, name in (
        ({"text": "x"}, "text"),
        ({"data": {"text": "x"}}, "data.text"),
        ({"data": {"text": ["x", "y"]}}, "data.text"),
        ({"data.text": "x", "data": {"text": "z"}}, "data.text"),
        ({"data": [{"text": "x"}]}, "data.text"),
    ):
        set_field(value, name, "one\ntwo")
        assert as_text(field_of(value, name)) == "one\ntwo" or as_text(value["data"]) == "one\ntwo"


@pytest.mark.parametrize("number", ["1.0", "1", '"1"', "1e0"])
def test_numbers_as_ids(tmp_path: Path, number: str) -> None:
    (tmp_path / "x.jsonl").write_text(f'{{"id": {number}, "text": "t"}}\n{{"id": 2.5, "text": "u"}}\n')
    assert [row["id"] for row in rows(tmp_path / "x.jsonl")] == ["1", "2.5"]


ANSWERS = {
    "data": {"data": RECORDS},
    "with more": {
        "status": "ok",
        "total": 2,
        "articles": RECORDS,
        "next": {"page": [{"n": 2}]},
        "ads": [{"n": 1}],
    },
    "behind another list": {
        "authors": [{"name": "x", "of": [{"text": "y"}]}],
        "tags": ["text"],
        "articles": RECORDS,
    },
}


@pytest.mark.parametrize("answer", ANSWERS)
@pytest.mark.parametrize("indent", [None, 2])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_the_list_inside_an_answer_is_read(
    tmp_path: Path, answer: str, indent: int | None, encoding: str
) -> None:
    (tmp_path / "x.json").write_text(json.dumps(ANSWERS[answer], indent=indent), encoding=encoding)
    found = rows(tmp_path / "x.json")
    assert [(row["id"], row["text"], row["line"], row["problem"]) for row in found] == [
        (record["id"], record["text"], number, None) for number, record in enumerate(RECORDS)
    ]


def test_an_answer_is_read_piece_by_piece_however_large_its_texts(tmp_path: Path) -> None:
    texts = ["first " * 500_000, "second"]
    answer = {"articles": [{"id": str(n), "body": {"text": text}} for n, text in enumerate(texts)], "end": 1}
    (tmp_path / "x.json").write_text(json.dumps(answer))
    found = rows(tmp_path / "x.json", text_field="body.text")
    assert [row["text"].strip() for row in found] == [text.strip() for text in texts]


def test_a_second_list_of_documents_is_told(tmp_path: Path) -> None:
    (tmp_path / "x.json").write_text(json.dumps({"articles": RECORDS, "archive": RECORDS}))
    found = rows(tmp_path / "x.json")
    assert [row["problem"] for row in found[:2]] == [None, None]
    assert "another list of documents, 'archive', which was not read" in found[2]["problem"]


def test_documents_with_lists_inside_stay_documents(tmp_path: Path) -> None:
    lines = [{"id": str(n), "parts": [{"text": "inner"}], "text": f"outer {n}"} for n in range(3)]
    (tmp_path / "one.json").write_text(json.dumps(lines[0]))
    (tmp_path / "many.json").write_text("".join(json.dumps(line) + "\n" for line in lines))
    assert [row["text"] for row in rows(tmp_path / "one.json")] == ["outer 0"]
    assert [row["text"] for row in rows(tmp_path / "many.json")] == ["outer 0", "outer 1", "outer 2"]
    without = [{"id": str(n), "parts": [{"text": "inner"}]} for n in range(3)]
    (tmp_path / "many.json").write_text("".join(json.dumps(line) + "\n" for line in without))
    assert all("has no text in field 'text'" in row["problem"] for row in rows(tmp_path / "many.json"))

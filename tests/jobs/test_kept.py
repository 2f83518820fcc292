"""What stays of each kind of file, and of what can be read only once."""

from __future__ import annotations

import gzip
import json
import os
import threading
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from align.dedup.options import DedupOptions
from align.errors import InputError
from align.jobs.dedup import DedupJobOptions, deduplicate
from align.reading import ReadOptions, read_batch

PASSAGE = " ".join(f"word{number}" for number in range(120))
OTHER = " ".join(f"other{number}" for number in range(60))
TEXT = f"{PASSAGE}\n{OTHER}\n{PASSAGE}"
RECORDS = [
    {"id": "a", "text": TEXT},
    {"id": "b", "text": "The second document holds words of its own, and nothing of the first one."},
    {"id": "c", "text": "The second document holds words of its own, and nothing of the first one."},
]


def kept(source: Path | str, out: Path, cut: str = "none", **options: Any) -> list[tuple[str, str]]:
    """The ids and texts of what was kept, read from the folder of kept files."""
    reading = ReadOptions(**options)
    job = DedupJobOptions(reading=reading, dedup=DedupOptions(), cut=cut, overwrite=True)  # type: ignore[arg-type]
    deduplicate([source], out, job)
    return [
        (row["id"], row["problem"] or row["text"])
        for batch in read_batch(out / "kept", options=reading)
        for row in batch.to_pylist()
    ]


STAYS = [(record["id"], record["text"]) for record in RECORDS[:2]]
CUT = [("a", f"{PASSAGE}\n{OTHER}"), STAYS[1]]


@pytest.mark.parametrize("indent", [None, 0, 2])
def test_json_arrays(tmp_path: Path, indent: int | None) -> None:
    (tmp_path / "x.json").write_text(json.dumps(RECORDS, indent=indent))
    assert kept(tmp_path / "x.json", tmp_path / "out") == STAYS
    assert json.loads((tmp_path / "out/kept/x.json").read_text()) == RECORDS[:2]
    assert kept(tmp_path / "x.json", tmp_path / "out", "repeats") == CUT


def test_nested_fields(tmp_path: Path) -> None:
    records = [{"id": r["id"], "data": {"text": r["text"].split("\n"), "more": 1}} for r in RECORDS]
    (tmp_path / "x.jsonl").write_text("".join(json.dumps(record) + ",\n" for record in records))
    pq.write_table(pa.Table.from_pylist(records), tmp_path / "x.parquet")
    for name in ("x.jsonl", "x.parquet"):
        for cut, expected in (("none", STAYS), ("repeats", CUT)):
            assert kept(tmp_path / name, tmp_path / "out", cut, text_field="data.text") == expected
    assert pq.read_table(tmp_path / "out/kept/x.parquet").to_pylist()[0]["data"] == {
        "text": [PASSAGE, OTHER],
        "more": 1,
    }


@pytest.mark.parametrize("name", ["x.parquet", "x.arrow", "x.stream", "x.parquet.gz"])
@pytest.mark.parametrize("kind", [pa.string(), pa.string_view(), pa.dictionary(pa.int32(), pa.string())])
def test_tables(tmp_path: Path, name: str, kind: pa.DataType) -> None:
    table = pa.Table.from_pylist(RECORDS)
    table = table.set_column(1, "text", table["text"].cast(kind)).append_column("note", [["x", "y", "z"]])
    table = pa.Table.from_arrays([*table.columns, table["note"]], [*table.column_names, "note"])
    path = tmp_path / name.removesuffix(".gz")
    if "parquet" in name:
        pq.write_table(table, path)
    else:
        with (pa.ipc.new_file if name == "x.arrow" else pa.ipc.new_stream)(path, table.schema) as out:
            out.write_table(table)
    if name.endswith(".gz"):
        path = path.rename(tmp_path / "in")
        (tmp_path / name).write_bytes(gzip.compress(path.read_bytes()))
    assert kept(tmp_path / name, tmp_path / "out") == STAYS
    assert kept(tmp_path / name, tmp_path / "out", "repeats") == CUT


def test_subtitles_and_archives(tmp_path: Path) -> None:
    cues = "".join(
        f"{n}\n00:00:0{n},000 --> 00:00:0{n},500\n{line}\n\n" for n, line in enumerate(TEXT.split("\n"), 1)
    )
    (tmp_path / "x.srt").write_text(cues)
    assert kept(tmp_path / "x.srt", tmp_path / "out") == [("x.srt", TEXT)]
    assert (tmp_path / "out/kept/x.srt").read_text() == cues
    assert kept(tmp_path / "x.srt", tmp_path / "out", "repeats") == [("x.srt.txt", CUT[0][1])]
    archive = "".join(
        f"WARC/1.0\r\nWARC-Type: conversion\r\nWARC-Target-URI: http://x.org/{r['id']}\r\n"
        "WARC-Date: 2024-01-01T00:00:00Z\r\n"
        f"Content-Type: text/plain\r\nContent-Length: {len(r['text'])}\r\n\r\n{r['text']}\r\n\r\n"
        for r in RECORDS
    )
    (tmp_path / "x.wet.gz").write_bytes(gzip.compress(archive.encode()))
    for cut, expected in (("none", STAYS), ("repeats", CUT)):
        named = [(f"http://x.org/{id} 2024-01-01T00:00:00Z", text) for id, text in expected]
        assert kept(tmp_path / "x.wet.gz", tmp_path / "out", cut) == named


@pytest.mark.parametrize(
    "data", [json.dumps(RECORDS).encode(), "".join(json.dumps(r) + "\n" for r in RECORDS).encode()]
)
def test_a_pipe_is_read_once(tmp_path: Path, data: bytes) -> None:
    pipe = tmp_path / "batch"
    os.mkfifo(pipe)
    feeder = threading.Thread(target=lambda: pipe.write_bytes(gzip.compress(data)), daemon=True)
    feeder.start()
    assert kept(pipe, tmp_path / "out") == STAYS
    feeder.join(10)
    assert [path.name for path in (tmp_path / "out/kept").iterdir()] == ["batch.jsonl"]
    assert f"a\t{pipe}:1\t" in (tmp_path / "out/documents.tsv").read_text()


def test_rows_written_are_compared_with_rows_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "x.jsonl"
    lines = [json.dumps(record) + "\n" for record in RECORDS]
    path.write_text("".join(lines))
    from align.corpus import kept as module

    def changed(*arguments: Any) -> str:
        path.write_text(lines[0])
        return rewrite(*arguments)

    rewrite = module.rewrite
    monkeypatch.setattr(module, "rewrite", changed)
    with pytest.raises(
        InputError, match=r"changed while it was read \(1 of 2 documents found again\); run again"
    ):
        kept(path, tmp_path / "out")

"""What a hostile or a broken file may cost: memory, time, and never the rest of the batch."""

from __future__ import annotations

import bz2
import gzip
import json
import lzma
import time
import tracemalloc
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from align.reading import ReadOptions, read_batch


def rows(path: Path, **options: Any) -> list[dict[str, Any]]:
    return [row for batch in read_batch([path], options=ReadOptions(**options)) for row in batch.to_pylist()]


def test_a_cell_that_unfolds_from_little(tmp_path: Path) -> None:
    """200 MB in one cell of 0.2 MB of gzip, behind which the table goes on."""
    with gzip.open(tmp_path / "x.csv.gz", "wb", 9) as out:
        out.write(b'id,text\na,one\nb,"')
        for _ in range(200):
            out.write(b"x" * (1 << 20))
        out.write(b'"\nc,three\n')
    tracemalloc.start()
    found = rows(tmp_path / "x.csv.gz", max_bytes=4 << 20)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert [row["text"] for row in found] == ["one", "", "three"]
    assert found[1]["problem"].startswith(
        "row 2 cannot be read (a line is longer than 4 MB; split it, or raise"
    )
    assert peak < 60 << 20


def test_a_text_that_unfolds_from_little(tmp_path: Path) -> None:
    for name, packed in (
        ("x.txt.gz", gzip.compress),
        ("y.txt.bz2", bz2.compress),
        ("z.txt.xz", lzma.compress),
    ):
        (tmp_path / name).write_bytes(packed(b"word " * (10 << 20)))
    assert {row["problem"] for row in rows(tmp_path, max_bytes=1 << 20)} == {
        "is larger than 1 MB; split it, or raise --max-document"
    }


def test_a_quote_that_is_left_open_says_how_much_it_swallows(tmp_path: Path) -> None:
    lines = [f'{number},"Text {number}."\n' for number in range(3000)]
    lines[5] = '5,"Text 5.\n'
    (tmp_path / "x.csv").write_text("id,text\n" + "".join(lines))
    found = rows(tmp_path / "x.csv")
    assert "2 lines of the file are in it, a quote may be left open" in found[5]["problem"]
    assert sum(row["problem"] is None for row in found) == 2998
    plain = [f"{number},Text {number}.\n" for number in range(3000)]
    plain[5] = '5,"Text 5.\n'
    (tmp_path / "x.csv").write_text("id,text\n" + "".join(plain))
    found = rows(tmp_path / "x.csv")
    assert len(found) == 6
    assert "2995 lines of the file are in it, a quote may be left open" in found[5]["problem"]
    plain[-1] = '2999,Text 2999."\n'
    (tmp_path / "x.csv").write_text("id,text\n" + "".join(plain))
    assert (
        rows(tmp_path / "x.csv")[5]["warning"] == "runs over 2995 lines of the file: a quote may be left open"
    )


def test_an_endless_string_in_an_array(tmp_path: Path) -> None:
    (tmp_path / "x.json").write_bytes(b'[{"id": "a", "text": "1"}, {"id": "b", "text": "' + b"x" * (6 << 20))
    first, second = rows(tmp_path / "x.json", max_bytes=1 << 20)
    assert (first["text"], second["problem"]) == (
        "1",
        "item 2 is longer than 1 MB; split it, or raise --max-document",
    )


@pytest.mark.parametrize(
    "charset", ["undefined", "punycode", "idna", "utf-7", "unicode_escape", "utf-16", "hex", "x-klingon"]
)
def test_encodings_that_pages_cannot_be_in(tmp_path: Path, charset: str) -> None:
    page = f'<html><head><meta charset="{charset}"></head><body><article>'
    (tmp_path / "x.html").write_text(
        page + "<p>Größe und Maß, ein Satz von einiger Länge.</p>" * 5, encoding="utf-8"
    )
    (row,) = rows(tmp_path / "x.html")
    assert row["text"].startswith("Größe und Maß")


def test_control_characters_in_a_text(tmp_path: Path) -> None:
    text = "A text of a few lines. " * 10
    for encoding, name in (("utf-8", "Größe"), ("cp1252", "Größe über alles, ähnlich schön")):
        (tmp_path / "x.txt").write_bytes((text + "\x01\x02\x03" * 3 + name).encode(encoding))
        (row,) = rows(tmp_path)
        assert row["problem"] is None
        assert row["text"].endswith(name)
    (tmp_path / "x.txt").write_bytes(bytes(range(256)) * 20)
    assert "binary file" in rows(tmp_path)[0]["problem"]


def test_zstd_behind_a_skippable_frame_and_gzip_inside_gzip(tmp_path: Path) -> None:
    line = json.dumps({"id": "a", "text": "one"}).encode()
    packed = pa.compress(line, codec="zstd", asbytes=True)
    (tmp_path / "x.jsonl.zst").write_bytes(b"\x50\x2a\x4d\x18\x04\x00\x00\x00abcd" + packed)
    (tmp_path / "y.jsonl.gz").write_bytes(gzip.compress(gzip.compress(line.replace(b'"a"', b'"b"'))))
    assert [(row["id"], row["text"]) for row in rows(tmp_path)] == [("a", "one"), ("b", "one")]


def test_what_nobody_foresaw_is_the_failure_of_one_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: Any) -> None:
        raise ArithmeticError("of a kind\nnobody thought of")

    (tmp_path / "a.csv").write_text("id,text\nx,one\n")
    (tmp_path / "b.txt").write_text("Text.")
    monkeypatch.setattr("align.reading.csv.fill", broken)
    first, second = rows(tmp_path)
    assert first["problem"].startswith("cannot be read: ArithmeticError: of a kind nobody thought of; ")
    assert second["text"] == "Text."


def test_many_files_come_in_few_batches(tmp_path: Path) -> None:
    """A batch for each file is what made the rate fall: the work of a batch is the same for one row."""
    for number in range(600):
        (tmp_path / f"{number:03}.txt").write_text(f"Text {number}.")
    (tmp_path / "300.txt").write_bytes(b"")
    (tmp_path / "400.jsonl").write_text('{"id": "x", "text": "t"}\n')
    batches = list(read_batch(tmp_path))
    assert len(batches) < 8
    ids = [id for batch in batches for id in batch["id"].to_pylist()]
    assert ids[:2] == ["000.txt", "001.txt"]
    assert ids[400:402] == ["x", "400.txt"] or ids[400:402] == ["400.txt", "x"]
    assert sum(batch["problem"].is_valid().to_pylist().count(True) for batch in batches) == 1


def test_pages_whose_main_text_would_take_minutes(tmp_path: Path) -> None:
    sentence = "A sentence of this page that says something of its own."
    many = "".join(f"<p>{sentence} {number}</p>" for number in range(60_000))
    wide = "<p " + " ".join(f'a{number}="x"' for number in range(200_000)) + f">{sentence}</p>"
    for name, body in (("many", many), ("wide", wide)):
        (tmp_path / f"{name}.html").write_text(f"<html><body><article>{body}</article></body></html>")
    start = time.process_time()
    found = {row["id"]: row for row in rows(tmp_path)}
    assert time.process_time() - start < 20  # one or two; without a bound the second takes minutes
    assert found["wide.html"]["text"] == sentence
    assert found["many.html"]["text"].endswith(f"{sentence} 59999")
    assert found["many.html"]["warning"] == "holds more than 50,000 tags: read whole, not its main text alone"

"""The deduplication job: what stays, in every format, and what is said of the rest."""

from __future__ import annotations

import csv
import gzip
import json
import os
import random
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from align._internal.tables import read_table
from align.corpus.folder import CorpusFolder, open_corpus
from align.dedup import DedupOptions
from align.errors import InputError, OutputError, SignatureError, UsageError
from align.jobs.dedup import DedupJobOptions, deduplicate
from align.jobs.run import run
from align.reading import ReadOptions, read_batch

ROOT = Path(__file__).parents[2]
TEXT = "The quick brown fox jumps over the lazy dog near the old bank of the wide river on a warm day in late June."
OTHER = "Nobody expected the third ship to leave the harbour before the storm had passed, but it was gone by noon."
BODY = [
    OTHER,
    "The harbour master wrote three letters that week, and none of them mentioned what everyone had seen at dawn.",
    "Years later a fisherman sold a brass bell to the museum, with a name on it that no register in town held.",
]
DOUBLE = "\n".join(["Title", *BODY, "Share", *BODY])
RECORDS = [
    {"id": "a", "text": TEXT, "more": [1, {"x": "é"}]},
    {"id": "b", "text": TEXT + " Indeed", "more": 2},
    {"id": "c", "text": DOUBLE, "more": None},
    {"id": "d", "text": "", "more": 4},
    {"id": "e", "text": TEXT, "more": 5},
]


def table(path: Path) -> list[dict[str, str]]:
    return list(read_table(path))


def as_jsonl(folder: Path) -> Path:
    (folder / "x.jsonl").write_text("".join(json.dumps(record) + "\n" for record in RECORDS))
    return folder / "x.jsonl"


def as_gzip(folder: Path) -> Path:
    (folder / "x.jsonl.gz").write_bytes(
        gzip.compress("".join(json.dumps(r) + "\n" for r in RECORDS).encode())
    )
    return folder / "x.jsonl.gz"


def as_zstd(folder: Path) -> Path:
    with pa.output_stream(str(folder / "x.jsonl.zst"), compression="zstd") as stream:
        stream.write("".join(json.dumps(record) + "\n" for record in RECORDS).encode())
    return folder / "x.jsonl.zst"


def as_csv(folder: Path) -> Path:
    with open(folder / "x.csv", "w", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerows([("id", "text"), *((r["id"], r["text"]) for r in RECORDS)])
    return folder / "x.csv"


def as_utf16(folder: Path) -> Path:
    with open(folder / "x.csv", "w", newline="", encoding="utf-16") as stream:
        writer = csv.writer(stream, delimiter=";")
        writer.writerows([("id", "text"), *((r["id"], r["text"]) for r in RECORDS)])
    return folder / "x.csv"


def as_old_macintosh(folder: Path) -> Path:
    (folder / "x.jsonl").write_bytes("".join(json.dumps(record) + "\r" for record in RECORDS).encode())
    return folder / "x.jsonl"


def as_parquet(folder: Path) -> Path:
    columns: dict[str, Any] = {name: [record[name] for record in RECORDS] for name in ("id", "text")}
    pq.write_table(pa.table(columns), folder / "x.parquet")
    return folder / "x.parquet"


def as_folder(folder: Path) -> Path:
    (folder / "in" / "deep").mkdir(parents=True)
    for record in RECORDS:
        (folder / "in" / "deep" / str(record["id"])).write_text(str(record["text"]))
    return folder / "in"


@pytest.mark.parametrize(
    "source", [as_jsonl, as_gzip, as_zstd, as_csv, as_utf16, as_old_macintosh, as_parquet, as_folder]
)
@pytest.mark.parametrize("cut", ["none", "repeats"])
def test_what_stays_comes_in_the_format_it_came_in(
    tmp_path: Path, source: Callable[[Path], Path], cut: Any
) -> None:
    path, out = source(tmp_path), tmp_path / "out"
    result = deduplicate([path], out, DedupJobOptions(cut=cut))
    assert (
        result.summary | {"documents": 5, "kept": 2, "near": 2, "identical": 0, "failed": 1} == result.summary
    )
    kept = {
        Path(row["id"]).name: row["text"]
        for batch in read_batch([out / "kept" / (path.name if path.is_file() else "")])
        for row in batch.to_pylist()
    }
    assert list(kept) == ["b", "c"]
    lines = DOUBLE.split("\n")
    assert kept["c"] == (DOUBLE if cut == "none" else "\n".join(lines[:5]))
    assert [row["action"] for row in table(out / "repeats.tsv")] == ["cut" if cut == "repeats" else "listed"]


def test_rows_that_stay_are_untouched(tmp_path: Path) -> None:
    path = as_jsonl(tmp_path)
    deduplicate([path], tmp_path / "out", DedupJobOptions())
    before = path.read_text().splitlines()
    assert (tmp_path / "out" / "kept" / "x.jsonl").read_text().splitlines() == [before[1], before[2]]


def test_a_cut_row_keeps_the_encoding_it_was_read_in(tmp_path: Path) -> None:
    """A row that loses a passage is written in UTF-8, and as it was read: in the encoding of the whole file."""
    lines = [line + " Zażółć gęślą jaźń, a źrebię śpi na łące." for line in BODY]
    text, cut = "\n".join(["Gęś", *lines, "Łódź", *lines]), "\n".join(["Gęś", *lines, "Łódź"])
    rows = [{"id": "a", "text": text}, {"id": "b", "text": "Książka i źrebię."}]
    (tmp_path / "x.jsonl").write_bytes(
        "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows).encode("cp1250")
    )
    deduplicate([tmp_path / "x.jsonl"], tmp_path / "out", DedupJobOptions(cut="repeats"))
    kept = (tmp_path / "out" / "kept" / "x.jsonl").read_bytes().splitlines()
    assert json.loads(kept[0].decode("utf-8"))["text"] == cut
    assert kept[1] == json.dumps(rows[1], ensure_ascii=False).encode("cp1250")


def test_nothing_is_lost_and_everything_has_a_reason(tmp_path: Path) -> None:
    deduplicate([as_jsonl(tmp_path)], tmp_path / "out", DedupJobOptions())
    found = {
        row["document"]: (row["status"], row["related"], row["source"].rpartition(":")[2])
        for row in table(tmp_path / "out/documents.tsv")
    }
    assert found == {
        "a": ("duplicate", "b", "1"),
        "b": ("kept", "", "2"),
        "c": ("kept", "", "3"),
        "d": ("failed", "", "4"),
        "e": ("duplicate", "b", "5"),
    }
    pairs = {(row["id1"], row["id2"]): row["kind"] for row in table(tmp_path / "out/duplicates.tsv")}
    assert pairs == {("a", "b"): "near", ("a", "e"): "identical", ("b", "e"): "near"}
    assert [row["document"] for row in table(tmp_path / "out/clusters.tsv")] == ["a", "e"]


def test_a_finished_folder_is_left_alone_another_is_refused(tmp_path: Path) -> None:
    path, out = as_jsonl(tmp_path), tmp_path / "out"
    deduplicate([path], out, DedupJobOptions())
    before = (out / "documents.tsv").stat().st_mtime_ns
    assert deduplicate([path], out, DedupJobOptions()).duplicates is None
    assert (out / "documents.tsv").stat().st_mtime_ns == before
    with pytest.raises(SignatureError, match=r"threshold 0\.7, asked for is 0\.9"):
        deduplicate([path], out, DedupJobOptions(dedup=DedupOptions(threshold=0.9)))
    path.write_text('{"id": "z", "text": "other words"}\n')
    with pytest.raises(SignatureError, match="other documents"):
        deduplicate([path], out, DedupJobOptions())
    deduplicate([path], out, DedupJobOptions(overwrite=True))
    assert [row["document"] for row in table(out / "documents.tsv")] == ["z"]


def test_a_job_that_was_killed_is_done_again(tmp_path: Path) -> None:
    path, out = as_jsonl(tmp_path), tmp_path / "out"
    deduplicate([path], out, DedupJobOptions())
    record = json.loads((out / "run.json").read_text())
    (out / "run.json").write_text(json.dumps(record | {"finished": False}))
    (out / "clusters.tsv").unlink()
    assert deduplicate([path], out, DedupJobOptions()).duplicates is not None
    assert (out / "clusters.tsv").exists()


@pytest.mark.parametrize("name", ["kept/x.jsonl", "repeats.tsv", "documents.tsv"])
def test_what_went_missing_is_made_again(tmp_path: Path, name: str) -> None:
    path, out = as_jsonl(tmp_path), tmp_path / "out"
    deduplicate([path], out, DedupJobOptions())
    before = {file: file.read_bytes() for file in out.rglob("*") if file.is_file()}
    (out / name).unlink()
    assert deduplicate([path], out, DedupJobOptions()).duplicates is not None
    assert {file: file.read_bytes() for file in out.rglob("*") if file.is_file()} == before
    assert deduplicate([path], out, DedupJobOptions()).duplicates is None


@pytest.mark.slow
def test_two_processes_do_not_write_one_folder(tmp_path: Path) -> None:
    """The second is refused while the first still reads; what is there in the end is whole and the first one's."""
    out = tmp_path / "out"
    command = [sys.executable, "-m", "align", "dedup", "-o", out, "--overwrite"]
    first = subprocess.Popen(
        [*command, "-"], stdin=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=ROOT
    )
    deadline = time.monotonic() + 60
    while not (out / ".lock").exists() and time.monotonic() < deadline:
        time.sleep(0.01)
    second = subprocess.run([*command, as_jsonl(tmp_path)], capture_output=True, text=True, cwd=ROOT)
    said = first.communicate('{"id": "z", "text": "other words"}\n', timeout=60)[1]
    assert (first.returncode, second.returncode) == (0, 1), said
    assert "is writing into it; wait, or choose another -o" in second.stderr
    assert [row["document"] for row in table(out / "documents.tsv")] == ["z"]
    assert [path.name for path in (out / "kept").iterdir()] == ["stdin.jsonl"]


def test_a_run_is_told_from_a_deduplication(tmp_path: Path) -> None:
    path, out = as_jsonl(tmp_path), tmp_path / "out"
    deduplicate([path], out, DedupJobOptions())
    with pytest.raises(OutputError, match="holds what align dedup wrote"):
        run([path], out)
    folder = open_corpus(out)
    assert (folder.job, folder.finished, folder.pairs) == ("dedup", True, [])
    assert [entry.document for entry in folder.documents if entry.status == "kept"] == ["b", "c"]
    assert (
        f"CorpusFolder('{out}', align dedup, finished; 5 documents; 2 kept, 2 near, 1 failed; 3 pairs)"
        in repr(folder)
    )
    with pytest.raises(InputError, match="holds what align dedup wrote; name a folder given to align run -o"):
        CorpusFolder(out, job="run")


def test_foreign_folders_are_refused(tmp_path: Path) -> None:
    (tmp_path / "note.txt").write_text("mine")
    with pytest.raises(OutputError, match=r"holds other files \(note\.txt\)"):
        deduplicate([tmp_path / "note.txt"], tmp_path, DedupJobOptions())
    with pytest.raises(OutputError, match="is a file"):
        deduplicate([tmp_path / "note.txt"], tmp_path / "note.txt", DedupJobOptions())


def test_overwriting_spares_what_is_no_jobs(tmp_path: Path) -> None:
    (tmp_path / "out" / "kept").mkdir(parents=True)
    (tmp_path / "out" / "kept" / "letters.txt").write_text("mine")
    with pytest.raises(OutputError, match=r"holds kept but no run \(no run\.json\)"):
        deduplicate([as_jsonl(tmp_path)], tmp_path / "out", DedupJobOptions(overwrite=True))
    assert (tmp_path / "out" / "kept" / "letters.txt").read_text() == "mine"


def test_output_inside_the_input_is_not_read(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text(TEXT)
    options = DedupJobOptions(index=str(tmp_path / "index"))
    assert deduplicate([tmp_path], tmp_path / "out", options).summary["documents"] == 1
    assert deduplicate([tmp_path], tmp_path / "out", options).duplicates is None


def test_files_of_one_name_are_all_kept(tmp_path: Path) -> None:
    for name, record in (("one", RECORDS[0]), ("two", RECORDS[2]), ("Three", {"id": "z", "text": OTHER})):
        (tmp_path / name).mkdir()
        (tmp_path / name / "x.jsonl").write_text(json.dumps(record) + "\n")
    deduplicate(sorted(tmp_path.glob("*/x.jsonl")), tmp_path / "out", DedupJobOptions())
    found = sorted((tmp_path / "out" / "kept").rglob("*.jsonl"))
    kept = {path.parent.name: json.loads(path.read_text())["id"] for path in found}
    assert kept == {"Three": "z", "one": "a", "two": "c"}


@pytest.mark.parametrize("name", ["x.jsonl.gz", "x.csv.gz"])
def test_what_a_truncated_source_still_has_is_kept(tmp_path: Path, name: str) -> None:
    texts = [random.Random(number).randbytes(100).hex() for number in range(300)]
    lines = [f'{{"id": "{number}", "text": "{text}"}}\n' for number, text in enumerate(texts)]
    if "csv" in name:
        lines = ["id,text\n", *(f"{number},{text}\n" for number, text in enumerate(texts))]
    (tmp_path / name).write_bytes(gzip.compress("".join(lines).encode())[:-2000])
    result = deduplicate([tmp_path / name], tmp_path / "out", DedupJobOptions())
    kept = gzip.decompress((tmp_path / "out" / "kept" / name).read_bytes()).decode().splitlines()
    assert result.summary["failed"] == 1
    assert result.summary["kept"] > 200
    assert kept == "".join(lines).splitlines()[: len(kept)]


def test_names_that_are_no_utf8_are_kept(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    for name, text in ((b"x\xff.txt", TEXT), (b"x\xfe.txt", OTHER)):
        with open(os.fsencode(tmp_path / "in") + b"/" + name, "w") as stream:
            stream.write(text)
    deduplicate([tmp_path / "in"], tmp_path / "out", DedupJobOptions())
    kept = {path.name: path.read_text() for path in (tmp_path / "out" / "kept").iterdir()}
    assert kept == {r"x\xff.txt": TEXT, r"x\xfe.txt": OTHER}


def test_the_same_input_gives_the_same_bytes(tmp_path: Path) -> None:
    path = as_gzip(tmp_path)
    for name in ("one", "two"):
        deduplicate([path], tmp_path / name, DedupJobOptions(cut="repeats"))
    files = [p.relative_to(tmp_path / "one") for p in (tmp_path / "one").rglob("*") if p.is_file()]
    assert len(files) >= 6
    for file in files:
        assert (tmp_path / "one" / file).read_bytes() == (tmp_path / "two" / file).read_bytes()


def test_boilerplate_is_cut(tmp_path: Path) -> None:
    words = ["alpha", "beta", "gamma", "delta", "epsilon", "zeta"]
    foot = "All rights reserved, no part of this page may be copied without the consent of the owner {n}"
    for n, word in enumerate(words):
        body = "\n".join(
            f"{word} {word}{i} is said of {word}s in the {i}th chapter of {word} book" for i in range(6)
        )
        (tmp_path / f"{word}.txt").write_text(f"Home\nNews\n{body}\n{foot.format(n=n)}\nShare")
    options = DedupJobOptions(dedup=DedupOptions(boilerplate=4), cut="boilerplate")
    deduplicate([tmp_path], tmp_path / "../out", options)
    kept = (tmp_path / "../out/kept/beta.txt").read_text()
    assert kept.startswith("beta beta0")
    assert kept.endswith("beta book")
    assert {row["action"] for row in table(tmp_path / "../out/boilerplate.tsv")} == {"cut"}


def test_cuts_that_nothing_is_looked_for_are_refused() -> None:
    with pytest.raises(UsageError, match="boilerplate"):
        DedupJobOptions(cut="boilerplate")
    with pytest.raises(UsageError, match="repeats"):
        DedupJobOptions(cut="repeats", dedup=DedupOptions(repeats=False))


@pytest.mark.parametrize("name", ["documents.tsv", "duplicates.tsv", "x.jsonl"])
def test_a_full_disk_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    real = os.replace

    def full(source: Any, target: Any) -> None:
        if Path(target).name == name:
            raise OSError(28, "No space left on device")
        real(source, target)

    path = as_jsonl(tmp_path)
    monkeypatch.setattr(os, "replace", full)
    with pytest.raises(OutputError, match=rf"{name}: cannot be written \(No space left on device\)"):
        deduplicate([path], tmp_path / "out", DedupJobOptions())
    monkeypatch.undo()
    assert not list((tmp_path / "out").rglob("*.part"))
    assert deduplicate([path], tmp_path / "out", DedupJobOptions()).summary["kept"] == 2


def test_two_ids_alike(tmp_path: Path) -> None:
    (tmp_path / "x.jsonl").write_text('{"id": "a", "text": "one two"}\n{"id": "a", "text": "three four"}\n')
    result = deduplicate([tmp_path / "x.jsonl"], tmp_path / "out", DedupJobOptions(reading=ReadOptions()))
    assert result.summary["failed"] == 1
    assert [row["status"] for row in table(tmp_path / "out/documents.tsv")] == ["kept", "failed"]
    assert (tmp_path / "out/kept/x.jsonl").read_text() == '{"id": "a", "text": "one two"}\n'

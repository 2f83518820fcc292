from __future__ import annotations

import csv
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from align.document import Document, parse_position
from align.text.clean import clean
from tests.cli.conftest import ROOT, Align

pytestmark = pytest.mark.slow  # every test starts the command

EN, ZH, ID = "000_c526307fd2420ecf.txt", "001_d945e63c1141dd87.txt", "004_36b3aad7987ac630.txt"
PAIR = f"{EN}--{ZH}"


def table(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream, delimiter="\t"))


def contents(folder: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and not path.name.startswith(".")
    }


def test_every_document_is_accounted_for(finished: Path) -> None:
    status = {row["document"][:3]: row["status"] for row in table(finished / "documents.tsv")}
    assert status == {
        "000": "paired",
        "001": "paired",
        "002": "unpaired",
        "003": "unpaired",
        "004": "unpaired",
    }
    assert all(row["reason"] for row in table(finished / "documents.tsv") if row["status"] == "unpaired")


def test_the_one_translation_pair_is_found(finished: Path) -> None:
    (pair,) = table(finished / "pairs.tsv")
    assert list(pair)[:2] == ["source", "target"]
    assert (pair["source"], pair["target"], pair["source_language"], pair["target_language"]) == (
        EN,
        ZH,
        "en",
        "zh",
    )
    assert float(pair["probability"]) > 0.9


def test_no_duplicates_and_one_repeat(finished: Path) -> None:
    assert table(finished / "duplicates.tsv") == []
    (repeat,) = table(finished / "repeats.tsv")
    assert repeat["document"] == ID
    assert repeat["action"] == "cut"
    lines = [int(repeat[f"{which}_{end}_line"]) for which in ("first", "second") for end in ("start", "end")]
    assert lines == [1, 38, 43, 80]


@pytest.mark.parametrize("level", ["paragraph", "sentence"])
def test_every_unit_is_in_exactly_one_bead(finished: Path, seeds: Path, level: str) -> None:
    rows = table(finished / "aligned" / f"{PAIR}.{level}s.tsv")
    assert list(rows[0]) == [
        "bead",
        "type",
        "source_positions",
        "target_positions",
        "confidence",
        "source",
        "target",
        "reordered",
    ]
    for side, name in (("source", EN), ("target", ZH)):
        positions = [position for row in rows for position in row[f"{side}_positions"].split()]
        assert len(positions) == len(set(positions))
        document = Document.from_text(name, clean((seeds / name).read_text("utf-8")))
        assert {parse_position(position)[0] for position in positions} == {
            p.index for p in document.paragraphs
        }
        read = "".join(row[side] for row in rows)
        assert sorted("".join(read.split())) == sorted("".join(document.text.split()))
    for row in rows:
        m, n = len(row["source_positions"].split()), len(row["target_positions"].split())
        assert row["type"] == f"{m}-{n}"
        assert 0 <= float(row["confidence"]) <= 1


def test_paragraphs_of_the_pair_answer_each_other(finished: Path) -> None:
    """Judged by reading both articles: three English headings and the Chinese page around the text answer nothing."""
    headings, offsets = {3, 15, 28}, {3: 2, 15: 1, 28: 0, 38: -1}
    expected = {
        f"p{i}": "p" + str(i + next(offset for end, offset in offsets.items() if i <= end))
        for i in set(range(38)) - headings
    }
    rows = table(finished / "aligned" / f"{PAIR}.paragraphs.tsv")
    found = {row["source_positions"]: row["target_positions"] for row in rows if row["type"] == "1-1"}
    assert found == expected
    assert {row["source_positions"] for row in rows if row["type"] == "1-0"} == {f"p{i}" for i in headings}
    assert {row["target_positions"] for row in rows if row["type"] == "0-1"} == {
        f"p{j}" for j in (0, 1, *range(37, 49))
    }


def test_the_run_says_what_it_was_made_from(finished: Path) -> None:
    info = json.loads((finished / "run.json").read_text())
    assert info["finished"] is True
    assert {"version", "inputs", "encoder", "segmenter", "weights", "threshold"} <= set(info["signature"])
    assert info["summary"] == {
        "documents": 5, "paired": 2, "unpaired": 3, "duplicate": 0, "failed": 0, "repeats": 1, "pairs": 1,
    }  # fmt: skip


def test_the_same_command_again_changes_nothing(align: Align, finished: Path, seeds: Path) -> None:
    before = contents(finished)
    result = align("run", seeds, "-o", finished)
    assert result.returncode == 0
    assert "finished already" in result.stderr
    assert contents(finished) == before


def test_another_option_is_refused_with_both_values(align: Align, finished: Path, seeds: Path) -> None:
    before = contents(finished)
    result = align("run", seeds, "-o", finished, "--threshold", "0.8")
    assert result.returncode == 1
    assert "threshold 0.7, asked for is 0.8" in result.stderr
    assert contents(finished) == before


def test_two_runs_give_the_same_bytes_in_any_order_of_the_inputs(
    align: Align, finished: Path, seeds: Path, tmp_path: Path
) -> None:
    assert align("run", seeds, "-o", tmp_path / "out").returncode == 0
    first, second = contents(finished), contents(tmp_path / "out")
    assert first == second


def test_a_killed_run_goes_on(align: Align, finished: Path, seeds: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    for wait in ("run.json", "documents.parquet", "repeats.tsv", "pairs.tsv"):
        command = [
            sys.executable,
            "-c",
            "from align.cli import main; main()",
            "run",
            str(seeds),
            "-o",
            str(out),
        ]
        process = subprocess.Popen(
            command, stderr=subprocess.DEVNULL, cwd=ROOT, env={**os.environ, "PYTHONPATH": str(ROOT)}
        )
        deadline = time.monotonic() + 60
        while not (out / wait).exists() and process.poll() is None and time.monotonic() < deadline:
            time.sleep(0.005)
        process.send_signal(signal.SIGKILL)
        process.wait()
    assert align("run", seeds, "-o", out).returncode == 0
    assert contents(out) == contents(finished)


def test_bad_documents_are_named_and_the_others_processed(align: Align, seeds: Path, tmp_path: Path) -> None:
    batch = tmp_path / "batch"
    batch.mkdir()
    for name in (EN, ZH):
        (batch / name).write_bytes((seeds / name).read_bytes())
    (batch / "empty.txt").write_bytes(b"")
    (batch / "binary.txt").write_bytes(bytes(range(256)) * 8)
    (batch / "word.txt").write_text("Halo")
    (batch / "rows.jsonl").write_text(
        '{"id": "a", "text": "One."}\n{"id": "a", "text": "Two."}\n{"id": "b", "text\n'
    )
    result = align("run", batch, "-o", tmp_path / "out")
    assert result.returncode == 1
    rows = table(tmp_path / "out" / "documents.tsv")
    failed = {row["source"].rsplit("/", 1)[-1]: row["reason"] for row in rows if row["status"] == "failed"}
    assert set(failed) == {"empty.txt", "binary.txt", "rows.jsonl:2", "rows.jsonl:3"}
    for place, reason in failed.items():
        assert any(place in line and reason in line for line in result.stderr.splitlines()), place
    assert {row["document"]: row["status"] for row in rows}["word.txt"] == "unpaired"
    assert len(table(tmp_path / "out" / "pairs.tsv")) == 1


def test_an_empty_batch_is_a_run_too(align: Align, tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    result = align("run", tmp_path / "in", "-o", tmp_path / "out")
    assert result.returncode == 1
    assert "holds no files" in result.stderr


def test_one_language_is_said_where_everybody_looks(align: Align, seeds: Path, tmp_path: Path) -> None:
    english = sorted(seeds.glob("00[023]*"))
    result = align("run", *english, "-o", tmp_path / "out", "--no-report")
    assert result.returncode == 0
    assert result.stderr.splitlines()[-1].strip() == "all documents are in one language (en)"


def test_an_output_that_cannot_be_written(align: Align, seeds: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    result = align("run", seeds, "-o", tmp_path / "file")
    assert result.returncode == 1
    assert "is a file, and a run writes several; name a folder" in result.stderr
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "thesis.doc").write_text("x")
    result = align("run", seeds, "-o", tmp_path / "other")
    assert result.returncode == 1
    assert "thesis.doc" in result.stderr
    assert [path.name for path in (tmp_path / "other").iterdir() if not path.name.startswith(".")] == [
        "thesis.doc"
    ]


def test_the_output_may_lie_inside_the_input(align: Align, seeds: Path, tmp_path: Path) -> None:
    (tmp_path / ZH).write_bytes((seeds / ZH).read_bytes())
    assert align("run", ".", "-o", "out", cwd=tmp_path).returncode == 0
    assert align("run", ".", "-o", "out", cwd=tmp_path).returncode == 0
    assert len(table(tmp_path / "out" / "documents.tsv")) == 1


def test_a_dry_run_writes_nothing(align: Align, seeds: Path, tmp_path: Path) -> None:
    result = align("run", seeds, "-o", tmp_path / "out", "--dry-run")
    assert result.returncode == 0
    assert result.stdout.count("\n") == 6
    assert not (tmp_path / "out").exists()


def test_wrong_usage_is_2(align: Align, seeds: Path) -> None:
    assert align("run", seeds).returncode == 2
    assert align("run", "-o", "x").returncode == 2
    assert align("walk").returncode == 2


def test_several_workers_give_the_same_bytes(align: Align, tmp_path: Path) -> None:
    subjects = ["rain", "bread", "music", "the sea", "a long journey", "winter", "old books", "the market"]
    words = ["Regen", "Brot", "Musik", "das Meer", "eine lange Reise", "Winter", "alte Bücher", "der Markt"]
    batch = tmp_path / "batch"
    batch.mkdir()
    for number, (english, german) in enumerate(zip(subjects * 2, words * 2, strict=True)):
        day = 3 * number + 2
        (batch / f"{number:02}.en.txt").write_text(
            f"On day {day} we wrote about {english}.\nNobody had expected {english} in room {day * 7}.\n"
            f"The report of {day * 31} pages says more about it.\n"
        )
        (batch / f"{number:02}.de.txt").write_text(
            f"Am Tag {day} schrieben wir über {german}.\nNiemand hatte {german} im Zimmer {day * 7} erwartet.\n"
            f"Der Bericht von {day * 31} Seiten sagt mehr darüber.\n"
        )
    given = tmp_path / "given.tsv"
    given.write_text("".join(f"{number:02}.de.txt\t{number:02}.en.txt\n" for number in range(16)))
    options = ("--given", given, "--no-report")
    for workers in ("1", "2"):
        result = align("run", batch, "-o", tmp_path / workers, "--workers", workers, *options)
        assert result.returncode == 0, result.stderr
    assert contents(tmp_path / "1") == contents(tmp_path / "2")
    assert len(list((tmp_path / "2" / "aligned").iterdir())) >= 32


def test_a_mistyped_path_does_not_stand_in_the_way(align: Align, seeds: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    assert align("run", tmp_path / "sedes", "-o", out, "--no-report").returncode == 2
    assert not out.exists()
    assert align("run", next(seeds.glob("001*")), "-o", out, "--no-report").returncode == 0
    assert [row["status"] for row in table(out / "documents.tsv")] == ["unpaired"]


def test_what_is_not_there_ends_a_run_before_it_begins(align: Align, tmp_path: Path, seeds: Path) -> None:
    for missing in ("nosuch", "*.nosuch"):
        done = align("run", seeds, tmp_path / missing, "-o", tmp_path / "out")
        assert (done.returncode, done.stdout) == (2, "")
        (line,) = done.stderr.splitlines()
        assert line.startswith(f"align: {tmp_path / missing}: does not exist; check the path")
    assert not (tmp_path / "out").exists()


def test_a_mistyped_command_is_answered_with_the_one_that_was_meant(align: Align) -> None:
    done = align("rnu", "seeds", "-o", "out")
    assert done.returncode == 2
    assert done.stderr.splitlines()[-1] == "Error: No such command 'rnu'. Did you mean run?"
    assert align("nothing-like-it").stderr.splitlines()[-1] == "Error: No such command 'nothing-like-it'."


def test_the_last_lines_say_what_there_is_and_what_to_do_now(
    align: Align, finished: Path, seeds: Path
) -> None:
    done = align("run", seeds, "-o", finished)
    lines = dict(line.strip().split("  ", 1) for line in done.stderr.splitlines() if line.strip().count("  "))
    said = {name: value.strip() for name, value in lines.items()}
    assert " doubtful" in said["beads"]
    assert said["report"] == str(finished / "report" / "index.html")
    assert said["next"].endswith(f"align export {finished} -o corpus.tsv")

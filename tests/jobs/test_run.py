"""The main job from Python: what stays the same however often it was interrupted, and what it costs."""

from __future__ import annotations

import errno
import json
import os
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from align.alignment import aligner
from align.alignment.options import AlignOptions
from align.alignment.result import Alignment
from align.corpus.prepare import CorpusWriter
from align.dedup import DedupOptions
from align.document import Document
from align.errors import EncoderError, OutputError, SignatureError, UsageError
from align.formats import beads
from align.jobs.run import RunOptions, run
from align.pairing import PairOptions
from align.reading import ReadOptions

_ALIGN = aligner.align_documents
PAIRS = tuple((f"{number}.de.txt", f"{number}.en.txt") for number in range(6))
OPTIONS = RunOptions(pairing=PairOptions(given=PAIRS))


@pytest.fixture
def batch(tmp_path: Path) -> Path:
    folder = tmp_path / "batch"
    folder.mkdir()
    for number in range(len(PAIRS)):
        day = 3 * number + 2
        (folder / f"{number}.en.txt").write_text(f"On day {day} we wrote about rain.\nNobody came.\n")
        (folder / f"{number}.de.txt").write_text(f"Am Tag {day} schrieben wir über Regen.\nNiemand kam.\n")
    return folder


class Aligner:
    """The aligner with a warning for each pair; interrupted once at the n-th call."""

    def __init__(self, stop: int = 0) -> None:
        self.calls, self.stop = 0, stop

    def __call__(self, source: Document, target: Document, **options: Any) -> Alignment:
        self.calls += 1
        if self.calls == self.stop:
            raise KeyboardInterrupt
        found = _ALIGN(source, target, **options)
        return replace(found, warnings=(f"look at {source.id}", "a warning that all have"))


class Writer:
    """Writes bead files, two for each pair; interrupted once when the n-th is there."""

    def __init__(self, stop: int) -> None:
        self.calls, self.stop, self.write = 0, stop, beads.write_tsv

    def __call__(self, path: Path, rows: Iterable[beads.BeadRow]) -> None:
        self.write(path, rows)
        self.calls += 1
        if self.calls == self.stop:
            raise KeyboardInterrupt


def contents(folder: Path) -> dict[str, bytes]:
    return {str(p.relative_to(folder)): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()}


@pytest.mark.slow
@pytest.mark.parametrize(("stop", "left"), [("before its alignment", 3), ("behind its files", 2)])
def test_an_interrupted_run_keeps_its_warnings(
    batch: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, stop: str, left: int
) -> None:
    """Interrupted at the fourth pair."""
    options = OPTIONS
    monkeypatch.setattr(aligner, "align_documents", Aligner())
    run([batch], tmp_path / "whole", options=options)
    broken = tmp_path / "broken"
    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        if stop == "before its alignment":
            patch.setattr(aligner, "align_documents", Aligner(stop=4))
        else:
            patch.setattr(beads, "write_tsv", Writer(stop=8))
        run([batch], broken, options=options)
    second = Aligner()
    monkeypatch.setattr(aligner, "align_documents", second)
    run([batch], broken, options=options)
    assert second.calls == left, "pairs that were done are not done again"
    assert contents(broken) == contents(tmp_path / "whole")
    warnings = json.loads((broken / "run.json").read_text("utf-8"))["warnings"]
    assert [entry["warning"] for entry in warnings[::2]] == [f"look at {source}" for source, _ in PAIRS]
    assert warnings[-1] == {"about": "5.de.txt and 5.en.txt", "warning": "a warning that all have"}


def test_run_json_is_not_written_for_every_warning(
    batch: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Writing it anew for each pair made the cost grow with the square of the pairs."""
    written = []
    write = CorpusWriter.write
    monkeypatch.setattr(CorpusWriter, "write", lambda *a, **k: (written.append(k), write(*a, **k)))
    monkeypatch.setattr(aligner, "align_documents", Aligner())
    run([batch], tmp_path / "out", options=OPTIONS)
    assert len(written) == 3  # what it is to be made from; what pairing found; the end


def test_every_step_says_how_far_it_is(batch: Path, tmp_path: Path) -> None:
    told: dict[str, list[tuple[int, int]]] = {}

    def tell(step: str, done: int, total: int) -> None:
        told.setdefault(step, []).append((done, total))

    run([batch], tmp_path / "out", options=OPTIONS, progress=tell)
    assert list(told)[:3] == ["reading", "finding duplicates", "detecting languages"]
    assert {"finding translations: encoding", "finding translations: comparing"} <= set(told)
    assert list(told)[-1] == "aligning"
    assert told["aligning"] == [(done, 6) for done in range(7)]
    for step, counts in told.items():
        assert counts == sorted(counts), step
        assert counts[-1] == ((12, 0) if step == "reading" else (counts[-1][1],) * 2), step


def test_a_bead_file_that_went_missing_is_made_again(
    batch: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(aligner, "align_documents", Aligner())
    out, options = tmp_path / "out", OPTIONS
    assert not run([batch], out, options=options).unchanged
    before = contents(out)
    (out / "aligned" / "2.de.txt--2.en.txt.sentences.tsv").unlink()
    again = Aligner()
    monkeypatch.setattr(aligner, "align_documents", again)
    assert not run([batch], out, options=options).unchanged
    assert again.calls == 1
    assert contents(out) == before
    assert run([batch], out, options=options).unchanged


@pytest.mark.slow
@pytest.mark.parametrize("name", ["clusters.tsv", "documents.tsv", "documents.parquet", "pairs.tsv"])
def test_a_table_that_went_missing_is_made_again(
    batch: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    """With all that was known of the pairs, which are not aligned again."""
    monkeypatch.setattr(aligner, "align_documents", Aligner())
    out = tmp_path / "out"
    run([batch], out, options=OPTIONS)
    before = contents(out)
    (out / name).unlink()
    again = Aligner()
    monkeypatch.setattr(aligner, "align_documents", again)
    assert not run([batch], out, options=OPTIONS).unchanged
    assert again.calls == 0
    assert contents(out) == before
    assert run([batch], out, options=OPTIONS).unchanged


def test_a_finished_run_does_not_try_again_what_cannot_be_aligned(
    batch: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(source: Document, target: Document, **options: Any) -> Alignment:
        if source.id.startswith("3"):
            raise EncoderError("vectors that are no numbers")
        return _ALIGN(source, target, **options)

    monkeypatch.setattr(aligner, "align_documents", refuse)
    out, options = tmp_path / "out", OPTIONS
    result = run([batch], out, options=options)
    assert {entry.document for entry in result.failed} == {"3.de.txt", "3.en.txt"}
    again = run([batch], out, options=options)
    assert again.unchanged
    assert again.failed == result.failed


def test_a_disk_that_is_full_while_reading(
    batch: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(self: object, rows: object, *_: object) -> None:
        raise OSError(errno.ENOSPC, "Error writing bytes to file")

    with monkeypatch.context() as patch:
        patch.setattr("pyarrow.parquet.ParquetWriter.write_table", full)
        with pytest.raises(OutputError, match="make room and run again"):
            run([batch], tmp_path / "out", options=OPTIONS)
    assert [path.name for path in (tmp_path / "out").iterdir()] == [".lock"]
    assert not run([batch], tmp_path / "out", options=OPTIONS).continued


def test_other_options_are_refused_before_anything_is_read(
    batch: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run([batch], tmp_path / "out", options=OPTIONS)
    monkeypatch.setattr("align.reading.read_batch", lambda *_, **__: pytest.fail("was read"))
    with pytest.raises(SignatureError, match=r"containment none, asked for is 0\.8"):
        run([batch], tmp_path / "out", options=replace(OPTIONS, dedup=DedupOptions(containment=0.8)))


def test_a_stage_does_what_it_is_told(tmp_path: Path) -> None:
    words = " ".join(f"word{number}" for number in range(60))
    rows = [
        {"id": "whole", "text": f"{words} and {words[::-1]}", "date": "2020"},
        {"id": "part", "text": words, "date": "2020"},
        {"id": "old", "text": words[::-1], "date": "2019"},
        {"id": "new", "text": words[::-1] + " x", "date": "2021"},
    ]
    (tmp_path / "x.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    found = {}
    for name, options in {
        "plain": RunOptions(),
        "containment": RunOptions(dedup=DedupOptions(containment=0.8)),
        "newest": RunOptions(dedup=DedupOptions(keep="newest"), reading=ReadOptions(prefer="date")),
    }.items():
        result = run([tmp_path / "x.jsonl"], tmp_path / name, options=options)
        found[name] = {entry.document: entry.reason for entry in result.with_status("duplicate")}
    assert found == {
        "plain": {"old": "near"},
        "containment": {"part": "contained", "old": "contained", "new": "contained"},
        "newest": {"old": "near"},
    }


def test_boilerplate_is_left_out_of_what_follows(tmp_path: Path) -> None:
    """Where it is paragraphs of its own; what is part of one stays, and the table says so."""
    foot = "All rights reserved, no part of this page may be copied without the consent of the owner"
    (tmp_path / "in").mkdir()
    for word in ("alpha", "beta", "gamma"):
        body = "\n".join(f"{word} {word}{n} is said of {word}s in the {n}th chapter" for n in range(6))
        (tmp_path / "in" / f"{word}.txt").write_text(f"{body}\n\n{foot}\n")
    for paragraphs, action, left in (("line", "cut", 6), ("blank", "cut", 1)):
        options = RunOptions(dedup=DedupOptions(boilerplate=3, paragraphs=paragraphs), cut="boilerplate")
        folder = run([tmp_path / "in"], tmp_path / paragraphs, options=options).folder
        assert {row["action"] for row in folder.table("boilerplate.tsv")} == {action}
        assert {entry.paragraphs for entry in folder.documents} == {left + 1}
    (tmp_path / "in" / "alpha.txt").write_text(f"alpha alpha1 is said of alphas\n{foot}\n")
    options = RunOptions(dedup=DedupOptions(boilerplate=3, paragraphs="blank"), cut="boilerplate")
    folder = run([tmp_path / "in"], tmp_path / "part", options=options).folder
    assert {row["document"]: row["action"] for row in folder.table("boilerplate.tsv")} == {
        "alpha.txt": "listed", "beta.txt": "cut", "gamma.txt": "cut",
    }  # fmt: skip


def test_options_that_do_not_go_together_are_refused() -> None:
    with pytest.raises(UsageError, match="index"):
        RunOptions(pairing=PairOptions(index="x"))
    with pytest.raises(UsageError, match="level"):
        RunOptions(alignment=AlignOptions(level="paragraph"))
    with pytest.raises(UsageError, match="repeats"):
        RunOptions(dedup=DedupOptions(repeats=False))
    named = RunOptions(encoder="laser")
    assert (named.pairing.encoder, named.alignment.encoder) == ("laser", "laser")


def test_a_folder_whose_name_is_no_text_is_read(tmp_path: Path) -> None:
    """A file system of another time holds names in Latin-1; their bytes cannot stand in the record."""
    folder = tmp_path / os.fsdecode(b"caf\xe9")
    try:
        folder.mkdir()
    except OSError:
        pytest.skip("this file system takes names in UTF-8 alone")
    (folder / "a.txt").write_text("Some text.")
    assert not run(folder, tmp_path / "out").failed
    record = json.loads((tmp_path / "out" / "run.json").read_text("utf-8"))
    assert record["inputs"] == [f"{tmp_path}/caf\\xe9"]

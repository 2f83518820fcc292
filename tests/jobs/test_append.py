"""A corpus that grows: what a batch finds in what came before, and what a kill leaves."""

from __future__ import annotations

import multiprocessing
import os
import shutil
import signal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from align.alignment import aligner
from align.corpus.folder import CorpusFolder
from align.corpus.prepare import writing
from align.dedup import DedupOptions
from align.errors import InputError, SignatureError, UsageError
from align.jobs.corpus import compact, corpus_info, remove_documents
from align.jobs.export import export_run
from align.jobs.run import RunOptions, RunResult, run
from align.report import write_report

from .articles import ENGLISH, GERMAN, Row, lines
from .articles import texts as texts

GROWING = RunOptions(append=True)


def batches(folder: Path) -> list[Path]:
    """English articles and their translations, which come a week later."""
    return [
        lines(folder / "one.jsonl", ({"id": f"en{n}", "text": ENGLISH[n]} for n in range(3))),
        lines(folder / "two.jsonl", [{"id": f"de{n}", "text": GERMAN[n]} for n in (0, 1, 3)]),
        lines(folder / "three.jsonl", [{"id": "en3", "text": ENGLISH[3]}, {"id": "x", "text": ENGLISH[1]}]),
    ]


def entries(folder: Path) -> dict[str, tuple[str, str, str]]:
    return {e.document: (e.status, e.related or "", str(e.batch)) for e in CorpusFolder(folder).documents}


def pairs(folder: Path) -> list[tuple[str, str]]:
    return [(pair.source, pair.target) for pair in CorpusFolder(folder).pairs]


def contents(folder: Path) -> dict[str, bytes]:
    """What a corpus holds; its stores may lie in other pieces where a kill came between."""
    files = (path for path in sorted(folder.rglob("*")) if path.is_file() and "store" not in path.parts)
    return {str(path.relative_to(folder)): path.read_bytes() for path in files if path.name != ".lock"}


def grown(tmp_path: Path, name: str = "corpus", options: RunOptions = GROWING) -> list[RunResult]:
    return [run([file], tmp_path / name, options=options) for file in batches(tmp_path)]


def test_a_translation_that_comes_later_joins_its_original(tmp_path: Path) -> None:
    results = grown(tmp_path)
    out = tmp_path / "corpus"
    assert pairs(out) == [("de0", "en0"), ("de1", "en1"), ("de3", "en3")]
    assert entries(out) == {
        "en0": ("paired", "de0", "1"), "en1": ("paired", "de1", "1"), "en2": ("unpaired", "", "1"),
        "de0": ("paired", "en0", "2"), "de1": ("paired", "en1", "2"), "de3": ("paired", "en3", "2"),
        "en3": ("paired", "de3", "3"), "x": ("duplicate", "en1", "3"),
    }  # fmt: skip
    assert [entry.document for entry in results[2].entries] == ["en3", "x"]
    corpus = CorpusFolder(out)
    assert corpus.finished
    assert corpus.info["summary"] | {"documents": 8, "paired": 6, "pairs": 3} == corpus.info["summary"]
    assert all(list(corpus.beads(pair)) for pair in corpus.pairs)
    assert [row["id1"] for row in corpus.table("duplicates.tsv")] == ["x"]


def test_only_new_pairs_are_aligned(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[tuple[str, str]] = []
    align = aligner.align_documents

    def counting(source: Any, target: Any, **options: Any) -> Any:
        seen.append((source.id, target.id))
        return align(source, target, **options)

    monkeypatch.setattr(aligner, "align_documents", counting)
    grown(tmp_path)
    assert sorted(seen) == pairs(tmp_path / "corpus")


def test_the_same_batch_again_changes_nothing(tmp_path: Path) -> None:
    grown(tmp_path)
    before = contents(tmp_path / "corpus")
    for result in grown(tmp_path):
        assert result.unchanged
    assert contents(tmp_path / "corpus") == before


def test_a_finished_run_can_grow(tmp_path: Path) -> None:
    first, second, third = batches(tmp_path)
    run([first], tmp_path / "run", options=RunOptions())
    for file in (first, second, third):
        run([file], tmp_path / "run", options=GROWING)
    grown(tmp_path)
    assert contents(tmp_path / "run") == contents(tmp_path / "corpus")
    with pytest.raises(SignatureError, match="of other documents"):
        run([first], tmp_path / "run", options=RunOptions())


def test_a_lost_store_is_made_again(tmp_path: Path) -> None:
    first, second, third = batches(tmp_path)
    for file in (first, second):
        run([file], tmp_path / "corpus", options=GROWING)
    shutil.rmtree(tmp_path / "corpus/store")
    run([third], tmp_path / "corpus", options=GROWING)
    expected = entries(tmp_path / "corpus")
    grown(tmp_path, "other")
    assert entries(tmp_path / "other") == expected


def test_other_options_are_refused(tmp_path: Path) -> None:
    grown(tmp_path)
    with pytest.raises(SignatureError, match=r"threshold 0\.7, asked for is 0\.8"):
        run(
            batches(tmp_path)[0],
            tmp_path / "corpus",
            options=RunOptions(append=True, dedup=DedupOptions(0.8)),
        )
    with pytest.raises(UsageError, match="choose one"):
        RunOptions(append=True, overwrite=True)


def test_a_correction_replaces_its_earlier_self(tmp_path: Path) -> None:
    grown(tmp_path)
    out = tmp_path / "corpus"
    new = lines(tmp_path / "four.jsonl", [{"id": "en0", "text": "A correction. " + ENGLISH[0]}])
    failed = run([new], out, options=GROWING)
    assert [entry.document for entry in failed.failed] == ["en0"]
    new = lines(tmp_path / "five.jsonl", [{"id": "en0", "text": "A correction: " + ENGLISH[0]}])
    run([new], out, options=RunOptions(append=True, dedup=DedupOptions(on_known_id="update")))
    assert pairs(out) == [("de0", "en0"), ("de1", "en1"), ("de3", "en3")]
    found = entries(out)
    assert found["en0@1"] == ("duplicate", "en0", "1")
    assert found["de0"] == ("paired", "en0", "2")
    corpus = CorpusFolder(out)
    assert "correction:" in "".join(row.target for row in corpus.beads(corpus.pairs[0]))
    again = lines(tmp_path / "six.jsonl", [{"id": "y", "text": ENGLISH[0]}])
    run([again], out, options=GROWING)
    assert entries(out)["y"][0] != "duplicate" or entries(out)["y"][1] == "en0"


def test_a_text_that_is_replaced_gets_a_name_that_no_other_document_has(tmp_path: Path) -> None:
    first = lines(tmp_path / "1.jsonl", [{"id": "a", "text": ENGLISH[0]}, {"id": "a@1", "text": ENGLISH[1]}])
    updating = RunOptions(append=True, dedup=DedupOptions(on_known_id="update"))
    run([first], tmp_path / "corpus", options=updating)
    run(
        [lines(tmp_path / "2.jsonl", [{"id": "a", "text": ENGLISH[2]}])],
        tmp_path / "corpus",
        options=updating,
    )
    assert list(entries(tmp_path / "corpus")) == ["a@1.2", "a@1", "a"]


def test_what_was_refused_is_added_once_it_is_said_what_becomes_of_it(tmp_path: Path) -> None:
    out = tmp_path / "corpus"
    run([lines(tmp_path / "1.jsonl", [{"id": "a", "text": ENGLISH[0]}])], out, options=GROWING)
    rows = [{"id": "a", "text": GERMAN[0]}, {"id": "b", "text": ENGLISH[1]}]
    second = lines(tmp_path / "2.jsonl", rows)
    assert [entry.document for entry in run([second], out, options=GROWING).failed] == ["a"]
    renaming = RunOptions(append=True, dedup=DedupOptions(on_known_id="rename"))
    again = run([second], out, options=renaming)
    assert [(entry.document, entry.status) for entry in again.entries] == [
        ("a@3", "paired"),
        ("b@3", "duplicate"),
    ]
    assert run([second], out, options=renaming).unchanged
    assert run([second], out, options=GROWING).unchanged


@pytest.mark.parametrize("policy", ["fail", "update", "skip", "rename"])
def test_a_text_that_is_refused_or_replaced_does_not_stand_for_the_one_that_stays(
    tmp_path: Path, policy: str
) -> None:
    """It lay in the texts of its batch under the same id: a later translation was aligned with it."""
    out = tmp_path / "corpus"
    options = RunOptions(append=True, dedup=DedupOptions(on_known_id=policy))
    days = [
        [{"id": "a", "text": ENGLISH[0]}, {"id": "b", "text": ENGLISH[1]}],
        [{"id": "a", "text": ENGLISH[2]}],
        [{"id": "c", "text": GERMAN[2 if policy == "update" else 0]}],
    ]
    for number, day in enumerate(days):
        run([lines(tmp_path / f"{number}.jsonl", day)], out, options=options)
    assert pairs(out) == [("a", "c")]
    corpus = CorpusFolder(out)
    source = "".join(row.source for row in corpus.beads(corpus.pairs[0]))
    stays, other = (ENGLISH[2], ENGLISH[0]) if policy == "update" else (ENGLISH[0], ENGLISH[2])
    assert stays.split("\n")[0] in source
    assert other.split("\n")[0] not in source
    write_report(corpus)


def test_a_later_version_becomes_the_runner_up_of_an_earlier_pair(tmp_path: Path) -> None:
    out = tmp_path / "corpus"
    half = "\n".join([*GERMAN[0].split("\n")[:5], *GERMAN[5].split("\n")[5:]])
    run([lines(tmp_path / "1.jsonl", [{"id": "en", "text": ENGLISH[0]}])], out, options=GROWING)
    run([lines(tmp_path / "2.jsonl", [{"id": "de", "text": GERMAN[0]}])], out, options=GROWING)
    (before,) = CorpusFolder(out).pairs
    run([lines(tmp_path / "3.jsonl", [{"id": "half", "text": half}])], out, options=GROWING)
    (after,) = CorpusFolder(out).pairs
    assert (before.row["runner_up"], before.row["margin"]) == ("", "")
    assert after.row["runner_up"] == "half"
    assert 0 < float(after.row["margin"]) < 1
    changed = {"runner_up": "", "margin": ""}
    assert after.row | changed == before.row
    run([tmp_path / f"{n}.jsonl" for n in (1, 2, 3)], tmp_path / "whole", options=RunOptions())
    (whole,) = CorpusFolder(tmp_path / "whole").pairs
    assert whole.row["runner_up"] == "half"
    assert float(whole.row["margin"]) == pytest.approx(float(after.row["margin"]), abs=0.01)


@pytest.mark.parametrize("stores", ["there", "lost"])
def test_a_refused_text_that_an_earlier_version_kept_does_not_count(tmp_path: Path, stores: str) -> None:
    out = tmp_path / "corpus"
    days = [
        [{"id": "a", "text": ENGLISH[0]}],
        [{"id": "a", "text": ENGLISH[2]}, {"id": "b", "text": ENGLISH[1]}],
        [{"id": "c", "text": GERMAN[0]}, {"id": "d", "text": GERMAN[2]}],
    ]
    files = [lines(tmp_path / f"{number}.jsonl", day) for number, day in enumerate(days)]
    for file in files[:2]:
        run([file], out, options=GROWING)
    path = out / "batches" / "2.parquet"
    table = pq.read_table(path)
    refused = {**table.to_pylist()[0], "id": "a", "text": ENGLISH[2]}
    pq.write_table(pa.concat_tables([pa.Table.from_pylist([refused], table.schema), table]), path)
    if stores == "lost":
        shutil.rmtree(out / "store")
    run([files[2]], out, options=GROWING)
    assert pairs(out) == [("a", "c")]
    corpus = CorpusFolder(out)
    assert ENGLISH[0].split("\n")[0] in "".join(row.source for row in corpus.beads(corpus.pairs[0]))


def killed(target: Path, file: Path, at: int) -> None:
    """In a process of its own: adds a batch, and is killed when it puts the n-th file in its place."""
    replace, calls = os.replace, [0]

    def dying(*args: Any, **kwargs: Any) -> None:
        calls[0] += 1
        if calls[0] == at:
            os.kill(os.getpid(), signal.SIGKILL)
        replace(*args, **kwargs)

    os.replace = dying
    run([file], target, options=GROWING)
    os._exit(0)


@pytest.mark.slow
def test_killed_at_any_moment_it_goes_on(tmp_path: Path) -> None:
    """Killed at one file after the other, while the second batch is being added."""
    grown(tmp_path, "whole")
    first, second, third = batches(tmp_path)
    run([first], tmp_path / "first", options=GROWING)
    context = multiprocessing.get_context("fork")
    for at in range(1, 200, 3):
        out = tmp_path / "broken" / str(at)
        shutil.copytree(tmp_path / "first", out)
        process = context.Process(target=killed, args=(out, second, at))
        process.start()
        process.join(60)
        for file in (second, third):
            run([file], out, options=GROWING)
        assert contents(out) == contents(tmp_path / "whole"), at
        if process.exitcode == 0:
            break
        assert process.exitcode == -signal.SIGKILL
    assert at > 5


@pytest.mark.slow
@pytest.mark.parametrize("at", [4, 12, 15])
def test_of_a_batch_that_was_killed_another_one_finds_nothing(tmp_path: Path, at: int) -> None:
    """Killed before its pairs are there, while it is aligned, and when its stores are written."""
    first, second, third = batches(tmp_path)
    for name in ("broken", "whole"):
        run([first], tmp_path / name, options=GROWING)
    process = multiprocessing.get_context("fork").Process(
        target=killed, args=(tmp_path / "broken", second, at)
    )
    process.start()
    process.join(60)
    assert process.exitcode == -signal.SIGKILL
    for name in ("broken", "whole"):
        run([third], tmp_path / name, options=GROWING)
    assert contents(tmp_path / "broken") == contents(tmp_path / "whole")


def waits(target: Path, file: Path, told: Any) -> None:
    run([file], target, options=GROWING, waiting=told.put)
    os._exit(0)


@pytest.mark.slow
def test_two_processes_wait_for_each_other(tmp_path: Path) -> None:
    first, second, third = batches(tmp_path)
    out = tmp_path / "corpus"
    run([first], out, options=GROWING)
    context = multiprocessing.get_context("fork")
    told = context.SimpleQueue()
    with writing(out, "run"):
        process = context.Process(target=waits, args=(out, second, told))
        process.start()
        assert told.get() == f"{out} is in use by process {os.getpid()}; waiting"
    run([third], out, options=GROWING, waiting=lambda message: None)
    process.join(60)
    assert process.exitcode == 0
    assert {batch for _, _, batch in entries(out).values()} == {"1", "2", "3"}
    assert pairs(out) == [("de0", "en0"), ("de1", "en1"), ("de3", "en3")]


def test_documents_are_taken_out(tmp_path: Path) -> None:
    grown(tmp_path)
    out = tmp_path / "corpus"
    assert remove_documents(out, ["de0", "nobody"]).missing == ["nobody"]
    assert pairs(out) == [("de1", "en1"), ("de3", "en3")]
    assert entries(out)["de0"] == ("failed", "", "2")
    assert entries(out)["en0"] == ("unpaired", "", "1")
    assert not [path for path in (out / "aligned").iterdir() if "de0" in path.name]
    assert b"Fahrrad" not in b"".join(path.read_bytes() for path in out.rglob("*") if path.suffix == ".arrow")
    before = contents(out)
    compact(out)
    assert len(list((out / "store/profiles").glob("*.arrow"))) == 1
    grown(tmp_path)
    assert contents(out) == before
    run([lines(tmp_path / "four.jsonl", [{"id": "again", "text": GERMAN[0]}])], out, options=GROWING)
    assert entries(out)["again"] == ("paired", "en0", "4")
    assert [(batch.number, batch.statuses.get("failed", 0)) for batch in corpus_info(out)] == [
        (1, 0), (2, 1), (3, 0), (4, 0),
    ]  # fmt: skip


def test_one_batch_of_a_corpus(tmp_path: Path) -> None:
    grown(tmp_path)
    shown = [CorpusFolder(tmp_path / "corpus", batch=number) for number in (1, 2, 3)]
    assert [corpus.documents[0].document for corpus in shown] == ["en0", "de0", "en3"]
    assert [[pair.source for pair in corpus.pairs] for corpus in shown] == [[], ["de0", "de1"], ["de3"]]
    assert [len(list(corpus.table("duplicates.tsv"))) for corpus in shown] == [0, 0, 1]
    done = export_run(shown[2], tmp_path / "x.tsv")
    assert done.pairs == 1
    report = write_report(shown[1])
    assert (report.pairs, report.index.parent.name) == (2, "batch-2")
    with pytest.raises(InputError, match="has no batch 4; the last one is 3"):
        CorpusFolder(tmp_path / "corpus", batch=4)


def test_batches_of_which_nothing_is_new(tmp_path: Path) -> None:
    """Nothing but empty documents, or duplicates: each is a batch, and what follows finds the rest."""
    out = tmp_path / "corpus"
    given: list[list[Row]] = [
        [{"id": "empty", "text": ""}],
        [{"id": "en0", "text": ENGLISH[0]}],
        [{"id": "copy", "text": ENGLISH[0]}],
        [{"id": "blank", "text": " "}],
        [{"id": "de0", "text": GERMAN[0]}],
    ]
    for number, rows in enumerate(given):
        run([lines(tmp_path / f"{number}.jsonl", rows)], out, options=GROWING)
    assert entries(out) == {
        "empty": ("failed", "", "1"), "en0": ("paired", "de0", "2"), "copy": ("duplicate", "en0", "3"),
        "blank": ("failed", "", "4"), "de0": ("paired", "en0", "5"),
    }  # fmt: skip

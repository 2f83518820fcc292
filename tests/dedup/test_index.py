"""The index: the same answers as one large batch, and never a broken state."""

from __future__ import annotations

import json
import multiprocessing
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from align._internal.tables import read_table
from align.dedup import Deduplication, DedupOptions, Duplicates, find_duplicates
from align.dedup.index.segment import open_segment
from align.dedup.index.store import MERGE_AT, Index, open_index, writing_index
from align.errors import IndexFileError, InputError, OutputError, SignatureError
from align.jobs.dedup import DedupJobOptions, deduplicate
from align.reading.documents import to_batches

from .conftest import article, edited
from .test_find import near_copies

OPTIONS = DedupOptions()
Documents = list[tuple[str, str]]


def deduplication(documents: Documents, options: DedupOptions = OPTIONS) -> Deduplication:
    made = Deduplication(options)
    for batch in to_batches(documents):
        made.add(batch)
    return made


def add(path: Path, documents: Documents, *, everything: bool = False) -> Duplicates:
    """Compares a batch with the index and adds what is kept of it, or all."""
    with writing_index(path, OPTIONS) as index:
        index.batch = repr(documents)
        batch = deduplication(documents)
        result = batch.result(index)
        numbers = range(result.count) if everything else result.kept_numbers
        index.add(batch.collection, np.array(list(numbers), np.int64))
    return result


def found(result: Duplicates) -> dict[tuple[str, ...], float]:
    return {tuple(sorted((pair.first, pair.second))): pair.similarity for pair in result.pairs}


def test_batch_after_batch_finds_what_one_batch_finds(tmp_path: Path) -> None:
    documents = near_copies(120)
    whole = found(find_duplicates(documents))
    pieces: dict[tuple[str, ...], float] = {}
    for start in range(0, len(documents), 15):  # more batches than segments are left unmerged
        pieces |= found(add(tmp_path / "x.idx", documents[start : start + 15], everything=True))
    assert pieces == whole
    index = open_index(tmp_path / "x.idx", OPTIONS)
    assert len(index) == len(documents)
    assert len(index.manifest.segments) <= MERGE_AT


def test_the_earlier_document_is_named_and_kept(tmp_path: Path) -> None:
    text = article(1)
    add(tmp_path / "x.idx", [("old", text)])
    result = add(tmp_path / "x.idx", [("new", edited(text, 0.01) + " and longer"), ("other", article(2))])
    removal = result.removed["new"]
    assert (removal.kept, removal.indexed) == ("old", True)
    assert result.kept == ("other",)
    assert [cluster.indexed for cluster in result.clusters] == [True]
    assert len(open_index(tmp_path / "x.idx")) == 2


def test_the_same_batch_again_changes_nothing(tmp_path: Path) -> None:
    documents = near_copies(30)
    first = add(tmp_path / "x.idx", documents)
    again = add(tmp_path / "x.idx", documents)
    assert (again.pairs, again.kept, again.removed) == (first.pairs, first.kept, first.removed)
    assert len(open_index(tmp_path / "x.idx")) == len(first.kept)


def test_an_id_with_another_text_is_refused(tmp_path: Path) -> None:
    add(tmp_path / "x.idx", [("a", article(1))])
    result = add(tmp_path / "x.idx", [("a", article(2)), ("b", article(2))])
    assert "with another text" in result.problems["a"]
    assert result.kept == ("b",)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (DedupOptions(threshold=0.8), r"threshold 0\.7, not 0\.8"),
        (DedupOptions(ngram=3), "ngram 5, not 3"),
        (DedupOptions(slots=64), "slots 128, not 64"),
    ],
)
def test_other_settings_are_refused_with_both_values(
    tmp_path: Path, options: DedupOptions, message: str
) -> None:
    add(tmp_path / "x.idx", [("a", article(1))])
    with pytest.raises(SignatureError, match=message):
        open_index(tmp_path / "x.idx", options)


def test_removed_documents_are_found_no_more(tmp_path: Path) -> None:
    text = article(1)
    add(tmp_path / "x.idx", [("a", text), ("b", article(2))])
    with writing_index(tmp_path / "x.idx") as index:
        assert index.remove(["a", "nobody"]) == ["nobody"]
    assert len(open_index(tmp_path / "x.idx")) == 1
    with writing_index(tmp_path / "x.idx") as index:
        index.merge()
    assert (
        open_index(tmp_path / "x.idx").info() | {"documents": 1, "removed": 0, "segments": 1}
        == open_index(tmp_path / "x.idx").info()
    )
    assert add(tmp_path / "x.idx", [("c", text)]).kept == ("c",)
    assert add(tmp_path / "x.idx", [("a", text)]).removed["a"].kept == "c"


def test_merging_changes_no_answer(tmp_path: Path) -> None:
    documents = near_copies(60)
    for start in range(0, 60, 12):
        add(tmp_path / "x.idx", documents[start : start + 12], everything=True)
    with writing_index(tmp_path / "x.idx", OPTIONS) as index:
        before = deduplication(documents[60:]).result(index)
        index.merge()
        after = deduplication(documents[60:]).result(index)
    assert before.pairs == after.pairs
    assert before.removed == after.removed
    assert [path.name for path in tmp_path.glob("x.idx/*.seg")] == ["00000006.seg"]
    assert open_index(tmp_path / "x.idx").verify() == {"00000006": None}


def damaged_index(tmp_path: Path, damage: str) -> Index:
    add(tmp_path / "x.idx", [("a", article(1))])
    add(tmp_path / "x.idx", [("b", article(2))])
    path = tmp_path / "x.idx" / "00000001.seg"
    data = path.read_bytes()
    if damage == "missing":
        path.unlink()
    elif damage == "flipped":
        path.write_bytes(data[:-100] + bytes([data[-100] ^ 1]) + data[-99:])
    else:
        path.write_bytes({"short": data[: len(data) // 2], "empty": b"", "junk": b"x" * 5000}[damage])
    return open_index(tmp_path / "x.idx", OPTIONS)


@pytest.mark.parametrize("damage", ["missing", "short", "empty", "junk"])
def test_a_damaged_segment_is_named_and_the_others_serve(tmp_path: Path, damage: str) -> None:
    index = damaged_index(tmp_path, damage)
    assert list(index.damaged) == ["00000001"]
    assert "00000001.seg: is damaged" in index.damaged["00000001"]
    result = deduplication([("c", article(1)), ("d", article(2))]).result(index)
    assert result.kept == ("c",)
    assert result.removed["d"].kept == "b"
    with writing_index(tmp_path / "x.idx") as open_:
        with pytest.raises(InputError, match="no segment '9'"):
            open_.drop(["9"])
        assert open_.drop(["00000001"]) == 1
    assert open_index(tmp_path / "x.idx").damaged == {}


@pytest.mark.parametrize("spare", [False, True])
def test_altered_anywhere_it_gives_the_same_answer_or_says_so(tmp_path: Path, spare: bool) -> None:
    """Neither a traceback nor another result without a word, and nothing damaged is made good by a merge."""
    options = DedupOptions(spare=("numbers",) if spare else ())
    path = tmp_path / "x.idx"
    for start in (0, 20):
        with writing_index(path, options) as index:
            batch = deduplication([(f"a{n}", article(n, 40)) for n in range(start, start + 20)], options)
            index.add(batch.collection, np.arange(20))
    asked = deduplication([(f"b{n}", edited(article(n, 40), 0.03, n)) for n in range(40)], options)
    everything = np.arange(40)

    def answer(index: Index) -> list[tuple[Any, ...]]:
        found = index.match(asked.collection, everything)
        table = found.table
        rows = (table.first, table.second, table.shared, table.size, table.kind)
        return [*(part.tolist() for part in rows), found.names, sorted(found.texts.items())]

    truth = answer(open_index(path, options))
    assert len(truth[0]) > 10
    files = {name: (path / name).read_bytes() for name in ("index.json", "00000001.seg", "00000002.seg")}
    places = [(name, at) for name, data in files.items() for at in range(len(data))]
    rng, told = random.Random(1), 0
    for name, at in [*rng.sample(places, 160), *rng.sample(places[: len(files["index.json"])], 40)]:
        data = bytearray(files[name])
        data[at] ^= 1 << rng.randrange(8)
        (path / name).write_bytes(data)
        try:
            index = open_index(path, options)
            same = answer(index) == truth
            told += bool(index.damaged)
            assert same or index.damaged, (name, at)
            index.merge()
            merged = open_index(path, options)
            same = answer(merged) == truth
            assert (same and set(merged.verify().values()) == {None}) or index.damaged, (name, at)
        except IndexFileError:
            told += 1
        for file in path.iterdir():
            file.unlink() if file.suffix == ".seg" else None
        for other, whole in files.items():
            (path / other).write_bytes(whole)
    assert told > 100


def test_a_segment_of_an_older_version_is_read(tmp_path: Path) -> None:
    add(tmp_path / "x.idx", [("a", article(1))])
    path = tmp_path / "x.idx" / "00000001.seg"
    data = path.read_bytes()
    head = json.loads(data[12:4096])
    del head["check"], head["arrays"]["hash_sums"]
    path.write_bytes(data[:12] + json.dumps(head).encode().ljust(4084) + data[4096:])
    assert add(tmp_path / "x.idx", [("b", article(1))]).removed["b"].kept == "a"


def test_a_flipped_bit_is_found_by_verify(tmp_path: Path) -> None:
    index = damaged_index(tmp_path, "flipped")
    assert index.damaged == {}
    verdicts = index.verify()
    assert "does not match its checksum" in str(verdicts["00000001"])
    assert verdicts["00000002"] is None


def test_what_is_no_index_is_refused(tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "note.txt").write_text("mine")
    with pytest.raises(IndexFileError, match="other things"):
        open_index(tmp_path / "other", OPTIONS)
    with pytest.raises(IndexFileError, match="is no index"):
        open_index(tmp_path / "nowhere")
    add(tmp_path / "x.idx", [("a", article(1))])
    (tmp_path / "x.idx" / "index.json").write_text("{")
    with pytest.raises(IndexFileError, match=r"index\.json: is damaged"):
        open_index(tmp_path / "x.idx", OPTIONS)


@pytest.mark.parametrize("step", ["segment", "manifest"])
def test_a_full_disk_leaves_the_index_as_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    add(tmp_path / "x.idx", [("a", article(1))])
    before = {path.name: path.read_bytes() for path in (tmp_path / "x.idx").iterdir() if path.name != "lock"}
    real = os.replace

    def full(source: Any, target: Any) -> None:
        if Path(target).suffix == {"segment": ".seg", "manifest": ".json"}[step]:
            raise OSError(28, "No space left on device")
        real(source, target)

    monkeypatch.setattr(os, "replace", full)
    with pytest.raises(OutputError, match="No space left on device"):
        add(tmp_path / "x.idx", [("b", article(2))])
    monkeypatch.undo()
    index = open_index(tmp_path / "x.idx", OPTIONS)
    assert (len(index), index.damaged) == (1, {})
    assert add(tmp_path / "x.idx", [("b", article(2))]).kept == ("b",)
    now = {path.name: path.read_bytes() for path in (tmp_path / "x.idx").iterdir()}
    assert now["00000001.seg"] == before["00000001.seg"]
    assert sorted(now) == ["00000001.seg", "00000002.seg", "index.json", "lock"]


PROGRAM = """
import sys
from tests.dedup.test_index import add, article
from pathlib import Path
for n in range(1000):
    add(Path(sys.argv[1]), [(f"d{n}-{m}", article(1000 * n + m, 300)) for m in range(20)])
"""


@pytest.mark.slow
def test_killed_at_any_moment_it_opens_and_verifies(tmp_path: Path) -> None:
    path, root = tmp_path / "x.idx", Path(__file__).parents[2]
    for wait in (0.03, 0.11):
        process = subprocess.Popen([sys.executable, "-c", PROGRAM, str(path)], cwd=root)
        deadline = time.monotonic() + 60
        start = len(open_index(path, OPTIONS)) if (path / "index.json").exists() else 0
        while time.monotonic() < deadline and (
            not (path / "index.json").exists() or len(open_index(path, OPTIONS)) <= start
        ):
            time.sleep(0.01)
        time.sleep(wait)
        process.send_signal(signal.SIGKILL)
        process.wait()
        index = open_index(path, OPTIONS)
        assert index.damaged == {}
        assert set(index.verify().values()) == {None}
        assert len(index) % 20 == 0
        assert len(index) > start
        path = tmp_path / f"x{wait}.idx"


def hold(path: str, entered: Any, release: Any) -> None:
    with writing_index(path, OPTIONS):
        entered.set()
        release.wait(20)


@pytest.mark.slow
def test_a_second_process_waits_and_says_so(tmp_path: Path) -> None:
    context = multiprocessing.get_context("fork")
    entered, release = context.Event(), context.Event()
    process = context.Process(target=hold, args=(str(tmp_path / "x.idx"), entered, release))
    process.start()
    assert entered.wait(20)
    messages: list[str] = []

    def waiting(message: str) -> None:
        messages.append(message)
        release.set()

    with writing_index(tmp_path / "x.idx", OPTIONS, waiting):
        pass
    process.join()
    assert messages == [f"{tmp_path / 'x.idx'} is in use by process {process.pid}; waiting"]


def test_the_job_compares_with_the_index_and_adds(tmp_path: Path) -> None:
    for name, seed in (("one", 1), ("two", 2)):
        (tmp_path / f"{name}.jsonl").write_text(
            "".join(json.dumps({"id": f"{name}{n}", "text": article(n * seed)}) + "\n" for n in range(1, 6))
        )
    options = DedupJobOptions(index=str(tmp_path / "x.idx"))
    deduplicate([tmp_path / "one.jsonl"], tmp_path / "out1", options)
    result = deduplicate([tmp_path / "two.jsonl"], tmp_path / "out2", options)
    assert result.summary["identical"] == 2  # two1 is one2, two2 is one4
    rows = {row["document"]: row for row in read_table(tmp_path / "out2/documents.tsv")}
    assert (rows["two1"]["reason"], rows["two1"]["related"]) == ("identical (index)", "one2")
    assert len(open_index(tmp_path / "x.idx")) == 8
    assert open_segment(tmp_path / "x.idx" / "00000002.seg").documents == 3

"""What was removed for a document that is no more: another stands for it, or it comes back."""

from __future__ import annotations

import json
import multiprocessing
import os
import random
import shutil
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from align.corpus.folder import CorpusFolder
from align.corpus.status import Entry
from align.dedup import DedupOptions
from align.jobs.corpus import compact, remove_documents
from align.jobs.run import RunOptions, RunResult, run
from align.pairing import find
from align.pairing.scoring import Comparison
from align.pairing.verify import verify_pairs

from .articles import ENGLISH, GERMAN, Row, lines
from .articles import texts as texts

UPDATING = RunOptions(append=True, dedup=DedupOptions(on_known_id="update"))


def added(folder: Path, *days: list[Row], options: RunOptions = UPDATING, out: str = "corpus") -> RunResult:
    """The batches, one after the other; of the last what it gave."""
    for day in days:
        number = sum(1 for _ in folder.glob("*.jsonl")) + 1
        result = run([lines(folder / f"{number}.jsonl", day)], folder / out, options=options)
    return result


def entries(folder: Path) -> dict[str, Entry]:
    return {entry.document: entry for entry in CorpusFolder(folder).documents}


def statuses(folder: Path) -> dict[str, tuple[str, str]]:
    return {id: (entry.status, entry.related or "") for id, entry in entries(folder).items()}


def contents(folder: Path) -> dict[str, bytes]:
    """What a corpus holds; its stores may lie in other pieces where a kill came between."""
    files = (path for path in sorted(folder.rglob("*")) if path.is_file() and "store" not in path.parts)
    return {str(path.relative_to(folder)): path.read_bytes() for path in files if path.name != ".lock"}


def near(text: str) -> str:
    return f"{text}\nOnce more."


def test_what_was_removed_for_a_text_that_is_replaced_comes_back_and_is_paired(tmp_path: Path) -> None:
    out = tmp_path / "corpus"
    added(tmp_path, [{"id": "k", "text": near(ENGLISH[0])}, {"id": "x", "text": ENGLISH[0]}])
    assert statuses(out)["x"] == ("duplicate", "k")
    added(tmp_path, [{"id": "de", "text": GERMAN[0]}])
    assert statuses(out)["de"] == ("paired", "k")
    result = added(tmp_path, [{"id": "k", "text": ENGLISH[3]}])
    assert statuses(out) == {
        "k@1": ("duplicate", "k"), "x": ("paired", "de"), "de": ("paired", "x"), "k": ("unpaired", ""),
    }  # fmt: skip
    assert [entry.document for entry in result.came_back] == ["x"]
    assert entries(out)["x"].warning == "a duplicate of k, which was replaced, until batch 3"
    assert entries(out)["x"].paragraphs == 8
    corpus = CorpusFolder(out)
    assert corpus.finished
    assert corpus.info["batches"][-1]["came_back"] == ["x"]
    assert "orphans" not in corpus.info
    assert [(pair.source, pair.target) for pair in corpus.pairs] == [("de", "x")]
    assert ENGLISH[0].split("\n")[0] in "".join(row.target for row in corpus.beads(corpus.pairs[0]))
    assert [(row["kept"], row["document"], row["kind"]) for row in corpus.table("clusters.tsv")] == [
        ("k", "k@1", "version")
    ]
    assert corpus.info["summary"] == {
        "documents": 4, "paired": 2, "unpaired": 1, "duplicate": 1, "failed": 0, "repeats": 0, "pairs": 1,
    }  # fmt: skip
    added(tmp_path, [{"id": "y", "text": near(ENGLISH[0])}])
    assert statuses(out)["y"] == ("duplicate", "x")


def test_it_stays_removed_where_another_document_stands_for_it(tmp_path: Path) -> None:
    """The new text itself, an earlier document, or one that comes with it; also of a third copy of a text."""
    out = tmp_path / "corpus"
    first = [{"id": "k", "text": near(ENGLISH[0])}, *({"id": f"x{n}", "text": ENGLISH[0]} for n in range(3))]
    added(tmp_path, first, [{"id": "k", "text": f"A correction. {near(ENGLISH[0])}"}])
    assert {statuses(out)[f"x{n}"] for n in range(3)} == {("duplicate", "k")}
    added(tmp_path, [{"id": "k", "text": ENGLISH[3]}, {"id": "n", "text": f"News: {ENGLISH[0]}"}])
    assert {statuses(out)[f"x{n}"] for n in range(3)} == {("duplicate", "n")}
    added(tmp_path, [{"id": "n", "text": ENGLISH[4]}])
    assert [statuses(out)[f"x{n}"] for n in range(3)] == [("unpaired", ""), *[("duplicate", "x0")] * 2]
    assert [entries(out)[f"x{n}"].reason for n in range(1, 3)] == ["identical"] * 2
    assert {row["kept"] for row in CorpusFolder(out).table("clusters.tsv") if row["kind"] == "identical"} == {
        "x0"
    }
    assert remove_documents(out, ["x0"]).came_back == ["x1"]
    assert remove_documents(out, ["x1"]).came_back == ["x2"]
    added(tmp_path, [{"id": "z", "text": ENGLISH[0]}])
    assert statuses(out)["z"] == ("duplicate", "x2")


def test_versions_follow_what_becomes_of_the_document_they_went_for(tmp_path: Path) -> None:
    out = tmp_path / "corpus"
    rows = [
        {"id": "y", "text": near(ENGLISH[0])},
        {"id": "a", "text": ENGLISH[5]},
        {"id": "a", "text": ENGLISH[0]},
    ]
    added(tmp_path, rows)
    assert statuses(out) == {"y": ("unpaired", ""), "a#2": ("duplicate", "y"), "a": ("duplicate", "y")}
    added(tmp_path, [{"id": "y", "text": ENGLISH[3]}])
    assert statuses(out)["a"] == ("unpaired", "")
    assert statuses(out)["a#2"] == ("duplicate", "a")
    assert {(r["kept"], r["document"]) for r in CorpusFolder(out).table("clusters.tsv")} == {
        ("a", "a#2"),
        ("y", "y@1"),
    }
    added(tmp_path, [{"id": "a", "text": near(ENGLISH[3])}])
    assert {id: statuses(out)[id] for id in ("a", "a#2", "a@1")} == dict.fromkeys(
        ("a", "a#2", "a@1"), ("duplicate", "y")
    )
    remove_documents(out, ["a"])
    assert {statuses(out)[id][0] for id in ("a", "a#2", "a@1")} == {"failed"}
    assert not [row for row in _texts(out) if row["text"] in (ENGLISH[0], ENGLISH[5])]


def _texts(out: Path) -> list[Row]:
    return [row for path in out.rglob("*.parquet") for row in pq.read_table(path).to_pylist()]


def test_what_was_removed_for_a_document_that_is_taken_out_comes_back(tmp_path: Path) -> None:
    out = tmp_path / "corpus"
    added(
        tmp_path,
        [
            {"id": "k", "text": near(ENGLISH[0])},
            {"id": "x", "text": ENGLISH[0]},
            {"id": "de", "text": GERMAN[0]},
        ],
    )
    assert remove_documents(out, ["k"]).came_back == ["x"]
    assert statuses(out) == {"k": ("failed", ""), "x": ("paired", "de"), "de": ("paired", "x")}
    assert entries(out)["x"].warning == "a duplicate of k, which was taken out, until batch 1"
    corpus = CorpusFolder(out)
    assert list(corpus.beads(corpus.pairs[0]))
    shutil.rmtree(out / "store")
    added(tmp_path, [{"id": "y", "text": near(ENGLISH[0])}])
    assert statuses(out)["y"] == ("duplicate", "x")


def test_where_the_encoder_is_not_known_the_next_batch_brings_them_back(tmp_path: Path) -> None:
    out = tmp_path / "corpus"
    added(tmp_path, [{"id": "k", "text": near(ENGLISH[0])}, {"id": "x", "text": ENGLISH[0]}])
    record = json.loads((out / "run.json").read_text("utf-8"))
    record["options"]["pairing"]["encoder"] = "nobody's"
    (out / "run.json").write_text(json.dumps(record), "utf-8")
    found = remove_documents(out, ["k"])
    assert (found.came_back, found.waiting) == ([], 1)
    assert CorpusFolder(out).finished
    assert statuses(out)["x"] == ("duplicate", "k")
    result = added(tmp_path, [{"id": "z", "text": ENGLISH[5]}])
    assert [entry.document for entry in result.came_back] == ["x"]
    assert statuses(out)["x"] == ("unpaired", "")


def test_one_whose_text_is_lost_is_named(tmp_path: Path) -> None:
    out = tmp_path / "corpus"
    added(tmp_path, [{"id": "k", "text": near(ENGLISH[0])}, {"id": "x", "text": ENGLISH[0]}])
    table = pq.read_table(out / "documents.parquet")
    pq.write_table(table.slice(0, 1), out / "documents.parquet")
    result = added(tmp_path, [{"id": "k", "text": ENGLISH[3]}])
    assert statuses(out)["x"] == ("failed", "")
    assert result.left_out == (
        "x: what it was removed for is no more, and its own text is not in the folder; give it again",
    )


@pytest.mark.parametrize("cut", ["repeats", "boilerplate"])
def test_what_comes_back_is_cut_as_others_are(tmp_path: Path, cut: Any) -> None:
    out = tmp_path / "corpus"
    foot = "\nSubscribe to our newsletter and never miss any of the news that matter to you\nHome\nContact"
    once = f"{ENGLISH[0]}\n{ENGLISH[1]}"
    twice = f"{once}\n{once}"
    texts = [near(twice), twice, ENGLISH[5], ENGLISH[6], ENGLISH[7]]
    if cut == "boilerplate":
        texts = [f"{text}{foot}" for text in (near(once), once, *texts[2:])]
    rows = [{"id": id, "text": text} for id, text in zip(("k", "x", "a", "b", "c"), texts, strict=True)]
    boilerplate = 3 if cut == "boilerplate" else 0
    options = RunOptions(
        append=True, dedup=DedupOptions(on_known_id="update", boilerplate=boilerplate), cut=cut
    )
    added(tmp_path, rows, options=options)
    assert statuses(out)["x"] == ("duplicate", "k")
    before = [row for row in CorpusFolder(out).table(f"{cut}.tsv") if row["document"] == "k"]
    added(tmp_path, [{"id": "k", "text": ENGLISH[3]}], options=options)
    after = [row for row in CorpusFolder(out).table(f"{cut}.tsv") if row["document"] == "x"]
    assert len(before) == len(after) == 1
    assert after[0]["action"] == "cut"
    added(tmp_path, [{"id": "de", "text": f"{GERMAN[0]}\n{GERMAN[1]}"}], options=options)
    corpus = CorpusFolder(out)
    assert [(pair.source, pair.target) for pair in corpus.pairs] == [("de", "x")]
    said = [row.target for row in corpus.beads(corpus.pairs[0]) if row.target]
    assert not any("newsletter" in text for text in said)
    assert len(said) == len(set(said))


@pytest.mark.parametrize("between", ["nothing", "compact", "taken out"])
def test_a_pair_of_a_text_that_is_replaced_is_none_of_the_present_one(tmp_path: Path, between: str) -> None:
    """So the partner finds another one, whenever that comes."""
    out = tmp_path / "corpus"
    added(tmp_path, [{"id": "k", "text": ENGLISH[0]}, {"id": "de", "text": GERMAN[0]}])
    assert statuses(out)["de"] == ("paired", "k")
    if between == "taken out":
        remove_documents(out, ["k"])
    added(tmp_path, [{"id": "k", "text": ENGLISH[3]}])
    assert statuses(out)["de"] == ("unpaired", "")
    if between == "compact":
        compact(out)
    added(tmp_path, [{"id": "n", "text": near(ENGLISH[0])}])
    assert statuses(out)["de"] == ("paired", "n")
    added(tmp_path, [{"id": "n", "text": f"A correction. {near(ENGLISH[0])}"}])
    assert statuses(out)["de"] == ("paired", "n")
    added(tmp_path, [{"id": "z", "text": ENGLISH[0].replace("bicycle", "car").replace("market", "shop")}])
    assert statuses(out)["de"] == ("paired", "n")


def test_pairs_of_earlier_batches_are_not_verified_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[set[str]] = []

    def counting(pending: Any, profiles: Any, *rest: Any) -> Any:
        seen.extend({profiles[i].id for i in edge} for edge in pending)
        return verify_pairs(pending, profiles, *rest)

    monkeypatch.setattr(find, "verify_pairs", counting)
    monkeypatch.setattr(Comparison, "to_verify", lambda self: sorted(self.edges))
    texts = zip(ENGLISH, GERMAN, strict=True)
    rows = [
        {"id": f"{c}{n}", "text": t} for n, both in enumerate(texts) for c, t in zip("ed", both, strict=True)
    ]
    added(tmp_path, rows[:12])
    assert {"e0", "d0"} in seen
    seen.clear()
    added(tmp_path, rows[12:14])
    assert {"e6", "d6"} in seen
    assert all({"e6", "d6"} & edge for edge in seen)
    seen.clear()
    shutil.rmtree(tmp_path / "corpus/store")  # with what was verified
    monkeypatch.setattr(Comparison, "to_verify", lambda self: [e for e in sorted(self.edges) if min(e) > 0])
    added(tmp_path, rows[14:15])
    assert seen == []


# ---- any corpus ------------------------------------------------------------------------------------------------

WORDS = [f"word{n}" for n in range(400)]


def shingles(text: str) -> set[tuple[str, ...]]:
    words = text.split()
    return {tuple(words[n : n + 5]) for n in range(len(words) - 4)}


def alike(one: str, other: str) -> float:
    a, b = shingles(one), shingles(other)
    return len(a & b) / len(a | b)


def changed(text: str, words: int, numbers: random.Random) -> str:
    """The text with some words at its end replaced: each costs about one shingle."""
    kept = text.split()
    return " ".join([*kept[: len(kept) - words], *numbers.sample(WORDS, words)])


def batch(numbers: random.Random, bases: list[str], ids: list[str]) -> list[Row]:
    """Documents near one base or another; of ids that are known already some come again."""
    chosen = numbers.sample(ids, numbers.randint(2, 6))
    return [
        {"id": id, "text": changed(numbers.choice(bases), numbers.choice((0, 0, 2, 5, 9)), numbers)}
        for id in chosen
    ]


def check(out: Path, now: dict[str, str]) -> None:
    """Each document that is removed has a kept one that it is near; no two that are kept are near."""
    found = entries(out)
    kept = {id for id, entry in found.items() if entry.status in ("paired", "unpaired")}
    assert kept <= now.keys()
    assert {id for id, entry in found.items() if "@" not in id and entry.status != "failed"} == now.keys()
    stood = {row["document"]: row for row in CorpusFolder(out).table("clusters.tsv")}
    for id, entry in found.items():
        if entry.status != "duplicate":
            continue
        assert entry.related in kept, (id, entry)
        if (entry.reason or "").startswith("version"):
            continue
        mine = now[id.partition("@")[0]]  # one that brought the present text of its id again has another name
        assert alike(mine, now[entry.related]) >= 0.7, (id, entry)
        assert entry.score == pytest.approx(alike(mine, now[entry.related]), abs=1e-4)
        later = found[entry.related].batch < entry.batch
        assert (entry.reason or "").endswith("(index)") == later, (id, entry)
        assert (stood[id]["kept"], stood[id]["indexed"]) == (entry.related, "yes" if later else "no")
    assert {id: found[id] for id in stood if found[id].status != "duplicate"} == {}
    assert stood.keys() == {id for id, entry in found.items() if entry.status == "duplicate"}
    assert {row["kept"] for row in stood.values()} <= kept
    for one in kept:
        for other in kept:
            assert one == other or alike(now[one], now[other]) < 0.8, (one, other)
    listed = [frozenset((row["id1"], row["id2"])) for row in CorpusFolder(out).table("duplicates.tsv")]
    assert [pair for pair in listed if listed.count(pair) > 1] == []


@pytest.mark.parametrize("seed", range(6))
def test_every_removed_document_has_a_kept_one_that_it_is_near(tmp_path: Path, seed: int) -> None:
    numbers = random.Random(seed)
    out = tmp_path / "corpus"
    bases = [" ".join(numbers.sample(WORDS, 60)) for _ in range(3)]
    ids = [f"d{n}" for n in range(9)]
    now: dict[str, str] = {}
    for _ in range(6):
        rows = batch(numbers, bases, ids)
        added(tmp_path, rows)
        fresh = {row["id"]: row["text"] for row in rows}
        again = {id for id in fresh if now.get(id) == fresh[id]}
        now |= {id: text for id, text in fresh.items() if id not in again}
        check(out, now)
        if numbers.random() < 0.3:
            gone = numbers.choice(sorted(now))
            remove_documents(out, [gone])
            del now[gone]
            check(out, now)
        if numbers.random() < 0.2:
            compact(out)
        if numbers.random() < 0.2:
            shutil.rmtree(out / "store")
    before = contents(out)
    last = max(tmp_path.glob("*.jsonl"), key=lambda path: int(path.stem))
    assert run([last], out, options=UPDATING).unchanged
    assert contents(out) == before


# ---- killed ----------------------------------------------------------------------------------------------------


def dying(at: int, work: Callable[[], object]) -> None:
    """In a process of its own: does the work, and is killed when it puts the n-th file in its place."""
    replace, calls = os.replace, [0]

    def counting(*args: Any, **kwargs: Any) -> None:
        calls[0] += 1
        if calls[0] == at:
            os.kill(os.getpid(), signal.SIGKILL)
        replace(*args, **kwargs)

    os.replace = counting
    work()
    os._exit(0)


@pytest.mark.slow
@pytest.mark.parametrize("step", ["update", "remove"])
def test_killed_at_any_moment_it_goes_on(tmp_path: Path, step: str) -> None:
    rows = [*({"id": f"x{n}", "text": ENGLISH[0]} for n in range(3)), {"id": "k", "text": near(ENGLISH[0])}]
    added(tmp_path, [*rows, {"id": "de", "text": GERMAN[0]}], out="first")
    new = lines(tmp_path / "new.jsonl", [{"id": "k", "text": ENGLISH[3]}])
    last = lines(tmp_path / "last.jsonl", [{"id": "n", "text": ENGLISH[0]}, {"id": "x1", "text": ENGLISH[4]}])

    def work(out: Path) -> object:
        return run([new], out, options=UPDATING) if step == "update" else remove_documents(out, ["k"])

    shutil.copytree(tmp_path / "first", tmp_path / "whole")
    work(tmp_path / "whole")
    assert statuses(tmp_path / "whole")["x0"] == ("paired", "de")
    run([last], tmp_path / "whole", options=UPDATING)
    assert statuses(tmp_path / "whole")["n"] == ("duplicate", "x0")
    context = multiprocessing.get_context("fork")
    for at in range(1, 200, 2):
        out = tmp_path / "broken" / str(at)
        shutil.copytree(tmp_path / "first", out)
        process = context.Process(target=dying, args=(at, lambda out=out: work(out)))
        process.start()
        process.join(120)
        work(out)
        run([last], out, options=UPDATING)
        assert contents(out) == contents(tmp_path / "whole"), at
        if process.exitcode == 0:
            break
        assert process.exitcode == -signal.SIGKILL
    assert at > 15


# ---- corrections -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("together", [True, False])
def test_a_text_whose_correction_is_a_duplicate_is_paired_with_nothing_more(
    tmp_path: Path, together: bool
) -> None:
    out, german = tmp_path / "corpus", {"id": "de", "text": GERMAN[0]}
    added(tmp_path, [{"id": "a", "text": ENGLISH[0]}, {"id": "x", "text": ENGLISH[1]}])
    correction = {"id": "a", "text": near(ENGLISH[1])}
    added(tmp_path, *([[correction, german]] if together else [[correction], [german]]))
    found = statuses(out)
    assert found["a"] == ("duplicate", "x")
    assert found["de"] == ("unpaired", "")
    shutil.rmtree(out / "store")
    added(tmp_path, [{"id": "de2", "text": near(GERMAN[0])}])
    assert statuses(out) == found | {"de2": ("duplicate", "de")}


@pytest.mark.parametrize("policy", ["update", "skip", "rename"])
def test_an_id_that_comes_twice_in_several_batches_is_listed_under_names_that_differ(
    tmp_path: Path, policy: Any
) -> None:
    days = [[{"id": "d", "text": ENGLISH[2 * n]}, {"id": "d", "text": ENGLISH[2 * n + 1]}] for n in range(3)]
    options = RunOptions(append=True, dedup=DedupOptions(on_known_id=policy))
    added(tmp_path, *days, options=options)
    out = tmp_path / "corpus"
    found = [entry.document for entry in CorpusFolder(out).documents]
    assert len(set(found)) == 6, found
    stays = set(found) if policy == "rename" else {"d"}
    assert {related or id for id, (_, related) in statuses(out).items()} == stays
    assert {row["kept"] for row in CorpusFolder(out).table("clusters.tsv")} <= stays


def test_an_id_like_the_name_of_an_earlier_version_is_told_from_it(tmp_path: Path) -> None:
    added(tmp_path, [{"id": "d", "text": ENGLISH[0]}, {"id": "d", "text": ENGLISH[1]}])
    added(tmp_path, [{"id": "d#2", "text": ENGLISH[2]}])
    assert list(statuses(tmp_path / "corpus")) == ["d#2", "d", "d#2@2"]


def test_what_came_back_is_stored_once(tmp_path: Path) -> None:
    out = tmp_path / "corpus"
    added(tmp_path, [{"id": "k", "text": ENGLISH[0]}], [{"id": "x", "text": near(ENGLISH[0])}])
    added(tmp_path, [{"id": "k", "text": ENGLISH[3]}])
    assert statuses(out)["x"][0] == "unpaired"
    before = {path: path.read_bytes() for path in sorted((out / "store").rglob("*")) if path.is_file()}
    assert run([tmp_path / "3.jsonl"], out, options=UPDATING).unchanged
    assert {p: p.read_bytes() for p in sorted((out / "store").rglob("*")) if p.is_file()} == before


def test_a_line_without_a_text_is_not_taken_for_the_text_of_its_id(tmp_path: Path) -> None:
    out = tmp_path / "corpus"
    added(
        tmp_path,
        [{"id": "a", "text": ENGLISH[0]}],
        [{"id": "a", "text": ""}, {"id": "x", "text": ENGLISH[1]}],
    )
    added(tmp_path, [{"id": "a", "text": ENGLISH[2]}])
    assert entries(out)["a@1"].source.endswith("1.jsonl:1")
    assert statuses(out)["a@1"] == ("duplicate", "a")


def test_a_store_that_is_made_again_has_no_text_that_was_replaced(tmp_path: Path) -> None:
    out = tmp_path / "corpus"
    added(tmp_path, [{"id": "a", "text": text} for text in (ENGLISH[4], "", ENGLISH[0])])
    added(tmp_path, [{"id": "x", "text": ENGLISH[1]}], [{"id": "a", "text": near(ENGLISH[1])}])
    shutil.rmtree(out / "store")
    added(tmp_path, [{"id": "en", "text": near(ENGLISH[0])}, {"id": "de", "text": GERMAN[0]}])
    assert statuses(out)["de"] == ("paired", "en")

"""Machines and processes that die, on a cluster of two executors: the bytes stay those of one machine."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

from align import DedupOptions, RunOptions, run
from align._internal.arrow import strings
from align.corpus.folder import STAGES, TEXTS
from align.engines.spark.careful import sketch_in_children
from align.jobs.dedup import DedupJobOptions, deduplicate
from align.reading import read_batch
from tests.engines.spark.batches import write_batch
from tests.engines.spark.conftest import CONF, require_spark
from tests.engines.spark.test_dedup import contents
from tests.pairing.glossary import pages

pytestmark = [pytest.mark.spark, pytest.mark.slow]
ROOT = Path(__file__).parents[3]
POISON = "the document that nobody survives"
POISON_OF_PROFILES = "the document that nobody can describe"
# What every Python process of the cluster does at its start: a text with the poison in it kills it.
KILLER = f"""
import os, sys
class Finder:
    def find_spec(self, name, path=None, target=None):
        if name == "align.pairing.stages.profiles":
            from align.pairing import profiles
            make = profiles.make_profiles
            def made(documents, frequencies):
                if any("{POISON_OF_PROFILES}" in document.text for document in documents):
                    os.abort()
                return make(documents, frequencies)
            profiles.make_profiles = made
        if name == "align.dedup.stages.documents":
            from align.dedup import sketches
            sketch = sketches.sketch
            def killed(text, options, banding):
                if any("{POISON}" in value for value in text.to_pylist()):
                    os.abort()
                return sketch(text, options, banding)
            sketches.sketch = killed
sys.meta_path.insert(0, Finder())
"""


@pytest.fixture(scope="module")
def poisoned(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that makes Python processes die of the poison, where it is on their path."""
    folder = tmp_path_factory.mktemp("site")
    (folder / "sitecustomize.py").write_text(KILLER)
    return folder


def environment(poisoned: Path, folder: Path) -> dict[str, str]:
    return {
        **os.environ,
        "PYTHONPATH": os.pathsep.join((str(poisoned), str(ROOT))),
        "PYSPARK_PYTHON": sys.executable,
        "SPARK_LOCAL_IP": "127.0.0.1",
        "SPARK_WORKER_DIR": str(folder / "work"),
    }


RUN = ("run", "--no-report")


def start(
    source: Path, out: Path, environ: dict[str, str], command: Sequence[str] = RUN
) -> subprocess.Popen[bytes]:
    """The command on a cluster of two executors, each a process of its own."""
    settings = [part for key, value in CONF.items() for part in ("--conf", f"{key}={value}")]
    asked = [*command, str(source), "-o", str(out), "--differences", "0", "--engine", "spark"]
    with said_by(out).open("wb") as errors:
        return subprocess.Popen(
            [sys.executable, "-m", "align", *asked, "--master", "local-cluster[2,1,1024]", *settings],
            cwd=ROOT, env=environ, stdout=subprocess.DEVNULL, stderr=errors, start_new_session=True,
        )  # fmt: skip


def said_by(out: Path) -> Path:
    """Where a job's messages go: a pipe that nobody reads would stop it."""
    return out.with_name("said.txt")


def wait_for(stage: str, out: Path, job: subprocess.Popen[bytes]) -> None:
    """Waits until a stage (``kind/name``) is finished."""
    kind, _, name = stage.partition("/")
    until = time.monotonic() + 480
    while time.monotonic() < until and job.poll() is None:
        if name in stages_done(out, kind):
            return
        time.sleep(0.05)
    raise AssertionError(f"{stage} was not reached: {said_by(out).read_text()[-2000:]}")


def stages_done(out: Path, kind: str = ".") -> dict[str, str]:
    """The finished stages of a job, of one kind where it has several, and their folders."""
    manifest = out / STAGES / kind / "manifest.json"
    found: dict[str, str] = json.loads(manifest.read_bytes())["stages"] if manifest.exists() else {}
    return found


def executors(job: subprocess.Popen[bytes]) -> Iterator[int]:
    """The executors of a job: processes of its session."""
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                command = (entry / "cmdline").read_bytes()
                if os.getsid(int(entry.name)) == job.pid and b"CoarseGrainedExecutorBackend" in command:
                    yield int(entry.name)
            except OSError:
                continue


def end(job: subprocess.Popen[bytes]) -> None:
    """Kills a job with all its processes."""
    if job.poll() is None:
        os.killpg(job.pid, signal.SIGKILL)
        job.wait()


@pytest.mark.skipif(not Path("/proc").is_dir(), reason="finds the executors in /proc")
def test_a_run_outlives_executors_the_driver_and_deadly_documents(
    poisoned: Path, tmp_path: Path, seeds: Path
) -> None:
    require_spark()
    source, out = write_articles(tmp_path / "in", seeds), tmp_path / "out"
    lines = write_deadly(source, {"sketched": f"Here comes {POISON}.", "described": f"{POISON_OF_PROFILES}!"})
    first = start(source, out, environment(poisoned, tmp_path))
    try:
        wait_for("dedup/candidates", out, first)
        os.kill(next(executors(first)), signal.SIGKILL)
        wait_for("pairs/paragraphs", out, first)
    finally:
        end(first)
    done = stages_done(out, "dedup"), stages_done(out, "pairs")
    second = start(source, out, environment(poisoned, tmp_path))
    try:
        wait_for("pairs/candidates", out, second)
        assert done[0] == stages_done(out, "dedup"), "it goes on, and makes nothing anew"
        assert done[1].items() <= stages_done(out, "pairs").items()
        os.kill(next(executors(second)), signal.SIGKILL)
        second.wait(600)
    finally:
        end(second)
    assert second.returncode == 1, said_by(out).read_text()  # something is listed as failed
    write_deadly(source, {"sketched": None, "described": None}, lines)
    local = run(source, tmp_path / "local", options=RunOptions(dedup=DedupOptions(differences=0)))
    assert min(local.folder.info["summary"][name] for name in ("pairs", "duplicate", "repeats")) > 1
    assert_same_but_for_the_dead(out, tmp_path / "local", {"sketched", "described"})


def write_articles(folder: Path, seeds: Path) -> Path:
    """The seeds, translations, near-duplicates and repeats."""
    write_batch(folder, documents=30)
    for path in seeds.glob("*.txt"):
        shutil.copy(path, folder)
    write_rows(folder / "pages.jsonl", [{"id": page.id, "text": page.text} for page in pages("en", "de")])
    return folder


def write_deadly(
    source: Path, texts: Mapping[str, str | None], lines: Sequence[str] | None = None
) -> Sequence[str]:
    """Puts these documents among those of a file; returns the lines that it has without them."""
    path = source / "part1.jsonl"
    lines = lines or path.read_text(encoding="utf-8").splitlines()
    rows = [json.dumps({"id": id, "text": text}) for id, text in texts.items()]
    path.write_text("\n".join([*lines[:7], *rows, *lines[7:]]) + "\n", encoding="utf-8")
    return lines


def assert_same_but_for_the_dead(one: Path, other: Path, dead: AbstractSet[str]) -> None:
    """The same bytes, but for what is said of documents that `one` had texts of, and `other` had not."""
    here, there = contents(one), contents(other)
    assert sorted(here) == sorted(there)
    lines = [folder.pop("documents.tsv").decode().splitlines() for folder in (here, there)]
    apart = [pair for pair in zip(*lines, strict=True) if pair[0] != pair[1]]
    assert {row.split("\t")[0] for row, _ in apart} == dead
    assert all("killed the process that worked on it (signal 6); leave it out" in row for row, _ in apart)
    mine, theirs = (pq.read_table(folder / TEXTS) for folder in (one, other))
    assert mine.filter(pc.invert(pc.is_in(mine["id"], strings(sorted(dead))))).equals(theirs)
    records = [json.loads(folder.pop("run.json")) for folder in (here, there)]
    for record in records:
        record["signature"].pop("inputs")  # the digest of what was read
    assert records[0] == records[1]
    del here[TEXTS], there[TEXTS]
    for name, content in here.items():
        assert content == there[name], name


def write_rows(path: Path, rows: Sequence[dict[str, Any]]) -> None:
    path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), encoding="utf-8")


@pytest.mark.skipif(os.environ.get("ALIGN_TEST_SPARK") != "all", reason="takes minutes: ALIGN_TEST_SPARK=all")
def test_an_executor_killed_after_every_stage(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    require_spark()
    monkeypatch.setitem(CONF, "spark.deploy.maxExecutorRetries", "-1")
    monkeypatch.setitem(CONF, "spark.task.maxFailures", "8")
    source, out = write_batch(tmp_path / "in", documents=60), tmp_path / "out"
    job = start(source, out, environment(tmp_path, tmp_path), ("dedup",))
    seen, killed = 0, 0
    try:
        while job.poll() is None:
            time.sleep(0.2)
            stages = len(stages_done(out))
            if stages > seen and (found := list(executors(job))):
                os.kill(found[0], signal.SIGKILL)
                seen, killed = stages, killed + 1
    except FileNotFoundError:  # the job is finished
        job.wait(60)
    finally:
        end(job)
    deduplicate(source, tmp_path / "local", DedupJobOptions(dedup=DedupOptions(differences=0)))
    assert killed > 10
    assert contents(out) == contents(tmp_path / "local")


def test_the_document_that_kills_is_found_among_others(
    poisoned: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in "abcde":
        (tmp_path / f"{name}.txt").write_text(
            POISON if name == "d" else f"The text of {name}, which harms nobody."
        )
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join((str(poisoned), str(ROOT))))
    (batch,) = read_batch(tmp_path)
    found = sketch_in_children(batch, np.arange(5), ["x"] * 5, DedupOptions())
    rows: list[dict[str, Any]] = [row for part in found for row in part.to_pylist()]
    assert [row["id"] for row in rows] == [f"{name}.txt" for name in "abcde"]
    assert [row["number"] for row in rows] == list(range(5))
    assert [row["problem"] is not None for row in rows] == [False, False, False, True, False]
    assert [row["counts"] for row in rows] == [3, 3, 3, 0, 3]

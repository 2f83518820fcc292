"""Machines and processes that die, on a cluster of two executors: the bytes stay those of one machine."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from align import DedupOptions
from align.engines.spark.careful import sketch_in_children
from align.jobs.dedup import DedupJobOptions, deduplicate
from align.jobs.pairs import PairJobOptions, pair
from align.reading import read_batch
from tests.engines.spark.batches import write_batch
from tests.engines.spark.conftest import CONF, require_spark
from tests.engines.spark.test_dedup import contents
from tests.pairing.glossary import pages

pytestmark = [pytest.mark.spark, pytest.mark.slow]
ROOT = Path(__file__).parents[3]
POISON = "the document that nobody survives"
# What every Python process of the cluster does at its start: a text with the poison in it kills it.
KILLER = f"""
import os, sys
class Finder:
    def find_spec(self, name, path=None, target=None):
        if name == "align.pairing.stages.profiles":
            from align.pairing import profiles
            make = profiles.make_profiles
            def made(documents, frequencies):
                if any("{POISON}" in document.text for document in documents):
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


DEDUP = ("dedup", "--differences", "0")


def start(
    source: Path, out: Path, environ: dict[str, str], command: Sequence[str] = DEDUP
) -> subprocess.Popen[bytes]:
    """The command on a cluster of two executors, each a process of its own."""
    settings = [part for key, value in CONF.items() for part in ("--conf", f"{key}={value}")]
    asked = [*command, str(source), "-o", str(out), "--engine", "spark"]
    with said_by(out).open("wb") as errors:
        return subprocess.Popen(
            [sys.executable, "-m", "align", *asked, "--master", "local-cluster[2,1,1024]", *settings],
            cwd=ROOT, env=environ, stdout=subprocess.DEVNULL, stderr=errors, start_new_session=True,
        )  # fmt: skip


def said_by(out: Path) -> Path:
    """Where a job's messages go: a pipe that nobody reads would stop it."""
    return out.with_name("said.txt")


def wait_for(stage: str, out: Path, job: subprocess.Popen[bytes]) -> None:
    """Waits until a stage is finished."""
    manifest = stages_of(out) / "manifest.json"
    until = time.monotonic() + 480
    while time.monotonic() < until and job.poll() is None:
        if manifest.exists() and stage in stages_done(out):
            return
        time.sleep(0.05)
    raise AssertionError(f"{stage} was not reached: {said_by(out).read_text()[-2000:]}")


def stages_of(out: Path) -> Path:
    """Where a job keeps its stages: in its folder, or beside its table."""
    return out.with_name(f"{out.name}.spark") if out.suffix else out / ".spark"


def stages_done(out: Path) -> dict[str, str]:
    """The finished stages of a job, and their folders."""
    found: dict[str, str] = json.loads((stages_of(out) / "manifest.json").read_bytes())["stages"]
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
def test_executors_the_driver_and_a_deadly_document(poisoned: Path, tmp_path: Path) -> None:
    require_spark()
    source, out = write_batch(tmp_path / "in", documents=60), tmp_path / "out"
    deadly = source / "part1.jsonl"
    lines = deadly.read_text(encoding="utf-8").splitlines()
    lines.insert(7, json.dumps({"id": "deadly", "text": f"Here comes {POISON}."}))
    deadly.write_text("\n".join(lines) + "\n", encoding="utf-8")
    environ = environment(poisoned, tmp_path)
    first = start(source, out, environ)
    try:
        wait_for("sketches", out, first)
    finally:
        end(first)
    second = start(source, out, environ)
    try:
        wait_for("candidates", out, second)
        os.kill(next(executors(second)), signal.SIGKILL)
        second.wait(300)
    finally:
        end(second)
    said = said_by(out).read_text()
    assert second.returncode == 1, said  # something is listed as failed
    assert "killed the process that worked on it (signal 6); leave it out" in said
    here = contents(out)
    failed = [line for line in here["documents.tsv"].decode().splitlines() if line.startswith("deadly\t")]
    assert len(failed) == 1
    # But for the deadly one, nobody can tell which engine it was.
    broken = [*lines[:7], '{"id": "deadly", "text": null}', *lines[8:]]
    deadly.write_text("\n".join(broken) + "\n", encoding="utf-8")
    deduplicate(source, tmp_path / "local", DedupJobOptions(dedup=DedupOptions(differences=0)))
    there = contents(tmp_path / "local")
    for name in ("duplicates.tsv", "clusters.tsv", "repeats.tsv", "kept/part0.jsonl", "kept/part1.jsonl"):
        assert here[name] == there[name], name


@pytest.mark.skipif(not Path("/proc").is_dir(), reason="finds the executors in /proc")
def test_translations_outlive_executors_the_driver_and_a_deadly_document(
    poisoned: Path, tmp_path: Path, seeds: Path
) -> None:
    require_spark()
    source, out = tmp_path / "in.jsonl", tmp_path / "pairs.tsv"
    rows: list[dict[str, Any]] = [
        {"id": page.id, "text": page.text} for language in ("en", "de") for page in pages(language)
    ]
    rows += [{"id": p.name, "text": p.read_text("utf-8")[:2_000]} for p in sorted(seeds.glob("*.txt"))]
    deadly = {"id": "deadly", "text": f"Here comes {POISON}, and much else that nobody reads."}
    write_rows(source, [*rows[:3], deadly, *rows[3:]])
    command = ("pairs", "--documents", str(tmp_path / "documents.tsv"))
    environ = environment(poisoned, tmp_path)
    first = start(source, out, environ, command)
    try:
        wait_for("paragraphs", out, first)
    finally:
        end(first)
    done = stages_done(out)
    second = start(source, out, environ, command)
    try:
        wait_for("candidates", out, second)
        assert done.items() <= stages_done(out).items()  # it goes on, and makes nothing anew
        os.kill(next(executors(second)), signal.SIGKILL)
        second.wait(600)
    finally:
        end(second)
    said = said_by(out).read_text()
    assert second.returncode == 1, said  # something is listed as failed
    assert "killed the process that worked on it (signal 6); leave it out" in said
    write_rows(source, [*rows[:3], {**deadly, "text": None}, *rows[3:]])
    local = PairJobOptions(documents=tmp_path / "local-documents.tsv")
    assert len(pair(source, tmp_path / "local.tsv", local).pairs) > 4
    assert out.read_bytes() == (tmp_path / "local.tsv").read_bytes()
    here, there = (
        (tmp_path / name).read_text("utf-8").splitlines() for name in ("documents.tsv", "local-documents.tsv")
    )
    assert [n for n, pair in enumerate(zip(here, there, strict=True)) if pair[0] != pair[1]] == [4]


def write_rows(path: Path, rows: Sequence[dict[str, Any]]) -> None:
    path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), encoding="utf-8")


@pytest.mark.skipif(os.environ.get("ALIGN_TEST_SPARK") != "all", reason="takes minutes: ALIGN_TEST_SPARK=all")
def test_an_executor_killed_after_every_stage(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    require_spark()
    monkeypatch.setitem(CONF, "spark.deploy.maxExecutorRetries", "-1")
    monkeypatch.setitem(CONF, "spark.task.maxFailures", "8")
    source, out = write_batch(tmp_path / "in", documents=60), tmp_path / "out"
    job = start(source, out, environment(tmp_path, tmp_path))
    manifest, seen, killed = out / ".spark" / "manifest.json", 0, 0
    try:
        while job.poll() is None:
            time.sleep(0.2)
            stages = len(json.loads(manifest.read_bytes())["stages"]) if manifest.exists() else 0
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

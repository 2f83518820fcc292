"""Deduplication on Spark leaves the bytes that this machine leaves."""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import align
from align import DedupOptions, EngineError, InputError, ReadOptions, SignatureError, UsageError
from align.dedup import find
from align.dedup.clusters import stars
from align.engines.spark import large
from align.engines.spark.checkpoints import Checkpoints
from align.engines.spark.components import cells
from align.engines.spark.dedup import Limits
from align.engines.spark.options import SparkOptions
from align.jobs.dedup import DedupJobOptions, deduplicate
from align.jobs.spark import deduplicate_on_spark
from tests.engines.spark.batches import article, edited, write_batch

pytestmark = [pytest.mark.spark, pytest.mark.slow]
ON_SPARK = SparkOptions()
PLAIN = DedupOptions(differences=0)


def contents(folder: Path) -> dict[str, bytes]:
    """Every file of a corpus folder but for the hidden ones."""
    files = (path.relative_to(folder) for path in folder.rglob("*") if path.is_file())
    return {path.as_posix(): (folder / path).read_bytes() for path in files if path.parts[0][0] != "."}


def assert_same(folder: Path, inputs: Any, limits: Limits | None = None, **options: Any) -> dict[str, int]:
    """Both engines leave the same bytes; returns their counts."""
    local = deduplicate(inputs, folder / "local", DedupJobOptions(**options))
    job = DedupJobOptions(**options, spark=ON_SPARK)
    counts, unchanged = deduplicate_on_spark(inputs, folder / "spark", job, limits=limits)
    assert not unchanged
    here, there = contents(folder / "local"), contents(folder / "spark")
    assert sorted(here) == sorted(there)
    for name, content in here.items():
        assert there[name] == content, name
    assert counts == local.summary
    return counts


@contextmanager
def set_to(spark: Any, **conf: object) -> Iterator[None]:
    """Spark with other settings."""
    names = {
        "partitions": "shuffle.partitions",
        "rows": "execution.arrow.maxRecordsPerBatch",
        "adaptive": "adaptive.enabled",
    }
    keys = {f"spark.sql.{names[name]}": str(value).lower() for name, value in conf.items()}
    before = {key: spark.conf.get(key) for key in keys}
    for key, value in keys.items():
        spark.conf.set(key, value)
    try:
        yield
    finally:
        for key, value in before.items():
            spark.conf.set(key, value)


# ---- the same bytes --------------------------------------------------------------------------------------------


# How the work is parted, and what is asked for; a third way is that of a job that is started again, below.
JOBS: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "longest": (
        {"partitions": 1, "rows": 16, "adaptive": False},
        {"cut": "repeats", "dedup": DedupOptions(differences=0)},
    ),
    "newest": (
        {"partitions": 64, "rows": 16, "adaptive": True},
        {
            "dedup": DedupOptions(
                keep="newest", threshold=0.5, boilerplate=5, differences=0, normalize=("accents", "hyphens")
            ),
            "reading": ReadOptions(prefer="date", language_field="language"),
        },
    ),
}


@pytest.mark.parametrize("job", JOBS)
def test_the_bytes_are_the_same_however_the_work_is_parted(
    job: str, batch: Path, spark: Any, tmp_path: Path
) -> None:
    conf, options = JOBS[job]
    (tmp_path / "nothing").mkdir()
    inputs = [*sorted(batch.iterdir()), tmp_path / "nothing", tmp_path / "missing.txt"]
    with set_to(spark, **conf):
        counts = assert_same(tmp_path, inputs, **options)
    expected = ["identical", "near", "failed", "repeats"]
    expected += ["version", "boilerplate"] if options["dedup"].boilerplate else []
    assert min(counts[name] for name in expected) > 0


def test_crowded_buckets_and_cells_beyond_the_limits(
    batch: Path, spark: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(find, "CROWDED", 3)
    limits = Limits(crowded=3, cell=4, in_one_task=0)
    counts = assert_same(tmp_path, batch, limits, dedup=DedupOptions(threshold=0.4, ngram=1, differences=0))
    assert counts["crowded"] > 100


def test_a_chain_of_stars_takes_a_bounded_number_of_rounds(spark: Any, tmp_path: Path) -> None:
    count = 10_000
    first, second = np.arange(count - 1), np.arange(1, count)
    shared = 80 + first % 7
    near = spark.createDataFrame(
        list(zip(first.tolist(), second.tolist(), shared.tolist(), [100] * (count - 1), strict=True)),
        "first long, second long, shared long, size long",
    )
    texts = spark.createDataFrame(
        [(n, 0.0, count - n, 0, f"d{n}") for n in range(count)],
        "number long, precedence double, lengths long, again long, rank_id string",
    )
    from pyspark.sql import functions as f

    order = [f.col("precedence"), -f.col("lengths"), f.col("again"), f.col("rank_id"), f.col("number")]
    stages = Checkpoints(spark, tmp_path / "stages", {})
    inside = cells(stages, near.select("first", "second"))
    found = large.removals_of_large_cells(stages, near, inside, texts, order, DedupOptions()).collect()
    expected = stars(first, second, shared / 100, np.zeros(count - 1, bool), np.arange(count))
    assert {row.number: row.kept for row in found} == {
        gone: int(first[place] if second[place] == gone else second[place])
        for gone, place in expected.items()
    }
    assert sum(name.startswith("kept") for name in stages.made) == large.ROUNDS


def test_components_of_many_pairs_are_found_in_rounds(spark: Any, tmp_path: Path) -> None:
    draw = np.random.default_rng(3)
    chain = draw.permutation(300)
    ends = np.sort(np.stack([chain[1:], chain[:-1]], axis=1), axis=1)[draw.random(299) > 0.02]
    pairs = spark.createDataFrame([tuple(pair) for pair in ends.tolist()], "first long, second long")
    one, many = (
        {
            row.number: row.cell
            for row in cells(Checkpoints(spark, tmp_path / str(n), {}), pairs, in_one_task=n).collect()
        }
        for n in (0, 1_000)
    )
    assert one == many
    assert 1 < len(set(one.values())) < 30


def test_a_data_frame_gives_what_the_function_gives(spark: Any) -> None:
    draw = random.Random(5)
    texts = [article(draw) for _ in range(20)]
    texts += [edited(draw, text, 3) for text in texts[:8]] + texts[:3] + ["", "word"]
    rows = [(f"d{n:02d}", text) for n, text in enumerate(texts)]
    frame = spark.createDataFrame(rows, "name string, body string")
    documents, pairs = align.spark.find_duplicates(frame, id="name", text="body")
    expected = align.find_duplicates(rows)
    assert [tuple(row) for row in pairs.collect()] == [
        (pair.first, pair.second, pair.similarity, pair.kind) for pair in expected.pairs
    ]
    found = {row.id: row for row in documents.collect()}
    assert sorted(id for id, row in found.items() if row.status == "kept") == sorted(expected.kept)
    assert {id: row.note for id, row in found.items() if row.note} == expected.notes
    for id, removal in expected.removed.items():
        assert (found[id].kept, found[id].similarity, found[id].kind) == (
            removal.kept,
            removal.similarity,
            removal.kind,
        )
    twice = frame.union(frame.limit(1))
    with pytest.raises(UsageError, match=r"documents: two have the id 'd\d\d'"):
        align.spark.find_duplicates(twice, id="name", text="body")
    with pytest.raises(UsageError, match="no column 'text'; there are name, body"):
        align.spark.find_duplicates(frame, id="name")


# ---- a job that is started again -------------------------------------------------------------------------------


class StoppedError(Exception):
    """What stands for the end of the driver."""


def stopping_at(stage: str) -> Any:
    def progress(name: str, done: int, of: int) -> None:
        if name == stage:
            raise StoppedError

    return progress


def test_a_job_goes_on_where_it_stopped_unless_an_option_changed(
    spark: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[list[str]] = []
    monkeypatch.setattr(Checkpoints, "remove", lambda self: made.append(self.made))
    write_batch(tmp_path / "in", documents=60)
    source, out = sorted((tmp_path / "in").iterdir(), reverse=True), tmp_path / "spark"
    first = DedupOptions(keep="first", on_known_id="update", boilerplate=3, differences=0)
    with set_to(spark, partitions=7, rows=10_000, adaptive=True):
        with pytest.raises(StoppedError):
            stopped = DedupJobOptions(dedup=first, spark=ON_SPARK)
            deduplicate(source, out, stopped, progress=stopping_at("near"))
        lower = replace(first, threshold=0.5)
        with pytest.raises(SignatureError, match=r"threshold 0\.7, asked for is 0.5"):
            deduplicate(source, out, DedupJobOptions(dedup=lower, spark=ON_SPARK))
        counts = assert_same(tmp_path, source, dedup=first)
    expected = ("identical", "near", "failed", "repeats", "version", "boilerplate")
    assert min(counts[name] for name in expected) > 0
    assert "candidates" not in made[0]
    assert "near" in made[0]
    other = DedupJobOptions(dedup=DedupOptions(threshold=0.5, differences=0), overwrite=True)
    deduplicate(source, tmp_path / "local", other)
    deduplicate(source, out, DedupJobOptions(dedup=other.dedup, overwrite=True, spark=ON_SPARK))
    assert made[1][0] == "sketches"
    here, there = contents(tmp_path / "local"), contents(out)
    assert {name: there[name] for name in here} == here
    assert deduplicate(source, out, DedupJobOptions(dedup=other.dedup)).unchanged


# ---- what cannot be done ---------------------------------------------------------------------------------------


def test_a_file_that_an_executor_has_not_fails_the_job(spark: Any, tmp_path: Path) -> None:
    source = write_batch(tmp_path / "in", documents=12)

    def remove(name: str, done: int, of: int) -> None:
        (source / "part1.jsonl").unlink(missing_ok=True)  # the driver has listed it

    with pytest.raises(InputError, match=r"in/part1\.jsonl: is not there on \S+, though the driver has it"):
        deduplicate(source, tmp_path / "out", DedupJobOptions(dedup=PLAIN, spark=ON_SPARK), progress=remove)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"dedup": DedupOptions(containment=0.9)}, "containment is not looked for on Spark"),
        ({"dedup": DedupOptions(spare=("numbers",))}, "spare is not there on Spark"),
        ({"dedup": DedupOptions(passages=20)}, "passages is not there on Spark"),
        ({}, "differences are not told on Spark; say so with --differences 0"),
        ({"dedup": PLAIN, "index": "x"}, "an index is not asked on Spark"),
        ({"dedup": PLAIN, "append": True}, "append is not there on Spark"),
        (
            {"dedup": DedupOptions(differences=0, boilerplate=5), "cut": "boilerplate"},
            "cut 'boilerplate' is not",
        ),
    ],
)
def test_what_spark_has_not_is_refused_by_name(options: dict[str, Any], message: str, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=message):
        deduplicate(tmp_path, tmp_path / "out", DedupJobOptions(**options, spark=ON_SPARK))
    assert not (tmp_path / "out").exists()


def test_outputs_and_inputs_that_cannot_be_are_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="s3://a/b: the output is a folder"):
        deduplicate(tmp_path, "s3://a/b", DedupJobOptions(dedup=PLAIN, spark=ON_SPARK))
    with pytest.raises(InputError, match="standard input cannot be read by executors"):
        deduplicate("-", tmp_path / "out", DedupJobOptions(dedup=PLAIN, spark=ON_SPARK))


def test_other_versions_on_executors_are_told(spark: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    from align.engines.spark import session

    monkeypatch.setattr(session, "this_program", lambda: ("9.9", 1))
    with pytest.raises(EngineError, match=r"has align \S+ \(kernel 1\), the driver 9\.9 \(kernel 1\)"):
        session.check_executors(spark)
    there = pytest.raises(EngineError, match=r"Spark runs already on local\[2,4\]")
    with there, session.session_for(SparkOptions("local[3]")):
        pass

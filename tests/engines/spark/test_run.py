"""A run on Spark leaves the corpus folder that this machine makes."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from align import AlignOptions, DedupOptions, PairOptions, ReadOptions, RunOptions, UsageError, run
from align.cli import cli
from align.corpus.folder import STAGES
from align.engines.spark.options import SparkOptions
from align.errors import InputError
from align.jobs import spark_run
from tests.engines.spark.conftest import require_spark
from tests.engines.spark.test_align import Letters
from tests.engines.spark.test_dedup import contents, set_to
from tests.engines.spark.test_faults import end, environment, said_by, start
from tests.engines.spark.test_pairs import write_translations

pytestmark = [pytest.mark.spark, pytest.mark.slow]
ON_SPARK = SparkOptions()
PLAIN = RunOptions(dedup=DedupOptions(differences=0))


def run_on_spark(inputs: Any, out: Path | str, options: RunOptions = PLAIN) -> Any:
    return spark_run.run_on_spark(inputs, out, options, ON_SPARK)


def assert_same_folders(one: Path, other: Path) -> None:
    here, there = contents(one), contents(other)
    assert sorted(here) == sorted(there)
    for name, content in here.items():
        assert content == there[name], name


def test_a_batch_of_everything_in_a_run_that_is_interrupted(
    seeds: Path, spark: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Either engine goes on with what Spark left, and calls finished what it made."""
    source, options = write_everything(tmp_path / "in", seeds)
    local, out = run(source, tmp_path / "local", options=options), tmp_path / "spark"
    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(spark_run, "bead_file", Interrupted(spark_run.bead_file, 6))
        with set_to(spark, partitions=1, rows=16, adaptive=False):
            run_on_spark(source, out, options)
    assert len(list((out / "aligned").iterdir())) == 5
    shutil.copytree(out, tmp_path / "taken over")
    steps: set[str] = set()

    def tell(step: str, done: int, total: int) -> None:
        steps.add(step)

    found = spark_run.run_on_spark(source, out, options, ON_SPARK, progress=tell)
    assert steps == {"reading", "aligning"}, "no stage is made anew"
    assert found.continued
    assert found.entries == local.entries
    assert_same_folders(out, tmp_path / "local")
    assert run(source, out, options=options).unchanged
    assert run(source, tmp_path / "taken over", options=options).continued
    assert_same_folders(tmp_path / "taken over", tmp_path / "local")
    assert not (tmp_path / "taken over" / ".spark").exists()
    counts = found.folder.info["summary"]
    assert min(counts[name] for name in ("pairs", "unpaired", "duplicate", "failed", "repeats")) > 0, counts
    assert found.left_out


def write_everything(folder: Path, seeds: Path) -> tuple[Path, RunOptions]:
    """Translations, duplicates, repeats, ids that come again, what cannot be used; and many options."""
    write_translations(folder, seeds)
    page = (folder / "guide" / "en" / "one.md").read_text("utf-8")
    said = [f"This is what sentence {n} says in a passage that stands twice in this page." for n in range(20)]
    passage = "\n\n".join([page, *said])
    (folder / "twice.txt").write_text(f"{passage}\n\nIn between.\n\n{passage}", encoding="utf-8")
    row = {"text": passage.replace("sentence 3", "sentence three"), "date": "2020-01-01"}
    rows = [{"id": "0en", **row}, {"id": "near", **row}, {"id": "near", **row, "text": passage, "date": "1"}]
    (folder / "more.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return folder, replace(
        PLAIN,
        dedup=DedupOptions(differences=0, keep="newest", boilerplate=4, on_known_id="rename"),
        reading=ReadOptions(language_field="language", prefer="date"),
        pairing=PairOptions(
            neighbours=3,
            given=(("0en", "de/one.md"), ("nobody", "0en")),
            exclude=(("en/one.md", "de/one.md"),),
        ),
    )


class Interrupted:
    """A function, interrupted once at the n-th call."""

    def __init__(self, function: Callable[..., Any], stop: int) -> None:
        self.function, self.left = function, stop

    def __call__(self, *given: Any) -> Any:
        self.left -= 1
        if not self.left:
            raise KeyboardInterrupt
        return self.function(*given)


@pytest.mark.gold
@pytest.mark.skipif(os.environ.get("ALIGN_TEST_SPARK") != "all", reason="takes minutes: ALIGN_TEST_SPARK=all")
def test_the_gold_batch_on_two_executors(gold: Path, tmp_path: Path) -> None:
    require_spark()
    documents, out, local = gold / "pairs" / "docs", tmp_path / "out", tmp_path / "local"
    job = start(documents, out, environment(tmp_path, tmp_path))
    try:
        job.wait()
    finally:
        end(job)
    assert job.returncode == 0, said_by(out).read_text()
    assert len(run(documents, local, options=PLAIN).folder.pairs) > 50
    assert_same_folders(out, local)


def test_what_this_machine_finished_is_finished(seeds: Path, spark: Any, tmp_path: Path) -> None:
    source = min(seeds.glob("*.txt"))
    local = run(source, tmp_path / "local", options=PLAIN).folder.path
    asked = ("-o", str(local), "--differences", "0", "--engine", "spark", "--no-report")
    done = CliRunner().invoke(cli, ["run", str(source), *asked])
    assert done.exit_code == 0, done.output
    assert "nothing to do, it was finished already" in done.output
    assert not (local / STAGES).exists()


def test_a_dry_run_is_refused(tmp_path: Path) -> None:
    said = CliRunner().invoke(
        cli, ["run", str(tmp_path), "-o", "x", "--engine", "spark", "--dry-run"], standalone_mode=False
    )
    assert "--dry-run works on this machine alone" in str(said.exception or said.output)


@pytest.mark.parametrize(
    ("options", "out", "error", "message"),
    [
        ({"append": True}, "x", UsageError, "append is not there on Spark"),
        ({"cut": "boilerplate", "dedup": DedupOptions(differences=0, boilerplate=3)}, "x", UsageError, "cut 'boil"),
        ({"dedup": DedupOptions()}, "x", UsageError, "say so with --differences 0"),
        ({"dedup": DedupOptions(differences=0, containment=0.9)}, "x", UsageError, "containment is not looked"),
        ({"encoder": "use+e5"}, "x", UsageError, r"encoder 'use\+e5': how alike unrelated texts are"),
        ({"alignment": AlignOptions(encoder=Letters())}, "x", UsageError, "an object of this process"),
        ({}, "s3://a/b", UsageError, "s3://a/b: the output is a folder that driver and executors share"),
    ],
)  # fmt: skip
def test_what_spark_has_not_is_refused_by_name(
    options: dict[str, Any], out: str, error: type[Exception], message: str, tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.chdir(tmp_path)
    with pytest.raises(error, match=message):
        run_on_spark(tmp_path, Path(out) if "//" not in out else out, replace(PLAIN, **options))
    assert not list(tmp_path.iterdir())


def test_standard_input_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="standard input cannot be read by executors"):
        run_on_spark("-", tmp_path / "x")

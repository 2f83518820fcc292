"""Translations found on Spark are those that this machine finds, byte for byte."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

import align
from align import InputError, OutputError, PairOptions, ReadOptions, UsageError
from align.engines.spark.options import SparkOptions
from align.jobs.pairs import PairJobOptions, pair
from align.jobs.spark_pairs import PairCounts, pair_on_spark
from tests.engines.spark.test_dedup import set_to
from tests.pairing.glossary import pages

pytestmark = [pytest.mark.spark, pytest.mark.slow]
ON_SPARK = SparkOptions()


def write_translations(folder: Path, seeds: Path) -> Path:
    """Pages of one template in four languages, parts of articles, ids that come again, and what cannot be used."""
    entries = [(page.id, page.text, page.language) for page in pages()]
    parts = [
        (f"{path.name[:3]}-{at}", "\n".join(lines[at : at + 12]), None)
        for path in sorted(seeds.glob("*.txt"))
        for lines in [path.read_text("utf-8").split("\n")[:24]]
        for at in range(0, len(lines), 12)
    ]
    odd = [
        ("copy", parts[0][1], "fr"),
        ("numbers", "1 2 3", None),
        ("nothing", " ", "en"),
        ("0en", "Another text.", "en"),
    ]
    rows = [dict(zip(("id", "text", "language"), row, strict=True)) for row in [*entries, *parts, *odd]]
    folder.mkdir(parents=True, exist_ok=True)
    for number in range(3):
        lines = [json.dumps(row, ensure_ascii=False) for row in rows[number::3]]
        if number == 1:
            lines.insert(2, '{"id": "broken", "text": ')
            lines.append(lines[0])
        (folder / f"part{number}.jsonl").write_text("\n".join(lines) + "\n", encoding="utf-8")
    for language, page in (("en", entries[0]), ("de", entries[5])):
        path = folder / "guide" / language / "one.md"
        path.parent.mkdir(parents=True)
        path.write_text(page[1], encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def translations(tmp_path_factory: pytest.TempPathFactory, seeds: Path) -> Path:
    return write_translations(tmp_path_factory.mktemp("translations"), seeds)


def job(folder: Path, name: str, **options: Any) -> tuple[Path, PairJobOptions]:
    return folder / f"{name}.tsv", PairJobOptions(documents=folder / f"{name}-documents.tsv", **options)


def assert_same(folder: Path, inputs: Any, **options: Any) -> PairCounts:
    """Both engines write the same bytes; returns what Spark counted."""
    local = pair(inputs, *job(folder, "local", **options))
    found = pair_on_spark(inputs, *job(folder, "spark", **options), ON_SPARK)
    for name in ("{}.tsv", "{}-documents.tsv"):
        here, there = (folder / name.format(engine) for engine in ("local", "spark"))
        assert there.read_bytes() == here.read_bytes(), name
    assert not (folder / "spark.tsv.spark").exists()
    assert (found.pairs, found.sets) == (len(local.pairs), len(local.pairs.sets))
    assert found.first_failed == tuple((e.source, e.reason) for e in local.failed)
    assert found.warnings == local.pairs.warnings
    assert found.paired == len({id for p in local.pairs for id in (p.source, p.target)})
    assert found.paired + found.unpaired + found.failed == len(local.entries)
    return found


def test_the_bytes_are_the_same_in_seven_parts(translations: Path, spark: Any, tmp_path: Path) -> None:
    """And with many options, in another order of files; test_run.py has one part and small batches."""
    inputs = [*sorted(translations.iterdir(), reverse=True), tmp_path / "missing.txt"]
    pairing = PairOptions(
        min_probability=0.05,
        source_language="zh",
        given=(("0en", "de/one.md"), ("001-12", "003-0"), ("nobody", "0en")),
        exclude=(("en/one.md", "de/one.md"),),
    )
    reading = ReadOptions(language_field="language", repeated="name")
    with set_to(spark, partitions=7, rows=10_000, adaptive=True):
        found = assert_same(tmp_path, inputs, pairing=pairing, reading=reading)
    assert min(found.pairs, found.unpaired, found.failed) > 2


def test_a_data_frame_gives_what_the_function_gives(spark: Any, seeds: Path) -> None:
    texts = pages("en", "de")
    rows = [(page.id, page.text, page.language) for page in texts]
    rows += [(path.name, path.read_text("utf-8")[:4_000], None) for path in sorted(seeds.glob("*.txt"))]
    frame = spark.createDataFrame(rows, "name string, body string, language string").repartition(3)
    documents, pairs = align.spark.find_pairs(frame, id="name", text="body")
    given = [{"id": id, "text": text, "language": language} for id, text, language in rows]
    expected = align.find_pairs(given)
    assert [list(row) for row in pairs.sort("source", "target").collect()] == [p.cells() for p in expected]
    found = {row.id: row for row in documents.collect()}
    assert {id: row.reason for id, row in found.items() if row.status == "unpaired"} == expected.unpaired
    assert {
        id for id, row in found.items() if row.status == "paired"
    } == found.keys() - expected.unpaired.keys()
    assert all(set(found[p.source].partners) >= {p.target} for p in expected)
    with pytest.raises(UsageError, match="no column 'text'; there are name, body"):
        align.spark.find_pairs(frame, id="name")


@pytest.mark.parametrize(
    ("options", "output", "error", "message"),
    [
        ({"append": True}, "x.tsv", UsageError, "append is not there on Spark"),
        ({"dry_run": True}, "x.tsv", UsageError, "dry_run is not there on Spark"),
        ({"pairing": PairOptions(index="x")}, "x.tsv", UsageError, "an index is not asked on Spark"),
        (
            {"pairing": PairOptions(encoder="use+e5")},
            "x.tsv",
            UsageError,
            r"encoder 'use\+e5': how alike unrelated texts are to it is measured on a whole batch",
        ),
        ({}, "-", UsageError, "-: the table lies in a folder that driver and executors share"),
        ({}, "s3://a/b.tsv", UsageError, "s3://a/b.tsv: the table lies in a folder"),
        ({}, "there.tsv", OutputError, "there.tsv: exists already"),
    ],
)
def test_what_spark_has_not_is_refused_by_name(
    options: dict[str, Any], output: str, error: type[Exception], message: str, tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.chdir(tmp_path)
    Path("there.tsv").touch()
    with pytest.raises(error, match=message):
        pair_on_spark(tmp_path, output, PairJobOptions(**options), ON_SPARK)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["there.tsv"]


def test_standard_input_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="standard input cannot be read by executors"):
        pair_on_spark("-", tmp_path / "x.tsv", PairJobOptions(), ON_SPARK)

"""Damaged tables, records and decisions are named; none of them is believed, none ends in a traceback."""

from __future__ import annotations

import random
import shutil
from collections.abc import Callable
from contextlib import suppress
from itertools import islice
from pathlib import Path
from typing import Any

import pytest

from align.corpus.folder import CorpusFolder
from align.errors import AlignError, OutputError
from align.jobs.dedup import DedupJobOptions, deduplicate
from align.jobs.export import export_run
from align.report import write_report
from align.review import progress, reviewed_rows
from align.review.session import Review
from tests.run_builder import Pair, bead, make_run

from .damage import attempt, mutations, write_inputs

MANY = 60  # mutations of each file


@pytest.fixture
def run(tmp_path: Path) -> CorpusFolder:
    beads = {level: [bead(0, "One.", "一。", 0.9, level=level), bead(1, "Two.", "", 0.4, level=level)]
             for level in ("sentence", "paragraph")}  # fmt: skip
    folder = make_run(
        tmp_path / "out", {"a": ("en", "One.\n\nTwo."), "b": ("zh", "一。")}, [Pair("a", "b", beads)]
    )
    review = Review(folder, reviewer="ana")
    first = review.view(0, "paragraph").beads[0]
    review.act(0, "paragraph", {"kind": "set", "id": first.id, "values": {"status": ["open", "accepted"]}})
    review.close()
    return folder


def use(folder: Path) -> list[Callable[[], Any]]:
    """Everything that reads a run."""

    def reading() -> None:
        run = CorpusFolder(folder, job="run")
        repr(run)
        list(run.documents)
        for pair in run.pairs:
            list(run.beads(pair))
            list(reviewed_rows(run, pair, "paragraph"))
        progress(run)

    return [
        reading,
        lambda: export_run(CorpusFolder(folder), folder / "c.tsv", overwrite=True),
        lambda: write_report(CorpusFolder(folder)),
    ]


@pytest.mark.parametrize(
    "name",
    ["run.json", "documents.tsv", "pairs.tsv", "documents.parquet", "review.sqlite", "aligned/a--b.sentences.tsv",
     "aligned/a--b.paragraphs.tsv", "duplicates.tsv", "repeats.tsv"],
)  # fmt: skip
def test_a_damaged_file_is_read_or_named(run: CorpusFolder, name: str) -> None:
    file = run.path / name
    whole, fell = file.read_bytes(), []
    for number, data in enumerate(islice(mutations(whole, random.Random(name)), MANY)):
        file.write_bytes(data)
        fell += [(number, wrong) for work in use(run.path) if (wrong := attempt(work))]
    assert fell == []


def test_a_batch_that_is_no_number_is_named(run: CorpusFolder) -> None:
    table = run.path / "documents.tsv"
    header, *lines = table.read_text().splitlines()
    at = header.split("\t").index("batch")
    cells = lines[0].split("\t")
    cells[at] = "1../../x"
    table.write_text("\n".join([header, "\t".join(cells), *lines[1:]]) + "\n")
    with pytest.raises(OutputError, match=r"documents\.tsv: the line of 'a' was altered: batch"):
        write_report(CorpusFolder(run.path))


@pytest.mark.parametrize("file", ["../../x", "/tmp/x", "..", "a/b", ".x", "", "a\\b", "x\x00"])
def test_a_table_of_pairs_leads_nowhere_else(run: CorpusFolder, file: str) -> None:
    table = run.path / "pairs.tsv"
    table.write_text(table.read_text().replace("a--b", file))
    with pytest.raises(OutputError, match=r"pairs\.tsv"):
        list(CorpusFolder(run.path).pairs)


@pytest.mark.parametrize("name", [".lock", "kept", "documents.tsv", "run.json"])
def test_links_that_somebody_planted_are_not_followed(tmp_path: Path, name: str) -> None:
    inputs = write_inputs(tmp_path / "in")
    theirs = tmp_path / "theirs"
    theirs.mkdir()
    (theirs / "file").write_text("precious")
    out = tmp_path / "out"
    out.mkdir()
    (out / name).symlink_to(theirs if name == "kept" else theirs / "file")
    with suppress(AlignError):
        deduplicate([str(inputs)], out, DedupJobOptions())
    assert [path.name for path in theirs.iterdir()] == ["file"]
    assert (theirs / "file").read_text() == "precious"


def test_a_deduplication_with_a_damaged_record(tmp_path: Path) -> None:
    inputs = write_inputs(tmp_path / "in")
    deduplicate([str(inputs)], tmp_path / "out", DedupJobOptions())
    whole = (tmp_path / "out" / "run.json").read_bytes()
    fell = []
    for number, data in enumerate(islice(mutations(whole, random.Random(0)), MANY)):
        out = tmp_path / f"out{number}"
        shutil.copytree(tmp_path / "out", out)
        (out / "run.json").write_bytes(data)
        fell += [
            wrong
            for wrong in [attempt(lambda at=out: deduplicate([str(inputs)], at, DedupJobOptions()))]
            if wrong
        ]  # type: ignore[misc]
        shutil.rmtree(out)
    assert fell == []

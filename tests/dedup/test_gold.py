"""Against the gold set of near-duplicates and repeats."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest

from align.dedup import Duplicates, find_duplicates
from align.reading import read_batch

pytestmark = pytest.mark.gold


@pytest.fixture
def folder(gold: Path) -> Path:
    return gold / "near-duplicates"


@pytest.fixture
def found(folder: Path) -> Duplicates:
    return find_duplicates(read_batch([folder / "docs.jsonl.gz"]))


def test_every_pair_with_its_similarity_and_nothing_else(folder: Path, found: Duplicates) -> None:
    with gzip.open(folder / "pairs.tsv.gz", "rt") as stream:
        rows = [line.split("\t") for line in stream]
    truth = {frozenset(row[:2]): float(row[2]) for row in rows if float(row[2]) >= 0.7}
    pairs = {frozenset((pair.first, pair.second)): pair.similarity for pair in found.pairs}
    assert pairs == pytest.approx(truth, abs=1e-6)


def test_repeats_with_both_ranges(folder: Path, found: Duplicates) -> None:
    rows = [line.split("\t") for line in (folder / "repeats.tsv").read_text().splitlines()[1:]]
    missed = []
    for row in rows:
        wanted = [int(cell) for cell in row[1:5]]
        ranges = [(*r.first_lines, *r.second_lines) for r in found.repeats.get(row[0], ())]
        if not any(all(abs(a - b) <= 1 for a, b in zip(lines, wanted, strict=True)) for lines in ranges):
            missed.append((row, ranges))
    assert len(missed) <= len(rows) // 20, missed

"""Against the gold set of near-duplicates and repeats."""

from __future__ import annotations

import gzip
import random
from pathlib import Path

import numpy as np
import pytest

from align.dedup import Deduplication, DedupOptions, Duplicates, find_duplicates
from align.dedup.index.store import writing_index
from align.reading import read_batch
from align.reading.documents import to_batches

pytestmark = pytest.mark.gold


@pytest.fixture(scope="module")
def folder(gold: Path) -> Path:
    return gold / "near-duplicates"


@pytest.fixture(scope="module")
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


def test_three_batches_find_what_one_finds(folder: Path, found: Duplicates, tmp_path: Path) -> None:
    """As a corpus that grows compares them: with what was removed, too."""
    documents = [row for batch in read_batch([folder / "docs.jsonl.gz"]) for row in batch.to_pylist()]
    random.Random(7).shuffle(documents)
    pairs = set()
    with writing_index(tmp_path / "x.idx", DedupOptions()) as index:
        for number in range(3):
            batch = Deduplication(DedupOptions())
            for part in to_batches([(row["id"], row["text"]) for row in documents[number::3]]):
                batch.add(part)
            result = batch.result(index)
            pairs |= {frozenset((pair.first, pair.second)) for pair in result.pairs}
            index.add(batch.collection, np.arange(result.count), kept=result.kept_numbers)
    one = {frozenset((pair.first, pair.second)) for pair in found.pairs}
    assert 2 * len(pairs & one) / (len(pairs) + len(one)) >= 0.99

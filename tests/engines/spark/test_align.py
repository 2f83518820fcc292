"""Pairs of texts are aligned on Spark as by the function, however they are parted."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

import align
from align import AlignOptions, UsageError
from align.alignment.result import bead_rows

pytestmark = [pytest.mark.spark, pytest.mark.slow]


COLUMNS = "source string, target string, source_text string, target_text string, source_language string"


def test_pairs_are_aligned_as_by_the_function(seeds: Path, spark: Any) -> None:
    texts = [path.read_text(encoding="utf-8")[:2_000] for path in sorted(seeds.glob("*.txt"))]
    pairs = [(f"s{n}", f"t{n}", text, "\n".join(text.split("\n")[1:]), None) for n, text in enumerate(texts)]
    pairs.append(("empty", "t", "", texts[0], None))
    expected = [
        (source, target, bead.bead, bead.type, list(bead.source_positions), bead.confidence, bead.target)
        for source, target, left, right, _ in pairs
        for found in [align.align_texts(left, right)]
        for bead in bead_rows(found.beads, found.source, found.target)
    ]
    frame = spark.createDataFrame([*pairs, ("wrong", "t", "x", "y", "no language")], COLUMNS)
    for parts in (1, 4):
        rows = align.spark.align_pairs(frame.repartition(parts)).collect()
        assert sorted(
            (b.source_document, b.target_document, b.bead, b.type, b.source_positions, b.confidence, b.target)
            for b in rows
            if b.problem is None
        ) == sorted(expected)
        assert [(b.source_document, b.bead) for b in rows if b.problem] == [("wrong", None)]


def test_what_executors_cannot_have_is_refused(spark: Any) -> None:
    frame = spark.createDataFrame(
        [("a", "b", "x", "y")], "source string, target string, source_text string, t string"
    )
    with pytest.raises(UsageError, match="no column target_text; there are source, target, source_text, t"):
        align.spark.align_pairs(frame)
    with pytest.raises(UsageError, match="encoder: an object of this process"):
        align.spark.align_pairs(frame, options=AlignOptions(encoder=Letters()))


class Letters:
    """An encoder of the caller's own."""

    name, dimension, languages, signature = "letters", 2, None, "letters-1"

    def encode(self, texts: Any) -> Any:
        raise AssertionError("never asked")

"""Options of the wrong kind are refused where they are given, with what to give."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import align
from align import AlignOptions, DedupOptions, PairOptions, ReadOptions, RunOptions
from align.errors import UsageError


@pytest.mark.parametrize(
    ("kind", "name", "value", "remedy"),
    [
        (DedupOptions, "threshold", "0.8", r"threshold is '0.8' \(str\); give a number"),
        (DedupOptions, "ngram", 1.5, r"ngram is 1.5 \(float\); give a whole number"),
        (DedupOptions, "boilerplate", float("nan"), r"boilerplate is nan \(float\); give a whole number"),
        (PairOptions, "neighbours", True, r"neighbours is True \(bool\); give a whole number"),
        (AlignOptions, "max_size", "4", r"max_size is '4' \(str\); give a whole number"),
        (ReadOptions, "language", 4, r"language is 4 \(int\); give a str"),
        (RunOptions, "workers", "2", r"workers is '2' \(str\); give a whole number"),
        (RunOptions, "dedup", {}, r"dedup is {} \(dict\); give align.DedupOptions\(...\)"),
    ],
)
def test_a_value_of_another_kind_is_refused(kind: Any, name: str, value: Any, remedy: str) -> None:
    with pytest.raises(UsageError, match=remedy):
        kind(**{name: value})


def test_numbers_beyond_floats_are_refused() -> None:
    with pytest.raises(UsageError, match="threshold is beyond all numbers that a float can hold"):
        DedupOptions(threshold=10**400)


def test_numbers_of_numpy_are_numbers() -> None:
    options = DedupOptions(threshold=np.float32(0.75), ngram=np.int64(3))  # type: ignore[arg-type]
    assert (options.threshold, options.ngram) == (0.75, 3)


@pytest.mark.parametrize("options", [{}, {"threshold": 0.8}, ReadOptions()])
def test_options_of_something_else_are_refused(options: Any) -> None:
    documents = {"a": "x"}
    for call in (
        lambda: align.find_duplicates(documents, options=options),
        lambda: align.find_pairs(documents, options=options),
        lambda: align.align_texts("x", "y", options=options),
        lambda: align.run("x", "y", options=options),
    ):
        with pytest.raises(UsageError, match=r"options: of type \w+; give align\.\w+Options\(\.\.\.\)"):
            call()


def test_an_encoder_object_has_no_name_to_be_found_by() -> None:
    with pytest.raises(UsageError, match="encoder: of type int, no name; an object is given to encoder="):
        align.get_encoder(5)  # type: ignore[arg-type]

"""The kernel: the compiled one and its twin give the same bytes, and the right ones."""

from __future__ import annotations

import random
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from align.dedup import reference
from align.dedup.kernel import COMPILED, KERNEL
from align.text.tokens import token_table, tokens

from .conftest import article, buffers

TABLE = token_table().buffers
SEEDS = [path.read_text(encoding="utf-8") for path in (Path(__file__).parents[2] / "seeds").glob("*.txt")]
needs_compiled = pytest.mark.skipif(not COMPILED, reason="the extension was not built")
texts = st.lists(st.text() | st.text(st.sampled_from("aB9_ .é人が한\u0301\u0323\u1161\n㎏")), max_size=8)


@needs_compiled
@settings(max_examples=300, deadline=None)
@given(texts, st.integers(1, 7), st.integers(1, 70))
def test_sketches_are_the_same(batch: list[str], ngram: int, slots: int) -> None:
    data, offsets = buffers(batch)
    assert KERNEL.sketch(data, offsets, TABLE, ngram, slots) == reference.sketch(
        data, offsets, TABLE, ngram, slots
    )


@needs_compiled
@settings(deadline=None)
@given(texts, st.binary(max_size=40))
def test_lines_and_tokens_are_the_same(batch: list[str], junk: bytes) -> None:
    data, offsets = buffers(batch)
    assert KERNEL.lines(data, offsets, TABLE) == reference.lines(data, offsets, TABLE)
    assert KERNEL.tokens(data, TABLE) == reference.tokens(data, TABLE)
    assert KERNEL.tokens(junk, TABLE) == reference.tokens(junk, TABLE)


@needs_compiled
def test_seeds_are_the_same() -> None:
    data, offsets = buffers(SEEDS)
    assert KERNEL.sketch(data, offsets, TABLE, 5, 128) == reference.sketch(data, offsets, TABLE, 5, 128)


@needs_compiled
@settings(max_examples=50, deadline=None)
@given(st.lists(st.integers(0, 5), min_size=2, max_size=40), st.integers(1, 6), st.integers(1, 40))
def test_near_pairs_are_the_same(kinds: list[int], bands: int, crowded: int) -> None:
    rng = np.random.default_rng(len(kinds))
    base = [rng.integers(0, 2**64, 30, np.uint64) for _ in range(6)]
    sets = [np.unique(np.concatenate((base[k][n % 4 :], base[(k + 1) % 6][:n]))) for n, k in enumerate(kinds)]
    offsets = np.cumsum([0, *map(len, sets)]).astype("<i8")
    keys = rng.integers(0, 3, (len(kinds), bands)).astype("<u8")
    rank = rng.permutation(len(kinds)).astype("<i8")
    arguments = (keys, bands, np.arange(len(kinds)), rank, np.concatenate(sets), offsets, 0.5, crowded)
    assert KERNEL.near(*arguments) == reference.near(*arguments)


def test_shingles_are_runs_of_tokens(kernel: ModuleType) -> None:
    """Distinct shingles of a text are as many as distinct runs of tokens, and equal runs are equal hashes."""
    both = [SEEDS[0], SEEDS[0] + "\n" + article(1)]
    data, offsets = buffers(both)
    hashes, counts, totals, *_ = kernel.sketch(data, offsets, TABLE, 5, 16)
    runs = [{tuple(found[i : i + 5]) for i in range(len(found) - 4)} for found in map(tokens, both)]
    counts = np.frombuffer(counts, "<i8")
    assert counts.tolist() == [len(run) for run in runs]
    assert np.frombuffer(totals, "<i8").tolist() == [len(tokens(text)) - 4 for text in both]
    first, second = np.split(np.frombuffer(hashes, "<u8"), [counts[0]])
    assert len(np.intersect1d(first, second)) == len(runs[0] & runs[1])
    assert (np.diff(first) > 0).all()


def test_short_and_empty_texts(kernel: ModuleType) -> None:
    data, offsets = buffers(["", "?!", "one two", "One, TWO.", "one"])
    hashes, counts, *_ = kernel.sketch(data, offsets, TABLE, 5, 16)
    assert np.frombuffer(counts, "<i8").tolist() == [0, 0, 1, 1, 1]
    one, two, three = np.frombuffer(hashes, "<u8").tolist()
    assert one == two != three


def test_fingerprints_tell_texts_apart(kernel: ModuleType) -> None:
    rng = random.Random(1)
    batch = [article(seed) for seed in range(40)]
    batch += [text[:at] + "\x01" + text[at + 1 :] for text in batch for at in [rng.randrange(len(text))]]
    batch += ["", "\0", "\0\0", "a", "a\0"]
    data, offsets = buffers(batch + batch[:3])
    prints = np.frombuffer(kernel.sketch(data, offsets, TABLE, 5, 16)[3], "<u8").reshape(-1, 2)
    assert len({tuple(row) for row in prints.tolist()}) == len(batch)
    assert (prints[-3:] == prints[:3]).all()


@pytest.mark.parametrize("size", [12, 60, 500])
@pytest.mark.parametrize("similarity", [0.3, 0.7, 0.9])
def test_signatures_estimate_jaccard_without_bias(kernel: ModuleType, size: int, similarity: float) -> None:
    """Over many pairs of sets the mean is the similarity, and the variance no larger than that of k permutations."""
    slots, trials = 128, 400 if kernel is not reference else 60
    rng = np.random.default_rng(size)
    common = round(size * similarity)
    own = max(1, (size - common) // 2)
    truth = common / (common + 2 * own)
    sets = []
    for _ in range(trials):
        drawn = rng.integers(0, 2**64, common + 2 * own, np.uint64)
        sets += [drawn[: common + own], np.concatenate((drawn[:common], drawn[common + own :]))]
    offsets = np.cumsum([0, *map(len, sets)]).astype("<i8")
    signatures = np.frombuffer(kernel.signatures(np.concatenate(sets), offsets, slots), "<u4").reshape(
        -1, 2, slots
    )
    estimates = (signatures[:, 0] == signatures[:, 1]).mean(axis=1)
    theory = truth * (1 - truth) / slots
    assert abs(estimates.mean() - truth) < 4 * np.sqrt(theory / trials)
    assert estimates.var() < theory * (1 + 4 * np.sqrt(2 / trials))


def test_shared_counts_common_hashes(kernel: ModuleType) -> None:
    left, right = np.array([1, 5, 9, 2, 3], "<u8"), np.array([5, 9, 10, 3], "<u8")
    at, other = np.array([0, 3, 5], "<i8"), np.array([0, 3, 4], "<i8")
    first, second = np.array([0, 0, 1, 1], "<i8"), np.array([0, 1, 0, 1], "<i8")
    assert np.frombuffer(kernel.shared(first, second, left, at, right, other), "<i8").tolist() == [2, 0, 0, 1]


@pytest.mark.parametrize("offsets", [[0, 5, 3], [0, 100], [-1, 2]])
def test_offsets_outside_the_data_are_refused(kernel: ModuleType, offsets: list[int]) -> None:
    with pytest.raises(ValueError, match="offsets"):
        kernel.sketch(b"some text", np.array(offsets, "<i8"), TABLE, 5, 16)


@pytest.mark.parametrize(("ngram", "slots"), [(0, 16), (5, 0), (5, 5000)])
def test_senseless_numbers_are_refused(kernel: ModuleType, ngram: int, slots: int) -> None:
    with pytest.raises(ValueError, match="ngram must"):
        kernel.sketch(b"", np.zeros(1, "<i8"), TABLE, ngram, slots)


def test_repetitive_text_is_sorted_in_linear_time(kernel: ModuleType) -> None:
    """A few shingles many times over must not make the sort quadratic."""
    words = [f"w{n}" for n in range(100)]
    count = 2_000_000 if kernel is not reference else 20_000
    data, offsets = buffers([" ".join((words * (count // 100 + 1))[:count])])
    _, counts, totals, *_ = kernel.sketch(data, offsets, TABLE, 5, 16)
    assert np.frombuffer(counts, "<i8").tolist() == [100]
    assert np.frombuffer(totals, "<i8").tolist() == [count - 4]

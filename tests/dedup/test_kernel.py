"""The kernel: the compiled one and its twin give the same bytes, and the right ones."""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from align.dedup.kernel import COMPILED, KERNEL, reference
from align.text.tokens import token_table, tokens

from .conftest import article, buffers

TABLE = token_table().buffers
SEEDS = [path.read_text(encoding="utf-8") for path in (Path(__file__).parents[2] / "seeds").glob("*.txt")]
needs_compiled = pytest.mark.skipif(not COMPILED, reason="the extension was not built")
texts = st.lists(st.text() | st.text(st.sampled_from("aB9_ .é人が한\u0301\u0323\u1161\n㎏")), max_size=8)


PATHS: tuple[str, ...] = KERNEL.paths() if COMPILED else ()
# Blocks of 16, 32 and 64 bytes, chunks of 4,096, and words of eight bytes are read together: edges of all of them.
EDGES = sorted(
    {edge + shift for edge in (0, 8, 16, 24, 32, 64, 128, 4_096, 8_192) for shift in (-2, -1, 0, 1, 2)}
    - {-2, -1}
)
OTHERS = ["é", "’", "人", "한", "𝐀", "\u0301", "\u00ad", "ﷺ", "\x80", "_", "Z", "9", "@", "\0"]
words = st.text("abXYZ019_", min_size=1, max_size=40)


@pytest.fixture(autouse=True)
def _fastest_path() -> Iterator[None]:
    """Whatever path a test chose, the next one goes the fastest."""
    yield
    if PATHS:
        KERNEL.use(PATHS[0])


def assert_same(batch: list[str], ngram: int = 5, slots: int = 16) -> None:
    """Every path of the compiled kernel and the reference give the same of these texts, as documents and as lines."""
    data, offsets = buffers(batch)
    expected = (reference.sketch(data, offsets, TABLE, ngram, slots), reference.lines(data, offsets, TABLE))
    for path in PATHS:
        KERNEL.use(path)
        found = (KERNEL.sketch(data, offsets, TABLE, ngram, slots), KERNEL.lines(data, offsets, TABLE))
        assert found == expected, path


def assert_same_tokens(text: bytes) -> None:
    """Every path and the reference find the same tokens, at the same places."""
    expected = reference.tokens(text, TABLE)
    for path in PATHS:
        KERNEL.use(path)
        assert KERNEL.tokens(text, TABLE) == expected, path


@pytest.mark.slow
@needs_compiled
@settings(max_examples=300, deadline=None)
@given(texts, st.integers(1, 9), st.integers(1, 70))
def test_sketches_and_lines_are_the_same(batch: list[str], ngram: int, slots: int) -> None:
    assert_same(batch, ngram, slots)


@needs_compiled
@settings(deadline=None)
@given(texts, st.binary(max_size=200))
def test_tokens_are_the_same(batch: list[str], junk: bytes) -> None:
    assert_same_tokens(buffers(batch)[0])
    assert_same_tokens(junk)


@needs_compiled
@settings(deadline=None)
@given(st.lists(words, max_size=120), st.sampled_from(OTHERS), st.data())
def test_words_of_any_length_are_the_same(row: list[str], other: str, data: st.DataObject) -> None:
    text = " ".join(row)
    at = data.draw(st.integers(0, len(text)))
    assert_same([text, text[:at] + other + text[at:], text[at:]])
    assert_same_tokens((text[:at] + other + text[at:]).encode("utf-8", "surrogatepass"))


@needs_compiled
@pytest.mark.parametrize("size", EDGES)
def test_texts_of_the_size_of_a_block_are_the_same(size: int) -> None:
    """One word, words of all lengths, short words, and none; nothing is read behind the end."""
    row = " ".join("Word_0123456789abcdefgh"[: 1 + n % 23] for n in range(size))
    for text in ("x" * size, row[:size], "A " * (size // 2) + "b" * (size % 2), " " * size, "7" * size):
        assert_same([text, "next", text])
        assert_same_tokens(text.encode())


@needs_compiled
@pytest.mark.parametrize("other", OTHERS)
def test_characters_at_any_offset_are_the_same(other: str) -> None:
    text = "Some words, of 10 or 1234567 letters_and more than abcdefghijklmnop; " * 3
    assert_same([text[:at] + other + text[at:] for at in range(140)])
    for at in (4_090, 4_094, 4_095, 4_096, 4_097):
        assert_same_tokens(("ab " * 1_400)[:at].encode() + other.encode() + b" and on" * 20)


@needs_compiled
def test_runs_longer_than_a_chunk_are_the_same() -> None:
    for text in (
        "人が" * 3_000,
        "é" * 5_000 + " end",
        "x" * 12_300 + " y",
        "a b " * 900 + "z" * 9_000 + " a b",
    ):
        assert_same([text])
        assert_same_tokens(text.encode())


@needs_compiled
def test_more_shingles_than_expected_are_the_same() -> None:
    """Room for shingles is made when texts of single characters take more than was thought."""
    assert_same(["人が한" * n for n in range(0, 400, 7)] + ["ﷺ" * 200], slots=64)


@needs_compiled
@pytest.mark.parametrize("size", [1, 23, 24, 25, 26, 300, 4_095, 4_096, 4_097, 9_000])
@pytest.mark.parametrize("kinds", [3, 10_000])
def test_sets_of_any_size_are_the_same(size: int, kinds: int) -> None:
    rng = random.Random(size)
    text = " ".join(str(rng.randrange(kinds)) for _ in range(size))
    for ngram in (1, 2):
        assert_same([text], ngram=ngram, slots=128)


@pytest.mark.slow
@needs_compiled
@settings(deadline=None)
@given(st.lists(st.integers(0, 2**64 - 1) | st.just(2**64 - 1), max_size=300), st.integers(1, 300))
def test_signatures_are_the_same(numbers: list[int], slots: int) -> None:
    hashes, offsets = np.array(numbers * 2, "<u8"), np.array([0, len(numbers), 2 * len(numbers)], "<i8")
    expected = reference.signatures(hashes, offsets, slots)
    for path in PATHS:
        KERNEL.use(path)
        assert KERNEL.signatures(hashes, offsets, slots) == expected, path


@needs_compiled
def test_seeds_are_the_same() -> None:
    assert_same(SEEDS, slots=128)


@needs_compiled
def test_a_path_must_be_one_of_the_processor() -> None:
    assert PATHS[-1] == "portable"
    with pytest.raises(ValueError, match="no path"):
        KERNEL.use("abacus")


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
    expected = reference.near(*arguments)
    for path in PATHS:
        KERNEL.use(path)
        assert KERNEL.near(*arguments) == expected, path


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

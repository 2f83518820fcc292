"""What units say of each other by their words: compiled functions against their twins, and arrays that do not fit."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from align.alignment import coverage as module
from align.alignment.candidates import Candidates
from align.alignment.features import surface
from align.encoders.lexicon import get_lexicon

needs_compiled = pytest.mark.skipif(module.COMPILED is None, reason="not compiled here")


def inputs(seed: int, units: int, others: int, sizes: int) -> list[np.ndarray]:
    random = np.random.default_rng(seed)
    rows, columns = 7, 5
    left_sizes, right_sizes = random.integers(0, 6, units), random.integers(0, 4, others)
    low = random.integers(0, others + 1, units)
    high = np.maximum(low, random.integers(0, others + 1, units))
    offset = np.cumsum((high - low) * sizes) - (high - low) * sizes
    return [
        np.clip(random.standard_normal((rows, columns)), 0, 1).astype(np.float32),
        random.integers(0, rows, left_sizes.sum()),
        np.concatenate([[0], np.cumsum(left_sizes)]),
        random.integers(0, columns, right_sizes.sum()),
        np.concatenate([[0], np.cumsum(right_sizes)]),
        random.random(left_sizes.sum()).astype(np.float32),
        low,
        high,
        offset,
        np.zeros(int(((high - low) * sizes).sum()) + 1, np.float32),
    ]


@needs_compiled
@settings(deadline=None, max_examples=200)
@given(st.integers(0, 10_000), st.integers(0, 5), st.integers(0, 9), st.integers(1, 5))
def test_compiled_and_twin_give_the_same_bytes(seed: int, units: int, others: int, sizes: int) -> None:
    arrays = inputs(seed, units, others, sizes)
    twin = [array.copy() for array in arrays]
    module.COMPILED.cover(*arrays, 5, sizes)
    module._cover(*twin, sizes)
    assert arrays[-1].tobytes() == twin[-1].tobytes()


@needs_compiled
@pytest.mark.parametrize("which", range(10))
@pytest.mark.parametrize("value", [-1, 10**6, 2**62])
def test_numbers_that_are_no_places_are_refused(which: int, value: int) -> None:
    arrays = inputs(3, 4, 6, 2)
    if arrays[which].dtype == np.float32:
        arrays[which] = arrays[which][: len(arrays[which]) // 2]
    else:
        arrays[which][-1] = value
    with pytest.raises(ValueError, match="do not fit"):
        module.COMPILED.cover(*arrays, 5, 2)


@needs_compiled
def test_arrays_of_another_kind_are_refused() -> None:
    arrays = inputs(3, 4, 6, 2)
    with pytest.raises(TypeError):
        module.COMPILED.cover(arrays[0].astype(float), *arrays[1:], 5, 2)
    with pytest.raises(TypeError):
        module.COMPILED.cover(*arrays, 5)


TEXTS = (
    [
        "The old harbour lay still.",
        "Boats.",
        "",
        "Nobody came to the harbour that night, and the boats stayed in.",
    ],
    ["Der alte Hafen lag still.", "Niemand kam an diesem Abend zum Hafen.", "Die Boote blieben liegen."],
)


@pytest.mark.bytes
def test_words_compared_at_once_or_in_blocks_give_the_same_bytes(monkeypatch: pytest.MonkeyPatch) -> None:
    lexicon = get_lexicon()
    sides = [
        module.Subwords.of([ids.astype(np.int64) for ids in lexicon.ids(side)], lexicon) for side in TEXTS
    ]
    everything = [(np.zeros(len(a), np.int64), np.full(len(a), len(b))) for a, b in (sides, sides[::-1])]
    at_once = module.coverages(*sides, (everything[0], everything[1]), 2)
    monkeypatch.setattr(module, "_AT_ONCE", 0)
    monkeypatch.setattr(module, "_BLOCK", 2)
    blocks = module.coverages(*sides, (everything[0], everything[1]), 2)
    for one, other in zip(at_once, blocks, strict=True):
        assert one.covered.any()
        assert one.covered.tobytes() == other.covered.tobytes()
        assert one.weight.tobytes() == other.weight.tobytes()
        assert (one.weight > 0).sum() >= 3


def test_edges_are_the_weighted_means_of_the_first_and_last_subwords() -> None:
    lexicon = get_lexicon()
    ids = [ids.astype(np.int64) for ids in lexicon.ids(TEXTS[0])]
    found = module.edges(module.Subwords.of(ids, lexicon), 3)
    for part, vectors in zip((slice(None, 3), slice(-3, None)), found, strict=True):
        for unit, vector in zip(ids, vectors, strict=True):
            mean = (lexicon.rows(unit[part]) * module.weights(unit[part])[:, None]).sum(0)
            np.testing.assert_allclose(vector, mean / max(np.linalg.norm(mean), 1e-9), atol=1e-6)


WORDS = st.lists(st.frozensets(st.sampled_from("abcdefg"), max_size=4), min_size=1, max_size=6)


@settings(deadline=None, max_examples=100)
@given(WORDS, WORDS, st.booleans())
def test_strings_of_two_runs_count_once(
    left: list[frozenset[str]], right: list[frozenset[str]], compiled: bool
) -> None:
    runs = [(i, m, j, n) for i in range(len(left)) for m in range(1, len(left) - i + 1)
            for j in range(len(right)) for n in range(1, len(right) - j + 1)]  # fmt: skip
    i, m, j, n = np.array(runs, np.int64).T.copy()
    known = module.COMPILED
    module.COMPILED = known if compiled else None
    try:
        shared, apart = surface._strings(Candidates(i, j, m, n, np.zeros(len(i))), tuple(left), tuple(right))
    finally:
        module.COMPILED = known
    for k, (a, size, b, other) in enumerate(runs):
        one, two = frozenset().union(*left[a : a + size]), frozenset().union(*right[b : b + other])
        assert (shared[k], apart[k]) == (len(one & two), len(one ^ two))


@needs_compiled
@pytest.mark.parametrize("which", range(10))
def test_strings_that_do_not_fit_are_refused(which: int) -> None:
    arrays = [
        np.array(x, np.int64) for x in ([0, 1], [1, 1], [0, 0], [1, 1], [0, 1, 2], [0, 1, 3], [2], [0, 1])
    ]
    arrays += [np.zeros(2), np.zeros(2)]
    module.COMPILED.shared(*arrays, 3)
    if which < 8:
        arrays[which][-1] = 9
    else:
        arrays[which] = np.zeros(1)
    with pytest.raises(ValueError, match="do not fit"):
        module.COMPILED.shared(*arrays, 3)

"""Candidates of a corridor: all of them, in the order of the lattice; compiled functions against their twins."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from typing import TypeVar

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from align.alignment import candidates as module
from align.alignment import cheap
from align.alignment.aligner import text_pair
from align.alignment.candidates import Candidates, Corridor, Places, bead_types, candidates
from align.alignment.cheap import cheap_scores
from align.alignment.features.basic import basic
from align.alignment.lattice import Lattice
from align.alignment.model import Weights, load_model
from align.alignment.windows import whole

T = TypeVar("T")

needs_compiled = pytest.mark.skipif(module.COMPILED is None, reason="not compiled here")
ENGLISH = [
    "The harbour of 1912.",
    "It rained.",
    "Nobody came; the boats stayed in.",
    "Good night!",
    "Ann left.",
]
GERMAN = [
    "Der Hafen von 1912.",
    "Es regnete. Niemand kam.",
    "Die Boote blieben im Hafen.",
    "Gute Nacht, Ann!",
]


def without_compiled(call: Callable[[], T]) -> T:
    known = module.COMPILED
    module.COMPILED = cheap.COMPILED = None
    try:
        return call()
    finally:
        module.COMPILED = cheap.COMPILED = known


@st.composite
def corridors(draw: st.DrawFn) -> Corridor:
    rows, columns = draw(st.integers(0, 6)), draw(st.integers(0, 7))
    low = draw(st.lists(st.integers(0, columns), min_size=rows + 1, max_size=rows + 1))
    size = draw(st.lists(st.integers(0, columns + 1), min_size=rows + 1, max_size=rows + 1).filter(any))
    return Corridor(
        np.array(low), np.array([min(a + b - 1, columns) for a, b in zip(low, size, strict=True)])
    )


def same(left: Lattice, right: Lattice) -> bool:
    names = ("i", "j", "m", "n", "start", "end", "level", "by_start")
    return all(getattr(left, name).tobytes() == getattr(right, name).tobytes() for name in names)


@settings(deadline=None, max_examples=150)
@given(corridors(), st.integers(1, 4))
def test_the_lattice_of_a_corridor_holds_every_bead_inside_it(corridor: Corridor, size: int) -> None:
    lattice, places = module._enumerated(corridor, size)
    cells = {(i, j) for i in range(len(corridor.low)) for j in range(corridor.low[i], corridor.high[i] + 1)}
    expected = {(i, j, m, n) for i, j in cells for m, n in bead_types(size) if (i + m, j + n) in cells}
    found = list(
        zip(*(column.tolist() for column in (lattice.i, lattice.j, lattice.m, lattice.n)), strict=True)
    )
    assert len(found) == len(expected)
    assert set(found) == expected
    assert lattice.nodes == len(cells)
    assert all(a <= b for a, b in pairwise(lattice.end.tolist()))
    assert (lattice.by_start == np.argsort(-lattice.start, kind="stable")).all()
    assert (lattice.level[lattice.start] == lattice.i + lattice.j).all()
    numbers = places.of(lattice.i, lattice.m, lattice.j, lattice.n)
    assert (numbers == np.arange(len(lattice))).all()


@needs_compiled
@settings(deadline=None, max_examples=150)
@given(corridors(), st.integers(1, 4), st.integers(0, 2**32 - 1))
def test_compiled_and_twins_give_the_same_bytes(corridor: Corridor, size: int, seed: int) -> None:
    random = np.random.default_rng(seed)
    lattice, places = module._enumerated(corridor, size)
    plain, plain_places = without_compiled(lambda: module._enumerated(corridor, size))
    assert same(lattice, plain)
    assert places.at.tobytes() == plain_places.at.tobytes()
    i, m, j, n = random.integers(-2, 9, (4, 60))
    assert (places.of(i, m, j, n) == without_compiled(lambda: places.of(i, m, j, n))).all()
    width = int(random.integers(1, 9))
    products = random.normal(size=(size, len(corridor.low), size, width)).astype(np.float32)
    left = int(random.integers(0, 3))
    found = [np.zeros(len(lattice)) for _ in range(2)]
    module._fill_cosines(found[0], products, places, 0, left)
    without_compiled(lambda: module._fill_cosines(found[1], products, places, 0, left))
    assert found[0].tobytes() == found[1].tobytes()


def arrays_of_scores(lattice: Lattice, size: int, seed: int) -> tuple[Candidates, list[np.ndarray]]:
    random = np.random.default_rng(seed)
    rows, columns = int((lattice.i + lattice.m).max()), int((lattice.j + lattice.n).max())
    tables = [random.uniform(0.1, 9, (3, size, units)) for units in (rows, columns)]
    for table in tables:
        table[0] = random.uniform(-0.2, 0.9, table[0].shape)
    c = Candidates(lattice.i, lattice.j, lattice.m, lattice.n, random.uniform(-1, 1, len(lattice)))
    weights = np.append(random.normal(size=12), 6.0)
    gaps = [random.normal(size=units) for units in (rows, columns)]
    return c, [*tables, weights, random.normal(size=(size, size)), *gaps, *np.zeros((2, len(lattice)))]


@needs_compiled
@settings(deadline=None, max_examples=50)
@given(st.integers(1, 4), st.integers(1, 6), st.integers(1, 6), st.integers(0, 2**32 - 1))
def test_compiled_scores_have_the_bytes_of_the_twin(size: int, rows: int, columns: int, seed: int) -> None:
    lattice, _ = module._enumerated(Corridor.everything(rows, columns), size)
    c, arrays = arrays_of_scores(lattice, size, seed)
    _, twin = arrays_of_scores(lattice, size, seed)
    module.COMPILED.scores(c.i, c.j, c.m, c.n, c.cosine, *arrays, size)
    cheap._scores(c, *twin)
    assert np.abs(arrays[-2]).sum() > 0
    assert arrays[-2].tobytes() == twin[-2].tobytes()
    assert arrays[-1].tobytes() == twin[-1].tobytes()


@pytest.mark.parametrize("weights", ["use", "other", "blind"])
def test_the_cheap_score_is_that_of_the_features(weights: Weights) -> None:
    model = load_model("sentence", weights)
    pair, corridor = whole(text_pair(ENGLISH, GERMAN, "use", 3, by_signs=model.by_signs))
    found = candidates(pair.source, pair.target, corridor, 3)
    c = found.candidates
    runs = np.einsum("mid,njd->minj", pair.source.vectors, pair.target.vectors, dtype=np.float64)
    two = (c.m > 0) & (c.n > 0)
    here = runs[c.m[two] - 1, c.i[two], c.n[two] - 1, c.j[two]]
    np.testing.assert_allclose(c.cosine[two], here, atol=1e-6)
    score, distance = cheap_scores(pair, c, model.basic)
    expected = model.basic.score(basic(pair, c, model.basic.names), c.m, c.n)
    np.testing.assert_allclose(score, expected, atol=1e-9)
    assert (distance[~two] == 1).all()
    np.testing.assert_allclose(distance[two], basic(pair, c, ("distance",))[two, 0], atol=1e-12)


@needs_compiled
@pytest.mark.parametrize("which", range(7))
@pytest.mark.parametrize("value", [-5, 10**6, 2**62])
def test_corridors_that_are_none_are_refused(which: int, value: int) -> None:
    corridor = Corridor.everything(3, 4)
    m, n = np.array(bead_types(2), np.int64).T.copy()
    cells = 4 * 5
    arrays = [
        corridor.low, corridor.high, m, n, np.zeros((7, cells * len(m)), np.int64), np.zeros((cells, len(m)), np.int64),
        np.zeros(cells, np.int64),
    ]  # fmt: skip
    arrays[which] = arrays[which][:-1].copy()
    if which < 4:
        arrays[which] = np.append(arrays[which], value)
        if which >= 2 and value == 10**6:  # a type that no bead has
            return
    with pytest.raises(ValueError, match="do not fit"):
        module.COMPILED.enumerate(*arrays)


@needs_compiled
@pytest.mark.parametrize("which", range(12))
def test_scores_of_arrays_that_do_not_fit_are_refused(which: int) -> None:
    lattice, _ = module._enumerated(Corridor.everything(3, 4), 2)
    c, arrays = arrays_of_scores(lattice, 2, 1)
    given_ = [c.i.copy(), c.j.copy(), c.m.copy(), c.n.copy(), c.cosine, *arrays]
    if which < 4:
        given_[which][-1] = 2**40
    else:
        given_[which] = given_[which].ravel()[:-1]
    with pytest.raises(ValueError, match="do not fit"):
        module.COMPILED.scores(*given_, 2)


@needs_compiled
def test_places_and_products_that_do_not_fit_are_refused() -> None:
    lattice, places = module._enumerated(Corridor.everything(3, 4), 2)
    one = np.ones(5, np.int64)
    short = Places(places.corridor, places.first[:-1].copy(), places.at, places.type)
    far = Places(places.corridor, places.first + 10**9, places.at, places.type)
    for broken in (short, far):
        with pytest.raises(ValueError, match="do not fit"):
            broken.of(one, one, one, one)
    products = np.zeros((2, 3, 2, 4), np.float32)
    for first, left, cosine in (
        (2, 0, np.zeros(len(lattice))),
        (-1, 0, np.zeros(len(lattice))),
        (0, 0, np.zeros(3)),
    ):
        with pytest.raises(ValueError, match="do not fit"):
            module._fill_cosines(cosine, products, places, first, left)

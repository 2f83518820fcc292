"""Gold as stretches, altered forms of it, and weights that learn what they are shown."""

from __future__ import annotations

import random

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from align.alignment.confidence import Calibrator, fit_calibrator
from align.alignment.lattice import Lattice
from align.training.crf import Example, Stretch, TrainConfig, allowed, fit, stretches
from align.training.variants import Material, Noise, apart, astray, joined, noisy


def test_interleaving_and_crossing_beads_become_loose_stretches() -> None:
    beads = frozenset({((0,), (0,)), ((1, 3), (1,)), ((2,), ()), ((4,), (3,)), ((5,), (2,)), ((6,), (4,))})
    assert stretches(beads, 7, 6) == [
        Stretch(0, 1, 0, 1),
        Stretch(1, 4, 1, 2, True),
        Stretch(4, 6, 2, 4, True),
        Stretch(6, 7, 4, 5),
        Stretch(7, 7, 5, 6),
    ]


def tiny(seed: int = 0) -> Material:
    chance = random.Random(seed)
    source = tuple(f"sentence {k}, with a clause; and more" for k in range(30))
    target = tuple(f"Satz {k}, mit Nebensatz; und mehr" for k in range(30))
    beads = [Stretch(k, k + 1, k, k + 1) for k in range(30)]
    del chance
    return Material("x", "s.en-de", "gold", source, target, tuple(beads))


@given(st.text(max_size=5))
def test_altered_forms_keep_a_complete_monotone_answer(seed: str) -> None:
    noise = Noise(drop=0.2, burst=0.1, insert=0.1, split=0.5)
    made = noisy(tiny(), (["foreign"] * 20, ["fremd"] * 20), random.Random(seed), noise)
    i = j = 0
    for s in made.stretches:
        assert (s.a, s.c) == (i, j)
        i, j = s.b, s.d
    assert (i, j) == (len(made.source), len(made.target))
    for s in made.stretches:
        if s.b > s.a and s.d > s.c:
            digits = [
                {w for t in side for w in t.replace(",", " ").split() if w.isdigit()}
                for side in (made.source[s.a : s.b], made.target[s.c : s.d])
            ]
            assert digits[0] == digits[1]


def test_altered_forms_are_the_same_for_the_same_seed() -> None:
    donors = (["foreign"] * 20, ["fremd"] * 20)

    def form(seed: int) -> Material:
        return noisy(tiny(), donors, random.Random(seed), Noise(wear=0.3, bare=True))

    assert form(7) == form(7)
    assert form(7) != form(8)


@given(st.integers(0, 2**32))
def test_every_kind_of_text_that_is_drawn_has_a_complete_answer_without_empty_units(seed: int) -> None:
    chance = random.Random(seed)
    made = noisy(tiny(), (["foreign"] * 20, ["fremd"] * 20), chance, Noise.drawn(chance))
    ends = [(s.a, s.c) for s in made.stretches]
    assert ends[1:] == [(s.b, s.d) for s in made.stretches[:-1]]
    assert all(text.strip() for text in (*made.source, *made.target))


def test_worn_text_keeps_its_units_and_loses_words_on_one_side_only() -> None:
    none = Noise(drop=0, burst=0, insert=0, split=0, join_inside=0, join_across=0, wear=0.4)
    made = noisy(tiny(), ([], []), random.Random(1), none)
    assert made.stretches == tiny().stretches
    assert (made.source == tiny().source) != (made.target == tiny().target)


def test_joined_sentences_are_paragraphs_with_all_their_text() -> None:
    sentences = tiny()
    made = joined(sentences, "1")
    assert " ".join(made.source) == " ".join(sentences.source)
    assert " ".join(made.target) == " ".join(sentences.target)
    assert len(made.source) < len(sentences.source)
    assert {len(i) for i, _ in made.beads} <= {1, 2}
    for i, j in made.beads:
        numbers = [
            {w.strip(",") for k in side for w in texts[k].split() if w.strip(",").isdigit()}
            for side, texts in ((i, made.source), (j, made.target))
        ]
        assert numbers[0] == numbers[1]


def test_texts_that_have_nothing_to_do_with_each_other_are_all_gaps() -> None:
    made = apart(tiny(), tiny(1), most=10)
    assert all(s.a == s.b or s.c == s.d for s in made.stretches)
    assert len(made.stretches) == 20


@given(st.integers(0, 2**32))
def test_passages_that_went_astray_hold_no_translations(seed: int) -> None:
    made = astray(tiny(), random.Random(seed))
    numbers = [{text.split()[1].strip(",") for text in side} for side in (made.source, made.target)]
    assert numbers[0].isdisjoint(numbers[1])
    assert all(s.a == s.b or s.c == s.d for s in made.stretches)


def test_learned_weights_prefer_the_gold_path() -> None:
    edges = np.array(
        [(i, j, m, n) for i in range(7) for j in range(7) for m, n in ((1, 0), (0, 1), (1, 1), (1, 2))
         if i + m <= 6 and j + n <= 6], np.int64,
    )  # fmt: skip
    lattice, order = Lattice.from_edges(*edges.T)
    ok = allowed(lattice, [Stretch(k, k + 1, k, k + 1) for k in range(6)])
    chance = np.random.default_rng(0)
    features = np.stack([ok + chance.normal(size=len(ok)) * 0.3, chance.normal(size=len(ok))], axis=1)
    for hidden in (0, 3):
        scorer = fit(
            [Example(lattice, features, ok, 0.1)], ["good", "noise"], TrainConfig(hidden=hidden, epochs=40)
        )
        path = lattice.best_path(scorer.score(features, lattice.m, lattice.n))
        assert ok[path].all()
    del order


def test_the_calibrator_learns_a_known_bend() -> None:
    chance = np.random.default_rng(0)
    posterior = chance.uniform(0.05, 0.999, 20_000)
    odds = 0.5 * np.log(posterior / (1 - posterior)) - 0.3
    right = chance.uniform(size=20_000) < 1 / (1 + np.exp(-odds))
    ones = np.ones(20_000, np.int64)
    found = fit_calibrator(posterior, ones, ones, right)
    assert abs(found.slope - 0.5) < 0.05
    assert abs(found.shift + 0.3) < 0.1
    assert Calibrator().confidence(np.array([0.25]), ones[:1], ones[:1])[0] == np.float64(0.25)


@given(st.integers(0, 2**32))
def test_a_fitted_calibrator_is_never_less_likely_than_none(seed: int) -> None:
    chance = np.random.default_rng(seed)
    count = int(chance.integers(20, 1_000))
    posterior = 1 / (1 + np.exp(-chance.normal(chance.uniform(2, 8), chance.uniform(1, 5), count)))
    p = np.clip(posterior, 1e-6, 1 - 1e-6)
    odds = chance.uniform(0.3, 2) * np.log(p / (1 - p)) + chance.uniform(-2, 1)
    right = chance.uniform(size=count) < 1 / (1 + np.exp(-odds))
    m, n = chance.integers(0, 2, count), np.ones(count, np.int64)

    def loss(calibrator: Calibrator) -> float:
        confidence = np.clip(calibrator.confidence(posterior, m, n), 1e-12, 1 - 1e-12)
        return float(-np.log(np.where(right, confidence, 1 - confidence)).sum())

    assert loss(fit_calibrator(posterior, m, n, right)) <= loss(Calibrator()) + 1e-3

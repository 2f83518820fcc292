"""Gold as stretches, altered forms of it, and weights that learn what they are shown."""

from __future__ import annotations

import random

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from align.alignment.lattice import Lattice
from align.training.crf import Example, Stretch, TrainConfig, allowed, fit_scorer, gold_stretches
from align.training.variants import Noise, TrainingDocument, joined, noisy, unrelated, unrelated_passages


def test_interleaving_and_crossing_beads_become_loose_stretches() -> None:
    beads = frozenset({((0,), (0,)), ((1, 3), (1,)), ((2,), ()), ((4,), (3,)), ((5,), (2,)), ((6,), (4,))})
    assert gold_stretches(beads, 7, 6) == [
        Stretch(0, 1, 0, 1),
        Stretch(1, 4, 1, 2, True),
        Stretch(4, 6, 2, 4, True),
        Stretch(6, 7, 4, 5),
        Stretch(7, 7, 5, 6),
    ]


def tiny(seed: int = 0) -> TrainingDocument:
    rng = random.Random(seed)
    source = tuple(f"sentence {k}, with a clause; and more" for k in range(30))
    target = tuple(f"Satz {k}, mit Nebensatz; und mehr" for k in range(30))
    beads = [Stretch(k, k + 1, k, k + 1) for k in range(30)]
    del rng
    return TrainingDocument("x", "s.en-de", "gold", source, target, tuple(beads))


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

    def form(seed: int) -> TrainingDocument:
        return noisy(tiny(), donors, random.Random(seed), Noise(wear=0.3, bare=True))

    assert form(7) == form(7)
    assert form(7) != form(8)


@given(st.integers(0, 2**32))
def test_every_kind_of_text_that_is_drawn_has_a_complete_answer_without_empty_units(seed: int) -> None:
    rng = random.Random(seed)
    made = noisy(tiny(), (["foreign"] * 20, ["fremd"] * 20), rng, Noise.drawn(rng))
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
    made = unrelated(tiny(), tiny(1), most=10)
    assert all(s.a == s.b or s.c == s.d for s in made.stretches)
    assert len(made.stretches) == 20


@given(st.integers(0, 2**32))
def test_unrelated_passages_hold_no_translations(seed: int) -> None:
    made = unrelated_passages(tiny(), random.Random(seed))
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
    rng = np.random.default_rng(0)
    features = np.stack([ok + rng.normal(size=len(ok)) * 0.3, rng.normal(size=len(ok))], axis=1)
    for hidden in (0, 3):
        scorer = fit_scorer(
            [Example(lattice, features, ok, 0.1)], ["good", "noise"], TrainConfig(hidden=hidden, epochs=40)
        )
        path = lattice.best_path(scorer.score(features, lattice.m, lattice.n))
        assert ok[path].all()
    del order

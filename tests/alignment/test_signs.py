"""Evidence beyond vectors: what two texts share whatever their languages."""

from __future__ import annotations

import json
import random
from collections.abc import Sequence

import numpy as np
import pytest

from align.alignment.aligner import text_pair
from align.alignment.candidates import Candidates, candidates
from align.alignment.corridor import Anchors
from align.alignment.features.basic import BASIC, basic
from align.alignment.features.distances import Pair
from align.alignment.features.rich import GROUPS, names_of, uses_signs
from align.alignment.features.signs import SIGN_BASIC
from align.alignment.model import load_model
from align.alignment.names import link_names
from align.alignment.search import survivors
from align.alignment.signs import SharedSigns, Signs
from align.alignment.windows import whole
from align.encoders.lexicon import get_lexicon
from align.text.words import words_in
from align.training.blind import BlindEncoder

ENGLISH = (
    "Narendra Modi met Barack Obama in Washington on 26 January 2015.",
    "What did they talk about?",
    "Trade grew by 3,000 million dollars, the ministers of both countries said.",
    "In Kathmandu, 350 people died!",
    "https://example.org/report",
)
HINDI = (
    "नरेन्द्र मोदी २६ जनवरी २०१५ को वाशिंगटन में बराक ओबामा से मिले।",
    "उन्होंने किस बारे में बात की?",
    "दोनों देशों के मंत्रियों ने कहा कि व्यापार ३,००० मिलियन डॉलर बढ़ा।",
    "काठमांडू में ३५० लोगों की मौत हो गई!",
    "https://example.org/report",
)


def pair_of(source: Sequence[str], target: Sequence[str], languages: tuple[str, str] = ("en", "hi")) -> Pair:
    return whole(text_pair(source, target, BlindEncoder(), 4, languages=languages, by_signs=True))[0]


def bead(i: int, m: int, j: int, n: int) -> Candidates:
    return Candidates(*(np.array([x]) for x in (i, j, m, n)), np.zeros(1))


def value(pair: Pair, name: str, i: int, m: int, j: int, n: int) -> float:
    return float(basic(pair, bead(i, m, j, n), (name,))[0, 0])


def linked(source: str, target: str) -> set[tuple[str, str]]:
    left, right, _ = link_names([words_in(source)], [words_in(target)])
    return {(a, b) for a in left for b in right if left[a] == right[b]}


def test_names_are_found_in_other_scripts_and_inflected() -> None:
    assert ("Henry", "Henryt") in linked("Then Henry came", "Aztán meglátta Henryt")
    assert ("Obama", "ओबामा") in linked(ENGLISH[0], HINDI[0])
    assert ("Washington", "वाशिंगटन") in linked(ENGLISH[0], HINDI[0])
    assert ("Microsoft", "Майкрософт") in linked("by Microsoft", "от Майкрософт")
    assert ("Shakespeare", "شكسبير") in linked("plays of Shakespeare", "مسرحيات شكسبير")
    assert ("Chittagong", "チタゴング") in linked("in Chittagong", "チタゴングで")
    assert ("Narendra", "నరేంద్ర") not in linked("Peter Miller", "నరేంద్ర మోదీ")


def test_signs_meet_in_the_right_bead() -> None:
    pair = pair_of(ENGLISH, HINDI)
    for k in (0, 2, 3, 4):
        here = value(pair, "signs.met", k, 1, k, 1)
        assert here > max(value(pair, "signs.met", k, 1, j, 1) for j in range(5) if j != k)
        assert value(pair, "signs.unmet", k, 1, k, 1) < value(pair, "signs.unmet", k, 1, (k + 2) % 5, 1)
    assert value(pair, "marks.same", 1, 1, 1, 1) == 1
    assert value(pair, "marks.differ", 1, 1, 2, 1) == 1
    assert value(pair, "gap.near", 0, 1, 0, 0) > value(pair, "gap.near", 1, 1, 1, 0)


def test_a_run_shares_what_its_units_share() -> None:
    table = pair_of(ENGLISH, HINDI).signs.tables["all"]
    boxes = table.boxes
    one = np.array([1])
    for i, m, j, n in ((0, 2, 0, 1), (1, 3, 2, 3), (0, 5, 0, 5)):
        parts = sum(
            float(boxes.of(np.array([a]), one, np.array([b]), one)[0])
            for a in range(i, i + m)
            for b in range(j, j + n)
        )
        assert float(boxes.of(np.array([i]), np.array([m]), np.array([j]), np.array([n]))[0]) == parts


def test_meetings_become_anchors_and_chance_does_not() -> None:
    years = list(range(1000, 1200))
    source = [f"In {year} it rained." for year in years]
    target = [f"{year} hat es geregnet." for year in years[:80] + years[110:]]
    signs = SharedSigns(Signs(source, "en"), Signs(target, "de"))
    none = Anchors(np.zeros(0, np.int64), np.zeros(0, np.int64), np.zeros(0))
    found = none.with_signs(*signs.meetings(), len(source), len(target))
    truth = {*((k, k) for k in range(80)), *((k + 30, k) for k in range(80, 170))}
    pairs = set(zip(found.i.tolist(), found.j.tolist(), strict=True))
    assert pairs <= truth
    assert len(pairs) > 150
    random.Random(1).shuffle(target)
    signs = SharedSigns(Signs(source, "en"), Signs(target, "de"))
    assert not len(none.with_signs(*signs.meetings(), len(source), len(target)).i)


def test_vectors_that_say_nothing_give_no_anchors() -> None:
    vectors = np.random.default_rng(5).normal(size=(400, 64)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    nothing = (np.zeros(0, np.int64), np.zeros(0, np.int64), np.zeros(0))
    assert not len(Anchors.find(vectors[:200], vectors[200:]).with_signs(*nothing, 200, 200).i)
    assert len(Anchors.find(vectors[:200], vectors[:200]).with_signs(*nothing, 200, 200).i) == 200


def test_every_group_fills_the_columns_that_it_names_and_no_others() -> None:
    model = load_model("sentence")
    pair = pair_of(ENGLISH, HINDI)
    _, corridor = whole(text_pair(ENGLISH, HINDI, BlindEncoder(), 4))
    every = names_of(GROUPS)
    assert len(set(every) - set(BASIC)) == len(every) - len(BASIC)
    found = survivors(pair, corridor, model, 4, get_lexicon(), names=every)
    assert found.features.shape == (len(found.candidates), len(every))
    assert np.isfinite(found.features).all()
    again = survivors(pair, corridor, model, 4, get_lexicon(), names=every[::-1])
    assert (again.features[:, ::-1] == found.features).all()


def test_the_cheap_pass_computes_what_the_weights_name() -> None:
    pair = pair_of(ENGLISH, HINDI)
    corridor = whole(text_pair(ENGLISH, HINDI, BlindEncoder(), 4))[1]
    found = candidates(pair.source, pair.target, corridor, 4).candidates
    names = (*SIGN_BASIC, *BASIC)
    both = basic(pair, found, names)
    assert (both[:, len(SIGN_BASIC) :] == basic(pair, found)).all()
    assert (both[:, : len(SIGN_BASIC)] == basic(pair, found, SIGN_BASIC)).all()
    assert np.abs(both[:, : len(SIGN_BASIC)]).sum(0).all()


def test_weights_without_signs_ask_for_none() -> None:
    for level in ("paragraph", "sentence"):
        model = load_model(level)
        assert model.by_signs == uses_signs((*model.basic.names, *model.rich.names))
        assert set(model.basic.names) <= {*BASIC, *SIGN_BASIC}
        assert set(model.rich.names) <= set(names_of(GROUPS))
        assert json.dumps(model.basic.to_dict())


@pytest.mark.parametrize("turn", [1, -1])
def test_signs_are_the_same_whatever_the_order_of_the_work(turn: int) -> None:
    tables = pair_of(ENGLISH, HINDI).signs.tables
    for name in list(tables)[::turn]:
        again = pair_of(ENGLISH, HINDI).signs.tables[name]
        assert (again.boxes.shared == tables[name].boxes.shared).all()

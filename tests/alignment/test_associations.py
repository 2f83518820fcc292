"""Words that two texts associate: learned, kept, and never from what a bead says for itself."""

from __future__ import annotations

from collections import Counter
from random import Random

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from align.alignment.associations import WordAssociations
from align.alignment.candidates import Candidates
from align.alignment.coverage import Coverage
from align.alignment.learned import learned_coverage, paired_units
from align.text.words import stems, words_in

SWAHILI = (
    "Watoto wanasoma vitabu shuleni.",
    "Mwalimu anaandika barua.",
    "Vitabu vipya vinauzwa sokoni.",
    "Mwalimu ananunua samaki.",
    "Watoto wanapenda samaki.",
    "Barua ilifika jana.",
)
THAI = (
    "เด็กอ่านหนังสือที่โรงเรียน",
    "ครูเขียนจดหมาย",
    "หนังสือใหม่ขายที่ตลาด",
    "ครูซื้อปลา",
    "เด็กชอบปลา",
    "จดหมายมาถึงเมื่อวาน",
)


def diagonal(count: int) -> tuple[Candidates, np.ndarray]:
    """1-1 beads of all units, sure; and every other 1-1 bead, impossible."""
    i, j = (x.ravel() for x in np.meshgrid(np.arange(count), np.arange(count), indexing="ij"))
    one = np.ones(len(i), np.int64)
    return Candidates(i, j, one, one, np.zeros(len(i))), (i == j).astype(float)


def covered(
    source: tuple[str, ...], target: tuple[str, ...], known: WordAssociations | None = None
) -> tuple[Coverage, Coverage]:
    units = tuple(tuple(stems(words_in(text)) for text in side) for side in (source, target))
    reach = tuple(
        (np.zeros(len(side), np.int64), np.full(len(side), len(other), np.int64))
        for side, other in ((source, target), (target, source))
    )
    c, posterior = diagonal(len(source))
    return learned_coverage((units[0], units[1]), c, posterior, (reach[0], reach[1]), 2, known)


def share(cover: Coverage, unit: int, other: int) -> float:
    one = np.array([1])
    return float(cover.of(np.array([unit]), np.array([other]), one)[0] / cover.weight[unit])


def test_words_that_meet_again_cover_each_other() -> None:
    for cover in covered(SWAHILI, THAI):
        for k in range(6):
            assert share(cover, k, k) > 0.2
            assert share(cover, k, k) > 1.5 * np.mean([share(cover, k, j) for j in range(6) if j != k])


def test_what_two_units_say_themselves_is_left_out() -> None:
    source = ("alpha", "gamma", "delta", "alpha")
    elsewhere = ("uno", "tre", "quattro uno", "cinque")  # "alpha" and "uno" meet in the first units alone
    again = ("uno", "tre", "quattro", "cinque uno")  # and here in the last ones, too
    assert share(covered(source, elsewhere)[0], 0, 0) == 0
    assert share(covered(source, again)[0], 0, 0) > 0.3


def test_a_known_lexicon_helps_where_the_texts_are_short() -> None:
    known = WordAssociations.counted(zip(SWAHILI, THAI, strict=True))
    alone = covered(SWAHILI[:2], THAI[:2])
    helped = covered(SWAHILI[:2], THAI[:2], known)
    assert not alone[0].weight.any()
    assert share(helped[0], 1, 1) > share(helped[0], 1, 0)


def test_pairs_of_units_sum_over_the_beads_they_share() -> None:
    i, j, m, n = (np.array(x) for x in ([0, 0, 1], [0, 0, 1], [1, 2, 1], [1, 1, 1]))
    k, at, q = paired_units(Candidates(i, j, m, n, np.zeros(3)), np.array([0.5, 0.25, 0.01]), 5)
    assert list(zip(k.tolist(), at.tolist(), q.tolist(), strict=True)) == [(0, 0, 0.75), (1, 0, 0.25)]


def test_words_are_counted_that_seldom_stand_without_each_other() -> None:
    found = WordAssociations.counted(zip(SWAHILI, THAI, strict=True))
    assert found.pairs == 6
    assert found.together["samak"]["ปล"] == 2
    assert (found.source["samak"], found.target["ปล"]) == (2, 2)
    assert "jana" not in found.source  # it met nothing twice
    assert set(found.source) == set(found.together)
    assert set(found.target) == {other for others in found.together.values() for other in others}


words = st.text("abcd ", max_size=12)


@settings(deadline=None)
@given(st.lists(st.tuples(words, words), max_size=12), st.randoms())
def test_counts_are_those_of_a_plain_count_in_any_order(texts: list[tuple[str, str]], draw: Random) -> None:
    sides = [[stems(words_in(text)) for text in side] for side in zip(*texts, strict=True)] or [[], []]
    often = [Counter(stem for unit in side for stem in unit) for side in sides]
    met = Counter((one, other) for a, b in zip(*sides, strict=True) for one in a for other in b)
    strong = {
        (one, other): n
        for (one, other), n in met.items()
        if n >= 2 and 2 * n >= 0.1 * (often[0][one] + often[1][other])
    }
    found = WordAssociations.counted(texts)
    assert {
        (one, other): n for one, others in found.together.items() for other, n in others.items()
    } == strong
    assert found.source == {one: often[0][one] for one, _ in strong}
    assert found.target == {other: often[1][other] for _, other in strong}
    assert found.swapped() == WordAssociations.counted([(b, a) for a, b in texts])
    draw.shuffle(texts)
    assert WordAssociations.counted(texts) == found


def test_a_text_of_very_many_words_tells_nothing_of_any() -> None:
    long = " ".join(f"{a}{b}" for a in "abcdefghij" for b in "klmnopqrst")
    assert WordAssociations.counted([(long, "a b"), (long, "a b"), ("a", long)]).pairs == 0

"""Words that two texts associate: learned, kept, and never from what a bead says for itself."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from align.alignment.associations import WordAssociations
from align.alignment.candidates import Candidates
from align.alignment.coverage import Coverage
from align.alignment.learned import learned_coverage, paired_units
from align.errors import InputError
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
    known = WordAssociations.counted(zip(SWAHILI, THAI, [1.0] * 6, strict=True))
    alone = covered(SWAHILI[:2], THAI[:2])
    helped = covered(SWAHILI[:2], THAI[:2], known)
    assert not alone[0].weight.any()
    assert share(helped[0], 1, 1) > share(helped[0], 1, 0)


def test_pairs_of_units_sum_over_the_beads_they_share() -> None:
    i, j, m, n = (np.array(x) for x in ([0, 0, 1], [0, 0, 1], [1, 2, 1], [1, 1, 1]))
    k, at, q = paired_units(Candidates(i, j, m, n, np.zeros(3)), np.array([0.5, 0.25, 0.01]), 5)
    assert list(zip(k.tolist(), at.tolist(), q.tolist(), strict=True)) == [(0, 0, 0.75), (1, 0, 0.25)]


def test_counts_are_merged_pruned_written_and_read(tmp_path: Path) -> None:
    texts = list(zip(SWAHILI, THAI, [1.0, 0.5, 1.0, 1.0, 1.0, 1.0], strict=True))
    whole = WordAssociations.counted(texts)
    parts = WordAssociations.counted(texts[:3]).merged(WordAssociations.counted(texts[3:]))
    assert parts == whole
    assert whole.together["mwali", "ครู"[:2]] == 1.5
    assert whole.swapped().together["ครู"[:2], "mwali"] == 1.5
    path = tmp_path / "lexicon.tsv"
    whole.write(path)
    assert WordAssociations.read(path) == whole
    pruned = whole.strongest()
    assert set(pruned.together) < set(whole.together)
    assert ("samak", "ปล") in pruned.together


def test_a_count_that_is_no_number_is_named_with_its_line(tmp_path: Path) -> None:
    path = tmp_path / "lexicon.tsv"
    path.write_text("source\ttarget\tcount\n\t\t1\nword\tWort\tmany\n", encoding="utf-8")
    with pytest.raises(InputError, match="line 3: the count 'many' is no number"):
        WordAssociations.read(path)

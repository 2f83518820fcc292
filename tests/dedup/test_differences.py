"""What two near-duplicates differ in, and what is kept apart for it."""

from __future__ import annotations

import itertools
import time

import pytest

from align.dedup import DedupOptions, find_duplicates
from align.dedup.differences import LONGEST, differences_of, words_of
from align.errors import UsageError

ALL = ("numbers", "names", "dates")
NOTICE = (
    "{name} Public Limited Company announces that on {date} it purchased {number} of its ordinary shares through its "
    "broker. The purchased shares will be held in treasury, and the figure may be used by shareholders as the "
    "denominator for the calculations by which they will determine whether they are required to notify their interest. "
    "For further information please contact the secretary of the company at the registered office. The announcement "
    "holds information that is required to be disclosed under the regulation of market abuse as part of domestic law."
)
NOTICES = [
    ("a", NOTICE.format(name="Alpha Holdings", date="3 May 2024", number="12,000")),
    ("b", NOTICE.format(name="Alpha Holdings", date="4 May 2024", number="9,500")),
    ("c", NOTICE.format(name="Beta Holdings", date="17 June 2024", number="88,000")),
    ("d", NOTICE.format(name="Beta Holdings", date="17 June 2024", number="88,000").replace("held", "kept")),
]


def told(first: str, second: str) -> str:
    return differences_of(words_of(first), words_of(second)).counted


@pytest.mark.parametrize(
    ("first", "second", "expected"),
    [
        ("Rain of 12 mm fell, 301.5 in all.", "Rain of 9 mm fell, 299.0 in all.", "numbers 2"),
        ("Vacancy at Leeds: apply by 2024-05-03.", "Vacancy at York: apply by 2024-06-01.", "names 1, dates 1"),
        ("Vacancy: a nurse is wanted.", "Vacancy: a teacher is wanted.", "other 1"),
        ("Open from 9:30 on Monday.", "Open from 10:15 on Friday.", "dates 2"),
        ("Open on May 3, 2024, to all.", "Open on June 14, 2025, to all.", "dates 1"),
        ("Mary Ellen Brown, 87, has died.", "Ludwig van der Berg, 91, has died.", "numbers 1, names 1"),
        ("Rain is likely in the hills.", "Snow is likely in the hills.", "other 1"),
        ("It MAY rain, and soon", "it may rain and soon!", ""),
        (
            "Der Vorstand der Alpha Holding AG hat am 3. März den Kauf von 1.200 Aktien und mehr beschlossen.",
            "Der Vorstand der Beta Technik AG hat am 5. April den Kauf von 900 Aktien und mehr beschlossen.",
            "numbers 1, names 1, dates 1",
        ),
        ("Der Regen kommt mit dem Wind und ist stark.", "Der Schnee kommt mit dem Wind und ist stark.", "other 1"),
        ("El 3 de mayo de 2024 llovió en Madrid.", "El 14 de junio de 2023 llovió en Sevilla.", "names 1, dates 3"),
        ("甲骨文控股有限公司于2024年5月3日回购12000股。", "长江控股有限公司于2024年5月14日回购9500股。",
         "numbers 1, names 1, dates 1"),
        ("讣告：王小明先生享年八十七岁。", "讣告：李大伟先生享年九十一岁。", "numbers 2, names 1"),
        ("今天晴，最高气温25度。", "今天雨，最高气温18度。", "numbers 1, other 1"),
        ("株式会社アルファは5月3日に発表した。", "株式会社ベータは6月1日に発表した。", "names 1, dates 2"),
        ("اشترت الشركة ١٢٠٠٠ سهم في ٣ مايو ٢٠٢٤", "اشترت الشركة ٩٥٠٠ سهم في ٤ مايو ٢٠٢٤", "numbers 1, dates 1"),
    ],
)  # fmt: skip
def test_each_edit_is_told_by_what_it_changes(first: str, second: str, expected: str) -> None:
    assert told(first, second) == expected


def test_the_table_says_what_near_duplicates_differ_in() -> None:
    rows = find_duplicates(NOTICES).to_arrow().to_pylist()
    assert {row["kind"] for row in rows} == {"near"}
    one = rows[0]
    assert (one["id1"], one["id2"]) == ("a", "b")
    assert one["differences"] == "numbers 1, dates 1"
    assert one["examples"] == "3 > 4; 12,000 > 9,500"


def test_what_differs_in_spared_things_alone_is_listed_and_stays() -> None:
    assert len(find_duplicates(NOTICES).kept) == 1
    found = find_duplicates(NOTICES, options=DedupOptions(spare=ALL))
    assert len(found.kept) == 3  # c and d differ in a word
    kinds = {(pair.first, pair.second): pair.kind for pair in found.pairs}
    assert kinds.pop(("c", "d")) == "near"
    assert "spared" in kinds.values()
    assert found.alike_but_for(ALL) == (0, 1)


def test_sparing_dates_and_numbers_spares_no_names() -> None:
    found = find_duplicates(NOTICES[:3], options=DedupOptions(spare=("numbers", "dates")))
    kinds = {(pair.first, pair.second): pair.kind for pair in found.pairs}
    assert kinds["a", "b"] == "spared"
    assert set(kinds.values()) == {"near", "spared"}


def test_copies_of_spared_texts_are_still_copies() -> None:
    found = find_duplicates([*NOTICES[:2], ("a2", NOTICES[0][1])], options=DedupOptions(spare=ALL))
    assert [removal.kind for removal in found.removed.values()] == ["identical"]
    assert len(found.kept) == 2


def test_only_as_many_pairs_are_told_as_wanted_the_least_similar_first() -> None:
    found = find_duplicates(NOTICES, options=DedupOptions(differences=2))
    told = [pair for pair in found.pairs if pair.differences]
    assert len(told) == 2
    assert max(pair.similarity for pair in told) <= min(
        p.similarity for p in found.pairs if not p.differences
    )
    assert not any(
        pair.differences for pair in find_duplicates(NOTICES, options=DedupOptions(differences=0)).pairs
    )


def test_differences_read_from_either_side() -> None:
    for first, second in itertools.combinations([text for _, text in NOTICES], 2):
        one = differences_of(words_of(first), words_of(second))
        assert one.turned.turned == one
        assert one.counted == one.turned.counted


def test_long_texts_without_a_word_in_common_are_told_in_no_time() -> None:
    first, second = (" ".join(letter * (n % 50 + 1) for n in range(LONGEST + 5)) for letter in "xy")
    start = time.process_time()
    assert told(first, second) == "other 1"
    assert time.process_time() - start < 5


def test_what_cannot_be_spared_is_refused() -> None:
    with pytest.raises(UsageError, match="spare 'words': choose of numbers, names, dates"):
        DedupOptions(spare=("words",))  # type: ignore[arg-type]

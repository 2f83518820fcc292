"""Words and names in many scripts."""

from __future__ import annotations

import pytest

from align.text.words import romanized, skeleton, sound_classes, sounds, words_in


def test_words_keep_their_marks_in_all_scripts() -> None:
    assert words_in("नरेन्द्र मोदी ने कहा") == ["नरेन्द्र", "मोदी", "ने", "कहा"]
    assert words_in("l’homme, 2 don't") == ["l’homme", "don't"]
    assert words_in("می‌کند است") == ["می‌کند", "است"]
    assert words_in("米国のワシントンで") == ["米国", "の", "ワシントン", "で"]


@pytest.mark.parametrize(
    "names",
    [
        ("Shakespeare", "Шекспир", "شكسبير"),
        ("Thessaloniki", "Θεσσαλονίκη"),
        ("Washington", "ワシントン", "واشنطن"),
        ("Narendra", "नरेन्द्र"),
        ("Yerevan", "Երևան"),
        ("Microsoft", "Майкрософт", "مايكروسوفت"),
    ],
)
def test_a_name_sounds_alike_in_all_scripts(names: tuple[str, ...]) -> None:
    first = sound_classes(skeleton(romanized(names[0])))
    for name in names[1:]:
        other = sound_classes(skeleton(romanized(name)))
        assert other[:2] == first[:2]
        assert abs(len(other) - len(first)) <= 1


def test_what_is_not_written_by_sound_is_no_name() -> None:
    assert not any(map(sounds, ("东京", "の", "กรุงเทพ", "ရန်ကုန်", "ភ្នំពេញ")))
    assert all(map(sounds, ("Tokyo", "トウキョウ", "서울", "Москва", "توكيو")))

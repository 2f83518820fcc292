from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings

from align.report.evidence import Evidence, Words

from ..formats.hostile import texts


def surfaces(evidence: Words, source: str, target: str) -> set[tuple[str, str]]:
    """The linked words, cut out as a browser would: by UTF-16 units."""
    left, right = source.encode("utf-16-le"), target.encode("utf-16-le")
    return {
        (left[2 * a : 2 * b].decode("utf-16-le"), right[2 * c : 2 * d].decode("utf-16-le"))
        for a, b, c, d, _ in evidence.links
    }


def test_words_find_their_translations() -> None:
    source, target = "The president drank water in China in 2024.", "总统喝水,地点:中国。"
    found = Evidence([source], [target]).words(0)
    linked = surfaces(found, source, target)
    assert {("president", "总统"), ("water", "水"), ("China", "中国")} <= linked
    assert not any(left in {"The", "in"} and right in {"总统", "水"} for left, right in linked)
    (number,) = found.source_numbers
    assert source[slice(*number)] == "2024"
    assert found.target_numbers == ()


def test_equal_spelling_counts_whatever_the_language() -> None:
    source, target = (
        "\U0001f600 Kompas wrote 1.234 on Xyzzy",
        "\U0001f600\U0001f600 Xyzzy menulis 1.234 Kompas",
    )
    linked = surfaces(Evidence([source], [target]).words(0), source, target)
    assert {("Kompas", "Kompas"), ("Xyzzy", "Xyzzy")} <= linked


def test_numbers_answer_only_themselves() -> None:
    source, target = "In 2024 prices rose by 1,234 and 12.", "٢٠٢٣ 1.234 年 12"
    found = Evidence([source], [target]).words(0)
    linked = surfaces(found, source, target)
    assert {("1,234", "1.234"), ("12", "12")} <= linked
    assert [source[slice(*span)] for span in found.source_numbers] == ["2024"]
    assert [target[slice(*span)] for span in found.target_numbers] == ["٢٠٢٣"]


@given(texts, texts)
@settings(deadline=None, max_examples=60)
def test_offsets_stay_inside_and_words_apart(source: str, target: str) -> None:
    found = Evidence([source, ""], [target, "x"]).words(0)
    lengths = [len(text.encode("utf-16-le", "surrogatepass")) // 2 for text in (source, target)]
    for spans, length in (
        ({link[:2] for link in found.links}, lengths[0]),
        ({link[2:4] for link in found.links}, lengths[1]),
    ):
        assert all(0 <= a < b <= length for a, b in spans)
        assert all(b <= c for (_, b), (c, _) in pairwise(sorted(spans)))
    assert all(0 <= link[4] <= 101 for link in found.links)


def test_a_translation_is_the_nearest_passage() -> None:
    source = [
        "The cat drinks milk.",
        "Stock markets fell sharply on Monday.",
        "He opened the window of his house.",
    ]
    target = ["股市周一大幅下跌。", "他打开了家里的窗户。", "猫喝牛奶。"]
    evidence = Evidence(source, target)
    alike = evidence.vectors(0, range(3)) @ evidence.vectors(1, range(3)).T
    assert alike.argmax(axis=1).tolist() == [2, 0, 1]
    assert Evidence(["", "a"], ["b", ""]).vectors(0, [0]) == pytest.approx(np.zeros((1, 512)))

from __future__ import annotations

from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from align.report.diff import Line, diff

lines = st.lists(st.sampled_from(["one two three", "one 2 three", "四五六", "四五七", "x"]), max_size=8).map(
    "\n".join
)


def side(found: list[Line], name: str) -> list[str]:
    parts = [getattr(line, name) for line in found]
    return ["".join(part.text for part in line) for line in parts if line is not None]


@given(lines | st.text(), lines | st.text())
def test_no_line_is_lost_or_moved(left: str, right: str) -> None:
    found = list(diff(left, right))
    assert side(found, "left") == [line.strip() for line in left.split("\n") if line.strip()]
    assert side(found, "right") == [line.strip() for line in right.split("\n") if line.strip()]
    assert all(line.left or line.right for line in found)


@given(lines)
def test_equal_texts_have_no_difference(text: str) -> None:
    assert all(line.same for line in diff(text, text))


def test_words_and_single_characters() -> None:
    (line,) = diff("The big giants play cards.", "The small companies play cards.")
    assert line.left is not None
    assert line.right is not None
    assert [p.text for p in line.left if p.changed] == ["big giants"]
    assert [p.text for p in line.right if p.changed] == ["small companies"]
    (line,) = diff("价格是五元", "价格是七元")
    assert line.right is not None
    assert [p.text for p in line.right if p.changed] == ["七"]


def test_a_paragraph_that_only_one_has_stands_alone(seeds: Path) -> None:
    text = (seeds / "000_c526307fd2420ecf.txt").read_text("utf-8")
    paragraphs = [line for line in text.split("\n") if line.strip()]
    found = [line for line in diff(text, "\n".join(paragraphs[:5] + paragraphs[6:])) if not line.same]
    assert [line.right for line in found] == [None]
    assert side(found, "left") == [paragraphs[5].strip()]

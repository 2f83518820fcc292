"""Repeated passages inside a document."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from align.dedup import find_repeats
from align.document import Document

from .conftest import article, edited

SEEDS = {
    path.name[:3]: path.read_text(encoding="utf-8")
    for path in (Path(__file__).parents[2] / "seeds").glob("*.txt")
}


def ranges(text: str) -> list[tuple[int, int, int, int]]:
    return [(*repeat.first_lines, *repeat.second_lines) for repeat in find_repeats(text)]


def test_the_article_that_holds_its_body_twice() -> None:
    document = Document.from_text("004", SEEDS["004"])
    (repeat,) = find_repeats(document)
    assert (repeat.first_lines, repeat.second_lines) == ((1, 38), (43, 80))
    assert repeat.similarity == 1.0
    assert repeat.paragraphs == 38 == len(repeat.cut)
    left = document.without(repeat.cut)
    assert [paragraph.start_line for paragraph in left.paragraphs] == list(range(43))


@pytest.mark.parametrize("name", ["000", "001", "002", "003"])
def test_articles_without_repeats(name: str) -> None:
    assert find_repeats(SEEDS[name]) == []


@settings(max_examples=40, deadline=None)
@given(
    st.integers(2, 12),
    st.lists(st.sampled_from(["Menu", "Share this", "Log in", "Copyright 2020 by us"]), max_size=4),
    st.integers(0, 1000),
)
def test_a_copy_is_found_with_both_ranges(paragraphs: int, frame: list[str], seed: int) -> None:
    body = article(seed, 40 * paragraphs).split("\n")
    text = "\n".join(["A title of its own", *body, *frame, *body, "The end"])
    start = 1 + paragraphs + len(frame)
    assert ranges(text) == [(1, paragraphs, start, start + paragraphs - 1)]


@pytest.mark.parametrize("share", [0.02, 0.05, 0.1])
def test_edits_do_not_split_a_run(share: float) -> None:
    body = article(3, 800)
    assert ranges(f"{body}\nbetween\n{edited(body, share)}") == [(0, 19, 21, 40)]


def test_order_changes_and_lost_paragraphs_do_not_split_a_run() -> None:
    body = article(4, 800).split("\n")
    copy = [*body[:5], body[6], body[5], *body[7:12], "An advertisement here", *body[13:]]
    assert ranges("\n".join([*body, "between", *copy])) == [(0, 19, 21, 40)]


def test_three_copies_are_two_repeats_of_the_first() -> None:
    body = article(5, 200)
    assert ranges(f"{body}\nx\n{body}\ny\n{body}") == [(0, 4, 6, 10), (0, 4, 12, 16)]


def test_adjacent_copies_do_not_overlap() -> None:
    body = article(6, 200)
    assert ranges("\n".join([body] * 2)) == [(0, 4, 5, 9)]
    for first_start, first_end, second_start, second_end in ranges("\n".join([body] * 5)):
        assert first_start <= first_end < second_start <= second_end


def test_lines_of_the_frame_do_not_join_a_run() -> None:
    body = article(0, 80)
    assert ranges("\n".join(["Title", body, *["Copyright 2020 by us"] * 4, body, "The end"])) == [
        (1, 2, 7, 8)
    ]


def test_headings_and_menus_that_recur_are_no_repeats() -> None:
    lines = []
    for n in range(30):
        lines += ["Frequently asked questions", article(n, 40), "Back to top", "Share"]
    assert ranges("\n".join(lines)) == []


def test_chinese_passages() -> None:
    body = [line for line in SEEDS["001"].split("\n") if line.strip()][3:15]
    assert ranges("\n".join(["标题", *body, "登录 注册", "忘记密码？", *body])) == [(1, 12, 15, 26)]


@pytest.mark.parametrize("text", ["", "one", "\n\n", "a\na\na", "\ud800\n\ud800", "! ?\n! ?"])
def test_hostile_text(text: str) -> None:
    assert find_repeats(text) == []


def test_definitions_in_one_list_are_no_repeats() -> None:
    """Paragraphs that say almost the same of two things are not copies of each other."""
    one = (
        "c converts the data to a number of signed eight bit integers and stores them as a list in the variable named; "
        "if the number is an asterisk, all bytes left in the string are scanned, and if it is left out, one is, so "
        "that the command scans two bytes from the start of the string and then returns how many it has made."
    )
    other = (
        "s reads the data as a number of signed sixteen bit integers in little endian order and stores them as a list "
        "in the variable; if the number is an asterisk, then all bytes left in the string are scanned, and if it is "
        "omitted, one is, so that the command scans four bytes from the start of the string and returns how many."
    )
    assert ranges("\n".join(["Formats", one, other, "The end"])) == []

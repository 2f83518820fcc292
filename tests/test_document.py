from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from align.document import (
    PARAGRAPH_MODES,
    Document,
    ParagraphMode,
    format_position,
    paragraph_mode,
    parse_position,
)

WRAPPED = """A paragraph that was wrapped by an editor at
some width, so that its lines are about equally
long but the last.

A second one, also wrapped by the editor at the
same width and then over.
"""


def test_lines_are_paragraphs_in_web_text(seeds: Path) -> None:
    text = (seeds / "000_c526307fd2420ecf.txt").read_text("utf-8")
    document = Document.from_text("000", text)
    assert [p.text for p in document.paragraphs] == [
        line.strip() for line in text.split("\n") if line.strip()
    ]


def test_blank_lines_between_single_lines_do_not_count(seeds: Path) -> None:
    document = Document.from_text("002", (seeds / "002_0a687ad9dad331a4.txt").read_text("utf-8"))
    assert document.paragraphs[1].text == "In addition to Weibo, there is also WeChat"
    assert document.paragraphs[1].start_line == 2


def test_wrapped_text_is_joined_with_its_lines_kept() -> None:
    first, second = Document.from_text("w", WRAPPED).paragraphs
    assert first.text.endswith("equally long but the last.")
    assert (first.start_line, first.end_line) == (0, 2)
    assert (second.index, second.position, second.start_line, second.end_line) == (1, "p1", 4, 5)


def test_wrapped_chinese_is_joined_without_spaces() -> None:
    text = "这是一个被编辑器折行的段落它的每一行\n长度都差不多最后一行短\n\n第二段也是这样折行的每一行都差不多\n完。"
    assert " " not in Document.from_text("zh", text).paragraphs[0].text


def test_short_lines_between_blank_lines_stay_apart() -> None:
    menu = "Home\nProducts\nA longer line that tells what this page is about\n\nNews\nAbout us\nAnother line of text"
    assert paragraph_mode(menu.split("\n")) == "line"


@pytest.mark.parametrize("text", ["", "\n\n", "word", "one\n"])
def test_small_documents(text: str) -> None:
    assert len(Document.from_text("x", text).paragraphs) == (1 if text.strip() else 0)


def test_a_cut_keeps_positions() -> None:
    document = Document.from_text("x", "a\nb\nc\nd").without({1, 2})
    assert [(p.text, p.position) for p in document.paragraphs] == [("a", "p0"), ("d", "p3")]


@given(st.text(alphabet="ab 界\n。.", max_size=200), st.sampled_from(PARAGRAPH_MODES))
def test_no_character_is_lost_and_lines_are_true(text: str, mode: ParagraphMode) -> None:
    document = Document.from_text("x", text, paragraphs=mode)
    lines = text.split("\n")
    assert "".join(document.text.split()) == "".join(text.split())
    for index, paragraph in enumerate(document.paragraphs):
        assert paragraph.index == index
        covered = "".join(lines[paragraph.start_line : paragraph.end_line + 1])
        assert "".join(covered.split()) == "".join(paragraph.text.split())


@given(st.integers(0, 10**6), st.none() | st.integers(0, 10**6))
def test_a_position_is_read_as_it_was_written(paragraph: int, sentence: int | None) -> None:
    numbers = (paragraph,) if sentence is None else (paragraph, sentence)
    assert parse_position(format_position(paragraph, sentence)) == numbers
    assert parse_position(".".join(map(str, numbers))) == numbers  # as earlier versions wrote it


@pytest.mark.parametrize("text", ["", "p", "s2", "p7s", "p7.2", "7s2", "0.1.2", "-1", "p٣", " p7", "p7\n"])
def test_what_is_no_position_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="is no position, such as p7 or p7s2"):
        parse_position(text)


@pytest.mark.parametrize(
    ("given", "kept"),
    [("de_de", "de-DE"), ("zho_Hant", "zh-Hant"), ("und", None), ("xx1", None), (None, None)],
)
def test_a_document_has_a_tag_as_it_is_written(given: str | None, kept: str | None) -> None:
    assert Document("a", (), given).language == kept
    assert Document.from_text("a", "b", language=given).language == kept

"""Passages that two documents have in common."""

from __future__ import annotations

import pytest

from align.dedup import DedupOptions, find_duplicates
from align.errors import UsageError

from .conftest import article, edited


def sentence(seed: int, length: int = 14) -> str:
    return article(seed, length).capitalize() + "."


def paragraph(seed: int) -> str:
    return " ".join(sentence(seed * 10 + n) for n in range(4))


def document(seed: int) -> list[str]:
    return [paragraph(seed * 100 + n) for n in range(5)]


def passages(documents: dict[str, list[str]], least: int = 25) -> list[tuple[object, ...]]:
    texts = [(id, "\n".join(parts)) for id, parts in documents.items()]
    found = find_duplicates(texts, options=DedupOptions(passages=least)).passages
    return [(p.first, p.first_lines, p.second, p.second_lines) for p in found]


def test_a_syndicated_paragraph_is_found_with_both_places() -> None:
    a, b, c = document(1), document(2), document(3)
    b[3] = a[1]
    c[0] = edited(a[4], 0.05)
    assert passages({"a": a, "b": b, "c": c}) == [("a", (1, 1), "b", (3, 3)), ("a", (4, 4), "c", (0, 0))]


def test_a_quotation_inside_a_paragraph_is_found() -> None:
    a, b = document(1), document(2)
    b[2] = f"{b[2]} Then this was said. “{'. '.join(a[3].split('. ')[:2])}.” {sentence(77)}"
    assert passages({"a": a, "b": b}, 20) == [("a", (3, 3), "b", (2, 2))]


def test_chinese_sentences_are_found_without_spaces() -> None:
    common = "发言人在周二的记者会上表示，双方已经就长期合作达成一致意见。"
    common += "有关细节将在下个月的会议上公布，欢迎各界提出建议。"
    a, b = (
        "今天的天气非常好，许多市民到公园散步。" + common,
        "据报道，工厂将于年底投产。" + common + "记者将继续关注此事。",
    )
    assert passages({"a": [a], "b": [b]}) == [("a", (0, 0), "b", (0, 0))]


def test_near_duplicates_as_a_whole_are_no_passages_and_what_was_removed_is_not_looked_at() -> None:
    a = document(1)
    assert passages({"a": a, "b": [*a[:4], edited(a[4], 0.2)], "c": a}) == []


def test_what_stands_in_very_many_documents_is_a_set_phrase() -> None:
    phrase = paragraph(9_999)
    documents = {f"d{n:02}": [*document(n), phrase] for n in range(30)}
    assert passages(documents) == []


def test_the_table() -> None:
    a, b = document(1), document(2)
    b[3] = a[1]
    found = find_duplicates([("a", "\n".join(a)), ("b", "\n".join(b))], options=DedupOptions(passages=25))
    from align.dedup.tables import PASSAGE_COLUMNS, tables

    columns, rows = tables(found, "none")["passages"]
    assert columns == PASSAGE_COLUMNS
    assert list(rows) == [("a", 1, 1, "b", 3, 3, 56, 1.0)]


def test_set_phrases_cannot_be_asked_for() -> None:
    with pytest.raises(UsageError, match="passages 5: give at least 15 tokens"):
        DedupOptions(passages=5)

"""Why two documents are duplicates, or not."""

from __future__ import annotations

import pytest

from align.dedup.explain import explain
from align.dedup.options import DedupOptions

from .conftest import article, edited
from .test_find import jaccard, shingles

OPTIONS = DedupOptions()


def test_figures_and_differences() -> None:
    first = article(1)
    second = first.replace(first.split()[30], "replaced", 1)
    found = explain(("a", first), ("b", second), OPTIONS)
    assert found.similarity == pytest.approx(jaccard(first, second))
    assert found.shingles == (len(shingles(first)), len(shingles(second)))
    assert [change for change in found.changes if change[0] != "same"] == [
        ("replace", first.split()[30], "replaced")
    ]
    assert found.verdict.startswith("duplicates")
    assert any("- " + first.split()[30] in line for line in found.lines())


def test_verdicts() -> None:
    text = article(1)
    assert "identical" in explain(("a", text), ("b", text), OPTIONS).verdict
    assert explain(("a", text), ("b", article(2)), OPTIONS).verdict.startswith("not duplicates")
    assert "without words" in explain(("a", text), ("b", "?!"), OPTIONS).verdict
    inside = explain(("a", text), ("b", text + "\n" + article(3, 400)), DedupOptions(containment=0.9))
    assert inside.verdict.startswith("duplicates: containment 1.0")
    assert inside.bands[1] == 32


def test_chinese_is_compared_by_character() -> None:
    found = explain(("a", "今天天气很好"), ("b", "今天天气不好"), OPTIONS)
    assert [change for change in found.changes if change[0] != "same"] == [("replace", "很", "不")]


def test_hostile_texts() -> None:
    for text in ("", "\ud800", "\x00", "a" * 100_000):
        assert list(explain(("a", text), ("b", edited(article(1), 0.1)), OPTIONS).lines())

"""Lines that recur across documents."""

from __future__ import annotations

from align.dedup import DedupOptions, find_duplicates

from .conftest import article

FOOT = (
    "Copyright {year} Example Media Ltd. All rights reserved, reproduction without permission is prohibited."
)


def page(n: int) -> str:
    return "\n".join(["Home", "News", f"Headline {article(n, 4)}", article(n, 80), "Introduction", article(n + 500, 80),
                      FOOT.format(year=2000 + n), "Share"])  # fmt: skip


def test_frames_are_found_and_bodies_are_not() -> None:
    documents = [(f"d{n}", page(n)) for n in range(8)]
    result = find_duplicates(documents, options=DedupOptions(boilerplate=5))
    assert set(result.boilerplate) == {id for id, _ in documents}
    for runs in result.boilerplate.values():
        # two lines of menu, two of foot; the heading that recurs inside is none
        assert [run.lines for run in runs] == [(0, 1), (8, 9)]
        assert {run.documents for run in runs} == {8}
        assert {run.first_document for run in runs} == {"d0"}


def test_near_copies_of_one_article_are_not_boilerplate() -> None:
    documents = [(f"d{n}", page(1) + f"\nversion {n}") for n in range(8)]
    result = find_duplicates(documents, options=DedupOptions(boilerplate=3))
    assert len(result.kept) == 1
    assert result.boilerplate == {}


def test_not_looked_for_unless_asked() -> None:
    assert find_duplicates([(f"d{n}", page(n)) for n in range(8)]).boilerplate == {}

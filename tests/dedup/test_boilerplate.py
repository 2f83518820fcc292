"""Lines that recur across documents."""

from __future__ import annotations

from align.dedup import Deduplication, DedupOptions, Duplicates, find_duplicates
from align.reading.documents import to_batches

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


def compared_without(documents: list[tuple[str, str]], least: int = 5) -> Duplicates:
    found = Deduplication(DedupOptions(boilerplate=least), "boilerplate")
    for batch in to_batches(documents):
        found.add(batch)
    return found.result()


FRAME = [article(9_000 + n, 40) for n in range(12)]


def framed(body: str) -> str:
    return "\n".join([*FRAME[:6], body, *FRAME[6:]])


def test_articles_in_one_large_frame_are_compared_without_it() -> None:
    documents = [(f"d{n}", framed(article(n, 60))) for n in range(8)]
    assert len(find_duplicates(documents).kept) == 1
    result = compared_without(documents)
    assert len(result.kept) == 8
    for runs in result.boilerplate.values():
        assert [run.lines for run in runs] == [(0, 5), (8, 13)]


def test_copies_in_another_frame_are_found() -> None:
    site = [(f"d{n}", framed(article(n, 60))) for n in range(8)]
    bare = ("plain", article(3, 60))
    assert {
        pair.first for pair in find_duplicates([*site, bare]).pairs if "plain" in (pair.first, pair.second)
    } == set()
    result = compared_without([*site, bare])
    assert result.removed["plain"].kept == "d3" or result.removed["d3"].kept == "plain"


def test_copies_of_one_article_are_no_frame_and_go() -> None:
    documents = [(f"d{n}", page(1) + f"\nversion {n}") for n in range(8)]
    result = compared_without(documents, 3)
    assert len(result.kept) == 1
    assert result.boilerplate == {}
    edited_copies = [(f"e{n}", page(1) + "\n" + article(700 + n, 12)) for n in range(8)]
    assert len(compared_without(edited_copies, 3).kept) == 1

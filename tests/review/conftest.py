"""Runs to review and reviews of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from align.corpus.folder import CorpusFolder
from align.review.session import Review

from .builder import LETTERS, make_run


@pytest.fixture
def letters(tmp_path: Path) -> CorpusFolder:
    """Eight paragraphs a side; beads 1-1, 2-1, 1-0, 1-1, 1-2, 0-1 ..."""
    return make_run(tmp_path / "letters", LETTERS)


@pytest.fixture
def plain(tmp_path: Path) -> CorpusFolder:
    """Eight paragraphs a side, all 1-1."""
    return make_run(tmp_path / "plain", LETTERS, sizes=((1, 1),))


@pytest.fixture
def articles(tmp_path: Path, seeds: Path) -> CorpusFolder:
    """The sample articles in English and Chinese, and a second pair."""
    names = {"000": "en", "001": "zh", "003": "en", "004": "id"}
    documents = {n: (lang, next(seeds.glob(f"{n}_*")).read_text("utf-8")) for n, lang in names.items()}
    return make_run(tmp_path / "out", documents, pairs=[("000", "001"), ("003", "004")])


@pytest.fixture
def open_review() -> Iterator[Callable[..., Review]]:
    """Opens reviews that are closed after the test; time goes on by a second with every action."""
    opened: list[Review] = []
    ticks = iter(range(10**6))

    def clock() -> str:
        tick = next(ticks)
        return f"2026-01-01T{tick // 3600:02}:{tick // 60 % 60:02}:{tick % 60:02}Z"

    def open_(run: CorpusFolder, reviewer: str = "ana", **options: object) -> Review:
        review = Review(CorpusFolder(run.path), reviewer=reviewer, clock=clock, **options)  # type: ignore[arg-type]
        opened.append(review)
        return review

    yield open_
    for review in opened:
        review.close()

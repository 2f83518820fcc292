"""The review among many reviewers, and its page among clients that mean harm."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from align.corpus.folder import CorpusFolder
from tests.run_builder import Pair, bead, make_run

from .client import half_open, hostile_requests
from .foreign import reviewed
from .reviewers import crowded

pytestmark = pytest.mark.slow


@pytest.fixture
def run(tmp_path: Path) -> CorpusFolder:
    beads = {"sentence": [bead(0, "One.", "一。", 0.9), bead(1, "Two.", "", 0.4)]}
    return make_run(
        tmp_path / "out", {"a": ("en", "One.\n\nTwo."), "b": ("zh", "一。")}, [Pair("a", "b", beads)]
    )


def test_many_reviewers_on_one_bead_lose_nothing(run: CorpusFolder) -> None:
    assert crowded(run.path, reviewers=6, edits=10) == ""


def test_requests_that_mean_harm_are_refused(run: CorpusFolder) -> None:
    done = list(hostile_requests(run.path, random.Random(0)))
    assert len(done) > 100
    assert [(what, wrong) for what, wrong in done if wrong] == []


def test_requests_that_are_never_finished_keep_nobody_out(run: CorpusFolder) -> None:
    assert half_open(run.path, 200) == ""


@pytest.mark.browser
def test_markup_in_every_place_of_the_page_stays_text(tmp_path: Path) -> None:
    found = list(reviewed(tmp_path))
    assert len(found) > 25
    assert [(place, wrong) for place, wrong in found if wrong] == []

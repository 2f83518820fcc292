"""Sentences that the aligner cut: reviewers join, cut and export them as any other unit."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from align._internal.tables import write_table
from align.corpus.folder import CorpusFolder
from align.formats.beads import BEAD_COLUMNS, BeadRow, read_tsv, row_cells
from align.review import unplaced
from align.review.decisions import apply_decisions, export_decisions
from align.review.results import reading
from align.review.session import Done, Review

from .builder import make_run

Open = Callable[..., Review]
ENGLISH = "the boats come early and bring fruit the women cook. There is no market on Monday."
CHINESE = "船很早就来，运来水果，女人们煮面条。星期一没有市场。"
GERMAN = "Die Boote kommen früh. Sie bringen Obst. Die Frauen kochen. Montags ist kein Markt."
PARTS = {
    "en": (ENGLISH, ("p0s0:0-20", "p0s0:21-36", "p0s0:37-52", "p0s1")),
    "zh": (CHINESE, ("p0s0:0-6", "p0s0:6-11", "p0s0:11-18", "p0s1")),
}


def cut_run(folder: Path, language: str, *, together: bool = False) -> CorpusFolder:
    """One pair whose first sentence answers three; with `together` its last part and the next are one bead."""
    text, positions = PARTS[language]
    run = make_run(folder, {"a": (language, text), "b": ("de", GERMAN)}, sizes=((1, 1),))
    file = run.bead_file(run.pairs[0], "sentence")
    german = [row.target for row in read_tsv(file)][:4]
    ends = [[int(n) for n in p.partition(":")[2].split("-")] for p in positions[:3]]
    start = text.index("There") if language == "en" else text.index("星期")
    parts = [*(text[a:b] for a, b in ends), text[start:]]
    rows = [BeadRow(k, "1-1", (positions[k],), (f"p0s{k}",), 0.9, parts[k], german[k]) for k in range(4)]
    if together:
        last = replace(
            rows[2], type="2-2", source_positions=positions[2:], target_positions=("p0s2", "p0s3"),
            source=parts[2] + (" " if language == "en" else "") + parts[3], target=" ".join(german[2:]),
        )  # fmt: skip
        rows = [*rows[:2], last]
    write_table(file, BEAD_COLUMNS, map(row_cells, rows))
    return run


def act(review: Review, beads: Sequence[Any], **request: Any) -> None:
    named = [{"id": bead.id, "version": bead.version} for bead in beads]
    assert isinstance(review.act(0, "sentence", {"beads": named, **request}), Done)


def decided(review: Review) -> list[tuple[str, str, str]]:
    return [(b.id, b.status, b.source_text) for b in review.view(0, "sentence").beads]


@pytest.mark.parametrize("language", PARTS)
def test_joined_parts_are_there_when_the_review_is_opened_again(
    tmp_path: Path, open_review: Open, language: str
) -> None:
    run = cut_run(tmp_path / "run", language)
    review = open_review(run)
    act(review, review.view(0, "sentence").beads[:2], kind="merge")
    id = review.view(0, "sentence").beads[0].id
    review.act(0, "sentence", {"kind": "set", "id": id, "values": {"status": ["open", "accepted"]}})
    said = decided(review)
    first, second = PARTS[language][1][:2]
    assert said[0][:2] == (f"{first} {second}|p0s0 p0s1", "accepted")
    assert said[0][2] == PARTS[language][0][: len(said[0][2])]
    assert decided(open_review(run)) == said
    assert unplaced(run, run.pairs[0], "sentence") == []


@pytest.mark.parametrize("language", PARTS)
def test_a_part_beside_a_sentence_is_a_unit_of_its_own(
    tmp_path: Path, open_review: Open, language: str
) -> None:
    review = open_review(cut_run(tmp_path / "run", language, together=True))
    act(review, review.view(0, "sentence").beads[2:], kind="cut", source=1, target=1)
    assert [id for id, _, _ in decided(review)][2:] == [f"{PARTS[language][1][2]}|p0s2", "p0s1|p0s3"]


@pytest.mark.parametrize("language", PARTS)
def test_decisions_about_parts_go_into_a_table_and_come_back(
    tmp_path: Path, open_review: Open, language: str
) -> None:
    run = cut_run(tmp_path / "run", language)
    review = open_review(run)
    act(review, review.view(0, "sentence").beads[1:3], kind="merge")
    act(review, review.view(0, "sentence").beads[:1], kind="cut", source=1, target=0, cuts=[[0, 0, 3]])
    for id in ids(review):
        review.act(0, "sentence", {"kind": "set", "id": id, "values": {"status": ["open", "accepted"]}})
    said = decided(review)
    store = reading(run)
    export_decisions(run, store, tmp_path / "d.tsv")
    if store:
        store.close()
    other = open_review(cut_run(tmp_path / "other", language))
    assert apply_decisions(other, tmp_path / "d.tsv").problems == ()
    assert decided(other) == said
    whole = make_run(
        tmp_path / "whole", {"a": (language, PARTS[language][0]), "b": ("de", GERMAN)}, sizes=((2, 4),)
    )
    uncut = open_review(whole)
    assert apply_decisions(uncut, tmp_path / "d.tsv").problems == ()
    assert [(id, text) for id, _, text in decided(uncut)] == [
        (id.replace("p0s0:6-11 p0s0:11-18", "p0s0:6-18").replace("p0s0:21-36 p0s0:37-52", "p0s0:21-52"), text)
        for id, _, text in said
    ]


def ids(review: Review) -> list[str]:
    return [bead.id for bead in review.view(0, "sentence").beads]


@pytest.mark.parametrize("language", PARTS)
def test_what_was_decided_of_a_whole_sentence_stands_where_it_is_cut_now(
    tmp_path: Path, open_review: Open, language: str
) -> None:
    documents = {"a": (language, PARTS[language][0]), "b": ("de", GERMAN)}
    run = make_run(tmp_path / "run", documents, sizes=((1, 3), (1, 1)))
    review = open_review(run)
    for id in ids(review):
        review.act(0, "sentence", {"kind": "set", "id": id, "values": {"status": ["open", "accepted"]}})
    review.close()
    store = reading(run)
    export_decisions(run, store, tmp_path / "d.tsv")
    if store:
        store.close()
    now = cut_run(tmp_path / "run", language)
    three = " ".join(PARTS[language][1][:3])
    accepted = [(f"{three}|p0s0 p0s1 p0s2", "accepted"), ("p0s1|p0s3", "accepted")]
    assert [row[:2] for row in decided(open_review(now))] == accepted
    assert unplaced(now, now.pairs[0], "sentence") == []
    other = open_review(cut_run(tmp_path / "other", language))
    assert apply_decisions(other, tmp_path / "d.tsv").problems == ()
    assert [row[:2] for row in decided(other)] == accepted

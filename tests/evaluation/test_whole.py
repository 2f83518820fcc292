"""The whole way is scored by characters: what the segmenter cuts elsewhere than the gold is an error."""

from __future__ import annotations

import pytest

from align.alignment.options import AlignOptions
from align.evaluation.metrics import Block, GoldDocument
from align.evaluation.whole import align_whole


def gold_of(source: list[str], target: list[str], beads: set[Block], level: str = "sentence") -> GoldDocument:
    return GoldDocument("x.en-de/0", tuple(source), tuple(target), frozenset(beads), ("en", "de"), level)


@pytest.fixture(scope="module")
def sentences(english_german: tuple[list[str], list[str]]) -> tuple[list[str], list[str]]:
    return english_german[0][:24], english_german[1][:24]


def test_lines_that_are_sentences_come_back(sentences: tuple[list[str], list[str]]) -> None:
    gold = gold_of(*sentences, {((k,), (k,)) for k in range(24)})
    found = align_whole(gold, AlignOptions())
    assert found.beads == gold.beads
    assert all(right for _, right in found.judged)
    assert found.alignment.paragraphs is not None
    assert len(found.alignment.paragraphs.source) == 6


def test_a_line_that_is_two_sentences_is_found_only_when_both_are_in_the_bead(
    sentences: tuple[list[str], list[str]],
) -> None:
    source, target = sentences
    joined = [f"{source[0]} {source[1]}", *source[2:]]
    gold = gold_of(joined, target, {((0,), (0, 1)), *(((k - 1,), (k,)) for k in range(2, 24))})
    found = align_whole(gold, AlignOptions())
    assert len(found.beads & gold.beads) == 22
    wrong = found.beads - gold.beads  # the two sentences answer one each: each ends inside the line
    assert len(wrong) == 2
    assert all(max(lines) >= len(joined) for lines, _ in wrong)
    assert sum(right for _, right in found.judged) == 22


def test_a_gap_is_right_however_it_is_cut(sentences: tuple[list[str], list[str]]) -> None:
    source, target = sentences
    gone = "Nobody in the harbour had heard of it. The newspapers were silent about the matter."
    gold = gold_of(
        [*source[:12], gone, *source[12:]], target,
        {((12,), ()), *(((k + (k >= 12),), (k,)) for k in range(24))},
    )  # fmt: skip
    found = align_whole(gold, AlignOptions())
    assert ((12,), ()) in found.beads
    assert len(found.alignment.gaps) == 2
    assert all(right for _, right in found.judged)


def test_lines_that_are_paragraphs_stay_lines(sentences: tuple[list[str], list[str]]) -> None:
    gold = gold_of(*sentences, {((k,), (k,)) for k in range(24)}, "paragraph")
    found = align_whole(gold, AlignOptions())
    assert found.alignment.level == "paragraph"
    assert found.beads == gold.beads

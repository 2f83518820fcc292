"""A passage that stands elsewhere in the other text is reported as moved."""

from __future__ import annotations

from align.alignment import align_texts


def test_a_moved_passage_is_found_and_stands_where_its_source_stands(
    english_german: tuple[list[str], list[str]],
) -> None:
    source, german = (side[:40] for side in english_german)
    target = [*german[:5], *german[11:30], *german[5:11], *german[30:]]
    found = align_texts(source, target)
    moved = {(b.source, b.target) for b in found.moved}
    expected = {((k,), (target.index(german[k]),)) for k in range(5, 11)}
    assert len(moved & expected) >= 5
    assert sorted(i for b in found.beads for i in b.source) == list(range(40))
    assert sorted(j for b in found.beads for j in b.target) == list(range(40))
    sources = [b.source for b in found.beads if b.source]
    assert sources == sorted(sources)


def test_what_is_only_like_it_is_not_taken_for_a_moved_passage(
    english_german: tuple[list[str], list[str]],
) -> None:
    """Elsewhere the same is said of somebody else: the aligner is not sure of it, so both stay gaps."""
    source, german = (side[:40] for side in english_german)
    other = english_german[1][76]
    assert other.split(" kaufte ")[-1] != german[6]
    target = [*german[:6], *german[7:21], other, *german[21:]]
    found = align_texts(source, target)
    assert found.moved == ()
    gaps = {(b.source, b.target) for b in found.gaps}
    assert {((6,), ()), ((), (20,))} <= gaps

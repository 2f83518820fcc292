"""A passage that stands elsewhere in the other text is reported as reordered."""

from __future__ import annotations

from pathlib import Path

from align.alignment import align_texts
from align.formats.beads import read_tsv


def test_a_reordered_passage_is_found_and_stands_where_its_source_stands(
    english_german: tuple[list[str], list[str]], tmp_path: Path
) -> None:
    source, german = (side[:40] for side in english_german)
    target = [*german[:5], *german[11:30], *german[5:11], *german[30:]]
    found = align_texts(source, target)
    reordered = {(b.source, b.target) for b in found.reordered}
    expected = {((k,), (target.index(german[k]),)) for k in range(5, 11)}
    assert len(reordered & expected) >= 5
    assert sorted(i for b in found.beads for i in b.source) == list(range(40))
    assert sorted(j for b in found.beads for j in b.target) == list(range(40))
    sources = [b.source for b in found.beads if b.source]
    assert sources == sorted(sources)
    found.write(tmp_path / "x.tsv")
    rows = [row for row in read_tsv(tmp_path / "x.tsv") if row.reordered]
    assert [row.bead for row in rows] == [n for n, b in enumerate(found.beads) if b.reordered]


def test_what_is_only_like_it_is_not_taken_for_a_reordered_passage(
    english_german: tuple[list[str], list[str]],
) -> None:
    """Elsewhere the same is said of somebody else: the aligner is not sure of it, so both stay gaps."""
    source, german = (side[:40] for side in english_german)
    other = english_german[1][76]
    assert other.split(" kaufte ")[-1] != german[6]
    target = [*german[:6], *german[7:21], other, *german[21:]]
    found = align_texts(source, target)
    assert found.reordered == ()
    gaps = {(b.source, b.target) for b in found.gaps}
    assert {((6,), ()), ((), (20,))} <= gaps

from __future__ import annotations

from collections import Counter
from itertools import chain

from hypothesis import given
from hypothesis import strategies as st

from align.review.bead import ReviewBead, ReviewUnit
from align.review.reapply import arranged, fit, locate


def unit(number: int, text: str | None = None) -> ReviewUnit:
    return ReviewUnit(str(number), f"text {number}" if text is None else text)


def bead(source: str, target: str, **fields: object) -> ReviewBead:
    """A bead of the units named, e.g. ``bead("1 2", "3")``."""
    sides = [tuple(unit(int(n)) for n in side.split()) for side in (source, target)]
    return ReviewBead(sides[0], sides[1], **fields)  # type: ignore[arg-type]


def fitted(base: list[ReviewBead], *decisions: ReviewBead) -> tuple[list[tuple[str, str, bool]], list[str]]:
    result = fit(base, {d.key: d for d in decisions})
    return [(b.id, b.status, b.by_hand) for b in result.beads], [b.id for b in result.unplaced.values()]


MERGED = [bead("0 1", "0 1", confidence=0.5), bead("2", "2", confidence=0.9)]


def test_the_same_bead_takes_the_decision_and_the_new_confidence() -> None:
    result = fit(MERGED, {"k": bead("2", "2", confidence=0.1, status="rejected", comment="no")})
    assert result.beads[1].comment == "no"
    assert result.beads[1].confidence == 0.9
    assert result.stored == {"2|2": "k"}


def test_an_accepted_bead_takes_its_units_out_of_the_machines() -> None:
    beads, left = fitted(MERGED, bead("0", "0", confidence=0.8, status="accepted"))
    assert beads == [("0|0", "accepted", True), ("1|1", "open", False), ("2|2", "open", False)]
    assert left == []


def test_a_rejection_of_a_bead_that_is_gone_is_handed_back() -> None:
    beads, left = fitted(MERGED, bead("0", "0", status="rejected"), bead("1", "1", comment="hm"))
    assert [b[0] for b in beads] == ["0 1|0 1", "2|2"]
    assert left == ["0|0", "1|1"]


def test_changed_texts_are_handed_back() -> None:
    other = ReviewBead((unit(2, "was different"),), (unit(2),), status="accepted")
    assert fitted(MERGED, other)[1] == ["2|2"]


def test_the_newer_decision_on_a_unit_wins() -> None:
    old = bead("2", "2", status="accepted", time="2026-01-01")
    new = bead("1 2", "1 2", status="accepted", by_hand=True, time="2026-01-02")
    beads, left = fitted(MERGED, old, new)
    assert beads == [("1 2|1 2", "accepted", True), ("0|0", "open", False)] or beads == [
        ("0|0", "open", False),
        ("1 2|1 2", "accepted", True),
    ]
    assert left == ["2|2"]


def test_decisions_follow_shifted_positions() -> None:
    base = [ReviewBead((unit(n, f"text {n - 1}"),), (unit(n, f"text {n - 1}"),)) for n in range(1, 5)]
    result = fit(
        base, {b.key: b for b in (bead("0", "0", status="accepted"), bead("1", "1", status="rejected"))}
    )
    assert [b.status for b in result.beads] == ["accepted", "rejected", "open", "open"]
    assert not result.unplaced


def test_a_repeated_text_is_found_after_the_one_before_it() -> None:
    current = [unit(0, "new"), unit(1, "Share"), unit(2, "a"), unit(3, "Share"), unit(4, "b")]
    wanted = [unit(0, "Share"), unit(1, "a"), unit(2, "Share"), unit(3, "b")]
    assert [locate(current, wanted)[u].position for u in wanted] == ["1", "2", "3", "4"]


def test_beads_of_a_stretch_are_arranged_by_both_sides() -> None:
    order = arranged([bead("", "9"), bead("2", "2"), bead("1", ""), bead("", "1"), bead("0", "0")])
    assert [b.id for b in order] == ["0|0", "1|", "|1", "2|2", "|9"]


def partition(draw: st.DrawFn, source: int, target: int, **fields: object) -> list[ReviewBead]:
    beads, i, j = [], 0, 0
    while i < source or j < target:
        m, n = draw(st.sampled_from([(1, 1), (1, 0), (0, 1), (2, 1), (1, 2), (2, 2), (0, 3)]))
        m, n = min(m, source - i), min(n, target - j)
        if m + n:
            beads.append(
                bead(" ".join(map(str, range(i, i + m))), " ".join(map(str, range(j, j + n))), **fields)
            )
        i, j = i + m, j + n
    return beads


@st.composite
def alignments(draw: st.DrawFn) -> tuple[list[ReviewBead], list[ReviewBead]]:
    source, target = draw(st.integers(1, 8)), draw(st.integers(1, 8))
    base = partition(draw, source, target, confidence=0.5)
    status = st.sampled_from(["accepted", "rejected", "open"])
    decisions = [
        ReviewBead(b.source, b.target, status=draw(status), by_hand=draw(st.booleans()), comment="c")  # type: ignore[arg-type]
        for b in partition(draw, source, target)
        if draw(st.booleans())
    ]
    return base, decisions


@given(alignments())
def test_no_unit_and_no_decision_is_ever_lost(case: tuple[list[ReviewBead], list[ReviewBead]]) -> None:
    base, decisions = case
    result = fit(base, {b.key: b for b in decisions})
    for side in ("source", "target"):
        before = Counter(chain.from_iterable(getattr(b, side) for b in base))
        assert Counter(chain.from_iterable(getattr(b, side) for b in result.beads)) == before
    assert {*result.stored.values(), *result.unplaced} == {b.key for b in decisions}
    assert len(result.stored) + len(result.unplaced) == len(decisions)
    decided = {b.id: b for b in decisions}
    for b in result.beads:
        if b.id in result.stored:
            assert (b.status, b.comment) == (decided[b.id].status, "c")


@given(alignments())
def test_fitting_twice_changes_nothing(case: tuple[list[ReviewBead], list[ReviewBead]]) -> None:
    base, decisions = case
    once = fit(base, {b.key: b for b in decisions})
    kept = [b for b in once.beads if not b.pristine]
    again = fit(base, {b.key: b for b in kept})
    assert [b.content for b in again.beads] == [b.content for b in once.beads]

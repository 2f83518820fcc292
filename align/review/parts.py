"""Parts of a unit: a sentence that the segmenter did not part is cut at the caret, and put together again.

A part's position is that of its unit with the characters from and to which it goes, ``p7s2:12-58``. What stands between
two parts, white space, is the `space` of the second, so that both are the text of the unit to the character.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence

from align.document import parse_position, unit_position
from align.review.bead import ReviewUnit

Original = Callable[[str], ReviewUnit | None]  # the machine's unit, or its part of one, that holds a position


def is_part(unit: ReviewUnit) -> bool:
    """Whether it is a part of a unit; several units that stand as one are none."""
    return ":" in unit.position and " " not in unit.position


def cut_unit(unit: ReviewUnit, offset: int) -> tuple[ReviewUnit, ReviewUnit] | None:
    """A unit in two at a character; None where one of them would be empty, or its text is that of several units."""
    if " " in unit.position or not 0 < offset < len(unit.text):
        return None
    left, right = unit.text[:offset].rstrip(), unit.text[offset:].lstrip()
    if not (left and right):
        return None
    between = unit.text[len(left) : len(unit.text) - len(right)]
    first, _ = _range(unit)
    goes_on = first + len(left) + len(between)
    base = unit_position(unit.position)
    return (
        ReviewUnit(f"{base}:{first}-{first + len(left)}", left, unit.space),
        ReviewUnit(f"{base}:{goes_on}-{goes_on + len(right)}", right, between),
    )


def holds(held: str, position: str) -> bool:
    """Whether a position lies within another one of the same unit."""
    if unit_position(held) != unit_position(position):
        return False
    if ":" not in held or ":" not in position:
        return ":" not in held
    (*_, first, last), (*_, start, end) = parse_position(held), parse_position(position)
    return first <= start and end <= last


def together(units: Sequence[ReviewUnit], original: Original) -> tuple[ReviewUnit, ...]:
    """Units in their order, parts that follow each other joined: the unit itself where they are all of it.

    What the machine parted stays two units, as two sentences do.
    """
    found: list[ReviewUnit] = []
    for unit in units:
        joined, whole = unit, original(unit.position) if is_part(unit) else None
        if (
            found
            and _follow(found[-1], unit)
            and (whole is None or holds(whole.position, found[-1].position))
        ):
            last = found.pop()
            position = f"{unit_position(unit.position)}:{_range(last)[0]}-{_range(unit)[1]}"
            joined = ReviewUnit(position, last.text + (unit.space or "") + unit.text, last.space)
        found.append(whole if whole and whole.text == joined.text else joined)
    return tuple(found)


def cut_as(units: Sequence[ReviewUnit], wanted: Iterable[ReviewUnit]) -> tuple[ReviewUnit, ...]:
    """Units cut wherever these parts begin or end, as far as their texts are found there."""
    parts = [part for part in wanted if is_part(part)]
    found: list[ReviewUnit] = []
    for unit in units:
        first, _ = _range(unit)
        edges = {edge - first for part in parts if _fits(unit, part) for edge in _range(part)}
        pieces = [unit]
        for offset in sorted(edges, reverse=True):
            if two := cut_unit(pieces[0], offset):
                pieces[:1] = two
        found += pieces
    return tuple(found)


def cut_like(units: Sequence[ReviewUnit], others: Collection[ReviewUnit]) -> tuple[ReviewUnit, ...]:
    """Units that are not among others, cut wherever parts of the same units begin or end among these."""
    found: list[ReviewUnit] = []
    for unit in units:
        base = unit_position(unit.position)
        same = () if unit in others else [o for o in others if unit_position(o.position) == base]
        found += cut_as([unit], same)
    return tuple(found)


def pieces_within(unit: ReviewUnit, position: str) -> list[ReviewUnit]:
    """What of a unit lies within a position, where either is a part of the other or both are of one unit."""
    base = unit_position(position)
    if " " in unit.position or unit_position(unit.position) != base:
        return []
    first, last = _range(unit)
    start, end = parse_position(position)[-2:] if ":" in position else (first, last)
    start, end = max(first, start), min(last, end)
    part = ReviewUnit(f"{base}:{start}-{end}", unit.text[start - first : end - first])
    return [piece for piece in cut_as([unit], [part]) if start < end and holds(part.position, piece.position)]


def _fits(unit: ReviewUnit, part: ReviewUnit) -> bool:
    """Whether the text of a part stands in a unit at the same place; in other units, too, where positions moved."""
    if is_part(unit) and unit_position(unit.position) != unit_position(part.position):
        return False
    first, _ = _range(unit)
    start, end = _range(part)
    return start >= first and unit.text[start - first : end - first] == part.text


def _follow(one: ReviewUnit, other: ReviewUnit) -> bool:
    if not (is_part(one) and is_part(other)) or unit_position(one.position) != unit_position(other.position):
        return False
    return _range(other)[0] == _range(one)[1] + len(other.space or "")


def _range(unit: ReviewUnit) -> tuple[int, int]:
    """From and to which character of its unit a part goes."""
    if not is_part(unit):
        return 0, len(unit.text)
    *_, first, last = parse_position(unit.position)
    return first, last

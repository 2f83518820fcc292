"""What differs between two near-duplicates: lines first, then words (characters where a script has no spaces)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

_TOKEN = re.compile(
    r"[\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]|[^\W\u3040-\u30ff\u3400-\u9fff]+|\s+|[^\w\s]"
)
_MOST_TOKENS = 4000  # of one line: beyond it, the whole line counts as changed
_MOST_LINES = 20_000  # on a side: beyond it, equal lines are found among their neighbours only
_NEAR = 20  # changed lines in which the counterpart of a line is looked for
_ALIKE = 0.4  # share of common tokens from which two lines are shown as one line that changed


@dataclass(frozen=True, slots=True)
class Part:
    """A stretch of a line; `changed` where the other text has something else."""

    text: str
    changed: bool


@dataclass(frozen=True, slots=True)
class Line:
    """A line of both texts, or of one of them: the other side is None. `same` where both are equal."""

    left: tuple[Part, ...] | None
    right: tuple[Part, ...] | None
    same: bool = False


def diff(left: str, right: str) -> Iterator[Line]:
    """The lines of two texts side by side, none left out. Blank lines are not compared."""
    one, other = ([line.strip() for line in text.split("\n") if line.strip()] for text in (left, right))
    for same, a, b, c, d in _blocks(one, other):
        if same:
            yield from (Line((Part(text, False),), (Part(text, False),), True) for text in one[a:b])
        else:
            yield from _changed(one[a:b], other[c:d])


def _blocks(one: Sequence[str], other: Sequence[str]) -> Iterator[tuple[bool, int, int, int, int]]:
    """Runs of equal lines, and what stands between them: whether equal, and both ranges."""
    from rapidfuzz.distance import Indel

    if len(one) * len(other) > _MOST_LINES**2:
        yield False, 0, len(one), 0, len(other)
        return
    a = c = 0
    for step in [s for s in Indel.opcodes(one, other) if s.tag == "equal"]:
        yield False, a, step.src_start, c, step.dest_start
        yield True, step.src_start, step.src_end, step.dest_start, step.dest_end
        a, c = step.src_end, step.dest_end
    yield False, a, len(one), c, len(other)


def _changed(left: Sequence[str], right: Sequence[str]) -> Iterator[Line]:
    """Lines that answer each other in order of reading where they have enough in common, the others alone."""
    words = [set(_TOKEN.findall(text)) for text in right]
    start = 0
    for text in left:
        own = set(_TOKEN.findall(text))
        scores = [_share(own, candidate) for candidate in words[start : start + _NEAR]]
        best = scores.index(max(scores)) if scores else 0
        if not scores or scores[best] < _ALIKE:
            yield Line((Part(text, True),), None)
            continue
        yield from (Line(None, (Part(skipped, True),)) for skipped in right[start : start + best])
        yield _words(text, right[start + best])
        start += best + 1
    yield from (Line(None, (Part(rest, True),)) for rest in right[start:])


def _share(one: set[str], other: set[str]) -> float:
    return len(one & other) / max(len(one | other), 1)


def _words(left: str, right: str) -> Line:
    from rapidfuzz.distance import Indel

    one, other = _TOKEN.findall(left), _TOKEN.findall(right)
    if max(len(one), len(other)) > _MOST_TOKENS:
        return Line((Part(left, True),), (Part(right, True),))
    sides: tuple[list[Part], list[Part]] = ([], [])
    for step in Indel.opcodes(one, other):
        left, right = (
            "".join(one[step.src_start : step.src_end]),
            "".join(other[step.dest_start : step.dest_end]),
        )
        for side, text in zip(sides, (left, right), strict=True):
            if text:
                side.append(Part(text, step.tag != "equal"))
    return Line(_joined(sides[0]), _joined(sides[1]))


def _joined(parts: Sequence[Part]) -> tuple[Part, ...]:
    """Changed words with nothing but space between them as one stretch."""
    joined: list[Part] = []
    for i, part in enumerate(parts):
        between = 0 < i < len(parts) - 1 and not part.text.strip()
        changed = part.changed or (between and parts[i - 1].changed and parts[i + 1].changed)
        if joined and joined[-1].changed == changed:
            joined[-1] = Part(joined[-1].text + part.text, changed)
        else:
            joined.append(Part(part.text, changed))
    return tuple(joined)

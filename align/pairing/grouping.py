"""Sets of versions: which documents are one article in several languages.

Pairs are joined from the most probable down. Two sets become one only if no two documents of one variant of a language
would then claim the same part of the article, and if the pairs that this implies do not speak against it on the whole.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

Edge = tuple[int, int]
_SURE = 4.0  # log-odds of one pair count for at most this much when a whole set is weighed
_SAME_PART = 0.3  # share of the shorter span that two partial versions of one language may have in common


@dataclass(frozen=True, slots=True)
class Judged:
    """A pair as the sets see it: log-odds, where each side is matched (shares of its mass), rank among rivals."""

    logit: float
    spans: tuple[tuple[float, float], tuple[float, float]]
    rank: float = 0.0


@dataclass(slots=True)
class Grouping:
    """Documents in disjoint sets, and the edges that were refused with the document that stood against each."""

    members: dict[int, set[int]]
    refused: dict[Edge, int]

    def of(self, document: int) -> set[int]:
        return self.members.get(document, {document})


def group(
    edges: Iterable[Edge],
    judge: Callable[[int, int], Judged | None],
    language: Callable[[int], str],
    variant: Callable[[int], str],
    *,
    given: Iterable[Edge] = (),
    excluded: frozenset[Edge] = frozenset(),
) -> Grouping:
    """Joins documents along `given`, then along `edges` (best first); `judge` gives None where nothing can be said."""
    grouping = Grouping({}, {})
    for a, b in given:
        _join(grouping, a, b)
    for a, b in edges:
        if b in grouping.of(a):
            continue
        rival = _against(grouping.of(a), grouping.of(b), (a, b), judge, language, variant, excluded)
        if rival is None:
            _join(grouping, a, b)
        else:
            grouping.refused[a, b] = rival
    return grouping


def _join(grouping: Grouping, a: int, b: int) -> None:
    together = grouping.of(a) | grouping.of(b)
    for member in together:
        grouping.members[member] = together


def _against(
    left: set[int],
    right: set[int],
    edge: Edge,
    judge: Callable[[int, int], Judged | None],
    language: Callable[[int], str],
    variant: Callable[[int], str],
    excluded: frozenset[Edge],
) -> int | None:
    """A document that speaks against joining the two sets, or None."""
    cross = [(x, y) for x in sorted(left) for y in sorted(right)]
    for x, y in cross:
        if (min(x, y), max(x, y)) in excluded:
            return y if x in edge else x
        if variant(x) == variant(y) and not _apart(x, y, left | right, judge, language):
            return y if x in edge else x
    total = 0.0
    for x, y in cross:
        if language(x) != language(y) and (found := judge(x, y)):
            total += max(-_SURE, min(_SURE, found.logit))
    others = [(y if x in edge else x) for x, y in cross if (x, y) != edge]
    return others[0] if others and total <= 0 else None


def _apart(
    x: int,
    y: int,
    together: set[int],
    judge: Callable[[int, int], Judged | None],
    language: Callable[[int], str],
) -> bool:
    """Whether two documents of one language are different parts of the same third document."""
    apart = False
    for z in sorted(together):
        if language(z) == language(x):
            continue
        first, second = judge(z, x), judge(z, y)
        if first is None or second is None or min(first.logit, second.logit) < 0:
            continue
        if same_part(_own_span(first, z, x), _own_span(second, z, y)):
            return False
        apart = True
    return apart


def same_part(first: tuple[float, float], second: tuple[float, float]) -> bool:
    """Whether two stretches of one document are more or less the same, or one lies in the other."""
    (a, b), (c, d) = first, second
    return max(0.0, min(b, d) - max(a, c)) > _SAME_PART * max(min(b - a, d - c), 1e-9)


def _own_span(judged: Judged, document: int, other: int) -> tuple[float, float]:
    """Where `document` is matched by `other`; the spans are those of the lower number first."""
    return judged.spans[0] if document < other else judged.spans[1]

"""Which beads of a list a reviewer wants to see: by type, confidence, decision, comment, length and checks."""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

from align.checks import CHECKS, log_ratio
from align.review.bead import STATUSES, ReviewBead
from align.review.view import View
from align.text.clean import fold
from align.text.words import whole_words

_MOST_CHARACTERS = 1_000  # of words that are looked for
Fails = Callable[[ReviewBead], Sequence[str]]  # the checks that a bead fails


@dataclass(frozen=True, slots=True)
class Filter:
    """What a bead must be; what says nothing is left open.

    Attributes:
        types: such as 1-1; ``gaps`` stands for all insertions and deletions.
        low, high: confidence from and to, both included.
        statuses: open, accepted, rejected.
        commented: with a comment.
        ratio: one side at least so many times longer than is usual for the languages.
        checks: fails one of these; ``any`` stands for all.
        source, target: words that the side holds, in any case, or one of several that ``|`` parts; between quotation
            marks they stand by themselves.
        lacking: the target does not hold its words.
    """

    types: frozenset[str] = frozenset()
    low: float = 0.0
    high: float = 1.0
    statuses: frozenset[str] = frozenset()
    commented: bool = False
    ratio: float = 0.0
    checks: frozenset[str] = frozenset()
    source: str = ""
    target: str = ""
    lacking: bool = False

    @classmethod
    def asked(cls, values: Mapping[str, str]) -> Filter | None:
        """The filter of a page, whose fields begin with ``only_``; None where nothing is asked for.

        Raises:
            ValueError: a field says something that there is not.
        """
        found = cls(
            types=_words(values, "types"),
            low=_share(values, "low", 0.0),
            high=_share(values, "high", 1.0),
            statuses=_words(values, "statuses", STATUSES),
            commented=values.get("only_commented") == "1",
            ratio=max(0.0, float(values.get("only_ratio") or 0)),
            checks=_words(values, "checks", ("any", *CHECKS)),
            source=values.get("only_source", "")[:_MOST_CHARACTERS],
            target=values.get("only_target", "")[:_MOST_CHARACTERS],
            lacking=values.get("only_lacking") == "1" and bool(values.get("only_target")),
        )
        return None if found == cls() else found

    def fits(self, view: View, bead: ReviewBead, usual: float, fails: Fails) -> bool:
        """Whether a bead is what is asked for; `usual` is the usual logarithm of the ratio of lengths."""
        gap = not (bead.source and bead.target)
        if self.types and bead.type not in self.types and not (gap and "gaps" in self.types):
            return False
        if (self.low > 0 or self.high < 1) and not self.low <= round(view.score(bead), 4) <= self.high:
            return False
        if self.statuses and bead.status not in self.statuses:
            return False
        if self.commented and not bead.comment:
            return False
        if self.ratio and (gap or math.exp(abs(log_ratio(*texts(bead)) - usual)) < self.ratio):
            return False
        if (self.source or self.target) and ((gap and self.lacking) or not self._holds(bead)):
            return False
        return not self.checks or _fails(fails(bead), self.checks)

    def _holds(self, bead: ReviewBead) -> bool:
        source, target = texts(bead)
        return _found(source, self.source) and _found(target, self.target) != self.lacking


def texts(bead: ReviewBead) -> tuple[str, str]:
    """Both texts as they go out."""
    source = bead.source_text if bead.source_edit is None else bead.source_edit
    return source, bead.target_text if bead.target_edit is None else bead.target_edit


def matching(view: View, wanted: Filter, usual: float, fails: Fails) -> Iterator[int]:
    """The places of the beads that fit, in the order of the text."""
    for index, bead in enumerate(view.rows()):
        if wanted.fits(view, bead, usual, fails):
            yield index


def _found(text: str, words: str) -> bool:
    """Whether a text holds words, one of several that ``|`` parts, or there are none to hold."""
    folded = fold(text)
    return any(_holds(folded, fold(one)) for one in words.split("|"))


def _holds(text: str, words: str) -> bool:
    if len(words) > 2 and words[0] == words[-1] == '"':
        return whole_words(words[1:-1]).search(text) is not None
    return words in text


def _fails(found: Collection[str], wanted: frozenset[str]) -> bool:
    return bool(found) if "any" in wanted else not wanted.isdisjoint(found)


def _words(values: Mapping[str, str], name: str, known: Collection[str] = ()) -> frozenset[str]:
    found = frozenset(filter(None, values.get(f"only_{name}", "").split(",")))
    if known and not found <= set(known):
        raise ValueError(f"{sorted(found - set(known))} is none of {', '.join(known)}")
    return found


def _share(values: Mapping[str, str], name: str, default: float) -> float:
    said = values.get(f"only_{name}", "")
    share = float(said) if said else default
    if not 0 <= share <= 1:
        raise ValueError(f"{name} is no confidence from 0 to 1: {said}")
    return share

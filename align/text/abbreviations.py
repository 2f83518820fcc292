"""Abbreviations and ordinals: whether a full stop belongs to the word before it.

Two tables: ``abbreviation_lists.tsv``, made by ``scripts/make_abbreviations`` from the lists that others keep, and
``abbreviations.tsv``, which is ours and wins. Words are written without their last full stop.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cache
from importlib import resources

# What is written inside a word and is none of its letters: soft hyphen, zero-width characters, marks of direction.
INVISIBLE = "\u00ad\u200b-\u200f\u2060\u202a-\u202e\u2066-\u2069"
_INVISIBLE = re.compile(f"[{INVISIBLE}]")
_LAST_TOKEN = re.compile(r"([^\s(\[\"'“‘«„（【]+)\.\s*$")
_ORDINAL = re.compile(r"(?:^|(\S+)\s)\(?\d{1,2}\.$")
_LATEST = 40  # characters of the end of a text that are looked at


@dataclass(frozen=True, slots=True)
class Abbreviations:
    """Those of one language.

    Attributes:
        always: the full stop never ends a sentence: titles before names.
        mostly: it ends one unless a lower-case letter or a digit follows.
        numeric: it ends one unless a digit follows.
        closing: as `mostly`, and before a capital it does end a sentence: *etc.*
        ordinal: words after which a number with a full stop is an ordinal, whatever follows.
        has_ordinals: whether numbers with a full stop are ordinals where a lower-case letter follows.
    """

    always: frozenset[str] = frozenset()
    mostly: frozenset[str] = frozenset()
    numeric: frozenset[str] = frozenset()
    closing: frozenset[str] = frozenset()
    ordinal: frozenset[str] = frozenset()
    has_ordinals: bool = False

    def joins(self, before: str, following: str) -> bool:
        """Whether the full stop at the end of `before` is no end of a sentence, given the next character."""
        end = before[-_LATEST:]
        if not end.endswith("."):
            return False
        match = _LAST_TOKEN.search(end)
        if match is None:
            return False
        token = _INVISIBLE.sub("", match.group(1)).rstrip(".")
        if token.isdigit():
            return self._is_ordinal(end, following)
        forms = {token, token[:1].lower() + token[1:]}
        weak = following.islower() or following.isdigit()
        if not forms.isdisjoint(self.closing):
            return weak
        return (
            not forms.isdisjoint(self.always)
            or (weak and not forms.isdisjoint(self.mostly))
            or (following.isdigit() and not forms.isdisjoint(self.numeric))
        )

    def _is_ordinal(self, end: str, following: str) -> bool:
        match = _ORDINAL.search(end)
        if match is None:
            return False
        before = (match.group(1) or "").lower()
        return (self.has_ordinals and following.islower()) or before in self.ordinal


@dataclass(slots=True)
class _Words:
    kinds: dict[str, set[str]] = field(default_factory=dict)

    def add(self, kind: str, words: str) -> None:
        known = set().union(*self.kinds.values()) if self.kinds else set()
        self.kinds.setdefault(kind, set()).update(set(words.split()) - known)


def abbreviations(language: str) -> Abbreviations:
    """Those of a language, by its ISO 639 code; none where no list is kept."""
    return _tables().get(language, _NONE)


_NONE = Abbreviations()


@cache
def _tables() -> dict[str, Abbreviations]:
    words: dict[str, _Words] = {}
    for name in ("abbreviations.tsv", "abbreviation_lists.tsv"):
        for language, kinds in _rows(name):
            for kind, listed in kinds.items():
                words.setdefault(language, _Words()).add(kind, listed)
    return {language: _built(known.kinds) for language, known in words.items()}


def _rows(name: str) -> Iterator[tuple[str, dict[str, str]]]:
    text = resources.files("align.text").joinpath(name).read_text("utf-8")
    header, *lines = (line.split("\t") for line in text.splitlines())
    for language, *columns in lines:
        yield language, dict(zip(header[1:], columns, strict=True))


def _built(kinds: dict[str, set[str]]) -> Abbreviations:
    of: Callable[[str], frozenset[str]] = lambda kind: frozenset(kinds.get(kind, ()))  # noqa: E731
    ordinal = of("ordinal")
    return Abbreviations(
        of("always"), of("mostly"), of("numeric"), of("closing"), ordinal - {"-"}, bool(ordinal)
    )

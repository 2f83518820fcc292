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
_SPACED = re.compile(r"(?<=\b[^\W\d_]\.) (?=[^\W\d_]\.$)")  # т. д. is т.д.
_HYPHENATED_INITIALS = re.compile(r"[^\W\d_]\.-[^\W\d_]")
_ORDINAL = re.compile(r"(?:^|(\S+)\s)\(?\d{1,2}\.$")
_NAME = re.compile(r"\w{5}")
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
        """Whether the full stop at the end of `before` is no end of a sentence, given what follows."""
        end = _SPACED.sub("", before[-_LATEST:])
        if not end.endswith("."):
            return False
        match = _LAST_TOKEN.search(end)
        if match is None:
            return False
        token = _INVISIBLE.sub("", match.group(1)).rstrip(".")
        if token.isdigit():
            return self._is_ordinal(end, following)
        if len(token) == 1 and token.isupper() and not _is_initial(end[: match.start()], following):
            return False
        if _HYPHENATED_INITIALS.fullmatch(token):
            return True
        forms = {token, token[:1].lower() + token[1:]}
        first = following[:1]
        weak = first.islower() or first.isdigit()
        if not forms.isdisjoint(self.closing):
            return weak
        return (
            not forms.isdisjoint(self.always)
            or (weak and not forms.isdisjoint(self.mostly))
            or (first.isdigit() and not forms.isdisjoint(self.numeric))
        )

    def _is_ordinal(self, end: str, following: str) -> bool:
        match = _ORDINAL.search(end)
        if match is None:
            return False
        before = (match.group(1) or "").lower()
        return (self.has_ordinals and following[:1].islower()) or before in self.ordinal


def _is_initial(before: str, following: str) -> bool:
    """Whether a letter is part of a name: behind a name, a title, or before a word too long to begin most sentences."""
    words = before.split()
    if not words or words[-1][:1].isupper() or words[-1].endswith("."):
        return True
    return following[:1].islower() or _NAME.match(following) is not None


@dataclass(slots=True)
class _Words:
    kinds: dict[str, set[str]] = field(default_factory=dict)

    def add(self, kind: str, words: str) -> None:
        known = set().union(*self.kinds.values()) if self.kinds else set()
        self.kinds.setdefault(kind, set()).update(set(words.split()) - known)


# What is not listed for a language is taken from the one that writes most alike, and from all languages.
_ALIKE = {"nb": "da", "nn": "da", "no": "da", "be": "ru", "mk": "bg", "hr": "sl", "bs": "sl", "sr": "sl", "gl": "pt",
          "ms": "id", "lb": "de", "gsw": "de", "af": "nl", "fo": "is", "oc": "ca", "ne": "hi"}  # fmt: skip
_ALL = "*"


def abbreviations(language: str) -> Abbreviations:
    """Those of a language, by its ISO 639 code; where no list is kept, those of all languages."""
    tables = _tables()
    return tables.get(language) or tables[_ALL]


@cache
def _tables() -> dict[str, Abbreviations]:
    words: dict[str, _Words] = {}
    for name in ("abbreviations.tsv", "abbreviation_lists.tsv"):
        for language, kinds in _rows(name):
            for kind, listed in kinds.items():
                words.setdefault(language, _Words()).add(kind, listed)
    for language in sorted({*words, *_ALIKE} - {_ALL}):
        own = words.setdefault(language, _Words())
        for other in (_ALIKE.get(language), _ALL):
            for kind, listed_there in words[other].kinds.items() if other else ():
                own.add(kind, " ".join(sorted(listed_there)))
    return {language: _built(known.kinds) for language, known in words.items()}


def _rows(name: str) -> Iterator[tuple[str, dict[str, str]]]:
    text = resources.files("align.text").joinpath(name).read_text("utf-8")
    header, *lines = (line.split("\t") for line in text.splitlines())
    for language, *columns in lines:
        yield language, dict(zip(header[1:], columns, strict=True))


def _built(kinds: dict[str, set[str]]) -> Abbreviations:
    of: Callable[[str], frozenset[str]] = lambda kind: frozenset(kinds.get(kind, ()))  # noqa: E731
    ordinal = of("ordinal")  # a hyphen: no such words, but numbers are ordinals before a lower-case letter
    return Abbreviations(
        of("always"), of("mostly"), of("numeric"), of("closing"), ordinal - {"-"}, bool(ordinal)
    )

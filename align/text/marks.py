"""Punctuation by what it says in its language: a Greek question ends in a semicolon, a Hindi sentence in a danda."""

from __future__ import annotations

from functools import cache

from align.text.languages import base

STOP, QUESTION, EXCLAMATION, COLON, ELLIPSIS, CLAUSE = range(1, 7)
_MARKS = {
    STOP: ".。．｡۔।॥։።၊။།༎។៕᠃꓿",
    QUESTION: "?？؟՞፧⁇",
    EXCLAMATION: "!！՜",
    COLON: ":：፥፦",
    ELLIPSIS: "…⋯",
    CLAUSE: ",，、､;；—–-،؛՝፣፤·",
}
_IN_LANGUAGE = {
    "el": {";": QUESTION, "\u037e": QUESTION, "·": COLON, "\u0387": COLON},
    "my": {"၊": CLAUSE},
    "hy": {":": STOP, ".": COLON, "՝": CLAUSE},
    "am": {"፡": CLAUSE},
    "ti": {"፡": CLAUSE},
    "bo": {"།": STOP},
}
_PAIRED = "()（）[]［］【】"
_CLOSING = " \t\u00a0'’\"”»」』›》)）]］】*_`“"
PROFILE = 5  # classes of marks that are counted in a unit, see `mark_profile`


@cache
def _classes(language: str | None) -> dict[str, int]:
    known = {mark: number for number, marks in _MARKS.items() for mark in marks}
    known["\u037e"] = QUESTION
    known.update(_IN_LANGUAGE.get(base(language) or "", {}))
    return known


def final_mark(text: str, language: str | None = None) -> int:
    """The class of the last mark of a text in its language; 0 for none. Three full stops are an ellipsis."""
    stripped = text.rstrip(_CLOSING)
    if not stripped:
        return 0
    if stripped.endswith("..."):
        return ELLIPSIS
    return _classes(language).get(stripped[-1], 0)


def mark_profile(text: str, language: str | None = None) -> tuple[int, ...]:
    """How many questions, exclamations, colons, brackets and clause marks a text has."""
    classes = _classes(language)
    counts = [0] * PROFILE
    for character in text:
        if character.isalnum() or character == " ":
            continue
        kind = classes.get(character, 0)
        if kind in (QUESTION, EXCLAMATION, COLON):
            counts[kind - QUESTION] += 1
        elif character in _PAIRED:
            counts[3] += 1
        elif kind == CLAUSE:
            counts[4] += 1
    return tuple(counts)

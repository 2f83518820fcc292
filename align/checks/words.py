"""Words that should not be there: text left as it was, words written twice, addresses that went."""

from __future__ import annotations

import re
from collections import Counter

from align.text.clean import fold
from align.text.languages import base

_WORD = re.compile(r"[^\W\d_]+(?:['’-][^\W\d_]+)*")
_LEFT = 4  # words in a row, of lower-case letters, that nobody leaves in the original on purpose
_FEWEST_LETTERS = 12  # of a text that is wholly the same on both sides
_ADDRESS = re.compile(
    r"\b(?:https?://|ftp://|www\.)[^\s<>\"'（）()\[\]，。、；]+|[\w.+-]+@[\w-]+(?:\.[\w-]+)+", re.ASCII
)
_MAY_HAVE = re.compile(r"@|www\.|://", re.ASCII)
_DOUBLED = re.compile(r"(?<![\w-])([^\W\d_]{2,})(?:[ \u00a0\t\n]+)\1(?![\w-])", re.IGNORECASE)
# Words that stand twice in good language.
_TWICE = {
    "en": frozenset(
        [
            "had",
            "that",
            "very",
            "so",
            "no",
            "bye",
            "ha",
            "well",
            "now",
            "there",
            "never",
            "many",
            "much",
            "come",
            "oh",
        ]
    ),
    "de": frozenset(
        [
            "die",
            "der",
            "das",
            "sie",
            "sehr",
            "den",
            "dem",
            "zu",
            "nein",
            "ja",
            "was",
            "wo",
            "ein",
            "auf",
            "aus",
            "an",
            "ab",
            "in",
        ]
    ),
    "fr": frozenset(["nous", "vous", "très", "non", "oui", "bien"]),
    "nl": frozenset(["die", "dat", "ze", "je", "van"]),
    "sv": frozenset(["att", "det", "som"]),
    "is": frozenset(["að", "sem", "á", "í"]),
    "it": frozenset(["piano", "si", "no", "via"]),
    "es": frozenset(["no", "ya"]),
    "bg": frozenset(["много", "се"]),
    "ru": frozenset(["да", "нет", "очень"]),
    "ro": frozenset(["foarte", "că", "nu"]),
}
# Languages in which words are doubled by rule: plurals, more of something.
_DOUBLING = frozenset(
    [
        "id",
        "ms",
        "jv",
        "su",
        "tl",
        "vi",
        "th",
        "lo",
        "km",
        "my",
        "zh",
        "ja",
        "ko",
        "sw",
        "hi",
        "bn",
        "ta",
        "te",
        "ur",
        "fa",
        "tr",
        "mr",
    ]
)


def addresses(text: str) -> Counter[str]:
    """Web and mail addresses, without the marks behind them."""
    found = _ADDRESS.findall(text) if _MAY_HAVE.search(text) else ()
    return Counter(match.rstrip(".,;:!?/").lower() for match in found)


def missing_address(source: str, target: str) -> bool:
    """Whether an address stands on one side only."""
    return set(addresses(source)) != set(addresses(target))


def untranslated(source: str, target: str, languages: tuple[str | None, str | None]) -> bool:
    """Whether the sides are the same, or have a row of ordinary words in common, in two languages."""
    one, other = map(base, languages)
    if one and one == other:
        return False
    left, right = (_ADDRESS.sub(" ", text) if _MAY_HAVE.search(text) else text for text in (source, target))
    if fold(left) == fold(right):
        return sum(map(str.isalpha, left)) >= _FEWEST_LETTERS and any(
            word.islower() for word in _WORD.findall(left)
        )
    if (
        len(set(left.split()) & set(right.split())) < _LEFT - 1
    ):  # most beads end here; a word may be there twice
        return False
    rows = _rows(left)
    return bool(rows and rows & _rows(right))


def _rows(text: str) -> set[tuple[str, ...]]:
    """All rows of so many words in lower case, one behind the other with nothing but spaces between."""
    found: set[tuple[str, ...]] = set()
    for part in re.split(r"[^\w\s'’-]+|_", text):
        words = part.split()
        for start in range(len(words) - _LEFT + 1):
            row = tuple(words[start : start + _LEFT])
            if all(word.islower() and len(word) > 1 for word in row):
                found.add(row)
    return found


def doubled(source: str, target: str, languages: tuple[str | None, str | None]) -> bool:
    """Whether a word stands twice on one side, where the language does not double words and the other side has none."""
    twice = [
        _doubled(text, base(language) or "")
        for text, language in zip((source, target), languages, strict=True)
    ]
    return bool(twice[0]) != bool(twice[1])


def _doubled(text: str, language: str) -> bool:
    if language in _DOUBLING:
        return False
    spared = _TWICE.get(language, frozenset())
    return any(
        match[1].lower() not in spared and match[0][: len(match[1])].islower()
        for match in _DOUBLED.finditer(text)
    )

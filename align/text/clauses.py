"""Where a sentence may be cut when a translation of it is several: at its clauses, or between its words."""

from __future__ import annotations

import re
from collections.abc import Iterable

# Marks that part clauses, with what closes behind them; between letters only where the script has no spaces.
_AFTER_MARK = re.compile(
    r"(?:[,;:.!?…،؛؟۔։፣፤、，；：。！？—–-]+[”’\"'»›)\]）】」』]*(?=\s)|[、，；：。！？…—]+[”’」』）】]*|[”’»」』](?=\s))"
)
# Scripts that put spaces between clauses and none between words.
_UNSPACED = "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u2e80-\u9fff\uf900-\ufaff"
_BEFORE_SPACE = re.compile(rf"(?<=[{_UNSPACED}])\s+|\s+(?=[{_UNSPACED}])|\n")
_WORD = re.compile(r"\w")
_BETWEEN_WORDS = re.compile(r"(?<=\S)\s+(?=\S)")


def clause_ends(text: str) -> list[int]:
    """Where a clause ends inside a text, ascending: behind a mark, at the spaces of scripts that part no words.

    Marks without a word (a ruled line, leaders, ", , ,") are no clause.
    """
    ends = {match.end() for match in _AFTER_MARK.finditer(text)}
    ends.update(match.start() for match in _BEFORE_SPACE.finditer(text))
    return _behind_words(text, sorted(ends))


def word_ends(text: str) -> list[int]:
    """Where white space follows a word inside a text, ascending."""
    return _behind_words(text, [match.start() for match in _BETWEEN_WORDS.finditer(text)])


def _behind_words(text: str, ends: Iterable[int]) -> list[int]:
    """The ends that have a word between them and the one before."""
    found: list[int] = []
    for end in ends:
        if _WORD.search(text, found[-1] if found else 0, end) and text[end:].strip():
            found.append(end)
    return found

"""Where a sentence may be cut when a translation of it is several: at its clauses, or between its words."""

from __future__ import annotations

import re

# Marks that part clauses, with what closes behind them; between letters only where the script has no spaces.
_AFTER_MARK = re.compile(
    r"(?:[,;:.!?…،؛؟۔։፣፤、，；：。！？—–-]+[”’\"'»›)\]）】」』]*(?=\s)|[、，；：。！？…—]+[”’」』）】]*|[”’»」』](?=\s))"
)
# Scripts that put spaces between clauses and none between words.
_UNSPACED = "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u2e80-\u9fff\uf900-\ufaff"
_BEFORE_SPACE = re.compile(rf"(?<=[{_UNSPACED}])\s+|\s+(?=[{_UNSPACED}])|\n")
_BETWEEN_WORDS = re.compile(r"(?<=\S)\s+(?=\S)")


def clause_ends(text: str) -> list[int]:
    """Where a clause ends inside a text, ascending: behind a mark, at the spaces of scripts that part no words."""
    ends = {match.end() for match in _AFTER_MARK.finditer(text)}
    ends.update(match.start() for match in _BEFORE_SPACE.finditer(text))
    found: list[int] = []
    for end in sorted(ends):
        if text[found[-1] if found else 0 : end].strip() and text[end:].strip():
            found.append(end)
    return found


def word_ends(text: str) -> list[int]:
    """Where white space follows a word inside a text, ascending."""
    return [match.start() for match in _BETWEEN_WORDS.finditer(text)]

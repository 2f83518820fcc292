"""Marks that one side has and the other has not: the ends of sentences, brackets without their partner."""

from __future__ import annotations

import re

from align.text.marks import ELLIPSIS, EXCLAMATION, QUESTION, STOP, final_mark

_STOPPED = STOP  # stands for exclamations and what trails off as well
_HEADING = 60  # characters up to which a side may be a heading or an item, which end in a stop or do not
_PAIRS = {
    "(": ")", "[": "]", "{": "}", "（": "）", "［": "］", "【": "】", "《": "》", "〈": "〉", "「": "」", "『": "』",
}  # fmt: skip
_BRACKET = re.compile("[" + re.escape("".join((*_PAIRS, *_PAIRS.values()))) + "]")
_OPENING = {closing: opening for opening, closing in _PAIRS.items()}
_ENUMERATED = re.compile(r"(?:^|\s)\w{1,3}$")  # a), 1): what stands before the bracket of an item of a list
_FACES = re.compile(r"[:;=][-^']?[()\[\]]")


def other_end(source: str, target: str, languages: tuple[str | None, str | None]) -> bool:
    """Whether one side asks and the other does not, or one ends as a sentence and the other in the middle of one."""
    one, other = (_end(text, language) for text, language in zip((source, target), languages, strict=True))
    if QUESTION in (one, other):
        return one != other and 0 not in (one, other)
    return 0 in (one, other) and _STOPPED in (one, other) and min(len(source), len(target)) > _HEADING


def _end(text: str, language: str | None) -> int:
    mark = final_mark(text, language)
    return _STOPPED if mark in (STOP, EXCLAMATION, ELLIPSIS) else mark


def unpaired(source: str, target: str) -> bool:
    """Whether a bracket has no partner on one side, while the other has all of them."""
    return bool(_alone(source)) != bool(_alone(target))


def _alone(text: str) -> str:
    """The brackets of a text that have no partner."""
    if not _BRACKET.search(text):
        return ""
    text = _FACES.sub("", text)
    open_: list[str] = []
    alone = ""
    for found in _BRACKET.finditer(text):
        mark, at = found[0], found.start()
        if mark in _PAIRS:
            open_.append(mark)
        elif mark in _OPENING:
            if open_ and open_[-1] == _OPENING[mark]:
                open_.pop()
            elif open_ or not _ENUMERATED.search(text[max(0, at - 4) : at]):
                alone += mark
    return "".join(open_) + alone

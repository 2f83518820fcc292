"""What two near-duplicates differ in: numbers, names, dates, or other words.

Notices of one template are nearly the same text and different news. The words of both are put side by side by the
fewest edits (Levenshtein distance), and each edit is told by what it changes. Case and punctuation do not count, as
they do not in the comparison itself.

Names are recognised by their capitals; in German, where every noun has one, by a neighbour that has one too; in Chinese
and Japanese by katakana, by a family name, and by what follows (公司, 市, 先生). In scripts without capitals, such as
Arabic, they are other words.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.resources import files
from typing import Literal, get_args

DifferenceKind = Literal["numbers", "names", "dates", "other"]
DIFFERENCE_KINDS: tuple[DifferenceKind, ...] = get_args(DifferenceKind)
NUMBERS, NAMES, DATES, OTHER = DIFFERENCE_KINDS
EXAMPLES = 4  # edits that are shown
LONGEST = 20_000  # words of a document; what follows in longer ones is not looked at
_WORK = 20_000_000  # words of one times words of the other that are compared in their order
_LONG_EXAMPLE = 60  # characters
_MOST_TOLD = 20_000  # pairs of which it is kept what they differ in
_HELD = 2_048  # documents whose words are kept for the next pair

_MARKS = "\u0300-\u036f\u0591-\u05c7\u0610-\u061a\u064b-\u065f\u0670\u0900-\u0dff"
_UNSPACED = "\u2e80-\u30a0\u30fb\u3100-\u9fff\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\uf900-\ufaff\U00020000-\U0003ffff"
_TOKEN = re.compile(
    rf"(?:[^\W\d_{_UNSPACED}\u30a1-\u30fa\u30fc]+|[{_MARKS}]+)+|\d+(?:[.,:/'’\u066b\u066c\-]\d+)*"
    rf"|[\u30a1-\u30fa\u30fc]+|(?=[{_UNSPACED}])\w"
)
_WRITTEN_DATE = re.compile(r"\d{1,4}([-/.])\d{1,2}\1\d{1,4}|\d{1,2}:\d{2}(?::\d{2})?")
_HAN_DIGITS = frozenset("〇零一二三四五六七八九十百千万萬亿億兆两兩")
_OF_DATES = frozenset("年月日号號년월일")
_SENTENCE_END = re.compile(r"[.!?…:;\n\r•|()\[\]\"“”«»„]")
# A text with many of these is German, in which every noun has a capital.
_GERMAN = frozenset((
    "der", "die", "das", "und", "ist", "nicht", "mit", "ein", "eine", "den", "von", "zu", "im", "dem", "des",
    "auf", "für", "wird", "werden",
))  # fmt: skip
_GERMAN_SHARE, _LEAST_GERMAN = 0.08, 3
_PARTICLES = frozenset((
    "al", "bin", "da", "de", "del", "della", "den", "der", "di", "dos", "du", "el", "ibn", "la", "le", "ten",
    "ter", "van", "vom", "von", "zu", "zur",
))  # fmt: skip
_SMALL = _PARTICLES | frozenset(["and", "et", "for", "i", "in", "na", "of", "on", "the", "und", "upon", "y"])
_BEFORE_PLACES = frozenset(["in", "aus", "nach", "bei"])
_FAMILY_NAMES = frozenset(
    "王李张張刘劉陈陳杨楊赵趙黄黃周吴吳徐孙孫胡朱高林何郭马馬罗羅梁宋郑鄭谢謝韩韓唐冯馮于董萧蕭程曹袁邓鄧许許"
    "傅沈曾彭吕呂苏蘇卢盧蒋蔣蔡贾賈丁魏薛叶葉阎閻余潘杜戴夏钟鍾汪田任姜范方石姚谭譚廖邹鄒熊金陆陸郝孔白崔康毛邱秦江史"
)
_BEHIND_NAME = re.compile(
    "[\u4e00-\u9fff]{0,6}?(?:公司|集团|集團|银行|銀行|大学|大學|医院|醫院|先生|女士|小姐|教授|博士|经理|經理|主任|会社|會社|"
    "[省市县縣区區镇鎮村州路街岛島港队隊県町氏])"
)
_HAN_NAME = 6  # characters


@dataclass(frozen=True, slots=True)
class Difference:
    """An edit: the words of the first document, and what stands in their stead in the second."""

    kind: DifferenceKind
    first: str
    second: str


@dataclass(frozen=True, slots=True)
class Differences:
    """All edits between two documents."""

    edits: tuple[Difference, ...]

    def count(self, kind: DifferenceKind) -> int:
        return sum(edit.kind == kind for edit in self.edits)

    def only(self, kinds: Sequence[str]) -> bool:
        """Whether there are differences, and all of these kinds."""
        return bool(self.edits) and all(edit.kind in kinds for edit in self.edits)

    @property
    def turned(self) -> Differences:
        """The same from the second document to the first."""
        return Differences(tuple(Difference(edit.kind, edit.second, edit.first) for edit in self.edits))

    @property
    def counted(self) -> str:
        """How many of each kind: ``numbers 3, dates 1``."""
        counts = {kind: self.count(kind) for kind in DIFFERENCE_KINDS}
        return ", ".join(f"{kind} {count}" for kind, count in counts.items() if count)

    @property
    def examples(self) -> str:
        """The first of them: ``12,000 > 9,500; Alpha > Beta``; nothing stands for words that one of the two lacks."""
        return "; ".join(f"{_short(e.first)} > {_short(e.second)}" for e in self.edits[:EXAMPLES])


class Comparison:
    """Tells what documents differ in, by their numbers; `text` gives a document's text, None where it is not known.

    Of at most `most` pairs, beside those of which it was told before.
    """

    def __init__(self, text: Callable[[int], str | None], most: int) -> None:
        self._text = text
        self._most = most
        self._words = lru_cache(maxsize=_HELD)(self._words_of)
        self._told: dict[tuple[int, int], Differences] = {}

    def of(self, pairs: Iterable[tuple[int, int]]) -> dict[tuple[int, int], Differences]:
        """What the first of these pairs differ in."""
        left = self._most
        for pair in pairs:
            if pair in self._told:
                continue
            if not left:
                break
            left -= self.tell(*pair) is not None
        return self._told

    def tell(self, first: int, second: int) -> Differences | None:
        """What two documents differ in; None where the text of one is not known."""
        if found := self._told.get((first, second)):
            return found
        p, q = self._words(first), self._words(second)
        if p is None or q is None:
            return None
        found = differences_of(p, q)
        if len(self._told) < _MOST_TOLD:
            self._told[first, second] = found
        return found

    def _words_of(self, number: int) -> Words | None:
        text = self._text(number)
        return None if text is None else words_of(text)


@dataclass(frozen=True, slots=True)
class Words:
    """The words of a text as `differences_of` compares them: their folded forms, where they stand, what they are."""

    text: str
    folded: tuple[str, ...]
    spans: tuple[tuple[int, int], ...]
    kinds: tuple[DifferenceKind, ...]


def words_of(text: str) -> Words:
    """The words of a text, each with what a difference in it would be."""
    spans = []
    for match in _TOKEN.finditer(text):
        spans.append(match.span())
        if len(spans) == LONGEST:
            break
    words = [text[start:end] for start, end in spans]
    folded = tuple(word.casefold() for word in words)
    dates = _dates(folded)
    names = _names(text, spans, words, folded)
    kinds: list[DifferenceKind] = [
        DATES if n in dates else NUMBERS if _is_number(word) else NAMES if n in names else OTHER
        for n, word in enumerate(folded)
    ]
    return Words(text, folded, tuple(spans), tuple(kinds))


def differences_of(first: Words, second: Words) -> Differences:
    """What two texts differ in, in the order of the texts."""
    edits: list[Difference] = []
    for p, q in _changed(first.folded, second.folded):
        edits += _edits(first, p, second, q)
    return Differences(tuple(edits))


# ---- edits -----------------------------------------------------------------------------------------------------


def _changed(first: Sequence[str], second: Sequence[str]) -> Iterator[tuple[range, range]]:
    """Where the words of two texts are not the same."""
    from rapidfuzz.distance import Levenshtein

    start = _alike(first, second)
    end = _alike(first[start:][::-1], second[start:][::-1])
    x, y = first[start : len(first) - end], second[start : len(second) - end]
    if len(x) * len(y) > _WORK:  # too much to be put side by side: all that lies between is one difference
        yield range(start, start + len(x)), range(start, start + len(y))
        return
    changed: list[list[int]] = []
    for code in Levenshtein.opcodes(x, y):
        if code.tag == "equal":
            continue
        if changed and changed[-1][1] == code.src_start and changed[-1][3] == code.dest_start:
            changed[-1][1], changed[-1][3] = code.src_end, code.dest_end
        else:
            changed.append([code.src_start, code.src_end, code.dest_start, code.dest_end])
    for p, p_end, q, q_end in changed:
        yield range(start + p, start + p_end), range(start + q, start + q_end)


def _alike(first: Sequence[str], second: Sequence[str]) -> int:
    """With how many equal words two texts begin."""
    for n, (p, q) in enumerate(zip(first, second, strict=False)):
        if p != q:
            return n
    return min(len(first), len(second))


def _edits(first: Words, p: range, second: Words, q: range) -> Iterator[Difference]:
    """An edit as one difference for each kind of word that takes part in it."""
    left, right = _kinds(first, p), _kinds(second, q)
    if left and right and _han_name(first, p) and _han_name(second, q):
        left, right = [NAMES] * len(left), [NAMES] * len(right)
    if set(left + right) <= {NUMBERS, DATES} and {NUMBERS, DATES} <= set(left + right):
        left, right = [DATES] * len(left), [DATES] * len(right)  # a date with more or fewer parts
    for kind in dict.fromkeys([*left, *right]):
        before = [n for n, k in zip(p, left, strict=True) if k == kind]
        after = [n for n, k in zip(q, right, strict=True) if k == kind]
        yield Difference(kind, _shown(first, before), _shown(second, after))


def _kinds(words: Words, part: range) -> list[DifferenceKind]:
    """What the words of an edit are; small words inside a name (van der, and, of) belong to it."""
    kinds = [words.kinds[n] for n in part]
    named = [n for n, kind in enumerate(kinds) if kind == NAMES]
    if named:
        for n in range(named[0], named[-1]):
            if kinds[n] == OTHER and words.folded[part[n]] in _SMALL:
                kinds[n] = NAMES
    if all(words.folded[n] in _HAN_DIGITS or words.kinds[n] == NUMBERS for n in part):
        return [NUMBERS] * len(kinds)
    return kinds


def _han_name(words: Words, part: range) -> bool:
    """Whether an edit in Chinese or Japanese is a name, by a family name or by what follows."""
    start, end = words.spans[part[0]][0], words.spans[part[-1]][1]
    inside = words.text[start:end]
    if len(inside) > _HAN_NAME or not all("\u3005" <= c <= "\u9fff" for c in inside):
        return False
    if _BEHIND_NAME.match(words.text, end) or _BEHIND_NAME.search(inside):
        return True
    whole = inside if inside[0] in _FAMILY_NAMES else words.text[max(0, start - 1) : end]
    ends = not "\u4e00" <= words.text[end : end + 1] <= "\u9fff"
    return whole[:1] in _FAMILY_NAMES and 2 <= len(whole) <= 4 and ends


def _shown(words: Words, places: Sequence[int]) -> str:
    """Words as they stand in the text; what lies between neighbours with them."""
    parts: list[list[int]] = []
    for place in places:
        start, end = words.spans[place]
        if parts and place and parts[-1][1] == words.spans[place - 1][1]:
            parts[-1][1] = end
        else:
            parts.append([start, end])
    return " ".join(" ".join(words.text[start:end].split()) for start, end in parts)


def _short(text: str) -> str:
    return text if len(text) <= _LONG_EXAMPLE else text[: _LONG_EXAMPLE - 1] + "…"


# ---- what a word is --------------------------------------------------------------------------------------------


@cache
def _calendar() -> dict[str, frozenset[str]]:
    """The names of months and weekdays (`scripts/make_calendar_names`)."""
    lines = (files("align.text") / "calendar_names.tsv").read_text(encoding="utf-8").splitlines()
    return {kind: frozenset(words) for kind, *words in map(str.split, lines)}


def _is_number(word: str) -> bool:
    return word[0].isdigit()


def _dates(folded: Sequence[str]) -> set[int]:
    """The places of words that belong to a date or a time of day."""
    months, weekdays = _calendar()["month"], _calendar()["weekday"]
    found = set()
    for n, word in enumerate(folded):
        if word in weekdays or (word[0].isdigit() and _WRITTEN_DATE.fullmatch(word)):
            found.add(n)
        elif word in months:
            beside = [*_numbers_from(folded, n, -1), *_numbers_from(folded, n, 1)]
            found.update([n, *beside] if beside else [])
        elif word in _OF_DATES:
            at = n - 1
            while at >= 0 and (folded[at].isdecimal() or folded[at] in _HAN_DIGITS):
                found.add(at)
                at -= 1
    return found


def _numbers_from(folded: Sequence[str], month: int, step: int) -> Iterator[int]:
    """The day and the year beside the name of a month; a short word may stand between (3 de mayo de 2024)."""
    at, passed = month + step, 0
    while 0 <= at < len(folded) and abs(at - month) <= 4:
        if folded[at].isdecimal() and len(folded[at]) in (1, 2, 4):
            yield at
            passed = 0
        elif len(folded[at]) <= 3 and not passed:
            passed = 1
        else:
            return
        at += step


def _names(
    text: str, spans: Sequence[tuple[int, int]], words: Sequence[str], folded: Sequence[str]
) -> set[int]:
    """The places of words that are written as names are."""
    capitals = [n for n, word in enumerate(words) if word[0].isupper()]
    first = {n for n in capitals if _begins_sentence(text, spans, n)}
    lower = {word for word in words if word[0].islower()} if capitals else set()
    inside = {words[n] for n in capitals if n not in first}
    known = set(capitals)
    common = sum(word in _GERMAN for word in folded)
    german = common >= max(_LEAST_GERMAN, _GERMAN_SHARE * len(words))

    def beside(n: int) -> bool:
        next = n + 1
        while not german and next < len(words) and words[next] in _PARTICLES:
            next += 1
        after = next in known and next not in first
        before = n - 1 in known and n not in first and not (german and n - 1 in first)
        return after or before or (german and n > 0 and folded[n - 1] in _BEFORE_PLACES)

    found = {n for n, word in enumerate(words) if "\u30a1" <= word[0] <= "\u30fc" and len(word) > 1}
    for n in capitals:
        word = words[n]
        if german:
            found.update([n] if beside(n) else [])
        elif folded[n] not in lower:
            # A capital at the beginning of a sentence says nothing of itself.
            told = n not in first or word in inside or word[1:] != word[1:].lower()
            found.update([n] if told or beside(n) else [])
    return found


def _begins_sentence(text: str, spans: Sequence[tuple[int, int]], place: int) -> bool:
    if not place:
        return True
    between = text[spans[place - 1][1] : spans[place][0]]
    if between == ". " and spans[place - 1][1] - spans[place - 1][0] == 1:
        return False  # an initial: J. Smith
    return _SENTENCE_END.search(between) is not None

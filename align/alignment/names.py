"""Names that stand in both texts: found again by how they sound, whatever their script, their case and their ending.

Words of either text are put into Latin letters and reduced to their consonants. Only words whose first two consonants
sound alike are compared, so that the work grows with the texts and not with their square. A pair of words is one name
if the skeletons are similar enough, neither has a much better partner, and both are about as frequent.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from align._internal.arrays import Floats, Floats32
from align.text.words import romanized, skeleton, sound_classes, sounds

_SHORTEST = 3  # letters of a name
_BONES = 3  # consonants of one that is not written alike
_BEGINS = 0.9  # similarity of a name and the same with an ending
_SIMILAR, _SURE = 0.75, 0.85  # similarity of names, and of words that are none by their capitals
_BEST = 0.08  # how much less similar than a word's best partner another one may be
_AS_OFTEN = 0.25  # how much rarer one of the two may be
_COMMON = 0.6  # what a word counts that is no name by its capital
_MOST = 1_500  # words of one beginning that are compared on either side: the rarest
_FORMS = 12  # forms of one name on either side

_Node = tuple[int, str]  # side and romanised word
_Link = tuple[float, str, str]


@dataclass(frozen=True, slots=True)
class _Word:
    """A romanised word of one text: in how many units it stands, and whether it is written as a name is."""

    often: int
    named: bool
    cased: bool

    @property
    def weight(self) -> float:
        return 1.0 if self.named or not self.cased else _COMMON


def link_names(
    source: Sequence[Sequence[str]], target: Sequence[Sequence[str]]
) -> tuple[dict[str, int], dict[str, int], Floats]:
    """Groups of words that are one name: the group of each word of the source and of the target, and their weight."""
    left, right = _words(source), _words(target)
    links = [*_alike(left, right), *_similar(left, right)]
    groups: dict[_Node, int] = {}
    weights: list[float] = []
    members: list[Counter[int]] = []
    for weight, a, b in sorted(links, key=lambda link: (-link[0], link[1], link[2])):
        ends: tuple[_Node, _Node] = ((0, a), (1, b))
        known = [groups[end] for end in ends if end in groups]
        if len(known) == 2:
            continue
        if not known:
            weights.append(weight)
            members.append(Counter())
        group = known[0] if known else len(weights) - 1
        for end in ends:
            if end not in groups and members[group][end[0]] < _FORMS:
                groups[end] = group
                members[group][end[0]] += 1
    maps = [
        {
            word: groups[side, romanized(word)]
            for unit in units
            for word in unit
            if (side, romanized(word)) in groups
        }
        for side, units in enumerate((source, target))
    ]
    return maps[0], maps[1], np.array(weights)


def _words(units: Sequence[Sequence[str]]) -> dict[str, _Word]:
    """The words of a text that can be names, by their romanised form."""
    often: Counter[str] = Counter()
    capital: Counter[str] = Counter()
    cased: Counter[str] = Counter()
    for unit in units:
        seen: dict[str, str] = {}
        for word in unit:
            if len(word) >= 2 and sounds(word):
                seen.setdefault(romanized(word), word)
        for latin, word in seen.items():
            often[latin] += 1
            capital[latin] += word[0].isupper()
            cased[latin] += word[0] != word[0].swapcase()
    most = max(len(units) // 2, 2)
    return {
        latin: _Word(n, 2 * capital[latin] > n, 2 * cased[latin] > n)
        for latin, n in often.items()
        if len(latin) >= _SHORTEST and n <= most
    }


def _weight(similarity: float, one: _Word, other: _Word) -> float:
    """What it says that two words are one name; 0 where they are not equally frequent."""
    few, many = sorted((one.often, other.often))
    unlike = similarity < _SURE and not (one.named or other.named)
    if unlike or (few < _AS_OFTEN * many and many > 3):
        return 0.0
    return round((2 * similarity - 1) * min(one.weight, other.weight), 3)


def _alike(left: dict[str, _Word], right: dict[str, _Word]) -> Iterator[_Link]:
    """Words that are written alike."""
    for latin in sorted(left.keys() & right.keys()):
        weight = _weight(1.0, left[latin], right[latin])
        if weight:
            yield weight, latin, latin


def _similar(left: dict[str, _Word], right: dict[str, _Word]) -> Iterator[_Link]:
    """Words that sound alike, and nearly as much as the most similar one of either."""
    first, second = _by_beginning(left), _by_beginning(right)
    for beginning in sorted(first.keys() & second.keys()):
        a, b = first[beginning], second[beginning]
        similar = _similarities(a, b)
        top = np.maximum(similar.max(1)[:, None], similar.max(0)[None, :])
        for x, y in zip(*np.nonzero((similar >= _SIMILAR) & (similar >= top - _BEST)), strict=True):
            one, other = a[x], b[y]
            if one != other:
                weight = _weight(float(similar[x, y]), left[one], right[other])
                if weight:
                    yield weight, one, other


def _by_beginning(words: dict[str, _Word]) -> dict[str, list[str]]:
    """Words by the sound of their first two consonants; a word that is no name by its capital must be longer."""
    out: dict[str, list[str]] = defaultdict(list)
    for latin in sorted(words):
        bones = skeleton(latin)
        if len(bones) >= (_BONES - 1 if words[latin].named else _BONES + 1) and len(latin) > _SHORTEST:
            out[sound_classes(bones[:2])].append(latin)
    for found in out.values():
        if len(found) > _MOST:
            found[:] = sorted(found, key=lambda latin: (words[latin].often, latin))[:_MOST]
    return out


def _similarities(left: list[str], right: list[str]) -> Floats32:
    """How similar words sound: their skeletons letter by letter and by classes of sounds; a beginning counts, too."""
    from rapidfuzz.distance import Levenshtein
    from rapidfuzz.process import cdist

    a, b = [skeleton(x) for x in left], [skeleton(y) for y in right]
    similar: Floats32 = np.zeros((len(a), len(b)), np.float32)
    for one, other in ((a, b), ([sound_classes(x) for x in a], [sound_classes(y) for y in b])):
        similar += cdist(one, other, scorer=Levenshtein.normalized_similarity, dtype=np.float32) / 2
    similar = np.round(similar, 4)
    similar[[len(x) < _BONES for x in a]] = 0
    similar[:, [len(y) < _BONES for y in b]] = 0
    for short, long in ((left, right), (a, b)):
        for x, y in _beginnings(short, long, _SHORTEST + (short is left)):
            similar[x, y] = max(similar[x, y], _BEGINS)
    return similar


def _beginnings(left: list[str], right: list[str], shortest: int) -> Iterator[tuple[int, int]]:
    """Pairs of which one is the beginning of the other, which has an ending of up to two letters."""
    starts: dict[str, list[int]] = defaultdict(list)
    for y, word in enumerate(right):
        for size in range(max(shortest, len(word) - 2), len(word) + 1):
            starts[word[:size]].append(y)
    for x, word in enumerate(left):
        for size in range(max(shortest, len(word) - 2), len(word) + 1):
            for y in starts.get(word[:size], ()):
                if size in (len(word), len(right[y])):
                    yield x, y

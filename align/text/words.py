"""Words of any script, in Latin letters, and what of them survives inflection and transliteration."""

from __future__ import annotations

import re
import sys
import unicodedata
from collections.abc import Iterable, Iterator
from functools import cache, lru_cache

_VOWELS = re.compile(r"[aeiouyhw'’`ʻ-]+")
_SOUNDS = (
    ("sch", "s"), ("tsch", "s"), ("dzh", "j"), ("zh", "s"), ("sh", "s"), ("ch", "k"), ("kh", "k"), ("gh", "g"),
    ("ph", "f"), ("th", "t"), ("ts", "s"), ("tz", "s"), ("cz", "s"), ("sz", "s"), ("dj", "j"), ("x", "ks"),
    ("ce", "se"), ("ci", "si"), ("cy", "si"), ("ge", "je"), ("gi", "ji"), ("c", "k"), ("q", "k"), ("z", "s"),
)  # fmt: skip
_CLASSES = str.maketrans("bpfvkgjsdtlmnr", "ppppkkkkttlmmr")
_SILENT = re.compile(
    "[\u3041-\u309f\u3400-\u9fff\u0e00-\u0eff\u0f00-\u0fff\u1000-\u109f\u1780-\u17ff\u1950-\u19df\u1a20-\u1aaf]"
)
# What is written before the letter it belongs to, and what ties a letter to the next: vowels of Thai and Lao, the coeng
# of Khmer, the virama of Burmese.
_BOUND_ON = frozenset("เแโใไເແໂໃໄ\u17d2\u1039")
_DOUBLE = re.compile(r"(.)\1+")


@cache
def _pattern() -> re.Pattern[str]:
    """Letters with their marks, in all scripts; `\\w` alone breaks the words of India at their vowels."""
    marks = [c for c in range(sys.maxunicode + 1) if unicodedata.category(chr(c)) in ("Mn", "Mc")]
    ranges: list[list[int]] = []
    for code in marks:
        if ranges and ranges[-1][1] == code - 1:
            ranges[-1][1] = code
        else:
            ranges.append([code, code])
    inside = "".join(f"{chr(a)}-{chr(b)}" for a, b in ranges)
    letter = r"[^\W\d_\u3040-\u30ff\u3400-\u9fff]"
    word = rf"{letter}(?:{letter}|[{inside}\u200c\u200d]|['’](?={letter}))*"
    return re.compile(rf"[\u30a1-\u30fa\u30fc]+|[\u3400-\u9fff\u3005]+|[\u3041-\u309f]+|{word}")


def words_in(text: str) -> list[str]:
    """The words of a text; of what is written without spaces, stretches of one script."""
    return _pattern().findall(text)


def word_spans(text: str) -> Iterator[tuple[int, int]]:
    """Where each word of `words_in` stands: start and end in the text."""
    return (match.span() for match in _pattern().finditer(text))


def inside_letter(text: str, place: int) -> bool:
    """Whether a cut at this place would part a letter from its marks or its vowel, as cuts into pieces may."""
    if not 0 < place < len(text):
        return False
    return unicodedata.category(text[place])[0] == "M" or text[place - 1] in _BOUND_ON


def stems(words: Iterable[str], letters: int = 5) -> frozenset[str]:
    """What of some words stays when they are inflected: their first letters.

    In scripts without spaces, whose words nobody has cut, every two neighbouring characters.
    """
    found = set()
    for word in words:
        if sounds(word):
            found.add(word.casefold()[:letters])
        else:
            found.update(word[k : k + 2] for k in range(max(len(word) - 1, 1)))
    return frozenset(found)


def sounds(word: str) -> bool:
    """Whether a word is written by its sound and stands by itself: not Han, nor scripts without spaces."""
    return not _SILENT.match(word)


@lru_cache(maxsize=1_000)
def whole_words(words: str) -> re.Pattern[str]:
    """What finds words in a folded text as they stand by themselves, whatever stands between them.

    In scripts without spaces they may be part of what is written together.
    """
    parts = [re.escape(part) for part in re.split(r"[\s/-]+", words) if part]
    before = r"(?<!\w)" if parts and sounds(parts[0]) else ""
    after = r"(?!\w)" if parts and sounds(parts[-1][-1]) else ""
    return re.compile(before + r"[\s/-]+".join(parts) + after)


@lru_cache(maxsize=100_000)
def romanized(word: str) -> str:
    """A word in lower-case Latin letters, by the tables of `anyascii`."""
    if word.isascii():
        return word.lower()
    from anyascii import anyascii

    return anyascii(word).lower()


@lru_cache(maxsize=100_000)
def skeleton(latin: str) -> str:
    """The consonants of a romanised word as they sound, which spellings and transliterations share more or less.

    Henryk, Henryka -> nrk; Washington -> vsngtn; Shakespeare, Шекспир (Shekspir) -> skspr.
    """
    for written, sound in _SOUNDS:
        if written in latin:
            latin = latin.replace(written, sound)
    first = {"w": "v"}.get(latin[:1], "a" if latin[:1] in tuple("aeiouy") else "")
    return first + _DOUBLE.sub(r"\1", _VOWELS.sub("", latin))


def sound_classes(skeleton: str) -> str:
    """A skeleton in classes of sounds; languages that lack one write another of its class (b p f v; k g j s ...)."""
    return skeleton.translate(_CLASSES)

"""The texts of one language cut into words, and how telling each word is.

Words are those of `align.text.words`; of scripts without spaces, the pieces that the lexicon's tokenizer cuts. What
stands in addresses and paths is none.
"""

from __future__ import annotations

import re
from array import array
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np

from align._internal.arrays import Bools, Floats, Ints
from align.encoders.lexicon import Lexicon
from align.text.clean import fold
from align.text.languages import base
from align.text.words import inside_letter, sounds, word_spans

_MOST_CHARACTERS = 5_000  # of a text that are looked at
_JOINED = re.compile(r"[ \u00a0/-]?")  # what may stand between two words of a term
_ELIDED = re.compile(r"(?:[cdjlmnst]|\w*qu|dell|nell|sull|dall|all|un)['’](?=\w)", re.IGNORECASE)
_ELIDING = frozenset(["fr", "it", "ca", "oc"])
_POSSESSIVE = re.compile(r"['’]s$", re.IGNORECASE)
_NO_WORDS = re.compile(
    r"\w+://[^\s<>\"()]+|[\w.+-]+@[\w.-]+|(?<![\w/])[~.]{0,2}/[\w.@~$*+-]+(?:/[\w.@~$*+-]*)*|\b\w+(?:\.\w+)+\b",
    re.ASCII,
)

# Logarithms of the share of a word here to its share in the language: from which it tells something, and at most.
TELLING, _MOST_TELLING = 1.5, 8.0
_EVERYWHERE = (
    -7.6
)  # logarithm of the share in the lexicon's text, of many languages, from which a word tells nothing
# How many times more frequent a word is in its own language than in that text: "the", "der", "的", "в" beside counts
# of these languages.
_IN_ENGLISH, _IN_OTHERS = 8.0, 40.0
_SHARE = 0.25  # of texts, from which a word of a language that the lexicon does not know tells nothing
_FEW = 30  # texts of which shares say nothing


@dataclass(frozen=True, slots=True)
class Cut:
    """Texts as words, one text after the other.

    Attributes:
        texts: as far as they are looked at.
        text: of each word, the text it stands in.
        word: its number, by its folded spelling.
        start, end: where it stands in its text.
        joined: whether it may stand in one term with the word before it.
        telling: of each number, how much more frequent the word is here than in the language; negative where it
            tells nothing.
        character: of each number, whether it is one character of a script without spaces.
    """

    texts: list[str]
    text: Ints
    word: Ints
    start: Ints
    end: Ints
    joined: Bools
    telling: Floats
    character: Bools


def _whole_letters(text: str, spans: Iterable[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    """Pieces of a script without spaces, those together that part a letter from its marks or its vowel."""
    first = last = 0
    for start, end in spans:
        if start == end:
            continue
        if first < last == start and inside_letter(text, start):
            last = end
            continue
        if first < last:
            yield first, last
        first, last = start, end
    if first < last:
        yield first, last


class Words:
    """Cuts texts of one language, which are added one by one.

    Args:
        language: their tag, "" where nobody knows it.
    """

    def __init__(self, language: str, lexicon: Lexicon) -> None:
        self._language, self._lexicon = base(language) or "", lexicon
        self._texts: list[str] = []
        self._text, self._word, self._start, self._end = array("q"), array("q"), array("q"), array("q")
        self._joined = array("b")
        self._numbers: dict[str, int] = {}

    def __len__(self) -> int:
        return len(self._texts)

    def add(self, text: str) -> None:
        text = text[:_MOST_CHARACTERS]
        last = -1
        for start, end in self._cut(_NO_WORDS.sub(lambda found: "\n" * len(found[0]), text)):
            self._text.append(len(self._texts))
            self._word.append(self._numbers.setdefault(fold(text[start:end]), len(self._numbers)))
            self._start.append(start)
            self._end.append(end)
            self._joined.append(last >= 0 and _JOINED.fullmatch(text, last, start) is not None)
            last = end
        self._texts.append(text)

    def _cut(self, text: str) -> Iterator[tuple[int, int]]:
        for start, end in word_spans(text):
            if sounds(text[start:end]):
                yield self._bare(text, start, end)
                continue
            pieces = self._lexicon.tokenise(text[start:end])
            spans = (
                (start + a, start + b)
                for a, b in zip(pieces.starts.tolist(), pieces.ends.tolist(), strict=True)
            )
            yield from _whole_letters(text, spans)

    def _bare(self, text: str, start: int, end: int) -> tuple[int, int]:
        """A word without the article or preposition that elision ties to it, and without a possessive."""
        if "'" in text[start:end] or "’" in text[start:end]:
            tied = _ELIDED.match(text, start, end) if self._language in _ELIDING else None
            start = tied.end() if tied else start
            owning = _POSSESSIVE.search(text[start:end])
            end = start + owning.start() if owning and owning.start() else end
        return start, end

    def cut(self) -> Cut:
        """What was added until now."""
        text, word, start, end = (
            np.array(part, np.int64) for part in (self._text, self._word, self._start, self._end)
        )
        character = [len(spelling) == 1 and not sounds(spelling) for spelling in self._numbers]
        return Cut(
            self._texts, text, word, start, end, np.array(self._joined, np.bool_), self._telling(text, word),
            np.array(character, np.bool_),
        )  # fmt: skip

    def _telling(self, text: Ints, word: Ints) -> Floats:
        spellings = list(self._numbers)
        share = np.bincount(word, minlength=len(spellings)) / max(len(word), 1)
        everywhere = texts_with(word, text, len(spellings)) > _SHARE * max(len(self), _FEW)
        own = _IN_ENGLISH if self._language == "en" else _IN_OTHERS
        told = np.full(len(spellings), _MOST_TELLING)
        for number, (spelling, pieces) in enumerate(
            zip(spellings, self._lexicon.ids(spellings), strict=True)
        ):
            said = pieces[self._lexicon.is_word(pieces)]
            usual = (
                float(np.log(np.maximum(self._lexicon.frequencies[said], 1e-30)).sum())
                if len(said)
                else -99.0
            )
            if (len(spelling) < 2 and sounds(spelling)) or (len(said) == 1 and usual > _EVERYWHERE):
                told[number] = -1.0
            elif self._language in self._lexicon.languages:
                told[number] = min(_MOST_TELLING, np.log(share[number] / own) - usual)
            elif everywhere[number]:
                told[number] = -1.0
        return np.round(told, 3)


def texts_with(number: Ints, text: Ints, count: int) -> Ints:
    """In how many texts each of `count` numbers stands, given the number and the text of each occurrence."""
    places = np.unique(text * max(count, 1) + number)
    return np.bincount(places % max(count, 1), minlength=count)

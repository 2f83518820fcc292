"""Which words of two texts answer which, for a person to read: from the lexicon, without encoding.

The embedding table of the default encoder is a bilingual dictionary: rows of words that translate each other have a
high cosine. Each word is linked to its best counterpart. What is missing from the table (a language the encoder has
not learned) shows as words without links; equal spelling always counts, and numbers answer equal numbers only.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from unicodedata import category

import numpy as np

from align._internal.arrays import Places
from align._internal.products import product
from align.alignment.bead import Bead
from align.alignment.result import WordLink
from align.document import Unit
from align.encoders.base import Vectors
from align.encoders.lexicon import Lexicon, Tokens, get_lexicon
from align.text.clean import fold
from align.text.words import inside_letter

# Cosine from which a best match counts: of both words for each other, or of one. On beads known to be right, three to
# four times as many words reach it as on beads put together at random (zh-en, de-fr, en-zh; function words included).
_MUTUAL, _ONE_WAY = 0.27, 0.40
_LONGEST, _MOST_WORDS = 20_000, 1_500  # characters, and words, of one text that are looked at


@dataclass(frozen=True, slots=True, eq=False)
class TextWords:
    """The words of one text.

    Attributes:
        spans: start and end of each in the text, ascending and apart.
        spelling: folded.
        vectors: of unit length, ``(words, dimension)``; zero for numbers that the table does not know.
    """

    spans: list[tuple[int, int]]
    spelling: list[str]
    vectors: Vectors


def words_of(text: str, tokens: Tokens, rows: Vectors) -> TextWords:
    """The words of a text, given its pieces and a row for each of them, zero for those that hold no word."""
    if not len(tokens.ids):
        return TextWords([], [], rows)
    firsts = np.flatnonzero(np.r_[True, tokens.words[1:] != tokens.words[:-1]])
    inside = [inside_letter(text, start) for start in tokens.starts[firsts].tolist()]
    firsts = firsts[~np.array(inside)]
    # Longer pieces weigh more in a word of several: "un·sicherheit" is about safety.
    rows = rows * (tokens.ends - tokens.starts)[:, None].astype(np.float32)
    vectors = np.add.reduceat(rows, firsts) if len(firsts) < len(rows) else rows
    norms = np.sqrt(np.einsum("ij,ij->i", vectors, vectors))
    spans = [(word, *_span(text, tokens, firsts, word)) for word in range(len(firsts))]
    # A number counts even where the table does not know its digits.
    keep = [
        (word, start, end)
        for word, start, end in spans
        if start < end and (norms[word] > 0 or text[start].isdecimal())
    ][:_MOST_WORDS]
    words = [word for word, _, _ in keep]
    return TextWords(
        spans=[(start, end) for _, start, end in keep],
        spelling=[fold(text[start:end]) for _, start, end in keep],
        vectors=vectors[words] / np.maximum(norms[words, None], 1e-9),
    )


def linked(source: TextWords, target: TextWords) -> list[tuple[int, int, float]]:
    """Words that answer each other, by number, and their cosine (1 where spelling decides), in ascending order."""
    if not source.spans or not target.spans:
        return []
    alike = product(source.vectors, target.vectors.T)
    _settle(alike, source.spelling, target.spelling)
    return [(i, j, min(1.0, float(alike[i, j]))) for i, j in _best(alike)]


def digits(word: str) -> str:
    """The decimal digits of a word, of whichever script; most words have none."""
    if word.isalpha():
        return ""
    return "".join(str(int(character)) for character in word if character.isdecimal())


class Passages:
    """The words of several passages: each is tokenised, and each row of the table fetched, once.

    Attributes:
        texts: as far as they are looked at.
        tokens: of each.
        ids: of all pieces, ascending.
        rows: of these, zero for those that hold no word, ``(len(ids), dimension)``.
    """

    def __init__(self, texts: Iterable[str], lexicon: Lexicon | None = None) -> None:
        lexicon = lexicon or get_lexicon()
        self.texts = [text[:_LONGEST] for text in texts]
        self.tokens = [lexicon.tokenise(text) for text in self.texts]
        self.ids = np.unique(np.concatenate([*(t.ids for t in self.tokens), np.zeros(0, np.int32)]))
        self.rows = lexicon.rows(self.ids)
        self.rows[~lexicon.is_word(self.ids)] = 0

    def words(self, passage: int) -> TextWords:
        """The words of one passage."""
        tokens = self.tokens[passage]
        return words_of(self.texts[passage], tokens, self.rows[np.searchsorted(self.ids, tokens.ids)])


def word_links(source: Sequence[Unit], target: Sequence[Unit], bead: Bead) -> tuple[WordLink, ...]:
    """The links of a bead, strongest first; empty for a gap."""
    left, left_units = _bead_side(source, bead.source)
    right, right_units = _bead_side(target, bead.target)
    links = []
    for i, j, similarity in linked(left, right):
        here, there = (left_units[i], *left.spans[i]), (right_units[j], *right.spans[j])
        words = source[here[0]].text[slice(*here[1:])], target[there[0]].text[slice(*there[1:])]
        links.append(WordLink(here, there, *words, round(similarity, 3)))
    return tuple(sorted(links, key=lambda link: -link.similarity))


def _bead_side(units: Sequence[Unit], chosen: Sequence[int]) -> tuple[TextWords, list[int]]:
    """The words of some units as those of one text, and the unit of each; spans stay those inside the unit."""
    passages = Passages(units[unit].text for unit in chosen)
    parts = [passages.words(number) for number in range(len(chosen))]
    none = np.zeros((0, passages.rows.shape[1]), np.float32)
    whole = TextWords(
        spans=[span for part in parts for span in part.spans][:_MOST_WORDS],
        spelling=[word for part in parts for word in part.spelling][:_MOST_WORDS],
        vectors=np.concatenate([none, *(part.vectors for part in parts)])[:_MOST_WORDS],
    )
    return whole, [unit for unit, part in zip(chosen, parts, strict=True) for _ in part.spans]


def _settle(alike: Vectors, source: Sequence[str], target: Sequence[str]) -> None:
    """What spelling decides: equal words answer each other; numbers do if their digits are the same, and only then."""
    places: dict[str, list[int]] = {}
    for j, word in enumerate(target):
        places.setdefault(word, []).append(j)
    numbers = [(j, found) for j, word in enumerate(target) if (found := digits(word))]
    for i, word in enumerate(source):
        alike[i, places.get(word, [])] = 1.0
        if own := digits(word):
            for j, others in numbers:
                alike[i, j] = float(own == others)


def _best(alike: Vectors) -> list[tuple[int, int]]:
    """Best matches of both words for each other, and strong best matches of one: ascending pairs."""
    rows, columns = np.arange(alike.shape[0]), np.arange(alike.shape[1])
    to_target, to_source = alike.argmax(axis=1), alike.argmax(axis=0)
    best, best_back = alike[rows, to_target], alike[to_source, columns]
    mutual = (to_source[to_target] == rows) & (best >= _MUTUAL)
    forward = {(int(i), int(to_target[i])) for i in rows[mutual | (best >= _ONE_WAY)]}
    back = {(int(to_source[j]), int(j)) for j in columns[best_back >= _ONE_WAY]}
    return sorted(forward | back)


def _span(text: str, tokens: Tokens, firsts: Places, word: int) -> tuple[int, int]:
    """Where a word stands, without the spaces and punctuation that the tokenizer took in."""
    last = firsts[word + 1] - 1 if word + 1 < len(firsts) else len(tokens.ids) - 1
    start, end = int(tokens.starts[firsts[word]]), int(tokens.ends[last])
    while start < end and _outside(text[start]):
        start += 1
    while start < end and _outside(text[end - 1]):
        end -= 1
    return start, end


def _outside(character: str) -> bool:
    return not character.isalnum() and category(character)[0] in "CPSZ"

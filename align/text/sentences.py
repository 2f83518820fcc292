"""Sentence segmentation: sentencex, and what machine-translated web articles need beyond it.

Segmentation only ever chooses boundaries: ``text`` is the sentences and the white space between them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from itertools import pairwise

from align.document import Paragraph, Sentence
from align.text.abbreviations import INVISIBLE, Abbreviations, abbreviations
from align.text.boundaries import further_boundaries, visible
from align.text.languages import base, detected_as

SEGMENTER = "sentencex+2"  # part of every run's signature: the library and the version of the rules below

Span = tuple[int, int]

# A longer paragraph is segmented in pieces that end where a sentence ends, or a word: the library's time grows with the
# square of the text in some scripts.
_PIECE = 8_000
_LATEST = 4_096  # paragraphs of no more than a piece whose sentences are remembered: some ten megabytes
_PIECE_END = re.compile(r"[.!?][”’\"')\]]*\s|[。!?][”’」』]*")

_RUN = re.compile(r"[!-~]{4,}")  # what an address can be part of: printable ASCII without a space
_ADDRESS = re.compile(r"://|www\.|[^@]@[^@]|\.(?:com|org|net|html?|php|cn)\b", re.IGNORECASE)

# A boundary of the library's counts next to white space or in an unspaced script; "Node.js" is one word.
_MAY_PART = re.compile(
    r"[\s\u0e00-\u0eff\u1780-\u17ff\u2e80-\u9fff\uac00-\ud7af\uf900-\ufaff\uff00-\uffef\u2018-\u201f]"
)
_LIST_NUMBER = re.compile(r"\(?(?:\d{1,3}(?:\.\d{1,3})*|[A-Za-z]|[ivxIVX]{1,4})[.)]$|\d{1,3}(?:\.\d{1,3})+$")
_WORD = re.compile(r"\w")
_DECIMAL_POINT = re.compile(r"(?<=[0-9０-９])．(?=[0-9０-９])")
_CLOSING_MARKS = frozenset('”’"»)]）」』')
# Who says what was quoted: Chinese names a verb of speaking before the next mark, Japanese puts a particle behind the
# quotation, scripts without capitals are believed to go on where a question or a cry was quoted.
_CHINESE_SAYS = re.compile(
    r"\s*[^，。！？：；、“”「」『』\s]{1,12}?(?:说|說|道|问|問|答|喊|叫|嚷|想|念|笑|叹|嘆|吼|骂|罵|告诉|告訴|嘟囔|补充|解释)"
    r"(?:了|着|著|过|一?句|一?声|道|起来)*[，。！？]"
)
_JAPANESE_GOES_ON = re.compile(
    r"と(?!ころ|ても|りあえず|きどき|にかく|もあれ|もかく)|って|など|(?:は|が|を|に|の|も|だ|で)(?=[\u4e00-\u9fff])"
)
_CASELESS = re.compile(r"\s*[\u05d0-\u10ff\u1200-\u135a\u1780-\u17b3\uac00-\ud7a3]")
_KOREAN_GOES_ON = re.compile(r"\s*(?:이?라고|이?라며|이?라는|하고|하며|고 )")
_DASH_GOES_ON = re.compile(r"[—–-]\s*(?=[^\W\d_])(?![^a-zß-öø-ÿ\u03ac-\u03ce\u0430-\u045f])")
_ASKED = re.compile(r"[!?！？؟]\W{1,3}$")
_OPENING = re.compile(r"(?:(?<=\s)[\"“‘«(\[{「『《【<]|(?<=[.!?。!?])[“‘«(\[{「『《【])+$")
_CLOSING = ",;:.!?…。,、;:!?”’»)]}」』》】>\u00ad\u200b\u200c\u200d\u200e\u200f\u2060"
_LEADING_MARKS = re.compile(rf"[\s{INVISIBLE},;:.!?…。,、;:!?”’»)\]}}」』》】>\"'*_~]+")


def split_sentences(text: str, language: str | None = None) -> list[Span]:
    """Spans ``(start, end)`` of the sentences of one paragraph; only white space lies outside them.

    Those of the latest paragraphs are remembered: pairing asks for them, and then the aligner.
    """
    find = _remembered if len(text) <= _PIECE else _spans
    return list(find(text, base(language) or "en"))


def _spans(text: str, language: str) -> tuple[Span, ...]:
    spans: list[Span] = []
    known = abbreviations(detected_as(language) or language)
    shown = visible(text)
    for start, stop in _pieces(shown):
        spans.extend(_split_piece(shown, start, stop, language, known))
    return tuple(_merge(text, spans, known))


_remembered = lru_cache(maxsize=_LATEST)(_spans)


def segment(paragraph: Paragraph, language: str | None = None) -> list[Sentence]:
    """The sentences of a paragraph, in the paragraph's own language where that is known; code is one."""
    if paragraph.kind:
        return [Sentence(paragraph.text, paragraph.index, 0, 0, len(paragraph.text))]
    spans = split_sentences(paragraph.text, paragraph.language or language)
    text, before = paragraph.text, [0, *(end for _, end in spans)]
    return [
        Sentence(text[start:end], paragraph.index, index, start, end, text[before[index] : start])
        for index, (start, end) in enumerate(spans)
    ]


def _pieces(text: str) -> Iterator[Span]:
    start = 0
    while len(text) - start > _PIECE:
        middle, limit = start + _PIECE // 2, start + _PIECE
        ends = [match.end() for match in _PIECE_END.finditer(text, middle, limit)]
        stop = ends[-1] if ends else text.rfind(" ", middle, limit) + 1 or limit
        yield start, stop
        start = stop
    yield start, len(text)


def _split_piece(text: str, start: int, stop: int, language: str, known: Abbreviations) -> Iterator[Span]:
    import sentencex

    piece = text[start:stop]
    boundaries = set(further_boundaries(piece, known))
    at = 0
    for part in sentencex.segment(language, piece):
        found = piece.find(part, at)
        if found < 0:  # the library altered it: leave the rest unsplit rather than guess
            break
        at = found + len(part)
        if _MAY_PART.search(piece, at - 1, at + 1) or _OPENING.search(piece, max(0, at - 4), at):
            boundaries.add(at)
    boundaries.difference_update(match.end() for match in _DECIMAL_POINT.finditer(piece))
    if boundaries:
        for run in _RUN.finditer(piece):
            if _ADDRESS.search(run.group()):
                boundaries.difference_update(range(run.start() + 1, run.end()))
    edges = [0, *sorted(boundaries - {0, len(piece)}), len(piece)]
    for a, b in pairwise(edges):
        yield start + a, start + b


def _merge(text: str, spans: list[Span], known: Abbreviations) -> list[Span]:
    """Joins spans that a boundary wrongly parted and trims white space off their ends."""
    merged: list[Span] = []
    for span in spans:
        start, end = _stripped(text, *span)
        if start == end:
            continue
        if merged:
            first, last = merged[-1]
            opening = _OPENING.search(text, max(first, last - 10), last)
            if (
                opening and opening.start() > merged[-1][0]
            ):  # a quotation opens the sentence after the boundary, not the one before
                merged[-1] = _stripped(text, merged[-1][0], opening.start())
                start = opening.start()
            elif marks := _closing_marks(text, merged[-1][1], start, end):
                merged[-1] = (merged[-1][0], start + marks)
                start, end = _stripped(text, start + marks, end)
                if start == end:
                    continue
            if _continues(text, merged[-1], (start, end), known):
                merged[-1] = (merged[-1][0], end)
                continue
        merged.append((start, end))
    return merged


def _stripped(text: str, start: int, end: int) -> Span:
    part = text[start:end]
    start += len(part) - len(part.lstrip())
    return start, start + len(part.strip())


def _is_bare(text: str, start: int, end: int) -> bool:
    return not _WORD.search(text, start, end)


def _closing_marks(text: str, before: int, start: int, end: int) -> int:
    """How many leading characters belong to the sentence before: closing quotes, a stray comma."""
    if _is_bare(text, start, end):
        return end - start
    match = _LEADING_MARKS.match(text, start, end)
    marks = match.group() if match else ""
    if any(map(str.isspace, marks)):  # what white space parts from the following word does not open it
        return len(marks.rsplit(maxsplit=1)[0] if not marks[-1].isspace() else marks.rstrip())
    # A straight quote or an asterisk opens as often as it closes.
    return len(marks) - len(marks.lstrip(_CLOSING)) if before == start else 0


def _continues(text: str, before: Span, after: Span, known: Abbreviations) -> bool:
    if _is_bare(text, *before) or _LIST_NUMBER.match(text, *before):
        return True
    end = text[before[1] - 1]
    if _DASH_GOES_ON.match(text, after[0]) and (end in _CLOSING_MARKS or end in "!?…;"):
        return True
    if end in _CLOSING_MARKS:
        return _is_reported(text, before, after)
    return end == "." and known.joins(text[before[0] : before[1]], text[after[0] : after[0] + 8])


def _is_reported(text: str, before: Span, after: Span) -> bool:
    """Whether what follows a closing quote or bracket belongs to it: who said it, or the rest of the sentence."""
    mark, following = text[before[1] - 1], text[after[0]]
    if mark in ")]）" or following.islower():
        return following.islower()
    rest = text[before[1] : min(after[1], before[1] + 24)]
    if _CHINESE_SAYS.match(rest) or _KOREAN_GOES_ON.match(rest):
        return True
    asked = _ASKED.search(text, max(before[0], before[1] - 4), before[1]) is not None
    return bool(mark in "」』" and _JAPANESE_GOES_ON.match(rest)) or (asked and bool(_CASELESS.match(rest)))

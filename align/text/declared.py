"""The language that a text is declared to be in, held against the text: where they contradict, the text decides.

Detection errs with short texts and near relatives, so a declaration is believed unless nearly all of a text is surely
in another language, and nothing in it reads like the declared one.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from align.document import Document
from align.text.detection import PARAGRAPHS, detect_document, detectable, guesses, likelihood
from align.text.languages import detected_as, usual_script

_SURE = 0.6  # score from which a guess counts
_SHARE = 0.8  # of all letters that must be in the other language
_ENOUGH = 200  # letters of the other language
_ENOUGH_IN_ANOTHER_SCRIPT = 40
_POSSIBLE = 0.02  # score of the declared language from which a text may be in it all the same
_MIXED = 0.3  # share of a second language from which a text is called mixed
_LEAST = 12  # letters, as far as they are sure, that tell the language of a list of texts


def settle_document(document: Document, language: str | None = None) -> tuple[Document, tuple[str, ...]]:
    """`detect_document`, where the text has the last word; and what a reader should know of its language.

    `language`, where given, is what is declared, in place of what the document says.
    """
    texts = [paragraph.text for paragraph in document.paragraphs]
    declared = language or document.language
    found, warnings = _settled(texts, declared)
    settled = detect_document(document, found)
    return settled, (*warnings, *_mixed(texts, settled.language))


def settle_texts(texts: Sequence[str], declared: str | None = None) -> tuple[str | None, tuple[str, ...]]:
    """The language of a list of texts, None where they say too little to tell; and what a reader should know of it."""
    found, warnings = _settled(texts, declared)
    return found or _told(texts), warnings


def contradicted(texts: Sequence[str], declared: str) -> str | None:
    """The language that texts are in beyond doubt where it is not the declared one; None where it may well be."""
    letters: Counter[str] = Counter()
    total = 0
    for text, guess in zip(texts, guesses(texts), strict=True):
        total += guess.letters
        if guess.language == detected_as(declared) or not guess.language:
            letters[guess.language or ""] += guess.letters
        elif guess.score >= _SURE and not _may_be(text, declared):
            letters[guess.language] += guess.letters
    other, count = max(letters.items(), key=lambda item: (item[1], item[0]), default=("", 0))
    if other in ("", detected_as(declared)) or not _can_be_told(other, declared):
        return None
    enough = _ENOUGH if usual_script(other) == usual_script(declared) else _ENOUGH_IN_ANOTHER_SCRIPT
    return other if count >= max(enough, _SHARE * total) else None


def _settled(texts: Sequence[str], declared: str | None) -> tuple[str | None, tuple[str, ...]]:
    """The declared language, or the one that contradicts it, with a warning."""
    other = contradicted(_sample(texts), declared) if declared else None
    if other is None:
        return declared, ()
    return other, (f"declared to be in {declared}, but the text is in {other}; taken as {other}",)


def _may_be(text: str, declared: str) -> bool:
    """Whether a text that reads like another language may be in the declared one."""
    return likelihood(text, detected_as(declared) or declared) >= _POSSIBLE


def _can_be_told(other: str, declared: str) -> bool:
    """Whether a text in the declared language would not be taken for the other one anyway.

    Yiddish is taken for Hebrew by its script, and a language that the detector never learned for a relative.
    """
    return usual_script(other) != usual_script(declared) or detectable(declared)


def _mixed(texts: Sequence[str], language: str | None) -> Iterator[str]:
    """A warning for a text of which much is in a second language."""
    if language is None:
        return
    letters: Counter[str] = Counter()
    total = 0
    for text, guess in zip(sample := _sample(texts), guesses(sample), strict=True):
        total += guess.letters
        own = guess.language in (None, detected_as(language))
        if guess.language and not own and guess.score >= _SURE and not _may_be(text, language):
            letters[guess.language] += guess.letters
    other, count = max(letters.items(), key=lambda item: (item[1], item[0]), default=("", 0))
    if count >= max(_ENOUGH, _MIXED * total) and _can_be_told(other, language):
        yield f"about {count / total:.0%} of the text is in {other}; taken as {language}"


def _told(texts: Sequence[str]) -> str | None:
    votes: Counter[str] = Counter()
    for guess in guesses(_sample(texts)):
        votes[guess.language or ""] += round(guess.score * guess.letters)
    language, count = max(votes.items(), key=lambda item: (item[1], item[0]), default=("", 0))
    return language if language and count >= max(_LEAST, votes.total() / 2) else None


def _sample(texts: Sequence[str]) -> Sequence[str]:
    """Texts from the whole length: as many as detection reads of a document."""
    return texts[:: max(1, len(texts) // PARAGRAPHS)]

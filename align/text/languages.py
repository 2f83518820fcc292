"""Codes, tags and names of languages: the one place that knows them.

A batch carries ``de-DE``, ``zh_TW``, ``eng``, ``German``. What is kept of each is its canonical tag (`canonical`,
BCP 47). From the tag follow the language that everything is computed in (`base`) and which declared versions of it are
told apart (`variant`). Subtags, their validity and what follows from them come from langcodes (the registries of IANA
and CLDR), which is loaded when a tag is more than a code of ``languages.tsv``.
"""

from __future__ import annotations

from functools import cache, lru_cache
from importlib import resources
from typing import TYPE_CHECKING

from align.errors import UsageError

if TYPE_CHECKING:
    from langcodes import Language

UNDETERMINED = "und"  # BCP 47 for a language nobody named

# Codes that say that no language is known.
_NONE = frozenset({UNDETERMINED, "mul", "mis", "zxx", "unk", "root"})
# What fields of data say instead. Pandas writes "nan" where nothing is; a text in Min Nan (nan) has nan-Hant or nan-TW.
_NOTHING = _NONE | {"", "-", "?", "n/a", "na", "nan", "none", "null", "undefined", "unknown"}
_LONGEST = 80  # characters of a tag; real ones have at most 35

# Languages that are segmented, encoded and counted as another one; what is mostly meant by a macrolanguage (cmn, arb)
# is known to langcodes.
_BASES = {
    "arz": "ar",
    "azb": "az",
    "fil": "tl",
    "nb": "no",
    "nn": "no",
    "wuu": "zh",
    "yue": "zh",
}
_USUAL = frozenset({"nb"})  # of these, what is meant by the base where nothing else is said
# Near twins that detection cannot tell apart: a text in either is told to be in the second.
_TWINS = {"ms": "id"}
_RIGHT_TO_LEFT = frozenset({"Adlm", "Arab", "Armi", "Hebr", "Mand", "Nkoo", "Rohg", "Samr", "Syrc", "Thaa"})


def canonical(tag: str | None) -> str | None:
    """The tag as BCP 47 writes it: ``de-DE`` for ``de_de``, ``en`` for ``eng`` and ``English``, ``he`` for ``iw``.

    Of what is only partly a tag the part that is one; None for what names no language. Never raises.
    """
    # A locale has more: zh_CN.UTF-8, de_DE@euro.
    return _begins_with(_normal(tag).partition(".")[0].partition("@")[0])


def parse(value: str) -> str:
    """`canonical` of what a person wrote, as a whole.

    Raises:
        UsageError: it is no tag, code or name of a language.
    """
    if found := _canonical(_normal(value)):
        return found
    from difflib import get_close_matches

    near = canonical(value) or next(iter(get_close_matches(_normal(value), _codes(), 1, 0.7)), None)
    hint = f"; did you mean {near}?" if near else ""
    raise UsageError(f"{value!r} is no language code; give one such as en, zh or pt-BR (BCP 47){hint}")


def output_tag(tag: str | None) -> str:
    """What a file says of a text in this language: its canonical tag, ``und`` where nobody named any.

    Raises:
        UsageError: as `parse`.
    """
    return parse(tag) if tag and tag != UNDETERMINED else UNDETERMINED


@lru_cache(maxsize=4096)
def base(tag: str | None) -> str | None:
    """The language that a text is detected, segmented, encoded and counted in: ``zh`` for ``zh-Hant-TW``."""
    found = canonical(tag)
    own = _own(found) if found else None
    return _BASES.get(own, own) if own else None


@lru_cache(maxsize=4096)
def variant(tag: str | None) -> str | None:
    """A key of the tag: two documents with one key are rivals, two with different keys may share a partner.

    Without a script or region the usual one is meant, so that ``pt`` and ``pt-BR`` have one key, ``zh``, ``zh-CN`` and
    ``zh-Hans`` as well; ``pt-PT`` and ``zh-Hant`` have others. The key of a mere code is its base.
    """
    found = canonical(tag)
    language = base(found)
    if found is None or language is None or found == language:
        return language
    own = _own(found)
    own = language if own in _USUAL else own
    given, usual = _parsed(found), _parsed(language).maximize()
    full = given.maximize()
    marks = [*(given.variants or ()), *([given.private] if given.private else [])]
    if own == language and (full.script, full.territory) == (usual.script, usual.territory) and not marks:
        return language
    return "-".join([own, *filter(None, (full.script, full.territory)), *marks])


def within(tag: str | None, wanted: str) -> bool:
    """Whether a tag is what is asked for, itself a canonical one.

    ``pt-BR`` is within ``pt``, and ``zh-TW`` within ``zh-Hant``; ``pt`` is not within ``pt-BR``.
    """
    found = canonical(tag)
    if found is None or found == wanted:
        return found == wanted
    if base(found) != base(wanted) or _own(wanted) not in (_own(found), base(found)):
        return False
    given, asked = _parsed(found), _parsed(wanted)
    # A region implies a script: zh-TW is in the traditional one. Of a mere code nothing is known.
    script = given.script or (given.maximize().script if given.territory else None)
    return (
        asked.script in (None, script)
        and asked.territory in (None, given.territory)
        and set(asked.variants or ()) <= set(given.variants or ())
        and asked.private in (None, given.private)
    )


def is_turned(source: str | None, target: str | None, wanted: str) -> bool:
    """Whether the target of a pair is in the language that its source should be in, and the source is not."""
    return within(target, wanted) and not within(source, wanted)


def detected_as(tag: str | None) -> str | None:
    """What detection says of a text in this language: near twins that it cannot tell apart have one code."""
    language = base(tag)
    return _TWINS.get(language, language) if language else None


def says_nothing(value: str) -> bool:
    """Whether a field is empty or says itself that the language is not known."""
    return _normal(value) in _NOTHING


def right_to_left(tag: str | None) -> bool:
    """Whether the language is written from right to left, in the tag's script or its usual one."""
    found = canonical(tag)
    return found is not None and _parsed(found).maximize().script in _RIGHT_TO_LEFT


@lru_cache(maxsize=4096)
def usual_script(tag: str | None) -> str | None:
    """The script of a tag, or the one that its language is usually written in; Chinese has one in both forms."""
    found = canonical(tag)
    script = _parsed(found).maximize().script if found else None
    return "Hani" if script in ("Hans", "Hant") else script


@lru_cache(maxsize=256)
def names_of(tag: str) -> frozenset[str]:
    """What file names and addresses call a language, its code included; twins share their names."""
    code = detected_as(tag) or tag
    return frozenset({code}).union(
        *(names for other, names in _names().items() if detected_as(other) == code)
    )


def _normal(tag: str | None) -> str:
    text = (tag or "").strip().casefold().replace("_", "-")
    return text if len(text) <= _LONGEST else ""


@lru_cache(maxsize=4096)
def _begins_with(text: str) -> str | None:
    """The canonical tag of the longest beginning that is one."""
    subtags = text.split("-")
    beginnings = ("-".join(subtags[:count]) for count in range(len(subtags), 0, -1))
    return next((found for beginning in beginnings if (found := _canonical(beginning))), None)


@lru_cache(maxsize=4096)
def _canonical(text: str) -> str | None:
    """The canonical tag of a whole tag or name in lower case, or None."""
    if text in _codes():
        return _codes()[text]
    if text.partition("-")[0] in _NONE | {"", "x", "i"} or not text.isascii():
        return None
    from langcodes import Language, standardize_tag
    from langcodes.tag_parser import LanguageTagError

    try:
        tag = str(standardize_tag(text))
        found = Language.get(tag, normalize=False)
    except LanguageTagError:
        return None
    # Three letters behind a language pass for a language inside it (pt-BRA): nearly always they are something else.
    return tag if found.is_valid() and not found.extlangs else None


def _parsed(tag: str) -> Language:
    from langcodes import Language

    return Language.get(tag, normalize=False)


@lru_cache(maxsize=4096)
def _own(tag: str) -> str:
    """The language of a canonical tag; its macrolanguage where that mostly means it (``zh`` for ``cmn``)."""
    language = tag.partition("-")[0]
    if len(language) == 2 or language in _names():
        return language
    from langcodes import standardize_tag

    broad = str(standardize_tag(language, macro=True)).partition("-")[0]
    return broad if len(broad) == 2 else language


@cache
def _names() -> dict[str, frozenset[str]]:
    """By tag what a language is called besides, its code included."""
    lines = resources.files("align.text").joinpath("languages.tsv").read_text("utf-8").splitlines()[1:]
    cells = (line.partition("\t") for line in lines)
    return {code: frozenset({code, *others.split()}) for code, _, others in cells}


@cache
def _codes() -> dict[str, str]:
    """From codes and names in lower case to tags."""
    return {name.casefold(): code for code, names in _names().items() for name in names}

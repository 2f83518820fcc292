"""What people call languages: in tags, columns, file names and addresses."""

from __future__ import annotations

from functools import lru_cache
from importlib import resources

from align.text.detection import folded

_NONE = frozenset({"und", "mul", "mis", "zxx", "unk"})  # codes that say that no language is known


def language_code(tag: str | None) -> str | None:
    """The code that the language of a tag goes by here: ``en`` for ``en-US``, ``EN``, ``eng`` and ``English``.

    Regions and scripts are left off: two versions in one language are no translations of each other, whatever else
    their tags say. None for what names no language.
    """
    primary = (tag or "").strip().casefold().replace("_", "-").partition("-")[0]
    if primary in _codes():
        return _codes()[primary]
    known = primary.isascii() and primary.isalpha() and 2 <= len(primary) <= 3 and primary not in _NONE
    return folded(primary) if known else None


def names_of(language: str) -> frozenset[str]:
    """What file names and addresses call a language, its code included."""
    return _names().get(language, frozenset({language}))


@lru_cache(maxsize=1)
def _names() -> dict[str, frozenset[str]]:
    lines = resources.files("align.text").joinpath("languages.tsv").read_text("utf-8").splitlines()[1:]
    names: dict[str, frozenset[str]] = {}
    for line in lines:
        code, _, others = line.partition("\t")
        names[folded(code)] = names.get(folded(code), frozenset()) | {code, *others.split()}
    return names


@lru_cache(maxsize=1)
def _codes() -> dict[str, str]:
    return {name: code for code, names in _names().items() for name in names}

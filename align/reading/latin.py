"""Which of the Latin encodings: their texts differ in a letter here and there, too little for statistics of bytes."""

from __future__ import annotations

import re
from functools import cache

_FAMILY = re.compile(r"cp125[0247]|iso8859_\d+|latin_1|cp437|cp775|cp8[56]\d|mac_(?!cyrillic)\w+|hp_roman8")
_CANDIDATES = ("cp1252", "cp1250", "iso8859_2", "cp1254")
_MARKS = frozenset("“”„‘’‚«»‹›–—…·•¿¡§°©®€£\u00a0")
# What each language writes beyond ASCII, with what it often borrows.
_ALPHABETS = (
    "àâæçéèêëîïôœùûüÿ",  # French
    "áéíóúüñç",  # Spanish
    "áâãàçéêíóôõúü",  # Portuguese
    "àáèéìíîòóùú",  # Italian
    "àçèéíïòóúüŀ",  # Catalan
    "äöüßéàè",  # German
    "éëïöüáóèêäçœæ",  # Dutch
    "åäöæøéàüó",  # Swedish, Danish, Norwegian, Finnish
    "áðéíóúýþæö",  # Icelandic
    "ąćęłńóśźżé",  # Polish
    "áčďéěíňóřšťúůýžöü",  # Czech
    "áäčďéíĺľňóôŕšťúýž",  # Slovak
    "áéíóöőúüű",  # Hungarian
    "čćđšžé",  # Croatian, Slovenian
    "ăâîșțşţ",  # Romanian
    "çğıöşüâîûi̇",  # Turkish
)


def has_lone_accents(data: bytes) -> bool:
    """Whether at most two bytes, not side by side, are beyond ASCII: too few to guess by, and hardly damaged UTF-8."""
    high = _high(data)
    if high > 2 or re.search(rb"[\x80-\xff]{2}|[\x81\x8d\x8f\x90\x9d\xff]", data):
        return False
    return len(re.findall(rb"[A-Za-z]", data)) >= 2 * high


def better_latin(data: bytes, found: str) -> str:
    """`found`, or the Latin encoding in which the letters of `data` belong to one language more than in that."""
    high = _high(data)
    if not _FAMILY.fullmatch(found) or len(re.findall(rb"[A-Za-z]", data)) < 2 * high:
        return found
    return max((*_CANDIDATES, found), key=lambda encoding: _share(data, encoding))


def _share(data: bytes, encoding: str) -> float:
    """The share of the characters beyond ASCII that one language accounts for; -1 where bytes have no meaning."""
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError:
        return -1.0
    foreign = [c for c in text.lower() if c > "\x7f" and c not in _MARKS]
    return max(sum(c in letters for c in foreign) for letters in _letters()) / max(len(foreign), 1)


def _high(data: bytes) -> int:
    return len(data) - len(data.translate(None, bytes(range(0x80, 0x100))))


@cache
def _letters() -> tuple[frozenset[str], ...]:
    return tuple(map(frozenset, _ALPHABETS))

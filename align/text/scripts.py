"""Scripts that the detector of languages was never shown: of these it would name any language, and be sure of it."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter

# Letters outside of the blocks that the detector knows: Latin, Cyrillic, Arabic, Thaana, the scripts of India, Tibetan.
_STRANGE = re.compile(
    r"[^\W\d_A-Za-z\u00aa-\u036f\u0400-\u052f\u0600-\u06ff\u0750-\u07bf\u0870-\u0dff\u0f00-\u0fff\u1c80-\u1c8f"
    r"\u1d00-\u1eff\u2071-\u209c\u2100-\u214f\u2c60-\u2c7f\u2de0-\u2dff\ua640-\ua69f\ua720-\ua7ff\ua8e0-\ua8ff\uab30-\uab6f"
    r"\ufb00-\ufb06\ufb50-\ufdff\ufe70-\ufeff\uff21-\uff5a\U0001d400-\U0001d7ff\U0001ee00-\U0001eeff]"
)
# The language that is mostly written in a script, by the first word of its letters' names in Unicode.
_LANGUAGES = {
    "ADLAM": "ff", "BALINESE": "ban", "BUGINESE": "bug", "CANADIAN": "iu", "CHAM": "cjm", "CHEROKEE": "chr",
    "COPTIC": "cop", "GOTHIC": "got", "HANIFI": "rhg", "JAVANESE": "jv", "LEPCHA": "lep", "LIMBU": "lif",
    "LISU": "lis", "MEETEI": "mni", "MONGOLIAN": "mn", "NKO": "nqo", "OL": "sat", "SUNDANESE": "su",
    "SYRIAC": "syr", "TIFINAGH": "zgh", "VAI": "vai", "YI": "ii",
}  # fmt: skip


def strange_script(text: str, letters: int) -> tuple[str | None, int]:
    """Whether a text is in a script that the detector does not know: its language, if one is mostly written in it.

    Args:
        text: the text.
        letters: how many it has.

    Returns:
        The language or None, and the number of strange letters; 0 where they are not most of the text.
    """
    found = Counter(_STRANGE.findall(text))
    count = found.total()
    if 2 * count <= letters:
        return None, 0
    scripts: Counter[str] = Counter()
    for letter, times in found.items():
        scripts[unicodedata.name(letter, "").partition(" ")[0]] += times
    return _LANGUAGES.get(min(scripts, key=lambda name: (-scripts[name], name))), count

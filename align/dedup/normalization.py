"""What texts are rid of before they are compared, beside case, width and optional marks, which never count.

Letters are rid of it in the table that tells what a character contributes to tokens (`align.text.tokens`), so that it
costs nothing; line-end hyphens in the text. What is kept and written is the text as it was read.
"""

from __future__ import annotations

from functools import cache
from importlib.resources import files

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from align._internal.arrays import UInts32
from align.dedup.options import Normalize
from align.text.tokens import EXTEND, IGNORE, SINGLE, TokenTable, token_table

_BLOCK = 128
_ACCENTS = range(0x300, 0x370)
# A word that a line's end has cut in two, with its hyphen; a small letter follows.
_HYPHEN = r"(\p{L})[-\x{2010}\x{AD}][ \t]*\r?\n[ \t]*(\p{Ll})"


@cache
def folded_table(steps: tuple[Normalize, ...]) -> TokenTable:
    """The table of tokens with these steps taken."""
    table = token_table()
    if not {"accents", "han"} & set(steps):
        return table
    codes = np.arange(len(table.blocks) * _BLOCK, dtype=np.int64)
    entries = table.entries[table.blocks[codes >> 7].astype(np.int64) * _BLOCK + (codes & 127)].copy()
    expansions = table.expansions.copy()
    if "accents" in steps:
        _leave_out_accents(entries, expansions)
    if "han" in steps:
        _simplify(codes, entries)
    return TokenTable(table.version, *_in_blocks(entries), expansions)


def without_hyphens(text: pa.Array) -> pa.Array:
    """The texts with words put together again that line ends had cut (extracted from PDF, as a rule)."""
    return pc.replace_substring_regex(text, _HYPHEN, r"\1\2")


def _leave_out_accents(entries: UInts32, expansions: UInts32) -> None:
    """Diacritical marks of Latin, Greek and Cyrillic letters count for nothing."""
    entries[_ACCENTS.start : _ACCENTS.stop] = IGNORE
    at = 0
    while at < len(expansions):
        length = int(expansions[at])
        parts = expansions[at + 1 : at + 1 + length]
        accent = ((parts & 7) == EXTEND) & (parts >> 11 >= _ACCENTS.start) & (parts >> 11 < _ACCENTS.stop)
        left = parts[~accent]
        expansions[at] = len(left)
        expansions[at + 1 : at + 1 + len(left)] = left
        at += 1 + length


def _simplify(codes: npt.NDArray[np.int64], entries: UInts32) -> None:
    """Traditional characters stand for simplified ones."""
    simple = np.arange(1 << 21, dtype=np.int64)
    for line in (files("align.text") / "han_variants.tsv").read_text(encoding="utf-8").splitlines():
        one, forms = line.split("\t")
        simple[[ord(form) for form in forms]] = ord(one)
    stands_for = (codes + (entries >> 11)) & 0x1FFFFF
    changed = np.flatnonzero(((entries & 7) == SINGLE) & (simple[stands_for] != stands_for))
    distance = (simple[stands_for[changed]] - codes[changed]) & 0x1FFFFF
    entries[changed] = (entries[changed] & 2047) | (distance << 11).astype(np.uint32)


def _in_blocks(entries: UInts32) -> tuple[npt.NDArray[np.uint16], UInts32]:
    """Entries as blocks, equal ones once, and the block of each 128 code points."""
    numbers: dict[bytes, int] = {}
    rows = [row.tobytes() for row in entries.reshape(-1, _BLOCK)]
    blocks = np.array([numbers.setdefault(row, len(numbers)) for row in rows], np.uint16)
    return blocks, np.frombuffer(b"".join(numbers), "<u4")

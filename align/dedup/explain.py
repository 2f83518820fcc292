"""Why two documents are or are not duplicates."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from align._internal.arrow import strings
from align.dedup.kernel import KERNEL
from align.dedup.lsh import band_keys, choose_banding
from align.dedup.normalization import folded_table, without_hyphens
from align.dedup.options import DedupOptions

_LONGEST = 20_000  # words of a document that are compared word by word


@dataclass(frozen=True, slots=True)
class Explanation:
    """Two documents compared: their shingles, what they share, and where their words differ."""

    first: str
    second: str
    shingles: tuple[int, int]  # distinct shingles of each
    shared: int
    bands: tuple[int, int]  # bands in which their keys agree, of how many
    identical: bool
    options: DedupOptions
    changes: tuple[tuple[str, str, str], ...]  # (operation, words of the first, words of the second)

    @property
    def similarity(self) -> float:
        """Exact Jaccard similarity of the shingles."""
        union = sum(self.shingles) - self.shared
        return self.shared / union if union else 0.0

    @property
    def containment(self) -> tuple[float, float]:
        """The share of each document's shingles that the other holds."""
        first, second = (self.shared / count if count else 0.0 for count in self.shingles)
        return first, second

    @property
    def verdict(self) -> str:
        """One sentence: duplicates or not, and by what."""
        if not all(self.shingles):
            return "not duplicates: a document without words is compared with nothing"
        if self.identical:
            return "duplicates: the texts are identical"
        threshold, contained = self.options.threshold, self.options.containment
        if self.similarity >= threshold:
            return f"duplicates: similarity {self.similarity:.6f} reaches the threshold {threshold:g}"
        if contained is not None and max(self.containment) >= contained:
            return f"duplicates: containment {max(self.containment):.6f} reaches {contained:g}"
        return f"not duplicates: similarity {self.similarity:.6f} is below the threshold {threshold:g}"

    def lines(self) -> Iterator[str]:
        """The explanation as text, line by line."""
        yield f"{self.first}  and  {self.second}"
        yield f"  {self.verdict}"
        yield f"  similarity   {self.similarity:.6f}"
        x, y = self.shingles
        yield f"  shingles     {x} and {y}, {self.shared} shared (runs of {self.options.ngram} tokens)"
        yield f"  containment  {self.containment[0]:.6f} of the first, {self.containment[1]:.6f} of the second"
        yield f"  bands        {self.bands[0]} of {self.bands[1]} agree: " + (
            "a candidate pair" if self.bands[0] else "no candidate pair"
        )
        if self.changes:
            yield "  differences (- only in the first, + only in the second)"
        for operation, before, after in self.changes:
            if operation == "same":
                yield f"      … {before} …" if before else "      …"
            if before and operation != "same":
                yield f"    - {before}"
            if after and operation != "same":
                yield f"    + {after}"


def explain(first: tuple[str, str], second: tuple[str, str], options: DedupOptions) -> Explanation:
    """Compares two documents, each (id, text)."""
    encoded = [text.encode("utf-8", "replace") for _, text in (first, second)]
    compared = encoded
    if "hyphens" in options.normalize:
        compared = [
            str(text).encode("utf-8", "replace") for text in without_hyphens(strings([first[1], second[1]]))
        ]
    offsets = np.cumsum([0, *map(len, compared)]).astype("<i8")
    hashes, counts, _, _, signatures = KERNEL.sketch(
        b"".join(compared), offsets, folded_table(options.normalize).buffers, options.ngram, options.slots
    )
    sizes = np.frombuffer(counts, "<i8").tolist()
    x, y = np.split(np.frombuffer(hashes, "<u8"), [sizes[0]])
    keys = band_keys(
        np.frombuffer(signatures, "<u4").reshape(2, -1), choose_banding(options.threshold, options.slots)
    )
    return Explanation(
        first[0],
        second[0],
        (sizes[0], sizes[1]),
        len(np.intersect1d(x, y, assume_unique=True)),
        (int((keys[0] == keys[1]).sum()) if all(sizes) else 0, keys.shape[1]),
        encoded[0] == encoded[1],
        options,
        tuple(differences(first[1], second[1])),
    )


def differences(first: str, second: str) -> Iterator[tuple[str, str, str]]:
    """What is not the same, word by word (Chinese and Japanese: character by character), with a little context."""
    from rapidfuzz.distance import Levenshtein

    x, y = _units(first), _units(second)
    if x == y:
        return
    for code in Levenshtein.opcodes(x, y):
        before, after = x[code.src_start : code.src_end], y[code.dest_start : code.dest_end]
        if code.tag == "equal":
            yield "same", _joined(before if len(before) < 9 else [*before[:3], "…", *before[-3:]]), ""
        else:
            yield code.tag, _joined(before), _joined(after)


def _units(text: str) -> list[str]:
    """Words and single characters as they stand, punctuation with them."""
    units: list[str] = []
    for word in text.split()[:_LONGEST]:
        held = ""
        for character in word:
            if (
                "\u2e80" <= character <= "\u9fff"
                or "\uac00" <= character <= "\ud7a3"
                or character >= "\U00020000"
            ):
                units += [held, character] if held else [character]
                held = ""
            else:
                held += character
        units += [held] if held else []
    return units


def _joined(units: list[str]) -> str:
    text = ""
    for unit in units:
        text += unit if not text or (len(unit) == 1 and unit >= "\u2e80") else " " + unit
    return text

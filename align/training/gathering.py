"""Which documents the weights are learned from: everything below a gold folder, and altered forms of it."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path

from align.alignment.model import Level
from align.evaluation.metrics import GoldDocument, find_gold, read_gold
from align.training.variants import (
    Material,
    Noise,
    apart,
    astray,
    excerpts,
    from_gold,
    joined,
    noisy,
    sentences_of,
)

_FOREIGN = 0.7  # of altered forms with passages from other documents, not from their own


def read_folder(root: Path) -> list[GoldDocument]:
    """The gold documents below a folder, but for those that are there for their length."""
    return [read_gold(path, root) for path in find_gold(root) if "/long/" not in path.as_posix()]


def collect(root: Path, level: Level) -> list[Material]:
    """Everything below a gold folder that teaches something about this level."""
    gold = read_folder(root)
    paragraphs = [from_gold(g) for g in gold if g.level == "paragraph"]
    known = [from_gold(g) for g in gold if g.level == "sentence"]
    verses = [part for m in known if "bible" in m.group for part in excerpts(m, 300, 1_100)]
    exact = [m for m in known if "bible" not in m.group]
    if level == "paragraph":
        exact, verses = ([joined(m, m.name) for m in side] for side in (exact, verses))
        known = [*paragraphs, *exact, *verses]
        return [*known, *_altered(exact, paragraphs, 8), *_altered(verses, paragraphs, 3),
                *_altered(paragraphs, paragraphs, 1), *_altered(paragraphs, paragraphs, 2, Noise()),
                *_apart(paragraphs, 4), *_apart(exact, 1)]  # fmt: skip
    loose = [sentences_of(m) for m in paragraphs]
    return [*exact, *loose, *verses, *_altered(exact, loose, 8), *_altered(verses, loose, 3),
            *_altered(loose, loose, 1), *_apart(exact, 1), *_apart([*loose, *verses], 8),
            *_astray(exact, 3), *_astray([*loose, *verses], 1)]  # fmt: skip


def _altered(
    materials: Sequence[Material], donors: Sequence[Material], forms: int, noise: Noise | None = None
) -> list[Material]:
    """Altered forms of each, as many kinds of text unless `noise` says how.

    Foreign passages come from the `donors` in the same language.
    """
    pools: dict[str, list[tuple[str, Sequence[str]]]] = defaultdict(list)
    for donor in donors:
        for language, units in zip(donor.languages, (donor.source, donor.target), strict=True):
            pools[language].append((donor.name.rpartition("/")[2], units))
    return [
        _form(material, pools, random.Random(f"{material.name} {form}"), noise)
        for material in materials
        for form in range(forms)
    ]


def _form(
    material: Material,
    pools: Mapping[str, list[tuple[str, Sequence[str]]]],
    chance: random.Random,
    noise: Noise | None,
) -> Material:
    """An altered form; the passages that are foreign to it are its own now and then, as hard to tell as can be."""
    own = material.name.rpartition("/")[2] if "paragraphs/" in material.name else ""
    sides: list[Sequence[str]] = [material.source[::-1], material.target[::-1]]
    if chance.random() < _FOREIGN:
        sides = [
            chance.choice([units for name, units in pools[language] if name != own] or [side])
            for language, side in zip(material.languages, sides, strict=True)
        ]
    return noisy(material, (sides[0], sides[1]), chance, noise or Noise.drawn(chance))


def _apart(materials: Sequence[Material], every: int) -> list[Material]:
    """Pairs of documents of the same two languages that have nothing to do with each other."""
    out = []
    for number, material in enumerate(materials[::every]):
        others = [m for m in materials if m.name != material.name and m.languages == material.languages]
        if others:
            out.append(apart(material, others[number % len(others)]))
    return out


def _astray(materials: Sequence[Material], times: int) -> list[Material]:
    """Passages of one document that do not answer each other; where a side is empty there is nothing to learn."""
    made = [astray(m, random.Random(f"{m.name} astray {k}")) for m in materials for k in range(times)]
    return [m for m in made if m.source and m.target]

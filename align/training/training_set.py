"""The documents that the weights are learned from: everything below a gold folder, and altered forms of it."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from align.document import Level
from align.evaluation.gold import GoldDocument, find_gold, read_gold
from align.training.variants import (
    Noise,
    TrainingDocument,
    excerpts,
    from_gold,
    joined,
    noisy,
    sentences_of,
    unrelated,
    unrelated_passages,
)

_FOREIGN = 0.7  # of altered forms with passages from other documents, not from their own


def read_gold_folder(root: Path) -> list[GoldDocument]:
    """The gold documents below a folder, but for those that are there for their length."""
    return [read_gold(path, root) for path in find_gold(root) if "/long/" not in path.as_posix()]


def collect_documents(root: Path, level: Level) -> list[TrainingDocument]:
    """Everything below a gold folder that teaches something about this level."""
    gold = read_gold_folder(root)
    paragraphs = [from_gold(g) for g in gold if g.level == "paragraph"]
    sentences = [from_gold(g) for g in gold if g.level == "sentence"]
    verses = [part for m in sentences if "bible" in m.group for part in excerpts(m, 300, 1_100)]
    exact = [m for m in sentences if "bible" not in m.group]
    if level == "paragraph":
        exact, verses = ([joined(m, m.name) for m in side] for side in (exact, verses))
        return [*paragraphs, *exact, *verses, *_altered(exact, paragraphs, 8), *_altered(verses, paragraphs, 3),
                *_altered(paragraphs, paragraphs, 1), *_altered(paragraphs, paragraphs, 2, Noise()),
                *_unrelated(paragraphs, 4), *_unrelated(exact, 1), *_foreign_to_each_other(paragraphs)]  # fmt: skip
    coarse = [sentences_of(m) for m in paragraphs]
    return [*exact, *coarse, *verses, *_altered(exact, coarse, 8), *_altered(verses, coarse, 3),
            *_altered(coarse, coarse, 1), *_unrelated(exact, 1), *_unrelated([*coarse, *verses], 8),
            *_unrelated_passages(exact, 3), *_unrelated_passages([*coarse, *verses], 1),
            *_foreign_to_each_other(coarse)]  # fmt: skip


def _altered(
    documents: Sequence[TrainingDocument],
    donors: Sequence[TrainingDocument],
    forms: int,
    noise: Noise | None = None,
) -> list[TrainingDocument]:
    """Altered forms of each, as many kinds of text unless `noise` says how.

    Foreign passages come from the `donors` in the same language.
    """
    pools: dict[str, list[tuple[str, Sequence[str]]]] = defaultdict(list)
    for donor in donors:
        for language, units in zip(donor.languages, (donor.source, donor.target), strict=True):
            pools[language].append((donor.name.rpartition("/")[2], units))
    return [
        _form(document, pools, random.Random(f"{document.name} {form}"), noise)
        for document in documents
        for form in range(forms)
    ]


def _form(
    document: TrainingDocument,
    pools: Mapping[str, list[tuple[str, Sequence[str]]]],
    rng: random.Random,
    noise: Noise | None,
) -> TrainingDocument:
    """An altered form; the passages that are foreign to it are its own now and then, as hard to tell as can be."""
    own = document.name.rpartition("/")[2] if "paragraphs/" in document.name else ""
    sides: list[Sequence[str]] = [document.source[::-1], document.target[::-1]]
    if rng.random() < _FOREIGN:
        sides = [
            rng.choice([units for name, units in pools[language] if name != own] or [side])
            for language, side in zip(document.languages, sides, strict=True)
        ]
    return noisy(document, (sides[0], sides[1]), rng, noise or Noise.drawn(rng))


def _unrelated(documents: Sequence[TrainingDocument], every: int) -> list[TrainingDocument]:
    """Pairs of documents of the same two languages that have nothing to do with each other."""
    out = []
    for number, document in enumerate(documents[::every]):
        others = [m for m in documents if m.name != document.name and m.languages == document.languages]
        if others:
            out.append(unrelated(document, others[number % len(others)]))
    return out


def _foreign_to_each_other(documents: Sequence[TrainingDocument]) -> list[TrainingDocument]:
    """The translations of two different documents in two languages: nothing answers anything there either."""
    out = []
    for number, document in enumerate(documents):
        other = documents[(number * 7 + 3) % len(documents)]
        last, own = other.name.rpartition("/")[2], document.name.rpartition("/")[2]
        languages = document.languages[1], other.languages[1]
        alike = last == own or languages[0] == languages[1] or set(document.source) & set(other.source)
        if not alike:
            folder, _, name = document.group.rpartition("/")
            kind = "".join(name.rpartition(".")[:2])
            group = f"{folder}/{kind}{languages[0]}-{languages[1]}"
            out.append(unrelated(replace(document, group=group, source=document.target), other, 60))
    return out


def _unrelated_passages(documents: Sequence[TrainingDocument], times: int) -> list[TrainingDocument]:
    """Passages of one document that do not answer each other; where a side is empty there is nothing to learn."""
    made = [
        unrelated_passages(m, random.Random(f"{m.name} astray {k}")) for m in documents for k in range(times)
    ]
    return [m for m in made if m.source and m.target]

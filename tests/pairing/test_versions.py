"""Two versions of one article in one language, and one translation: which is paired, and what is said of the other."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

import align
from align.pairing.assemble import _EQUAL, _probable, _warning, candidate_of
from align.pairing.grouping import Edge, Judgement
from align.pairing.scoring import Rival


@dataclass
class Compared:
    """What `assemble` asks of a comparison: document 0 is Chinese, 1 and 2 are English; probabilities and coverages."""

    probability: dict[Edge, float]
    mean: dict[Edge, float]
    words: dict[Edge, float] = field(default_factory=dict)
    siblings: bool = False
    profiles: list[Any] = field(
        default_factory=lambda: [
            SimpleNamespace(
                id=id, variant=language, language=language, tag=language, texts_within=lambda _: []
            )
            for id, language in (("z", "zh"), ("a", "en"), ("b", "en"))
        ]
    )

    @property
    def edges(self) -> list[Edge]:
        return sorted(self.probability, key=lambda edge: (-self.probability[edge], edge))

    def judge(self, a: int, b: int) -> Judgement:
        p = self.probability[min(a, b), max(a, b)]
        return Judgement(math.log(p / (1 - p)), ((0.0, 1.0), (0.0, 1.0)))

    def quick(self, a: int, b: int) -> Any:
        return SimpleNamespace(mean=self.mean[a, b], spans=((0.0, 1.0), (0.0, 1.0)))

    def verification(self, a: int, b: int) -> Any:
        edge = (min(a, b), max(a, b))
        return SimpleNamespace(word_coverage=self.words[edge]) if edge in self.words else None

    def has_shown(self, a: int, b: int) -> bool:
        return self.siblings


@pytest.mark.parametrize(
    ("mean", "words", "siblings", "first"),
    [
        ((0.50, 0.58), None, False, (0, 2)),
        ((0.50, 0.50 + _EQUAL / 2), None, False, (0, 1)),
        ((0.50, 0.58), (0.6, 0.5), False, (0, 2)),
        ((0.50, 0.58), (0.6, 0.2), False, (0, 1)),  # its sentences speak against it
        ((0.50, 0.58), None, True, (0, 1)),  # pages of a template: what tells them apart decides
    ],
)
def test_the_version_that_is_covered_better_goes_first(
    mean: tuple[float, float], words: tuple[float, float] | None, siblings: bool, first: Edge
) -> None:
    edges = (0, 1), (0, 2)
    compared: Any = Compared(
        dict(zip(edges, (0.9999, 0.8), strict=True)),
        dict(zip(edges, mean, strict=True)),
        dict(zip(edges, words, strict=True)) if words else {},
        siblings,
    )
    assert _probable(compared, 0.5)[0] == first
    assert sorted(_probable(compared, 0.5)) == list(edges)


def test_a_negative_margin_is_said() -> None:
    edges = (0, 1), (0, 2)
    compared: Any = Compared(
        dict.fromkeys(edges, 0.9), {(0, 1): 0.50, (0, 2): 0.51}, {(0, 1): 0.6, (0, 2): 0.2}
    )
    assert _warning(compared, (0, 1), Rival(0.51, 2), -0.01, set()) == (
        "b fits better on the whole (-0.01); probably versions of one article"
    )
    assert _warning(compared, (0, 1), Rival(0.40, 2), 0.10, set()) == ""


def test_versions_of_one_article_are_told(seeds: Path) -> None:
    english = [
        line for line in (seeds / "000_c526307fd2420ecf.txt").read_text("utf-8").split("\n") if line.strip()
    ]
    edited = [" ".join(word for i, word in enumerate(line.split()) if i % 9) for line in english]
    shorter = [line for i, line in enumerate(english) if i % 10 < 7]
    chinese = (seeds / "001_d945e63c1141dd87.txt").read_text("utf-8")
    rows = [("long.txt", "\n".join(edited)), ("short.txt", "\n".join(shorter)), ("zh.txt", chinese)]
    assert align.find_duplicates(rows).pairs == ()
    found = align.find_pairs(rows)
    (pair,) = found.pairs
    assert (pair.source, pair.target) == ("long.txt", "zh.txt")
    assert pair.warning.endswith("probably versions of one article")
    assert found.unpaired["short.txt"].endswith("probably versions of one article")
    assert candidate_of(found.unpaired["short.txt"]) == ("zh.txt", None)

"""Learning the weights of the pairing, in cross-validation over articles: what `scripts/train_pairs` runs.

First the quick decision is learned, then, from the verification of what it leaves open, the final one. No article is
judged by weights learned from it (but the aligner behind the verification has learned from the same gold sets).
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import get_args
from zlib import crc32

import numpy as np

from align._internal.arrays import Floats
from align._internal.logistic import fit_logistic, logistic
from align.encoders import get_encoder
from align.pairing.blocks import document_frequencies
from align.pairing.candidates import candidate_pairs
from align.pairing.classifier import EVIDENCE_FEATURES, QUICK_FEATURES, VERIFICATION_FEATURES, Kind, Weights
from align.pairing.grouping import Edge
from align.pairing.options import PairOptions
from align.pairing.profiles import Profile, encode, make_profiles
from align.pairing.scoring import Comparison
from align.pairing.verify import Verification, verify_pairs
from align.training.pair_batches import PairBatch, crowded, disturbed, framed_batch, gold_batch, pieces_batch

_FOLDS = 8
_NEIGHBOURS = 16
_SHARES = (0.15, 0.3, 0.5, 0.7)  # of the documents that are in a batch with missing partners
_NOTHING = Weights(
    (0.0,) * len(QUICK_FEATURES), (0.0,) * len(VERIFICATION_FEATURES), (0.0,) * len(EVIDENCE_FEATURES), ""
)
_NOT_LEARNED: dict[Kind, Weights] = dict.fromkeys(get_args(Kind), _NOTHING)
_PENALTY, _FREE = 1.0, 1e-6  # on standardised coefficients, and on the intercept

_Verifications = dict[tuple[str, str], Verification]


@dataclass(frozen=True, slots=True)
class LearnedPairs:
    """The weights by the names of their features, and the figures of the cross-validation as Markdown."""

    quick: dict[str, float]
    verified: dict[str, float]
    report: str


def learn_pairs(folder: Path) -> LearnedPairs:
    """Learns from the gold sets in a folder: ``pairs/``, ``near-duplicates/`` and ``sentences/``."""
    subsets = [s for batch in _batches(folder) for s in make_subsets(*batch)]
    rows = quick_rows(subsets)
    names, labels = np.array([row.name for row in rows]), np.array([row.label for row in rows])
    quick, logits = learn_weights(rows)
    text = [
        "# The pairing in cross-validation over articles (scripts/train_pairs)",
        "## The quick comparison alone",
        figures_table(names, labels, logistic(logits)),
    ]
    for subset in subsets:
        verify_subset(subset, dict.fromkeys(get_args(Kind), replace(_NOTHING, quick=tuple(quick))))
    places, verified_rows = verification_rows(subsets, logits)
    verified, logits[places] = learn_weights(verified_rows)
    text.append(f"## With verification of {len(places)} of {len(rows)} pairs")
    text.append(figures_table(names, labels, logistic(logits)))
    return LearnedPairs(
        _named(QUICK_FEATURES, quick), _named(VERIFICATION_FEATURES, verified), "\n\n".join(text)
    )


def _named(names: Sequence[str], values: Floats) -> dict[str, float]:
    return {name: round(float(value), 4) for name, value in zip(names, values, strict=True)}


def _batches(folder: Path) -> Iterator[tuple[PairBatch, random.Random]]:
    """The batches, one after the other, each with the source of randomness that all share."""
    rng = random.Random(1)
    whole = gold_batch(folder)
    texts = sorted(path for path in (folder / "sentences").iterdir() if path.is_dir())
    makers: list[Callable[[], PairBatch]] = [lambda: whole]
    makers += [lambda k=k: disturbed(whole, f"pairs, disturbed {k}", rng) for k in (1, 2, 3)]  # type: ignore[misc]
    makers += [lambda: crowded(whole, folder, rng)] * 2
    makers += [lambda p=p: pieces_batch(p, rng) for p in texts]  # type: ignore[misc]
    makers += [lambda p=p: framed_batch(p, rng) for p in texts]  # type: ignore[misc]
    for make in makers:
        yield make(), rng


@dataclass(slots=True)
class Subset:
    """A batch, or the part of one that is left where partners are missing, and the comparison of its documents."""

    name: str
    weight: float
    batch: PairBatch
    comparison: Comparison
    candidates: list[Edge]
    verifications: _Verifications  # shared by the subsets of a batch

    def ids(self, edge: Edge) -> tuple[str, str]:
        """The ids of a pair."""
        a, b = (self.comparison.profiles[i].id for i in edge)
        return a, b

    def article(self, edge: Edge) -> str:
        """The article that a pair counts for."""
        return min(self.batch.article[id] for id in self.ids(edge))

    def labelled(self) -> Iterator[tuple[Edge, int]]:
        """The candidates of which it is known whether they are translations."""
        for edge in self.candidates:
            if (label := self.batch.label(*self.ids(edge))) is not None:
                yield edge, label


def make_subsets(batch: PairBatch, rng: random.Random) -> Iterator[Subset]:
    """The whole batch, and parts of it where many partners are missing."""
    profiles = list(make_profiles(batch.documents, document_frequencies(batch.documents)))
    encode(profiles, get_encoder("use"), lambda done: None)
    verifications: _Verifications = {}
    yield _subset(batch, profiles, batch.name, 1.0, verifications)
    for _ in range(6):
        share = rng.choice(_SHARES)
        if part := [profile for profile in profiles if rng.random() < share]:
            yield _subset(batch, part, f"{batch.name}, partners missing", 0.4, verifications)


def _subset(
    batch: PairBatch, profiles: Sequence[Profile], name: str, weight: float, verifications: _Verifications
) -> Subset:
    comparison = Comparison(profiles, PairOptions(encoder="use", names=False), _NOT_LEARNED)
    candidates = sorted(candidate_pairs(profiles, _NEIGHBOURS))
    comparison.compare(candidates, lambda done: None)
    return Subset(name, weight, batch, comparison, candidates, verifications)


def verify_subset(subset: Subset, weights: dict[Kind, Weights]) -> None:
    """Verifies what these weights leave open."""
    comparison, known = subset.comparison, subset.verifications
    comparison.weights = weights
    edges = comparison.to_verify()
    new = [edge for edge in edges if subset.ids(edge) not in known]
    for edge, found in verify_pairs(new, comparison.profiles, get_encoder("use"), lambda done: None):
        known[subset.ids(edge)] = found
    for edge in edges:
        if subset.ids(edge) in known:  # very long documents are passed over
            comparison.add_verification(edge, known[subset.ids(edge)])


@dataclass(frozen=True, slots=True, eq=False)
class PairExample:
    """A pair to learn from: the subset it is from, its article, 1 for a translation, how much it counts."""

    name: str
    article: str
    label: int
    weight: float
    features: Floats


def quick_rows(subsets: Sequence[Subset]) -> list[PairExample]:
    """All labelled candidates with the features of the quick decision."""
    return [
        PairExample(s.name, s.article(edge), label, s.weight, s.comparison.quick_features(*edge))
        for s in subsets
        for edge, label in s.labelled()
    ]


def verification_rows(subsets: Sequence[Subset], logits: Floats) -> tuple[list[int], list[PairExample]]:
    """Which of the quick rows were verified, and their rows; `logits` are those of the quick decision."""
    places, rows = [], []
    edges = [(s, edge, label) for s in subsets for edge, label in s.labelled()]
    for place, (s, edge, label) in enumerate(edges):
        if s.comparison.verification(*edge):
            features = s.comparison.verification_features(*edge, float(logits[place]))
            places.append(place)
            rows.append(PairExample(s.name, s.article(edge), label, s.weight, features))
    return places, rows


def learn_weights(rows: Sequence[PairExample]) -> tuple[Floats, Floats]:
    """Weights from all rows, and the log-odds of each row by weights that were not learned from its article."""
    labels, weight = (np.array([getattr(row, name) for row in rows]) for name in ("label", "weight"))
    x = np.array([row.features for row in rows])
    fold = np.array([crc32(_group(row.article).encode()) % _FOLDS for row in rows])
    logits = np.zeros(len(labels))
    for k in range(_FOLDS):
        held = fold == k
        if held.any():
            logits[held] = x[held] @ _fit(x[~held], labels[~held], weight[~held])
    return _fit(x, labels, weight), logits


def _group(article: str) -> str:
    """What must not be parted by cross-validation: an article, or the passage of a book that a piece is from."""
    return article.rpartition("/")[0] if "/" in article else article


def _fit(x: Floats, y: Floats, weight: Floats) -> Floats:
    """Logistic regression on standardised features, the first of which is the intercept."""
    middle, spread = x.mean(0), x.std(0) + 1e-9
    middle[0], spread[0] = 0.0, 1.0
    penalty = np.array([_FREE, *[_PENALTY] * (x.shape[1] - 1)])
    found = fit_logistic((x - middle) / spread, y, penalty=penalty, weight=weight)
    out: Floats = found / spread
    out[0] = found[0] - (found[1:] * middle[1:] / spread[1:]).sum()
    return out


def figures_table(names: np.ndarray, y: np.ndarray, p: Floats) -> str:
    """Precision and recall at 0.5 for each kind of batch, and how far the probabilities are to be believed."""
    lines = ["| batch | true | compared | P | R | log loss |", "|---|---|---|---|---|---|"]
    for name in dict.fromkeys(names):
        own, label = p[names == name], y[names == name]
        hit = ((own >= 0.5) & (label == 1)).sum()
        precision, recall = hit / max(1, (own >= 0.5).sum()), hit / max(1, label.sum())
        loss = -np.log(np.clip(np.where(label == 1, own, 1 - own), 1e-12, 1)).mean()
        lines.append(f"| {name} | {label.sum()} | {len(own)} | {precision:.3f} | {recall:.3f} | {loss:.4f} |")
    lines += ["", "| probability | pairs | said | true |", "|---|---|---|---|"]
    error = 0.0
    for low in np.arange(0, 1, 0.1):
        inside = (p >= low) & ((p < low + 0.1) | (low > 0.85))
        if inside.any():
            said, was = p[inside].mean(), y[inside].mean()
            error += abs(said - was) * inside.sum() / len(p)
            lines.append(f"| {low:.1f}-{low + 0.1:.1f} | {inside.sum()} | {said:.3f} | {was:.3f} |")
    lines.append(f"\nExpected calibration error {error:.4f}, Brier score {np.mean((p - y) ** 2):.4f}.")
    return "\n".join(lines)

"""Learning the weights of pairs in any language, and of what speaks for a pair besides its alignment.

From the sets that `scripts/make_manual_pairs` makes. All stages are learned for the encoder of many languages and for
languages that an encoder does not know (those of `use` without it); for `use` the last stage alone, since the others
are learned by `align.training.pairs`. In cross-validation over articles; hold whole languages out by other sets.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import numpy as np

from align._internal.arrays import Floats
from align._internal.logistic import logistic
from align.encoders import get_encoder
from align.pairing.blocks import document_frequencies
from align.pairing.candidates import candidate_pairs
from align.pairing.classifier import (
    EVIDENCE_FEATURES,
    QUICK_FEATURES,
    STAGES,
    VERIFICATION_FEATURES,
    Kind,
    Weights,
    default_weights,
)
from align.pairing.grouping import Edge
from align.pairing.options import PairOptions
from align.pairing.profiles import Profile, encode, make_profiles
from align.pairing.scoring import Comparison
from align.pairing.verify import Verification, verify_pairs
from align.pairing.views import make_sketches, other_encoders, view_candidates
from align.training.pair_batches import PairBatch, disturbed, gold_batch, manual_batch
from align.training.pairs import PairExample, Subset, figures_table, learn_weights

_NEIGHBOURS = 16
_SHARES = (0.3, 0.5, 0.7)  # of the documents that are in a batch with missing partners
_PARTS = 5  # such batches of each set
_NAMES = dict(zip(STAGES, (QUICK_FEATURES, VERIFICATION_FEATURES, EVIDENCE_FEATURES), strict=True))
_LEARNED: dict[str, tuple[tuple[Kind, tuple[str, ...]], ...]] = {
    "auto": (("e5", STAGES), ("use", STAGES[2:])),
    "use": (("unknown", STAGES),),
}
"""By the encoder of a run: the sets of weights that are learned from it, and their stages."""

Learned = dict[Kind, dict[str, dict[str, float]]]


def learn_languages(folders: Sequence[Path], gold: Path | None) -> tuple[Learned, str]:
    """The weights by set, stage and feature, and the figures of the cross-validation as Markdown."""
    learned: Learned = {}
    text = ["# Pairs in any language in cross-validation over articles (scripts/train_pairs --manuals)"]
    for encoder, kinds in _LEARNED.items():
        rng = random.Random(1)
        subsets = [s for batch in _batches(folders, gold, rng) for s in _subsets(batch, encoder, rng)]
        for stage in STAGES:
            _advance(subsets, encoder, stage)
            for kind, stages in kinds:
                if stage in stages:
                    rows = _rows(subsets, kind, stage)
                    values, logits = learn_supporting(rows) if stage == "evidence" else learn_weights(rows)
                    learned.setdefault(kind, {})[stage] = _named(stage, values)
                    _use(subsets, kind, stage, values)
                    text += [f"## {kind}: {stage}", _table(rows, logits)]
    return learned, "\n\n".join(text)


def learn_supporting(rows: Sequence[PairExample]) -> tuple[Floats, Floats]:
    """As `learn_weights`, where no evidence may speak against a pair: what would is left out, and its weight is 0.

    A negative weight says how the pieces of evidence hang together on these pages, which on others they may not.
    """
    kept = np.arange(len(rows[0].features))
    while True:
        values, logits = learn_weights([replace(row, features=row.features[kept]) for row in rows])
        against = (values < 0) & (kept > 0)  # the intercept is free
        if not against.any():
            out = np.zeros(len(rows[0].features))
            out[kept] = values
            return out, logits
        kept = np.delete(kept, np.argmin(np.where(against, values * _spreads(rows)[kept], 0)))


def _spreads(rows: Sequence[PairExample]) -> Floats:
    spreads: Floats = np.array([row.features for row in rows]).std(0)
    return spreads


def _named(stage: str, values: Floats) -> dict[str, float]:
    return {name: round(float(value), 4) for name, value in zip(_NAMES[stage], values, strict=True)}


def _table(rows: Sequence[PairExample], logits: Floats) -> str:
    names, labels = np.array([row.name for row in rows]), np.array([row.label for row in rows])
    return figures_table(names, labels, logistic(logits))


def _batches(folders: Sequence[Path], gold: Path | None, rng: random.Random) -> Iterator[PairBatch]:
    for folder in folders:
        batch = manual_batch(folder)
        yield batch
        yield disturbed(batch, f"{batch.name}, disturbed", rng)
    if gold:
        yield gold_batch(gold)


def _subsets(batch: PairBatch, encoder: str, rng: random.Random) -> Iterator[Subset]:
    """The whole batch, and parts of it where many partners are missing, compared and not yet judged."""
    documents = sorted(batch.documents, key=lambda document: document.id)
    profiles = list(make_profiles(documents, document_frequencies(documents)))
    encode(profiles, get_encoder("use"), lambda done: None)
    known: dict[tuple[str, str], Verification] = {}
    yield _subset(batch, profiles, encoder, batch.name, 1.0, known)
    for _ in range(_PARTS):
        share = rng.choice(_SHARES)
        if part := [profile for profile in profiles if rng.random() < share]:
            yield _subset(batch, part, encoder, f"{batch.name}, partners missing", 1.0, known)


def _subset(
    batch: PairBatch,
    profiles: Sequence[Profile],
    encoder: str,
    name: str,
    weight: float,
    known: dict[tuple[str, str], Verification],
) -> Subset:
    others = other_encoders(get_encoder(encoder), (profile.language for profile in profiles))
    sketched = make_sketches(profiles, others, _silent)
    candidates = sorted(candidate_pairs(profiles, _NEIGHBOURS, sketches=sketched))
    view_candidates(profiles, candidates, others, _silent)
    comparison = Comparison(profiles, PairOptions(encoder=encoder, names=False), dict(default_weights()))
    comparison.compare(candidates, lambda done: None)
    return Subset(name, weight, batch, comparison, candidates, known)


def _silent(step: str, done: int, total: int) -> None:
    """Nobody watches the progress."""


def _advance(subsets: Sequence[Subset], encoder: str, stage: str) -> None:
    """Makes what the stage decides by, as far as the weights of the stages before leave pairs open."""
    for subset in subsets:
        if stage == "verified":
            _verify(subset, encoder)
        elif stage == "evidence":
            subset.comparison.weigh()


def _verify(subset: Subset, encoder: str) -> None:
    comparison, known = subset.comparison, subset.verifications
    edges = comparison.to_verify()
    new = [edge for edge in edges if subset.ids(edge) not in known]
    for edge, found in verify_pairs(new, comparison.profiles, get_encoder(encoder), lambda done: None):
        known[subset.ids(edge)] = found
    for edge in edges:
        if subset.ids(edge) in known:
            comparison.add_verification(edge, known[subset.ids(edge)])


def _use(subsets: Sequence[Subset], kind: Kind, stage: str, values: Floats) -> None:
    """Lets the comparisons judge by what was learned."""
    for subset in subsets:
        weights = cast(dict[Kind, Weights], subset.comparison.weights)
        changed: dict[str, Any] = {stage: tuple(values)}
        weights[kind] = replace(weights[kind], **changed)
        subset.comparison.forget()


def _rows(subsets: Sequence[Subset], kind: Kind, stage: str) -> list[PairExample]:
    """The labelled pairs that this set of weights decides on in this stage."""
    return [
        PairExample(s.name, s.article(edge), label, s.weight, features)
        for s in subsets
        for edge, label in s.labelled()
        if s.comparison.kind(*edge) == kind and (features := _features(s.comparison, edge, stage)) is not None
    ]


def _features(comparison: Comparison, edge: Edge, stage: str) -> Floats | None:
    """What the stage decides by, None where it does not decide on this pair."""
    if stage == "quick":
        return comparison.quick_features(*edge)
    weights: Mapping[Kind, Weights] = comparison.weights
    own = weights[comparison.kind(*edge)]
    logit = float(comparison.quick_features(*edge) @ own.quick)
    if comparison.verification(*edge):
        features = comparison.verification_features(*edge, logit)
        if stage == "verified":
            return features
        logit = float(features @ own.verified)
    if stage == "verified" or not comparison.has_shown(*edge):
        return None
    return comparison.evidence_features(*edge, logit)

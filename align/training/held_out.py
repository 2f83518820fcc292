"""Scores on kinds of text that the weights never saw: one kind after the other is left out of all learning."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from align.document import Level
from align.evaluation.metrics import BeadIndices, Reliability, Scores, reliability, score_beads
from align.training.crf import fit_scorer
from align.training.learning import (
    Keys,
    LearningOptions,
    Prediction,
    Prepared,
    balanced,
    build_cases,
    learn_basic,
    learn_calibrator,
    predict,
    score_case,
)
from align.training.training_set import read_gold_folder
from align.training.variants import Noise, TrainingDocument, excerpts, from_gold, noisy, stretch_bead

_MISSING = Noise(drop=0.06, burst=0.04, insert=0.03, split=0.0, join_inside=0.0, join_across=0.0)


@dataclass(frozen=True, slots=True)
class HeldOutDocument:
    """A document to judge by; `name` says what it is one of."""

    name: str
    document: TrainingDocument


def held_out_documents(
    root: Path, documents: Sequence[TrainingDocument], level: Level
) -> list[HeldOutDocument]:
    """The gold as it is and with a quarter of it missing on one side; for sentences verses and paragraphs, too."""
    gold = [m for m in documents if m.kind == "gold"]
    found = [HeldOutDocument(m.text, m) for m in gold]
    for m in gold:
        foreign = [_foreign(documents, m, language) for language in m.languages]
        made = noisy(m, (foreign[0], foreign[1]), random.Random(m.name), _MISSING)
        found.append(HeldOutDocument(f"{m.text}, a quarter missing", _judged(made)))
    if level == "sentence":
        documents = [from_gold(g) for g in read_gold_folder(root)]
        verses = [
            part for m in documents if "bible" in m.group for part in excerpts(m, 200, 1_000, coarse=False)
        ]
        found += [HeldOutDocument(f"{m.text}, by verse", _judged(m)) for m in verses]
        found += [HeldOutDocument("paragraphs as units", m) for m in documents if m.text == "paragraphs"]
    return found


def _foreign(
    documents: Sequence[TrainingDocument], document: TrainingDocument, language: str
) -> Sequence[str]:
    """Units of another kind of text in a language, of the document's own where there is none."""
    for other in documents:
        if other.text != document.text and language in other.languages and other.kind in ("gold", "coarse"):
            return other.source if language == other.languages[0] else other.target
    own = document.source if language == document.languages[0] else document.target
    return own[::-1]


def _judged(document: TrainingDocument) -> TrainingDocument:
    """A document with its answer as beads; what is known only roughly counts as one bead."""
    return replace(document, beads=frozenset(map(stretch_bead, document.stretches)))


def leave_out(
    learned: Sequence[Prepared],
    judged: Sequence[tuple[str, Prepared]],
    folds: Sequence[frozenset[str]],
    keys: Keys,
    options: LearningOptions,
) -> dict[str, list[Prediction]]:
    """The predictions for what is judged, by name, of weights that never saw a document with any key of its fold.

    The cheap pass is learned anew for each fold, too. What lies in no fold as a whole is not judged.
    """
    found: dict[str, list[Prediction]] = defaultdict(list)
    for fold in folds:
        rest = [p for p in learned if not keys(p.document) & fold]
        mine = [(name, p) for name, p in judged if keys(p.document) and keys(p.document) <= fold]
        if not mine or not rest:
            continue
        cheap = learn_basic(rest, options)
        cases = build_cases(rest, options, cheap)
        examples = balanced(cases, options.config.balance)
        scorer = fit_scorer(examples, options.features.rich, options.config)
        there = build_cases([p for _, p in mine], options, cheap)
        for (name, _), case in zip(mine, there, strict=True):
            found[name].append(predict(case, score_case(case, scorer)))
    return dict(found)


def text_folds(documents: Iterable[TrainingDocument]) -> list[frozenset[str]]:
    """One fold for each kind of text."""
    return [frozenset([text]) for text in sorted({m.text for m in documents})]


def foreign_languages(document: TrainingDocument) -> frozenset[str]:
    """The languages of a document but English, which nearly all documents share."""
    return frozenset(document.languages) - {"en"}


def folds_of(documents: Iterable[TrainingDocument], keys: Keys, count: int) -> list[frozenset[str]]:
    """All keys of the gold documents in up to `count` folds; keys that meet in a document share one."""
    groups: list[set[str]] = []
    for some in sorted({keys(m) for m in documents if m.kind == "gold"}, key=sorted):
        touched = [group for group in groups if group & some]
        groups = [group for group in groups if not group & some]
        groups.append(set(some).union(*touched))
    folds: list[set[str]] = [set() for _ in range(count)]
    for group in sorted(groups, key=lambda group: (-len(group), sorted(group))):
        min(folds, key=len).update(group)
    return [frozenset(fold) for fold in folds if fold]


@dataclass(frozen=True, slots=True)
class KindScores:
    """How the weights did on a kind of text.

    Attributes:
        missing, found_missing: share of the units without an answer, in the gold and as found.
    """

    scores: Scores
    reliability: Reliability
    missing: float
    found_missing: float


def scores_by_kind(found: dict[str, list[Prediction]]) -> dict[str, KindScores]:
    """Scores of each kind; confidences come from a calibrator learned on the other kinds of text."""
    everything = [o for predictions in found.values() for o in predictions]
    return {name: _scores(predictions, everything) for name, predictions in found.items()}


def _scores(found: Sequence[Prediction], everything: Sequence[Prediction]) -> KindScores:
    text = found[0].document.text
    fitted = learn_calibrator([o for o in everything if o.document.text != text])
    pairs: list[tuple[float, bool]] = []
    total = Scores()
    for o in found:
        total += score_beads(set(o.document.beads), set(o.beads))
        pairs += zip(fitted.confidence(o.posterior, o.m, o.n).tolist(), (o.right > 0).tolist(), strict=True)
    units = sum(len(o.document.source) + len(o.document.target) for o in found)
    gold = sum(_gaps(o.document.beads) for o in found) / units
    return KindScores(total, reliability(pairs), gold, sum(_gaps(o.beads) for o in found) / units)


def _gaps(beads: Iterable[BeadIndices]) -> int:
    return sum(not (source and target) for source, target in beads)

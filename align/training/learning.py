"""Learning the weights of one level, and judging them by documents that were held out."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from align._internal.arrays import Floats, Ints
from align.alignment.aligner import text_pair
from align.alignment.candidates import Corridor, candidates
from align.alignment.confidence import Calibrator
from align.alignment.features.basic import BASIC, basic
from align.alignment.features.distances import Pair
from align.alignment.features.rich import names_of, uses_signs
from align.alignment.model import Model, Scorer
from align.alignment.search import Survivors, best_expected, by_unit, survivors
from align.alignment.windows import whole
from align.document import Level
from align.encoders.base import Encoder
from align.encoders.lexicon import get_lexicon
from align.evaluation.metrics import BeadIndices, Reliability, Scores, reliability, score_beads
from align.training.calibrator import fit_calibrator
from align.training.crf import Example, TrainConfig, allowed, fit_scorer
from align.training.variants import TrainingDocument

MAX_SIZE: dict[Level, int] = {"paragraph": 5, "sentence": 6}
_WEIGHT = {"gold": 2.0, "noise": 0.4, "coarse": 0.4, "unrelated": 0.4}

EncoderOf = Callable[[TrainingDocument], Encoder]
Keys = Callable[
    [TrainingDocument], frozenset[str]
]  # what a document has; who shares any of it is left out together


@dataclass(frozen=True, slots=True, eq=False)
class Case:
    """A document with the candidates that survived the cheap pass."""

    document: TrainingDocument
    survivors: Survivors
    example: Example


@dataclass(frozen=True, slots=True, eq=False)
class Prepared:
    """A document encoded, with the corridor that its candidates lie in."""

    document: TrainingDocument
    pair: Pair
    corridor: Corridor


@dataclass(frozen=True, slots=True)
class FeatureSet:
    """Which features weights are learned for, by name: of the cheap pass, and of its survivors."""

    basic: tuple[str, ...] = BASIC
    rich: tuple[str, ...] = names_of(("vectors", "words", "surface", "surroundings"))

    @property
    def by_signs(self) -> bool:
        """As `Model.by_signs`."""
        return uses_signs((*self.basic, *self.rich))


@dataclass(frozen=True, slots=True)
class LearningOptions:
    """What is learned, and how.

    Attributes:
        level: of the units.
        config: how the weights of the rich pass are fitted.
        features: which the weights are for.
    """

    level: Level
    config: TrainConfig
    features: FeatureSet = FeatureSet()

    @property
    def max_size(self) -> int:
        """Most units on one side of a bead."""
        return MAX_SIZE[self.level]


def prepare_documents(
    documents: Iterable[TrainingDocument], options: LearningOptions, encoder_of: EncoderOf
) -> list[Prepared]:
    """Everything about the documents that is known before anything is learned."""
    by_signs = options.features.by_signs
    return [
        Prepared(m, *whole(text_pair(
            m.source, m.target, encoder_of(m), options.max_size, languages=m.languages, by_signs=by_signs
        )))
        for m in documents
    ]  # fmt: skip


def learn_basic(prepared: Iterable[Prepared], options: LearningOptions) -> Scorer:
    """The weights of the cheap pass, from the gold and every third of the altered forms."""
    names = options.features.basic
    examples = []
    altered = 0
    for p in prepared:
        if p.document.kind == "noise":
            altered += 1
            if altered % 3:
                continue
        found = candidates(p.pair.source, p.pair.target, p.corridor, options.max_size)
        ok = allowed(found.lattice, p.document.stretches)
        columns = basic(p.pair, found.candidates, names)
        examples.append(Example(found.lattice, columns, ok, _weight(p.document)))
    return fit_scorer(examples, names, TrainConfig(epochs=6, rate=0.1))


def build_cases(prepared: Iterable[Prepared], options: LearningOptions, cheap: Scorer) -> list[Case]:
    """The survivors of the cheap pass, with their features, for each document."""
    size, names = options.max_size, options.features.rich
    model = Model(options.level, size, cheap, cheap, Calibrator(), {})
    lexicon = get_lexicon()
    cases = []
    for p in prepared:
        found = survivors(p.pair, p.corridor, model, size, lexicon, names=names)
        found = replace(found, features=found.features.astype(np.float32))  # all of them are held at once
        ok = allowed(found.lattice, p.document.stretches)
        example = Example(found.lattice, found.features, ok, _weight(p.document))
        cases.append(Case(p.document, found, example))
    return cases


def _weight(document: TrainingDocument) -> float:
    return _WEIGHT[document.kind] / math.sqrt(100 * max(len(document.stretches), 1))


def balanced(cases: Sequence[Case], power: float) -> list[Example]:
    """What to learn from; a kind of text counts less the more there is of it, as `TrainConfig.balance` says."""
    total: dict[str, float] = defaultdict(float)
    for case in cases:
        total[case.document.text] += case.example.weight
    mean = sum(total.values()) / max(len(total), 1)
    return [
        replace(case.example, weight=case.example.weight * (mean / total[case.document.text]) ** power)
        for case in cases
    ]


def cross_validate(
    cases: Sequence[Case], folds: Sequence[frozenset[str]], keys: Keys, config: TrainConfig
) -> dict[int, Floats]:
    """Scores of the candidates of every gold document, by the case's number.

    They come from weights that never saw any form of a document with a key of the same fold. The cheap pass is
    everyone's: `held_out.leave_out` learns it anew, too.
    """
    scores: dict[int, Floats] = {}
    for fold in folds:
        rest = balanced([case for case in cases if not keys(case.document) & fold], config.balance)
        scorer = fit_scorer(rest, cases[0].survivors.names, config)
        for k, case in enumerate(cases):
            if case.document.kind == "gold" and keys(case.document) <= fold:
                scores[k] = score_case(case, scorer)
    return scores


def score_case(case: Case, scorer: Scorer) -> Floats:
    """Scores of the candidates of one case."""
    c = case.survivors.candidates
    return scorer.score(case.survivors.features, c.m, c.n)


@dataclass(frozen=True, slots=True, eq=False)
class Prediction:
    """The beads chosen for one case, their posteriors, and which of them are right."""

    document: TrainingDocument
    beads: list[BeadIndices]
    posterior: Floats
    m: Ints
    n: Ints
    right: Floats


def predictions(cases: Sequence[Case], scores: dict[int, Floats]) -> list[Prediction]:
    """What the scores lead to, case by case."""
    return [predict(cases[k], value) for k, value in sorted(scores.items())]


def predict(case: Case, value: Floats) -> Prediction:
    """The path that the scores of the candidates lead to."""
    lattice = case.survivors.lattice
    edge, _ = lattice.marginals(value)
    posterior = by_unit(lattice, edge)
    path = best_expected(lattice, edge, posterior)
    i, j, m, n = (column[path] for column in (lattice.i, lattice.j, lattice.m, lattice.n))
    rows = zip(i.tolist(), j.tolist(), m.tolist(), n.tolist(), strict=True)
    beads = [(tuple(range(a, a + b)), tuple(range(c, c + d))) for a, c, b, d in rows]
    right = np.array([bead in case.document.beads for bead in beads], float)
    return Prediction(case.document, beads, posterior[path], m, n, right)


def most_certain_pair(found: Prediction, calibrator: Calibrator) -> float:
    """The highest confidence of its two-sided beads; 0 where there is none."""
    two = (found.m > 0) & (found.n > 0)
    confidence = calibrator.confidence(found.posterior[two], found.m[two], found.n[two])
    return float(confidence.max(initial=0.0))


def scores_by_set(found: Sequence[Prediction]) -> dict[str, Scores]:
    """Scores by gold set."""
    out: dict[str, Scores] = defaultdict(Scores)
    for o in found:
        out[o.document.group] += score_beads(set(o.document.beads), set(o.beads))
    return dict(out)


def learn_calibrator(found: Sequence[Prediction]) -> Calibrator:
    """Learned from documents left out."""
    return fit_calibrator(
        np.concatenate([o.posterior for o in found]),
        np.concatenate([o.m for o in found]),
        np.concatenate([o.n for o in found]),
        np.concatenate([o.right for o in found]),
    )


def reliability_by_set(found: Sequence[Prediction]) -> dict[str, Reliability]:
    """Reliability on each gold set, every document with a calibrator learned from the other documents."""
    judged: dict[str, list[tuple[float, bool]]] = defaultdict(list)
    for name in sorted({o.document.name for o in found}):
        fitted = learn_calibrator([o for o in found if o.document.name != name])
        for o in found:
            if o.document.name == name:
                confidence = fitted.confidence(o.posterior, o.m, o.n)
                pairs = list(zip(confidence.tolist(), (o.right > 0).tolist(), strict=True))
                judged[o.document.group] += pairs
                judged["all"] += pairs
    return {name: reliability(pairs) for name, pairs in judged.items()}


def learn_model(
    cases: Sequence[Case], options: LearningOptions, cheap: Scorer, fitted: Calibrator,
    signature: dict[str, object],
) -> Model:  # fmt: skip
    """The final weights, from everything."""
    config = options.config
    rich = fit_scorer(balanced(cases, config.balance), cases[0].survivors.names, config)
    return Model(options.level, options.max_size, cheap, rich, fitted, signature)

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
from align.alignment.features.rich import GROUPS, names_of, uses_signs
from align.alignment.features.signs import SIGN_BASIC
from align.alignment.lattice import Lattice
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

HeldOutBy = Callable[[TrainingDocument], str]


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


FEATURE_SETS = {
    "vectors": FeatureSet(),
    "all": FeatureSet((*BASIC, *SIGN_BASIC), names_of(GROUPS)),
    # of an encoder, or none, that knows nothing of the languages
    "blind": FeatureSet(
        SIGN_BASIC,
        (
            "quotes.differ",
            "shape",
            "gap.edge",
            *names_of(("surroundings", "signs", "marks", "lengths", "lexicon", "slots")),
        ),
    ),
}


def prepare_documents(
    documents: Iterable[TrainingDocument],
    level: Level,
    encoder: str | Encoder = "use",
    features: FeatureSet = FeatureSet(),
) -> list[Prepared]:
    """Everything about the documents that is known before anything is learned."""
    size = MAX_SIZE[level]
    return [
        Prepared(m, *whole(text_pair(
            m.source, m.target, encoder, size, languages=m.languages, by_signs=features.by_signs
        )))
        for m in documents
    ]  # fmt: skip


def learn_basic(prepared: Iterable[Prepared], level: Level, features: FeatureSet = FeatureSet()) -> Scorer:
    """The weights of the cheap pass, from the gold and every third of the altered forms."""
    examples = []
    altered = 0
    for p in prepared:
        if p.document.kind == "noise":
            altered += 1
            if altered % 3:
                continue
        found = candidates(p.pair.source, p.pair.target, p.corridor, MAX_SIZE[level])
        lattice, order = Lattice.from_edges(found.i, found.j, found.m, found.n)
        ok = allowed(lattice, p.document.stretches)
        columns = basic(p.pair, found.take(order), features.basic)
        examples.append(Example(lattice, columns, ok, _weight(p.document)))
    return fit_scorer(examples, features.basic, TrainConfig(epochs=6, rate=0.1))


def build_cases(
    prepared: Iterable[Prepared], level: Level, cheap: Scorer, features: FeatureSet = FeatureSet()
) -> list[Case]:
    """The survivors of the cheap pass, with their features, for each document."""
    model = Model(level, MAX_SIZE[level], cheap, cheap, Calibrator(), {})
    lexicon = get_lexicon()
    cases = []
    for p in prepared:
        found = survivors(p.pair, p.corridor, model, MAX_SIZE[level], lexicon, names=features.rich)
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


def cross_validate(cases: Sequence[Case], held_out_by: HeldOutBy, config: TrainConfig) -> dict[int, Floats]:
    """Scores of the candidates of every gold document, by the case's number.

    They come from weights that never saw any form of what `held_out_by` groups.
    """
    scores: dict[int, Floats] = {}
    judged = [k for k, case in enumerate(cases) if case.document.kind == "gold"]
    for fold in sorted({held_out_by(cases[k].document) for k in judged}):
        rest = balanced([case for case in cases if held_out_by(case.document) != fold], config.balance)
        scorer = fit_scorer(rest, cases[0].survivors.names, config)
        for k in judged:
            if held_out_by(cases[k].document) == fold:
                scores[k] = score_case(cases[k], scorer)
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
    cases: Sequence[Case], level: Level, cheap: Scorer, fitted: Calibrator, config: TrainConfig,
    signature: dict[str, object],
) -> Model:  # fmt: skip
    """The final weights, from everything."""
    rich = fit_scorer(balanced(cases, config.balance), cases[0].survivors.names, config)
    return Model(level, MAX_SIZE[level], cheap, rich, fitted, signature)

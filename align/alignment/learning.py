"""`scripts/train_weights`: from gold folders to the weights of one level, with figures from documents left out."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from align.alignment.aligner import make_job
from align.alignment.candidates import candidates
from align.alignment.confidence import Calibrator, fit_calibrator
from align.alignment.evaluate import (
    Block,
    Calibration,
    Scores,
    calibration,
    find_gold,
    read_gold,
    score,
)
from align.alignment.features import BASIC, basic
from align.alignment.lattice import Lattice
from align.alignment.long import whole
from align.alignment.material import Material, apart, excerpts, from_gold, noisy, sentences_of
from align.alignment.model import Level, Model, Scorer
from align.alignment.search import Survivors, best_expected, by_unit, survivors
from align.alignment.training import Example, TrainConfig, allowed, fit
from align.alignment.units import Floats, Ints

MAX_SIZE: dict[Level, int] = {"paragraph": 5, "sentence": 6}
_FORMS = 2  # altered forms of each gold document
_WEIGHT = {"gold": 2.0, "noise": 0.4, "loose": 0.4, "apart": 0.4}

Left = Callable[[Material], str]


@dataclass(frozen=True, slots=True, eq=False)
class Case:
    """A document with the candidates that survived the cheap pass."""

    material: Material
    survivors: Survivors
    example: Example


def collect(root: Path, level: Level) -> list[Material]:
    """Everything below a gold folder that teaches something about this level."""
    gold = [read_gold(path, root) for path in find_gold(root) if "/long/" not in path.as_posix()]
    paragraphs = [from_gold(g) for g in gold if g.level == "paragraph"]
    if level == "paragraph":
        return [*paragraphs, *_altered(paragraphs), *_apart(paragraphs, 4)]
    known = [from_gold(g) for g in gold if g.level == "sentence"]
    rough = [m for m in known if "bible" in m.group]
    exact = [m for m in known if "bible" not in m.group]
    loose = [sentences_of(from_gold(g), g.languages) for g in gold if g.level == "paragraph"]
    loose += [part for m in rough for part in excerpts(m, 300, 1_100)]
    return [*exact, *_altered(exact), *loose, *_apart(exact, 1), *_apart(loose, 8)]


def _altered(materials: Sequence[Material]) -> list[Material]:
    """Altered forms; foreign passages come from another document of the same two languages where there is one."""
    out = []
    for number, material in enumerate(materials):
        languages = material.group.rpartition(".")[2].rpartition("/")[2]
        others = [m for m in materials if m.name != material.name and m.group.endswith(languages)]
        donor = others[number % len(others)] if others else material
        for form in range(_FORMS):
            donors = (donor.source[::-1], donor.target[::-1])
            out.append(noisy(material, donors, f"{material.name} {form}"))
    return out


def _apart(materials: Sequence[Material], every: int) -> list[Material]:
    """Pairs of documents of the same two languages that have nothing to do with each other."""
    out = []
    for number, material in enumerate(materials[::every]):
        languages = material.group.rpartition(".")[2].rpartition("/")[2]
        others = [m for m in materials if m.name != material.name and m.group.endswith(languages)]
        if others:
            out.append(apart(material, others[number % len(others)]))
    return out


def learn_basic(materials: Iterable[Material], level: Level) -> Scorer:
    """The weights of the cheap pass."""
    examples = []
    for material in materials:
        pair, corridor = whole(_job(material, level))
        found = candidates(pair.source, pair.target, corridor, MAX_SIZE[level])
        lattice, order = Lattice.from_edges(found.i, found.j, found.m, found.n)
        features = basic(pair, found.take(order))
        examples.append(Example(lattice, features, allowed(lattice, material.stretches), _weight(material)))
    return fit(examples, BASIC, TrainConfig(epochs=6, rate=0.1))


def build(materials: Iterable[Material], level: Level, cheap: Scorer) -> list[Case]:
    """The survivors of the cheap pass, with their features, for each document."""
    model = Model(level, MAX_SIZE[level], cheap, cheap, Calibrator(), {})
    cases = []
    for material in materials:
        job = _job(material, level)
        found = survivors(*whole(job), model, MAX_SIZE[level], job.lexicon)
        ok = allowed(found.lattice, material.stretches)
        cases.append(Case(material, found, Example(found.lattice, found.features, ok, _weight(material))))
    return cases


def _job(material: Material, level: Level):  # type: ignore[no-untyped-def]
    return make_job(material.source, material.target, "use", MAX_SIZE[level])


def _weight(material: Material) -> float:
    return _WEIGHT[material.kind] / math.sqrt(100 * max(len(material.stretches), 1))


def cross_validate(cases: Sequence[Case], left: Left, config: TrainConfig) -> dict[int, Floats]:
    """Scores of the candidates of every gold document, by the case's number.

    They come from weights that never saw any form of what `left` groups.
    """
    scores: dict[int, Floats] = {}
    judged = [k for k, case in enumerate(cases) if case.material.kind == "gold"]
    for fold in sorted({left(cases[k].material) for k in judged}):
        rest = [case.example for case in cases if left(case.material) != fold]
        scorer = fit(rest, cases[0].survivors.names, config)
        for k in judged:
            if left(cases[k].material) == fold:
                c = cases[k].survivors.candidates
                scores[k] = scorer.score(cases[k].survivors.features, c.m, c.n)
    return scores


@dataclass(frozen=True, slots=True, eq=False)
class Outcome:
    """The beads chosen for one case, their posteriors, and which of them are right."""

    material: Material
    beads: list[Block]
    posterior: Floats
    m: Ints
    n: Ints
    right: Floats


def outcomes(cases: Sequence[Case], scores: dict[int, Floats]) -> list[Outcome]:
    """What the scores lead to, case by case."""
    return [_outcome(cases[k], value) for k, value in sorted(scores.items())]


def _outcome(case: Case, value: Floats) -> Outcome:
    lattice = case.survivors.lattice
    edge, _ = lattice.marginals(value)
    posterior = by_unit(lattice, edge)
    path = best_expected(lattice, edge, posterior)
    i, j, m, n = (column[path] for column in (lattice.i, lattice.j, lattice.m, lattice.n))
    rows = zip(i.tolist(), j.tolist(), m.tolist(), n.tolist(), strict=True)
    beads = [(tuple(range(a, a + b)), tuple(range(c, c + d))) for a, c, b, d in rows]
    right = np.array([bead in case.material.beads for bead in beads], float)
    return Outcome(case.material, beads, posterior[path], m, n, right)


def figures(found: Sequence[Outcome]) -> dict[str, Scores]:
    """Scores by gold set."""
    out: dict[str, Scores] = defaultdict(Scores)
    for o in found:
        out[o.material.group] += score(set(o.material.beads), set(o.beads))
    return dict(out)


def calibrator(found: Sequence[Outcome]) -> Calibrator:
    """Learned from documents left out."""
    return fit_calibrator(
        np.concatenate([o.posterior for o in found]),
        np.concatenate([o.m for o in found]),
        np.concatenate([o.n for o in found]),
        np.concatenate([o.right for o in found]),
    )


def calibration_figures(found: Sequence[Outcome]) -> dict[str, Calibration]:
    """Reliability on each gold set, every document with a calibrator learned from the other documents."""
    judged: dict[str, list[tuple[float, bool]]] = defaultdict(list)
    for name in sorted({o.material.name for o in found}):
        fitted = calibrator([o for o in found if o.material.name != name])
        for o in found:
            if o.material.name == name:
                confidence = fitted.confidence(o.posterior, o.m, o.n)
                pairs = list(zip(confidence.tolist(), (o.right > 0).tolist(), strict=True))
                judged[o.material.group] += pairs
                judged["all"] += pairs
    return {name: calibration(pairs) for name, pairs in judged.items()}


def learn(
    cases: Sequence[Case], level: Level, cheap: Scorer, fitted: Calibrator, config: TrainConfig,
    signature: dict[str, object],
) -> Model:  # fmt: skip
    """The final weights, from everything."""
    rich = fit([case.example for case in cases], cases[0].survivors.names, config)
    return Model(level, MAX_SIZE[level], cheap, rich, fitted, signature)

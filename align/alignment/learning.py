"""`scripts/train_weights`: from gold folders to the weights of one level, with figures from documents left out."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from align.alignment.aligner import make_job
from align.alignment.candidates import candidates
from align.alignment.evaluate import Scores, blocks, find_gold, read_gold, score
from align.alignment.features import BASIC, basic
from align.alignment.lattice import Lattice
from align.alignment.long import whole
from align.alignment.material import Material, excerpts, from_gold, noisy, sentences_of
from align.alignment.model import Level, Model, Scorer
from align.alignment.search import Survivors, best_expected, by_unit, survivors
from align.alignment.training import Example, TrainConfig, allowed, fit
from align.alignment.units import Floats

MAX_SIZE: dict[Level, int] = {"paragraph": 5, "sentence": 6}
_FORMS = 2  # altered forms of each gold document
_WEIGHT = {"gold": 2.0, "noise": 0.7, "loose": 0.7}

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
        return [*paragraphs, *_altered(paragraphs)]
    known = [from_gold(g) for g in gold if g.level == "sentence"]
    rough = [m for m in known if "bible" in m.group]
    exact = [m for m in known if "bible" not in m.group]
    loose = [sentences_of(from_gold(g), g.languages) for g in gold if g.level == "paragraph"]
    loose += [part for m in rough for part in excerpts(m, 300, 1_100)]
    return [*exact, *_altered(exact), *loose]


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
    model = Model(level, MAX_SIZE[level], cheap, cheap, {})
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


def cross_validate(cases: Sequence[Case], left: Left, config: TrainConfig) -> dict[str, Floats]:
    """Scores of the candidates of each gold document, from weights that never saw any form of what `left` groups."""
    scores: dict[str, Floats] = {}
    gold = [case for case in cases if case.material.kind == "gold"]
    for fold in sorted({left(case.material) for case in gold}):
        rest = [case.example for case in cases if left(case.material) != fold]
        scorer = fit(rest, gold[0].survivors.names, config)
        for case in gold:
            if left(case.material) == fold:
                c = case.survivors.candidates
                scores[case.material.name] = scorer.score(case.survivors.features, c.m, c.n)
    return scores


def figures(cases: Sequence[Case], scores: dict[str, Floats]) -> dict[str, Scores]:
    """Scores by gold set."""
    out: dict[str, Scores] = defaultdict(Scores)
    for case in cases:
        if case.material.name in scores and case.material.kind == "gold":
            out[case.material.group] += score(
                set(case.material.beads), _found(case, scores[case.material.name])
            )
    return dict(out)


def _found(case: Case, value: Floats) -> set[tuple[tuple[int, ...], tuple[int, ...]]]:
    lattice = case.survivors.lattice
    edge, _ = lattice.marginals(value)
    path = best_expected(lattice, edge, by_unit(lattice, edge))
    columns = (column[path].tolist() for column in (lattice.i, lattice.j, lattice.m, lattice.n))
    return blocks(
        (tuple(range(i, i + m)), tuple(range(j, j + n))) for i, j, m, n in zip(*columns, strict=True)
    )


def learn(
    cases: Sequence[Case], level: Level, cheap: Scorer, config: TrainConfig, signature: dict[str, object]
) -> Model:
    """The final weights, from everything."""
    rich = fit([case.example for case in cases], cases[0].survivors.names, config)
    return Model(level, MAX_SIZE[level], cheap, rich, signature)

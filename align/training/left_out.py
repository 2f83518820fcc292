"""How the weights do on kinds of text that they never saw: one kind after the other is left out of all learning."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from align.alignment.model import Level
from align.evaluation.metrics import Block, Calibration, Scores, calibration, score
from align.training.crf import TrainConfig, fit
from align.training.gathering import read_folder
from align.training.learning import (
    Outcome,
    Prepared,
    balanced,
    build,
    calibrator,
    learn_basic,
    outcome,
    score_case,
)
from align.training.variants import Material, Noise, excerpts, from_gold, noisy

_MISSING = Noise(drop=0.06, burst=0.04, insert=0.03, split=0.0, join_inside=0.0, join_across=0.0)


@dataclass(frozen=True, slots=True)
class Task:
    """A document to judge by; `name` says what it is one of."""

    name: str
    material: Material


def tasks(root: Path, materials: Sequence[Material], level: Level) -> list[Task]:
    """The gold as it is and with a quarter of it missing on one side; for sentences verses and paragraphs, too."""
    gold = [m for m in materials if m.kind == "gold"]
    found = [Task(m.text, m) for m in gold]
    for m in gold:
        foreign = [_foreign(materials, m, language) for language in m.languages]
        made = noisy(m, (foreign[0], foreign[1]), random.Random(m.name), _MISSING)
        found.append(Task(f"{m.text}, a quarter missing", _judged(made)))
    if level == "sentence":
        documents = [from_gold(g) for g in read_folder(root)]
        verses = [
            part for m in documents if "bible" in m.group for part in excerpts(m, 200, 1_000, loose=False)
        ]
        found += [Task(f"{m.text}, by verse", _judged(m)) for m in verses]
        found += [Task("paragraphs as units", m) for m in documents if m.text == "paragraphs"]
    return found


def _foreign(materials: Sequence[Material], material: Material, language: str) -> Sequence[str]:
    """Units of another kind of text in a language, of the document's own where there is none."""
    for other in materials:
        if other.text != material.text and language in other.languages and other.kind in ("gold", "loose"):
            return other.source if language == other.languages[0] else other.target
    own = material.source if language == material.languages[0] else material.target
    return own[::-1]


def _judged(material: Material) -> Material:
    """A document with its answer as beads; what is known only roughly counts as one bead."""
    beads = frozenset((tuple(range(s.a, s.b)), tuple(range(s.c, s.d))) for s in material.stretches)
    return replace(material, beads=beads)


def leave_out(
    learned: Sequence[Prepared], judged: Sequence[tuple[str, Prepared]], level: Level, config: TrainConfig
) -> dict[str, list[Outcome]]:
    """What weights make of each task that never saw its kind of text; the cheap pass is learned anew, too."""
    found: dict[str, list[Outcome]] = defaultdict(list)
    for text in sorted({p.material.text for _, p in judged}):
        rest = [p for p in learned if p.material.text != text]
        cheap = learn_basic(rest, level)
        cases = build(rest, level, cheap)
        scorer = fit(balanced(cases, config.balance), cases[0].survivors.names, config)
        mine = [(name, p) for name, p in judged if p.material.text == text]
        there = build([p for _, p in mine], level, cheap)
        for (name, _), case in zip(mine, there, strict=True):
            found[name].append(outcome(case, score_case(case, scorer)))
    return dict(found)


@dataclass(frozen=True, slots=True)
class Figure:
    """How a task went.

    Attributes:
        missing, said_missing: share of the units without an answer, in the gold and as found.
    """

    scores: Scores
    calibration: Calibration
    missing: float
    said_missing: float


def figures(found: dict[str, list[Outcome]]) -> dict[str, Figure]:
    """Scores of each task; confidences come from a calibrator learned on the other kinds of text."""
    everything = [o for outcomes in found.values() for o in outcomes]
    return {name: _figure(outcomes, everything) for name, outcomes in found.items()}


def _figure(found: Sequence[Outcome], everything: Sequence[Outcome]) -> Figure:
    text = found[0].material.text
    fitted = calibrator([o for o in everything if o.material.text != text])
    pairs: list[tuple[float, bool]] = []
    total = Scores()
    for o in found:
        total += score(set(o.material.beads), set(o.beads))
        pairs += zip(fitted.confidence(o.posterior, o.m, o.n).tolist(), (o.right > 0).tolist(), strict=True)
    units = sum(len(o.material.source) + len(o.material.target) for o in found)
    gold = sum(_gaps(o.material.beads) for o in found) / units
    return Figure(total, calibration(pairs), gold, sum(_gaps(o.beads) for o in found) / units)


def _gaps(beads: Iterable[Block]) -> int:
    return sum(not (source and target) for source, target in beads)

"""From a gold folder to the weights of one level with their signature: what `scripts/train_weights` runs."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from align.alignment.confidence import Calibrator
from align.alignment.model import Model
from align.document import Level
from align.training import held_out, learning
from align.training.crf import TrainConfig
from align.training.training_set import collect_documents
from align.training.variants import TrainingDocument
from align.training.weight_sets import get_weight_set

CONFIG: dict[Level, TrainConfig] = {
    "paragraph": TrainConfig(hidden=12, epochs=20),
    "sentence": TrainConfig(hidden=12, epochs=20, balance=0.5),
}
_FOLDS = 5  # in which documents and languages are left out
_Figures = dict[str, dict[str, float]]


def learn_level(folder: Path, level: Level, weights: str, report: Callable[[str], None]) -> Model:
    """The weights of a level, learned from all gold below `folder`; `report` gets lines with the held-out scores."""
    chosen = get_weight_set(weights)
    options = learning.LearningOptions(level, CONFIG[level], chosen.features)
    documents = chosen.chosen(collect_documents(folder, level))
    prepared = learning.prepare_documents(documents, options, chosen.encoder_of)
    cheap = learning.learn_basic(prepared, options)
    cases = learning.build_cases(prepared, options, cheap)
    figures, calibrator = _figures(prepared, cases, options, report)
    signature = _signature(documents, weights, figures, options.config)
    return learning.learn_model(cases, options, cheap, calibrator, signature)


def model_values(model: Model) -> dict[str, Any]:
    """A model as the file of a level holds it."""
    return {
        "level": model.level,
        "max_size": model.max_size,
        "signature": model.signature,
        "basic": model.basic.to_dict(),
        "calibration": asdict(model.calibration),
        "rich": model.rich.to_dict(),
    }


def unseen_table(folder: Path, level: Level, weights: str) -> str:
    """The scores on each kind of text when it is left out of the learning, as a Markdown table."""
    chosen = get_weight_set(weights)
    options = learning.LearningOptions(level, CONFIG[level], chosen.features)
    documents = chosen.chosen(collect_documents(folder, level))
    prepared = learning.prepare_documents(documents, options, chosen.encoder_of)
    judged = held_out.held_out_documents(folder, documents, level)
    ready = learning.prepare_documents([one.document for one in judged], options, chosen.encoder_of)
    pairs = [(one.name, p) for one, p in zip(judged, ready, strict=True)]
    folds = held_out.text_folds(documents)
    left_out = held_out.leave_out(prepared, pairs, folds, _text, options)
    found = held_out.scores_by_kind(left_out)
    lines = [
        "| kind of text left out | strict F1 | two-sided | gaps in gold | found | ECE | Brier |",
        "|---|---|---|---|---|---|---|",
    ]
    for name, f in sorted(found.items()):
        cells = [f.scores.strict.f1, f.scores.two_strict.f1, f.missing, f.found_missing, f.reliability.ece,
                 f.reliability.brier]  # fmt: skip
        lines.append(f"| {name} | " + " | ".join(f"{x:.4f}" for x in cells) + " |")
    return "\n".join(lines)


def _text(document: TrainingDocument) -> frozenset[str]:
    return frozenset([document.text])


def _content(document: TrainingDocument) -> frozenset[str]:
    """What a document is a version of: the paragraphs of one number in all languages say the same."""
    return frozenset([document.name.rpartition("/")[2] if "paragraphs/" in document.name else document.name])


def _figures(
    prepared: Sequence[learning.Prepared],
    cases: Sequence[learning.Case],
    options: learning.LearningOptions,
    report: Callable[[str], None],
) -> tuple[_Figures, Calibrator]:
    """Scores of each set from documents and from languages left out, and the calibrator learned from both."""
    everything = [p.document for p in prepared]
    parts = held_out.folds_of(everything, _content, _FOLDS)
    documents = learning.predictions(cases, learning.cross_validate(cases, parts, _content, options.config))
    folds = held_out.folds_of(everything, held_out.foreign_languages, _FOLDS)
    chosen = [(p.document.group, p) for p in prepared if p.document.kind in ("gold", "unrelated")]
    by_set = held_out.leave_out(prepared, chosen, folds, held_out.foreign_languages, options)
    languages = [one for found in by_set.values() for one in found]
    out: _Figures = {}
    for way, predictions in (("document", documents), ("language", languages)):
        gold = [one for one in predictions if one.document.kind == "gold"]
        reliable = learning.reliability_by_set(gold)
        for name, s in learning.scores_by_set(gold).items():
            r = reliable[name]
            report(
                f"{way} left out: {name:32} F1 {s.strict.f1:.4f} two-sided {s.two_strict.f1:.4f} ECE {r.ece:.4f}"
            )
            figures = {f"{way} left out": s.strict.f1, f"{way} left out, ece": r.ece}
            out.setdefault(name, {}).update({key: round(value, 4) for key, value in figures.items()})
        r = reliable["all"]
        report(
            f"{way} left out: {'all':32} ECE {r.ece:.4f} Brier {r.brier:.4f} removed {r.errors_removed:.2f}"
        )
        out.setdefault("all", {})[f"{way} left out, ece"] = round(r.ece, 4)
    judged = [one for one in (*documents, *languages) if one.document.kind == "gold"]
    calibrator = learning.learn_calibrator(judged)
    unrelated = [one for one in languages if one.document.kind == "unrelated"]
    false = [learning.most_certain_pair(one, calibrator) > 0.5 for one in unrelated]
    report(f"unrelated, languages left out: a bead above .5 in {sum(false)} of {len(false)} pairs")
    out["unrelated"] = {"pairs": len(false), "with a bead above .5": sum(false)}
    return out, calibrator


def _signature(
    documents: Sequence[TrainingDocument], weights: str, figures: _Figures, config: TrainConfig
) -> dict[str, object]:
    digest = hashlib.blake2b(digest_size=8)
    for m in documents:
        digest.update(repr((m.name, m.kind, m.source, m.target, m.stretches)).encode("utf-8", "replace"))
    return {
        "learned_from": sorted({m.group for m in documents}),
        "documents": len(documents),
        "material": digest.hexdigest(),
        "weights": weights,
        "config": asdict(config),
        "left_out": figures,
    }

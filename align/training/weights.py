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
from align.encoders import get_encoder
from align.training import held_out, learning
from align.training.crf import TrainConfig
from align.training.training_set import collect_documents
from align.training.variants import TrainingDocument

CONFIG: dict[Level, TrainConfig] = {
    "paragraph": TrainConfig(hidden=12, epochs=20),
    "sentence": TrainConfig(hidden=12, epochs=20, penalty=1e-5, hidden_penalty=1e-5, balance=0.5),
}
_Figures = dict[str, dict[str, float]]


def learn_level(folder: Path, level: Level, report: Callable[[str], None], encoder: str = "use") -> Model:
    """The weights of a level, learned from all gold below `folder`; `report` gets lines with the held-out scores."""
    documents = collect_documents(folder, level)
    prepared = learning.prepare_documents(documents, level, encoder)
    cheap = learning.learn_basic(prepared, level)
    cases = learning.build_cases(prepared, level, cheap)
    figures, calibrator = _cross_validated(cases, level, report)
    signature = _signature(documents, figures, CONFIG[level], encoder)
    return learning.learn_model(cases, level, cheap, calibrator, CONFIG[level], signature)


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


def unseen_table(folder: Path, level: Level, encoder: str = "use") -> str:
    """The scores on each kind of text when it is left out of the learning, as a Markdown table."""
    documents = collect_documents(folder, level)
    prepared = learning.prepare_documents(documents, level, encoder)
    judged = held_out.held_out_documents(folder, documents, level)
    ready = learning.prepare_documents([one.document for one in judged], level, encoder)
    pairs = [(one.name, p) for one, p in zip(judged, ready, strict=True)]
    found = held_out.scores_by_kind(held_out.leave_out(prepared, pairs, level, CONFIG[level]))
    lines = [
        "| kind of text left out | strict F1 | two-sided | gaps in gold | found | ECE | Brier |",
        "|---|---|---|---|---|---|---|",
    ]
    for name, f in sorted(found.items()):
        cells = [f.scores.strict.f1, f.scores.two_strict.f1, f.missing, f.found_missing, f.reliability.ece,
                 f.reliability.brier]  # fmt: skip
        lines.append(f"| {name} | " + " | ".join(f"{x:.4f}" for x in cells) + " |")
    return "\n".join(lines)


def _cross_validated(
    cases: Sequence[learning.Case], level: Level, report: Callable[[str], None]
) -> tuple[_Figures, Calibrator]:
    """Strict F1 of each set from documents held out, and the calibrator learned from them."""
    out: _Figures = {}
    ways: dict[str, learning.HeldOutBy] = {"document": lambda m: m.name}
    if level == "paragraph":  # the documents of one number in all language pairs are left out together
        ways = {"document": lambda m: m.name.rpartition("/")[2], "set": lambda m: m.group}
    found = {
        way: learning.predictions(cases, learning.cross_validate(cases, held_out_by, CONFIG[level]))
        for way, held_out_by in ways.items()
    }
    for way, predictions in found.items():
        for name, s in learning.scores_by_set(predictions).items():
            report(f"{way:8} left out: {name:36} F1 {s.strict.f1:.4f}  two-sided {s.two_strict.f1:.4f}")
            out.setdefault(name, {})[f"{way} left out"] = round(s.strict.f1, 4)
    for name, r in learning.reliability_by_set(found["document"]).items():
        report(
            f"calibration: {name:36} ECE {r.ece:.4f}  Brier {r.brier:.4f}  errors removed {r.errors_removed:.2f}"
        )
        out.setdefault(name, {}).update(ece=round(r.ece, 4), brier=round(r.brier, 4))
    return out, learning.learn_calibrator(found["document"])


def _signature(
    documents: Sequence[TrainingDocument], figures: _Figures, config: TrainConfig, encoder: str
) -> dict[str, object]:
    digest = hashlib.blake2b(digest_size=8)
    for m in documents:
        digest.update(repr((m.name, m.kind, m.source, m.target, m.stretches)).encode("utf-8", "replace"))
    return {
        "learned_from": sorted({m.group for m in documents}),
        "documents": len(documents),
        "material": digest.hexdigest(),
        "encoder": get_encoder(encoder).signature,
        "config": asdict(config),
        "left_out": figures,
    }

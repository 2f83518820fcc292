"""``align score``: beads against gold."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from align.evaluation.comparison import FileScores
    from align.evaluation.metrics import Score


@click.command()
@click.argument("gold", metavar="GOLD", type=click.Path(path_type=Path))
@click.argument("test", metavar="TEST", type=click.Path(path_type=Path))
@click.option(
    "--format", type=click.Choice(["table", "json"]), default="table", show_default=True, help="How to print."
)
def score(gold: Path, test: Path, format: str) -> None:
    """Score the beads of TEST against those of GOLD.

    Both are files in Vecalign's format ([0]:[0, 1]:cost) or TSV files of this program. Strict counts beads that
    are exactly right; lax counts two-sided beads that overlap a gold bead on both sides.
    """
    from align.evaluation.comparison import compare_files

    found = compare_files(gold, test)
    click.echo(json.dumps(_as_dict(found), indent=1) if format == "json" else _as_table(found))


def _rows(found: FileScores) -> list[tuple[str, Score]]:
    s = found.scores
    by_type = sorted(s.types.items(), key=lambda item: (-item[1].gold, item[0]))
    return [
        ("all, strict", s.strict), ("all, lax", s.lax),
        ("two-sided, strict", s.two_strict), ("two-sided, lax", s.two_lax), *by_type,
    ]  # fmt: skip


def _as_table(found: FileScores) -> str:
    lines = [f"{'beads':18} {'gold':>7} {'test':>7} {'P':>7} {'R':>7} {'F1':>7}"]
    for name, s in _rows(found):
        lines.append(f"{name:18} {s.gold:7} {s.found:7} {s.precision:7.4f} {s.recall:7.4f} {s.f1:7.4f}")
    if found.reliability:
        c = found.reliability
        lines.append(
            f"confidence: expected calibration error {c.ece:.4f}, Brier score {c.brier:.4f}; the least confident "
            f"10 % hold {c.errors_removed:.0%} of the errors"
        )
    return "\n".join(lines)


def _as_dict(found: FileScores) -> dict[str, Any]:
    out: dict[str, Any] = {
        name: {
            "gold": s.gold, "test": s.found, "precision": round(s.precision, 4),
            "recall": round(s.recall, 4), "f1": round(s.f1, 4),
        }
        for name, s in _rows(found)
    }  # fmt: skip
    if found.reliability:
        c = found.reliability
        out["calibration"] = {
            "ece": round(c.ece, 4), "brier": round(c.brier, 4), "errors_removed": round(c.errors_removed, 4),
            "curve": [[round(p, 4), round(share, 4), count] for p, share, count in c.curve],
        }  # fmt: skip
    return out

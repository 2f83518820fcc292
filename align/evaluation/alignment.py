"""`scripts/evaluate`: the aligner on folders of gold, as a table."""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from collections import defaultdict
from pathlib import Path

from align._internal.files import atomic
from align.alignment.aligner import align_units
from align.alignment.options import AlignOptions
from align.alignment.result import Alignment, TextUnit
from align.errors import AlignError
from align.evaluation.gold import GoldDocument, find_gold, read_gold
from align.evaluation.metrics import Scores, bead_set, reliability, score_beads
from align.evaluation.whole import align_whole

Judged = list[tuple[float, bool]]
WHOLE = "whole/"  # before the name of a set whose texts, not its lines, were aligned


def main() -> None:
    """Runs with the arguments of the command line and exits."""
    parser = argparse.ArgumentParser(description="Score the aligner on gold alignments (lines are units).")
    parser.add_argument(
        "folder", nargs="?", default=os.environ.get("ALIGN_GOLD"), help="gold folder [default: $ALIGN_GOLD]"
    )
    parser.add_argument(
        "--level", choices=("paragraph", "sentence"), help="for sets whose folders don't tell"
    )
    parser.add_argument("--max-size", type=int, help="most units on one side of a bead")
    parser.add_argument("--encoder", default="auto", help="encoder [default: auto]")
    parser.add_argument("--write", metavar="DIR", help="leave the beads found below DIR, as NAME.gold")
    parser.add_argument(
        "--json", metavar="FILE", help="write the strict F1 of each set, for the gate in the tests"
    )
    parser.add_argument(
        "--whole", action="store_true", help="the whole way too: texts through paragraphs and segmentation"
    )
    parser.add_argument("--types", action="store_true", help="strict scores by bead type, too")
    options = parser.parse_args()
    if not options.folder:
        parser.error("give the gold folder, or set ALIGN_GOLD")
    try:
        evaluate_folder(Path(options.folder), options)
    except AlignError as error:
        print(f"evaluate: {error}", file=sys.stderr)
        sys.exit(error.exit_code)


def evaluate_folder(root: Path, options: argparse.Namespace) -> None:
    """Aligns and scores every gold document below `root`."""
    by_set: dict[str, Scores] = defaultdict(Scores)
    judged: dict[str, Judged] = defaultdict(list)
    begin = time.process_time()
    signed: dict[str, None] = {}
    for path in find_gold(root):
        gold = read_gold(path, root)
        found = align_gold(gold, options)
        signed[_signed(found)] = None
        by_set[gold.set_name] += score_beads(
            set(gold.beads), bead_set((b.source, b.target) for b in found.beads)
        )
        judged[gold.set_name] += judge(gold, found)
        if options.whole:
            whole = align_whole(gold, AlignOptions(max_size=options.max_size, encoder=options.encoder))
            by_set[WHOLE + gold.set_name] += score_beads(set(gold.beads), set(whole.beads))
            judged[WHOLE + gold.set_name] += whole.judged
        if options.write:
            _write(
                Path(options.write)
                / path.relative_to(root).with_suffix("" if path.suffix == ".gz" else path.suffix),
                found,
            )
        print(f"{gold.name}: {len(gold.source)} x {len(gold.target)}", file=sys.stderr)
    print(score_table(by_set, judged))
    if options.types:
        print(type_table(by_set))
    if options.json:
        figures = {name: round(s.strict.f1, 4) for name, s in sorted(by_set.items())}
        with atomic(options.json) as stream:
            stream.write(json.dumps(figures, indent=1) + "\n")
    print(f"\n{time.process_time() - begin:.1f} CPU seconds. {'; '.join(signed)}")


def _signed(found: Alignment) -> str:
    """What the figures were made with, in one line."""
    signature = found.signature
    weights = signature["weights"]
    learned = f"weights {weights['set']} learned from {weights['material']}"
    return f"align {signature['align']}, encoder {signature['encoder']}, {learned}"


def align_gold(gold: GoldDocument, options: argparse.Namespace) -> Alignment:
    """The alignment of a gold document's units."""
    level = gold.level or options.level
    if level is None:
        raise AlignError(f"{gold.name}: no parent folder says the level; give --level paragraph or sentence")
    source, target = (
        tuple(TextUnit(t, k) for k, t in enumerate(side)) for side in (gold.source, gold.target)
    )
    wanted = AlignOptions(
        level="paragraph" if level == "paragraph" else "sentence",
        max_size=options.max_size,
        encoder=options.encoder,
    )
    return align_units(source, target, options=wanted, languages=gold.languages)


def judge(gold: GoldDocument, found: Alignment) -> Judged:
    """(confidence, right) of every bead and gap found."""
    return [(b.confidence, (b.source, b.target) in gold.beads) for b in found.beads]


def _write(path: Path, found: Alignment) -> None:
    with atomic(path) as stream:
        stream.writelines(f"{list(b.source)}:{list(b.target)}\n" for b in found.beads)


def score_table(by_set: dict[str, Scores], judged: dict[str, Judged]) -> str:
    """The scores of each set as a Markdown table."""
    head = (
        "| set | beads | strict P | R | F1 | lax P | R | F1 | two-sided strict F1 | lax F1 | ECE | Brier "
        "| errors in the least confident 10 % |"
    )
    lines = [head, "|" + "---|" * (head.count("|") - 1)]
    rows = [(name, by_set[name], reliability(judged[name])) for name in sorted(by_set)]
    lines_alone = [name for name in by_set if not name.startswith(WHOLE)]
    if len(lines_alone) > 1:
        everything = [pair for name in lines_alone for pair in judged[name]]
        rows.append(("all", sum((by_set[name] for name in lines_alone), Scores()), reliability(everything)))
    for name, s, c in rows:
        numbers = [
            *(s.strict.precision, s.strict.recall, s.strict.f1, s.lax.precision, s.lax.recall, s.lax.f1),
            *(s.two_strict.f1, s.two_lax.f1, c.ece, c.brier),
        ]
        cells = " | ".join(f"{x:.4f}" for x in numbers)
        lines.append(f"| {name} | {s.strict.gold} | {cells} | {c.errors_removed:.2f} |")
    return "\n".join(lines)


def type_table(by_set: dict[str, Scores]) -> str:
    """Strict scores of each bead type over all sets."""
    total = sum((s for name, s in by_set.items() if not name.startswith(WHOLE)), Scores())
    lines = ["", "| type | gold | found | P | R | F1 |", "|---|---|---|---|---|---|"]
    for name, s in sorted(total.types.items(), key=lambda item: -item[1].gold):
        lines.append(f"| {name} | {s.gold} | {s.found} | {s.precision:.4f} | {s.recall:.4f} | {s.f1:.4f} |")
    return "\n".join(lines)

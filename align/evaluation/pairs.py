"""Scoring the pairing on folders that hold ``pairs/docs/`` and ``pairs/gold.tsv``."""

from __future__ import annotations

import argparse
import os
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from align.corpus.folder import PAIRS
from align.document import Document
from align.encoders.base import Encoder
from align.errors import InputError
from align.evaluation.metrics import Score
from align.pairing.find import find_pairs
from align.pairing.result import Pairs

IdPair = tuple[str, str]


@dataclass(frozen=True, slots=True)
class PairScores:
    """Pairs found against the gold ones; `by_languages` maps ``en-zh`` to (found, all) of the gold pairs."""

    score: Score
    wrong: tuple[IdPair, ...]
    missed: tuple[IdPair, ...]
    by_languages: dict[str, tuple[int, int]]
    seconds: float
    signature: dict[str, object]

    def table(self) -> str:
        """The scores as a Markdown table, with what made them at its foot."""
        lines = ["| pairs | gold | found | P | R | F1 |", "|---|---|---|---|---|---|"]
        s = self.score
        cells = f"{s.gold} | {s.found} | {s.precision:.4f} | {s.recall:.4f} | {s.f1:.4f}"
        lines.append(f"| all | {cells} |")
        lines += [
            f"| {key} | {n} | | | {hit / n:.4f} | |" for key, (hit, n) in sorted(self.by_languages.items())
        ]
        lines += [f"wrong: {a} {b}" for a, b in self.wrong] + [f"missed: {a} {b}" for a, b in self.missed]
        mark = ", ".join(f"{key} {value}" for key, value in self.signature.items())
        return "\n".join([*lines, "", f"{self.seconds:.1f} CPU seconds; {mark}"])


def gold_folders(root: Path) -> list[Path]:
    """The folders called ``pairs`` at or below `root` that hold ``docs/`` and ``gold.tsv``."""
    places = [root, *sorted(root.rglob("pairs"))]
    return [p for p in places if p.name == "pairs" and (p / "docs").is_dir() and (p / "gold.tsv").is_file()]


def evaluate_pairs(folder: Path, *, encoder: str | Encoder = "auto", write: Path | None = None) -> PairScores:
    """Pairs the documents of `folder` and scores them; `write` names a table for the pairs found."""
    begin = time.process_time()
    documents = list(read_documents(folder / "docs"))
    found = find_pairs(documents, encoder=encoder)
    seconds = time.process_time() - begin
    if write:
        found.write(write, overwrite=True)
    return score_pairs(read_gold(folder / "gold.tsv"), found, {d.id: d.language for d in documents}, seconds)


def main() -> None:
    """Scores every ``pairs/`` folder at or below the folder of the command line, and prints tables.

    With ``--write DIR`` the pairs found are left there under the same names, as ``pairs.tsv``.
    """
    options = _options()
    for folder in gold_folders(options.folder) if options.folder else []:
        write = options.write / folder.relative_to(options.folder) / PAIRS if options.write else None
        print(f"\n{evaluate_pairs(folder, encoder=options.encoder, write=write).table()}")


def only_pairs() -> bool:
    """Whether the folder of the command line holds gold pairs and no gold alignments."""
    folder = _options().folder
    return bool(folder and gold_folders(folder)) and not any(folder.rglob("*.gold*"))


def _options() -> argparse.Namespace:
    """The command line of scripts/evaluate; what concerns alignments alone is read past."""
    parser = argparse.ArgumentParser(add_help=False)
    parser.add_argument("folder", nargs="?", default=os.environ.get("ALIGN_GOLD"), type=Path)
    parser.add_argument("--encoder", default="auto")
    parser.add_argument("--write", type=Path)
    for name in ("--level", "--max-size"):
        parser.add_argument(name)
    return parser.parse_known_args()[0]


def score_pairs(
    gold: set[IdPair], found: Pairs, languages: dict[str, str | None], seconds: float = 0.0
) -> PairScores:
    """Scores the pairs found against gold pairs (sorted ids)."""
    pairs = {(p.source, p.target) for p in found}
    total: Counter[str] = Counter()
    hits: Counter[str] = Counter()
    for a, b in gold:
        key = "-".join(sorted(str(languages.get(id)) for id in (a, b)))
        total[key] += 1
        hits[key] += (a, b) in pairs
    right = len(pairs & gold)
    return PairScores(
        Score(len(gold), len(pairs), right, right),
        tuple(sorted(pairs - gold)),
        tuple(sorted(gold - pairs)),
        {key: (hits[key], n) for key, n in total.items()},
        seconds,
        found.signature,
    )


def read_documents(folder: Path) -> Iterator[Document]:
    """The documents of a set with nothing known of them but their texts."""
    from align.reading import read_batch
    from align.reading.documents import to_documents
    from align.text.detection import detect_document

    for document in to_documents(read_batch(folder)):
        name = Path(document.id).name.removesuffix(".txt")
        yield detect_document(replace(document, id=name, language=None, source="", about=""))


def read_gold(path: Path) -> set[IdPair]:
    """The gold pairs of a set, each with the name first that sorts first."""
    pairs = set()
    for number, line in enumerate(path.read_text("utf-8").splitlines(), 1):
        if line.startswith("#") or not line.strip():
            continue
        cells = [Path(cell.strip()).name.removesuffix(".txt") for cell in line.split("\t")[:2]]
        if len(cells) < 2:
            raise InputError(f"{path}, line {number}: two document names separated by a tab are expected")
        pairs.add((min(cells), max(cells)))
    return pairs

"""Corpus folders to review, made without an encoder: beads of sizes that are given."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import pyarrow as pa
from pyarrow import parquet

from align._internal.tables import write_table
from align.alignment.bead import Bead
from align.alignment.result import bead_rows
from align.corpus.folder import CorpusFolder
from align.document import Document, Unit
from align.formats.beads import write_tsv
from align.text.sentences import segment

Sizes = Sequence[tuple[int, int]]


def beads_of(sizes: Sizes, source: int, target: int) -> list[Bead]:
    """Beads of these sizes, repeated until both sides are used up; confidences that differ."""
    beads, i, j = [], 0, 0
    while i < source or j < target:
        m, n = sizes[len(beads) % len(sizes)]
        m, n = min(m, source - i), min(n, target - j)
        if m + n:
            confidence = (37 * len(beads) % 101) / 101
            beads.append(Bead(tuple(range(i, i + m)), tuple(range(j, j + n)), confidence))
        i, j = i + m, j + n
        if not m + n:
            beads.append(Bead(tuple(range(i, source)), tuple(range(j, target)), 0.1))
            break
    return beads


def make_run(
    folder: Path,
    documents: dict[str, tuple[str, str]],
    *,
    pairs: Sequence[tuple[str, str]] | None = None,
    sizes: Sizes = ((1, 1), (2, 1), (1, 0), (1, 1), (1, 2), (0, 1)),
    finished: bool = True,
) -> CorpusFolder:
    """A corpus folder: documents by id with language and text; the beads are of the given sizes, in turn."""
    folder.mkdir(parents=True, exist_ok=True)
    ids = list(documents)
    pairs = pairs or [(ids[0], ids[1])]
    table = {
        "id": ids,
        "source": ids,
        "line": [None] * len(ids),
        "language": [language for language, _ in documents.values()],
        "text": [text for _, text in documents.values()],
    }
    parquet.write_table(pa.table(table), folder / "documents.parquet")
    made = {id: Document.from_text(id, text, language=language) for id, (language, text) in documents.items()}
    rows = []
    for number, (first, second) in enumerate(pairs):
        sides = [made[first], made[second]]
        units: dict[str, list[Sequence[Unit]]] = {
            "paragraph": [side.paragraphs for side in sides],
            "sentence": [[s for p in side.paragraphs for s in segment(p, side.language)] for side in sides],
        }
        for level, (source, target) in units.items():
            beads = beads_of(sizes, len(source), len(target))
            write_tsv(folder / "aligned" / f"p{number}.{level}s.tsv", bead_rows(beads, source, target))
        rows.append((first, second, sides[0].language, sides[1].language, 0.9, f"p{number}"))
    columns = ("source", "target", "source_language", "target_language", "probability", "file")
    write_table(folder / "pairs.tsv", columns, rows)
    info = {
        "format": 1,
        "version": "0",
        "signature": {},
        "options": {"dedup": {"paragraphs": "auto"}},
        "finished": finished,
    }
    (folder / "run.json").write_text(json.dumps(info))
    return CorpusFolder(folder)


LETTERS = {
    "a": ("en", "Zero.\nOne is here. One more.\nTwo.\nThree.\nFour.\nFive.\nSix.\nSeven."),
    "b": ("zh", "零。\n一在这里。再来一个。\n二。\n三。\n四。\n五。\n六。\n七。"),
}

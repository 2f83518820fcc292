"""A corpus folder written by hand, in the layout of `align.corpus.folder`, without a job."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from align._internal.tables import write_table
from align.corpus.folder import FORMAT, CorpusFolder, file_names
from align.corpus.status import DOCUMENT_COLUMNS
from align.document import LEVELS, format_position, split_paragraphs
from align.formats.beads import BeadRow, write_tsv

PAIR_COLUMNS = (
    "source", "target", "source_language", "target_language", "probability", "source_coverage", "target_coverage",
    "runner_up", "margin", "file",
)  # fmt: skip
REPEAT_COLUMNS = (
    "document", "first_start_line", "first_end_line", "second_start_line", "second_end_line", "paragraphs",
    "similarity", "action",
)  # fmt: skip


@dataclass(frozen=True)
class Pair:
    """Two documents of the run and their beads, by level."""

    source: str
    target: str
    beads: Mapping[str, Sequence[BeadRow]]


def bead(
    number: int, source: str = "", target: str = "", confidence: float = 1.0, *, level: str = "sentence"
) -> BeadRow:
    """A bead whose two sides are one unit each, or none where there is no text."""
    position = format_position(number, 0 if level == "sentence" else None)
    left, right = ((position,) if source else ()), ((position,) if target else ())
    return BeadRow(number, f"{len(left)}-{len(right)}", left, right, confidence, source, target)


def make_run(
    folder: Path,
    documents: Mapping[str, tuple[str, str]],
    pairs: Iterable[Pair] = (),
    *,
    duplicates: Sequence[tuple[str, str, float, str]] = (),
    repeats: Sequence[tuple[object, ...]] = (),
    failed: Mapping[str, str] | None = None,
    finished: bool = True,
) -> CorpusFolder:
    """Writes a run: `documents` maps an id to language and text, a duplicate is (kept, removed, similarity, kind)."""
    pairs = list(pairs)
    folder.mkdir(parents=True, exist_ok=True)
    _write_texts(folder, documents)
    rows = list(_documents(documents, pairs, {d[1]: d for d in duplicates}, failed or {}))
    write_table(folder / "documents.tsv", DOCUMENT_COLUMNS, rows)
    for name, columns in (("duplicates", ("id1", "id2")), ("clusters", ("kept", "document"))):
        columns = (*columns, "similarity", "kind", "indexed")
        write_table(folder / f"{name}.tsv", columns, [(*row, False) for row in duplicates])
    write_table(folder / "repeats.tsv", REPEAT_COLUMNS, repeats)
    _write_pairs(folder, documents, pairs)
    info = {
        "format": FORMAT,
        "version": "0",
        "signature": {"inputs": "sha256:0", "encoder": "none"},
        "options": {"dedup": {"paragraphs": "auto", "threshold": 0.7}},
        "inputs": ["in"],
        "summary": {"documents": len(rows), "pairs": len(pairs)},
        "finished": finished,
    }
    (folder / "run.json").write_text(json.dumps(info), "utf-8")
    return CorpusFolder(folder)


def _write_texts(folder: Path, documents: Mapping[str, tuple[str, str]]) -> None:
    table = {
        "id": list(documents),
        "source": [f"in/{id}" for id in documents],
        "line": pa.nulls(len(documents), pa.int64()),
        "language": [language for language, _ in documents.values()],
        "text": pa.array([text for _, text in documents.values()], pa.large_string()),
    }
    pq.write_table(pa.table(table), folder / "documents.parquet")


def _write_pairs(folder: Path, documents: Mapping[str, tuple[str, str]], pairs: Sequence[Pair]) -> None:
    """The table of pairs and their bead files."""
    names = file_names([(pair.source, pair.target) for pair in pairs])
    rows = []
    for pair, name in zip(pairs, names, strict=True):
        languages = (documents[id][0] for id in (pair.source, pair.target))
        rows.append((pair.source, pair.target, *languages, 0.98, 0.9, 0.85, "", 0.4, name))
    write_table(folder / "pairs.tsv", PAIR_COLUMNS, rows)
    for pair, name in zip(pairs, names, strict=True):
        for level in LEVELS:
            if level in pair.beads:
                write_tsv(folder / "aligned" / f"{name}.{level}s.tsv", pair.beads[level])


def _documents(
    documents: Mapping[str, tuple[str, str]],
    pairs: Sequence[Pair],
    removed: Mapping[str, tuple[str, str, float, str]],
    failed: Mapping[str, str],
) -> Iterable[tuple[object, ...]]:
    partners = {p.source: p.target for p in pairs} | {p.target: p.source for p in pairs}
    for id, (language, text) in documents.items():
        known = (id, f"in/{id}", language, len(list(split_paragraphs(text))))
        if id in removed:
            kept, _, similarity, kind = removed[id]
            yield *known, "duplicate", kind, kept, similarity, "", 1
        elif id in partners:
            yield *known, "paired", "", partners[id], 0.98, "", 1
        else:
            yield *known, "unpaired", "no document in another language is near enough", "", "", "", 1
    for id, reason in failed.items():
        yield id, f"in/{id}", "", "", "failed", reason, "", "", "", 1

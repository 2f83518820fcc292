"""A run folder: what is in it, where, and how to read it back.

::

    run.json                       format, version, signature, options, summary; "finished" once everything is written
    documents.tsv                  every input document and what became of it
    documents.parquet              id, source, line, language, text (cleaned), about of every usable document
    duplicates.tsv clusters.tsv repeats.tsv
    pairs.tsv                      the translation pairs; column `file` names their bead files
    aligned/FILE.paragraphs.tsv    beads (`align.formats.beads`)
    aligned/FILE.sentences.tsv
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any, Literal

from align._internal.tables import read_table
from align.document import format_position, parse_position
from align.errors import InputError
from align.formats.beads import BeadRow, read_tsv

FORMAT = 1  # of the folder; raised when an older `align` could not read it

Level = Literal["paragraph", "sentence"]
LEVELS: tuple[Level, ...] = ("paragraph", "sentence")

DOCUMENT_COLUMNS = (
    "document", "source", "language", "paragraphs", "status", "reason", "related", "score", "warning",
)  # fmt: skip
# status: paired, unpaired, duplicate, failed. related: the document it is paired with or a duplicate of.


@dataclass(frozen=True, slots=True)
class PairEntry:
    """A line of ``pairs.tsv``: two documents, their languages and where their beads are."""

    source: str
    target: str
    source_language: str
    target_language: str
    file: str
    row: dict[str, str]  # all columns, as they stand


class RunFolder:
    """A run folder opened for reading.

    Raises:
        InputError: there is no run in the folder, or one that this version cannot read.
    """

    def __init__(self, path: str | Path) -> None:
        self.path = Path(path)
        self.info = self._info()

    def __repr__(self) -> str:
        state = "finished" if self.finished else "not finished"
        return f"RunFolder({str(self.path)!r}, {state})\n.documents .pairs .beads(pair, level) .info"

    def _info(self) -> dict[str, Any]:
        file = self.path / "run.json"
        try:
            info = json.loads(file.read_text("utf-8"))
            found = info["format"]
        except FileNotFoundError:
            raise InputError(
                f"{self.path}: holds no run (no run.json); name the folder given to align run -o"
            ) from None
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise InputError(
                f"{file}: cannot be read ({error}); make the run again with --overwrite"
            ) from None
        if found != FORMAT:
            raise InputError(
                f"{file}: format {found}, this version reads format {FORMAT}; make the run again with --overwrite"
            )
        assert isinstance(info, dict)
        return info

    @property
    def finished(self) -> bool:
        return bool(self.info.get("finished"))

    @property
    def has_report(self) -> bool:
        return (self.path / "report" / "index.html").exists()

    @cached_property
    def documents(self) -> list[dict[str, str]]:
        """The rows of ``documents.tsv``."""
        return list(read_table(self.path / "documents.tsv"))

    @cached_property
    def pairs(self) -> list[PairEntry]:
        """The pairs in the order of ``pairs.tsv``."""
        return [
            PairEntry(
                row["source"], row["target"], row["source_language"], row["target_language"], row["file"], row
            )
            for row in read_table(self.path / "pairs.tsv")
        ]

    def bead_file(self, pair: PairEntry, level: Level) -> Path:
        return self.path / "aligned" / f"{pair.file}.{level}s.tsv"

    def beads(self, pair: PairEntry, level: Level) -> Iterator[BeadRow]:
        """The beads of a pair, read as they are asked for; positions as earlier versions wrote them are put right."""
        return map(_in_present_form, read_tsv(self.bead_file(pair, level)))


def _in_present_form(row: BeadRow) -> BeadRow:
    """The units of a run are paragraphs and sentences, which once were ``7`` and ``7.2``."""
    sides = row.source_positions, row.target_positions
    if all(position.startswith("p") for side in sides for position in side):
        return row
    left, right = (tuple(format_position(*parse_position(position)) for position in side) for side in sides)
    return replace(row, source_positions=left, target_positions=right)


def file_names(pairs: Iterable[tuple[str, str]]) -> list[str]:
    """A file name for each pair of document ids, without ending: unique also where a file system ignores case."""
    names: list[str] = []
    taken: set[str] = set()
    for source, target in pairs:
        stem = f"{safe_name(source)}--{safe_name(target)}"
        name, number = stem, 2
        while name.casefold() in taken:
            name, number = f"{stem}.{number}", number + 1
        taken.add(name.casefold())
        names.append(name)
    return names


def safe_name(id: str) -> str:
    """An id as part of a file name: ``/`` becomes ``__``, what a file system may refuse ``_``, at most 100 bytes."""
    name = "".join("__" if c == "/" else "_" if c in '\\:*?"<>|' or c < " " else c for c in id)
    if name.startswith("."):
        name = "_" + name[1:]
    return name.encode()[:100].decode(errors="ignore")

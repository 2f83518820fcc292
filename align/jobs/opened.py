"""A finished corpus to work with: its tables and beads as data frames."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cached_property
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any

from align._internal.wording import counted, listed
from align.corpus.folder import (
    BOILERPLATE,
    CLUSTERS,
    DOCUMENTS,
    DUPLICATES,
    NAMING,
    PAIRS,
    PASSAGES,
    REPEATS,
    CorpusFolder,
)
from align.document import LEVELS, Level
from align.errors import UsageError
from align.formats.bitext import Bitext

if TYPE_CHECKING:
    import pyarrow as pa

    from align.corpus.folder import PairEntry
    from align.review.results import Reviewed

TABLES: Mapping[str, str] = {
    "documents": DOCUMENTS,
    "duplicates": DUPLICATES,
    "clusters": CLUSTERS,
    "repeats": REPEATS,
    "boilerplate": BOILERPLATE,
    "passages": PASSAGES,
    "pairs": PAIRS,
}
"""The tables of a corpus by their names here."""

# Columns that are no texts, in whichever table; an id that looks like a number stays a text.
_KINDS: dict[str, type] = {
    **dict.fromkeys(
        ("score", "similarity", "probability", "source_coverage", "target_coverage", "margin", "confidence",
         "strength"), float
    ),
    **dict.fromkeys(
        (
            "paragraphs", "batch", "set", "first_start_line", "first_end_line", "second_start_line",
            "second_end_line", "start_line", "end_line", "documents", "tokens", "count", "source_count", "target_count",
        ),
        int,
    ),
    **dict.fromkeys(("indexed", "by_hand", "edited"), bool),
}  # fmt: skip
_TEXT_COLUMNS = ["id", "source", "line", "language", "text", "about"]
_DECISION_COLUMNS = (
    "source_document", "target_document", "level", "status", "source_positions", "target_positions", "confidence",
    "by_hand", "edited", "comment", "source", "target", "reviewer", "time",
)  # fmt: skip
_READ: dict[type, Callable[[str], Any]] = {
    float: float,
    int: int,
    bool: lambda value: value == "yes",
    str: str,
}
_NOTHING = {str: "", bool: False}  # what an empty cell stands for; in numbers for none


class Corpus:
    """A corpus folder that ``align run`` or ``align dedup`` finished, opened to be worked with.

    `documents`, `pairs`, `duplicates`, `clusters`, `repeats`, `boilerplate`, `passages`, `texts`, `decisions`, `beads`
    and `terms` are data frames of pandas; `arrow` gives each of them as a table of Arrow. Numbers are numbers,
    everything else is text, and "" where there is nothing.

    Args:
        path: the folder given to ``align run -o`` or ``align dedup -o``.
        batch: of a corpus that grows, this batch alone.

    Raises:
        InputError: the folder holds no corpus, or one that this version cannot read.
    """

    def __init__(self, path: str | Path, *, batch: int | None = None) -> None:
        self.folder = CorpusFolder(path, batch=batch)

    def __repr__(self) -> str:
        return (
            f"Corpus({str(self.folder.path)!r}: {self._said()})\n"
            ".documents .pairs .beads(level) .terms(level) .duplicates .clusters .repeats .passages .texts .decisions "
            ".arrow(name) .folder"
        )

    def _repr_html_(self) -> str:
        from align._internal.notebook import table_html

        rows = [(name, self.arrow(name).num_rows) for name in TABLES]
        return table_html(f"Corpus {self.folder.path}: {self._said()}", ("table", "rows"), rows, len(rows))

    def _said(self) -> str:
        counts = self.folder.info.get("summary", {})
        state = "finished" if self.folder.finished else "not finished"
        numbers = {f"{name}": number for name, number in counts.items() if name != "documents"}
        return f"{state}; {counted(counts.get('documents', 0), 'document')}: {listed(numbers)}"

    @cached_property
    def documents(self) -> Any:
        """What became of each input document."""
        return self._frame("documents")

    @cached_property
    def texts(self) -> Any:
        """The cleaned texts: id, source, line, language, text, about."""
        return self._frame("texts")

    @cached_property
    def pairs(self) -> Any:
        """The translation pairs; none in what ``align dedup`` wrote."""
        return self._frame("pairs")

    @cached_property
    def duplicates(self) -> Any:
        """The verified pairs of near-duplicates."""
        return self._frame("duplicates")

    @cached_property
    def clusters(self) -> Any:
        """What was removed, and for which kept document."""
        return self._frame("clusters")

    @cached_property
    def repeats(self) -> Any:
        """The passages that stand twice in a document."""
        return self._frame("repeats")

    @cached_property
    def boilerplate(self) -> Any:
        """The lines that recur in many documents, where they were looked for."""
        return self._frame("boilerplate")

    @cached_property
    def passages(self) -> Any:
        """The passages that two documents have in common, where they were looked for."""
        return self._frame("passages")

    @cached_property
    def decisions(self) -> Any:
        """What reviewers decided, a row each."""
        return self._frame("decisions")

    def beads(self, level: Level = "sentence", *, decided: bool = True) -> Any:
        """The beads of all pairs, a row each, with the columns of the Parquet export.

        `decided`: as they stand after review, with their confidences as recalibrated; else as the aligner left them.
        """
        return _pandas(self._beads(level, decided))

    def terms(self, level: Level = "sentence") -> Any:
        """The terms of the corpus with what answers them, a row each; counted anew at each call.

        Raises:
            EncoderError: the lexicon is not installed.
        """
        return _pandas(self._terms(level))

    def arrow(self, name: str, *, level: Level = "sentence", decided: bool = True) -> pa.Table:
        """One of the data frames as a table of Arrow; `level` and `decided` are those of `beads` and `terms`.

        Raises:
            OutputError: the table was altered.
            UsageError: there is none of this name.
        """
        if name in TABLES:
            return self._table(name)
        others: dict[str, Callable[[], pa.Table]] = {
            "texts": self._texts,
            "decisions": self._decisions,
            "beads": lambda: self._beads(level, decided),
            "terms": lambda: self._terms(level),
        }
        if name not in others:
            raise UsageError(f"{name!r} is no table of a corpus; there are {', '.join([*TABLES, *others])}")
        return others[name]()

    def _frame(self, name: str) -> Any:
        return _pandas(self.arrow(name))

    def _table(self, name: str) -> pa.Table:
        from align._internal.tables import read_header

        file = self.folder.path / TABLES[name]
        columns = read_header(file) if file.exists() else _columns(name)
        return _typed(columns, self.folder.table(TABLES[name]))

    def _texts(self) -> pa.Table:
        import pyarrow as pa

        from align.corpus.texts import read_texts
        from align.reading import SCHEMA

        if self.folder.job != "run":
            raise UsageError(f"{self.folder.path}: align dedup keeps the texts as files, in kept/")
        one = self.folder.batch
        batches = range(1, len(self.folder.batches) + 1) if one is None else [one]
        found = list(chain.from_iterable(read_texts(self.folder.path, n) for n in batches))
        names = [name for name in _TEXT_COLUMNS if all(name in rows.schema.names for rows in found)]
        schema = pa.schema([SCHEMA.field(name) for name in names])
        return pa.Table.from_batches([rows.select(names) for rows in found], schema=schema)

    def _decisions(self) -> pa.Table:
        return _typed(_DECISION_COLUMNS, _decided(self.folder))

    def _beads(self, level: Level, decided: bool) -> pa.Table:
        import pyarrow as pa

        from align.formats.parquet import BEAD_SCHEMA, bead_batches

        bitexts = (self._bitext(pair, level, decided) for pair in self._aligned(level))
        return pa.Table.from_batches(bead_batches(bitexts), schema=BEAD_SCHEMA)

    def _terms(self, level: Level) -> pa.Table:
        from align.review.terms import run_terms
        from align.terms import TERM_COLUMNS, term_rows

        rows = term_rows(run_terms(self.folder, level=level))
        return _typed(TERM_COLUMNS, (dict(zip(TERM_COLUMNS, row, strict=True)) for row in rows))

    def _aligned(self, level: Level) -> Iterator[PairEntry]:
        return (pair for pair in self.folder.pairs if self.folder.bead_file(pair, level).exists())

    def _bitext(self, pair: PairEntry, level: Level, decided: bool) -> Bitext:
        from dataclasses import replace

        from align.jobs.export import as_bitext

        found = as_bitext(self.folder, pair, level)
        return found if decided else replace(found, rows=self.folder.beads(pair, level))


def open(path: str | Path, *, batch: int | None = None) -> Corpus:
    """Opens what ``align run`` or ``align dedup`` wrote, with everything in it as data frames; see `Corpus`.

    Raises:
        InputError: the folder holds no corpus, or one that this version cannot read.
    """
    return Corpus(path, batch=batch)


def _columns(name: str) -> tuple[str, ...]:
    """The columns of a table that this job does not write: nothing of its kind was found."""
    from align.dedup.tables import BOILERPLATE_COLUMNS, PASSAGE_COLUMNS
    from align.pairing.result import PAIR_COLUMNS

    known = {"pairs": PAIR_COLUMNS, "boilerplate": BOILERPLATE_COLUMNS, "passages": PASSAGE_COLUMNS}
    return known.get(name, NAMING.get(TABLES[name], ()))


def _decided(folder: CorpusFolder) -> Iterator[dict[str, Any]]:
    """The beads that a reviewer has touched, pair by pair in the order of the text, as `_DECISION_COLUMNS`."""
    from align.review.results import reviewed_rows

    for pair in folder.pairs if folder.reviewed else ():
        for level in LEVELS:
            if not folder.bead_file(pair, level).exists():
                continue
            for found in reviewed_rows(folder, pair, level):
                if found.reviewer:
                    yield _decision(pair, level, found)


def _decision(pair: PairEntry, level: Level, found: Reviewed) -> dict[str, Any]:
    row = found.row
    values = (
        pair.source, pair.target, level, found.status, " ".join(row.source_positions), " ".join(row.target_positions),
        row.confidence, found.by_hand, found.edited, found.comment, row.source, row.target, found.reviewer, found.time,
    )  # fmt: skip
    return dict(zip(_DECISION_COLUMNS, values, strict=True))


def _typed(columns: Iterable[str], rows: Iterable[Mapping[str, Any]]) -> pa.Table:
    """Rows of texts as a table; what is empty in a column of numbers is null."""
    from align._internal.arrow import table_of

    names = list(columns)
    readers = [_READ[_KINDS.get(name, str)] for name in names]
    nothing = [_NOTHING.get(_KINDS.get(name, str)) for name in names]

    def value(cell: Any, at: int) -> Any:
        if cell in ("", None):
            return nothing[at]
        return readers[at](cell) if isinstance(cell, str) else cell

    return table_of(names, ([value(row[name], k) for k, name in enumerate(names)] for row in rows), _KINDS)


def _pandas(table: pa.Table) -> Any:
    from align._internal.arrow import to_pandas

    return to_pandas(table)

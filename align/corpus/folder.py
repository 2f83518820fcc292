"""A corpus folder: what is in it, where, and how to read it back.

What ``align run`` writes (job ``run``)::

    run.json                       format, version, job, signature, options, summary, the tables that were written;
                                   "finished" once everything is there
    documents.tsv                  every input document and what became of it (`align.corpus.status`)
    documents.parquet              id, source, line, language, text (cleaned), about of every usable document
    duplicates.tsv clusters.tsv repeats.tsv boilerplate.tsv passages.tsv
    pairs.tsv                      the translation pairs; column `file` names their bead files
    aligned/FILE.paragraphs.tsv    beads (`align.formats.beads`)
    aligned/FILE.sentences.tsv
    report/                        the pages of ``align report``

What ``align run --append`` adds: the batches after the first::

    batches/2.parquet              the texts of batch 2
    store/                         what later batches are compared with: `align.dedup.index`, `align.pairing.index`
    .append/                       a batch that is being added, until everything of it is there

What ``align dedup`` writes (job ``dedup``): ``run.json``, ``documents.tsv``, the tables of duplicates, and ``kept/``,
the documents that stay, in the format they came in.

With ``--append`` also ``store/`` and ``.append/``; files in ``kept/`` whose names an earlier batch has get a number.

What a reviewer adds: ``review.sqlite`` (decisions) and ``calibration.json``; no job removes them.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from hashlib import blake2b
from itertools import chain, count
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from align._internal.files import first_free
from align._internal.tables import rows_if_there, write_table
from align._internal.wording import counted, listed
from align.corpus.status import Entry, read_documents
from align.document import Level, ParagraphMode, format_position, parse_position
from align.errors import InputError, OutputError
from align.formats.beads import BeadRow, read_tsv
from align.reading.inputs import RECORD as RECORD  # it tells a corpus folder from one with articles

if TYPE_CHECKING:
    from align.pairing.result import DocumentPair, Pairs

    MadeWith = Callable[[DocumentPair], tuple[str, str]]  # the encoder and the weights that align a pair

FORMAT = 1  # of the folder; raised when an older `align` could not read it

DOCUMENTS = "documents.tsv"
TEXTS = "documents.parquet"
DUPLICATES = "duplicates.tsv"
CLUSTERS = "clusters.tsv"
REPEATS = "repeats.tsv"
BOILERPLATE = "boilerplate.tsv"
PASSAGES = "passages.tsv"
PAIRS = "pairs.tsv"
ALIGNED = "aligned"
KEPT = "kept"
REPORT = "report"
REPORT_INDEX = f"{REPORT}/index.html"
REVIEW = "review.sqlite"
CALIBRATION = "calibration.json"
LOCK = ".lock"
BATCHES = "batches"
STORE = "store"
STAGED = ".append"
STAGES = ".spark"  # what a job on Spark has done so far, until it is finished
TEXTS_PART = f".{TEXTS}.part"  # what is being read, until it is known that the folder may be written
UNDER_WAY = ".aligning.json"  # the pair that is being aligned, and those that processes died of
WARNED = ".warnings.jsonl"  # the warnings of pairs, until the run is finished

Job = Literal["run", "dedup"]
FOUND = (DUPLICATES, CLUSTERS, REPEATS, BOILERPLATE, PASSAGES)
RUN_TABLES = (DOCUMENTS, TEXTS, *FOUND, PAIRS)  # boilerplate and passages only where any were found
# What each job writes beside the record, and so what --overwrite removes; a reviewer's decisions are not among it.
WRITTEN: Mapping[Job, tuple[str, ...]] = {
    "run": (*RUN_TABLES, WARNED, UNDER_WAY, ALIGNED, REPORT, BATCHES, STORE, STAGED),
    "dedup": (DOCUMENTS, *FOUND, KEPT, STORE, STAGED),
}

# The columns of tables that name documents.
NAMING: Mapping[str, tuple[str, ...]] = {
    DUPLICATES: ("id1", "id2"),
    CLUSTERS: ("kept", "document"),
    REPEATS: ("document",),
    BOILERPLATE: ("document", "first_document"),
    PASSAGES: ("first_document", "second_document"),
    PAIRS: ("source", "target"),
}

# What a summary counts of documents, in the order of telling.
_STATES = ("kept", "paired", "unpaired", "duplicate", "identical", "near", "contained", "failed")

_LONGEST_NAME = 240  # bytes of the name of a pair's bead files, without their ending

_OF_PAIRS = ("source", "target", "source_language", "target_language", "file")  # what a reader of pairs needs


@dataclass(frozen=True, slots=True)
class PairEntry:
    """A line of ``pairs.tsv``: two documents, their languages and where their beads are."""

    source: str
    target: str
    source_language: str
    target_language: str
    file: str
    row: dict[str, str]  # all columns, as they stand


class CorpusFolder:
    """A corpus folder opened for reading.

    Args:
        path: the folder given to ``align run -o`` or ``align dedup -o``.
        job: refuse what another job made; None takes both.
        batch: show of a corpus that grows this batch alone: its documents, and the pairs that it completed.

    Raises:
        InputError: the folder holds no corpus, one that this version cannot read, or one of another job.
    """

    def __init__(self, path: str | Path, *, job: Job | None = None, batch: int | None = None) -> None:
        self.path = Path(path)
        self.info = read_record(self.path)
        self.batch = batch
        if batch is not None and not 1 <= batch <= len(self.batches):
            raise InputError(f"{self.path}: has no batch {batch}; the last one is {len(self.batches)}")
        if job and job != self.job:
            raise InputError(
                f"{self.path}: holds what align {self.job} wrote; name a folder given to align {job} -o"
            )

    def __repr__(self) -> str:
        state = "finished" if self.finished else "not finished"
        counts = self.info.get("summary", {})
        found = listed({name: counts.get(name, 0) for name in _STATES})
        numbers = [counted(counts[name], name[:-1]) for name in ("documents", "pairs") if name in counts]
        said = "; ".join([state, *filter(None, [*numbers[:1], found, *numbers[1:]])])
        return (
            f"CorpusFolder({str(self.path)!r}, align {self.job}, {said})\n"
            ".documents .pairs .beads(pair, level) .table(name) .info"
        )

    @property
    def batches(self) -> list[dict[str, Any]]:
        """The batches that it was made of: inputs, digest, number of documents."""
        first = {
            "inputs": self.info.get("inputs", []),
            "documents": self.info.get("summary", {}).get("documents"),
        }
        found: list[dict[str, Any]] = self.info.get("batches") or [first]
        return found

    @property
    def job(self) -> Job:
        """The command that wrote it."""
        found: Job = self.info["job"]
        return found

    @property
    def paragraphs(self) -> ParagraphMode:
        """What parts the paragraphs of its documents."""
        found: ParagraphMode = self.info.get("options", {}).get("dedup", {}).get("paragraphs", "auto")
        return found

    @property
    def finished(self) -> bool:
        """Whether the job came to its end."""
        return bool(self.info.get("finished"))

    @property
    def paired(self) -> bool:
        """Whether the job has come to the translation pairs."""
        return (self.path / PAIRS).exists()

    @property
    def has_report(self) -> bool:
        return (self.path / REPORT_INDEX).exists()

    @property
    def reviewed(self) -> bool:
        """Whether somebody has decided on beads."""
        return (self.path / REVIEW).exists()

    def reviewer_lock(self, reviewer: str) -> Path:
        """The file that who judges a sample holds, so that nobody else does under the same name."""
        name = blake2b(reviewer.encode("utf-8", "replace"), digest_size=8).hexdigest()
        return self.path / f"{LOCK}-{name}"

    @cached_property
    def documents(self) -> list[Entry]:
        """What became of each input document, in the order of reading; none before the job came to that.

        Raises:
            OutputError: the table was altered.
        """
        file = self.path / DOCUMENTS
        every = read_documents(file) if file.exists() else ()
        return [entry for entry in every if self.batch in (None, entry.batch)]

    def names(self) -> set[str]:
        """The ids of its documents, but for those that were refused, could not be used or were taken out."""
        return {entry.document for entry in self.documents if entry.status != "failed"}

    @cached_property
    def pairs(self) -> list[PairEntry]:
        """The pairs in the order of ``pairs.tsv``; none before the job came to them.

        Raises:
            OutputError: the table was altered.
        """
        return [self._checked(pair_entry(row)) for row in self.table(PAIRS, _OF_PAIRS)]

    def _checked(self, pair: PairEntry) -> PairEntry:
        """A pair whose bead files lie in the folder, as their name says."""
        self._named(pair.file)
        return pair

    def _named(self, file: str) -> str:
        """The name of a pair's bead files, which must lie in the folder."""
        if not file or file != safe_name(file, most=_LONGEST_NAME):
            raise OutputError(
                f"{self.path / PAIRS}: file {file!r:.80} is no name of a bead file; the table was altered: "
                "run with --overwrite to write it again"
            )
        return file

    def table(self, name: str, columns: Sequence[str] = ()) -> Iterator[dict[str, str]]:
        """The rows of a table, such as `DUPLICATES`, by column name; none where the job stopped before it.

        Raises:
            OutputError: the table was altered, or lacks one of `columns`.
        """
        rows = rows_if_there(self.path / name, columns)
        return rows if self.batch is None else filter(self._of_the_batch(name), rows)

    def _of_the_batch(self, table: str) -> Callable[[dict[str, str]], bool]:
        """Whether a row is of the batch that is shown: the last of those that its documents came with."""
        if table == DOCUMENTS:
            return lambda row: row.get("batch", "1") == str(self.batch)
        naming, batches = NAMING[table], self._batch_of
        return lambda row: max(batches.get(row[name], 1) for name in naming) == self.batch

    @cached_property
    def _batch_of(self) -> dict[str, int]:
        """The batch of each document."""
        file = self.path / DOCUMENTS
        return {entry.document: entry.batch for entry in read_documents(file)} if file.exists() else {}

    def bead_file(self, pair: PairEntry, level: Level) -> Path:
        return bead_file(self.path, pair.file, level)

    def beads(self, pair: PairEntry, level: Level = "sentence") -> Iterator[BeadRow]:
        """The beads of a pair, read as they are asked for; positions as earlier versions wrote them are put right."""
        return map(_in_present_form, read_tsv(self.bead_file(pair, level)))


def _in_present_form(row: BeadRow) -> BeadRow:
    """The units of a run are paragraphs and sentences, which once were ``7`` and ``7.2``."""
    sides = row.source_positions, row.target_positions
    if all(position.startswith("p") for side in sides for position in side):
        return row
    left, right = (tuple(format_position(*parse_position(position)) for position in side) for side in sides)
    return replace(row, source_positions=left, target_positions=right)


def open_corpus(path: str | Path) -> CorpusFolder:
    """Opens what ``align run`` or ``align dedup`` wrote: `documents`, `pairs`, and the `beads` of a pair.

    Raises:
        InputError: the folder holds no corpus, or one that this version cannot read.
    """
    return CorpusFolder(path)


def read_record(folder: Path) -> dict[str, Any]:
    """What ``run.json`` says of the job that wrote into a folder.

    Raises:
        InputError: it is not there, damaged, or of another format.
    """
    file = folder / RECORD
    try:
        info: dict[str, Any] = json.loads(file.read_text("utf-8"))
        found = info["format"]
        _check_kinds(info)
    except FileNotFoundError:
        raise InputError(
            f"{folder}: holds no run (no {RECORD}); name the folder given to align run -o"
        ) from None
    except (OSError, ValueError, KeyError, TypeError, RecursionError) as error:
        raise InputError(f"{file}: cannot be read ({error}); make the run again with --overwrite") from None
    if found != FORMAT or info.setdefault("job", "run") not in WRITTEN:
        raise InputError(
            f"{file}: format {found}, this version reads format {FORMAT}; make the run again with --overwrite"
        )
    return info


_KINDS: Mapping[str, type] = {
    "job": str, "signature": dict, "options": dict, "summary": dict, "encoders": dict, "files": list,
    "warnings": list, "inputs": list,
}  # fmt: skip


def _check_kinds(info: Mapping[str, Any]) -> None:
    """Raises ValueError where an entry of the record is not of the kind that a job writes: somebody altered it."""
    for name, kind in _KINDS.items():
        if name in info and not isinstance(info[name], kind):
            raise ValueError(f"{name} is no {kind.__name__}")
    options = info.get("options", {})
    if not isinstance(options.get("dedup", {}), dict):
        raise ValueError("options.dedup is no dict")
    for number in (info.get("summary") or {}).values():
        if not isinstance(number, int):
            raise ValueError(f"summary holds {number!r:.60}, which is no count")
    for file in info.get("files", ()):
        if not isinstance(file, str):
            raise ValueError(f"files holds {file!r:.60}, which is no name")
    for entry in info.get("warnings", ()):
        if not (isinstance(entry, dict) and entry.keys() >= {"about", "warning"}):
            raise ValueError(f"warnings holds {entry!r:.60}, which is no warning")


def pair_entry(row: dict[str, str]) -> PairEntry:
    """A line of ``pairs.tsv``."""
    languages = row["source_language"], row["target_language"]
    return PairEntry(row["source"], row["target"], *languages, row["file"], row)


def bead_file(folder: Path, name: str, level: Level) -> Path:
    """The file with the beads of a pair; `name` is that in column `file`."""
    return folder / ALIGNED / f"{name}.{level}s.tsv"


def texts_file(batch: int) -> str:
    """The name of the file with the texts of a batch."""
    return TEXTS if batch == 1 else f"{BATCHES}/{batch}.parquet"


def write_pairs(folder: Path, pairs: Pairs, made_with: MadeWith) -> None:
    """Writes ``pairs.tsv``, with the encoder and the weights that align each pair, and a name for its bead files.

    Raises:
        OutputError: it cannot be written.
    """
    columns, rows = pair_rows(pairs, made_with)
    write_table(folder / PAIRS, columns, rows)


def pair_rows(
    pairs: Pairs, made_with: MadeWith, others: Iterable[str] = ()
) -> tuple[list[str], list[list[Any]]]:
    """The columns of ``pairs.tsv``, and the cells of these pairs; none of their files is one of the `others`."""
    names = file_names(((pair.source, pair.target) for pair in pairs), others)
    rows = [[*pair.cells(), *made_with(pair), name] for pair, name in zip(pairs, names, strict=True)]
    return [*pairs.columns, "encoder", "weights", "file"], rows


def count_encoders(pairs: Iterable[PairEntry], signatures: Mapping[str, str]) -> dict[str, dict[str, Any]]:
    """The encoders that pairs were aligned with: the signature of each, and how many pairs with which weights."""
    found: dict[str, dict[str, Any]] = {}
    for pair in pairs:
        encoder, weights = pair.row.get("encoder", ""), pair.row.get("weights", "")
        if encoder:
            about = found.setdefault(encoder, {"signature": signatures.get(encoder), "pairs": {}})
            about["pairs"][weights] = about["pairs"].get(weights, 0) + 1
    return found


def file_names(pairs: Iterable[tuple[str, str]], others: Iterable[str] = ()) -> list[str]:
    """A file name for each pair of document ids, without ending: unique also where a file system ignores case.

    It is none of the `others`.
    """
    names: list[str] = []
    taken = {name.casefold() for name in others}
    for source, target in pairs:
        stem = f"{safe_name(source)}--{safe_name(target)}"
        names.append(first_free(chain([stem], (f"{stem}.{number}" for number in count(2))), taken))
    return names


def safe_name(id: str, *, most: int = 100) -> str:
    """An id as part of a file name: ``/`` becomes ``__``, what a file system may refuse ``_``, `most` bytes at most."""
    name = "".join("__" if c == "/" else "_" if c in '\\:*?"<>|' or c < " " else c for c in id)
    if name.startswith("."):
        name = "_" + name[1:]
    return name.encode(errors="replace")[:most].decode(errors="ignore")

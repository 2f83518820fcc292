"""The main job, stage by stage: read, find duplicates, find translations, align. The one place that knows the order.

Every stage writes its files whole or not at all, so what is there is done: a run that was killed goes on from there, as
long as its signature (inputs, options, versions) is the same.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, field, replace
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from align import __version__
from align._internal.files import told_when_unwritable
from align._internal.progress import Progress
from align._internal.tables import read_table, write_table
from align._internal.wording import counted, listed
from align.corpus.folder import LEVELS, PairEntry, RunFolder, file_names
from align.corpus.prepare import locked, take_over, write_info
from align.corpus.status import Entry, Status, entry_of, with_partner, write_documents
from align.corpus.warnings import WARNED, WarningLog
from align.document import Document, ParagraphMode
from align.errors import UsageError
from align.reading.inputs import Paths, path_of, paths_of
from align.reading.options import ReadOptions

if TYPE_CHECKING:
    import pyarrow as pa

    from align.encoders.base import Encoder

_KEPT = ("id", "source", "line", "language", "text", "about")  # columns of ``documents.parquet``


@dataclass(frozen=True, slots=True)
class RunOptions:
    """What the main job can be told."""

    reading: ReadOptions = field(default_factory=ReadOptions)
    paragraphs: ParagraphMode = "auto"  # what parts paragraphs
    threshold: float = 0.7  # Jaccard similarity from which two documents are duplicates
    cut: Literal["repeats", "none"] = (
        "repeats"  # leave the second copy of a repeated passage out of what follows
    )
    encoder: str | Encoder = "use"  # its name, or an object, which works in this process alone
    max_size: int | None = None  # most units on one side of a bead; None: as measured best for each level
    min_probability: float | None = None  # of a translation pair; None: pairing's own default
    given: tuple[tuple[str, str], ...] = ()  # pairs of ids that are known to be translations
    workers: int = 1  # processes that align pairs
    overwrite: bool = False  # replace a run made with other inputs or options


@dataclass(frozen=True, slots=True)
class RunResult:
    """A finished run: where it is and what became of each document."""

    folder: RunFolder
    entries: tuple[Entry, ...]
    continued: bool  # an earlier run was found there
    unchanged: bool  # and had nothing left to do

    def __repr__(self) -> str:
        counts = Counter(entry.status for entry in self.entries)
        return (
            f"RunResult({str(self.folder.path)!r}, {counted(len(self.entries), 'document')}: {listed(counts)})\n"
            ".folder .entries .failed .left_out .with_status(status)"
        )

    def with_status(self, status: Status) -> tuple[Entry, ...]:
        return tuple(entry for entry in self.entries if entry.status == status)

    @property
    def failed(self) -> tuple[Entry, ...]:
        """The documents that were left out because something is wrong with them."""
        return self.with_status("failed")

    @property
    def left_out(self) -> tuple[str, ...]:
        """What else was asked for and could not be done, such as a given pair that is not in the batch."""
        return tuple(
            entry["warning"] for entry in self.folder.info.get("warnings", []) if entry["about"] is None
        )


def run(
    inputs: Paths,
    out: str | Path,
    *,
    options: RunOptions | None = None,
    progress: Progress | None = None,
) -> RunResult:
    """Turns a batch of articles into the run folder `out` (see `align.corpus.folder`); continues it where it can.

    `progress` is told each step, how much of it is done, and of how much (0 where that is not known).

    Raises:
        SignatureError: `out` holds a run with another signature and `options.overwrite` is not set.
        OutputError: `out` cannot be written, or another process is writing into it.
        UsageError: there is nothing to read.
    """
    from align.encoders import as_encoder

    named = paths_of(inputs)
    if not named:
        raise UsageError("nothing to read: name files, folders or - for standard input")
    options = options or RunOptions()
    as_encoder(options.encoder)  # whether there is such an encoder is known before anything is read
    job = _Job(path_of(out, "out"), options, progress or (lambda step, done, total: None))
    with locked(job.out):
        return job.run(named)


def plan(inputs: Paths, *, options: RunOptions | None = None) -> tuple[Entry, ...]:
    """What a run would read, without writing anything."""
    from align.reading import read_batch

    reading = (options or RunOptions()).reading
    return tuple(entry_of(row) for batch in read_batch(inputs, options=reading) for row in batch.to_pylist())


class _Job:
    """One run on its way; the stages stand in the order in which `run` calls them."""

    def __init__(self, out: Path, options: RunOptions, progress: Progress) -> None:
        self.out = out
        self.options = options
        self.progress = progress
        self.entries: list[Entry] = []  # in the order of the batch
        self.place: dict[str, int] = {}  # by id, for those that can be used: two documents may claim one id

    def run(self, inputs: Sequence[str]) -> RunResult:
        continued = self.read(inputs)
        documents: list[Document] | None = None
        if not (self.out / "pairs.tsv").exists():
            self.deduplicate()
            documents = self.pair()
        self.restore()
        folder = RunFolder(self.out)
        left = self.left(folder)
        unchanged = folder.finished and not left
        if not unchanged:
            self.align(folder, left, documents)
        return RunResult(RunFolder(self.out), tuple(self.entries), continued, unchanged)

    def read(self, inputs: Sequence[str]) -> bool:
        """Reads everything once, into a file of its own until it is known whether the folder may be written."""
        import pyarrow as pa
        import pyarrow.parquet as pq

        from align.reading import SCHEMA, read_batch

        self.progress("reading", 0, 0)
        schema = pa.schema([SCHEMA.field(name) for name in _KEPT])
        reading = replace(self.options.reading, exclude=(*self.options.reading.exclude, str(self.out)))
        held = self.out / ".documents.parquet.part"
        digest = hashlib.sha256()
        try:
            with told_when_unwritable(self.out), pq.ParquetWriter(held, schema, compression="zstd") as writer:
                for batch in read_batch(inputs, options=reading):
                    self._note(batch, digest)
                    usable = batch.filter(pa.compute.is_null(batch["problem"]))
                    writer.write_batch(usable.select(schema.names))
                    self.progress("reading", len(self.entries), 0)
            signature = self.signature(digest.hexdigest())
            continued = take_over(self.out, signature, overwrite=self.options.overwrite)
            if not continued:  # before anything else: a folder without it would not be taken for a run's
                write_info(
                    self.out, signature=signature, options=_plain(self.options), inputs=list(map(str, inputs))
                )
            if not (self.out / "documents.parquet").exists():
                held.replace(self.out / "documents.parquet")
            return continued
        finally:
            held.unlink(missing_ok=True)

    def _note(self, batch: pa.RecordBatch, digest: Any) -> None:
        for row in batch.to_pylist():
            entry = entry_of(row)
            if entry.status != "failed":
                self.place[entry.document] = len(self.entries)
            self.entries.append(entry)
            record = (row["id"], row["language"], row["problem"], row["text"], row["about"])
            digest.update(json.dumps(record).encode())

    def signature(self, digest: str) -> dict[str, Any]:
        """Everything that decides the bytes of the output."""
        from align.text.detection import DETECTOR
        from align.text.sentences import SEGMENTER

        options = _plain(self.options)
        options.pop("reading")
        return {
            "version": __version__,
            "inputs": f"sha256:{digest[:16]}",
            **options,
            "encoder": self.encoder().signature,
            "segmenter": SEGMENTER,
            "language_detector": DETECTOR,
            "weights": _weights(),
        }

    def encoder(self) -> Encoder:
        from align.encoders import as_encoder

        return as_encoder(self.options.encoder)

    def batches(self) -> Iterator[pa.RecordBatch]:
        """The usable documents, as read."""
        import pyarrow.parquet as pq

        with pq.ParquetFile(self.out / "documents.parquet") as file:
            yield from file.iter_batches(batch_size=4096)

    def deduplicate(self) -> None:
        """Writes duplicates, clusters and repeats, and notes which documents go no further."""
        from align.dedup import DedupOptions, find_duplicates

        options = DedupOptions(threshold=self.options.threshold, paragraphs=self.options.paragraphs)

        def tell(step: str, done: int, _: int) -> None:
            self.progress(step, done, len(self.place))

        duplicates = find_duplicates(self.batches(), options=options, progress=tell)
        duplicates.write(self.out, cut=self.options.cut, overwrite=True)
        for document, removal in duplicates.removed.items():
            self.note(
                document,
                status="duplicate",
                reason=removal.kind,
                related=removal.kept,
                score=removal.similarity,
            )

    def note(self, document: str, **changes: Any) -> None:
        """Changes what ``documents.tsv`` says of a document."""
        number = self.place[document]
        self.entries[number] = replace(self.entries[number], **changes)

    def documents(self, wanted: frozenset[str] | None = None) -> Iterator[Document]:
        """The documents that were kept, with languages, less the paragraphs that were cut."""
        from align.reading.documents import document_of
        from align.text.detection import detect_document

        cuts = self.cuts()
        for batch in self.batches():
            for row in batch.to_pylist():
                id = row["id"]
                dropped = self.entries[self.place[id]].status == "duplicate"
                if dropped or (wanted is not None and id not in wanted):
                    continue
                whole = document_of(row, self.options.paragraphs)
                document = detect_document(whole.without(_cut(whole, cuts.get(id, []))))
                self.note(id, language=document.language, paragraphs=len(whole.paragraphs))
                yield document

    def cuts(self) -> dict[str, list[tuple[int, int]]]:
        """By document the line ranges that ``repeats.tsv`` lists as cut."""
        cuts: dict[str, list[tuple[int, int]]] = {}
        if self.options.cut == "repeats":
            for row in read_table(self.out / "repeats.tsv"):
                if row["action"] == "cut":
                    lines = int(row["second_start_line"]), int(row["second_end_line"])
                    cuts.setdefault(row["document"], []).append(lines)
        return cuts

    def pair(self) -> list[Document]:
        """Writes ``documents.tsv`` and then ``pairs.tsv``: where the second is, the first is complete.

        Returns the documents, so that those of a pair are not read and looked at again.
        """
        from align.pairing import find_pairs

        documents: list[Document] = []
        kept = sum(entry.status == "unpaired" for entry in self.entries)
        for whole in self.documents():
            documents.append(whole)
            self.progress("detecting languages", len(documents), kept)
        pairs = find_pairs(
            documents,
            encoder=self.encoder(),
            given=self.options.given,
            min_probability=self.options.min_probability,
            progress=lambda step, done, total: self.progress(f"finding translations: {step}", done, total),
        )
        for document, reason in pairs.unpaired.items():
            self.note(document, status="unpaired", reason=reason)
        for pair in pairs.pairs:
            for one, other in ((pair.source, pair.target), (pair.target, pair.source)):
                number = self.place[one]
                self.entries[number] = with_partner(self.entries[number], other, pair.probability)
        self.write_documents()
        write_info(self.out, warnings=[_warning(None, warning) for warning in pairs.warnings])
        names = file_names([(pair.source, pair.target) for pair in pairs.pairs])
        rows = [[*pair.cells(), name] for pair, name in zip(pairs.pairs, names, strict=True)]
        write_table(self.out / "pairs.tsv", [*pairs.columns, "file"], rows)
        return documents

    def write_documents(self) -> None:
        write_documents(self.out / "documents.tsv", self.entries)

    def restore(self) -> None:
        """The entries as ``documents.tsv`` has them, so that a continued run says the same as an unbroken one."""
        for number, row in enumerate(read_table(self.out / "documents.tsv")):
            values: dict[str, Any] = {name: value or None for name, value in row.items()}
            values["score"] = float(row["score"]) if row["score"] else None
            values["paragraphs"] = int(row["paragraphs"]) if row["paragraphs"] else None
            self.entries[number] = Entry(**values)

    def left(self, folder: RunFolder) -> list[PairEntry]:
        """The pairs whose bead files are not there, but for those that a finished run could not align."""
        failed = {entry.document for entry in self.entries if folder.finished and entry.status == "failed"}
        return [
            pair
            for pair in folder.pairs
            if not all(folder.bead_file(pair, level).exists() for level in LEVELS)
            and not (pair.source in failed and pair.target in failed)
        ]

    def align(self, folder: RunFolder, left: Sequence[PairEntry], known: Iterable[Document] | None) -> None:
        """Aligns the pairs that are left, then declares the run finished.

        `known` are the documents, where this process has paired them itself; else they are read again.
        """
        from align.alignment.options import AlignOptions
        from align.engines.local import Task, align_all

        log = WarningLog(self.out / WARNED)
        wanted = frozenset(id for pair in left for id in (pair.source, pair.target))
        if known is None:
            known = self.documents(wanted) if left else ()
        documents = {document.id: document for document in known}
        tasks = [
            Task(
                pair.file,
                documents[pair.source],
                documents[pair.target],
                (folder.bead_file(pair, "paragraph"), folder.bead_file(pair, "sentence")),
                log,
            )
            for pair in left
        ]
        self.progress("aligning", 0, len(left))
        options = AlignOptions("sentence", self.options.max_size, self.options.encoder)
        for number, outcome in enumerate(align_all(tasks, options, self.options.workers), 1):
            self.progress("aligning", number, len(left))
            if outcome.problem:
                for id in (outcome.source, outcome.target):
                    self.note(id, status="failed", reason=f"could not be aligned: {outcome.problem}")
        self.write_documents()
        self.finish(folder, log)

    def finish(self, folder: RunFolder, log: WarningLog) -> None:
        """Declares the run finished, with the warnings of all its pairs in their order, however they came in.

        Where a file of a finished run was missing, those of the other pairs are in ``run.json`` already.
        """
        logged = log.read()
        told: dict[str | None, list[dict[str, str | None]]] = {}
        for entry in folder.info.get("warnings", []):
            told.setdefault(entry["about"], []).append(entry)
        warnings = told.get(None, [])
        for pair in folder.pairs:
            about = f"{pair.source} and {pair.target}"
            new = logged.get(pair.file)
            warnings += told.get(about, []) if new is None else [_warning(about, warning) for warning in new]
        write_info(self.out, warnings=warnings, finished=True, summary=self.summary(folder))
        log.remove()

    def summary(self, folder: RunFolder) -> dict[str, int]:
        counts = {
            status: sum(e.status == status for e in self.entries)
            for status in ("paired", "unpaired", "duplicate", "failed")
        }
        repeats = sum(1 for _ in read_table(self.out / "repeats.tsv"))
        return {"documents": len(self.entries), **counts, "repeats": repeats, "pairs": len(folder.pairs)}


def _weights() -> str:
    """Digest of the files that hold what the aligner and the pairing have learned."""
    align = resources.files("align")
    files = [align.joinpath("alignment", "data", f"{level}.json") for level in LEVELS]
    files.append(align.joinpath("pairing", "weights.json"))
    return f"sha256:{hashlib.sha256(b''.join(file.read_bytes() for file in files)).hexdigest()[:16]}"


def _warning(about: str | None, warning: str) -> dict[str, str | None]:
    """What a reader should know, of a pair or of the whole run, as ``run.json`` has it."""
    return {"about": about, "warning": warning}


def _cut(document: Document, ranges: list[tuple[int, int]]) -> list[int]:
    return [
        p.index for p in document.paragraphs if any(a <= p.start_line and p.end_line <= b for a, b in ranges)
    ]


def _plain(options: RunOptions) -> dict[str, Any]:
    """The options as JSON has them, but for those that decide how the folder is made, not what is in it."""
    if not isinstance(options.encoder, str):
        options = replace(options, encoder=options.encoder.name)
    values: dict[str, Any] = json.loads(json.dumps(asdict(options)))
    for name in ("overwrite", "workers"):
        values.pop(name)
    return values

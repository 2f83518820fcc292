"""The main job, stage by stage: read, find duplicates, find translations, align.

Every stage writes its files whole or not at all, so what is there is done: a run that was killed goes on from there, as
long as its signature (inputs, options, versions) is the same.
"""

from __future__ import annotations

import hashlib
import shutil
from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Any

from align import __version__
from align._internal.files import is_whole
from align._internal.options import chosen
from align._internal.progress import Progress, Waiting
from align._internal.shelf import Pickles, Shelf
from align._internal.wording import counted, listed
from align.corpus.folder import (
    DOCUMENTS,
    PAIRS,
    REPEATS,
    RUN_TABLES,
    STAGES,
    WARNED,
    CorpusFolder,
    PairEntry,
    write_pairs,
)
from align.corpus.prepare import CorpusWriter, writing
from align.corpus.status import Entry, Status, entry_of, write_documents
from align.corpus.texts import drop_texts, take_texts
from align.corpus.warnings import WarningLog, all_warnings, warned
from align.document import LEVELS, Document
from align.errors import OutputError, UsageError
from align.jobs.batch import Batch
from align.jobs.options import RunOptions
from align.reading.inputs import Paths, path_of, paths_of, refuse_missing, shown

if TYPE_CHECKING:
    from align.pairing import Pairs

__all__ = ["RunOptions", "RunResult", "plan", "run"]


@dataclass(frozen=True, slots=True)
class RunResult:
    """A finished run: where it is and what became of each document."""

    folder: CorpusFolder
    entries: tuple[Entry, ...]
    continued: bool  # an earlier run was found there
    unchanged: bool  # and had nothing left to do
    came_back: tuple[Entry, ...] = ()  # of earlier batches, removed for a document that this one replaced

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
    waiting: Waiting | None = None,
) -> RunResult:
    """Turns a batch of articles into the corpus folder `out` (see `align.corpus.folder`); continues it where it can.

    With `options.append` the batch is added to the corpus that is there; `entries` are then those of the batch.
    `progress` is told each step, how much of it is done, and of how much (0 where that is not known), and `waiting`
    that another process is adding to the corpus.

    Raises:
        SignatureError: `out` holds a run with another signature and `options.overwrite` is not set.
        OutputError: `out` cannot be written, or another process is writing into it.
        UsageError: there is nothing to read, or something that was named is not there.
    """
    options = chosen(options, RunOptions)
    named = inputs_of(inputs)
    if options.append:
        from align.jobs.append import append

        return append(named, path_of(out, "out"), options, progress=progress, waiting=waiting)
    signature = signature_of(options)  # so that an encoder that is not there is known before anything is made
    with writing(path_of(out, "out"), "run", overwrite=options.overwrite) as writer:
        writer.check(signature)
        return Job(writer, options, signature, progress).run(named)


def inputs_of(inputs: Paths) -> tuple[str, ...]:
    """What a run reads.

    Raises:
        UsageError: there is nothing to read, or something that was named is not there.
    """
    named = paths_of(inputs)
    if not named:
        raise UsageError("nothing to read: name files, folders or - for standard input")
    refuse_missing(named)
    return named


def plan(inputs: Paths, *, options: RunOptions | None = None) -> tuple[Entry, ...]:
    """What a run would read, without writing anything."""
    from align.reading import read_batch

    reading = chosen(options, RunOptions).reading
    return tuple(entry_of(row) for batch in read_batch(inputs, options=reading) for row in batch.to_pylist())


class Job(Batch):
    """One run on its way; the stages stand in the order in which `run` calls them."""

    def __init__(
        self, writer: CorpusWriter, options: RunOptions, signature: dict[str, Any], progress: Progress | None
    ) -> None:
        super().__init__(writer.path, options, progress)
        self.writer = writer
        self.signature = signature

    def run(self, inputs: Sequence[str]) -> RunResult:
        continued = self.read(inputs)
        documents: Pickles[Document] | None = None
        if self.writer.missing or not CorpusFolder(self.out).paired:
            if self.writer.record["finished"]:
                self.writer.write(finished=False)
            self.find_duplicates()
            documents = self.pair()
        self.entries.restore(self.out / DOCUMENTS)
        folder = CorpusFolder(self.out)
        left = self.left(folder)
        unchanged = folder.finished and not left
        if not unchanged:
            self.align(folder, left, documents)
        return RunResult(CorpusFolder(self.out), tuple(self.entries), continued, unchanged)

    def read(self, inputs: Sequence[str]) -> bool:
        """Reads everything once; it is taken into the folder when it is known that this may be written."""
        try:
            digest = self.read_all(inputs, leave_out=self.out)
            continued = self.writer.begin(
                {"version": __version__, "inputs": digest, **self.signature},
                options=self.options.as_json(),
                inputs=[shown(name) for name in inputs],
            )
            if self.writer.missing or not CorpusFolder(self.out).paired:
                take_texts(self.out)
            return continued
        finally:
            drop_texts(self.out)

    def find_duplicates(self) -> None:
        """Writes the tables of duplicates, and notes which documents go no further."""
        self.deduplicate()

    def find_translations(self) -> tuple[Pairs, Pickles[Document] | None]:
        """The pairs of the documents that are left, whose languages are noted, and those documents."""
        from align.pairing import find_pairs

        documents = self.kept_documents()
        return find_pairs(documents, options=self.options.pairing, progress=self.pairing_progress), documents

    def pair(self) -> Pickles[Document] | None:
        """Writes ``documents.tsv`` and then ``pairs.tsv``: where the second is, the first is complete.

        Returns the documents where they are at hand, so that those of a pair are not read and looked at again.
        """
        pairs, documents = self.find_translations()
        self.entries.note_pairs(pairs)
        write_documents(self.out / DOCUMENTS, self.entries)
        of_pairs = [entry for entry in self.writer.record.get("warnings", []) if entry["about"] is not None]
        self.writer.write(warnings=[*(warned(None, warning) for warning in pairs.warnings), *of_pairs])
        write_pairs(self.out, pairs, self.made_with)
        return documents

    def left(self, folder: CorpusFolder) -> list[PairEntry]:
        """The pairs whose bead files are not there, but for those that a finished run could not align."""
        failed = {entry.document for entry in self.entries if folder.finished and entry.status == "failed"}
        return [
            pair
            for pair in folder.pairs
            if not all(is_whole(folder.bead_file(pair, level)) for level in LEVELS)
            and not (pair.source in failed and pair.target in failed)
        ]

    def align(
        self, folder: CorpusFolder, left: Sequence[PairEntry], documents: Pickles[Document] | None
    ) -> None:
        """Aligns the pairs that are left, then declares the run finished.

        `documents` are those that this process has paired itself; else they are read again.
        """
        log = WarningLog(self.out / WARNED)
        self.align_left(left, documents, log)
        write_documents(self.out / DOCUMENTS, self.entries)
        self.finish(folder, log)

    def align_left(
        self, left: Sequence[PairEntry], documents: Pickles[Document] | None, log: WarningLog
    ) -> None:
        """Writes the beads of these pairs, their warnings into the log, and notes what could not be aligned."""
        wanted = frozenset(id for pair in left for id in (pair.source, pair.target))
        if documents is None:
            documents = self.kept_documents(wanted) if left else Pickles(Shelf())
        self.refuse_unknown(wanted - documents.keys())
        self.align_pairs(self.out, left, documents, log)

    def refuse_unknown(self, ids: Collection[str]) -> None:
        """Raises OutputError where pairs have documents that are none."""
        if ids:
            raise OutputError(
                f"{self.out / PAIRS}: {min(ids)!r} is no document of this run; the file was altered: "
                "run with --overwrite to write it again"
            )

    def finish(self, folder: CorpusFolder, log: WarningLog) -> None:
        """Declares the run finished."""
        repeats = sum(1 for _ in folder.table(REPEATS))
        self.writer.finish(
            [name for name in RUN_TABLES if (self.out / name).exists()],
            warnings=all_warnings(self.writer.record.get("warnings", []), folder.pairs, log.read()),
            summary={**self.entries.counts(), "repeats": repeats, "pairs": len(folder.pairs)},
            encoders=self.encoders(folder.pairs),
        )
        log.remove()
        # Of a run on Spark: what it made on the way is needed no more.
        shutil.rmtree(self.out / STAGES, ignore_errors=True)


def signature_of(options: RunOptions) -> dict[str, Any]:
    """Everything that decides the bytes of the output, beside what is read."""
    from align.encoders import as_encoder
    from align.text.detection import DETECTOR
    from align.text.sentences import SEGMENTER

    encoder, pairing = (
        as_encoder(options.alignment.encoder).signature,
        as_encoder(options.pairing.encoder).signature,
    )
    return {
        "version": __version__,
        **options.stages,
        "encoder": encoder,
        **({"pairing_encoder": pairing} if pairing != encoder else {}),
        "segmenter": SEGMENTER,
        "language_detector": DETECTOR,
        "weights": _weights(),
    }


def _weights() -> str:
    """Digest of the files that hold what the aligner and the pairing have learned."""
    from align.alignment.model import weight_files

    files = [*weight_files(), resources.files("align").joinpath("pairing", "weights.json")]
    return f"sha256:{hashlib.sha256(b''.join(file.read_bytes() for file in files)).hexdigest()[:16]}"

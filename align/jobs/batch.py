"""One batch on its way through the stages that a run and an addition to a corpus have in common."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from align._internal.arrow import strings
from align._internal.files import told_when_unwritable
from align._internal.progress import Progress, silent
from align._internal.shelf import Pickles, Shelf
from align.corpus.cuts import cut_lines, parts_of_paragraphs
from align.corpus.folder import UNDER_WAY, bead_file, count_encoders
from align.corpus.status import NOT_ALIGNED, Entries
from align.corpus.texts import read_texts, rename_texts, texts_being_read
from align.dedup.dates import check_field
from align.document import Document
from align.jobs.options import RunOptions, less
from align.reading.documents import settled_document

if TYPE_CHECKING:
    import pyarrow as pa

    from align.alignment.associations import WordAssociations
    from align.corpus.folder import PairEntry
    from align.corpus.warnings import WarningLog
    from align.dedup import Deduplication, Duplicates
    from align.dedup.find import Earlier
    from align.encoders import Encoder
    from align.engines.local import OfTwo
    from align.pairing import DocumentPair
    from align.reading import ReadOptions


class Batch:
    """A batch in a folder that its texts and tables go to.

    Attributes:
        entries: what becomes of its documents.
        same_ids: the ids that documents came with, where earlier ones of the batch have them.
    """

    def __init__(self, out: Path, options: RunOptions, progress: Progress | None, number: int = 1) -> None:
        self.out = out
        self.options = options
        self.progress: Progress = progress or silent
        self.entries = Entries(number)
        self.same_ids: dict[str, str] = {}

    def read_all(self, inputs: Sequence[str], *, leave_out: Path) -> str:
        """Reads everything once, into a file that is still to be taken into the folder; returns a digest of it."""
        self.progress("reading", 0, 0)
        reading = replace(less(self.options.reading, leave_out), repeated="name")
        digest = hashlib.sha256()
        with texts_being_read(self.out, prefer=bool(reading.prefer)) as write:
            for batch in self.batches(inputs, reading):
                for row in batch.to_pylist():
                    self.entries.add(row)
                    if row["same_id"]:
                        self.same_ids[row["id"]] = row["same_id"]
                    digest.update(_identity(row))
                write(batch)
                self.progress("reading", len(self.entries), 0)
        return f"sha256:{digest.hexdigest()[:16]}"

    def batches(self, inputs: Sequence[str], reading: ReadOptions) -> Iterator[pa.RecordBatch]:
        """The documents of the inputs (`align.reading.SCHEMA`)."""
        from align.reading import read_batch

        return read_batch(inputs, options=reading)

    def deduplicate(self, earlier: Earlier | None = None) -> tuple[Deduplication, Duplicates]:
        """Writes the tables of duplicates, and notes which documents go no further."""
        from align.dedup import Deduplication
        from align.dedup.tables import write_tables

        options = self.options
        # Not through `find_duplicates`: these texts were checked and cleaned when they were read.
        deduplication, done = Deduplication(options.dedup, options.cut), 0
        for batch in read_texts(self.out):
            deduplication.add(self._with_same_ids(batch))
            done += batch.num_rows
            self.progress("finding duplicates", done, self.entries.usable)
        check_field(deduplication.collection, options.reading.prefer)
        duplicates = deduplication.result(earlier)
        versions = duplicates.versions
        names = {former: versions.names[number] for number, former in versions.former.items()}
        rename_texts(self.out, names, [duplicates.ids[number] for number in versions.problems])
        spared: frozenset[tuple[str, tuple[int, int]]] = frozenset()
        if options.cut == "boilerplate":
            spared = frozenset(parts_of_paragraphs(duplicates, read_texts(self.out), options.paragraphs))
        write_tables(duplicates, self.out, options.cut, spared=spared, overwrite=True)
        self.entries.note_duplicates(duplicates)
        self._note_warnings(deduplication.collection.warnings())
        return deduplication, duplicates

    def documents(self, wanted: frozenset[str] | None = None) -> Iterator[Document]:
        """The documents that were kept, with languages, less the paragraphs that were cut."""
        cuts = cut_lines(self.out, self.options.cut)
        for batch in read_texts(self.out):
            for row in batch.to_pylist():
                id = row["id"]
                if not self._goes_on(id) or (wanted is not None and id not in wanted):
                    continue
                document, paragraphs, warnings = settled_document(
                    row, self.options.paragraphs, cuts.get(id, ())
                )
                self.entries.note(id, language=document.language, paragraphs=paragraphs)
                self.entries.warn(id, warnings)
                yield document

    def kept_documents(self, wanted: frozenset[str] | None = None) -> Pickles[Document]:
        """`documents`, put aside on the disk of the folder, with their progress."""
        documents = Pickles[Document](Shelf(self.out))
        kept = sum(entry.status == "unpaired" for entry in self.entries) if wanted is None else len(wanted)
        for whole in self.documents(wanted):
            documents.put(whole.id, whole)
            self.progress("detecting languages", len(documents), kept)
        return documents

    def pairing_progress(self, step: str, done: int, total: int) -> None:
        self.progress(f"finding translations: {step}", done, total)

    def made_with(self, pair: DocumentPair) -> tuple[str, str]:
        """The names of the encoder and of the set of weights that align a pair."""
        from align.alignment.model import weights_of

        encoder = self._encoder_for(pair)
        return encoder.name, weights_of(encoder, (pair.source_language, pair.target_language))

    def encoders(self, pairs: Sequence[PairEntry]) -> dict[str, dict[str, Any]]:
        """The encoders that pairs of the corpus were aligned with, for the record."""
        encoders = map(self._encoder_for, pairs)
        return count_encoders(pairs, {encoder.name: encoder.signature for encoder in encoders})

    def served(self, pair: PairEntry) -> bool:
        """Whether the encoder of a pair knows both of its languages."""
        from align.encoders import for_language, serves

        encoder = self._encoder_for(pair)
        languages = pair.source_language, pair.target_language
        return all(serves(for_language(encoder, language), language) for language in languages)

    def _encoder_for(self, pair: DocumentPair | PairEntry) -> Encoder:
        from align.encoders import as_encoder, encoder_for

        asked = as_encoder(self.options.alignment.encoder)
        return encoder_for(asked, pair.source_language, pair.target_language)

    def align_pairs(
        self,
        folder: Path,
        pairs: Sequence[PairEntry],
        documents: Mapping[str, Document],
        log: WarningLog,
        known: Mapping[str, WordAssociations | None] | None = None,
    ) -> None:
        """Writes the beads of these pairs into `folder`, and their warnings into `log`.

        `known` is what earlier beads tell of the words of a pair, by the name of its files.
        """
        from align.engines.local import Task, align_all

        def task(pair: PairEntry) -> Task:
            files = bead_file(folder, pair.file, "paragraph"), bead_file(folder, pair.file, "sentence")
            words = (known or {}).get(pair.file)
            return Task(pair.file, documents[pair.source], documents[pair.target], files, log, words)

        self.progress("aligning", 0, len(pairs))
        alignment, workers = self.options.alignment, self.options.workers
        with told_when_unwritable(folder):
            folder.mkdir(parents=True, exist_ok=True)
        done = align_all(pairs, task, alignment, workers, under_way=folder / UNDER_WAY)
        for number, outcome in enumerate(done, 1):
            self.progress("aligning", number, len(pairs))
            self.note_outcome(outcome, outcome.problem)

    def note_outcome(self, pair: OfTwo, problem: str | None) -> None:
        """Says of the documents of a pair that it could not be aligned, where there was a problem."""
        for id in (pair.source, pair.target) if problem else ():
            if id in self.entries:
                self.entries.note(id, status="failed", reason=f"{NOT_ALIGNED}{problem}")

    def _with_same_ids(self, batch: pa.RecordBatch) -> pa.RecordBatch:
        """Texts with the ids that they came with, where earlier ones have them."""
        if not self.same_ids:
            return batch
        same = strings([self.same_ids.get(id) for id in batch["id"].to_pylist()])
        return batch.append_column("same_id", same)

    def _goes_on(self, id: str) -> bool:
        """Whether a document was neither removed nor refused."""
        return id in self.entries and self.entries[id].status != "duplicate"

    def _note_warnings(self, warnings: dict[str, str]) -> None:
        for id, warning in warnings.items():
            if id in self.entries:
                self.entries.warn(id, [warning])


def _identity(row: dict[str, Any]) -> bytes:
    """What of a document decides the outcome."""
    values = [row["id"], row["language"], row["problem"], row["text"], row["about"]]
    return json.dumps([*values, row["prefer"]] if row["prefer"] is not None else values).encode()

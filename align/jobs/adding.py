"""What the jobs have in common that put something into a corpus that grows: its texts, its pairs, the way there."""

from __future__ import annotations

from collections.abc import Collection as Some
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from align._internal.progress import Progress
from align.corpus import addition
from align.corpus.cuts import cut_lines
from align.corpus.folder import RUN_TABLES, CorpusFolder, PairEntry, bead_file, texts_file
from align.corpus.prepare import CorpusWriter
from align.corpus.texts import rows_of
from align.corpus.warnings import WarningLog
from align.document import LEVELS, Document
from align.jobs.batch import Batch
from align.jobs.options import RunOptions
from align.jobs.stores import Stores
from align.jobs.words import ReviewedWords
from align.pairing import Pairs
from align.pairing.find import find_with_index
from align.reading.documents import settled_document

if TYPE_CHECKING:
    from align._internal.shelf import Pickles
    from align.pairing.profiles import Profile

STATUSES = ("paired", "unpaired", "duplicate", "failed")


class Adding(Batch):
    """Documents on their way into a corpus that has others."""

    def __init__(
        self,
        writer: CorpusWriter,
        options: RunOptions,
        stores: Stores,
        progress: Progress | None,
        number: int,
    ) -> None:
        self.writer = writer
        self.corpus = CorpusFolder(writer.path)
        self.staging = addition.staging_of(writer.path)
        self.stores = stores
        self.words = ReviewedWords(self.corpus)
        super().__init__(self.staging.batch, options, progress, number)

    def partners(self, documents: Pickles[Document], gone: Some[str] = ()) -> tuple[Pairs, list[Profile]]:
        """Looks for partners among these and the earlier documents, but for those that are `gone`."""
        stores, report = self.stores, self.pairing_progress
        stores.profiles.leave_out(gone)
        pairs, profiles = find_with_index(documents, stores.pairing, stores.profiles, report)
        self.entries.note_pairs(pairs)
        return pairs, profiles

    def align(self, pairs: Sequence[PairEntry], documents: Pickles[Document]) -> None:
        """Aligns those new pairs that a killed job has not aligned."""
        new = self.staging.new
        left = [
            pair for pair in pairs if not all(bead_file(new, pair.file, level).exists() for level in LEVELS)
        ]
        wanted = {id for pair in left for id in (pair.source, pair.target)} - documents.keys()
        known = {pair.file: self.words.of(pair) for pair in pairs if not self.served(pair)}
        for id, document in self.earlier(wanted).items():
            documents.put(id, document)
        self.align_pairs(new, left, documents, WarningLog(self.staging.log), known)

    def earlier(self, ids: set[str]) -> dict[str, Document]:
        """Documents of earlier batches."""
        cuts = cut_lines(self.corpus.path, self.options.cut) if ids else {}
        rows = rows_of(self.corpus.path, ids)
        return {
            id: settled_document(row, self.options.paragraphs, cuts.get(id, []))[0]
            for id, row in rows.items()
        }

    def files(self, batches: int) -> list[str]:
        """What the corpus consists of once what is staged is in its place."""
        folders = self.corpus.path, self.staging.new
        tables = [name for name in RUN_TABLES if any((folder / name).exists() for folder in folders)]
        return [*tables, *(texts_file(number) for number in range(2, batches + 1))]

    def summary(self, counts: Mapping[str, int], repeats: int, pairs: int) -> dict[str, Any]:
        """What the record says in numbers."""
        statuses = {status: counts.get(status, 0) for status in STATUSES}
        return {"documents": sum(counts.values()), **statuses, "repeats": repeats, "pairs": pairs}

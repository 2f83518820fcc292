"""The pairing job: from files to a table of translation pairs, and what became of each document."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from align._internal.files import refuse_existing
from align._internal.progress import Progress, Waiting
from align.corpus.status import Entries, Entry, write_documents
from align.document import Document
from align.jobs.options import PairJobOptions
from align.pairing import Pairs, find_pairs
from align.reading import read_batch
from align.reading.documents import document_of
from align.reading.inputs import Paths

__all__ = ["PairJobOptions", "PairResult", "pair"]


@dataclass(frozen=True, slots=True)
class PairResult:
    """What a job found, and what became of each document."""

    pairs: Pairs
    entries: tuple[Entry, ...]
    unchanged: bool = False  # the batch had been added before
    replaced: tuple[str, ...] = ()  # documents that took the place of earlier texts of their ids

    @property
    def failed(self) -> tuple[Entry, ...]:
        """The documents that could not be used."""
        return tuple(entry for entry in self.entries if entry.status == "failed")


def pair(
    inputs: Paths,
    output: str | Path,
    options: PairJobOptions,
    *,
    progress: Progress | None = None,
    waiting: Waiting | None = None,
) -> PairResult:
    """Reads the inputs, finds which documents are translations of each other, writes the table `output`.

    Raises:
        OutputError: a file is there already and `options.overwrite` is not set, or cannot be written.
        SignatureError, IndexFileError: the index of vectors was made with another encoder, or is damaged.
    """
    if options.append:
        from align.jobs.growing_pairs import append_pairs

        return append_pairs(inputs, output, options, progress=progress, waiting=waiting)
    if not options.overwrite and not options.dry_run:
        refuse_existing(output, *([options.documents] if options.documents else []))
    entries = Entries()
    pairing = replace(options.pairing, keep=options.pairing.keep and not options.dry_run)
    found = find_pairs(documents_of(inputs, options, entries), options=pairing, progress=progress)
    entries.note_pairs(found)
    if not options.dry_run:
        if options.documents:
            write_documents(options.documents, entries)
        found.write(output, overwrite=True)
    return PairResult(found, tuple(entries))


def documents_of(inputs: Paths, options: PairJobOptions, entries: Entries) -> Iterator[Document]:
    """The usable documents; of each, and of what cannot be used, an entry is added to `entries`."""
    from align.text.declared import settle_document

    for batch in read_batch(inputs, options=options.reading):
        for row in batch.to_pylist():
            if entries.add(row).status == "failed":
                continue
            document, warnings = settle_document(document_of(row, options.paragraphs))
            entries.note(document.id, language=document.language, paragraphs=len(document.paragraphs))
            entries.warn(document.id, warnings)
            yield document

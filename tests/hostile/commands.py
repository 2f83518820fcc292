"""What each command that writes does in a small folder, so that it can be broken off at any moment."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from dataclasses import dataclass, replace
from itertools import count
from pathlib import Path
from typing import Any

from align.corpus.folder import REVIEW, CorpusFolder
from align.dedup.index.store import open_index
from align.jobs.dedup import DedupJobOptions, deduplicate
from align.jobs.export import export_run
from align.jobs.pairs import PairJobOptions, pair
from align.jobs.run import RunOptions, run
from align.jobs.stores import documents_store
from align.report import write_report
from align.review.session import Done, Review

from .damage import contents

ENGLISH = (
    "The harbour of Arne was opened in 1897.\n\n"
    "Twelve ships came in the first week. The mayor spoke for two hours.",
    "The bees came back in March.\n\n"
    "Mrs Holm had 40 hives and sold the honey in Lund. In 1921 there was no summer.",
)
GERMAN = (
    "Der Hafen von Arne wurde 1897 eröffnet.\n\n"
    "In der ersten Woche kamen zwölf Schiffe. Der Bürgermeister sprach zwei Stunden lang.",
    "Die Bienen kamen im März zurück.\n\n"
    "Frau Holm hatte 40 Bienenstöcke und verkaufte den Honig in Lund. 1921 gab es keinen Sommer.",
)


@dataclass(frozen=True, slots=True)
class Command:
    """What is done in a folder; where `first` is given, that was done there before, unbroken."""

    name: str
    work: Callable[[Path], Any]
    first: Callable[[Path], Any] | None = None
    contents: Callable[[Path], dict[str, bytes]] = contents

    def base(self, folder: Path) -> Path | None:
        """A folder as the command finds it."""
        if not self.first:
            return None
        self.first(folder / "base")
        return folder / "base"


def write_batches(folder: Path) -> tuple[Path, Path]:
    """Two batches: English texts and a copy, then their translations."""
    texts = (
        {"a.txt": ENGLISH[0], "b.txt": ENGLISH[1], "copy.txt": ENGLISH[0]},
        {"c.txt": GERMAN[0], "d.txt": GERMAN[1]},
    )
    for name, batch in zip(("one", "two"), texts, strict=True):
        (folder / name).mkdir(parents=True)
        for file, text in batch.items():
            (folder / name / file).write_text(text + "\n", encoding="utf-8")
    return folder / "one", folder / "two"


def commands(inputs: Path) -> dict[str, Command]:
    """Every command that writes, by name; the batches are put into `inputs`."""
    one, two = map(str, write_batches(inputs))
    growing = DedupJobOptions(append=True)

    def paired(out: Path, batch: str) -> None:
        out.mkdir(exist_ok=True)
        pair([batch], out / "pairs.tsv", PairJobOptions(append=True, documents=out / "documents.tsv"))

    def ran(out: Path) -> None:
        run([one, two], out / "run")

    found = [
        Command("dedup", lambda out: deduplicate([one], out, replace(growing, append=False))),
        Command("dedup --append", lambda out: deduplicate([two], out, growing),
                lambda out: deduplicate([one], out, growing), grown),
        Command("pairs --append", lambda out: paired(out, two), lambda out: paired(out, one)),
        Command("run", ran),
        Command("run --append", lambda out: run([two], out, options=RunOptions(append=True)),
                lambda out: run([one], out, options=RunOptions(append=True)), grown),
        Command("report", lambda out: write_report(CorpusFolder(out / "run")), ran),
        Command("export", lambda out: exported(out), ran),
        Command("review", reviewed, ran, decided),
    ]  # fmt: skip
    return {command.name: command for command in found}


def exported(out: Path) -> None:
    """A run as a corpus in several formats."""
    for name in ("corpus.tsv", "corpus.tmx", "corpus.parquet", "corpus.jsonl", "corpus.xliff"):
        export_run(CorpusFolder(out / "run"), out / name, overwrite=True)


def reviewed(out: Path) -> None:
    """Some decisions; those that are there already are not made again, and none that was told of may be missing."""
    review = Review(CorpusFolder(out / "run"), reviewer="ana", clock=_Clock())
    told = out / "told.txt"
    known = review.store.last_number()
    before = int((told.exists() and told.read_text()) or 0)
    assert known >= before, f"{before} decisions were told of, {known} are there"
    try:
        for number in range(6):
            bead = review.view(0, "sentence").beads[number % 2]
            values = {"comment": [bead.comment, f"note {number}"]}
            request = {"kind": "set", "id": bead.id, "values": values, "nonce": f"n{number}"}
            if review.store.by_nonce(f"n{number}") is None:
                outcome = review.act(0, "sentence", request)
                assert isinstance(outcome, Done)
            with suppress(OSError):  # the disk that fails is this file's, too
                told.write_text(str(number + 1))
    finally:
        review.close()


class _Clock:
    """The same time always."""

    def __call__(self) -> str:
        return "2026-01-01T00:00:00Z"


def grown(out: Path) -> dict[str, bytes]:
    """`contents`, with the documents that a store holds in place of its files.

    What a batch that was broken off left in it is marked as removed, and goes with the next compaction.
    """
    store = documents_store(out)
    found = {name: data for name, data in contents(out).items() if not (out / name).is_relative_to(store)}
    index, held = open_index(store), []
    for entry in index.manifest.segments:
        segment = index.segments[entry["name"]]
        for place in sorted(set(range(segment.documents)) - set(entry["removed"])):
            start, end = segment.offsets[place : place + 2].tolist()
            held.append((segment.names([place]), segment.hashes[start:end].tolist()))
    found["store"] = repr(sorted(held)).encode()
    return found


def decided(out: Path) -> dict[str, bytes]:
    """`contents`, with what a review holds in place of its files."""
    found = {name: data for name, data in contents(out).items() if REVIEW not in name and name != "told.txt"}
    with closing(sqlite3.connect(out / "run" / REVIEW)) as connection:
        found[REVIEW] = "\n".join(connection.iterdump()).encode()
    return found


def picked(step: int, start: int = 0) -> Callable[[int], Iterator[int]]:
    """Every so many numbers below a count."""

    def numbers(most: int) -> Iterator[int]:
        for number in count(start, step):
            if number >= most:
                return
            yield number

    return numbers

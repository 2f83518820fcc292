"""The documents that stay after deduplication: ``kept/``, a file for each source that any stays of."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain, count
from pathlib import Path

import numpy as np

from align._internal.arrays import Ints
from align._internal.arrow import as_numpy
from align._internal.files import first_free, on_disk_together
from align.corpus.rewrite import WHOLE, KeptSource, rewrite
from align.dedup.batch import Collection
from align.dedup.options import Cut
from align.dedup.result import Duplicates
from align.document import LineRange
from align.reading.inputs import Input, find_inputs
from align.reading.options import ReadOptions

_FEW = 32  # files that are brought to disk one by one


def write_kept(
    folder: Path,
    duplicates: Duplicates,
    collection: Collection,
    inputs: Sequence[str | Path],
    *,
    cut: Cut,
    reading: ReadOptions,
    taken: Iterable[str] = (),
) -> list[str]:
    """Writes the kept documents of each source below `folder`; returns the names of the files there.

    Names that are `taken` get a number.

    Raises:
        OutputError: the folder cannot be written, or the disk is full.
        InputError: a source has changed since it was read.
    """
    lines = _lines(collection)
    names = kept_names(find_inputs(inputs, reading.selection), taken)
    sources = list(_by_source(collection, np.array(duplicates.kept_numbers, np.int64)))
    written = []
    # The record of the job, which is written last, says that they are there.
    with on_disk_together() if len(sources) > _FEW else contextlib.nullcontext():
        for source, documents in sources:
            path, name = names[source]
            rows = frozenset(lines[documents].tolist())
            kept = KeptSource(path, name, rows, _cuts(documents.tolist(), lines, duplicates, cut))
            written.append(rewrite(folder, kept, reading))
    return written


def kept_names(inputs: Iterable[Input], taken: Iterable[str] = ()) -> dict[str, tuple[str, str]]:
    """By source its path and the name of its file of kept documents; a name that is taken already gets a number."""
    names: dict[str, tuple[str, str]] = {}
    used = set(taken)
    for item in inputs:
        if item.source in names:
            continue
        folder, slash, file = item.id.rpartition("/")
        stem, dot, ending = file.partition(".")
        others = (f"{folder}{slash}{stem}.{number}{dot}{ending}" for number in count(2))
        names[item.source] = (item.path, first_free(chain([item.id], others), used))
    return names


def _lines(collection: Collection) -> Ints:
    """The row of each document in its source, `WHOLE` where it is the source."""
    line = collection.column("line").combine_chunks()
    return np.where(as_numpy(line.is_valid()), as_numpy(line), WHOLE)


def _by_source(collection: Collection, documents: Ints) -> Iterator[tuple[str, Ints]]:
    """The numbers of these documents by the source they were read from."""
    source = collection.column("source").combine_chunks().dictionary_encode()
    codes = as_numpy(source.indices)[documents]
    order = np.argsort(codes, kind="stable")
    borders = np.flatnonzero(np.diff(codes[order])) + 1
    for places in np.split(order, borders):
        if len(places):
            yield source.dictionary[int(codes[places[0]])].as_py(), documents[places]


def _cuts(
    documents: Sequence[int], lines: Ints, duplicates: Duplicates, cut: Cut
) -> dict[int, tuple[LineRange, ...]]:
    """The lines to cut from each of these documents, by row."""
    found = {}
    for number in documents:
        id = duplicates.ids[number]
        if cut == "repeats" and id in duplicates.repeats:
            found[int(lines[number])] = tuple(repeat.second_lines for repeat in duplicates.repeats[id])
        if cut == "boilerplate" and id in duplicates.boilerplate:
            found[int(lines[number])] = tuple(run.lines for run in duplicates.boilerplate[id])
    return found

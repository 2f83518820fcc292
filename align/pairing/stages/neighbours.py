"""Candidates: for each document the nearest in every other language, found part by part in the files of profiles."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from align._internal.arrays import Floats
from align._internal.arrow import in_parts, integers
from align._internal.parallel import one_blas_thread
from align._internal.runs import numbers_of
from align.encoders.base import Vectors
from align.pairing.candidates import ENOUGH, LanguageDirections, mean_of, similarity, top
from align.pairing.stages.profiles import Encoders, Segment
from align.pairing.vectors import DIMENSION, SECTIONS
from align.text.languages import base

# The sum of the vectors of one language by which documents are compared, of some of the documents. They have 16 bits,
# so that sums of 64 are exact, and the same in any order.
SUMS = pa.schema(
    [("space", pa.string()), ("language", pa.string()), ("count", pa.int64()), ("sum", pa.binary())]
)
EDGES = pa.schema([("first", pa.int64()), ("second", pa.int64())])
CHUNKS = pa.schema([("segment", pa.int64()), ("start", pa.int64()), ("stop", pa.int64())])
A_CHUNK = 2_048  # documents whose nearest are found together
_AT_ONCE = 4_096  # that they are compared with at once


@dataclass(frozen=True, eq=False)
class Space:
    """The vectors by which documents of some pairs of languages are compared.

    Attributes:
        encoder: whose sketches they are; "" for those of documents and their sections.
        pairs: of languages, each sorted.
        directions: what tells the languages apart, None where there are too few documents.
    """

    encoder: str
    pairs: frozenset[tuple[str, str]]
    directions: LanguageDirections | None

    def vectors(self, batch: pa.RecordBatch) -> Vectors:
        """The vectors of profiles, ``(n, 1 + sections, d)`` or ``(n, 1, d)``."""
        found = _vectors(batch, self.encoder).astype(np.float32)
        return self.directions.taken_off(found) if self.directions and len(found) else found


def sum_vectors(batch: pa.RecordBatch, encoders: Encoders) -> Iterator[pa.RecordBatch]:
    """The sums (`SUMS`) of profiles (`align.pairing.stages.profiles.STORED`)."""
    languages = np.array(_languages(batch))
    for space in ("", *encoders.others):
        whole = _vectors(batch, space)[:, 0].astype(float)
        for language in sorted(set(languages.tolist()) - {""}):
            own = languages == language
            row = {"space": space, "language": language, "count": int(own.sum())}
            yield pa.RecordBatch.from_pylist([{**row, "sum": whole[own].sum(0).tobytes()}], schema=SUMS)


def spaces(sums: Iterable[pa.RecordBatch], encoders: Encoders) -> list[Space]:
    """The spaces of a batch, of which these are all sums."""
    totals: dict[tuple[str, str], tuple[int, Floats]] = {}
    for row in (row for batch in sums for row in batch.to_pylist()):
        count, total = totals.get((row["space"], row["language"]), (0, np.float64(0)))
        own = np.frombuffer(row["sum"], np.float64)
        totals[row["space"], row["language"]] = count + row["count"], total + own
    others = {encoder.name: frozenset(pairs) for encoder, pairs in encoders.others.values()}
    elsewhere = {pair for pairs in others.values() for pair in pairs}
    rest = frozenset(combinations(sorted(encoders.languages), 2)) - elsewhere
    return [
        Space(encoder, pairs, _directions(totals, encoder)) for encoder, pairs in {"": rest, **others}.items()
    ]


def _directions(totals: dict[tuple[str, str], tuple[int, Floats]], space: str) -> LanguageDirections | None:
    means = [
        mean_of(total, count)
        for (own, _), (count, total) in sorted(totals.items(), key=lambda item: item[0])
        if own == space and count >= ENOUGH
    ]
    return LanguageDirections(np.array(means)) if means else None


def chunks_of(segments: Sequence[Segment]) -> list[tuple[int, int, int]]:
    """The parts (`CHUNKS`) of files of profiles whose nearest are found together."""
    return [
        (number, start, min(start + A_CHUNK, segment.count))
        for number, segment in enumerate(segments)
        for start in range(0, segment.count, A_CHUNK)
    ]


def nearest_documents(
    batches: Iterable[pa.RecordBatch], segments: Sequence[Segment], within: Sequence[Space], neighbours: int
) -> Iterator[pa.RecordBatch]:
    """For the documents of each chunk (`CHUNKS`) the nearest of every other language (`EDGES`, some twice)."""
    for batch in batches:
        for chunk in batch.to_pylist():
            own = _rows(segments[chunk["segment"]], chunk["start"], chunk["stop"])
            for space in within:
                with one_blas_thread():
                    yield _edges(own, segments, space, neighbours)


def _edges(own: pa.RecordBatch, segments: Sequence[Segment], space: Space, neighbours: int) -> pa.RecordBatch:
    numbers, languages, vectors = numbers_of(own, "number"), np.array(_languages(own)), space.vectors(own)
    asked = {
        (language, other): np.flatnonzero(languages == language)
        for pair in space.pairs
        for language, other in (pair, pair[::-1])
        if language in languages
    }
    tops = {
        key: (np.zeros((0, len(rows)), np.float32), np.zeros((0, len(rows)), np.int64))
        for key, rows in asked.items()
    }
    for there in _parts(segments) if asked else ():
        there_languages, held = np.array(_languages(there)), space.vectors(there)
        for (language, other), rows in asked.items():
            if not len(places := np.flatnonzero(there_languages == other)):
                continue
            # As `align.pairing.candidates` compares them: the language that sorts first on the left.
            if language < other:
                near = similarity(vectors[rows], held[places]).T
            else:
                near = similarity(held[places], vectors[rows])
            who = np.broadcast_to(numbers_of(there, "number")[places][:, None], near.shape)
            best, names = tops[language, other]
            tops[language, other] = top(np.vstack([best, near]), np.vstack([names, who]), neighbours)
    found = [
        np.stack([np.broadcast_to(numbers[asked[key]], who.shape).ravel(), who.ravel()])
        for key, (_, who) in tops.items()
    ]
    ends = np.sort(np.concatenate([*found, np.zeros((2, 0), np.int64)], axis=1), axis=0)
    return pa.record_batch([integers(ends[0]), integers(ends[1])], schema=EDGES)


def _parts(segments: Sequence[Segment]) -> Iterator[pa.RecordBatch]:
    """All profiles, some thousand at a time."""
    for segment in segments:
        for batch in segment.batches():
            yield from in_parts(batch, _AT_ONCE)


def _rows(segment: Segment, start: int, stop: int) -> pa.RecordBatch:
    """Some rows of a file of profiles, the columns that this stage reads."""
    table = pa.Table.from_batches(segment.batches()).select(["number", "language", "vectors", "sketches"])
    (found,) = table.slice(start, stop - start).combine_chunks().to_batches()
    return found


def _languages(batch: pa.RecordBatch) -> list[str]:
    return [base(tag) or "" for tag in batch["language"].to_pylist()]


def _vectors(batch: pa.RecordBatch, space: str) -> NDArray[np.float16]:
    """The vectors of profiles in 16 bits."""
    if not space:
        rows = [np.frombuffer(row.as_buffer(), np.float16) for row in batch["vectors"]]
        return np.array(rows, np.float16).reshape(-1, 1 + SECTIONS, DIMENSION)
    sketches = [{s["encoder"]: s["vector"] for s in row} for row in batch["sketches"].to_pylist()]
    return np.array([np.frombuffer(row[space], np.float16) for row in sketches], np.float16)[:, None]

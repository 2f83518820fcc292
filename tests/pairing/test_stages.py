"""The stages of the pairing, run part by part without any engine, give what `find_pairs` gives."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from align import Document, InputError, PairOptions
from align._internal.unions import Unions
from align.pairing import find_pairs
from align.pairing.candidates import top
from align.pairing.classifier import probability_of
from align.pairing.find import given_and_excluded
from align.pairing.profiles import distinctive_names
from align.pairing.result import PAIR_COLUMNS
from align.pairing.scoring import NEAREST
from align.pairing.segments import write_segment
from align.pairing.stages import compared, counts, documents, grouped, neighbours, profiles
from align.pairing.stages.whole import Batch
from align.reading.rows import Row, to_batch
from align.text.languages import base
from tests.pairing.glossary import pages

Stage = Callable[..., Iterator[pa.RecordBatch]]
Rows = list[dict[str, Any]]


class InParts:
    """Runs stages over rows in parts that are cut at random, as any engine may."""

    def __init__(self, seed: int) -> None:
        self._draw = random.Random(seed)

    def __call__(
        self, rows: Rows, schema: pa.Schema, stage: Stage, *args: Any, by: tuple[str, ...] = ()
    ) -> Rows:
        """The rows that a stage makes of these; those of one value of the first of `by` are in one part, sorted."""
        parts: defaultdict[int, Rows] = defaultdict(list)
        for row in rows:
            parts[row[by[0]] % 3 if by else self._draw.randrange(3)].append(row)
        found: Rows = []
        for part in parts.values():
            part.sort(key=lambda row: tuple(row[name] for name in by))
            found += [row for batch in stage(self._cut(part, schema), *args) for row in batch.to_pylist()]
        return found

    def _cut(self, rows: Rows, schema: pa.Schema) -> Iterator[pa.RecordBatch]:
        at = 0
        while at < len(rows):
            size = self._draw.randrange(1, 30)
            yield pa.RecordBatch.from_pylist(rows[at : at + size], schema=schema)
            at += size


def paired_in_parts(
    batch: list[Document], options: PairOptions, folder: Path, seed: int
) -> tuple[Rows, dict[str, str]]:
    """The pairs and the reasons of the documents without any, by all stages in their order."""
    run = InParts(seed)
    rows = [Row(d.id, "", language=d.language, text=d.text) for d in batch]
    read = documents.as_read(to_batch(rows), np.arange(len(rows)), ["x"] * len(rows)).to_pylist()
    settled = run(read, documents.READ, each(documents.settle_languages), "auto")
    settled.sort(key=lambda row: row["id"])
    tables = summed(
        run(settled, documents.DOCUMENTS, counts.count_paragraphs), folder / "paragraphs", least=2
    )
    languages = {code for row in settled if (code := base(row["tag"]))}
    encoders = profiles.Encoders("use", tuple(sorted(languages)))
    segments = list(written(settled, counts.ParagraphCounts(tables), encoders, folder))
    everything = [part for segment in segments for part in segment.batches()]
    said = [row for part in everything for b in profiles.count_said(part, encoders) for row in b.to_pylist()]
    whole = Batch(segments, summed(said, folder / "said"), encoders, options)
    edges, wishes = candidates(whole, run)
    judged = decided(edges, whole, run)
    return outcome(judged, whole, wishes, run)


def each(stage: Callable[..., pa.RecordBatch]) -> Stage:
    return lambda batches, *args: (stage(batch, *args) for batch in batches)


def summed(rows: Rows, folder: Path, least: int = 1) -> counts.Tables:
    totals: defaultdict[tuple[str, str, int], int] = defaultdict(int)
    for row in rows:
        totals[row["kind"], row["scope"], row["value"]] += row["count"]
    ordered = [(*key, count) for key, count in sorted(totals.items()) if count >= least]
    found = [dict(zip(counts.COUNTED.names, row, strict=True)) for row in ordered]
    return counts.write_counts([pa.RecordBatch.from_pylist(found, schema=counts.COUNTED)], folder)


def written(
    settled: Rows, frequencies: counts.ParagraphCounts, encoders: profiles.Encoders, folder: Path
) -> Iterator[profiles.Segment]:
    """The profiles in files of seven, with numbers that are not dense."""
    for start in range(0, len(settled), 7):
        batch = pa.RecordBatch.from_pylist(settled[start : start + 7], schema=documents.DOCUMENTS)
        made = profiles.encoded_profiles(list(documents.documents_of(batch, "auto")), frequencies, encoders)
        numbers = [(start << 20) + place for place in range(len(made))]
        path = folder / f"{start}.arrow"
        write_segment(path, profiles.STORED, [profiles.stored(made, numbers)])
        yield profiles.Segment(str(path), numbers[0], len(made))


def candidates(whole: Batch, run: InParts) -> tuple[Rows, grouped.Wishes]:
    parts = [part for segment in whole.segments for part in segment.batches()]
    sums = [batch for part in parts for batch in neighbours.sum_vectors(part, whole.encoders)]
    spaces = neighbours.spaces(sums[::-1], whole.encoders)
    rows = [
        dict(zip(neighbours.CHUNKS.names, row, strict=True)) for row in neighbours.chunks_of(whole.segments)
    ]
    near = run(
        rows,
        neighbours.CHUNKS,
        neighbours.nearest_documents,
        whole.segments,
        spaces,
        whole.options.neighbours,
    )
    numbers = [row for part in parts for row in part["number"].to_pylist()]
    held = [made for part in parts for made in profiles.profiles_of(part, whole.encoders)]
    names = distinctive_names(held)
    named = {
        (a, b)
        for i, a in enumerate(numbers)
        for j, b in enumerate(numbers)
        if a < b and names[i] & names[j] and held[i].language != held[j].language
    }
    place = {made.id: number for made, number in zip(held, numbers, strict=True)}
    given, excluded, _ = given_and_excluded(place, whole.options)
    edges = ({(row["first"], row["second"]) for row in near} | named | given) - excluded
    rows = [{"first": a, "second": b, "named": (a, b) in named} for a, b in sorted(edges)]
    return rows, grouped.Wishes(frozenset(given), frozenset(excluded), frozenset(named & excluded))


def decided(edges: Rows, whole: Batch, run: InParts) -> Rows:
    """What is held of each pair in the end."""
    named = neighbours.EDGES.append(pa.field("named", pa.bool_()))
    found = run(edges, named, compared.compare, whole)
    rivals = pa.schema([*compared.COMPARED, ("first_rival", pa.float64()), ("second_rival", pa.float64())])
    ranked = run(with_rivals(found), rivals, compared.rank)
    live = with_cells([row for row in ranked if row["rank"] >= NEAREST])
    in_cells = pa.schema([("cell", pa.int64()), *compared.RANKED])
    chosen = run(live, in_cells, compared.pairs_to_verify, whole, by=("cell",))
    verified = {
        (row["first"], row["second"]): row["verified"]
        for row in run(chosen, neighbours.EDGES, compared.verify, whole)
    }
    assert verified
    rows = [{**row, "verified": verified.get((row["first"], row["second"]))} for row in ranked]
    twice = [
        {**row, "document": row[one], "other": row[two]}
        for row in rows
        for one, two in (("first", "second"), ("second", "first"))
    ]
    ends = [("document", pa.int64()), ("other", pa.int64())]
    beside = pa.schema([*compared.RANKED, compared.VERIFIED.field("verified"), *ends])
    sides = {
        (row["document"], row["other"]): row
        for row in run(twice, beside, compared.look_beside, whole, by=("document",))
    }
    nothing: dict[str, Any] = {"cover": None, "siblings": None}
    for row in rows:
        for side, ends_of in (("first", ("first", "second")), ("second", ("second", "first"))):
            own = sides.get((row[ends_of[0]], row[ends_of[1]]), nothing)
            row[f"{side}_cover"], row[f"{side}_siblings"] = own["cover"], own["siblings"]
    further = [(f"{side}_{name}", kind) for side in ("first", "second")
               for name, kind in (("cover", pa.float64()), ("siblings", pa.list_(pa.int64())))]  # fmt: skip
    schema = pa.schema([*compared.RANKED, compared.VERIFIED.field("verified"), *further])
    return run(rows, schema, compared.judge, whole)


def with_rivals(rows: Rows) -> Rows:
    """The pairs with the score of the next best partner of either side."""
    partners: defaultdict[tuple[int, str], list[tuple[float, int]]] = defaultdict(list)
    for row in rows:
        partners[row["first"], row["second_variant"]].append((row["mean"], row["second"]))
        partners[row["second"], row["first_variant"]].append((row["mean"], row["first"]))

    def rival(document: int, variant: str, partner: int) -> float:
        return max((score for score, other in partners[document, variant] if other != partner), default=0.0)

    return [
        {**row, "first_rival": rival(row["first"], row["second_variant"], row["second"]),
         "second_rival": rival(row["second"], row["first_variant"], row["first"])}
        for row in rows
    ]  # fmt: skip


def with_cells(rows: Rows) -> Rows:
    unions: Unions[int] = Unions()
    for row in rows:
        unions.join(row["first"], row["second"])
    return [{**row, "cell": unions.leading(row["first"])} for row in rows]


def outcome(judged: Rows, whole: Batch, wishes: grouped.Wishes, run: InParts) -> tuple[Rows, dict[str, str]]:
    unions: Unions[int] = Unions()
    for row in judged:
        edge = row["first"], row["second"]
        if probability_of(row["logit"]) >= whole.options.min_probability or edge in wishes.given:
            unions.join(*edge)
    numbers = [
        row for segment in whole.segments for part in segment.batches() for row in part["number"].to_pylist()
    ]
    members = [{"cell": unions.leading(number), "number": number} for number in numbers]
    edges = [
        {**row, "cell": cell, "number": None}
        for row in judged
        for cell in {unions.leading(row["first"]), unions.leading(row["second"])}
    ]
    found = run([*members, *edges], grouped.COMPONENTS, grouped.group, whole, wishes, by=("cell",))
    pairs = [row for row in found if row["row"] == grouped.PAIR]
    firsts = sorted(row["first"] for row in found if row["row"] == grouped.SET)
    pairs = [{**row, "set": firsts.index(row["first"])} for row in pairs]
    profiles_of = {
        number: made
        for segment in whole.segments
        for part in segment.batches()
        for number, made in zip(
            part["number"].to_pylist(), profiles.profiles_of(part, whole.encoders), strict=True
        )
    }
    reasons = {
        profiles_of[row["source_number"]].id: row["reason"] for row in found if row["row"] == grouped.UNPAIRED
    }
    return sorted(pairs, key=lambda row: (row["source"], row["target"])), reasons


# ---- the tests -------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def batch(seeds: Path) -> list[Document]:
    """Pages of one template, parts of articles on one subject, copies, and texts with next to nothing in them."""
    entries = pages()
    parts = [
        Document.from_text(f"{path.name[:3]}-{at}.txt", "\n".join(lines[at : at + 12]))
        for path in sorted(seeds.glob("*.txt"))
        for lines in [path.read_text("utf-8").split("\n")[:60]]
        for at in range(0, len(lines), 12)
    ]
    odd = [
        Document.from_text("guide/en/one.md", entries[0].text, language="en"),
        Document.from_text("guide/de/one.md", entries[5].text, language="de"),
        Document.from_text("copy", parts[0].text, language="fr"),
        Document.from_text("numbers", "1 2 3"),
    ]
    return [*entries, *parts, *odd]


@pytest.mark.parametrize("options", [
    PairOptions(encoder="use", neighbours=3),
    PairOptions(encoder="use", neighbours=16, min_probability=0.05, source_language="zh",
                given=(("0en", "guide/de/one.md"), ("001-12.txt", "003-0.txt"), ("nobody", "0en")),
                exclude=(("guide/en/one.md", "guide/de/one.md"),)),
])  # fmt: skip
def test_stages_in_any_parts_give_what_the_function_gives(
    options: PairOptions, batch: list[Document], tmp_path: Path
) -> None:
    expected = find_pairs(batch, options=options)
    assert len(expected) > 8
    pairs, reasons = paired_in_parts(batch, options, tmp_path, seed=len(batch))
    assert [[row[name] for name in PAIR_COLUMNS] for row in pairs] == [pair.cells() for pair in expected]
    assert reasons == expected.unpaired


def test_what_a_machine_does_not_see_is_named() -> None:
    with pytest.raises(
        InputError, match=r"/elsewhere/0\.arrow: is not there on \S+; what is made on the way"
    ):
        profiles.Segment("/elsewhere/0.arrow", 0, 1).batches()
    with pytest.raises(InputError, match=r"/elsewhere/0\.value: is not there on"):
        counts.Counts("/elsewhere/0")


@given(
    st.integers(1, 6),
    hnp.arrays(
        np.float32, st.tuples(st.integers(1, 30), st.integers(1, 4)), elements=st.sampled_from([0, 0.25, 0.5])
    ),
    st.data(),
)
def test_the_top_of_tops_is_the_top_however_it_is_parted(
    count: int, values: Any, data: st.DataObject
) -> None:
    who = np.broadcast_to(np.arange(len(values))[:, None], values.shape)
    cut = data.draw(st.integers(0, len(values)))
    parts = [top(values[some], who[some], count) for some in (slice(cut, None), slice(cut))]
    _, found = top(np.vstack([best for best, _ in parts]), np.vstack([names for _, names in parts]), count)
    expected = np.lexsort((who, -values), axis=0)[:count]
    assert (np.sort(found, axis=0) == np.sort(expected, axis=0)).all()

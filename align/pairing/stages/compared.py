"""Pairs of documents compared: quickly; by sentences where that leaves it open; by all else where they say little.

Each stage is a map over pairs, or over what hangs together: all that concerns a document, or a component of pairs.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import pyarrow as pa

from align._internal.runs import whole_runs
from align.encoders import as_encoder
from align.pairing.classifier import (
    Shown,
    default_weights,
    evidence_features,
    quick_features,
    verification_features,
)
from align.pairing.grouping import Edge, Judgement
from align.pairing.quick import NO_MATCH, QuickAlignment
from align.pairing.scoring import Comparison, judgement_of, needs_more
from align.pairing.stages.whole import Batch
from align.pairing.verify import Verification, verify_pairs

Row = Mapping[str, Any]
Batches = Iterable[pa.RecordBatch]

_COMPARED = [
    ("first", pa.int64()),
    ("second", pa.int64()),
    ("first_variant", pa.string()),  # of a language
    ("second_variant", pa.string()),
    ("kind", pa.string()),  # the set of weights that decides
    ("quick", pa.list_(pa.float64())),  # the fields of a `QuickAlignment`, in their order
    ("mean", pa.float64()),  # of its scores
    ("shared", pa.float64()),  # distinctive numbers and names
    ("little", pa.bool_()),  # too little text to decide by alone
    ("common", pa.bool_()),  # paragraphs that were not translated
    ("copy", pa.bool_()),  # nearly all of them
    ("named", pa.bool_()),  # ids that differ in nothing but the language
]
COMPARED = pa.schema(_COMPARED)
_RANKED = [*_COMPARED, ("before", pa.float64()), ("logit", pa.float64()), ("rank", pa.float64())]
RANKED = pa.schema(_RANKED)  # with log-odds by the quick comparison, and what is held of the pair
VERIFIED = pa.schema([("first", pa.int64()), ("second", pa.int64()), ("verified", pa.list_(pa.float64()))])
SIDES = pa.schema(
    [
        ("document", pa.int64()),
        ("other", pa.int64()),
        ("cover", pa.float64()),  # the best of another partner of the same part of the document
        ("siblings", pa.list_(pa.int64())),  # candidates for the document that the other is held against
    ]
)
JUDGED = pa.schema([*_RANKED, ("verified", pa.list_(pa.float64())), ("shown", pa.bool_())])


def compare(batches: Batches, batch: Batch) -> Iterator[pa.RecordBatch]:
    """Compares pairs (``first``, ``second``, ``named``) quickly (`COMPARED`)."""
    for part in batches:
        comparison = batch.comparison()
        rows = part.to_pylist()
        comparison.compare([edge_of(row) for row in rows], lambda done: None)
        found = [_compared(comparison, edge_of(row), row["named"]) for row in rows]
        yield pa.RecordBatch.from_pylist(found, schema=COMPARED)


def _compared(comparison: Comparison, edge: Edge, named: bool) -> dict[str, Any]:
    first, second = (comparison.profiles[i] for i in edge)
    quick = comparison.quick(*edge)
    return {
        "first": edge[0],
        "second": edge[1],
        "first_variant": first.variant,
        "second_variant": second.variant,
        "kind": comparison.kind(*edge),
        "quick": [
            *quick.score, *quick.coverage, quick.order, quick.matched, *quick.spans[0], *quick.spans[1]
        ],
        "mean": quick.mean,
        "shared": comparison.shared_keys(*edge),
        "little": comparison.is_little(*edge),
        "common": comparison.has_common(*edge),
        "copy": comparison.is_copy(*edge),
        "named": named,
    }  # fmt: skip


def rank(batches: Batches) -> Iterator[pa.RecordBatch]:
    """What is held (`RANKED`) of pairs (`COMPARED`, with ``first_rival`` and ``second_rival``) by that alone.

    The rivals are the mean scores of the next best partner of each side in the variant of the other.
    """
    for part in batches:
        found = []
        for row in part.to_pylist():
            features = quick_features(
                quick_of(row), row["shared"], (row.pop("first_rival"), row.pop("second_rival"))
            )
            before = float(features @ default_weights()[row["kind"]].quick)
            found.append({**row, "before": before, **_held(row, before)})
        yield pa.RecordBatch.from_pylist(found, schema=RANKED)


def pairs_to_verify(batches: Batches, batch: Batch) -> Iterator[pa.RecordBatch]:
    """The pairs (``first``, ``second``) to verify among those of components (``cell`` and `RANKED`), sorted by cell."""
    schema = VERIFIED.remove(2)
    for table in whole_runs(batches, "cell"):
        for rows in runs_of(table, "cell"):
            comparison = batch.comparison()
            for row in rows:
                comparison.take(
                    edge_of(row), NO_MATCH, judgement_in(row), variants=variants_of(row), common=row["common"]
                )
            found = [{"first": a, "second": b} for a, b in comparison.to_verify()]
            yield pa.RecordBatch.from_pylist(found, schema=schema)


def verify(batches: Batches, batch: Batch) -> Iterator[pa.RecordBatch]:
    """Aligns the sentences of pairs (``first``, ``second``) of documents (`VERIFIED`), where both have some."""
    for part in batches:
        comparison = batch.comparison()
        edges = [edge_of(row) for row in part.to_pylist()]
        encoder, vocabulary = as_encoder(batch.options.encoder), comparison.whole.vocabulary
        found = [
            {"first": a, "second": b, "verified": [*v.coverage, *v.word_coverages, v.sentences]}
            for (a, b), v in verify_pairs(edges, comparison.profiles, encoder, lambda done: None, vocabulary)
        ]
        yield pa.RecordBatch.from_pylist(found, schema=VERIFIED)


def look_beside(batches: Batches, batch: Batch) -> Iterator[pa.RecordBatch]:
    """What stands beside each pair (`SIDES`), by its documents.

    Each pair (`RANKED`, and ``verified``) comes twice, as ``document`` and ``other``, sorted by the first.
    """
    for table in whole_runs(batches, "document"):
        for rows in runs_of(table, "document"):
            comparison = batch.comparison()
            for row in rows:
                take(comparison, row)
            comparison.rank_partners()
            found = [_beside(comparison, row) for row in rows if row["verified"] or _may_need_more(row)]
            yield pa.RecordBatch.from_pylist(found, schema=SIDES)


def _beside(comparison: Comparison, row: Row) -> dict[str, Any]:
    document, other = row["document"], row["other"]
    return {
        "document": document,
        "other": other,
        "cover": comparison.rival_coverage(document, other) if row["verified"] else 0.0,
        "siblings": comparison.siblings(document, other) if _may_need_more(row) else [],
    }


def _may_need_more(row: Row) -> bool:
    """Whether a pair may need more than its alignment: what its verification makes of its rank is not known yet."""
    held = float("inf") if row["verified"] else row["rank"]
    return row["little"] and needs_more(quick_of(row), held)


def judge(batches: Batches, batch: Batch) -> Iterator[pa.RecordBatch]:
    """What is held of pairs (`JUDGED`) in the end.

    They come as `RANKED`, with ``verified``, and ``first_cover``, ``second_cover``, ``first_siblings`` and
    ``second_siblings``: what stands beside the first document, and beside the second one.
    """
    for part in batches:
        rows = part.to_pylist()
        logits = [_verified_logit(row) for row in rows]
        held = [_held(row, logit) for row, logit in zip(rows, logits, strict=True)]
        siblings = {
            edge_of(row): (row["second_siblings"] or [], row["first_siblings"] or [])
            for row, found in zip(rows, held, strict=True)
            if row["little"] and needs_more(quick_of(row), found["rank"])
        }
        shown = batch.comparison().show(siblings)
        found = [
            {**row, **_decided(row, logit, shown.get(edge_of(row)))}
            for row, logit in zip(rows, logits, strict=True)
        ]
        yield pa.RecordBatch.from_pylist([{n: row[n] for n in JUDGED.names} for row in found], schema=JUDGED)


def _verified_logit(row: Row) -> float:
    """The log-odds by the quick comparison and, where there is one, the verification."""
    verification = verification_of(row)
    if verification is None:
        return float(row["before"])
    features = verification_features(
        row["before"], verification, (row["first_cover"] or 0.0, row["second_cover"] or 0.0)
    )
    return float(features @ default_weights()[row["kind"]].verified)


def _decided(row: Row, logit: float, shown: Shown | None) -> dict[str, Any]:
    if shown:
        logit = float(evidence_features(logit, shown) @ default_weights()[row["kind"]].evidence)
    return {**_held(row, logit), "shown": shown is not None}


def _held(row: Row, logit: float) -> dict[str, float]:
    held = judgement_of(quick_of(row), logit, row["named"])
    return {"logit": held.logit, "rank": held.rank}


# ---- rows ------------------------------------------------------------------------------------------------------


def take(comparison: Comparison, row: Row) -> None:
    """Takes over what is known of a pair (`RANKED` or `JUDGED`)."""
    comparison.take(
        edge_of(row),
        quick_of(row),
        judgement_in(row),
        verification_of(row),
        variants=variants_of(row),
        shown=row.get("shown", False),
    )


def edge_of(row: Row) -> Edge:
    """The two documents of a row."""
    return row["first"], row["second"]


def variants_of(row: Row) -> tuple[str, str]:
    """The variants of languages that they are in."""
    return row["first_variant"], row["second_variant"]


def quick_of(row: Row) -> QuickAlignment:
    """The quick alignment in a row."""
    a, b, c, d, order, matched, e, f, g, h = row["quick"]
    return QuickAlignment((a, b), (c, d), order, matched, ((e, f), (g, h)))


def judgement_in(row: Row) -> Judgement:
    """What is held of the pair of a row; its spans, where the quick alignment is there."""
    spans = quick_of(row).spans if "quick" in row else NO_MATCH.spans
    return Judgement(row["logit"], spans, row["rank"])


def verification_of(row: Row) -> Verification | None:
    """The verification in a row, if there was one."""
    if not row["verified"]:
        return None
    a, b, c, d, sentences = row["verified"]
    return Verification((a, b), (c, d), sentences)


def runs_of(table: pa.Table, key: str) -> Iterator[list[dict[str, Any]]]:
    """The rows of a table that is sorted by a key, those of each key together."""
    run: list[dict[str, Any]] = []
    for row in table.to_pylist():
        if run and run[0][key] != row[key]:
            yield run
            run = []
        run.append(row)
    if run:
        yield run
